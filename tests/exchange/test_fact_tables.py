"""Tables of facts: every language read alike, good rows kept, equal faults told once."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange import fact_mapping, marked, sheets, template
from orebook.exchange.fact_columns import LANGUAGES, RIGHT_TO_LEFT, named, rows, templates, titles
from orebook.exchange.format import Read, Source
from orebook.exchange.rows import Grid, letter, ranges
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check


def read(data: bytes, name: str = "a.csv", how=sheets) -> tuple[list[Read], list[Problem], Source]:
    source = Source(name, "document:x")
    items = list(how.read(io.BytesIO(data), source))
    facts = [i for i in items if isinstance(i, Read)]
    return facts, [i for i in items if isinstance(i, Problem)], source


def book(*lines: list[object], name: str = "assays", more=lambda book, sheet: None) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet(name)
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            if value is not None:
                sheet.write(row, column, value)
    more(made, sheet)
    made.close()
    return out.getvalue()


def ods(rows_xml: str, name: str = "assays", table: str = "") -> bytes:
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="{name}"{table}>{rows_xml}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return out.getvalue()


def cell(text: str, more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(templates()))
def test_every_template_reads_back_what_is_filled_in(name: str, language: str) -> None:
    out = io.BytesIO()
    template.write(templates()[name], language, out)
    made = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    sheet = made[name]
    assert sheet["A1"].value == f"orebook:{name}"
    for title in ("note", "id"):
        (column,) = [n for n, f in enumerate(templates()[name].fields, 1) if f.name == title]
        assert named(name, str(sheet.cell(2, column).value).partition("(")[0]) == title
    told = made.worksheets[1]
    text = " ".join(str(c.value) for line in told.iter_rows() for c in line if c.value)
    assert ("Machine-drafted" in text) == (language != "en")
    assert bool(sheet.sheet_view.rightToLeft) == (language in RIGHT_TO_LEFT)
    words = [f for f in templates()[name].fields if f.type.startswith("word:")]
    assert len(sheet.data_validations.dataValidation) >= len(words)
    facts, problems, _ = read(out.getvalue(), f"{name}.xlsx")
    assert (facts, problems) == ([], [])


def test_titles_name_one_column_each_in_every_template() -> None:
    for one in templates().values():
        for field in one.fields:
            for text in (field.name, *titles().get(field.name, {}).values()):
                if field.type != "grade":
                    assert named(one.name, text) == field.name, (one.name, text)
    for table in ("titles", "instructions"):
        for line in rows(table):
            key = line[next(iter(line))]
            filled = [bool(line[lang]) for lang in LANGUAGES]
            assert all(filled) or key == "draft", key


def test_a_table_in_french_with_decimal_commas_is_read() -> None:
    text = (
        "orebook:assays;decimal comma\n"
        "Identifiant *;Lot *;Date;Laboratoire;Cu (%);Au (g/t);Remarque\n"
        "a1;lot:1;2 March 2026;party:lab;24,30 ± 0,1;<0,01;vu\n"
    )
    facts, problems, source = read(text.encode("cp1252"))
    assert problems == []
    (fact,) = facts
    assert fact.kind == "assay"
    assert fact.body["when"] == "2026-03-02"
    copper, gold = fact.body["results"]
    assert copper["grade"]["value"] == "24.30"
    assert copper["grade"]["doubt"] == {"kind": "range", "low": "24.20", "high": "24.40"}
    assert (gold["operator"], gold["grade"]) == ("<", {"value": "0.01", "unit": "NA"})
    assert source.notes == [
        "read as Windows 1252: it is not UTF-8 and has no byte order mark",
        "cells parted by semicolons",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_give_the_same_facts_and_one_without_a_mark_is_told(encoding: str) -> None:
    text = "orebook:lots\nid,label,mass (kg dry)\nl1,Métal,12.5\n"
    facts, problems, source = read(text.encode(encoding))
    assert problems == []
    mass = {"value": "12.5", "unit": "KGM", "basis": "dry"}
    assert facts[0].body == {"id": "l1", "label": "Métal", "mass": mass}
    assert bool(source.notes) == (encoding == "cp1252")


def test_events_gather_their_flows_and_weighings_are_events() -> None:
    text = (
        "orebook:events\nid,kind,when,direction,lot,mass (t)\n"
        "e1,smelt,2026-03-01,in,lot:a,30\ne1,,,in,lot:b,2\ne1,,,out,lot:c,10\n"
    )
    facts, problems, _ = read(text.encode())
    assert problems == []
    body = facts[0].body
    assert [f["lot"] for f in body["inputs"]] == ["lot:a", "lot:b"]
    assert body["outputs"] == [{"lot": "lot:c", "mass": {"value": "10", "unit": "TNE"}}]
    weighed, problems, _ = read(
        b"orebook:weighings\nid,when,lot,mass (kg wet)\nw1,2026-03-01,lot:a,980\n"
    )
    assert problems == []
    assert (weighed[0].body["kind"], len(weighed[0].body["subjects"])) == ("weigh", 1)


def test_rows_of_an_event_that_disagree_are_refused_together() -> None:
    text = (
        "orebook:events\nid,kind,direction,lot\ne1,smelt,in,lot:a\ne1,refine,out,lot:b\n"
        "e2,smelt,,lot:c\ne3,crush,in,lot:d\n"
    )
    facts, problems, _ = read(text.encode())
    assert [f.body["id"] for f in facts] == ["e3"]
    assert {p.code for p in problems} == {"rows-disagree", "no-direction"}


def test_one_fault_in_four_hundred_rows_is_one_line_with_its_rows() -> None:
    lines = [["orebook:lots"], ["id", "form", "mass (kg)"]]
    lines += [[f"l{n}", "powdr" if n < 400 else "oxide", n + 1] for n in range(420)]
    facts, problems, _ = read(book(*lines, name="lots"), "lots.xlsx")
    assert len(facts) == 20
    assert len(problems) == 1
    assert problems[0].place == "sheet lots, rows 3 to 402, column B (form)"


@pytest.mark.parametrize(
    ("column", "value", "code", "step"),
    [
        ("when", 45231, "cell-is-number", "date shown as a number"),
        ("moisture (%)", "1,200", "ambiguous-number", "Decimal sign"),
        ("Cu (%)", 130, "fraction-out-of-range", "Correct it"),
        ("split", "sellers", "unknown-word", "Correct it"),
        ("lot", 12345678901234567, "cell-is-number", "15 digits"),
        ("moisture (%)", True, "cell-is-yes-no", "Correct it"),
    ],
)
def test_a_cell_that_cannot_be_trusted_is_refused_on_its_cell(column, value, code, step) -> None:
    data = book(
        ["orebook:assays"],
        ["id", "lot", "Sb (%)", column] if column != "lot" else ["id", "note", "Sb (%)", "lot"],
        ["a1", "lot:1", 1.5, value],
        ["a2", "lot:1", 1.5, None] if column != "lot" else ["a2", "x", 1.5, "lot:1"],
    )
    facts, problems, _ = read(data, "a.xlsx")
    assert [f.body["id"] for f in facts] == ["a2"]
    assert [p.code for p in problems] == [code]
    assert problems[0].place.startswith("sheet assays, row 3, column D")
    assert step in problems[0].next_step


def test_formulas_are_never_run_and_their_stored_results_are_told() -> None:
    def more(made, sheet) -> None:
        sheet.write_formula("C3", "=1+1", None, 24.5)
        sheet.write_formula("C4", "=1+1", None, "")

    data = book(
        ["orebook:assays"], ["id", "lot", "Cu (%)"], ["a1", "lot:1"], ["a2", "lot:1"], more=more
    )
    facts, problems, source = read(data, "a.xlsx")
    assert facts[0].body["results"][0]["grade"]["value"] == "24.5"
    assert [p.code for p in problems] == ["cell-is-not-computed"]
    assert source.notes == ["sheet assays: 1 formulas are not run; their stored results were used"]


def test_merged_cells_hidden_sheets_and_headers_twice_are_told() -> None:
    def more(made, sheet) -> None:
        sheet.merge_range("B3:B4", "lot:1")
        made.add_worksheet("Old").hide()

    data = book(
        ["orebook:assays"],
        ["id", "lot", "Cu (%)", "Lot", "colour"],
        ["a1", None, 1],
        ["a2", None, 2],
        more=more,
    )
    facts, problems, source = read(data, "a.xlsx")
    assert [f.body["id"] for f in facts] == ["a1"]
    assert {p.code for p in problems} == {"cell-is-merged", "column-twice", "unknown-column"}
    assert source.notes == ["sheet Old is hidden and was left out"]


def test_an_unknown_template_and_a_sheet_of_nothing_are_problems() -> None:
    assert [p.code for p in read(b"orebook:ores\nid\nx\n")[1]] == ["unknown-template"]
    assert [p.code for p in read(b"orebook:lots\n")[1]] == ["no-header"]
    twice = read(b"orebook:lots\nid,label\nl1,a\nl1,b\n")
    assert [p.code for p in twice[1]] == ["id-twice"]
    assert "as in row 3" in twice[1][0].found


def test_a_figure_without_a_unit_is_refused_and_never_given_one() -> None:
    _, problems, _ = read(b"orebook:lots\nid,mass\nl1,12\n")
    assert [(p.code, p.place) for p in problems] == [("missing-unit", "line 3, column B (mass)")]
    _, problems, _ = read(b"orebook:assays\nid,lot,Cu\na1,lot:1,24\n")
    assert [p.place for p in problems] == ["line 3, column C (Cu)"]
    _, problems, _ = read(b"orebook:shipments\nid,value\ns1,24\ns2,24 USD\n")
    assert [(p.code, p.place) for p in problems] == [("no-currency", "line 3, column B (value)")]


def test_an_ods_sheet_is_read_with_its_percents_and_formulas() -> None:
    percent = (
        '<table:table-cell office:value-type="percentage" office:value="0.243"'
        ' table:formula="of:=1"><text:p>24.3 %</text:p></table:table-cell>'
    )
    data = ods(
        row(cell("orebook:assays"))
        + row(cell("id"), cell("lot"), cell("Cu"))
        + row(cell("a1"), cell("lot:1"), percent)
        + '<table:table-row table:number-rows-repeated="1048573">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    facts, problems, source = read(data, "a.ods")
    assert problems == []  # the cell names its own unit
    named_unit = ods(
        row(cell("orebook:assays"))
        + row(cell("id"), cell("lot"), cell("Cu (%)"))
        + row(cell("a1"), cell("lot:1"), percent)
    )
    facts, problems, source = read(named_unit, "a.ods")
    assert problems == []
    grade = facts[0].body["results"][0]["grade"]
    assert (Decimal(grade["value"]), grade["unit"]) == (Decimal("24.3"), "P1")
    assert "formulas are not run" in source.notes[0]


@pytest.mark.parametrize(
    "bomb",
    [
        row(cell("x", ' table:number-columns-repeated="999999"')),
        '<table:table-row table:number-rows-repeated="999999">' + cell("x") + "</table:table-row>",
        row(cell("orebook:lots"))
        + '<table:table-row table:number-rows-repeated="90000">'
        + cell("x", ' table:number-columns-repeated="200"')
        + "</table:table-row>",
    ],
)
def test_runs_without_end_are_refused_before_they_are_written_out(bomb: str) -> None:
    data = ods(bomb)
    assert len(data) < 2_000
    assert [p.code for p in read(data, "a.ods")[1]] == ["too-large"]


def test_an_ods_with_a_document_type_is_refused() -> None:
    data = ods(row(cell("x")))
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        content = old.read("content.xml").replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("content.xml", content)
    assert [p.code for p in read(out.getvalue(), "a.ods")[1]] == ["bad-workbook"]


MAPPING = """
to = "assays"
decimal = "comma"
[columns]
"Probe" = "id"
"Los Nr" = "lot"
"Cu [%]" = "Cu (%)"
"Cu [%] #2" = ""
"Art" = "split"
[fixed]
laboratory = "party:lab"
[values.split]
"Verkäufer" = "seller"
"""


def test_a_sheet_of_its_own_form_is_read_through_a_mapping() -> None:
    door = fact_mapping.mapped(fact_mapping.read_mapping(MAPPING.encode(), "m.toml"))
    text = (
        "Labor X;;\nProbe;Los Nr;Cu [%];Cu [%];Art;Datum\n"
        "p1;lot:1;24,3;1;Verkäufer;x\np2;lot:1;x;1;Käufer;y\n"
    )
    facts, problems, source = read(text.encode(), "own.csv", door)
    (fact,) = facts
    assert fact.body == {
        "id": "p1",
        "lot": "lot:1",
        "split": "seller",
        "laboratory": "party:lab",
        "results": [{"substance": "Cu", "grade": {"value": "24.3", "unit": "P1"}}],
    }
    assert check("assay", fact.body) == []
    assert {(p.code, p.place) for p in problems} == {
        ("not-a-number", "line 4, column C (Cu)"),
        ("unknown-word", "line 4, column E (split)"),
    }
    assert source.notes[-1] == "not in the mapping and left out: Datum"
    gone = read(text.replace("Los Nr", "Los").encode(), "own.csv", door)[1]
    assert next(p.code for p in gone) == "no-column"
    assert [p.code for p in read(b"a,b\n1,2\n", "own.csv", door)[1]] == ["no-table"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"assays"', '"ores"', "to: expected one of"),
        ('"Cu (%)"', '"copper"', 'columns."Cu \\[%\\]"'),
        ('"comma"', '"semicolon"', "point or comma"),
        ("laboratory", "labor", "fixed.labor"),
        ("[columns]", "[column]", "one of columns"),
        ('to = "', "to = ", "in TOML"),
    ],
)
def test_a_mapping_that_cannot_be_used_names_its_line(old: str, new: str, said: str) -> None:
    with pytest.raises(ReaderError, match=said):
        fact_mapping.read_mapping(MAPPING.replace(old, new, 1).encode(), "m.toml")


def test_a_draft_marks_what_it_guessed_and_reads_back() -> None:
    data = b"id;Lot;Cu (%);Laboratori;Zzz;Lot\n1;2;3;4;5;6\n"
    text = fact_mapping.draft(data, "own.csv", templates()["assays"])
    lines = dict(
        line.split(" = ", 1) for line in text.splitlines() if " = " in line and '"' in line
    )
    assert lines['"Cu (%)"'] == '"Cu (%)"  # known'
    assert lines['"Laboratori"'] == '"laboratory"  # guess: check it'
    assert lines['"Zzz"'].startswith('""  # not known')
    assert lines['"Lot #2"'].startswith('""')
    assert fact_mapping.read_mapping(text.encode(), "m.toml").template.name == "assays"
    with pytest.raises(ReaderError, match="titles of columns"):
        fact_mapping.draft(b"", "own.csv", templates()["assays"])


def test_the_marked_sheet_is_the_senders_own_with_comments_on_the_cells() -> None:
    def more(made, sheet) -> None:
        sheet.write_comment("B3", "mine")
        made.add_worksheet("Faults").write("A1", "theirs")

    data = book(
        ["orebook:lots"], ["id", "form"], ["l1", "powdr"], ["l2", "oxide"], name="lots", more=more
    )
    _, problems, _ = read(data, "lots.xlsx")
    out = openpyxl.load_workbook(io.BytesIO(marked.mark(data, "lots.xlsx", problems)))
    hit = out["lots"]["B3"]
    assert hit.value == "powdr"
    assert hit.fill.fgColor.rgb.endswith("FFF3B0")
    assert "mine" in hit.comment.text
    assert 'found "powdr"' in hit.comment.text
    assert out["lots"]["B4"].comment is None
    assert out["Faults"]["A1"].value == "theirs"
    assert out["Faults 2"]["A2"].value == "sheet lots, row 3, column B (form)"
    facts, again, _ = read(marked.mark(data, "lots.xlsx", problems), "lots.xlsx")
    assert ([f.body["id"] for f in facts], len(again)) == (["l2"], 1)


def test_a_text_file_becomes_a_marked_workbook_and_nothing_in_it_runs() -> None:
    data = b"orebook:lots\nid,label,form\n l1,=1+1,powdr\n"
    _, problems, _ = read(data)
    out = openpyxl.load_workbook(io.BytesIO(marked.mark(data, "a.csv", problems)))
    assert out["Sheet"]["B3"].data_type == "s"
    assert out["Sheet"]["C3"].comment is not None
    with pytest.raises(ReaderError, match="workbook"):
        marked.mark(b"PK\x03\x04rubbish", "a.xlsx", [])


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="[]:*?/\\"), min_size=1, max_size=20),
    st.sets(st.integers(1, 400), min_size=1),
    st.none() | st.integers(0, 255),
)
def test_a_place_is_read_back_to_its_cells(name: str, lines: set[int], column: int | None) -> None:
    for sheet in (name, ""):
        place = Grid(sheet, ()).at(ranges(lines), column, "net")
        found = marked.cells(place, [name, f"{name}, row 1"])
        assert found is not None
        letters = letter(column) if column is not None else ""
        assert found == (name, sorted(lines), letters)


def test_what_is_no_place_of_a_cell_is_marked_nowhere() -> None:
    for place in ("", "sheet Gone, row 3", "the table: /mass", "/a/b"):
        assert marked.cells(place, ["lots"]) is None


def test_a_template_is_chosen_by_the_name_of_its_file() -> None:
    assert template.chosen(Path("Assays.xlsx")).name == "assays"
    assert template.chosen(Path("x/lot.xlsx")).name == "lots"
    with pytest.raises(ReaderError, match=r"such as assays\.xlsx"):
        template.chosen(Path("ores.xlsx"))
    with pytest.raises(ReaderError, match="--lang"):
        template.write(templates()["lots"], "tlh", io.BytesIO())
