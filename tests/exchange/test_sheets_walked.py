"""Sheets as they come from a yard: early days, moments, locked files; each called by its name."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from orebook.exchange import bag_template, template
from orebook.exchange import sheets as door
from orebook.exchange.fact_columns import LANGUAGES, description, templates
from orebook.exchange.format import Read, Source
from orebook.exchange.registry import choose
from orebook.exchange.sheet_days import read_day
from orebook.model.problem import Problem

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def read(data: bytes, name: str = "a.csv") -> tuple[list[dict[str, Any]], list[Problem]]:
    items = list(door.read(io.BytesIO(data), Source(name, "document:x")))
    bodies = [dict(i.body) for i in items if isinstance(i, Read)]
    return bodies, [i for i in items if isinstance(i, Problem)]


def dated(rows: list[list[Any]]) -> bytes:
    """A workbook whose second column shows its numbers as days."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet, day = book.add_worksheet("s"), book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(at, column, value, day if column == 1 else None)
    return out.getvalue()


def test_days_that_programs_number_differently_are_refused() -> None:
    """Serial 60 is a 29 February 1900 that never was; each below it is another day elsewhere."""
    head = [["orebook:lots"], ["Identifier", "Date made"]]
    data = dated([*head, *([f"l{n}", n] for n in (1, 59, 60, 61))])
    bodies, faults = read(data, "a.xlsx")
    assert [b["made"] for b in bodies] == ["1900-03-01"]
    assert [(p.code, p.place) for p in faults] == [
        ("cell-is-early-date", "sheet s, rows 3 to 5, column B (made)")
    ]
    bags = [["Shipment", "K"], ["Date", 59], [], ["Bag", "Seal", "Net (kg)"], ["1", 59, 5]]
    bodies, faults = read(dated(bags), "a.xlsx")
    assert bodies == []
    assert [p.code for p in faults] == ["no-value", "cell-is-early-date"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-03-01 14:30 +05:00", "2026-03-01T14:30:00+05:00"),
        ("2026-03-01T14:30+0500", "2026-03-01T14:30:00+05:00"),
        ("2026-03-01 14:30:05.25 UTC", "2026-03-01T14:30:05.25Z"),
        ("2026-03-01T25:30Z", None),
        ("2026-03-01 14:30 PKT", "time-without-offset"),  # letters that several zones share
        ("2026-03-01 2:30 PM", "time-without-offset"),
    ],
)
def test_moments_are_read_where_they_say_their_offset(text: str, told: str | None) -> None:
    found = read_day(text)
    assert (found.code if isinstance(found, Problem) else found) == told


@pytest.mark.parametrize(
    ("data", "place", "found"),
    [
        (OLE, "", "an older workbook (xls), or one locked by a password"),
        (b"orebook:lots\nIdentifier\na\0b\n", "line 3", "a NUL character"),
        ("orebook:lots\nIdentifier\na\n".encode("utf-16-le"), "", "as in UTF-16 without"),
    ],
    ids=["xls", "nul", "utf-16"],
)
def test_bytes_that_are_no_text_are_told_for_what_they_are(
    data: bytes, place: str, found: str
) -> None:
    bodies, (fault,) = read(data)
    assert (bodies, fault.place) == ([], place)
    assert found in fault.found


def test_a_locked_workbook_is_refused_as_one_by_whatever_reads_it() -> None:
    for name in ("a.xls", "a.xlsx"):
        chosen = choose(OLE, name)
        assert not isinstance(chosen, Problem)
        assert chosen.name == "shipment-sheet"


def test_rows_of_an_event_that_disagree_say_what_each_says() -> None:
    head = b"orebook:events\nIdentifier,Kind,Direction,Lot\n"
    _, faults = read(head + b"e1,crush,in,l1\ne1,smelt,out,l2\ne2,crush,sideways,l3\n")
    assert [(p.expected, p.found) for p in faults] == [
        ("crush, as row 3 says of e1", '"smelt"'),
        ("one of in, out, subject", '"sideways"'),
    ]


def test_every_column_is_explained_in_every_language_and_read_by_that_too() -> None:
    """A title such as "Country of origin" is what the column holds, in words."""
    for one in templates().values():
        for field in one.fields:
            assert all(description(field, lang) for lang in LANGUAGES)
    out = io.BytesIO()
    template.write(templates()["papers"], "es", out)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    note = sheet["D2"].comment
    assert note is not None
    assert note.text.startswith("Número: número tal como está impreso\nnumber: number as printed")
    for title in ("Country of origin", "País de origen", "原产国"):
        head = f"orebook:papers\nIdentifier,Kind,{title}\n".encode()
        bodies, faults = read(head + b"p,invoice,PK\n")
        assert (faults, bodies[0]["origin"]) == ([], "PK")


def test_a_count_may_say_what_it_counts() -> None:
    head = "orebook:papers\nIdentifier,Kind,Packages\n"
    bodies, refused = read(
        f"{head}a,invoice,20 bags\nb,invoice,1 200 big bags\nc,invoice,袋\n".encode()
    )
    assert [b.get("packages") for b in bodies] == [20, 1200]
    assert [p.place for p in refused] == ["line 5, column C (packages)"]
    bodies, (fault,) = read(f"{head}a,invoice,20 t\n".encode())
    assert (bodies, fault.place) == ([], "line 3, column C (packages)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_bags_have_a_template_that_is_read_in_each_language(language: str) -> None:
    out = io.BytesIO()
    bag_template.write_bags(language, out)
    assert read(out.getvalue(), "bags.xlsx") == ([], [])  # nothing filled in is no fault
    book = openpyxl.load_workbook(out)
    sheet, told = book.worksheets
    assert told["B2"].value
    said = {"shipment": "K-7", "lot": "L1", "sender": "Upland", "dispatched": "2026-03-14"}
    for name, value in said.items():
        sheet.cell(bag_template.LINES.index(name) + 1, 2, value)
    row = [None, None, "S-1", 1010.5, 10.5, 1000, 8.1, "Sb 45.2 %", "P-1"]
    for number in (1, 2):
        sheet.append([f"b{number}", *row[1:2], f"S-{number}", *row[3:]])
    out = io.BytesIO()
    book.save(out)
    bodies, faults = read(out.getvalue(), "bags.xlsx")
    lot, shipment, assay = bodies
    assert (faults, lot["id"], assay["results"][0]["substance"]) == ([], "L1", "Sb")
    assert shipment["id"] == "K-7"
    assert (shipment["sender"], shipment["dispatched"]) == ("Upland", "2026-03-14")
    assert "note" not in shipment
    first = shipment["packages"][0]
    assert {name: first[name]["value"] for name in ("gross", "tare", "net", "moisture")} == {
        "gross": "1010.5",
        "tare": "10.5",
        "net": "1000",
        "moisture": "8.1",
    }
    assert (first["seal"], first["paper"]) == ("S-1", "P-1")
