"""Sheets of cells out of an xlsx workbook, measured before it is opened.

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
from dataclasses import dataclass, field
from decimal import Decimal

from orebook.exchange.rows import MAX_COLUMNS, MAX_ROWS, Cell, Grid, Line
from orebook.model.problem import Problem

MAX_UNPACKED = 128 * 1024 * 1024
MAX_CELLS = 2_000_000
_CHUNK = 1 << 20
# A quoted attribute may hold a ">": what measures a sheet must read past it as its reader does.
_ATTRIBUTES = rb"((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)"
_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b" + _ATTRIBUTES + rb"/?>")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c\b" + _ATTRIBUTES + rb"(/?)>")
_ROW_NUMBER = re.compile(rb"(?:^|\s)r\s*=\s*[\"']\s*\+?(\d{1,18})")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([\w.-]+)")
_REF = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,4})(\d{1,9})[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d{1,9})[\"']")
_TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
_RESULT = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")
_PERCENT_BUILT_IN = {9, 10}


@dataclass(slots=True)
class _Marks:
    """What the reader does not tell about the cells of one sheet."""

    computed: dict[tuple[int, int], str] = field(default_factory=dict)
    percent: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)


def _problem(code: str, expected: str, value: str, step: str) -> Problem:
    return Problem(code, "", expected, value, step)


def grids(data: bytes) -> Iterator[Grid | Problem]:
    """Every sheet of a workbook as rows of cells.

    Refuses: a Problem for what is no workbook, is locked by a password, unpacks to more than
    128 MiB, or holds a sheet wider than 256 columns or longer than 100,000 rows.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    parts = _unpack(data)
    if isinstance(parts, Problem):
        yield parts
        return
    percent = _percent_styles(parts.get("xl/styles.xml", b""))
    strings = [len(s) for s in re.split(rb"<(?:\w+:)?si[ />]", parts.get(_STRINGS, b""))[1:]]
    names = _sheet_files(parts)
    marks: dict[str, _Marks] = {}
    for path in (p for p in parts if p.startswith("xl/worksheets/") and p.endswith(".xml")):
        scanned = _scan(parts[path], percent, strings)
        if isinstance(scanned, Problem):
            yield scanned.within(f"sheet {names.get(path, path)}")
            return
        marks[names.get(path, path)] = scanned
    try:
        with CalamineWorkbook.from_filelike(_repack(parts)) as book:
            for sheet in book.sheets_metadata:
                if sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                if sheet.name not in marks:  # not measured, so not opened
                    step = "Copy the table into a new workbook and send that."
                    place = f"sheet {sheet.name}"
                    expected = "a sheet under xl/worksheets"
                    yield Problem("bad-workbook", place, expected, "another part", step)
                    continue
                rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                yield Grid(sheet.name, _lines(rows, marks[sheet.name]))
    except (CalamineError, ValueError, OSError) as error:
        step = "Open it in a spreadsheet program, save it as xlsx and send it again."
        yield _problem("bad-workbook", "a workbook that can be opened", str(error)[:120], step)


_STRINGS = "xl/sharedStrings.xml"


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
                    return _problem("bad-workbook", "parts in UTF-8", "another encoding", step)
    except _ZIP_FAULTS as error:
        return _problem("bad-workbook", "an xlsx workbook", str(error)[:120], step)
    if "xl/workbook.xml" not in parts:
        return _problem("bad-workbook", "an xlsx workbook", "a zip without xl/workbook.xml", step)
    return parts


def _too_large() -> Problem:
    expected = f"a workbook of at most {MAX_UNPACKED // 2**20} MiB unpacked"
    return _problem("too-large", expected, "more", "Keep only the shipment's sheet and send it.")


def _repack(parts: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    packed.seek(0)
    return packed


def _sheet_files(parts: dict[str, bytes]) -> dict[str, str]:
    """Path of a worksheet → the name on its tab."""
    from xml.etree import ElementTree as ET

    if any(b"<!DOCTYPE" in parts.get(p, b"") for p in _BOOK):
        return {}
    try:
        book, links = (ET.fromstring(parts.get(p, b"<a/>")) for p in _BOOK)  # noqa: S314
    except (ET.ParseError, ValueError, LookupError):
        return {}
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    names = {}
    for sheet in (e for e in book.iter() if e.tag.rpartition("}")[2] == "sheet"):
        ident = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
        target = targets.get(ident, "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        names[path] = sheet.get("name", "")
    return names


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
_BOOK = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")


def _percent_styles(styles: bytes) -> set[int]:
    """The cell styles that show a fraction as per cent."""
    formats = {
        int(match[1])
        for match in re.finditer(rb'<(?:\w+:)?numFmt\b[^>]*numFmtId="(\d{1,9})"[^>]*>', styles)
        if b"%" in match[0]
    } | _PERCENT_BUILT_IN
    cells = re.search(rb"<(?:\w+:)?cellXfs\b(.*?)</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    shown = re.findall(rb"<(?:\w+:)?xf\b([^>]*)>", cells[1]) if cells else []
    ids = [re.search(rb'numFmtId="(\d{1,9})"', xf) for xf in shown]
    return {number for number, match in enumerate(ids) if match and int(match[1]) in formats}


def _scan(sheet: bytes, percent: set[int], strings: list[int]) -> _Marks | Problem:
    """The extent of a sheet, checked before it is opened, and the marks of its cells."""
    marks, spelled, count = _Marks(), 0, 0
    rows = (_ROW_NUMBER.search(match[1]) for match in _ROW.finditer(sheet))
    last_row = max((int(number[1]) for number in rows if number), default=0)
    last_column = 0
    for match in _CELL.finditer(sheet):
        count += 1
        ref = _REF.search(match[1])
        if ref is None:
            continue
        at = (int(ref[2]), _column(ref[1]))
        last_row, last_column = max(last_row, at[0]), max(last_column, at[1] + 1)
        content = b"" if match[2] else sheet[match.end() : match.end() + 4_000].split(b"</c>")[0]
        kind = _TYPE.search(match[1])
        if kind and kind[1] == b"s":
            spelled += _spelled(_RESULT.search(content), strings)
        _mark(marks, at, content, match[1], percent)
        if last_column > MAX_COLUMNS or spelled > MAX_UNPACKED:
            break
    if max(last_row, count // MAX_COLUMNS) > MAX_ROWS or last_column > MAX_COLUMNS:
        extent = f"row {last_row}, column {last_column}"
    elif last_row * max(last_column, 1) > MAX_CELLS or spelled > MAX_UNPACKED:
        extent = f"{last_row} rows by {last_column} columns"
    else:
        return marks
    expected = f"at most {MAX_COLUMNS} columns, {MAX_ROWS} rows and {MAX_CELLS} cells"
    step = "Remove the cells far right of or below the table, and send it again."
    return _problem("too-large", expected, extent, step)


def _spelled(index: re.Match[bytes] | None, strings: list[int]) -> int:
    """How long the shared text is that a cell repeats; one told oddly counts as the longest."""
    if index is None or not strings:
        return 0
    number = index[1].strip()
    plain = re.fullmatch(rb"\d{1,9}", number)
    return strings[int(number)] if plain and int(number) < len(strings) else max(strings)


def _mark(
    marks: _Marks, at: tuple[int, int], content: bytes, attributes: bytes, percent: set[int]
) -> None:
    kind, style = _TYPE.search(attributes), _STYLE.search(attributes)
    if kind and kind[1] == b"e":
        marks.errors.add(at)
    if re.search(rb"<(?:\w+:)?f\b", content):
        result = _RESULT.search(content)
        marks.computed[at] = result[1].decode("utf-8", "replace") if result else ""
    if style and int(style[1]) in percent:
        marks.percent.add(at)


def _column(letters: bytes) -> int:
    number = 0
    for character in letters.upper():
        number = number * 26 + character - 64
    return number - 1


def _lines(rows: Sequence[Sequence[object]], marks: _Marks) -> tuple[Line, ...]:
    lines = []
    for number, row in enumerate(rows, 1):
        cells = tuple(_cell(value, (number, column), marks) for column, value in enumerate(row))
        lines.append(Line(number, cells))
    return tuple(lines)


def _cell(value: object, at: tuple[int, int], marks: _Marks) -> Cell:
    """One cell as text. A number gives the shortest decimal that is the same stored number."""
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
    if isinstance(value, dt.datetime):
        whole_day = value.time() == dt.time()
        return Cell(value.date().isoformat() if whole_day else value.isoformat(), "date")
    if isinstance(value, dt.date | dt.time):
        return Cell(value.isoformat(), "date")
    if isinstance(value, dt.timedelta):
        return Cell(str(value), "date")
    return Cell(str(value))
