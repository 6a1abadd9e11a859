"""A pasted table of feed, concentrates and tails, read cell by cell with the place of each fault.

Columns: `stream`, optionally `mass`, and one per element, with the unit in the header or the cell:
`stream, mass t, Cu %, Ag g/t`. A cell may carry bounds as `2.1 ± 0.05`. Masses and grades are dry.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.model.problem import Problem, found
from orebook.model.quantity import DryMass, Fraction, Quantity, Written
from orebook.model.substance import weights
from orebook.model.uncertainty import Doubt, Range, Spread, Unstated
from orebook.model.units import Unit, UnknownUnit, unit

_CELL = re.compile(
    r"\s*(?P<value>\d+(?:\.\d+)?)\s*(?:(?:±|\+/-|\+-)\s*(?P<half>\d+(?:\.\d+)?))?\s*(?P<unit>\D.*?)?\s*",
    re.ASCII,
)
_HEADER = re.compile(r"\s*(?P<name>[A-Za-z]+)\s*[\[(,]?\s*(?P<unit>[^\])]*?)\s*[\])]?\s*")
_ROLES = (
    ("feed", ("feed", "head")),
    ("tails", ("tail", "residue")),
    ("concentrate", ("conc", "product")),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One measured column: `mass`, or an element, with the unit of its header if it has one."""

    header: str
    name: str
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class Line:
    """One stream of the table; its grades by element, its mass where one is given."""

    row: int
    name: str
    role: str
    mass: Quantity | None
    grades: Mapping[str, Quantity]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What could be read: the lines, the elements in column order, and every fault."""

    lines: tuple[Line, ...]
    elements: tuple[str, ...]
    problems: tuple[Problem, ...]


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a pasted table by header; tabs, semicolons or commas, as its first line shows."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    mark = next((m for m in "\t;" if m in lines[0]), ",")
    reader = csv.DictReader(lines, delimiter=mark, restkey="", restval="")
    return [
        {str(k).strip(): v.strip() if isinstance(v, str) else "" for k, v in row.items()}
        for row in reader
    ]


def sheet(rows: Sequence[Mapping[str, str]]) -> Sheet:
    """The streams of those rows, and a problem with row and column for every fault.

    Unknown: an empty cell is a figure not measured; a number without a unit is a fault, for a
    percentage and a gram per tonne look alike.
    """
    problems: list[Problem] = []
    if not rows:
        problems.append(_bad("empty-table", "the table", "a header and rows", None))
        return Sheet((), (), tuple(problems))
    columns = _columns(rows[0], problems)
    lines = [
        line
        for number, row in enumerate(rows, 2)
        if (line := _line(number, row, columns, problems)) is not None
    ]
    elements = tuple(c.name for c in columns if c.name != "mass")
    if not elements:
        expected = 'at least one element column such as "Cu %"'
        problems.append(_bad("missing-column", "row 1", expected, ", ".join(rows[0])))
    return Sheet(tuple(lines), elements, tuple(problems))


def _bad(code: str, place: str, expected: str, value: object) -> Problem:
    return Problem(code, place, expected, found(value), "Correct the table and paste it again.")


def _columns(row: Mapping[str, str], problems: list[Problem]) -> list[Column]:
    columns: list[Column] = []
    if "stream" not in {h.strip().casefold() for h in row}:
        problems.append(_bad("missing-column", "row 1", 'a column "stream"', ", ".join(row)))
    for header in row:
        if header.strip().casefold() in {"stream", ""}:
            continue
        place = f'row 1, column "{header}"'
        match = _HEADER.fullmatch(header)
        name = match.group("name") if match else ""
        name = "mass" if name.casefold() == "mass" else name
        if match is None or (name != "mass" and name not in weights()):
            expected = 'stream, mass or an element, with its unit, such as "Cu %"'
            problems.append(_bad("unknown-column", place, expected, header))
            continue
        if name in {c.name for c in columns}:
            problems.append(_bad("repeated-column", place, f"one column of {name}", header))
            continue
        written = match.group("unit")
        measured = _unit(written, name, place, problems) if written else None
        if not written or measured is not None:
            columns.append(Column(header, name, measured))
    return columns


def _unit(text: str, name: str, place: str, problems: list[Problem]) -> Unit | None:
    dimension = "mass" if name == "mass" else "fraction"
    try:
        measured = unit(text)
    except UnknownUnit:
        measured = None
    if measured is None or measured.dimension != dimension or measured.basis == "wet":
        example = "kg, t or dmt (dry)" if dimension == "mass" else "%, ppm or g/t"
        problems.append(_bad("unknown-unit", place, f"a unit of {name}: {example}", text))
        return None
    return measured


def _line(
    number: int, row: Mapping[str, str], columns: list[Column], problems: list[Problem]
) -> Line | None:
    name = next((v for k, v in row.items() if k.strip().casefold() == "stream"), "").strip()
    place = f"row {number}"
    role = next((r for r, marks in _ROLES if any(m in name.casefold() for m in marks)), "")
    if not role:
        expected = "a stream named feed, concentrate or tails"
        problems.append(_bad("unknown-stream", f'{place}, column "stream"', expected, name))
        return None
    figures = {
        c.name: quantity
        for c in columns
        if (quantity := _cell(row.get(c.header, ""), c, f'{place}, column "{c.header}"', problems))
        is not None
    }
    mass = figures.pop("mass", None)
    return Line(number, name, role, mass, figures)


def _cell(text: str, column: Column, place: str, problems: list[Problem]) -> Quantity | None:
    if not text.strip():
        return None
    match = _CELL.fullmatch(text)
    if match is None:
        problems.append(_bad("not-a-number", place, "a number such as 2.1 or 2.1 ± 0.05", text))
        return None
    measured = column.unit
    if match.group("unit"):
        measured = _unit(match.group("unit"), column.name, place, problems)
    elif measured is None:
        problems.append(_bad("no-unit", place, "a unit in the header or in the cell", text))
    if measured is None:
        return None
    value = measured.to_canonical(Decimal(match.group("value")))
    if column.name != "mass" and value > 1:
        problems.append(_bad("fraction-out-of-range", place, "0 to 100 %", text))
        return None
    doubt: Doubt = Unstated()
    if match.group("half"):
        half = Decimal(match.group("half")) * measured.factor
        doubt = Range(max(value - half, Decimal(0)), value + half)
    spread = Spread.of(doubt, value, place)
    written = Written(match.group("value"), measured.code)
    kind = DryMass if column.name == "mass" else Fraction
    return kind(value, spread, written)
