"""The shipment sheet as a workbook: cells are not trusted further than they deserve."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from orebook.exchange import workbook, workbook_scan
from orebook.exchange.format import Read, Source
from orebook.exchange.sheets import SHIPMENT_SHEET
from orebook.model.problem import Problem
from orebook.model.shape import check

HEADER = ["Bag", "Seal", "Gross (kg)", "Tare (kg)", "Net (kg)", "Moisture (%)", "Cu (%)"]


def make(fill: Callable[[Any, Any], None]) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    sheet = book.add_worksheet("Bags")
    fill(book, sheet)
    book.close()
    return data.getvalue()


def read(data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(SHIPMENT_SHEET.read(io.BytesIO(data), Source("sheet.xlsx", "doc-1")))
    reads = [i for i in items if isinstance(i, Read)]
    return reads, [i for i in items if isinstance(i, Problem)]


def packages(reads: list[Read]) -> list[dict[str, object]]:
    (body,) = [r.body for r in reads if r.kind == "shipment"]
    found = body["packages"]
    assert isinstance(found, list)
    return found


def table(*rows: list[object]) -> bytes:
    def fill(_book: Any, sheet: Any) -> None:
        for number, row in enumerate([HEADER, *rows]):
            sheet.write_row(number, 0, row)

    return make(fill)


def test_a_workbook_with_lines_merged_cells_and_units_is_read() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        percent = book.add_format({"num_format": "0.0%"})
        sheet.write_row(0, 0, ["Shipment", "X-1"])
        sheet.write_row(1, 0, ["Lot", "L1"])
        sheet.write(2, 0, "Date")
        sheet.write_datetime(2, 1, dt.datetime(2025, 10, 2), day)  # noqa: DTZ001 - a cell
        sheet.merge_range(3, 2, 3, 4, "Weights")
        sheet.write_row(4, 0, ["Bag", "Seal", "Gross", "Tare", "Net", "Moisture", "Cu"])
        sheet.write_row(5, 2, ["kg", "kg", "kg", "%", "%"])
        sheet.write_row(7, 0, ["B1", 12345, 1000.3, 10, 990.3])
        sheet.write(7, 5, 0.085, percent)
        sheet.write(7, 6, 24.3)
        book.add_worksheet("Read me").write(0, 0, "hello")

    reads, problems = read(make(fill))
    assert problems == []
    assert all(check(r.kind, r.body) == [] for r in reads)
    (shipment,) = [r for r in reads if r.kind == "shipment"]
    assert (shipment.place, shipment.body["id"]) == ("sheet Bags", "X-1")
    assert shipment.body["dispatched"] == "2025-10-02"
    assert packages(reads) == [
        {
            "id": "B1",
            "seal": "12345",
            "gross": {"value": "1000.3", "unit": "KGM"},
            "tare": {"value": "10", "unit": "KGM"},
            "net": {"value": "990.3", "unit": "KGM"},
            "moisture": {"value": "8.5", "unit": "P1"},
            "assay": "Cu 24.3 %",
        }
    ]


GOOD = ["B1", "S1", 1000.3, 10, 990.3, 4.1, 24.3]


@pytest.mark.parametrize(
    ("column", "value", "code", "place"),
    [
        (1, 1234567890123456789, "cell-is-number", "column B (seal)"),
        (2, True, "cell-is-yes-no", "column C (gross)"),
        (4, 900, "net-differs", "column E (net)"),
        (5, 140, "fraction-out-of-range", "column F (moisture)"),
        (6, 124, "fraction-out-of-range", "column G (grade)"),
        (2, "1,000", "net-differs", "column C (gross)"),
    ],
)
def test_a_bad_cell_is_named_by_sheet_row_and_letter(
    column: int, value: object, code: str, place: str
) -> None:
    bad = ["B2", "S2", *GOOD[2:]]
    bad[column] = value
    reads, problems = read(table(GOOD, bad))
    expected = "ambiguous-number" if value == "1,000" else code
    assert [(p.code, p.place) for p in problems] == [(expected, f"sheet Bags, row 3, {place}")]
    assert [bag["id"] for bag in packages(reads)] == ["B1"]


def test_formulas_dates_and_errors_are_never_figures() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "d mmm"})
        sheet.write_row(0, 0, HEADER)
        for row in range(1, 5):
            sheet.write_row(row, 0, [f"B{row}", f"S{row}", 1000.3, 10])
        sheet.write_formula(1, 4, "=C2-D2", value=990.3)
        sheet.write_formula(2, 4, "=C3-D3")
        sheet.write_datetime(3, 5, dt.datetime(2025, 10, 2), day)  # noqa: DTZ001 - a cell
        sheet.write_formula(4, 4, "=1/0", value="#DIV/0!")

    reads, problems = read(make(fill))
    assert [bag["id"] for bag in packages(reads)] == ["B1"]
    assert packages(reads)[0]["net"] == {"value": "990.3", "unit": "KGM"}
    assert [(p.code, p.place) for p in problems] == [
        ("cell-is-not-computed", "sheet Bags, row 3, column E (net)"),
        ("cell-is-date", "sheet Bags, row 4, column F (moisture)"),
        ("cell-is-error", "sheet Bags, row 5, column E (net)"),
    ]


def test_a_cell_at_the_far_corner_is_refused_before_the_sheet_is_opened() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "Bag")
        sheet.write(1_048_575, 16_383, "x")

    reads, problems = read(make(fill))
    assert reads == []
    assert [(p.code, p.place) for p in problems] == [("too-large", "sheet Bags")]
    assert "16384" in problems[0].found


def test_ten_thousand_columns_are_bounded() -> None:
    _, problems = read(table(GOOD + ["x"] * 10_000))
    assert [p.code for p in problems] == ["too-large"]


def _zip(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def test_a_zip_bomb_is_refused_by_its_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1_000_000)
    bomb = _zip({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b" " * 2_000_000})
    assert len(bomb) < 10_000
    _, problems = read(bomb)
    assert [p.code for p in problems] == ["too-large"]
    assert "unpacked" in problems[0].expected


def test_a_few_bytes_repeated_by_every_cell_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    data = table(*([["B", "long text " * 3000]] * 200))
    assert read(data)[1] != []
    monkeypatch.setattr(workbook_scan, "MAX_UNPACKED", 1_000_000)
    _, problems = read(data)
    assert [p.code for p in problems] == ["too-large"]


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 and nothing more",
        _zip({"hello.xml": b"<a/>"}),
        _zip({"xl/workbook.xml": b"<not closed"}),
        _zip({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        table(GOOD)[:3000],
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    reads, problems = read(data)
    assert reads == []
    assert {p.code for p in problems} <= {"bad-workbook", "no-table"}
    assert len(problems) == 1


def test_a_workbook_is_known_by_its_bytes_and_its_name() -> None:
    data = table(GOOD)
    assert SHIPMENT_SHEET.sniff(data[:512], "sheet.xlsx") == 90
    assert SHIPMENT_SHEET.sniff(data[:512], "photo.zip") == 0
    assert SHIPMENT_SHEET.sniff(b"{}", "sheet.json") == 0


def _changed(data: bytes, path: str, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[path]
    parts[path] = parts[path].replace(old, new)
    return _zip(parts)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        (SHEET, b'<c r="E2"', b'<c x=">" r="XFD1048576"', "too-large"),
        (SHEET, b'<row r="2"', b'<row x=">" r="9999999"', "too-large"),
        (SHEET, b'encoding="UTF-8"', b'encoding="UTF-16"', "bad-workbook"),
        ("xl/workbook.xml", b"<sheets>", b"<sheets", "bad-workbook"),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet1", b"theme/theme1", "bad-workbook"),
    ],
)
def test_no_sheet_is_opened_that_was_not_measured(
    path: str, old: bytes, new: bytes, code: str
) -> None:
    data = table(GOOD)
    reads, problems = read(_changed(data, path, old, new))
    assert reads == []
    assert [p.code for p in problems] == [code]


def test_damaged_workbooks_are_refused_and_never_raise() -> None:
    data = table(GOOD)
    step = max(1, len(data) // 150)
    for position in range(0, len(data), step):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        reads, problems = read(bytes(damaged))
        assert reads or problems
        assert all(check(r.kind, r.body) == [] for r in reads)
