"""Production by country: one row a mineral, stage, country and year, with its source."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from orebook.exchange.statistics.table import Row, number, quoted, read_table
from orebook.model.problem import Problem
from orebook.model.statistic import NOTHING, UNKNOWN_AMOUNT, Interval, State, Statistic, point

COLUMNS = (
    "mineral",
    "stage",
    "country_iso3",
    "country_name",
    "year",
    "value",
    "unit",
    "source",
    "note",
)
FIRM_COLUMNS = ("mineral", "stage", "firm", "year", "value", "unit", "source", "note")
_HALF_UNIT = Decimal("0.5")


def read(path: Path) -> tuple[tuple[Statistic, ...], tuple[Problem, ...]]:
    """The statistics of the file, in its order, and the rows that could not be read.

    A row without a value keeps the kind of its gap, as its note names it. Refuses: SenderError for
    a file without these columns.
    """
    return _read(path, COLUMNS, ("country_iso3", "country_name"))


def read_firms(path: Path) -> tuple[tuple[Statistic, ...], tuple[Problem, ...]]:
    """The same by firm; `WLD` is the total of the source, `ROW` the firms it does not name."""
    return _read(path, FIRM_COLUMNS, ("firm", "firm"))


def _read(
    path: Path, columns: tuple[str, ...], party: tuple[str, str]
) -> tuple[tuple[Statistic, ...], tuple[Problem, ...]]:
    table = read_table(path, columns)
    statistics: list[Statistic] = []
    problems: list[Problem] = []
    for row in table.rows:
        read_row = _statistic(row, party)
        if isinstance(read_row, Problem):
            problems.append(read_row.within("", table.name))
        else:
            statistics.append(read_row)
    return tuple(statistics), tuple(problems)


def _statistic(row: Row, party: tuple[str, str]) -> Statistic | Problem:
    note = row["note"].lower()
    text = row["value"]
    value = number(text)
    if text and value is None:
        step = "Write the number alone, and a gap as an empty cell with its kind in the note."
        return Problem("not-a-number", row.place("value"), "a number", quoted(text), step)
    if value is not None and value < 0:
        return Problem(
            "negative-amount",
            row.place("value"),
            "an amount of at least 0",
            quoted(text),
            "Check it.",
        )
    span, state = _meaning(value, note)
    return Statistic(
        row["mineral"],
        row["stage"],
        row[party[0]],
        row[party[1]],
        row["year"],
        value,
        span,
        row["unit"],
        state,
        row["source"],
        place=row.place(),
    )


def _meaning(value: Decimal | None, note: str) -> tuple[Interval, State]:
    if value is None:
        if "withheld" in note:
            return UNKNOWN_AMOUNT, "withheld"
        if "half a unit" in note:
            return Interval(Decimal(0), _HALF_UNIT), "under-half"
        return UNKNOWN_AMOUNT, "not-available"
    if "half a unit" in note and value == 0:
        return Interval(Decimal(0), _HALF_UNIT), "under-half"
    if "bound >" in note:
        return Interval(value, None), "bound"
    if "bound <" in note:
        return Interval(Decimal(0), value), "bound"
    if value == 0:
        return NOTHING, "zero"
    if "rounded" in note:
        return point(value), "rounded"
    if "projection" in note:
        return point(value), "projected"
    estimated = "estimated" in note or "estimate" in note
    return point(value), "estimated" if estimated else "reported"
