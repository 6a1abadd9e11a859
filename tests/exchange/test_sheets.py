"""The shipment sheet as text: what it says, and what it alone shows to be wrong."""

from __future__ import annotations

import io

import pytest

from orebook.exchange.format import Read, Source
from orebook.exchange.sheets import SHIPMENT_SHEET
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

SHEET = """PACKING LIST
Shipment,KHI-7
Sender: frontier
Date,2 October 2025
Lot,L1
Material,antimony concentrate

Bag no,Seal,Gross (kg),Tare (kg),Net (kg),Moisture %,Assay,Paper number
1,S1,"1,010.5",10.5,1000.0,4.1,Sb 45.2 %; As < 0.1 %,P1
2,S2,1011,10.5,1000.5,4.1,Sb 45.2 %; As < 0.1 %,P1

3,S3,1012,10,1002,-,,P2
Total,,3033.5,31,3002.5
"""


def read(text: str | bytes, name: str = "sheet.csv") -> tuple[list[Read], list[Problem]]:
    data = text.encode() if isinstance(text, str) else text
    items = list(SHIPMENT_SHEET.read(io.BytesIO(data), Source(name, "doc-1")))
    reads = [i for i in items if isinstance(i, Read)]
    return reads, [i for i in items if isinstance(i, Problem)]


def shipment(reads: list[Read]) -> dict[str, object]:
    (body,) = [r.body for r in reads if r.kind == "shipment"]
    return body


def packages(reads: list[Read]) -> list[dict[str, object]]:
    found = shipment(reads)["packages"]
    assert isinstance(found, list)
    return found


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "KGM"}


def test_a_sheet_is_one_shipment_with_its_lot_and_assay() -> None:
    assert SHIPMENT_SHEET.sniff(SHEET.encode(), "sheet.csv") == 80
    reads, problems = read(SHEET)
    assert problems == []
    assert [r.kind for r in reads] == ["lot", "shipment", "assay"]
    assert all(check(r.kind, r.body) == [] for r in reads)
    assert reads[0].body == {"id": "L1", "material": "antimony concentrate"}
    body = shipment(reads)
    told = {k: v for k, v in body.items() if k != "packages"}
    assert told == {
        "id": "KHI-7",
        "sender": "frontier",
        "dispatched": "2025-10-02",
        "lots": ["L1"],
        "mass": kg("3002.5"),
        "note": "PACKING LIST",
    }
    assert packages(reads)[0] == {
        "id": "1",
        "seal": "S1",
        "gross": kg("1010.5"),
        "tare": kg("10.5"),
        "net": kg("1000.0"),
        "moisture": {"value": "4.1", "unit": "P1"},
        "assay": "Sb 45.2 %; As < 0.1 %",
        "paper": "P1",
    }
    assert "moisture" not in packages(reads)[2]
    assay = reads[2].body
    assert (assay["id"], assay["lot"], assay["sample"]) == ("KHI-7/assay/1", "L1", "2 bags 1, 2")
    assert "basis" not in assay


def test_a_sheet_without_a_total_row_states_no_total() -> None:
    reads, _ = read("Bag,Net (kg)\n1,10.5\n2,11.5\n")
    assert "mass" not in shipment(reads)


def test_a_shipment_without_a_number_is_named_by_its_document() -> None:
    reads, _ = read("Bag,Net (kg)\n1,10.5\n")
    assert shipment(reads)["id"] == "doc-1"


def test_an_assay_without_a_named_lot_stays_text() -> None:
    reads, problems = read("Bag,Assay\n1,Cu 24.3 %\n")
    assert problems == []
    assert [r.kind for r in reads] == ["shipment"]
    assert packages(reads) == [{"id": "1", "assay": "Cu 24.3 %"}]


@pytest.mark.parametrize(
    ("header", "net"),
    [
        ("Net (kg)", {"value": "12.5", "unit": "KGM"}),
        ("Net weight [t]", {"value": "12.5", "unit": "TNE"}),
        ("NET MASS, kg", {"value": "12.5", "unit": "KGM"}),
        ("Net wt. kgs.", {"value": "12.5", "unit": "KGM"}),
        ("Net dry (kg)", {"value": "12.5", "unit": "KGM", "basis": "dry"}),
        ("Dry net weight (t)", {"value": "12.5", "unit": "TNE", "basis": "dry"}),
        ("Net (wmt)", {"value": "12.5", "unit": "TNE", "basis": "wet"}),
        ("Net wet kg", {"value": "12.5", "unit": "KGM", "basis": "wet"}),
    ],
)
def test_headers_in_several_spellings(header: str, net: dict[str, str]) -> None:
    reads, problems = read(f'Drum No.,"{header}"\n1,12.5\n')
    assert problems == []
    assert packages(reads) == [{"id": "1", "net": net}]


def test_a_column_per_element_is_an_assay() -> None:
    reads, problems = read("Lot,L1\nBag #,Cu (%),Au g/t\n1,24.3,0.5\n2,24.3,0.5\n")
    assert problems == []
    assay = reads[-1].body
    assert assay["results"] == [
        {"substance": "Cu", "grade": {"value": "24.3", "unit": "P1"}},
        {"substance": "Au", "grade": {"value": "0.5", "unit": "NA"}},
    ]
    assert packages(reads)[0]["assay"] == "Cu 24.3 %; Au 0.5 g/t"


def test_a_row_of_units_belongs_to_the_header() -> None:
    reads, problems = read("Bag,Gross,Net\n,kg,(t)\n1,12.5,0.01\n")
    assert problems == []
    assert packages(reads)[0]["net"] == {"value": "0.01", "unit": "TNE"}


def test_a_lot_by_the_bag() -> None:
    reads, problems = read("Bag,Lot,Assay\n1,A,Cu 24.3 %\n2,B,Cu 24.3 %\n3,B,Cu 24.3 %\n")
    assert problems == []
    assert [r.body["lot"] for r in reads if r.kind == "assay"] == ["A", "B"]
    assert shipment(reads)["lots"] == ["A", "B"]


ROW = "1,S1,1010,10,1000,4,Cu 24.3 %,P1"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (ROW.replace("1000", "900"), "E (net)", "net-differs"),
        (ROW.replace("1000", "900 stone"), "E (net)", "unknown-unit"),
        (ROW.replace(",1000", ",-1000"), "E (net)", "negative-mass"),
        (ROW.replace(",4,", ",140,"), "F (moisture)", "fraction-out-of-range"),
        (ROW.replace("24.3 %", "124.3 %"), "G (assay)", "fraction-out-of-range"),
        (ROW.replace("Cu", "Xx"), "G (assay)", "unknown-substance"),
        (ROW.replace("24.3 %", "n.d."), "G (assay)", "no-figure"),
        (ROW.replace("1,S1", ",S1"), "A (bag)", "missing-bag"),
        (ROW.replace("1,S1", "9,S1"), "A (bag)", "bag-twice"),
        (ROW.replace("S1", "S9"), "B (seal)", "seal-twice"),
        ("Signed: somebody,,,,,,,", "A (bag)", "row-says-nothing"),
        (ROW.replace("1010", "12 Mg"), "C (gross)", "unknown-unit"),
        (ROW.replace("1010", "ten"), "C (gross)", "not-a-number"),
    ],
)
def test_a_bad_row_names_its_cell_and_the_others_stand(row: str, column: str, code: str) -> None:
    head = "Bag,Seal,Gross (kg),Tare (kg),Net (kg),Moisture (%),Assay,Paper\n"
    good = "9,S9,1010.5,10,1000.5,4,Cu 24.3 %,P1\n"
    reads, problems = read(head + good + row + "\n" + good.replace("9,S9", "8,S8"))
    assert [(p.code, p.place, p.file) for p in problems] == [
        (code, f"line 3, column {column}", "sheet.csv")
    ]
    assert problems[0].expected
    assert problems[0].next_step
    assert [bag["id"] for bag in packages(reads)] == ["9", "8"]


@pytest.mark.parametrize(("net", "wrong"), [("1000", False), ("1001", False), ("1002", True)])
def test_rounding_is_not_a_fault(net: str, wrong: bool) -> None:
    _, problems = read(f"Bag,Gross (kg),Tare (kg),Net (kg)\n1,1010,10,{net}\n")
    assert [p.code for p in problems] == (["net-differs"] if wrong else [])


def test_dry_net_is_not_held_against_wet_gross() -> None:
    reads, problems = read("Bag,Gross (kg),Tare (kg),Net dry (kg)\n1,1010.5,10,950\n")
    assert problems == []
    assert packages(reads)[0]["net"] == {**kg("950"), "basis": "dry"}


def test_a_total_that_is_not_the_sum_is_a_fault() -> None:
    reads, problems = read("Bag,Net (kg)\n1,10.5\n2,11.5\nTotal,30.0\n")
    assert [(p.code, p.place) for p in problems] == [("total-differs", "line 4, column B (net)")]
    assert problems[0].expected == "the sum of the rows, 22.0 kg"
    assert "mass" not in shipment(reads)


def test_one_fault_in_many_rows_is_told_once_with_every_row() -> None:
    rows = "".join(f"{i},{i},000\n".replace(f"{i},000", f'"{i},000"') for i in range(1, 30))
    reads, problems = read("Bag,Net (kg)\n" + rows)
    assert reads == []
    assert [p.place for p in problems] == ["lines 2 to 30, column B (net)"]
    assert problems[0].code == "ambiguous-number"
    assert "Decimal sign" in problems[0].next_step


@pytest.mark.parametrize(
    ("line", "value"), [("Decimal sign,point", "1200"), ("Decimal sign: comma", "1.200")]
)
def test_a_declared_decimal_sign_settles_the_sheet(line: str, value: str) -> None:
    reads, problems = read(f'{line}\nBag,Net (kg)\n1,"1,200"\n')
    assert problems == []
    assert packages(reads)[0]["net"] == kg(value)


def test_a_clear_figure_settles_the_sheet() -> None:
    reads, problems = read("Bag;Netto (kg)\n1;1.200,5\n2;1.200\n")
    assert problems == []
    assert [bag["net"] for bag in packages(reads)] == [kg("1200.5"), kg("1200")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Date,02/10/2025", "bad-line"),
        ("Date,31 February 2025", "bad-line"),
        ("Decimal sign,both", "bad-line"),
        ("Basis,moist", "bad-line"),
        ("Lot,A\nLot,B", "line-twice"),
    ],
)
def test_a_line_above_that_can_be_read_two_ways_is_a_fault(line: str, code: str) -> None:
    _, problems = read(f"{line}\nBag,Net (kg)\n1,12.5\n")
    assert [p.code for p in problems] == [code]
    assert problems[0].place.startswith("line ")


def test_unknown_and_double_columns_are_told() -> None:
    reads, problems = read("Bag,Net (kg),Colour,Net (t)\n1,12.5,red,0.0125\n")
    assert [(p.code, p.place) for p in problems] == [
        ("unknown-column", "line 1, column C"),
        ("column-twice", "line 1, column D (net)"),
    ]
    assert packages(reads) == [{"id": "1", "net": kg("12.5")}]


@pytest.mark.parametrize("text", ["", "hello\n", "a,b\n1,2\n", "Bag,Paper\n1,2\n"])
def test_a_text_without_a_table_of_bags_is_refused(text: str) -> None:
    reads, problems = read(text)
    assert (reads, [p.code for p in problems]) == ([], ["no-table"])
    assert SHIPMENT_SHEET.sniff(text.encode(), "sheet.csv") == 0


def test_ten_thousand_columns_are_refused() -> None:
    reads, problems = read("Bag,Net (kg)" + "," * 10_000 + "\n1,12.5\n")
    assert (reads, [(p.code, p.place) for p in problems]) == ([], [("too-large", "line 1")])


def test_a_consignment_too_large_for_one_statement_is_refused_with_the_way_out() -> None:
    reads, problems = read("Bag,Net (kg)\n" + "".join(f"bag-{i},12.5\n" for i in range(2000)))
    assert [r.kind for r in reads] == []
    assert [p.code for p in problems] == ["too-large"]
    assert "consignments of at most" in problems[0].next_step


def written(facts: list[tuple[str, Body]]) -> bytes:
    stream = io.BytesIO()
    assert SHIPMENT_SHEET.write is not None
    SHIPMENT_SHEET.write(facts, stream)
    return stream.getvalue()


def test_a_sheet_is_written_and_read_back() -> None:
    reads, _ = read(SHEET)
    again, problems = read(written([(r.kind, r.body) for r in reads]))
    assert problems == []
    assert [(r.kind, r.body) for r in again] == [(r.kind, r.body) for r in reads]


def test_a_seal_never_runs_as_a_formula() -> None:
    bag: Body = {"id": "1", "seal": "=HYPERLINK(1)", "net": kg("1.5")}
    data = written([("shipment", {"id": "x", "packages": [bag]})])
    assert b"'=HYPERLINK(1)" in data
    assert packages(read(data)[0]) == [bag]


@pytest.mark.parametrize(
    "body",
    [
        {"id": "x", "value": {"value": "1", "currency": "USD"}},
        {"id": "x", "lots": ["a", "b"]},
        {"id": "x", "mass": {"value": "1", "unit": "KGM"}},
        {"id": "x", "sender": {"absent": "withheld"}},
        {"id": "x", "packages": [{"id": "1", "net": {"absent": "withheld"}}]},
    ],
)
def test_what_a_sheet_cannot_say_is_refused(body: Body) -> None:
    with pytest.raises(ReaderError):
        written([("shipment", body)])
    with pytest.raises(ReaderError, match="one shipment, not 0"):
        written([])


def test_a_basis_line_gives_the_basis_of_the_net_column_alone() -> None:
    reads, problems = read("Basis,dry\nBag,Gross (kg),Net (kg)\n1,1010.5,950\n")
    assert problems == []
    assert packages(reads) == [
        {"id": "1", "gross": kg("1010.5"), "net": {**kg("950"), "basis": "dry"}}
    ]


@pytest.mark.parametrize("text", [SHEET, SHEET.replace(",", ";").replace(".", ",")])
@pytest.mark.parametrize("cut", range(0, 400, 37))
def test_a_sheet_cut_short_never_raises_and_gives_sound_facts(text: str, cut: int) -> None:
    reads, problems = read(text[: len(text) - cut])
    assert reads or problems
    assert all(check(r.kind, r.body) == [] for r in reads)
