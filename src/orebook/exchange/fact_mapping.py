"""A sheet of the sender's own form, read through a mapping that is made once and kept.

The mapping is a TOML file: which of their titles is which of our columns, and what is settled for
the whole sheet (decimal sign, encoding, values). A draft of it marks what was guessed.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from orebook.exchange.fact_columns import Template, fold, heading, templates, titles
from orebook.exchange.fact_table import Column, Layout, column_at, read_table
from orebook.exchange.figures import Sign
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.rows import Cell, Fault, Grid, Line, cell_fault, take, text_grid
from orebook.exchange.sheet_days import ORDERS, Order
from orebook.exchange.workbook import grids
from orebook.model.problem import Problem, ReaderError

_LOOK = 60
_KNOWN = {
    *("to", "sheet", "header", "decimal", "dates", "encoding", "separator"),
    *("columns", "fixed", "values"),
}


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """Their titles → our columns, and what holds for every row.

    `columns` maps a title (the second of the same name is `Title #2`) to a column of ours as a
    template heads it, such as `mass (kg dry)`; an empty text leaves the column out.
    """

    template: Template
    columns: Mapping[str, str]
    sheet: str = ""
    header: int = 0
    sign: Sign = ""
    order: Order = ""
    encoding: str = ""
    separator: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_mapping(data: bytes, name: str) -> SheetMapping:
    """The mapping of a TOML file. Refuses: ReaderError naming the line that cannot be used."""
    try:
        told: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        message = f"{name}: expected a mapping in TOML, found: {error}"
        raise ReaderError(message) from error
    if unknown := sorted(set(told) - _KNOWN):
        raise _bad(name, unknown[0], f"one of {', '.join(sorted(_KNOWN))}", unknown[0])
    template = templates().get(str(told.get("to", "")))
    if template is None:
        raise _bad(name, "to", f"one of {', '.join(templates())}", told.get("to"))
    columns = _texts(told.get("columns"), name, "columns")
    for title, ours in columns.items():
        if ours and column_at(template, 0, ours) is None:
            known = ", ".join(f.name for f in template.fields)
            raise _bad(name, f'columns."{title}"', f"a column of {template.name}: {known}", ours)
    sign, order, header = _settled(told, name)
    separator = told.get("separator", "")
    if not isinstance(separator, str) or len(separator) > 1 or separator in {'"', "\n", "\r"}:
        raise _bad(name, "separator", "one character, such as ;", separator)
    fixed = _texts(told.get("fixed", {}), name, "fixed")
    values = told.get("values", {})
    if not isinstance(values, dict):
        raise _bad(name, "values", "a table for each column", values)
    _know(template, name, fixed, values)
    return SheetMapping(
        template,
        columns,
        str(told.get("sheet", "")),
        header,
        sign,
        order,
        str(told.get("encoding", "")),
        separator,
        fixed,
        {c: _texts(v, name, f"values.{c}") for c, v in values.items()},
    )


def _know(
    template: Template, name: str, fixed: Mapping[str, str], values: Mapping[str, object]
) -> None:
    """Returns where these are columns of the template, and no grade is fixed for every row."""
    for part, given in (("fixed", fixed), ("values", values)):
        for ours in given:
            column = template.field(ours)
            if column is None:
                raise _bad(name, f"{part}.{ours}", f"a column of {template.name}", ours)
            if part == "fixed" and column.type == "grade":
                expected = "no grade: each row has one of its own"
                raise _bad(name, f"fixed.{ours}", expected, fixed[ours])


def _settled(told: dict[str, Any], name: str) -> tuple[Sign, Order, int]:
    """The decimal sign, the order of day and month, and the header row of a mapping."""
    sign = told.get("decimal", "")
    if sign not in {"", "point", "comma"}:
        raise _bad(name, "decimal", "point or comma", sign)
    header = told.get("header", 0)
    if not isinstance(header, int) or isinstance(header, bool) or header < 0:
        raise _bad(name, "header", "the number of the row with the titles", header)
    order = told.get("dates", "")
    if order not in ORDERS:
        raise _bad(name, "dates", "day first or month first", order)
    return sign, order, header


def _bad(name: str, place: str, expected: str, value: object) -> ReaderError:
    return ReaderError(f"{name}, {place}: expected {expected}, found {value!r}")


def _texts(value: object, name: str, place: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise _bad(name, place, 'lines of the form "their title" = "our column"', value)
    return dict(value)


def mapped(mapping: SheetMapping) -> Format:
    """The format that reads sheets through this mapping."""

    def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
        data = take(stream)
        if isinstance(data, Problem):
            yield data.within("", source.name)
            return
        tables = 0
        for grid in _sheets(data, mapping, source.notes):
            if isinstance(grid, Problem):
                yield grid.within("", source.name)
                return
            if mapping.sheet and grid.sheet and grid.sheet != mapping.sheet:
                continue
            how = _layout(grid, mapping, source.notes)
            if how is None:
                continue
            tables += 1
            for item in read_table(_replaced(grid, how, mapping), how, source):
                yield item.within("", source.name) if isinstance(item, Problem) else item
        if not tables:
            wanted = ", ".join(t for t, ours in mapping.columns.items() if ours)
            step = "Correct the mapping, or name its sheet and header row."
            yield Problem("no-table", "", f"a row with {wanted}", "none", step, source.name)

    template = mapping.template
    return Format(f"mapped-{template.name}", f"Own sheet as {template.name}", (), (), _never, read)


def _never(_head: bytes, _name: str) -> int:
    return 0


def _sheets(data: bytes, mapping: SheetMapping, notes: list[str]) -> Iterator[Grid | Problem]:
    if data.startswith(b"PK\x03\x04"):
        yield from grids(data, notes)
        return
    wanted = {fold(t) for t in mapping.columns}
    yield text_grid(
        data,
        lambda row: sum(fold(cell) in wanted for cell in row),
        mapping.encoding,
        mapping.separator,
        notes,
    )


def numbered(line: Line) -> list[str]:
    """The titles of a row; the second of the same name gets ` #2`, and so on."""
    seen: dict[str, int] = {}
    names = []
    for cell in line.cells:
        text = " ".join(cell.text.split())
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 or not text else f"{text} #{seen[text]}")
    return names


def _layout(grid: Grid, mapping: SheetMapping, notes: list[str]) -> Layout | None:
    """The layout of a sheet whose header row has the titles of the mapping; None without one."""
    wanted = {fold(title): ours for title, ours in mapping.columns.items()}
    needed = {title for title, ours in wanted.items() if ours}
    best, at = 0, -1
    for number, line in enumerate(grid.lines[:_LOOK]):
        there = len(needed & {fold(name) for name in numbered(line)})
        if (line.number == mapping.header) if mapping.header else there > best:
            best, at = there, number
    if at < 0 or not best:
        return None
    line = grid.lines[at]
    columns: list[Column] = []
    faults: list[Fault] = []
    left: list[str] = []
    for index, name in enumerate(numbered(line)):
        ours = wanted.get(fold(name))
        column = column_at(mapping.template, index, ours) if ours else None
        if column is not None and any(c.name == column.name for c in columns):
            step = f"Two titles of the mapping lead to {column.name}: leave one of them out."
            fault = cell_fault("column-twice", "each column once", name, step)
            faults.append(Fault(line.number, index, column.name, fault))
        elif column is not None:
            columns.append(column)
        elif name and ours is None:
            left.append(name)
    missing = needed - {fold(name) for name in numbered(line)}
    for title in sorted(t for t in mapping.columns if fold(t) in missing):
        step = "Correct the mapping, or put the column back."
        faults.append(
            Fault(
                line.number, None, title, cell_fault("no-column", f'a column "{title}"', "", step)
            )
        )
    if left:
        place = f"sheet {grid.sheet}: " if grid.sheet else ""
        notes.append(f"{place}not in the mapping and left out: {', '.join(left)}")
    fixed = dict(mapping.fixed)
    return Layout(
        mapping.template,
        tuple(columns),
        at + 1,
        line.number,
        mapping.sign,
        fixed,
        tuple(faults),
        mapping.order,
    )


def _replaced(grid: Grid, how: Layout, mapping: SheetMapping) -> Grid:
    """The sheet with the sender's words put in ours, where the mapping says so."""
    by_index = {
        c.index: {fold(theirs): ours for theirs, ours in mapping.values[c.name].items()}
        for c in how.columns
        if c.name in mapping.values
    }
    if not by_index:
        return grid

    def put(line: Line) -> Line:
        cells = tuple(
            Cell(by_index.get(n, {}).get(fold(cell.text), cell.text), cell.kind)
            for n, cell in enumerate(line.cells)
        )
        return Line(line.number, cells)

    body = tuple(put(line) for line in grid.lines[how.body_from :])
    return Grid(grid.sheet, grid.lines[: how.body_from] + body)


def draft(data: bytes, name: str, template: Template) -> str:
    """A mapping of that file to be checked: each line says whether it was known or guessed.

    Refuses: ReaderError for a file without a row of titles.
    """
    notes: list[str] = []
    sheets = (
        grids(data, notes)
        if data.startswith(b"PK\x03\x04")
        else iter((text_grid(data, lambda row: sum(map(bool, row)), notes=notes),))
    )
    best: tuple[int, Grid, Line] | None = None
    for grid in sheets:
        if isinstance(grid, Problem):
            raise ReaderError(grid.within("", name).text())
        for line in grid.lines[:_LOOK]:
            score = sum(3 * _sure(template, t) + bool(t) for t in numbered(line))
            if best is None or score > best[0]:
                best = score, grid, line
    if best is None or best[0] < 2:
        message = f"{name}: expected a row with the titles of columns, found none"
        raise ReaderError(message)
    _, grid, line = best
    lines = [
        f"# How {name} is read as {template.name}. Check every line that says guess, then keep it:",
        f"#   orebook capture {name} --map THIS-FILE",
        f"to = {_quoted(template.name)}",
        *([f"sheet = {_quoted(grid.sheet)}"] if grid.sheet else []),
        f"header = {line.number}",
        '# decimal = "comma"      # or point, where figures such as 1,200 can be read two ways',
        '# dates = "day first"    # or month first, where 02/01/2026 can be read two ways',
        *(f"# {note}" for note in notes),
        "",
        "# Columns: " + ", ".join(f.name for f in template.fields),
        "[columns]",
    ]
    taken: set[str] = set()
    for title in filter(None, numbered(line)):
        ours, how = _guess(template, title, taken)
        taken.add(heading(ours).title)
        lines.append(f"{_quoted(title)} = {_quoted(ours)}  # {how}")
    lines += ["", '# What holds for every row, such as laboratory = "party:my-lab"', "[fixed]", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _sure(template: Template, title: str) -> bool:
    return bool(title) and column_at(template, 0, title) is not None


def _guess(template: Template, title: str, taken: set[str]) -> tuple[str, str]:
    """Our column for a title of theirs, and how it was found."""
    column = column_at(template, 0, title)
    if column is not None and column.name not in taken:
        unit = " ".join(filter(None, (column.unit, column.basis)))
        return f"{column.name} ({unit})" if unit else column.name, "known"
    told = heading(title)
    spelled: dict[str, str] = {}
    for one in template.fields:
        for text in (one.name, *titles().get(one.name, {}).values()):
            spelled.setdefault(fold(text), one.name)
    words: Sequence[str] = difflib.get_close_matches(fold(told.title), list(spelled), 1, 0.6)
    inside = [name for text, name in spelled.items() if text in fold(told.title).split()]
    name = spelled[words[0]] if words else inside[0] if inside else ""
    if not name or name in taken:
        return "", "not known: name a column, or leave it empty to leave it out"
    unit = " ".join(filter(None, (told.unit, told.basis)))
    return f"{name} ({unit})" if unit else name, "guess: check it"
