"""The bags of a shipment sheet: one row each, checked against themselves and the total row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from orebook.exchange.figures import (
    Sign,
    blank,
    figure_text,
    fraction_body,
    mass_body,
    results,
    settle,
)
from orebook.exchange.rows import Cell, Fault, Grid, Line, cell_fault, is_total
from orebook.exchange.sheet_header import Column, Header
from orebook.model.entry import Body
from orebook.model.problem import Problem
from orebook.model.shape import check
from orebook.model.uncertainty import as_written
from orebook.model.units import unit as unit_of

_MASSES = ("gross", "tare", "net")
_ALL_DIGITS = 15


@dataclass(slots=True)
class Bag:
    """One row: the package it tells of, its lot, and the readings its assay cells hold."""

    row: int
    body: Body
    lot: str
    results: list[Body]
    grade_basis: str = ""


@dataclass(slots=True)
class Sheet:
    """What the table of one sheet holds, and what is wrong with it."""

    bags: list[Bag] = field(default_factory=list)
    total: Body | None = None
    faults: list[Fault] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_bags(grid: Grid, header: Header) -> Sheet:
    """Every row of the table: the sound ones as bags, the others as faults."""
    sheet = Sheet(faults=list(header.faults))
    lines = [line for line in grid.lines[header.body_from :] if not line.empty]
    sign = header.sign or settle(_figure_texts(lines, header))
    totals: list[Line] = []
    for line in lines:
        if _is_total(line):
            totals.append(line)
            continue
        faults: list[Fault] = [] if grid.sheet else list(_untitled(line, header))
        bag = _Row(line, header, sign, faults).bag()
        faults += _twice(sheet, bag, header)
        sheet.faults += faults
        if not faults:
            sheet.bags.append(bag)
    refused = len(lines) - len(totals) != len(sheet.bags)
    for line in totals:
        _total(sheet, line, header, sign, refused=refused)
    return sheet


def _figure_texts(lines: list[Line], header: Header) -> Iterator[str]:
    figures = {
        c.index for c in header.columns if c.name in {*_MASSES, "moisture", "assay", "grade"}
    }
    for line in lines:
        yield from (c.text for i, c in enumerate(line.cells) if i in figures and c.kind == "text")


def _is_total(line: Line) -> bool:
    return is_total(next(cell.text for cell in line.cells if cell.text.strip()))


def _untitled(line: Line, header: Header) -> Iterator[Fault]:
    """A cell of a text file right of the last title: a separator stands in an unquoted cell."""
    for index in range(header.width, len(line.cells)):
        if line.cells[index].text.strip():
            step = "Put quotation marks around a cell that holds the separator, or give it a title."
            expected = "no cell where there is no title"
            fault = cell_fault("cell-without-title", expected, line.text(index), step)
            yield Fault(line.number, index, "", fault)


def _twice(sheet: Sheet, bag: Bag, header: Header) -> Iterator[Fault]:
    """A bag number or a seal that an earlier row has: one of the two rows is wrong."""
    for name, attribute in (("bag", "id"), ("seal", "seal")):
        value = bag.body.get(attribute)
        earlier = [b.row for b in sheet.bags if value and b.body.get(attribute) == value]
        column = next((c.index for c in header.columns if c.name == name), None)
        if earlier:
            expected = f"a {name} number that no other row has"
            fault = cell_fault(f"{name}-twice", expected, f"{value}, as in row {earlier[0]}")
            yield Fault(bag.row, column, name, fault)


@dataclass(slots=True)
class _Row:
    """One row while it is read."""

    line: Line
    header: Header
    sign: Sign
    faults: list[Fault]

    def bag(self) -> Bag:
        """The bag this row tells of; its faults are in `faults`."""
        body: Body = {}
        readings: list[Body] = []
        basis = ""
        printed: list[str] = []
        for column in self.header.columns:
            cell = self.cell(column)
            if cell is None:
                continue
            if column.name in {*_MASSES, "moisture"}:
                figure = self.figure(column, cell)
                if figure is not None:
                    body[column.name] = figure
            elif column.name in {"assay", "grade"}:
                basis = column.basis or basis
                printed.append(_printed(column, cell))
                readings += self._results(column, cell)
            else:
                text = cell.text.strip()
                body["id" if column.name == "bag" else column.name] = text
        if printed:
            body["assay"] = "; ".join(printed)
        self._checks(body, readings)
        lot = str(body.get("lot") or self.header.said.get("lot", ""))
        return Bag(self.line.number, body, lot, readings, basis)

    def _fault(self, name: str, problem: Problem) -> None:
        column = next((c.index for c in self.header.columns if c.name == name), None)
        self.faults.append(Fault(self.line.number, column, name, problem))

    def cell(self, column: Column) -> Cell | None:
        """The cell, or None where it says nothing or holds what no reader should trust."""
        if column.index >= len(self.line.cells):
            return None
        cell = self.line.cells[column.index]
        if cell.kind in {"text", "number"} and blank(cell.text):
            return None
        wanted = "a figure" if column.name in {*_MASSES, "moisture", "grade"} else "text"
        step = ""
        if cell.kind == "not-computed":
            step = "Open the workbook in a spreadsheet program, save it, and send it again."
        elif cell.kind in {"date", "early-date"}:
            step = "It became a date: format the column as text and type it again."
        elif cell.kind == "number" and wanted == "text" and _digits(cell.text) > _ALL_DIGITS:
            step = "A number keeps 15 digits: format the column as text and type it again."
        elif cell.kind in {"text", "number"}:
            return cell
        fault = cell_fault(f"cell-is-{cell.kind}", wanted, cell.text, step)
        self._fault(column.name, fault)
        return None

    def figure(self, column: Column, cell: Cell) -> Body | None:
        """The mass or fraction of a cell, or None and a fault."""
        # A number cell is already a number: only a typed text can mean two.
        sign: Sign = "point" if cell.kind == "number" else self.sign
        basis = column.basis or self.header.said.get("basis", "")
        if column.name == "moisture":
            figure = fraction_body(cell.text, column.unit, sign)
        else:
            figure = mass_body(cell.text, column.unit, basis if column.name == "net" else "", sign)
        if isinstance(figure, Problem):
            self._fault(column.name, figure)
            return None
        return figure

    def _results(self, column: Column, cell: Cell) -> list[Body]:
        sign: Sign = "point" if cell.kind == "number" else self.sign
        text = f"{column.substance} {cell.text.strip()}" if column.substance else cell.text
        read = results(text, column.unit, sign)
        for item in read:
            if isinstance(item, Problem):
                told = Fault(self.line.number, column.index, column.substance or "assay", item)
                self.faults.append(told)
        return [item for item in read if not isinstance(item, Problem)]

    def _checks(self, body: Body, readings: list[Body]) -> None:
        if "id" not in body:
            self._fault("bag", cell_fault("missing-bag", "a bag number", ""))
        elif len(body) == 1 and not self.faults:
            step = "Complete the row, or remove it if it is no bag."
            expected = "a seal, a mass or an assay beside the bag number"
            self._fault("bag", cell_fault("row-says-nothing", expected, str(body["id"]), step))
        for problem in check("package", body):
            if problem.code != "missing-attribute":
                self._fault(problem.place.split("/")[1], _told(problem))
        for reading in readings:
            for problem in check("result", reading):
                self._fault("assay" if self._has("assay") else "grade", _told(problem))
        if not self.faults and all(name in body for name in _MASSES):
            self._net(body)

    def _has(self, name: str) -> bool:
        return any(c.name == name for c in self.header.columns)

    def _net(self, body: Body) -> None:
        """Net is gross less tare, within half of the last digit of each of the three."""
        masses = [body[name] for name in _MASSES]
        gross, tare, net = (m for m in masses if isinstance(m, dict))
        if net.get("basis") == "dry" != gross.get("basis"):
            return  # dry net against gross as it lies: the moisture stands between them
        gap = kilograms(gross) - kilograms(tare) - kilograms(net)
        if abs(gap) > sum((_last_digit(m) for m in (gross, tare, net)), Decimal(0)):
            between = f"{figure_text(gross)} less {figure_text(tare)}"
            step = "Weigh or copy again: one of the three figures of this row is wrong."
            fault = cell_fault("net-differs", "net = gross less tare", "", step)
            stated = f"{between} and net {figure_text(net)}: {abs(gap)} kg apart"
            self._fault("net", Problem(fault.code, "", fault.expected, stated, step))


def _told(problem: Problem) -> Problem:
    return Problem(problem.code, "", problem.expected, problem.found, problem.next_step)


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _printed(column: Column, cell: Cell) -> str:
    """The reading as the sheet shows it, header included where the header names the substance."""
    text = cell.text.strip()
    unit = "" if text.endswith("%") else f" {column.unit}"
    return f"{column.substance} {text}{unit}" if column.substance else text


def kilograms(mass: Body) -> Decimal:
    """The figure of a mass body in kilograms."""
    return unit_of(str(mass["unit"])).to_canonical(Decimal(str(mass["value"])))


def _last_digit(mass: Body) -> Decimal:
    return as_written(str(mass["value"])) * unit_of(str(mass["unit"])).factor


def _total(sheet: Sheet, line: Line, header: Header, sign: Sign, *, refused: bool) -> None:
    """The total row: each mass it states must be the sum of the column it stands under."""
    faults: list[Fault] = []
    columns = [c for c in header.columns if c.name in _MASSES]
    row = _Row(line, header, sign, faults)
    for column in columns:
        cell = row.cell(column)
        figure = row.figure(column, cell) if cell is not None else None
        if figure is None:
            continue
        stated = [bag.body.get(column.name) for bag in sheet.bags]
        parts = [mass for mass in stated if isinstance(mass, dict)]
        comparable = not refused and len(parts) == len(sheet.bags)
        summed = sum((kilograms(mass) for mass in parts), Decimal(0))
        room = sum((_last_digit(mass) for mass in (*parts, figure)), Decimal(0))
        if comparable and abs(summed - kilograms(figure)) > room:
            expected = f"the sum of the rows, {format(summed, 'f')} kg"
            step = "Correct the total or the row that is wrong."
            fault = cell_fault("total-differs", expected, str(figure_text(figure)), step)
            faults.append(Fault(line.number, column.index, column.name, fault))
        elif column.name == "net":
            sheet.total = figure
    sheet.faults += faults
