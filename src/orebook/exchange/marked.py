"""The sender's own sheet handed back with every fault on its cell.

A place such as `sheet Bags, rows 4, 7 to 9, column E (net)` is read back to cells; a workbook keeps
all else as it was, a text file becomes a workbook.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from orebook.exchange.fact_table import recogniser
from orebook.exchange.rows import Grid, letter, text_grid
from orebook.exchange.workbook import grids, measured_xlsx
from orebook.model.problem import Problem, ReaderError

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MARKED_MAX = 5_000
_COMMENT_MAX = 1_000
_PLACE = re.compile(
    r"(?:rows?|lines?) (\d+(?: to \d+)?(?:, \d+(?: to \d+)?)*)(?:, column ([A-Z]{1,3})\b)?"
)
_FAULTS = "Faults"
_FILL = "FFF3B0"


def cells(place: str, sheets: Sequence[str]) -> tuple[str, list[int], str] | None:
    """Sheet, rows and column letters of a place; None for a place that is no cell.

    Takes: the names of the sheets; a text file is one sheet, whatever its name.
    """
    sheet = next(
        (s for s in sorted(sheets, key=len, reverse=True) if place.startswith(f"sheet {s}, row")),
        None,
    )
    rest = place.removeprefix(f"sheet {sheet}, ") if sheet is not None else place
    match = _PLACE.match(rest)
    if match is None or (sheet is None and place.startswith("sheet ")):
        return None
    rows: list[int] = []
    for part in match[1].split(", "):
        first, _, last = part.partition(" to ")
        rows += range(int(first), int(last or first) + 1)
    return sheet or sheets[0], rows, match[2] or ""


def mark(data: bytes, name: str, problems: Iterable[Problem], notes: Iterable[str] = ()) -> bytes:
    """The document as a workbook with the faults on its cells and listed in a sheet of their own.

    Takes: `notes`, what was settled in reading, which is listed below the faults.

    Refuses: ReaderError for what is no sheet, or one too damaged to be opened and written again.
    """
    try:
        return _marked(data, name, problems, notes)
    except ReaderError:
        raise
    except Exception as error:  # noqa: BLE001 - the library meets damage with errors of every kind
        what = f"one that does not ({type(error).__name__})"
        step = "Open it in a spreadsheet program, save it as xlsx and send it again."
        fault = Problem("bad-workbook", "", "a workbook that opens", what, step, name)
        raise ReaderError(fault.text()) from None


def _marked(data: bytes, name: str, problems: Iterable[Problem], notes: Iterable[str]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the library leaves out of a workbook it says so
        book = _book(data, name)
        told = [p for p in problems if p.file in {"", name}]
        names = [sheet.title for sheet in book.worksheets]
        listed = book.create_sheet(_free(names), len(names))
        _list(listed, told, tuple(notes))
        for problem in told:
            found = cells(problem.place, names)
            if found is not None:
                sheet, rows, column = found
                _mark(book[sheet], rows[:MARKED_MAX], column or "A", problem)
        out = io.BytesIO()
        book.save(out)
    return out.getvalue()


def _book(data: bytes, name: str) -> Workbook:
    from openpyxl import Workbook, load_workbook

    packed = data.startswith(b"PK\x03\x04")
    if packed and name.casefold().endswith((".xlsx", ".xlsm")):
        if isinstance(fault := measured_xlsx(data), Problem):
            raise ReaderError(fault.within("", name).text())
        return load_workbook(io.BytesIO(data), keep_vba=name.casefold().endswith(".xlsm"))
    book = Workbook()
    book.remove(book.worksheets[0])
    known = recogniser(data)

    def recognise(row: Sequence[str]) -> int:
        return 1_000 * known(row) + sum(map(bool, row))  # titles of the sender's own are not known

    for grid in grids(data) if packed else iter((text_grid(data, recognise),)):
        if isinstance(grid, Problem):
            raise ReaderError(grid.within("", name).text())
        _copy(book.create_sheet(grid.sheet or "Sheet"), grid)
    return book


def _copy(sheet: Worksheet, grid: Grid) -> None:
    for line in grid.lines:
        for column, cell in enumerate(line.cells, 1):
            if cell.text:
                put = sheet.cell(line.number, column, _plain(cell.text))
                put.data_type = "s"  # never a formula, whatever it begins with


def _mark(sheet: Worksheet, rows: list[int], column: str, problem: Problem) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    text = _plain(f"expected {problem.expected}, found {problem.found}. {problem.next_step}")
    for row in rows:
        cell = sheet[f"{column}{row}"]
        if not hasattr(cell, "comment") or type(cell).__name__ == "MergedCell":
            continue
        before = f"{cell.comment.text}\n" if cell.comment is not None else ""
        cell.comment = Comment(f"{before}{text}"[:_COMMENT_MAX], "Orebook", 120, 320)
        cell.fill = PatternFill("solid", fgColor=_FILL)


def _list(sheet: Worksheet, problems: Sequence[Problem], notes: Sequence[str]) -> None:
    from openpyxl.styles import Font

    for row, values in enumerate(_rows(problems, notes), 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column, _plain(value))
            cell.data_type = "s"
            if row == 1:
                cell.font = Font(bold=True)
    for number, width in enumerate((48, 48, 36, 60)):
        sheet.column_dimensions[letter(number)].width = width


def _rows(problems: Sequence[Problem], notes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield "Where", "Expected", "Found", "What to do"
    for p in problems:
        yield p.place or "the document", p.expected, p.found, p.next_step
    for number, note in enumerate(notes):
        yield "How it was read" if number == 0 else "", note


def _plain(text: str) -> str:
    """The text with a mark for each control character: no cell of a workbook may hold one."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)


def _free(names: Sequence[str]) -> str:
    name, number = _FAULTS, 2
    while name in names:
        name, number = f"{_FAULTS} {number}", number + 1
    return name
