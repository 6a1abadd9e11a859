"""A table of facts read row by row: the good rows survive, equal faults are told once.

Row 1 says which template it is (`orebook:assays`), row 2 names the columns. A sheet of another
form is read through a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from orebook.exchange.fact_cells import DATES, FIGURES, distrusted, value_of
from orebook.exchange.fact_columns import (
    DIRECTIONS,
    MARK,
    Template,
    heading,
    named,
    templates,
)
from orebook.exchange.figures import Sign, blank, results, settle, two_ways
from orebook.exchange.format import Read, Source
from orebook.exchange.rows import Cell, Fault, Grid, Line, cell_fault, grouped, is_total, ranges
from orebook.exchange.sheet_days import ORDERS, Order, order_of, unclear
from orebook.exchange.sheet_header import column_of, recognised
from orebook.model.entry import Body
from orebook.model.problem import Problem
from orebook.model.shape import check

_UTF16 = {b"\xff\xfe", b"\xfe\xff"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: where it stands, what it fills, in which unit and on which basis."""

    index: int
    name: str
    type: str
    unit: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a sheet is read: the template, the columns, where the rows begin, what holds for all.

    `fixed` are attributes that every row gets as text.
    """

    template: Template
    columns: tuple[Column, ...]
    body_from: int
    header: int = 0
    sign: Sign = ""
    fixed: dict[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    order: Order = ""


def marked(grid: Grid) -> str | None:
    """The template that the first row of a sheet names, or None."""
    first = next((line for line in grid.lines[:3] if not line.empty), None)
    text = first.text(0) if first else ""
    return text.removeprefix(MARK).strip() if text.startswith(MARK) else None


def recogniser(data: bytes) -> Callable[[Sequence[str]], int]:
    """What scores a row of a text file as the header of a table, for finding its separator."""
    start = data[:400].decode("utf-16" if data[:2] in _UTF16 else "utf-8", "ignore")
    told = re.search(rf"{MARK}([\w-]+)", start[:60])
    template = templates().get(told[1]) if told else None
    if template is None:
        return recognised

    def score(row: Sequence[str]) -> int:
        return sum(column_at(template, n, text) is not None for n, text in enumerate(row) if text)

    return score


def layout(grid: Grid) -> Layout | Problem:
    """The layout of a sheet that its first row names, or the Problem with it."""
    name = marked(grid) or ""
    template = templates().get(name)
    at = next(i for i, line in enumerate(grid.lines) if not line.empty)
    if template is None:
        expected = f"one of {', '.join(templates())}"
        step = "Take a fresh template: orebook template NAME.xlsx"
        place = grid.at(str(grid.lines[at].number), 0)
        return Problem("unknown-template", place, expected, f'"{name}"', step)
    sign: Sign = ""
    order: Order = ""
    for cell in grid.lines[at].cells[1:]:
        words = cell.text.casefold().replace("=", " ").replace(":", " ").split()
        if words[:1] == ["decimal"] and words[-1] in {"comma", "point"}:
            sign = "comma" if words[-1] == "comma" else "point"
        if words[:1] == ["dates"]:
            order = next((o for o in ORDERS if o and o == " ".join(words[1:])), order)
    if at + 1 >= len(grid.lines):
        step = "Take a fresh template, or name the columns as it does."
        return Problem("no-header", grid.at(str(at + 2)), "the names of columns", "none", step)
    line = grid.lines[at + 1]
    columns, faults = columns_of(template, line)
    return Layout(template, columns, at + 2, line.number, sign, {}, faults, order)


def columns_of(template: Template, line: Line) -> tuple[tuple[Column, ...], tuple[Fault, ...]]:
    """The columns a header row names, and a fault for each it names twice or not at all."""
    columns: list[Column] = []
    faults: list[Fault] = []
    for index, cell in enumerate(line.cells):
        text = cell.text.strip()
        if not text:
            continue
        column = column_at(template, index, text)
        if column is None:
            known = ", ".join(f.name for f in template.fields)
            step = f"Name it as the template does ({known}), or map it: orebook map."
            fault = cell_fault("unknown-column", f"a column of {template.name}", text, step)
            faults.append(Fault(line.number, index, text, fault))
        elif any(c.name == column.name for c in columns):
            fault = cell_fault("column-twice", "each column once", text, "Remove or rename one.")
            faults.append(Fault(line.number, index, column.name, fault))
        else:
            columns.append(column)
    return tuple(columns), tuple(faults)


def column_at(template: Template, index: int, text: str) -> Column | None:
    """The column that a header text names in a template, or None."""
    told = heading(text)
    name = named(template.name, told.title)
    if name is not None and (found := template.field(name)) is not None:
        return Column(index, name, found.type, told.unit, told.basis)
    if template.kind == "assay":
        grade = column_of(index, text.replace("*", "").strip())
        if grade is not None and grade.name == "grade":
            return Column(index, grade.substance, "grade", grade.unit, grade.basis)
    return None


def read_table(grid: Grid, how: Layout, source: Source) -> Iterator[Read | Problem]:
    """The facts of a table, each with its row; then every sort of fault once, with its rows."""
    table = _Table(grid, how)
    for line in grid.lines[how.body_from :]:
        if not line.empty:
            table.row(line)
    for body, first in table.facts():
        yield Read(how.template.kind, body, grid.at(str(first)))
    source.notes.extend(f"{grid.sheet or source.name}: {note}" for note in table.notes())
    yield from grouped(grid, [*how.faults, *table.faults])


def _titled(grid: Grid, how: Layout) -> set[int]:
    """The columns that have a title, known or not."""
    return {n for n, c in enumerate(grid.lines[how.body_from - 1].cells) if c.text.strip()}


def _texts(grid: Grid, how: Layout, types: Sequence[str]) -> list[str]:
    """What the cells of text in columns of those types say."""
    wanted = {c.index for c in how.columns if c.type in types}
    return [
        cell.text.strip()
        for line in grid.lines[how.body_from :]
        for index, cell in enumerate(line.cells)
        if index in wanted and cell.kind == "text" and cell.text
    ]


def _perhaps_turned(grid: Grid, how: Layout) -> list[int]:
    """The rows whose day and month a spreadsheet program of another country may have swapped.

    Of 02/01/2026 and 25/02/2026 one that expects the month first makes a date of the former alone.
    """
    rows: set[int] = set()
    for column in (c for c in how.columns if c.type in DATES):
        cells = [
            (line.number, line.cells[column.index])
            for line in grid.lines[how.body_from :]
            if column.index < len(line.cells)
        ]
        if order_of(cell.text for _, cell in cells if cell.kind == "text"):
            rows |= {n for n, c in cells if c.kind == "date" and int(c.text[8:10] or 13) <= 12}
    return sorted(rows)


class _Table:
    """A table while it is read."""

    def __init__(self, grid: Grid, how: Layout) -> None:
        self.how = how
        self.faults: list[Fault] = []
        self._events: dict[str, tuple[Body, int]] = {}
        self._bad: set[str] = set()
        self._seen: dict[str, int] = {}
        self._facts: list[tuple[Body, int]] = []
        self._titled = _titled(grid, how)
        self._untitled: list[int] = []
        self._csv = not grid.sheet
        self._figures = [t for t in _texts(grid, how, FIGURES) if "," in t or "." in t]
        self._days = [t for t in _texts(grid, how, DATES) if not t.isdecimal()]
        self.sign: Sign = how.sign or settle(self._figures)
        self.order: Order = how.order or order_of(self._days)
        self._turned = _perhaps_turned(grid, how)

    def notes(self) -> Iterator[str]:
        """What the sheet itself settled, and what was left out of it."""
        commas = any("," in text for text in self._figures)
        if self.sign == "comma" and not self.how.sign and commas:
            yield "decimal commas, as its figures show"
        if self.sign == "point" and not self.how.sign and any(map(two_ways, self._figures)):
            yield "decimal points, as its figures show"
        if self.order and not self.how.order and any(map(unclear, self._days)):
            yield f"dates {self.order}, as others of its dates show"
        if self._turned:
            yield (
                f"dates of rows {ranges(self._turned)} are cells of the program's own, and others"
                " of their column are text such as 25/02/2026, which it could not take: check that"
                " it did not put day for month"
            )
        if self._untitled:
            yield f"cells under no title were left out, in rows {ranges(self._untitled)}"

    def row(self, line: Line) -> None:
        """Takes one row: a fact, a flow of an event, or its faults."""
        before = len(self.faults)
        if self._stray(line):
            return
        body: Body = {}
        grades: list[Body] = []
        for column in self.how.columns:
            cell = self._cell(line, column)
            if cell is not None:
                self._fill(body, grades, line, column, cell)
        self._fix(body, line)
        if self.how.template.kind == "assay":
            body["results"] = grades
            if not grades and len(self.faults) == before:
                step = "Fill in a grade, or remove the row."
                self._fault(line, "", cell_fault("no-grade", "at least one grade", "none", step))
        if self.how.template.kind == "event":
            self._event(body, line, before)
            return
        self._check(body, line, before)
        ident = str(body.get("id", ""))
        if ident and ident in self._seen:
            told = f"{ident}, as in row {self._seen[ident]}"
            self._fault(line, "id", cell_fault("id-twice", "an identifier of its own", told))
        self._seen.setdefault(ident, line.number)
        if len(self.faults) == before:
            self._facts.append((body, line.number))

    def _fix(self, body: Body, line: Line) -> None:
        """What the mapping says of every row, where the row itself says nothing.

        A cell that says "unknown" has said so: nothing is put in its place.
        """
        told = {c.name for c in self.how.columns if line.text(c.index)}
        for name, text in self.how.fixed.items():
            if name in told:
                continue
            column = self.how.template.field(name)
            assert column is not None, name  # a mapping names no other
            value = value_of(column.type, text, column.unit, "", self.sign, self.order)
            if isinstance(value, Problem):
                self._fault(line, name, value)
            elif value is not None:
                body.setdefault(name, value)

    def _stray(self, line: Line) -> bool:
        """True for a row of totals, and in a text file for one with cells beyond the titles."""
        first = next(cell for cell in line.cells if cell.text.strip())
        if is_total(first.text):
            step = (
                "Remove the row: a table of facts has one fact a row, and no totals. What is"
                " really called so needs another identifier here."
            )
            index = line.cells.index(first)
            fault = cell_fault("row-of-totals", "a row of the table", first.text.strip(), step)
            self.faults.append(Fault(line.number, index, "", fault))
            return True
        beyond = [n for n, c in enumerate(line.cells) if n not in self._titled and c.text.strip()]
        if not beyond:
            return False
        if self._csv:
            step = "Put quotation marks around a cell that holds the separator, or give it a title."
            text = line.cells[beyond[0]].text.strip()
            fault = cell_fault("cell-without-title", "no cell where there is no title", text, step)
            self.faults.append(Fault(line.number, beyond[0], "", fault))
            return True
        self._untitled.append(line.number)
        return False

    def facts(self) -> Iterator[tuple[Body, int]]:
        """The sound facts, each with its first row."""
        yield from self._facts
        for ident, (body, row) in self._events.items():
            if ident not in self._bad:
                yield body, row

    def _event(self, body: Body, line: Line, before: int) -> None:
        """A row of an event is one of its flows; what it says of the event must agree."""
        flow: Body = {n: body.pop(n) for n in ("lot", "mass", "role") if n in body}
        weighing = self.how.template.name == "weighings"
        way = str(body.pop("direction", "subject" if weighing else ""))
        member = DIRECTIONS.get(way, "")
        if weighing:
            body.setdefault("kind", "weigh")
        ident = str(body.get("id", ""))
        held, _ = self._events.setdefault(ident, ({}, line.number))
        if flow and not member:
            expected = f"one of {', '.join(DIRECTIONS)}"
            self._fault(line, "direction", cell_fault("no-direction", expected, way or "nothing"))
        for name, value in body.items():
            if held.setdefault(name, value) != value:
                expected = f"{held[name]}, as row {self._events[ident][1]} says of {ident}"
                self._fault(line, name, cell_fault("rows-disagree", expected, str(value)))
        if flow:
            self._faults_of("flow", flow, line)
            flows = held.setdefault(member or "subjects", [])
            assert isinstance(flows, list)
            flows.append(flow)
        if len(held) <= len(body) + 1:
            self._check(dict(body), line, before)
        if len(self.faults) > before:
            self._bad.add(ident)

    def _check(self, body: Body, line: Line, before: int) -> None:
        named_already = {f.name for f in self.faults[before:]}
        self._faults_of(self.how.template.kind, body, line, named_already)

    def _faults_of(
        self, kind: str, body: Body, line: Line, but: set[str] | frozenset[str] = frozenset()
    ) -> None:
        for problem in check(kind, body):
            name = [*problem.place.split("/"), ""][1]
            told_already = name == "results" and problem.place.count("/") > 1
            if name not in but and not told_already:
                p = problem
                told = Problem(p.code, "", p.expected, p.found, p.next_step)
                self._fault(line, name, told)

    def _fault(self, line: Line, name: str, problem: Problem) -> None:
        index = next((c.index for c in self.how.columns if c.name == name), None)
        self.faults.append(Fault(line.number, index, name, problem))

    def _cell(self, line: Line, column: Column) -> Cell | None:
        """The cell, or None where it says nothing or holds what no reader should trust."""
        if column.index >= len(line.cells):
            return None
        cell = line.cells[column.index]
        if not cell.text.strip() or (cell.kind in {"text", "number"} and blank(cell.text)):
            return None
        fault = distrusted(column.type, cell)
        if fault is None:
            return cell
        self.faults.append(Fault(line.number, column.index, column.name, fault))
        return None

    def _fill(self, body: Body, grades: list[Body], line: Line, column: Column, cell: Cell) -> None:
        sign: Sign = "point" if cell.kind == "number" else self.sign
        text = cell.text.strip()
        if column.type == "grade":
            for item in results(f"{column.name} {text}", column.unit, sign):
                if isinstance(item, Problem):
                    self.faults.append(Fault(line.number, column.index, column.name, item))
                    continue
                grades.append(item)
                self._grade_basis(body, column)
                for p in check("result", item):
                    told = Problem(p.code, "", p.expected, p.found, p.next_step)
                    self.faults.append(Fault(line.number, column.index, column.name, told))
            return
        value = value_of(column.type, text, column.unit, column.basis, sign, self.order)
        if isinstance(value, Problem):
            self.faults.append(Fault(line.number, column.index, column.name, value))
        elif value is not None:
            body[column.name] = value

    @staticmethod
    def _grade_basis(body: Body, column: Column) -> None:
        if column.basis == "dry":
            body.setdefault("basis", "dry")
        elif column.basis == "wet":
            body.setdefault("basis", "as_received")
