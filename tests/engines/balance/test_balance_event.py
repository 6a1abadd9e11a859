"""One event's balance: bases, grades, bounds from one side, and what is missing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orebook.engines.balance import balance, parse_assumption, part_of
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.problem import NotFound, ReaderError
from orebook.model.read import record

SURE = {"kind": "exact"}


def kg(value: str, basis: str = "dry", sd: str | None = None, **more):
    doubt = SURE if sd is None else {"kind": "normal", "sd": sd}
    return {"value": value, "unit": "KGM", "basis": basis, "doubt": doubt, **more}


def pct(value: str, sd: str | None = None, **more):
    doubt = SURE if sd is None else {"kind": "normal", "sd": sd}
    return {"value": value, "unit": "P1", "doubt": doubt, **more}


def assay(lot: str, ident: str = "", basis: str = "dry", op: str = "=", **grades):
    results = [
        {"substance": s, "operator": op, "grade": g if isinstance(g, dict) else pct(g)}
        for s, g in grades.items()
    ]
    return "assay", {"id": ident or f"a-{lot}", "lot": lot, "basis": basis, "results": results}


def run(inputs, outputs, kind: str = "smelt"):
    flows = {
        side: [{"lot": lot, **({"mass": m} if m else {}), **extra} for lot, m, extra in given]
        for side, given in (("inputs", inputs), ("outputs", outputs))
    }
    return "event", {"id": "e", "kind": kind, **flows}


def tell(build, bodies, *texts: str, elements=None):
    chosen = [parse_assumption(t) for t in texts]
    return balance(build(bodies), event="e", elements=elements, assumptions=chosen)


def gap(part) -> Decimal | None:
    found = part.figure("gap")
    assert found is not None
    return found.value


def closing_bodies():
    return [
        run(
            [("ore", kg("1000"), {})],
            [("conc", kg("100"), {}), ("tail", kg("900"), {})],
            "concentrate",
        ),
        assay("ore", Cu="3"),
        assay("conc", Cu="25"),
        assay("tail", Cu=pct("0.55555", "0.01")),
    ]


def test_a_concentrator_closes_in_metal_and_dry_mass(build) -> None:
    finding = tell(build, closing_bodies())
    assert finding.verdict == "adds_up"
    assert [p.component for p in finding.parts] == ["dry mass", "Cu"]
    copper = finding.parts[1]
    assert gap(copper) == Decimal("-0.00005")
    flow = copper.figure("flow/out/0")
    assert flow is not None
    assert (flow.value, flow.label) == (25, "conc")
    standard = copper.figure("gap").standard
    assert standard == Decimal("0.09")


def test_oxide_is_turned_into_element(build) -> None:
    bodies = [
        run([("carb", kg("100"), {})], [("oxide", kg("50"), {})], "separate"),
        assay("carb", Nd=pct("42.8678", "0.01")),
        assay("oxide", Nd2O3="100"),
    ]
    part = part_of(tell(build, bodies), "Nd")
    assert part is not None
    out = part.figure("out")
    assert out is not None
    assert out.value is not None
    # Nd 144.242(3), O 15.999: 2 × 144.242 / (2 × 144.242 + 3 × 15.999) = 0.857356
    assert abs(out.value - Decimal("42.8678")) < Decimal("0.0002")
    assert part.verdict == "adds_up"


def test_a_group_cannot_be_turned_into_an_element(build) -> None:
    bodies = [
        run([("carb", kg("100"), {})], [("oxide", kg("50"), {})], "separate"),
        assay("carb", TREO="50"),
        assay("oxide", Nd2O3="100"),
    ]
    part = part_of(tell(build, bodies), "Nd")
    assert part is not None
    # 42.9 kg of neodymium may be in 100 kg of anything.
    assert part.verdict == "cannot_be_told"
    assert [(m.what, m.subject) for m in part.missing] == [("assay of Nd of lot carb", "carb")]
    assert "TREO" in part.missing[0].why


def test_what_surely_went_in_too_little_decides_from_one_side(build) -> None:
    bodies = [
        run([("a", kg("100"), {})], [("b", kg("50"), {}), ("c", kg("900"), {})]),
        assay("a", Cu="30"),
        assay("b", Cu="80"),
    ]
    part = part_of(tell(build, bodies), "Cu")
    assert part is not None
    assert part.verdict == "does_not_add_up"
    assert gap(part) is None
    assert "whatever the unknown" in part.reasons[0]
    assert "assay of Cu of lot c" in {m.what for m in part.missing}
    bodies[2] = assay("b", Cu="59")
    assert tell(build, bodies).verdict == "cannot_be_told"


def test_more_metal_than_the_input_weighs_decides_without_its_grade(build) -> None:
    bodies = [run([("a", kg("10"), {})], [("b", kg("50"), {})]), assay("b", Cu="80")]
    assert tell(build, bodies).verdict == "does_not_add_up"
    bodies = [run([("a", kg("40"), {})], [("b", kg("50"), {})]), assay("b", Cu="80")]
    assert tell(build, bodies).verdict == "cannot_be_told"


def test_less_out_than_surely_went_in_needs_every_output_bounded(build) -> None:
    flows = [("b", kg("50"), {}), ("c", kg("10"), {})]
    bodies = [run([("a", kg("100"), {})], flows), assay("a", Cu="90"), assay("b", Cu="80")]
    assert tell(build, bodies).verdict == "does_not_add_up"
    bodies[0] = run([("a", kg("100"), {})], [("b", kg("50"), {}), ("c", None, {})])
    assert tell(build, bodies).verdict == "cannot_be_told"


def test_an_unstated_doubt_that_cannot_matter_does_not_matter(build) -> None:
    loose = {"value": "30", "unit": "P1"}
    bodies = [
        run([("a", kg("100"), {})], [("b", kg("200"), {})]),
        assay("a", Cu=loose),
        assay("b", Cu="90"),
    ]
    assert tell(build, bodies).verdict == "does_not_add_up"
    bodies[0] = run([("a", kg("700"), {})], [("b", kg("200"), {})])
    assert tell(build, bodies).verdict == "cannot_be_told"


def test_wet_mass_takes_the_moisture_of_lot_or_assay(build) -> None:
    bodies = [
        run([("a", kg("1000", "wet"), {})], [("b", kg("270"), {})]),
        ("lot", {"id": "a", "moisture": pct("10")}),
        assay("a", Cu="30"),
        assay("b", Cu="100"),
    ]
    assert tell(build, bodies).verdict == "adds_up"
    bodies[1] = ("lot", {"id": "a"})
    assert tell(build, bodies).verdict == "cannot_be_told"
    bodies[2][1]["moisture"] = pct("10")
    part = part_of(tell(build, bodies), "Cu")
    assert part is not None
    assert part.verdict == "adds_up"
    broken = part.figure("break_even/assay:a-a/moisture")
    assert broken is not None
    assert broken.value == Decimal("0.1")


def test_a_grade_as_received_stands_on_wet_mass(build) -> None:
    def bodies(mass_basis: str):
        return [
            run([("a", kg("900", mass_basis), {})], [("b", kg("270"), {})]),
            ("lot", {"id": "a", "moisture": pct("10")}),
            assay("a", basis="as_received", Cu="27"),
            assay("b", Cu="100"),
        ]

    dry = part_of(tell(build, bodies("dry")), "Cu")
    wet = part_of(tell(build, bodies("wet")), "Cu")
    assert dry is not None
    assert wet is not None
    assert (gap(dry), dry.verdict) == (0, "adds_up")
    assert (gap(wet), wet.verdict) == (27, "does_not_add_up")


def test_unstated_basis_never_passes_even_if_the_figures_agree(build) -> None:
    bodies = [
        run([("a", kg("100", "unstated"), {})], [("b", kg("30"), {})]),
        assay("a", Cu="30"),
        assay("b", Cu="100"),
    ]
    assert tell(build, bodies).verdict == "cannot_be_told"
    assert tell(build, bodies, "basis=dry").verdict == "adds_up"
    assert tell(build, bodies, "basis:a=dry").verdict == "adds_up"
    assert tell(build, bodies, "basis:b=dry").verdict == "cannot_be_told"


def test_a_reading_below_its_limit_is_a_range(build) -> None:
    def bodies(limit: str):
        return [
            run([("a", kg("1000"), {})], [("b", kg("29"), {}), ("t", kg("900"), {})]),
            assay("a", Cu="3"),
            assay("b", Cu="100"),
            assay("t", op="<", Cu=limit),
        ]

    part = part_of(tell(build, bodies("0.2")), "Cu")
    assert part is not None
    found = part.figure("gap")
    assert found is not None
    assert (found.low, found.high) == (Decimal(-1), Decimal("0.8"))
    assert part.verdict == "adds_up"
    assert tell(build, bodies("0.1")).verdict == "does_not_add_up"
    # exactly at the limit: neither passed nor failed
    at = [*bodies("0.2")[:3], assay("t", op="≤", Cu="0.1111111111111111111111111111")]
    assert tell(build, at).verdict == "cannot_be_told"


def test_the_umpire_is_used_and_the_rivals_named(build) -> None:
    bodies = [
        run([("a", kg("100"), {})], [("b", kg("29"), {})]),
        assay("a", "declared", Cu="31"),
        assay("a", "umpire", Cu="29"),
        assay("a", "cert", Cu="30"),
        assay("b", Cu="100"),
    ]
    for body, standing in zip(bodies[1:4], ("declared", "umpire", "certificate"), strict=True):
        body[1]["standing"] = standing
    part = part_of(tell(build, bodies), "Cu")
    assert part is not None
    assert part.verdict == "adds_up"
    note = next(r for r in part.reasons if "rivals" in r)
    assert note.index("umpire") < note.index("rivals") < note.index("cert (") < note.index("31 %")


def test_of_two_certificates_the_latest_counts(build) -> None:
    bodies = [
        run([("a", kg("100"), {})], [("b", kg("30"), {})]),
        assay("a", "new", Cu="30"),
        assay("a", "old", Cu="31"),
        assay("b", Cu="100"),
    ]
    bodies[1][1]["when"] = "2025-02-01"
    bodies[2][1]["when"] = "2025-01-01"
    assert tell(build, bodies).verdict == "adds_up"


def test_a_reagent_brings_none_and_tailings_count(build) -> None:
    bodies = [
        run(
            [("a", kg("100"), {}), ("acid", None, {"role": "reagent"})],
            [("b", kg("20"), {}), ("t", kg("50"), {"role": "tailings"})],
            "crack_leach",
        ),
        assay("a", Cu="30"),
        assay("b", Cu="100"),
        assay("t", Cu="20"),
    ]
    assert tell(build, bodies).verdict == "adds_up"
    del bodies[0][1]["inputs"][1]["role"]
    assert tell(build, bodies).verdict == "cannot_be_told"


def test_contained_mass_needs_no_grade(build) -> None:
    held = kg("85.7356", "contained", of="Nd", doubt={"kind": "normal", "sd": "0.01"})
    bodies = [run([("a", held, {})], [("b", kg("100"), {})], "separate"), assay("b", Nd2O3="100")]
    assert tell(build, bodies).verdict == "adds_up"
    bodies.append(assay("b", "more", Pr="1"))
    part = part_of(tell(build, bodies), "Pr")
    assert part is not None
    assert part.verdict == "cannot_be_told"


def test_the_lots_mass_serves_where_the_flow_has_none_once(build) -> None:
    bodies = [
        run([("a", None, {})], [("b", kg("30"), {})]),
        ("lot", {"id": "a", "mass": kg("100")}),
        assay("a", Cu="30"),
        assay("b", Cu="100"),
    ]
    assert tell(build, bodies).verdict == "adds_up"
    bodies[0][1]["inputs"].append({"lot": "a"})
    finding = tell(build, bodies)
    assert finding.verdict == "cannot_be_told"
    assert any("more than once" in m.why for m in finding.missing)


def test_what_if_overrides_are_visible(build) -> None:
    bodies = closing_bodies()
    finding = tell(build, bodies, "mass:conc=110 kg", "grade:ore:Cu=4%")
    part = part_of(finding, "Cu")
    assert part is not None
    assert gap(part) == Decimal("27.5") + Decimal("4.99995") - 40
    assert len(finding.assumptions) == 2
    assert part.figure("gap").state == "assumed"
    idle = tell(build, bodies, "moisture:nowhere=3%")
    assert any("touched nothing" in r for r in idle.reasons)


def test_two_assumptions_on_one_thing_are_refused(build) -> None:
    with pytest.raises(ReaderError, match="decide the same thing"):
        tell(build, closing_bodies(), "basis=dry", "basis=wet")
    with pytest.raises(ReaderError, match="decide the same thing"):
        tell(build, closing_bodies(), "as-written", "relative:1%")


def test_relative_doubt_by_measure(build) -> None:
    loose = {"value": "30", "unit": "P1"}
    bodies = [
        run([("a", kg("100"), {})], [("b", kg("31"), {})]),
        assay("a", Cu=loose),
        assay("b", Cu="100"),
    ]
    assert tell(build, bodies, "relative:grade:2%").verdict == "adds_up"
    assert tell(build, bodies, "relative:1%").verdict == "does_not_add_up"
    assert tell(build, bodies, "relative:mass:2%").verdict == "cannot_be_told"


def test_a_kind_that_conserves_nothing_says_so(build) -> None:
    bodies = [run([("a", kg("1"), {})], [("a", kg("1"), {})], "prepare"), assay("a", Cu="3")]
    finding = tell(build, bodies)
    assert (finding.verdict, finding.parts) == ("cannot_be_told", ())
    assert any("conserves nothing that can be checked" in r for r in finding.reasons)


def test_absent_sides_cannot_be_told(build) -> None:
    lone = ("event", {"id": "e", "kind": "smelt", "outputs": [{"lot": "b", "mass": kg("1")}]})
    finding = tell(build, [lone, assay("b", Cu="90")])
    assert finding.verdict == "cannot_be_told"
    assert "inputs" in {m.what for m in finding.missing}
    empty = tell(build, [("event", {"id": "e", "kind": "smelt"})])
    assert {m.what for m in empty.missing} == {"inputs", "outputs"}


def test_a_sealed_grade_is_unknown_and_says_since_when() -> None:
    bodies = closing_bodies()
    bodies[1][1]["results"][0].pop("grade")
    bodies[1][1]["results"][0]["sealed"] = {"grade": "owner"}
    records = [record(k, b, Ref(f"{n:064x}", 0, n)) for n, (k, b) in enumerate(bodies)]
    facts: Facts = facts_of(Head("x", 4, ""), "", "2026-01-01", records)
    part = part_of(balance(facts, event="e"), "Cu")
    assert part is not None
    assert part.verdict == "cannot_be_told"
    assert any("sealed since entry 1" in m.why for m in part.missing)


def test_elements_can_be_named(build) -> None:
    finding = tell(build, closing_bodies(), elements=["Au"])
    assert [p.component for p in finding.parts] == ["Au"]
    assert finding.verdict == "cannot_be_told"
    with pytest.raises(ReaderError, match="element symbol"):
        tell(build, closing_bodies(), elements=["copper"])


def test_an_unknown_event_is_not_found(build) -> None:
    with pytest.raises(NotFound, match="nothing-here"):
        balance(build(closing_bodies()), event="nothing-here")


def test_the_finding_goes_out_as_json(build) -> None:
    body = tell(build, closing_bodies()).as_json()
    assert body["verdict"] == "adds_up"
    assert body["parts"][1]["component"] == "Cu"  # type: ignore[index]


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_what_nobody_recorded_is_not_nil_so_there_is_no_gap(build, side) -> None:
    ore = ("ore", kg("1000", sd="5"), {})
    bodies = [run([ore], []) if side == "outputs" else run([], [ore]), assay("ore", Cu="2")]
    told = tell(build, bodies)
    assert told.verdict == "cannot_be_told"
    assert any(m.what == side for m in told.missing)
    for part in told.parts:
        assert gap(part) is None
        assert part.figure("gap_in_doubts").value is None
        assert not any(reason.startswith("Gap") for reason in part.reasons)
        assert not any(f.name.startswith("break_even") for f in part.figures)
