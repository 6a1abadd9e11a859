"""Worldwide Governance Indicators by country and year, as the World Bank publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from orebook.exchange.statistics.table import number, read_table

COLUMNS = ("country_iso3", "indicator", "year", "estimate")


@dataclass(frozen=True, slots=True)
class Governance:
    """Estimates by indicator, country and year, -2.5 … 2.5; each vintage restates all years."""

    estimates: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)

    def of(self, indicator: str, year: str) -> dict[str, Decimal]:
        """Country → estimate of one indicator in one year."""
        return {
            country: value
            for (name, country, when), value in self.estimates.items()
            if name == indicator and when == year
        }

    def years(self, indicator: str) -> tuple[str, ...]:
        """The years an indicator is given for, in order."""
        return tuple(sorted({year for name, _, year in self.estimates if name == indicator}))


def read(path: Path) -> Governance:
    """The estimates of the file. A country without one is not in it, and has no weight."""
    table = read_table(path, COLUMNS)
    found: dict[tuple[str, str, str], Decimal] = {}
    for row in table.rows:
        value = number(row["estimate"])
        if value is not None:
            found[row["indicator"], row["country_iso3"], row["year"]] = value
    return Governance(found)
