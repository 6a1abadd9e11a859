"""Sentences of an engine with their numbers written as every other number is.

An engine writes plain digits ("999 kg", "33.3333 %"), for it knows nothing of display. Here they
pass through the one formatter; identifiers and hashes are left as they are, and dates too unless
the page asks for them in words.
"""

from __future__ import annotations

import re
from decimal import Decimal

from orebook.model.when import BadDate, when
from orebook.show.numbers import NARROW_SPACE, number
from orebook.show.values import when_text

_UNITS = ("kg", "t", "%", "days", "day", "d")
_FIGURE = re.compile(
    r"(?<![\w.\-/:#])(-?)(\d+(?:\.\d+)?) (" + "|".join(re.escape(u) for u in _UNITS) + r")(?!\w)"
)

_DAY = re.compile(r"(?<![\w./:\-])\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?(?![\w/\-]|:\d)")


def prose(text: str) -> str:
    """The sentence with each number that carries a unit grouped and kept whole with its unit."""
    return _FIGURE.sub(_written, text)


def dated(text: str) -> str:
    """The sentence with each whole day, 2025-03-05, written as pages write it: 5 March 2025."""
    return _DAY.sub(_in_words, text)


def _in_words(match: re.Match[str]) -> str:
    try:
        return when_text(when(match[0]))
    except BadDate:
        return match[0]


def _written(match: re.Match[str]) -> str:
    sign, digits, unit = match.groups()
    space = "\u00a0" if unit.startswith("day") else NARROW_SPACE
    return f"{number(Decimal(sign + digits))}{space}{unit}"
