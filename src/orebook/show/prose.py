"""Sentences of an engine with their numbers written as every other number is.

An engine writes plain digits ("999 kg", "33.3333 %"), for it knows nothing of display. Here they
pass through the one formatter; dates, identifiers and hashes are left as they are.
"""

from __future__ import annotations

import re
from decimal import Decimal

from orebook.show.numbers import NARROW_SPACE, number

_UNITS = ("kg", "t", "%", "days", "day", "d")
_FIGURE = re.compile(
    r"(?<![\w.\-/:#])(-?)(\d+(?:\.\d+)?) (" + "|".join(re.escape(u) for u in _UNITS) + r")(?!\w)"
)


def prose(text: str) -> str:
    """The sentence with each number that carries a unit grouped and kept whole with its unit."""
    return _FIGURE.sub(_written, text)


def _written(match: re.Match[str]) -> str:
    sign, digits, unit = match.groups()
    space = "\u00a0" if unit.startswith("day") else NARROW_SPACE
    return f"{number(Decimal(sign + digits))}{space}{unit}"
