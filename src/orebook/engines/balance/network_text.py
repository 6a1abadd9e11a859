"""A table of transfers as text: every row with the line it stands on."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from orebook.engines.balance.assumptions import Assumption
from orebook.engines.balance.network_rows import BEYOND, Read, network_of_rows
from orebook.model.problem import Problem


def network_of_text(text: str, assumptions: Sequence[Assumption] = ()) -> Read:
    """The network of a table with commas, semicolons or tabs; lines without any cell are passed.

    Refuses: a table that is empty, or whose quotes do not close, as a Problem.
    """
    mark = next((m for m in "\t;" if m in next(filter(str.strip, text.splitlines()), "")), ",")
    lines = _lines(text, mark)
    try:
        _, fields = next(lines)
    except StopIteration:
        step = "Give a header and one row per transfer."
        return Read(None, (Problem("empty-table", "", "a header and rows", "nothing", step),))
    except csv.Error:
        return _broken()
    try:
        return network_of_rows(fields, _rows(fields, lines), assumptions)
    except csv.Error:
        return _broken()


def _broken() -> Read:
    step = "Check the quotes of the table."
    worth = f"a cell of more than {csv.field_size_limit()} characters, or a stray line break"
    return Read(None, (Problem("not-a-table", "", "rows of cells", worth, step),))


def _lines(text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _rows(
    fields: Sequence[str], lines: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    for number, cells in lines:
        row: dict[str, str | None] = dict.fromkeys(fields)
        row.update(zip(fields, cells, strict=False))
        if beyond := [cell for cell in cells[len(fields) :] if cell.strip()]:
            row[BEYOND] = ", ".join(beyond)
        yield f"row {number}", row
