"""The extent of the sheets of an ods workbook, and what its reader does not tell of its cells.

OpenDocument writes runs of equal cells and rows as one with a count, so a small file can stand for
a sheet without end: filled runs are measured before anything opens them.
Source: OpenDocument 1.3 part 3, 9.1 (tables) and 19.643 (table:number-columns-repeated).
"""

from __future__ import annotations

import html
import re

from orebook.exchange.rows import MAX_COLUMNS, MAX_ROWS
from orebook.exchange.workbook_scan import MAX_CELLS, Marks, problem, too_wide
from orebook.model.problem import Problem

_ATTRIBUTES = rb"((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)"
_TAG = re.compile(
    rb"<(/?)table:(table-row|table-cell|table-column|covered-table-cell|table)\b"
    + _ATTRIBUTES
    + rb"(/?)>"
)
_NAME = re.compile(rb"table:name\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ROWS = re.compile(rb"table:number-rows-repeated\s*=\s*[\"'](\d{1,9})[\"']")
_COLUMNS = re.compile(rb"table:number-columns-repeated\s*=\s*[\"'](\d{1,9})[\"']")
_HIDDEN = re.compile(rb"table:visibility\s*=\s*[\"'](?:collapse|filter)[\"']")
_SPAN = re.compile(rb"table:number-(?:rows|columns)-spanned\s*=\s*[\"'](?!1[\"'])\d")
_TYPE = re.compile(rb"office:value-type\s*=\s*[\"'](\w+)[\"']")
_VALUE = re.compile(rb"office:(?:value|string-value|date-value|boolean-value)\s*=\s*[\"']")
_MARKED_MAX = 1_000


def scan_ods(content: bytes) -> dict[str, Marks] | Problem:
    """The marks of each sheet by name, or the Problem with the extent of one.

    Refuses: a Problem for a document type declaration, and for a sheet wider than 256 columns,
    longer than 100,000 rows or larger than 2,000,000 cells once its runs are written out.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        step = "Save it as ods with a spreadsheet program and send it again."
        return problem("bad-workbook", "an ods workbook", "a document type declaration", step)
    sheets: dict[str, Marks] = {}
    name, depth = "", 0
    for match in _TAG.finditer(content):
        closing, kind, attributes, _ = match.groups()
        if kind == b"table":
            depth += -1 if closing else 1
            if not closing and depth == 1:
                told = _NAME.search(attributes)
                raw = (told[1] or told[2] or b"") if told else b""
                name = html.unescape(raw.decode("utf-8", "replace"))
                sheets[name] = Marks()
                extent = _Extent(sheets[name])
        elif depth == 1 and not closing:
            extent.tag(kind, attributes, content, match.end())
            if extent.over:
                return too_wide(extent.text).within(f"sheet {name}")
    return sheets


class _Extent:
    """Where the filled cells of one sheet lie, counted while its tags go by."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._next_row = 1
        self._row = 0
        self._run = 1
        self._next_column = 0
        self._column = 0
        self._cells = 0
        self._rows = 0
        self._columns = 0

    @property
    def over(self) -> bool:
        """Whether it is larger than a table of facts."""
        return (
            self._rows > MAX_ROWS
            or self._columns > MAX_COLUMNS
            or max(self._cells, self._rows * self._columns) > MAX_CELLS
        )

    @property
    def text(self) -> str:
        """The extent in words."""
        return f"{self._rows} rows by {self._columns} columns"

    def tag(self, kind: bytes, attributes: bytes, content: bytes, end: int) -> None:
        """Takes one row or cell."""
        if kind == b"table-row":
            told = _ROWS.search(attributes)
            self._row, self._run = self._next_row, int(told[1]) if told else 1
            self._next_row += self._run
            self._column = 0
            if _HIDDEN.search(attributes):
                last = min(self._next_row, self._row + MAX_ROWS)
                self._marks.hidden_rows |= set(range(self._row, last))
            return
        told = _COLUMNS.search(attributes)
        count = int(told[1]) if told else 1
        if kind == b"table-column":
            if _HIDDEN.search(attributes):
                last = min(self._next_column + count, MAX_COLUMNS)
                self._marks.hidden_columns |= set(range(self._next_column, last))
            self._next_column += count
            return
        first = self._column
        self._column += count
        filled = _TYPE.search(attributes)
        covered = kind == b"covered-table-cell" and content[end - 2 : end] != b"/>"
        if filled is None and not covered:
            return
        self._rows = max(self._rows, self._row + self._run - 1)
        self._columns = max(self._columns, self._column)
        self._cells += count * self._run
        if not self.over and self._run * count <= _MARKED_MAX:
            self._mark(kind, attributes, first, count)

    def _mark(self, kind: bytes, attributes: bytes, first: int, count: int) -> None:
        value = _TYPE.search(attributes)
        for row in range(self._row, self._row + self._run):
            for column in range(first, first + count):
                at = (row, column)
                if kind == b"covered-table-cell":
                    self._marks.merged.add(at)
                if value and value[1] == b"percentage":
                    self._marks.percent.add(at)
                if b"table:formula" in attributes:
                    self._marks.computed[at] = "x" if _VALUE.search(attributes) else ""
