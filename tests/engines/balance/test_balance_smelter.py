"""The UN's own smelter sample: 9 000 kg of copper in, 9 999 kg out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orebook.engines.balance import Assumption, balance, parse_assumption, part_of
from orebook.model.finding import Figure, Finding


def told(bodies, build, *texts: str) -> Finding:
    chosen: list[Assumption] = [parse_assumption(t) for t in texts]
    return balance(build(bodies), event="make", assumptions=chosen)


def copper(finding: Finding) -> Finding:
    part = part_of(finding, "Cu")
    assert part is not None
    return part


def shown(finding: Finding, name: str) -> Figure:
    found = finding.figure(name)
    assert found is not None
    return found


def test_the_gap_is_999_kg_as_if_dry_and_cannot_be_told(build, smelter) -> None:
    finding = told(smelter(), build)
    part = copper(finding)
    gap = shown(part, "gap")
    assert (gap.value, gap.unit, gap.state) == (Decimal(999), "kg", "assumed")
    assert gap.standard is None
    assert shown(part, "in").value == Decimal(9000)
    assert shown(part, "out").value == Decimal(9999)
    assert finding.verdict == part.verdict == "cannot_be_told"
    assert shown(part, "gap_in_doubts").value is None


def test_what_is_missing_names_basis_and_doubt(build, smelter) -> None:
    missing = {m.what for m in copper(told(smelter(), build)).missing}
    assert missing == {
        "basis of the mass of lot conc",
        "basis of the grade of lot conc",
        "doubt of the grade (Cu) of lot conc",
        "doubt of the mass of lot conc",
        "doubt of the grade (Cu) of lot cath",
        "doubt of the mass of lot cath",
    }


def test_break_even_grade_and_masses(build, smelter) -> None:
    part = copper(told(smelter(), build))
    grade = shown(part, "break_even/assay:a-conc/results/0/grade")
    assert grade.value is not None
    assert grade.value.quantize(Decimal("0.0001")) == Decimal("0.3333")
    assert abs(grade.value * 30000 - 9999) < Decimal("1e-20")
    assert shown(part, "break_even/event:make/inputs/0/mass").value == Decimal(33330)
    out = shown(part, "break_even/event:make/outputs/0/mass").value
    assert out is not None
    assert abs(out * Decimal("0.9999") - 9000) < Decimal("1e-20")


def test_no_moisture_closes_the_gap(build, smelter) -> None:
    moisture = shown(copper(told(smelter(), build)), "break_even/lot:conc/moisture")
    assert moisture.value == Decimal("-0.111")
    assert "negative" in moisture.label


def test_as_written_it_does_not_add_up_whatever_the_basis(build, smelter) -> None:
    finding = told(smelter(), build, "as-written")
    part = copper(finding)
    assert finding.verdict == part.verdict == "does_not_add_up"
    assert part.reasons[0].startswith("More comes out than can have gone in")
    assert any("30 % is 29.5 to 30.5 %" in a for a in finding.assumptions)
    assert {m.what for m in part.missing} == {
        "basis of the mass of lot conc",
        "basis of the grade of lot conc",
    }


def test_as_written_and_dry_the_bounds_are_hard(build, smelter) -> None:
    gap = shown(copper(told(smelter(), build, "as-written", "basis=dry")), "gap")
    # 10000.5 × 0.99995 − 29999.5 × 0.295 and its mirror, by hand
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low <= Decimal("9999.5") * Decimal("0.99985") - Decimal("30000.5") * Decimal("0.305")
    assert gap.high >= Decimal("10000.5") * Decimal("0.99995") - Decimal("29999.5") * Decimal(
        "0.295"
    )
    assert gap.high - gap.low < Decimal(303)


def test_wet_at_eight_per_cent_the_gap_grows(build, smelter) -> None:
    part = copper(told(smelter(), build, "as-written", "basis=wet", "moisture=8%"))
    assert shown(part, "gap").value == Decimal(1719)
    assert part.verdict == "does_not_add_up"


def test_wet_without_moisture_says_what_is_missing(build, smelter) -> None:
    part = copper(told(smelter(), build, "as-written", "basis=wet"))
    assert "moisture of lot conc" in {m.what for m in part.missing}
    gap = shown(part, "gap")
    assert (gap.value, gap.state) == (Decimal(999), "assumed")
    # Wet, it holds less than if dry: the gap only grows.
    assert part.verdict == "does_not_add_up"


def test_scrap_of_1200_kg_covers_it_only_if_dry(build, smelter) -> None:
    dry = copper(told(smelter(), build, "as-written", "basis=dry", "scrap:Cu=1200 kg@100%"))
    assert shown(dry, "gap").value == Decimal(-201)
    wet = told(smelter(), build, "as-written", "basis=wet", "moisture=8%", "scrap:Cu=1200 kg@100%")
    assert shown(copper(wet), "gap").value == Decimal(519)
    moisture = shown(copper(wet), "break_even/lot:conc/moisture").value
    assert moisture is not None
    assert abs((1 - moisture) * 9000 - 8799) < Decimal("1e-20")


def test_the_break_even_grade_closes_it(build, smelter) -> None:
    part = copper(told(smelter(), build, "as-written", "basis=dry", "grade:conc:Cu=33.33%"))
    assert shown(part, "gap").value == 0
    assert part.verdict == "adds_up"


def test_without_a_form_the_cathode_may_be_wet(build, smelter) -> None:
    bodies = smelter()
    bodies[1][1].pop("form")
    assert told(bodies, build, "as-written").verdict == "cannot_be_told"


def test_stated_exactly_it_simply_does_not(build, smelter) -> None:
    bodies = smelter()
    for number, exact in ((2, "results"), (3, "results")):
        bodies[number][1]["basis"] = "dry"
        bodies[number][1][exact][0]["grade"]["doubt"] = {"kind": "normal", "sd": "0.1"}
    flows = (*bodies[4][1]["inputs"], *bodies[4][1]["outputs"])
    for flow in flows:
        flow["mass"] |= {"basis": "dry", "doubt": {"kind": "normal", "sd": "15"}}
    part = copper(told(bodies, build))
    assert part.verdict == "does_not_add_up"
    gap, ratio = shown(part, "gap"), shown(part, "gap_in_doubts")
    by_hand = (30**2 + Decimal("4.5") ** 2 + 10**2 + Decimal("14.9985") ** 2).sqrt()
    assert gap.standard is not None
    assert abs(gap.standard - by_hand) < Decimal("1e-20")
    assert ratio.value is not None
    assert abs(ratio.value - 999 / by_hand) < Decimal("1e-20")


@pytest.mark.parametrize("text", ["", "basis=damp", "moisture=130%", "scrap:Cu=5", "grade:Cu=3%"])
def test_an_unknown_assumption_is_refused_with_the_forms(text: str) -> None:
    from orebook.engines.balance import BadAssumption

    with pytest.raises(BadAssumption, match="as-written"):
        parse_assumption(text)
