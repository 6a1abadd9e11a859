"""Units read as UN/CEFACT Recommendation 20 codes or as people write them; written as codes.

Conversion is exact, in Decimal, to one canonical unit per dimension (kilogram, fraction of one,
kelvin, second, metre, cubic metre, joule). Factors are checked against the `pint` library in tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.model.vocabulary import table


class UnknownUnit(ValueError):
    """A unit this book does not know; it is never guessed."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its code, what it measures, and how it becomes the canonical unit."""

    code: str
    dimension: str
    factor: Decimal
    offset: Decimal
    basis: str
    symbol: str

    def to_canonical(self, value: Decimal) -> Decimal:
        """The value in the canonical unit of the dimension."""
        return value * self.factor + self.offset

    def from_canonical(self, value: Decimal) -> Decimal:
        """The canonical value in this unit."""
        return (value - self.offset) / self.factor


@cache
def _units() -> tuple[dict[str, Unit], dict[str, Unit]]:
    exact: dict[str, Unit] = {}
    folded: dict[str, Unit] = {}
    for row in table("units"):
        spellings = row["spellings"].split("|")
        unit = Unit(
            row["code"],
            row["dimension"],
            Decimal(row["factor"]),
            Decimal(row["offset"]),
            row["basis"],
            spellings[0],
        )
        for name in (row["code"], *spellings):
            exact.setdefault(name, unit)
            folded.setdefault(name.casefold(), unit)
    return exact, folded


def unit(name: str) -> Unit:
    """The unit of that code or spelling.

    Refuses: UnknownUnit for any other text. Case counts first (`MGM` is a milligram, `Mg` is no
    unit here), then is ignored.
    Source: UN/CEFACT Recommendation 20 rev. 17 (codes); tables/units.csv.
    """
    exact, folded = _units()
    text = " ".join(name.split())
    if text in {"Mg", "mG"}:
        message = f'"{name}" can be read as milligram or megagram'
        raise UnknownUnit(message)
    hit = exact.get(text) or folded.get(text.casefold())
    if hit is None:
        message = f'"{name}" is not a unit this book knows'
        raise UnknownUnit(message)
    return hit


def rec20(unit_: Unit) -> str:
    """The Recommendation 20 code to write: `dmt` and `wmt` are written as TNE with their basis."""
    return "TNE" if unit_.code in {"DMT", "WMT"} else unit_.code


@cache
def known(dimension: str) -> tuple[str, ...]:
    """The codes and first spellings of one dimension, for an error's "expected"."""
    seen = {u.code: u.symbol for u in _units()[0].values() if u.dimension == dimension}
    return tuple(f"{code} ({symbol})" for code, symbol in seen.items())
