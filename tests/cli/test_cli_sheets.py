"""Templates, mappings and marked sheets from the command line."""

from __future__ import annotations

from pathlib import Path

import openpyxl


def test_a_filled_template_is_captured_and_its_faults_handed_back(orebook, made, tmp_path) -> None:
    path, out = tmp_path / "lots.xlsx", tmp_path / "faults.xlsx"
    assert orebook("template", path, "--lang", "fr").code == 0
    book = openpyxl.load_workbook(path)
    for row, (ident, form) in enumerate((("lot:1", "ore"), ("lot:2", "powdr")), 3):
        book["lots"].cell(row, 1, ident)
        book["lots"].cell(row, 4, form)
    book.save(path)
    done = orebook("capture", path, "--book", made, "--marked", out)
    assert done.code == 4
    assert "1 lot, 1 document appended" in done.out
    assert "sheet lots, row 4, column D (form)" in done.err
    marked = openpyxl.load_workbook(out)
    assert 'found "powdr"' in marked["lots"]["D4"].comment.text
    marked["lots"]["D4"] = "concentrate"  # corrected in the sheet that came back, and sent again
    marked.save(out)
    again = orebook("capture", out, "--book", made)
    assert (again.code, "1 already in the book" in again.out) == (0, True)
    clean = orebook("capture", out, "--book", made, "--marked", tmp_path / "none.xlsx")
    assert (clean.code, "nothing is wrong" in clean.err) == (0, True)
    assert not (tmp_path / "none.xlsx").exists()


def test_a_mapping_is_drafted_and_used(orebook, made: Path, tmp_path: Path) -> None:
    sheet, mapping = tmp_path / "own.csv", tmp_path / "own.toml"
    sheet.write_bytes("Nr;lot;Métal;Cu (%)\na1;lot:1;x;24,3\n".encode("cp1252"))
    assert orebook("map", sheet, "--to", "assays", "--out", mapping).code == 0
    text = mapping.read_text("utf-8").replace('"Nr" = ""', '"Nr" = "id"')
    mapping.write_text(text, "utf-8")
    told = orebook("capture", sheet, "--book", made, "--map", mapping, "--json").json[0]
    assert told["appended"] == {"assay": 1, "document": 1}
    assert "Windows 1252" in told["notes"][0]
    bad = orebook("capture", sheet, "--book", made, "--map", sheet)
    assert (bad.code, "in TOML" in bad.err) == (2, True)


def test_words_that_do_not_go_together_are_one_line(orebook, made: Path, tmp_path: Path) -> None:
    for words, said in (
        (("template", tmp_path / "ores.xlsx"), "such as assays.xlsx"),
        (("template", tmp_path / "lots.csv"), "an xlsx workbook"),
        (("template", tmp_path / "lots.xlsx", "--lang", "xx"), "expected one of en"),
        (("capture", "-", "--marked", tmp_path / "o.xlsx", "--book", made), "name one file"),
    ):
        done = orebook(*words)
        assert (done.code, said in done.err) == (2, True), done.err
    assert "weighings:" in orebook("template", "x.xlsx", "--list").out
