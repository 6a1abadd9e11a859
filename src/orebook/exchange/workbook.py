"""Sheets of cells out of an xlsx or ods workbook, measured before it is opened.

A workbook is a zip: it is unpacked here under a limit and handed on repacked, so that what the
reader opens is what was measured. Formulas are never run: a cell gives the result the spreadsheet
last stored, and one without a stored result is no figure. A percent format counts: 0.3 shown as
30 % is read as 30 %.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from xml.parsers import expat

from orebook.exchange.rows import Cell, Grid, Line, letter, ranges
from orebook.exchange.workbook_ods import scan_ods
from orebook.exchange.workbook_scan import MAX_UNPACKED, Marks, measured, problem
from orebook.model.problem import Problem

# Programs number the days before it differently (one knows a 29 February 1900), and what is shown
# as such a day is as a rule a number that a format turned.
_FIRST_SURE_DAY = "1900-03-01"
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([\w.-]+)")


def grids(data: bytes, notes: list[str] | None = None) -> Iterator[Grid | Problem]:
    """Every visible sheet of a workbook as rows of cells.

    Takes: `notes`, told of hidden sheets that were left out and of formulas whose stored results
    were used.

    Refuses: a Problem for what is no workbook, is locked by a password, unpacks to more than
    128 MiB, or holds a sheet wider than 256 columns or longer than 100,000 rows.
    """
    parts = _unpack(data)
    if isinstance(parts, Problem):
        yield parts
        return
    ods = parts.get("content.xml")
    marks = measured(parts) if ods is None else scan_ods(ods)
    if isinstance(marks, Problem):
        yield marks
        return
    yield from _opened(_repack(parts), marks, [] if notes is None else notes)


def measured_xlsx(data: bytes) -> Problem | None:
    """The Problem that keeps an xlsx workbook from being opened, or None where it may be."""
    parts = _unpack(data)
    if isinstance(parts, Problem):
        return parts
    marks = measured(parts)
    return marks if isinstance(marks, Problem) else None


def _opened(
    packed: io.BytesIO, marks: dict[str, Marks], notes: list[str]
) -> Iterator[Grid | Problem]:
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    try:
        with CalamineWorkbook.from_filelike(packed) as book:
            for sheet in book.sheets_metadata:
                if sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                if sheet.visible != SheetVisibleEnum.Visible:
                    if not sheet.name.startswith("_"):  # one that a template brings along
                        notes.append(f"sheet {sheet.name} is hidden and was left out")
                    continue
                if sheet.name not in marks:  # not measured, so not opened
                    step = "Copy the table into a new workbook and send that."
                    place = f"sheet {sheet.name}"
                    expected = "a sheet under xl/worksheets"
                    yield Problem("bad-workbook", place, expected, "another part", step)
                    continue
                told = marks[sheet.name]
                rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                notes.extend(f"sheet {sheet.name}: {note}" for note in _hidden(rows, told))
                stored = sum(result not in {"", "0"} for result in told.computed.values())
                if stored:
                    notes.append(
                        f"sheet {sheet.name}: {stored} formulas are not run; their stored results"
                        " were used"
                    )
                yield Grid(sheet.name, _lines(rows, told))
    except (CalamineError, ValueError, OSError) as error:
        step = "Open it in a spreadsheet program, save it as xlsx and send it again."
        yield problem("bad-workbook", "a workbook that can be opened", str(error)[:120], step)


def _hidden(rows: Sequence[Sequence[object]], marks: Marks) -> Iterator[str]:
    """What is not shown in a sheet and read all the same: rows and columns that say something."""
    shown = {n for n in marks.hidden_rows if n <= len(rows) and any(v != "" for v in rows[n - 1])}
    if shown:
        yield f"hidden rows were read too: {ranges(shown)}"
    width = max(map(len, rows), default=0)
    columns = [
        n for n in sorted(marks.hidden_columns) if n < width and any(r[n] != "" for r in rows)
    ]
    if columns:
        yield f"hidden columns were read too: {', '.join(map(letter, columns))}"


ODS = "application/vnd.oasis.opendocument.spreadsheet"


def _unpack(data: bytes) -> dict[str, bytes] | Problem:
    """The XML parts of the workbook, or a Problem; nothing is unpacked beyond the limit."""
    step = "Save it as xlsx without a password and send it again."
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [i for i in archive.infolist() if i.filename.endswith((".xml", ".rels"))]
            if sum(i.file_size for i in infos) > left or len(infos) > 2_000:
                return _too_large()
            for info in infos:
                with archive.open(info) as member:
                    parts[info.filename.lstrip("/")] = part = member.read(left + 1)
                left -= len(part)
                if left < 0:
                    return _too_large()
                encoding = _ENCODING.search(part[:200])
                if b"\0" in part[:200] or (encoding and encoding[1].lower() != b"utf-8"):
                    return problem("bad-workbook", "parts in UTF-8", "another encoding", step)
                if (fault := _malformed(info.filename, part)) is not None:
                    return fault
    except _ZIP_FAULTS as error:
        return problem("bad-workbook", "an xlsx workbook", str(error)[:120], step)
    if "xl/workbook.xml" not in parts and "content.xml" not in parts:
        expected = "an xlsx or ods workbook"
        return problem("bad-workbook", expected, "a zip without xl/workbook.xml", step)
    return parts


def _malformed(name: str, part: bytes) -> Problem | None:
    """The Problem of a part that is no XML, or declares a document type.

    Judged here: what opens the workbook may go round for ever in a part that is cut off.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_type
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, _Declared) as error:
        step = "Open it in a spreadsheet program, save it as xlsx and send it again."
        return Problem("bad-workbook", f"part {name[:80]}", "XML", str(error)[:120], step)
    return None


class _Declared(ValueError):
    """A part declares a document type."""


def _no_type(*_declared: object) -> None:
    message = "a document type declaration"
    raise _Declared(message)


def _too_large() -> Problem:
    expected = f"a workbook of at most {MAX_UNPACKED // 2**20} MiB unpacked"
    return problem("too-large", expected, "more", "Keep only the shipment's sheet and send it.")


def _repack(parts: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        if "content.xml" in parts:
            archive.writestr("mimetype", ODS)
        for name, part in parts.items():
            archive.writestr(name, part)
    packed.seek(0)
    return packed


# A damaged directory shows itself in more ways than BadZipFile.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OSError,
    RuntimeError,
)


def _lines(rows: Sequence[Sequence[object]], marks: Marks) -> tuple[Line, ...]:
    lines = []
    for number, row in enumerate(rows, 1):
        cells = tuple(_cell(value, (number, column), marks) for column, value in enumerate(row))
        lines.append(Line(number, cells))
    return tuple(lines)


def _cell(value: object, at: tuple[int, int], marks: Marks) -> Cell:
    """One cell as text. A number gives the shortest decimal that is the same stored number."""
    if at in marks.merged:
        return Cell("part of a merged cell", "merged")
    if at in marks.errors:
        return Cell(str(value) or "an error value", "error")
    if marks.computed.get(at, "x") in {"", "0"}:
        return Cell("a formula without a stored result", "not-computed")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", "yes-no")
    if isinstance(value, int | float):
        number = Decimal(repr(value)) * (100 if at in marks.percent else 1)
        text = format(number.normalize(), "f")
        return Cell(f"{text} %" if at in marks.percent else text, "number")
    if isinstance(value, dt.date) and value.isoformat() < _FIRST_SURE_DAY:
        return Cell(str(value)[:10], "early-date")
    if isinstance(value, dt.datetime):
        whole_day = value.time() == dt.time()
        return Cell(value.date().isoformat() if whole_day else value.isoformat(), "date")
    if isinstance(value, dt.date | dt.time):
        return Cell(value.isoformat(), "date")
    if isinstance(value, dt.timedelta):
        return Cell(str(value), "date")
    return Cell(str(value))
