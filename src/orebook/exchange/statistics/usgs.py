"""The salient statistics of the USGS Mineral Commodity Summaries, as accounts of one country.

`tables/us_accounts.csv` says, per commodity, which rows its own footnotes count as production,
imports, exports, stocks and consumption. A row is named by the beginning of its detail; with `<`
before it, it holds more than is asked for, so that it counts from nothing to what it says.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from orebook.exchange.statistics.table import amount, read_table
from orebook.model.statistic import NOTHING, Interval, State

COLUMNS = ("MCS chapter", "Section", "Country", "Statistics_detail", "Unit", "Year", "Value")
_SALIENT = "Salient Statistics"


@dataclass(frozen=True, slots=True)
class Definition:
    """Which rows make up the accounts of one commodity and form, and what has no row at all."""

    subject: str
    stage: str
    chapter: str
    production: tuple[str, ...]
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    stocks: tuple[str, ...]
    consumption: tuple[str, ...]
    without_row: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the salient statistics: its text, what it lets the amount be, and its kind."""

    text: str
    value: Decimal | None
    span: Interval
    state: State
    place: str


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums one definition asks for in one year; None where it names no row.

    `gaps` names every cell that held no number, with its kind and place.
    """

    production: Interval | None
    imports: Interval | None
    exports: Interval | None
    stock_draw: Interval | None
    consumption: Interval | None
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Salient:
    """The salient rows by chapter, detail and year."""

    name: str
    cells: Mapping[tuple[str, str, str], Cell] = field(default_factory=dict)

    def sums(self, definition: Definition, year: str) -> Sums:
        """What the definition asks for in that year, gaps kept as intervals."""
        gaps: list[str] = []

        def total(starts: Iterable[str], when: str = year) -> Interval | None:
            spans: list[Interval] = []
            for start in starts:
                cells = self._rows(definition.chapter, start.removeprefix("<"), when)
                gaps.extend(f"{c.place}: {c.state}" for c in cells if c.value is None)
                more = start.startswith("<")
                spans.extend(Interval(Decimal(0), c.span.high) if more else c.span for c in cells)
            return sum(spans, NOTHING) if spans else None

        draw = None
        if definition.stocks:
            before = total(definition.stocks, str(int(year) - 1)) if year.isdecimal() else None
            after = total(definition.stocks)
            if before is None or after is None:
                gaps.append(f"stocks of the year before {year} are not in the file")
                draw = Interval(None, None)
            else:
                draw = before - after
        return Sums(
            total(definition.production),
            total(definition.imports),
            total(definition.exports),
            draw,
            total(definition.consumption),
            tuple(dict.fromkeys(gaps)),
        )

    def _rows(self, chapter: str, start: str, year: str) -> list[Cell]:
        exact = self.cells.get((chapter, start, year))
        if exact is not None:
            return [exact]
        return [
            cell
            for (of, detail, when), cell in self.cells.items()
            if of == chapter and when == year and detail.startswith(start)
        ]


def read(path: Path) -> Salient:
    """The salient statistics of the United States in the file, every cell with its kind."""
    table = read_table(path, COLUMNS)
    cells: dict[tuple[str, str, str], Cell] = {}
    for row in table.rows:
        if not row["Section"].startswith(_SALIENT):
            continue
        value, span, state = amount(row["Value"])
        key = (row["MCS chapter"], row["Statistics_detail"], row["Year"])
        cells[key] = Cell(row["Value"], value, span, state, row.place("Value"))
    return Salient(table.name, cells)


@cache
def definitions() -> Mapping[tuple[str, str], Definition]:
    """Subject and stage → which rows count."""
    text = files(__package__).joinpath("tables", "us_accounts.csv").read_text("utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        found[row["subject"], row["stage"]] = Definition(
            row["subject"],
            row["stage"],
            row["chapter"],
            _listed(row["production"]),
            _listed(row["imports"]),
            _listed(row["exports"]),
            _listed(row["stocks"]),
            _listed(row["consumption"]),
            tuple(row["without_row"].split()),
            row["reason"],
        )
    return found


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)
