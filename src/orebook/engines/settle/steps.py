"""The steps of an invoice while it is reckoned: each figure with how it came about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One step: what it is, its value, its unit, and how it was reckoned."""

    name: str
    value: Decimal
    unit: str
    how: str


@dataclass(slots=True)
class Sheet:
    """An invoice being reckoned. `settled` holds the fraction each paid metal is settled on."""

    lines: list[Line] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    payers: list[tuple[str, str]] = field(default_factory=list)
    settled: dict[str, Decimal] = field(default_factory=dict)
    standing_in: bool = False
    as_of: dt.date | None = None

    def add(self, name: str, value: Decimal, unit: str, how: str) -> Decimal:
        """Lists a step, and gives its value."""
        self.lines.append(Line(name, value, unit, how))
        return value


def short(value: Decimal) -> str:
    """A figure in the account of a step: six significant digits, or all of a larger whole part."""
    digits = max(5 - value.adjusted(), 0) if value else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
