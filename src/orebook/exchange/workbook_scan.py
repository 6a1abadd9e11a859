"""The extent of the sheets of an xlsx workbook, and what its reader does not tell of its cells.

Measured on the bytes, before anything opens them.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from orebook.exchange.rows import MAX_COLUMNS, MAX_ROWS
from orebook.model.problem import Problem

MAX_UNPACKED = 128 * 1024 * 1024
MAX_CELLS = 2_000_000
# A quoted attribute may hold a ">": what measures a sheet must read past it as its reader does.
_ATTRIBUTES = rb"((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)"
_TAG = re.compile(rb"<(?:[\w.-]+:)?(row|c)(?=[\s/>])" + _ATTRIBUTES + rb"(/?)>")
_ROW_NUMBER = re.compile(rb"(?:^|\s)r\s*=\s*[\"']\s*\+?(\d{1,18})")
_REF = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,4})(\d{1,9})[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d{1,9})[\"']")
_TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
_RESULT = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^>]*\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_COL = re.compile(rb"<(?:\w+:)?col\b" + _ATTRIBUTES + rb"/?>")
_SPAN = re.compile(rb"\b(min|max)\s*=\s*[\"'](\d{1,9})[\"']")
# Hidden by its name, or by being drawn zero high or wide.
_HIDDEN = re.compile(
    rb"(?:^|\s)(?:hidden\s*=\s*[\"'](?:1|true)|(?:ht|width)\s*=\s*[\"']0(?:\.0*)?)[\"']"
)
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b" + _ATTRIBUTES + rb"/?>")
_FORMAT_ID = re.compile(rb"\bnumFmtId\s*=\s*[\"'](\d{1,9})[\"']")
_FORMAT_CODE = re.compile(rb"\bformatCode\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
# What a number format prints as it stands: text in quotes, one character after a mark, a condition.
_PRINTED = re.compile(r'"[^"]*"?|[\\_*].|\[[^\]]*\]', re.DOTALL)
_PERCENT_BUILT_IN = {9, 10}
_STRINGS = "xl/sharedStrings.xml"
_BOOK = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")


@dataclass(slots=True)
class Marks:
    """What the reader does not tell about the cells of one sheet."""

    computed: dict[tuple[int, int], str] = field(default_factory=dict)
    percent: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    merged: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def problem(code: str, expected: str, value: str, step: str) -> Problem:
    """A Problem of the whole workbook."""
    return Problem(code, "", expected, value, step)


def measured(parts: dict[str, bytes]) -> dict[str, Marks] | Problem:
    """The marks of each worksheet of an xlsx workbook by name, or the Problem with its extent."""
    percent = _percent_styles(parts.get("xl/styles.xml", b""))
    strings = [len(s) for s in re.split(rb"<(?:\w+:)?si[ />]", parts.get(_STRINGS, b""))[1:]]
    names = _sheet_files(parts)
    marks: dict[str, Marks] = {}
    for path in (p for p in parts if p.startswith("xl/worksheets/") and p.endswith(".xml")):
        scanned = _scan(parts[path], percent, strings)
        if isinstance(scanned, Problem):
            return scanned.within(f"sheet {names.get(path, path)}")
        marks[names.get(path, path)] = scanned
    return marks


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


def _percent_styles(styles: bytes) -> set[int]:
    """The cell styles that show a fraction as per cent.

    `0.00"%"` prints the sign behind the number as it is, and shows no fraction.
    """
    formats = set(_PERCENT_BUILT_IN)
    for match in _FORMAT.finditer(styles):
        ident, code = _FORMAT_ID.search(match[1]), _FORMAT_CODE.search(match[1])
        text = html.unescape((code[1] or code[2] or b"").decode("utf-8", "replace")) if code else ""
        if ident and "%" in _PRINTED.sub("", text):
            formats.add(int(ident[1]))
    cells = re.search(rb"<(?:\w+:)?cellXfs\b(.*?)</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    shown = re.findall(rb"<(?:\w+:)?xf\b([^>]*)>", cells[1]) if cells else []
    ids = [_FORMAT_ID.search(xf) for xf in shown]
    return {number for number, match in enumerate(ids) if match and int(match[1]) in formats}


def _scan(sheet: bytes, percent: set[int], strings: list[int]) -> Marks | Problem:
    """The extent of a sheet, checked before it is opened, and the marks of its cells.

    A row or cell that does not say where it stands follows the one before it (ECMA-376, 18.3.1).
    """
    marks, spelled, count = Marks(), 0, 0
    row, column, last_row, last_column = 0, -1, 0, 0
    for match in _TAG.finditer(sheet):
        attributes = match[2]
        if match[1] == b"row":
            told = _ROW_NUMBER.search(attributes)
            row, column = int(told[1]) if told else row + 1, -1
            last_row = max(last_row, row)
            if row <= MAX_ROWS and _HIDDEN.search(attributes):
                marks.hidden_rows.add(row)
            continue
        count += 1
        ref = _REF.search(attributes)
        at = (int(ref[2]), _column(ref[1])) if ref else (row, column + 1)
        column = at[1]
        last_row, last_column = max(last_row, at[0]), max(last_column, at[1] + 1)
        content = b"" if match[3] else sheet[match.end() : match.end() + 4_000].split(b"</c>")[0]
        kind = _TYPE.search(attributes)
        if kind and kind[1] == b"s":
            spelled += _spelled(_RESULT.search(content), strings)
        _mark(marks, at, content, attributes, percent)
        if last_column > MAX_COLUMNS or spelled > MAX_UNPACKED:
            break
    if max(last_row, count // MAX_COLUMNS) > MAX_ROWS or last_column > MAX_COLUMNS:
        extent = f"row {last_row}, column {last_column}"
    elif last_row * max(last_column, 1) > MAX_CELLS or spelled > MAX_UNPACKED:
        extent = f"{last_row} rows by {last_column} columns"
    else:
        marks.merged = _merged(sheet)
        marks.hidden_columns = _hidden_columns(sheet)
        return marks
    return too_wide(extent)


def too_wide(extent: str) -> Problem:
    """What is said of a sheet larger than a table of facts."""
    expected = f"at most {MAX_COLUMNS} columns, {MAX_ROWS} rows and {MAX_CELLS} cells"
    step = "Remove the cells far right of or below the table, and send it again."
    return problem("too-large", expected, extent, step)


def _hidden_columns(sheet: bytes) -> set[int]:
    """The columns, counted from 0, that are not shown."""
    hidden: set[int] = set()
    for match in _COL.finditer(sheet[:100_000]):  # they stand before the rows
        ends = {name: int(number) for name, number in _SPAN.findall(match[1])}
        if _HIDDEN.search(match[1]) and b"min" in ends and b"max" in ends:
            hidden |= set(range(ends[b"min"] - 1, min(ends[b"max"], MAX_COLUMNS)))
    return hidden


def _merged(sheet: bytes) -> set[tuple[int, int]]:
    """The cells that a merged range covers, its first one left out."""
    covered: set[tuple[int, int]] = set()
    for match in _MERGED.finditer(sheet):
        left, top, right, bottom = (
            _column(match[1]),
            int(match[2]),
            _column(match[3]),
            int(match[4]),
        )
        if (bottom - top + 1) * (right - left + 1) > MAX_COLUMNS * 100:
            continue  # a banner over the whole sheet: what it covers is empty
        covered |= {
            (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        } - {(top, left)}
    return covered


def _spelled(index: re.Match[bytes] | None, strings: list[int]) -> int:
    """How long the shared text is that a cell repeats; one told oddly counts as the longest."""
    if index is None or not strings:
        return 0
    number = index[1].strip()
    plain = re.fullmatch(rb"\d{1,9}", number)
    return strings[int(number)] if plain and int(number) < len(strings) else max(strings)


def _mark(
    marks: Marks, at: tuple[int, int], content: bytes, attributes: bytes, percent: set[int]
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
