"""Rows of cells out of a text file, and what CSV and workbooks share: places, limits, guards.

Encoding and separator are found out, never assumed: a byte order mark, else UTF-8, else the one
under which the titles are recognised, else Windows 1252; of comma, semicolon, tab and bar the one
under which a header is recognised.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from orebook.model.problem import Problem, found

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 256
_SEPARATORS = ",;\t|"
_SEPARATOR_NAMES = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
_LIKELY = ("utf-8", "cp1252")
OLDER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE: xls, and whatever Office locks
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# What spreadsheets save as plain CSV where Windows 1252 is not at home; only titles tell them.
_ELSEWHERE = {"gb18030": "GB 18030", "cp1256": "Windows 1256", "mac_roman": "Mac Roman"}
_TOTALS = {
    *("total", "totals", "sum", "grand total", "subtotal", "sub total", "totaux"),
    *("total général", "net total", "gross total", "total net", "total gross"),
    *("total weight", "total mass", "total net weight", "total gross weight"),
    *("suma", "total general", "summe", "gesamt", "کل", "میزان", "合计", "总计", "小计"),
}
_BRACKETED = re.compile(r"\([^)]*\)|\[[^\]]*\]")  # such as the unit in "Total (kg)"
# The line by which a file tells a spreadsheet program its separator.
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)
_LOOK = 60
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")  # of full width too: some programs run those
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?")

CellKind = Literal[
    "text", "number", "date", "early-date", "yes-no", "error", "not-computed", "merged"
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, and how the document held it."""

    text: str
    kind: CellKind = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as a person counts it, and its cells from column A."""

    number: int
    cells: tuple[Cell, ...]

    def text(self, column: int) -> str:
        """The text of a cell, without the spaces around it; empty beyond the last."""
        return self.cells[column].text.strip() if column < len(self.cells) else ""

    @property
    def empty(self) -> bool:
        """True where no cell says anything."""
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet of rows; a text file is a grid without a sheet name."""

    sheet: str
    lines: tuple[Line, ...]

    def at(self, rows: str, column: int | None = None, name: str = "") -> str:
        """The place a person finds: `sheet Bags, row 7, column E (net)` or `line 7, …`."""
        row = f"sheet {self.sheet}, row" if self.sheet else "line"
        if not rows.isdecimal():
            row += "s"
        label = f" ({name})" if name else ""
        return f"{row} {rows}" + ("" if column is None else f", column {letter(column)}{label}")


def letter(column: int) -> str:
    """The letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def take(stream: BinaryIO, limit: int = MAX_BYTES) -> bytes | Problem:
    """The bytes of a stream, or a Problem where they are more than a sheet may have."""
    data = stream.read(limit + 1)
    if len(data) <= limit:
        return data
    step = "Split it into several files."
    size = f"more than {limit // 2**20} MiB"
    return Problem("too-large", "", f"a sheet of at most {limit // 2**20} MiB", size, step)


def decode(data: bytes, encoding: str = "") -> tuple[str, str] | Problem:
    """The text of a file and the encoding it was read in.

    Takes: `encoding` where the sender names one; else a byte order mark decides, else UTF-8 where
    the bytes are that, else Windows 1252.
    """
    if data.startswith(OLDER):
        step = "Save it as xlsx without a password and send it again."
        what = "an older workbook (xls), or one locked by a password"
        return Problem("bad-workbook", "", "an xlsx or ods workbook, or csv", what, step)
    mark = next((name for start, name in _MARKS.items() if data.startswith(start)), "")
    for name in (encoding,) if encoding else (mark,) if mark else _LIKELY:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text, name
    said = f"{mark.removesuffix('-sig').upper()}, as its byte order mark says" if mark else ""
    expected = f"text in {encoding or said or 'UTF-8 or Windows 1252'}"
    step = "Save the sheet as CSV UTF-8 and send it again."
    if mark or encoding or b"\0" not in data:
        return Problem("bad-encoding", "", expected, "other bytes", step)
    if len(data) // 3 <= data.count(b"\0"):
        what = "every other byte NUL, as in UTF-16 without its byte order mark"
        return Problem("bad-encoding", "", expected, what, step)
    place = f"line {data[: data.index(0)].count(10) + 1}"
    step = "Remove it, or save the sheet as CSV UTF-8, and send it again."
    return Problem("bad-encoding", place, "text", "a NUL character", step)


def text_grid(
    data: bytes,
    recognise: Callable[[Sequence[str]], int],
    encoding: str = "",
    separator: str = "",
    notes: list[str] | None = None,
) -> Grid | Problem:
    """The rows of a CSV file, under the separator whose rows `recognise` scores highest.

    Takes: encoding and separator where the sender names them; `notes`, told what was settled here.
    Refuses: a Problem for another encoding, a quotation mark that is never closed, or more than
    100,000 rows or 256 columns.
    """
    told: list[str] = []
    decoded = decode(data, encoding)
    if not encoding and not data.startswith(tuple(_MARKS)):
        decoded = _by_titles(data, decoded, recognise, told)
    if isinstance(decoded, Problem):
        return decoded
    text, line = _without_separator_line(decoded[0])
    mark = separator or line or _separator(text, recognise)[1]
    if not separator and mark != ",":
        told.append(f"cells parted by {_SEPARATOR_NAMES[mark]}")
    if notes is not None:
        notes += told
    lines: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    start = 1
    try:
        for row in reader:
            if len(row) > MAX_COLUMNS or len(lines) >= MAX_ROWS:
                return _too_many(f"line {start}")
            lines.append(Line(start, tuple(Cell(unprotect(cell)) for cell in row)))
            start = reader.line_num + 1
    except csv.Error as error:
        step = "Close the quotation mark, or double it inside a quoted cell."
        return Problem("bad-csv", f"line {start}", "cells as in RFC 4180", str(error), step)
    return Grid("", tuple(lines))


def peek(head: bytes, recognise: Callable[[Sequence[str]], int]) -> Grid:
    """The rows that begin a text file, for sniffing: what is cut off at the end is no fault."""
    bom = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = head.decode("utf-16" if bom else "utf-8-sig", "ignore").replace("\0", "")
    text, line = _without_separator_line(text)
    separator = line or _separator(text, recognise)[1]
    lines: list[Line] = []
    try:
        for row in csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator):
            cells = tuple(Cell(unprotect(cell)) for cell in row[:MAX_COLUMNS])
            lines.append(Line(len(lines) + 1, cells))
    except csv.Error:
        pass  # what came before it is enough to sniff at
    return Grid("", tuple(lines))


def _by_titles(
    data: bytes,
    decoded: tuple[str, str] | Problem,
    recognise: Callable[[Sequence[str]], int],
    told: list[str],
) -> tuple[str, str] | Problem:
    """What is no UTF-8, in the encoding under which most titles are recognised; said in `told`."""
    if not isinstance(decoded, Problem) and decoded[1] == "utf-8":
        return decoded
    best = 0 if isinstance(decoded, Problem) else _separator(decoded[0], recognise)[0]
    named = "" if isinstance(decoded, Problem) else "Windows 1252"
    for encoding, name in _ELSEWHERE.items():
        other = decode(data, encoding)
        if isinstance(other, Problem):
            continue
        if (score := _separator(other[0], recognise)[0]) > best:
            best, decoded, named = score, other, name
    if named == "Windows 1252":
        told.append("read as Windows 1252: it is not UTF-8 and has no byte order mark")
    elif named:
        told.append(f"read as {named}, under which its titles are recognised")
    return decoded


def _without_separator_line(text: str) -> tuple[str, str]:
    """The text with a first line such as `sep=;` emptied, and the separator that it names."""
    match = _SEPARATOR_LINE.match(text)
    return (f"\n{text[match.end() :]}", match[1]) if match else (text, "")


def _separator(text: str, recognise: Callable[[Sequence[str]], int]) -> tuple[int, str]:
    """The separator whose rows are recognised best, behind how well that is."""
    scores = {mark: _score(text, mark, recognise) for mark in _SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    return scores[best], best


def is_total(text: str) -> bool:
    """Whether the first cell of a row says that it holds sums."""
    words = _BRACKETED.sub(" ", text).replace("-", " ").strip(" :")
    return " ".join(words.casefold().split()) in _TOTALS


def _too_many(place: str) -> Problem:
    expected = f"at most {MAX_COLUMNS} columns and {MAX_ROWS} rows"
    return Problem("too-large", place, expected, "more", "Split it, or remove the empty columns.")


def _score(text: str, separator: str, recognise: Callable[[Sequence[str]], int]) -> int:
    best = 0
    head = io.StringIO(text[:200_000], newline="")
    try:
        for number, row in enumerate(csv.reader(head, delimiter=separator)):
            if number >= _LOOK:
                break
            best = max(best, recognise([cell.strip() for cell in row[:MAX_COLUMNS]]))
    except csv.Error:
        pass  # the strict reader names the fault with its line
    return best


def protect(text: str) -> str:
    """The cell as a spreadsheet will not run it: `'` goes before = + - @ unless it is a number."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unprotect(text: str) -> str:
    """The cell without the `'` that `protect` set."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def table_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as a CSV file (RFC 4180, UTF-8), every cell protected."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([protect(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def ranges(numbers: Iterable[int]) -> str:
    """Row numbers as people write them: 3, 7 to 12, 15."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    joined = [f"{a}" if a == b else f"{a} to {b}" for a, b in runs]
    return ", ".join(joined)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at one cell, before those of one sort in one column are told as one Problem."""

    row: int
    column: int | None
    name: str
    problem: Problem


def grouped(grid: Grid, faults: Iterable[Fault]) -> list[Problem]:
    """One Problem per sort of fault and column, naming every row it stands in."""
    groups: dict[tuple[object, ...], list[Fault]] = {}
    for fault in faults:
        p = fault.problem
        groups.setdefault((fault.column, p.code, p.expected, p.place), []).append(fault)
    problems = []
    for members in groups.values():
        first = members[0]
        texts = list(dict.fromkeys(f.problem.found for f in members))
        seen = "; ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
        place = grid.at(ranges(f.row for f in members), first.column, first.name)
        p = first.problem
        problems.append(Problem(p.code, place, p.expected, seen, p.next_step, p.file))
    return problems


def cell_fault(code: str, expected: str, value: str, step: str = "") -> Problem:
    """A Problem whose place is set when its row and column are known."""
    next_step = step or "Correct it and send the sheet again."
    return Problem(code, "", expected, found(value), next_step)
