"""Papers of one shipment: what differs is listed, what cannot be compared is never agreement."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.papers import compare
from orebook.engines.papers.texts import hs_alike, incoterm_alike, name_alike, vessel_alike
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.finding import Finding
from orebook.model.read import record
from orebook.model.shape import check

HEAD = Head("example.org/b", 9, "00")
S = "shipment:1"


def kg(value: str, basis: str = "", unit: str = "KGM") -> dict[str, object]:
    return {"value": value, "unit": unit, **({"basis": basis} if basis else {})}


def facts(*bodies: dict[str, object], shipment: dict[str, object] | None = None) -> Facts:
    told = []
    for number, body in enumerate(bodies):
        whole = {"id": f"paper:{number}", "kind": "invoice", "shipment": S, "number": f"N{number}"}
        whole |= body
        sealed = whole.pop("sealed", None)
        assert check("trade_paper", whole) == []
        whole |= {"sealed": sealed} if sealed else {}
        told.append(record("trade_paper", whole, Ref("a" * 64, number, number)))
    if shipment is not None:
        body = {"id": S, **shipment}
        assert check("shipment", body) == []
        told.append(record("shipment", body, Ref("b" * 64, 0, len(bodies))))
    return facts_of(HEAD, "", "2026-11-25", told)


def of(*bodies: dict[str, object], shipment: dict[str, object] | None = None) -> Finding:
    return compare(facts(*bodies, shipment=shipment), S)


def verdict(finding: Finding, component: str) -> str | None:
    return next((p.verdict for p in finding.parts if p.component == component), None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (kg("19980", "wet"), kg("19.98", "wet", "TNE"), "agrees"),
        (kg("19980", "wet"), kg("20.0", "wet", "TNE"), "agrees"),  # rounded to 0.1 t
        (kg("19980", "wet"), kg("19890", "wet"), "disagrees"),
        (kg("19980", "wet"), kg("19981", "wet"), "disagrees"),
        (kg("19980", "wet"), kg("19980", "dry"), "cannot_be_told"),
        (kg("19980", "wet"), kg("19980"), "cannot_be_told"),
        (kg("19980"), kg("19980"), "agrees"),
        (kg("44048", "wet", "LBR"), kg("19980", "wet"), "agrees"),
    ],
)
def test_masses_agree_within_the_digits_printed_and_on_one_basis(one, other, expected) -> None:
    assert verdict(of({"net": one}, {"net": other}), "net mass") == expected


def test_wet_and_dry_are_joined_by_a_stated_moisture_alone() -> None:
    wet, dry = {"net": kg("19980", "wet")}, {"net": kg("18342", "dry")}
    assert verdict(of(wet, dry), "net mass") == "cannot_be_told"
    moisture = {"moisture": {"value": "8.2", "unit": "P1"}}
    assert verdict(of(wet, dry | moisture), "net mass") == "agrees"
    assert verdict(of(wet, {"net": kg("18900", "dry")} | moisture), "net mass") == "disagrees"
    told = of(wet, {"net": kg("19890", "wet")}, dry | moisture, dry).reasons[0]
    assert told.endswith("N3. At 8.2 % moisture 18,342 kg dry and 19,980 kg wet are the same.")
    other = {"moisture": {"value": "9.9", "unit": "P1"}}
    found = of(wet, dry | moisture, other)  # two moistures: which one joins them is not guessed
    assert verdict(found, "net mass") == "cannot_be_told"
    assert verdict(found, "moisture") == "disagrees"


def test_what_one_paper_alone_states_is_no_agreement() -> None:
    found = of({"net": kg("1", "wet")}, {"hs_code": "2617.10"})
    assert (found.verdict, found.parts) == ("cannot_be_told", ())
    assert "invoice" not in {m.what for m in found.missing}
    assert {"packing list", "certificate of analysis"} <= {m.what for m in found.missing}
    assert of().verdict == of({}).verdict == "cannot_be_told"


def test_a_sealed_value_takes_no_part() -> None:
    one = {"value": {"value": "186500", "currency": "USD"}}
    assert verdict(of(one, one), "value") == "agrees"
    assert verdict(of(one, {"sealed": {"value": "owner"}}), "value") is None


@pytest.mark.parametrize(
    ("attribute", "one", "other", "component", "expected"),
    [
        ("packages", 20, 19, "number of packages", "disagrees"),
        ("seals", ["S-1", "s 2"], ["S2", "S1"], "seals", "agrees"),
        ("seals", ["S-1", "S-2"], ["S-1"], "seals", "disagrees"),
        ("containers", ["EXMU 410233-4"], ["EXMU4102334"], "containers", "agrees"),
        ("hs_code", "2617.10", "2617100000", "HS code", "agrees"),
        ("hs_code", "2617.10", "2617.90", "HS code", "disagrees"),
        ("incoterm", "FOB Karachi", "CIF Karachi", "incoterm", "disagrees"),
        ("incoterm", "FOB Karachi 2020", "FOB Karachi", "incoterm", "cannot_be_told"),
        ("origin", "PK", "AF", "origin", "disagrees"),
        ("vessel", "Coast Pearl 26W", "COAST PEARL-26W", "vessel", "agrees"),
        ("sender", "Hill Antimony (Pvt) Ltd", "HILL ANTIMONY PRIVATE LIMITED", "sender", "agrees"),
        ("sender", "Hill Antimony Ltd", "Hill Mining Ltd", "sender", "cannot_be_told"),
        ("sender", "Hill Antimony Ltd", "Valley Trading", "sender", "disagrees"),
        ("shipped", "2026-03-14", "2026-03-15", "day of shipment", "disagrees"),
        ("shipped", "2026-03-14", "2026-03", "day of shipment", "cannot_be_told"),
    ],
)
def test_each_attribute_is_compared_by_its_own_rule(
    attribute, one, other, component, expected
) -> None:
    found = of({attribute: one}, {attribute: other})
    assert verdict(found, component) == expected
    assert found.verdict == expected


def test_values_of_two_currencies_or_terms_are_not_compared() -> None:
    usd, eur = ({"value": {"value": "100", "currency": c}} for c in ("USD", "EUR"))
    assert verdict(of(usd, eur), "value") == "cannot_be_told"
    fob, cif = (usd | {"incoterm": f"{t} Karachi"} for t in ("FOB", "CIF"))
    assert verdict(of(fob, cif), "value") == "cannot_be_told"
    more = {"value": {"value": "100.01", "currency": "USD"}}
    assert verdict(of(more, {"value": {"value": "100.03", "currency": "USD"}}), "value") == (
        "disagrees"
    )


def test_grades_and_bounds_are_compared() -> None:
    def sb(value: str, operator: str = "") -> dict[str, object]:
        grade = {"substance": "Sb", "grade": {"value": value, "unit": "P1"}}
        return {"results": [grade | ({"operator": operator} if operator else {})]}

    assert verdict(of(sb("58.3"), sb("58")), "Sb grade") == "agrees"
    assert verdict(of(sb("58.3"), sb("55")), "Sb grade") == "disagrees"
    assert verdict(of(sb("0.5", "<"), sb("0.4")), "Sb grade") == "cannot_be_told"
    assert verdict(of(sb("0.5", "<"), sb("0.6")), "Sb grade") == "disagrees"


def test_permissions_are_held_against_the_day_of_shipment() -> None:
    permit = {"kind": "export_permit", "valid_from": "2026-02-01", "valid_until": "2026-03-13"}
    lading = {"kind": "bill_of_lading", "shipped": "2026-03-14"}
    found = of(permit, lading, {"ship_by": "2026-03-14"})
    told = {p.component: p.verdict for p in found.parts}
    assert told == {
        "export permit N0 holds until 2026-03-13": "disagrees",
        "export permit N0 holds from 2026-02-01": "agrees",
        "invoice N2 asks for shipment by 2026-03-14": "agrees",
    }
    assert {p.verdict for p in of(permit).parts} == {"cannot_be_told"}


def test_a_permission_is_given_before_shipment_and_ends_after_it_begins() -> None:
    lading = {"kind": "bill_of_lading", "shipped": "2026-03-14", "issued": "2026-03-15"}
    late = {"kind": "no_objection", "issued": "2026-03-20"}
    upside = {"kind": "export_permit", "valid_from": "2026-03-01", "valid_until": "2025-03-31"}
    sound = {"kind": "export_permit", "issued": "2026-02-01", "valid_until": "2026-03-31"}
    wrong = [p for p in of(lading, late, upside, sound).parts if p.verdict == "disagrees"]
    assert [p.component for p in wrong] == [
        "issue of the no objection N1",
        "export permit N2 holds until 2025-03-31",
        "validity of the export permit N2",
    ]
    assert {p.verdict for p in of(lading, sound).parts} == {"agrees"}


def test_lots_on_a_paper_add_up_to_its_net_mass() -> None:
    lines = [{"number": f"L{n}", "mass": kg("500", "dry")} for n in range(2)]
    assert of({"net": kg("1000", "dry"), "lines": lines}).verdict == "agrees"
    assert of({"net": kg("1100", "dry"), "lines": lines}).verdict == "disagrees"
    assert of({"net": kg("1000", "wet"), "lines": lines}).verdict == "cannot_be_told"
    found = of({"net": kg("1000", "wet"), "gross": kg("900", "wet")})
    assert verdict(found, "gross below net") == "disagrees"


def test_the_record_of_the_shipment_counts_as_one_more_paper() -> None:
    bags = [{"id": f"b{n}", "seal": f"S{n}"} for n in range(3)]
    recorded = {"mass": kg("980", "wet"), "packages": bags, "hs_code": "261710"}
    found = of({"net": kg("890", "wet"), "packages": 3, "seals": ["S0", "S1"]}, shipment=recorded)
    told = {p.component: p.verdict for p in found.parts}
    assert told["net mass"] == told["seals"] == "disagrees"
    assert told["number of packages"] == "agrees"
    assert "the shipment as recorded" in found.reasons[0]


def test_a_later_statement_of_a_paper_takes_the_place_of_the_earlier() -> None:
    wrong = {"id": "paper:x", "net": kg("1", "wet")}
    right = {"id": "paper:x", "net": kg("2", "wet")}
    assert of(wrong, right, {"net": kg("2", "wet")}).verdict == "agrees"


@given(st.permutations(["19980", "19890", "19980.4"]))
def test_the_order_of_papers_changes_no_verdict(values: list[str]) -> None:
    found = of(*({"net": kg(v, "wet")} for v in values))
    assert verdict(found, "net mass") == "disagrees"


@given(st.text(max_size=30), st.text(max_size=30))
def test_comparing_texts_is_the_same_both_ways_and_one_is_itself(one: str, other: str) -> None:
    for alike in (name_alike, hs_alike, incoterm_alike):
        assert alike(one, other) == alike(other, one)
        assert alike(one, one) is not False


def test_every_pair_is_compared() -> None:
    for order in permutations(
        [("A", kg("1", "wet")), ("B", kg("1", "dry")), ("C", kg("2", "wet"))]
    ):
        assert verdict(of(*({"number": n, "net": m} for n, m in order)), "net mass") == "disagrees"


@pytest.mark.parametrize(
    ("told", "bare", "moisture", "expected"),
    [
        (kg("19890", "wet"), kg("19980"), None, "disagrees"),  # dry is never above wet
        (kg("19890", "wet"), kg("18280"), None, "cannot_be_told"),  # may be the dry one
        (kg("19890", "wet"), kg("19000"), "8.1", "disagrees"),  # neither wet nor dry
        (kg("19890", "wet"), kg("18279"), "8.1", "cannot_be_told"),
        (kg("18280", "dry"), kg("18100"), None, "disagrees"),  # wet is never below dry
        (kg("18280", "dry"), kg("19891"), "8.1", "cannot_be_told"),
        (kg("18280", "dry"), kg("20500"), "8.1", "disagrees"),
        (kg("18280", "dry"), kg("18280"), "8.1", "cannot_be_told"),
        (kg("18400", "dry"), kg("18000", "wet"), None, "disagrees"),
    ],
)
def test_a_mass_without_a_basis_differs_where_it_fits_neither_way(
    told, bare, moisture, expected
) -> None:
    more = {"moisture": {"value": moisture, "unit": "P1"}} if moisture else {}
    for pair in permutations(({"net": told}, {"net": bare})):
        assert verdict(of(*pair, more), "net mass") == expected


@pytest.mark.parametrize(
    ("limit", "mass", "moisture", "expected"),
    [
        (kg("25000"), kg("19890", "wet"), None, "agrees"),
        (kg("18980"), kg("19890", "wet"), None, "cannot_be_told"),  # a limit on dry mass may hold
        (kg("18000"), kg("19890", "wet"), "8.1", "disagrees"),
        (kg("18000"), kg("18280", "dry"), None, "disagrees"),
        (kg("19900", "wet"), kg("18280", "dry"), None, "cannot_be_told"),
        (kg("19900", "wet"), kg("18280", "dry"), "8.1", "agrees"),
        (kg("19000", "wet"), kg("18280", "dry"), "8.1", "disagrees"),
        (kg("18000", "dry"), kg("19890", "wet"), "8.1", "disagrees"),
        (kg("20000", "wet"), kg("19890"), None, "cannot_be_told"),
        (kg("19000", "wet"), kg("19890"), None, "disagrees"),
        (kg("19890", "wet"), kg("19.9", "wet", "TNE"), None, "agrees"),
        (kg("18341", "dry"), kg("19980", "wet"), "8.2", "agrees"),  # 18,342 at 8.20, not at 8.24 %
        (kg("18330", "dry"), kg("19980", "wet"), "8.2", "disagrees"),
        (kg("20", "wet", "TNE"), kg("20000", "wet"), None, "agrees"),
        (kg("20", "wet", "TNE"), kg("20100", "wet"), None, "disagrees"),  # no rounded figure
    ],
)
def test_a_permit_allows_a_mass_and_does_not_state_one(limit, mass, moisture, expected) -> None:
    more = {"moisture": {"value": moisture, "unit": "P1"}} if moisture else {}
    permit = {"kind": "export_permit", "number": "E-1", "net": limit}
    told = of(permit, {"net": mass}, more)
    assert verdict(told, "net mass") is None  # no two papers state it
    assert verdict(told, "net mass that the export permit E-1 allows") == expected


def test_a_vessel_is_the_same_without_its_prefix_and_untold_without_its_voyage() -> None:
    assert vessel_alike("MV Coast Pearl", "COAST PEARL") is True
    assert vessel_alike("Coast Pearl 26W", "m/v Coast Pearl") is None
    assert vessel_alike("Coast Pearl", "Coast Star") is False


def test_the_lines_of_a_certificate_are_its_lots() -> None:
    lines = [{"number": n, "mass": kg("500")} for n in ("L1", "L2")]
    lading = {"kind": "bill_of_lading", "lots": ["L-1", "L2"]}
    certificate = {"kind": "mineral_certificate", "lines": lines}
    assert verdict(of(certificate, lading), "lots") == "agrees"
    assert verdict(of(certificate, {**lading, "lots": ["L1", "L3"]}), "lots") == "disagrees"
