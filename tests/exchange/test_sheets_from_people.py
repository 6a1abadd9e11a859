"""Sheets as people send them: dates, encodings, totals below, notes beside, hidden rows."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from orebook.exchange import fact_mapping, marked, template
from orebook.exchange import sheets as door
from orebook.exchange.fact_cells import value_of
from orebook.exchange.fact_columns import LANGUAGES, shown, templates
from orebook.exchange.format import Read, Source
from orebook.exchange.registry import choose
from orebook.exchange.sheet_days import read_day
from orebook.model.problem import Problem, ReaderError

HEAD = "orebook:lots\nIdentifier,Material,Mass (kg),Country,Date made\n"


def read(data: bytes, name: str = "a.csv") -> tuple[list[dict[str, Any]], list[Problem], list[str]]:
    source = Source(name, "document:x")
    items = list(door.read(io.BytesIO(data), source))
    bodies = [dict(i.body) for i in items if isinstance(i, Read)]
    return bodies, [i for i in items if isinstance(i, Problem)], source.notes


def lots(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows)).encode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"),
        ("1-Mar-2026", "2026-03-01"),
        ("March 2026", "2026-03"),
        ("13/02/2026", "2026-02-13"),
        ("02/13/2026", "2026-02-13"),
        ("01.02.2026", "2026-02-01"),  # between points the day stands first everywhere
        ("01/02/2026", "ambiguous-date"),
        ("2026-03-01 14:30", "time-without-offset"),
        ("3/1/26 2:05 PM", "time-without-offset"),
        ("31/02/2026", None),
        ("01/02/26", None),
    ],
)
def test_a_day_is_read_where_it_can_mean_one_thing(text: str, told: str | None) -> None:
    found = read_day(text)
    assert (found.code if isinstance(found, Problem) else found) == told


def test_the_order_of_a_sheet_settles_its_days_and_is_told() -> None:
    bodies, faults, notes = read(lots("l1,,,,01/02/2026", "l2,,,,25/02/2026"))
    assert ([b["made"] for b in bodies], faults) == (["2026-02-01", "2026-02-25"], [])
    assert "a.csv: dates day first, as others of its dates show" in notes
    both = read(lots("l1,,,,01/02/2026", "l2,,,,25/02/2026", "l3,,,,02/25/2026"))
    assert [(p.code, p.place) for p in both[1]] == [("ambiguous-date", "line 3, column E (made)")]
    stated = lots("l1,,,,01/02/2026").replace(b"orebook:lots", b"orebook:lots,dates month first")
    assert [b["made"] for b in read(stated)[0]] == ["2026-01-02"]


def test_a_mapping_settles_days_and_is_refused_where_it_cannot_be_used() -> None:
    text = '\ufeffto = "lots"\ndates = "day first"\n[columns]\n"Los" = "id"\n"Vom" = "made"\n'
    how = fact_mapping.mapped(fact_mapping.read_mapping(text.encode(), "m.toml"))
    items = list(how.read(io.BytesIO(b"Los,Vom\nl1,01/02/2026\n"), Source("a.csv", "document:x")))
    assert [dict(i.body) for i in items if isinstance(i, Read)] == [
        {"id": "l1", "made": "2026-02-01"}
    ]
    for line, said in (('dates = "US"', "dates: expected"), ('separator = ";;"', "separator: exp")):
        with pytest.raises(ReaderError, match=said):
            fact_mapping.read_mapping(f'{line}\nto = "lots"\n[columns]\n"L" = "id"'.encode(), "m")


def test_countries_are_taken_by_code_or_name_and_unknown_words_told_as_written() -> None:
    bodies, faults, _ = read(lots("l1,,,Pakistan,", "l2,,,pak,", "l3,,,pk,", "l4,,,Atlantis,"))
    assert [b["country"] for b in bodies] == ["PK", "PK", "PK"]
    assert [(p.code, p.found) for p in faults] == [("bad-country", '"Atlantis"')]


@pytest.mark.parametrize(
    ("encoding", "title", "value", "said"),
    [
        ("gb18030", "标识,物料", "铜精矿", "GB 18030"),
        ("cp1256", "شناخت,مواد", "تانبا", "Windows 1256"),
        ("mac_roman", "Identifiant,Matière", "minerai grillé", "Mac Roman"),
        ("cp1252", "Identifiant,Matière", "minerai grillé", "Windows 1252"),
    ],
)
def test_titles_tell_the_encoding(encoding: str, title: str, value: str, said: str) -> None:
    bodies, faults, notes = read(f"orebook:lots\n{title}\nl1,{value}\n".encode(encoding))
    assert (bodies, faults) == ([{"id": "l1", "material": value}], [])
    assert [note for note in notes if note.startswith(f"read as {said}")]


def test_a_byte_order_mark_that_lies_and_a_line_that_names_the_separator() -> None:
    _, faults, _ = read(b"\xef\xbb\xbf" + HEAD.encode() + b"l1,\xd6l,,,\n")
    assert [(p.code, p.expected) for p in faults] == [
        ("bad-encoding", "text in UTF-8, as its byte order mark says")
    ]
    named = b"sep=;\r\n" + lots("l1;x;;;").replace(b",", b";")
    bodies, faults, _ = read(named)
    assert (bodies, faults) == ([{"id": "l1", "material": "x"}], [])
    assert read(named + b"\nl2;;1,234;;")[1][0].place == "line 5, column C (mass)"
    assert getattr(choose(named, "a.csv"), "name", "") == "shipment-sheet"


def test_an_unquoted_separator_never_shifts_a_row_and_totals_are_no_fact() -> None:
    bodies, faults, _ = read(lots("l1,ore,1,234.5,PK,2026-03-01", "l2,ore,5,PK,", "Total,,6,,"))
    assert [b["id"] for b in bodies] == ["l2"]
    assert {(p.code, p.place) for p in faults} == {
        ("cell-without-title", "line 3, column F"),
        ("row-of-totals", "line 5, column A"),
    }
    _, faults, _ = read(b"Bag,Net (kg)\n1,1,000.5\n2,900\n")
    assert [(p.code, p.place) for p in faults] == [("cell-without-title", "line 2, column C")]


def test_what_is_hidden_or_under_no_title_in_a_workbook_is_told() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("lots")
        sheet.write_row(0, 0, ["orebook:lots"])
        sheet.write_row(1, 0, ["Identifier", "Material", "Mass (kg)"])
        sheet.write_row(2, 0, ["l1", "ore", "1,234.5", "", "checked by Ali"])
        sheet.write_row(3, 0, ["l2", "ore", "1,234"])
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
    bodies, faults, notes = read(out.getvalue(), "a.xlsx")
    assert ([b["mass"]["value"] for b in bodies], faults) == (["1234.5", "1234"], [])
    assert notes == [
        "sheet lots: hidden rows were read too: 4",
        "sheet lots: hidden columns were read too: B",
        "lots: decimal points, as its figures show",
        "lots: cells under no title were left out, in rows 3",
    ]


def test_a_text_file_of_any_separator_is_handed_back_in_its_columns() -> None:
    rows = b"orebook:lots\nIdentifier;Material;Mass (kg)\nl1;ore;-5\n"
    _, faults, _ = read(rows)
    assert [p.place for p in faults] == ["line 3, column C (mass)"]
    sheet = openpyxl.load_workbook(io.BytesIO(marked.mark(rows, "a.csv", faults))).worksheets[0]
    assert sheet["C3"].value == "-5"
    assert "zero or more" in sheet["C3"].comment.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_drop_down_are_those_of_its_language_and_read_back(language: str) -> None:
    """As a person fills it in: each choice of each list once, chosen from the list itself."""
    for name in ("events", "papers", "facilities", "lots"):
        out = io.BytesIO()
        template.write(templates()[name], language, out)
        book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
        sheet = book.worksheets[0]
        words: dict[int, list[str]] = {}
        for list_ in sheet.data_validations.dataValidation:
            where, _, cells = list_.formula1.lstrip("=").partition("!")
            column = min(list_.sqref.ranges, key=lambda r: r.min_col).min_col
            words[column] = [str(c[0].value) for c in book[where][cells.replace("$", "")]]
        for column, choices in words.items():
            field = templates()[name].fields[column - 1]
            said = [value_of(field.type, choice, "", "", "") for choice in choices]
            vocabulary = field.type.removeprefix("word:")
            assert said == list(shown(vocabulary, "en")), (language, field.name)
            english = [c for c in choices if c in shown(vocabulary, "en")]
            if language != "en":
                assert len(english) <= 3, english  # the few that are spelt alike


def test_papers_are_called_by_the_names_in_use() -> None:
    for text, word in (
        ("NOC", "no_objection"),
        ("B/L", "bill_of_lading"),
        ("Commercial Invoice", "invoice"),
        ("Letter of credit", "financial_instrument"),
        ("certificat d’origine", "certificate_of_origin"),
        ("Bill of sale", "Bill of sale"),
    ):
        assert value_of("word:paper_kind", text, "", "", "") == word


def test_a_table_with_no_known_title_is_told_what_to_do_with_it() -> None:
    chosen = choose(b"Probe;Los\np1;l1\n", "a.csv")
    assert isinstance(chosen, Problem)
    assert "orebook map" in chosen.next_step
