"""A statistics file as rows with their lines: columns checked by name, digest kept."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from orebook.model.problem import Problem, SenderError, found
from orebook.model.statistic import NOTHING, UNKNOWN_AMOUNT, Interval, State, point

MAX_BYTES = 512 * 1024 * 1024
_HALF = Decimal("0.5")
_DASHES = {"—", "–", "-", "--"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row by column name, and the line of the file it begins on."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def place(self, column: str = "") -> str:
        """The place a person finds."""
        return f"line {self.line}" + (f", column {column}" if column else "")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file, with its name and the SHA-256 of its bytes (hex)."""

    name: str
    digest: str
    rows: tuple[Row, ...]


def read_table(path: Path, columns: Sequence[str], *, published: bool = False) -> Table:
    """The rows of a UTF-8 CSV file that has at least these columns.

    Takes: `published`, that it is as its publisher makes it: Windows-1252 where it is no UTF-8,
    empty cells beyond the header.
    Refuses: SenderError, with the place, for a file that is not UTF-8, too large, lacks a column,
    names one twice, or holds a row with more or fewer cells than its header.
    """
    text = read_text(path, published=published)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [title.strip() for title in next(reader, [])] if published else next(reader, [])
        _check_header(path, header, columns)
        rows = tuple(_rows(path, reader, header, published=published))
    except csv.Error as error:
        step = "Close every quoted cell and save it again."
        raise _refusal(path, f"line {reader.line_num}", "CSV", str(error), step) from error
    return Table(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), rows)


def read_text(path: Path, *, published: bool = False) -> str:
    """The text of a file, as `read_table` reads it. Refuses: SenderError."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _refusal(path, "", f"at most {MAX_BYTES:,} bytes", f"{size:,} bytes", "Split it.")
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if published:
            return data.decode("cp1252", errors="replace")
        step = "Save it as CSV in UTF-8."
        raise _refusal(path, f"byte {error.start}", "UTF-8 text", "other bytes", step) from error


def _check_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    if missing := [name for name in columns if name not in header]:
        step = "Take the file as it was published, or name its columns so."
        what = f"columns {', '.join(header[:12])}" if header else "an empty file"
        raise _refusal(path, "line 1", f"a column {', '.join(missing)}", what, step)
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        step = "Name each column once."
        raise _refusal(path, "line 1", "each column once", f"{', '.join(twice)} twice", step)


def _rows(
    path: Path, reader: Iterator[list[str]], header: Sequence[str], *, published: bool
) -> Iterator[Row]:
    line = 2
    for read in reader:
        cells = read[: len(header)] if published and not any(read[len(header) :]) else read
        begun, line = line, getattr(reader, "line_num", line) + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            step = "Quote cells that hold a comma."
            expected = f"{len(header)} cells, as in the header"
            raise _refusal(path, f"line {begun}", expected, f"{len(cells)} cells", step)
        yield Row(begun, dict(zip(header, (cell.strip() for cell in cells), strict=True)))


def _refusal(path: Path, place: str, expected: str, what: str, step: str) -> SenderError:
    problem = Problem("bad-statistics", place, expected, what, step, path.name)
    return SenderError(problem.text(), (problem,))


def number(text: str) -> Decimal | None:
    """A decimal number as statistics print it (`12,300.5`), or None where it is none.

    NaN, infinities and text with a sign of another alphabet are none.
    """
    plain = text.replace(",", "").strip()
    if not plain or not plain.isascii():
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def amount(text: str) -> tuple[Decimal | None, Interval, State]:
    """What a cell of an official table says: the number, what it lets the amount be, and its kind.

    Five kinds of missing stay apart (USGS, Mineral Commodity Summaries, symbols of the tables):
    a dash is zero, W withheld, NA not available, s under half a unit, and > or < a bound. A number
    stands for itself; how far it was rounded is the reader's matter.
    """
    cell = text.strip()
    if cell in _DASHES:
        return Decimal(0), NOTHING, "zero"
    if cell == "W":
        return None, UNKNOWN_AMOUNT, "withheld"
    if cell in {"", "NA", "N.A.", "XX"}:
        return None, UNKNOWN_AMOUNT, "not-available"
    if cell == "s":
        return None, Interval(Decimal(0), _HALF), "under-half"
    if cell[0] in "<>" and (limit := number(cell[1:])) is not None:
        bounds = Interval(limit, None) if cell[0] == ">" else Interval(Decimal(0), limit)
        return None, bounds, "bound"
    value = number(cell)
    if value is None:
        return None, UNKNOWN_AMOUNT, "unreadable"
    return value, point(value), "zero" if value == 0 else "reported"


def quoted(value: object) -> str:
    """A found value, short and in quotes, for a problem."""
    return found(value)
