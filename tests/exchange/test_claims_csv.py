"""The claims register: every row read, every fault placed, the same rows written back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from orebook.exchange.claims_csv import CLAIMS_CSV, COLUMNS, source_id
from orebook.exchange.format import Read, Source
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check, shelves

ROW = {
    "id": "c1",
    "subject": "shipment",
    "property": "net_mass",
    "value": "12",
    "unit": "kg",
    "source_title": "A first shipment",
    "source_publisher": "The Paper",
    "source_date": "2025-10-02",
    "url_if_known": "",
    "status": "reported",
    "note": "",
}


def sheet(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, separator: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=separator, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    return text.getvalue()


def read(text: str | bytes) -> tuple[list[Read], list[Problem]]:
    data = text.encode() if isinstance(text, str) else text
    items = list(CLAIMS_CSV.read(io.BytesIO(data), Source("claims.csv", "d1")))
    reads = [i for i in items if isinstance(i, Read)]
    return reads, [i for i in items if isinstance(i, Problem)]


def written(facts: list[tuple[str, Body]]) -> list[dict[str, str]]:
    stream = io.BytesIO()
    assert CLAIMS_CSV.write is not None
    CLAIMS_CSV.write(facts, stream)
    return list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline="")))


def pairs(reads: list[Read]) -> list[tuple[str, Body]]:
    return [(r.kind, r.body) for r in reads]


def test_the_first_shipment_is_read_whole_and_written_back(cases: Path) -> None:
    path = cases / "first-shipment" / "claims.csv"
    data = path.read_bytes()
    assert CLAIMS_CSV.sniff(data[:4096], path.name) > 80
    reads, problems = read(data)
    assert problems == []
    claims = [r for r in reads if r.kind == "claim"]
    sources = [r for r in reads if r.kind == "source"]
    assert len(claims) == 132
    assert len(sources) == 58
    assert all(check(r.kind, r.body) == [] for r in reads)
    absent = [r.body["value"] for r in claims if r.body.get("standing") == "not_found"]
    assert len(absent) == 22
    assert all(isinstance(v, dict) and v["until"] == "2026-11-23" and v["where"] for v in absent)
    assert written(pairs(reads)) == list(csv.DictReader(io.StringIO(data.decode())))


def test_a_source_comes_once_before_its_first_claim() -> None:
    reads, problems = read(sheet({}, {"id": "c2", "value": "13"}, {"id": "c3", "source_date": ""}))
    assert problems == []
    assert [r.kind for r in reads] == ["source", "claim", "claim", "source", "claim"]
    assert reads[0].body["id"] == source_id("A first shipment", "The Paper", "2025-10-02")
    assert reads[1].body["source"] == reads[2].body["source"] == reads[0].body["id"]
    assert [r.place for r in reads] == ["line 2", "line 2", "line 3", "line 4", "line 4"]


def test_a_source_id_ignores_spaces_and_tells_the_four_apart() -> None:
    assert source_id(" A  b", "P") == source_id("A b", "P ")
    told = {
        source_id("A", "b"),
        source_id("Ab"),
        source_id("A", "", "b"),
        source_id("A", "", "", "b"),
    }
    assert len(told) == 4


def test_no_title_and_no_quotation_lies_in_the_clear() -> None:
    reads, _ = read(sheet({"note": "quoted", "about": ""}))
    hidden = {pointer for r in reads for pointer, _ in shelves(r.kind, r.body)}
    assert {"/title", "/publisher", "/subject", "/value", "/note"} <= hidden


def test_not_found_keeps_what_the_row_said() -> None:
    reads, problems = read(
        sheet({"status": "not_found", "value": "no tonnage"}, {"id": "c2", "status": "not found"})
    )
    assert problems == []
    values = [r.body["value"] for r in reads if r.kind == "claim"]
    where = {"absent": "not_found", "until": "2025-10-02", "where": "A first shipment"}
    assert values[0] == {**where, "note": "no tonnage"}
    assert written(pairs(reads))[0]["value"] == "no tonnage"


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"id": ""}, "A (id)", "missing-attribute"),
        ({"status": "rumoured"}, "J (status)", "unknown-word"),
        ({"source_date": "2025-13-40"}, "H (source_date)", "bad-date"),
        ({"source_title": ""}, "F (source_title)", "missing-attribute"),
        ({"value": ""}, "D (value)", "missing-value"),
        ({"property": ""}, "C (property)", "missing-attribute"),
        ({"status": "not_found", "source_date": ""}, "H (source_date)", "missing-date"),
        ({"id": "c0"}, "A (id)", "id-twice"),
    ],
)
def test_a_fault_names_line_and_column_and_the_rest_stands(
    change: dict[str, str], column: str, code: str
) -> None:
    reads, problems = read(sheet({"id": "c0"}, {**ROW, **change}, {"id": "c9"}))
    assert [r.body["id"] for r in reads if r.kind == "claim"] == ["c0", "c9"]
    assert [(p.code, p.place, p.file) for p in problems] == [
        (code, f"line 3, column {column}", "claims.csv")
    ]
    assert problems[0].expected
    assert problems[0].next_step


def test_one_fault_in_many_rows_is_told_once() -> None:
    rows = [{"id": f"c{i}", "status": "rumoured"} for i in range(40)]
    _, problems = read(sheet({"id": "ok"}, *rows))
    assert [p.place for p in problems] == ["lines 3 to 42, column J (status)"]


def test_a_row_cut_short_is_refused() -> None:
    reads, problems = read(sheet({}) + "c2,shipment,net_mass")
    assert len(reads) == 2
    assert [(p.code, p.place) for p in problems] == [("wrong-width", "line 3")]
    assert (problems[0].expected, problems[0].found) == ("11 cells", "3")


def test_a_missing_column_reads_nothing_and_an_unknown_one_is_told() -> None:
    reads, problems = read(sheet({}, columns=COLUMNS[1:]))
    assert (reads, [p.code for p in problems]) == ([], ["missing-column"])
    reads, problems = read(sheet({}, columns=(*COLUMNS, "mood")))
    assert len(reads) == 2
    assert [(p.code, p.place) for p in problems] == [("unknown-column", "line 1, column L")]


def test_an_open_quotation_mark_is_named() -> None:
    reads, problems = read(sheet({}) + 'c2,"open\n')
    assert reads == []
    assert [(p.code, p.place) for p in problems] == [("bad-csv", "line 3")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separator_and_encoding_are_found_out(separator: str, encoding: str) -> None:
    data = sheet({"value": "café, 30 %; no more"}, separator=separator).encode(encoding)
    assert CLAIMS_CSV.sniff(data, "claims.csv") > 80
    reads, problems = read(data)
    assert problems == []
    assert reads[1].body["value"] == "café, 30 %; no more"


def test_other_bytes_are_refused() -> None:
    assert read(b"\x81\x8d\x00")[1][0].code == "bad-encoding"
    assert CLAIMS_CSV.sniff(b"\x81\x8d\x00", "x.csv") == 0
    assert CLAIMS_CSV.sniff(b"bag,seal\n", "x.csv") == 0


RELAYING = (*COLUMNS, "relays", "about")


def test_relays_by_claim_by_source_and_by_title() -> None:
    other = {"id": "c2", "source_title": "The release", "source_publisher": "Embassy"}
    rows = [
        {"relays": "stated: c2; inferred: A wire story|Agency|2025-10-01"},
        other,
        {"id": "c3", "source_title": "Third", "relays": "stated: The release|Embassy|2025-10-02"},
        {"id": "c4", "source_title": "Fourth", "relays": "inferred: s-0123456789ab"},
    ]
    reads, problems = read(sheet(*rows, columns=RELAYING))
    assert problems == []
    bodies = {str(r.body["id"]): r.body for r in reads if r.kind == "source"}
    release = source_id("The release", "Embassy", "2025-10-02")
    wire = source_id("A wire story", "Agency", "2025-10-01")
    assert bodies[wire] == {
        "id": wire,
        "title": "A wire story",
        "publisher": "Agency",
        "date": "2025-10-01",
    }
    assert [b.get("relays") for b in bodies.values() if "relays" in b] == [
        [{"source": release, "basis": "stated"}, {"source": wire, "basis": "inferred"}],
        [{"source": release, "basis": "stated"}],
        [{"source": "s-0123456789ab", "basis": "inferred"}],
    ]
    again, problems = read(_text(pairs(reads)))
    assert problems == []
    assert {r.kind + str(r.body["id"]): r.body for r in again} == {
        r.kind + str(r.body["id"]): r.body for r in reads
    }


def _text(facts: list[tuple[str, Body]]) -> bytes:
    stream = io.BytesIO()
    assert CLAIMS_CSV.write is not None
    CLAIMS_CSV.write(facts, stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "relays", ["the wire", "stated: ", "copied: c2", "stated: c1", "stated: c1; inferred: X"]
)
def test_a_bad_relay_is_told_and_the_claim_stands(relays: str) -> None:
    reads, problems = read(sheet({"relays": relays}, columns=RELAYING))
    assert [r.kind for r in reads] == ["source", "claim"]
    assert {(p.code, p.place) for p in problems} == {("bad-relay", "line 2, column L (relays)")}


def test_about_is_a_list_of_identifiers() -> None:
    reads, problems = read(sheet({"about": "shipment-1; lot-2"}, columns=RELAYING))
    assert problems == []
    assert reads[1].body["about"] == ["shipment-1", "lot-2"]
    assert written(pairs(reads))[0]["about"] == "shipment-1; lot-2"


@pytest.mark.parametrize("text", ["=1+1", "@cmd", "+cmd|x", "-no", "'=quoted", "\tx"])
def test_no_cell_runs_in_a_spreadsheet_and_reads_back(text: str) -> None:
    facts: list[tuple[str, Body]] = [
        ("source", {"id": "s-1", "title": "T"}),
        ("claim", {"id": "c1", "subject": "x", "property": "p", "value": text, "source": "s-1"}),
    ]
    assert written(facts)[0]["value"] == f"'{text}"
    reads, _ = read(_text(facts))
    assert reads[1].body["value"] == text.strip()


@pytest.mark.parametrize("text", ["-12.5", "+3", "-30%", "1,200"])
def test_a_number_is_written_as_it_is(text: str) -> None:
    facts: list[tuple[str, Body]] = [
        ("source", {"id": "s-1", "title": "T"}),
        ("claim", {"id": "c1", "subject": "x", "property": "p", "value": text, "source": "s-1"}),
    ]
    assert written(facts)[0]["value"] == text


def test_a_sealed_text_is_marked_and_a_lost_source_refused() -> None:
    claim: Body = {"id": "c1", "subject": "x", "property": "p", "source": "s-1"}
    sealed: list[tuple[str, Body]] = [
        ("source", {"id": "s-1", "sealed": {"title": "public"}}),
        ("claim", {**claim, "sealed": {"value": "public"}}),
    ]
    (row,) = written(sealed)
    assert (row["source_title"], row["value"]) == ("(sealed)", "(sealed)")
    with pytest.raises(ReaderError, match="s-1"):
        written([("claim", claim)])
