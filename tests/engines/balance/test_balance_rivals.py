"""What would close the smelter's gap, and whether the declared scrap does."""

from __future__ import annotations

from decimal import Decimal

from orebook.engines.balance import explain_with_scrap, parse_assumption, rivals
from orebook.engines.balance.ranked import ranked


def chosen(*texts: str):
    return [parse_assumption(t) for t in texts]


def value(finding, name: str) -> Decimal:
    shown = finding.figure(name)
    assert shown is not None
    assert shown.value is not None
    return shown.value


def by_label(finding) -> dict[str, str]:
    return {p.question: p.verdict for p in finding.parts}


def test_the_scrap_covers_it_only_if_dry(build, smelter) -> None:
    finding = explain_with_scrap(build(smelter()), event="make", element="Cu")
    assert finding.verdict == "covered_only_if_dry"
    assert value(finding, "declared_scrap") == 1200
    assert value(finding, "gap") == 999
    assert abs(value(finding, "recovery") - Decimal(8799) / 9000) < Decimal("1e-25")
    assert abs(value(finding, "break_even_moisture") - Decimal(201) / 9000) < Decimal("1e-25")
    assert finding.figure("unexplained") is None


def test_at_eight_per_cent_519_kg_stay_unexplained(build, smelter) -> None:
    open_ = explain_with_scrap(
        build(smelter()), event="make", element="Cu", assumptions=chosen("moisture=8%")
    )
    assert value(open_, "unexplained") == 519
    wet = explain_with_scrap(
        build(smelter()), event="make", element="Cu", assumptions=chosen("moisture=8%", "basis=wet")
    )
    assert (wet.verdict, value(wet, "unexplained")) == ("not_covered", 519)


def test_dry_it_is_covered(build, smelter) -> None:
    finding = explain_with_scrap(
        build(smelter()), event="make", element="Cu", assumptions=chosen("basis=dry")
    )
    assert finding.verdict == "covered"


def test_without_a_passport_nothing_can_be_told(build, smelter) -> None:
    bodies = smelter()
    bodies[1][1].pop("materials")
    finding = explain_with_scrap(build(bodies), event="make", element="Cu")
    assert finding.verdict == "cannot_be_told"
    assert "recycled share of the outputs" in {m.what for m in finding.missing}


def test_a_lots_recycled_share_serves_where_no_material_is_listed(build, smelter) -> None:
    bodies = smelter()
    bodies[1][1].pop("materials")
    bodies[1][1]["recycled_share"] = {"value": "5", "unit": "P1"}
    finding = explain_with_scrap(build(bodies), event="make", element="Cu")
    assert (finding.verdict, value(finding, "unexplained")) == ("not_covered", 499)


def test_rivals_stand_side_by_side(build, smelter) -> None:
    finding = rivals(build(smelter()), event="make", element="Cu")
    assert by_label(finding) == {
        "mass of copper concentrate": "cannot_be_told",
        "grade (Cu) of copper concentrate": "cannot_be_told",
        "mass of copper cathode": "cannot_be_told",
        "grade (Cu) of copper cathode": "cannot_be_told",
        "moisture of copper concentrate": "outside",
        "scrap that the event does not list (as if pure Cu)": "cannot_be_told",
    }
    assert finding.verdict == "cannot_be_told"


def test_rivals_as_written_and_dry_leave_the_scrap_alone(build, smelter) -> None:
    finding = rivals(
        build(smelter()), event="make", element="Cu", assumptions=chosen("as-written", "basis=dry")
    )
    inside = [label for label, verdict in by_label(finding).items() if verdict == "inside"]
    assert inside == ["scrap that the event does not list (as if pure Cu)"]
    assert finding.verdict == "inside"


def test_a_needed_grade_above_the_pure_mineral_is_outside(build, smelter) -> None:
    bodies = smelter()
    bodies[0][1]["mineral"] = "chalcopyrite"
    bodies[4][1]["outputs"][0]["mass"]["value"] = "11000"
    finding = rivals(build(bodies), event="make", element="Cu")
    part = next(p for p in finding.parts if p.question == "grade (Cu) of copper concentrate")
    assert part.verdict == "outside"
    assert "chalcopyrite" in part.reasons[0]


def test_less_out_than_in_asks_for_an_unlisted_output(build, smelter) -> None:
    bodies = smelter()
    bodies[4][1]["outputs"][0]["mass"]["value"] = "8000"
    finding = rivals(build(bodies), event="make", element="Cu")
    label = "an output of Cu nobody lists: tailings, slag or a loss"
    part = next(p for p in finding.parts if p.question == label)
    assert value(part, "needed") == Decimal("1000.8")


def test_a_missing_grade_leaves_nothing_to_explain(build, smelter) -> None:
    bodies = smelter()
    bodies.pop(2)
    finding = rivals(build(bodies), event="make", element="Cu")
    assert (finding.verdict, finding.parts) == ("cannot_be_told", ())


def test_what_nature_does_not_allow_is_ranked_last_and_says_so(build, smelter) -> None:
    """Of 10 000 kg out 5 000 kg are missing: the 5 000 kg of slag would need a grade below zero."""
    bodies = smelter()
    bodies[4][1]["outputs"][0]["mass"]["value"] = "15000"
    bodies += [
        ("lot", {"id": "slag", "form": "residue"}),
        ("assay", {"id": "slag-1", "lot": "slag", "results": [
            {"substance": "Cu", "grade": {"value": "2", "unit": "P1"}}]}),
    ]  # fmt: skip
    bodies[4][1]["outputs"].append({"lot": "slag", "mass": {"value": "5000", "unit": "KGM"}})
    order = ranked(
        build(bodies), event="make", element="Cu", assumptions=chosen("as-written", "basis=dry")
    ).parts
    measured = [p.figure("departure") is not None for p in order]
    assert measured == sorted(measured, reverse=True)
    slag = [p for p in order if "slag" in p.question]
    assert len(slag) == 2
    assert all(p.figure("departure") is None and "negative" in p.reasons[0] for p in slag)
