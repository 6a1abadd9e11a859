"""The papers of a shipment, from a sheet and from a book."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "shipment-papers" / "papers.csv"
SHIPMENT = "shipment:invented/antimony-papers"


def test_the_three_planted_disagreements_are_found_and_no_other(orebook) -> None:
    done = orebook("papers", "--file", EXAMPLE, "--json")
    assert done.code == 1
    (finding,) = done.json
    differ = [p for p in finding["parts"] if p["verdict"] == "disagrees"]
    assert len(differ) == 3
    told = " ".join(finding["reasons"])
    for words in ("19,890 kg wet on bill of lading KHI-770915", "S-10424", "2026-03-10"):
        assert words in told
    (unsure,) = [p for p in finding["parts"] if p["verdict"] == "cannot_be_told"]
    assert unsure["component"] == "receiver"
    text = orebook("papers", "--file", EXAMPLE)
    assert "10 papers" in text.out
    assert "they disagree" in text.out


def test_a_book_gives_the_same_and_what_is_sealed_takes_no_part(orebook, made: Path) -> None:
    assert orebook("capture", EXAMPLE, "--book", made).code == 0
    done = orebook("papers", SHIPMENT, "--book", made, "--json")
    assert done.code == 1
    parts = {p["component"] for p in done.json[0]["parts"]}
    assert {"value", "incoterm"} <= parts
    public = orebook("papers", SHIPMENT, "--book", made, "--json", "--reader", "public")
    seen = {p["component"] for p in public.json[0]["parts"]}
    assert parts - seen == {"value", "incoterm"}
    assert orebook("papers", "shipment:none", "--book", made).code == 2


def test_a_paper_is_added_with_its_file(orebook, made: Path, tmp_path: Path) -> None:
    scan = tmp_path / "bl.pdf"
    scan.write_bytes(b"%PDF-1.7 invented")
    words = ("--shipment", "shipment:1", "--book", made)
    net = ("--set", "net=19.89 t wet", "--set", "seals=S-1; S-2")
    done = orebook("paper", scan, "--kind", "bill_of_lading", "--number", "BL-1", *net, *words)
    assert done.code == 0, done.err
    assert "shipment:1/paper/bill_of_lading/BL-1" in done.out
    more = ("--set", "net=19980 kg wet", "--set", "seals=S-1; S-2")
    assert orebook("paper", scan, "--kind", "invoice", "--number", "I-1", *more, *words).code == 0
    told = orebook("papers", "shipment:1", "--book", made)
    assert told.code == 1
    said = told.out.replace("\u00a0", " ")
    assert "Net mass: 19.89 t wet on bill of lading BL-1; 19,980 kg wet on invoice I-1." in said
    public = orebook("export", "--book", made, "--kind", "document", "--reader", "public")
    assert '"sha256":"owner"' in public.out
    assert sha256(scan.read_bytes()).hexdigest() not in public.out
    assert orebook("audit", "--book", made).code == 0


def test_what_cannot_be_is_one_line(orebook, made: Path, tmp_path: Path) -> None:
    scan = tmp_path / "bl.pdf"
    scan.write_bytes(b"x")
    words = ("--shipment", "s", "--book", made)
    for more, said in (
        (("--kind", "ladle"), "expected one of packing_list"),
        (("--kind", "invoice", "--set", "colour=red"), "colour: expected one of id"),
        (("--kind", "invoice", "--set", "net=19980"), "net: expected"),
        (("--kind", "invoice", "--set", "net"), "NAME=VALUE"),
    ):
        done = orebook("paper", scan, *more, *words)
        assert (done.code, said in done.err) == (2, True), done.err
    assert orebook("papers").code == 2
    nothing = tmp_path / "a.csv"
    nothing.write_text("orebook:lots\nid\nl1\n")
    done = orebook("papers", "--file", nothing)
    assert (done.code, "at least one paper" in done.err) == (4, True)
