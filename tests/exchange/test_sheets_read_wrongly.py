"""Sheets that could be read wrongly without a word: each is read right, refused, or told of."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from orebook.exchange import fact_mapping
from orebook.exchange import sheets as door
from orebook.exchange.fact_columns import DIRECTIONS, LANGUAGES, _plain, rows
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.rows import is_total
from orebook.exchange.workbook_scan import _percent_styles
from orebook.model.problem import Problem, ReaderError
from orebook.model.vocabulary import words

ASSAYS = [["orebook:assays"], ["Identifier", "Lot", "Cu (%)"]]


def read(
    data: bytes, name: str = "a.xlsx", how: Format | None = None
) -> tuple[list[dict[str, Any]], list[Problem], list[str]]:
    source = Source(name, "document:x")
    items = list((how.read if how else door.read)(io.BytesIO(data), source))
    bodies = [dict(i.body) for i in items if isinstance(i, Read)]
    return bodies, [i for i in items if isinstance(i, Problem)], source.notes


def workbook(cells: list[list[Any]], formats: dict[tuple[int, int], str]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("s")
        for at, row in enumerate(cells):
            for column, value in enumerate(row):
                told = formats.get((at, column))
                sheet.write(at, column, value, book.add_format({"num_format": told or "General"}))
    return out.getvalue()


def written(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook as another program writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if name.endswith("sheet1.xml") else part)
    return out.getvalue()


def grades(bodies: list[dict[str, Any]]) -> list[str]:
    return [body["results"][0]["grade"]["value"] for body in bodies]


def test_a_sign_that_a_format_prints_is_no_fraction() -> None:
    """A laboratory's 0.00"%" over 0.5 shows 0.50 %, as 0.00% over 0.005 does."""
    named = {2: '0.00"%"', 3: "0.00\\%", 4: "0.00%", 5: '[Red]0.0%;-0.0"%"', 6: "[<1]0%"}
    rows_ = [*ASSAYS, *([f"a{n}", "l1", 0.5] for n in named)]
    bodies, faults, _ = read(workbook(rows_, {(n, 2): code for n, code in named.items()}))
    assert (grades(bodies), faults) == (["0.5", "0.5", "50", "50", "50"], [])
    single = (
        b"<numFmts><numFmt numFmtId='170' formatCode='0.0%'/></numFmts>"
        b"<cellXfs><xf numFmtId='170'/></cellXfs>"
    )
    assert _percent_styles(single) == {0}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.replace(b'<row r="4"', b'<row r="4" hidden="1"'),
        lambda d: d.replace(b'<row r="4"', b'<row r="4" ht="0" customHeight="1"'),
        lambda d: re.sub(rb'(<row\b[^>]*?) r="\d+"', rb"\1", hidden(d)),
        lambda d: re.sub(rb'(<(?:row|c)\b[^>]*?) r="\w+"', rb"\1", hidden(d)),
    ],
    ids=["hidden", "zero high", "rows without numbers", "cells without places"],
)
def test_rows_and_cells_are_counted_where_they_do_not_say_where_they_stand(
    change: Callable[[bytes], bytes],
) -> None:
    """Nothing hidden goes untold, and a percent format stays with its cell."""
    cells = [*ASSAYS, ["a1", "l1", 0.5], ["a2", "l1", 0.25]]
    book = workbook(cells, {(2, 2): "0.0%", (3, 2): "0.0%"})
    bodies, faults, notes = read(written(book, change))
    assert (grades(bodies), faults) == (["50", "25"], [])
    assert notes == ["sheet s: hidden rows were read too: 4"]


def hidden(part: bytes) -> bytes:
    return part.replace(b'<row r="4"', b'<row r="4" hidden="1"')


def test_a_column_drawn_without_width_is_told() -> None:
    book = workbook([*ASSAYS, ["a1", "l1", 2]], {})
    columns = b'<cols><col min="2" max="2" width="0" customWidth="1"/></cols><sheetData>'
    _, _, notes = read(written(book, lambda d: d.replace(b"<sheetData>", columns)))
    assert notes == ["sheet s: hidden columns were read too: B"]


def test_a_day_that_is_its_own_month_settles_no_order() -> None:
    data = b"orebook:lots\nIdentifier,Date made\nl1,01/02/2026\nl2,05/05/2026\n"
    bodies, faults, notes = read(data, "a.csv")
    assert ([b["made"] for b in bodies], notes) == (["2026-05-05"], [])
    assert [(p.code, p.place) for p in faults] == [("ambiguous-date", "line 3, column B (made)")]
    bodies, faults, _ = read(data + b"l3,02/25/2026\n", "a.csv")
    assert ([b["made"] for b in bodies], faults) == (["2026-01-02", "2026-05-05", "2026-02-25"], [])


def test_dates_that_a_program_may_have_turned_are_told() -> None:
    head = [["orebook:lots"], ["Identifier", "Date made"]]
    some = [["l1", dt.date(2026, 1, 2)], ["l2", "25/02/2026"], ["l3", dt.date(2026, 1, 13)]]
    formats = {(n, 1): "yyyy-mm-dd" for n in (2, 4)}
    assert [n for n in read(workbook([*head, *some], formats))[2] if "s: dates of rows 3 are" in n]
    assert not read(workbook([*head, some[0], some[2]], {(2, 1): "d/m/yy", (3, 1): "d/m/yy"}))[2]


def test_a_mapping_fills_no_column_twice_and_names_every_column_it_replaces_words_in() -> None:
    def how(text: str) -> Format:
        told = f'to = "lots"\n[columns]\n"Los" = "id"\n{text}'.encode()
        return fact_mapping.mapped(fact_mapping.read_mapping(told, "m.toml"))

    two = how('"Net" = "mass (kg)"\n"Dry" = "mass (kg dry)"\n')
    for data, title in ((b"Los,Net,Dry\nl1,5,7\n", "Dry"), (b"Los,Net,NET,Dry\nl1,5,7,\n", "NET")):
        _, faults, _ = read(data, "a.csv", two)
        assert (faults[0].code, faults[0].place) == ("column-twice", "line 1, column C (mass)")
        assert title in faults[0].found
    with pytest.raises(ReaderError, match=r"m\.toml, values\.materail: expected a column of lots"):
        how('[values.materail]\n"x" = "ore"\n')


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("TOTAL (kg):", True), ("Sub-total", True), ("Total weight", True),
        ("TotalEnergies", False), ("Total 7", False), ("(kg)", False),
    ],
)  # fmt: skip
def test_a_row_of_sums_is_known_by_its_label(text: str, sums: bool) -> None:
    assert is_total(text) is sums


def test_every_spelling_of_a_word_leads_to_one_word() -> None:
    found: dict[tuple[str, str], str] = {}
    for row in rows("sheet_words"):
        vocabulary = row["vocabulary"]
        assert row["word"] in (DIRECTIONS if vocabulary == "direction" else words(vocabulary)), row
        texts = [row["word"], *row["en"].split("|"), *(row[lang] for lang in LANGUAGES[1:])]
        for text in filter(None, texts):
            word = found.setdefault((vocabulary, _plain(text)), row["word"])
            assert word == row["word"], (vocabulary, text)
    assert len(found) > 500
