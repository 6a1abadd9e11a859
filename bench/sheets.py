"""Spreadsheets: the time to read a sheet of 50,000 rows, and to capture it durably."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from xlsxwriter import Workbook

from orebook.acts.capture import capture
from orebook.exchange import sheets
from orebook.exchange.format import Read, Source
from orebook.wiring import Naming, create_book
from rows import Row, best

ROWS = 50_000
TITLES = ("id", "material", "form", "mass (kg wet)", "moisture (%)", "made", "batch")


def values(number: int) -> tuple[object, ...]:
    day = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"
    mass = 1000 + number % 977 + 0.5
    return f"lot:bench/{number}", "copper concentrate", "concentrate", mass, 8.25, day, f"B{number}"


def workbook() -> bytes:
    out = io.BytesIO()
    book = Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet("lots")
    sheet.write_row(0, 0, ["orebook:lots"])
    sheet.write_row(1, 0, TITLES)
    for number in range(ROWS):
        sheet.write_row(number + 2, 0, values(number))
    book.close()
    return out.getvalue()


def text() -> bytes:
    lines = ["orebook:lots", ",".join(TITLES)]
    lines += [",".join(map(str, values(number))) for number in range(ROWS)]
    return "\n".join(lines).encode()


def read(data: bytes, name: str) -> None:
    items = list(sheets.read(io.BytesIO(data), Source(name, "document:bench")))
    if len(items) != ROWS or not all(isinstance(item, Read) for item in items):
        raise ValueError(f"{len(items)} items")


def take(data: bytes) -> float:
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    book = create_book(folder, Naming("bench.example/sheets", "Bench"))
    try:
        return best(lambda: capture(book, io.BytesIO(data), "lots.xlsx"), times=1)
    finally:
        book.close()
        shutil.rmtree(folder)


def run() -> list[Row]:
    packed, plain = workbook(), text()
    note = f"{ROWS} rows of {len(TITLES)} columns, every cell checked"
    return [
        Row("xlsx sheet read", best(lambda: read(packed, "lots.xlsx"), times=2), "seconds", note),
        Row("csv sheet read", best(lambda: read(plain, "lots.csv"), times=2), "seconds", note),
        Row("xlsx sheet captured", take(packed), "seconds", f"{note}, durable"),
    ]
