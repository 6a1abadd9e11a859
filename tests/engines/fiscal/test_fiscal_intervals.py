"""Unknown terms: intervals that hold every answer, ranked questions, draws with a fixed seed."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import numpy as np
import pytest

from orebook.engines.fiscal.case import Plan
from orebook.engines.fiscal.indicators import irr, npv
from orebook.engines.fiscal.intervals import interval, narrowing, tornado
from orebook.engines.fiscal.measures import break_even, draws_of, metr, outcome, point
from orebook.engines.fiscal.simulate import sample, simulate
from orebook.engines.fiscal.terms import read

D = Decimal
TAKE = "gov_take_undiscounted"


def plan(
    ranges: dict[str, tuple[object, object]], *, steps: bool = False, revenue: int = 60
) -> Plan:
    sold = (
        {"quantity": [0, 1, 1, 1, 1], "price": revenue}
        if steps
        else {"revenue": [0] + [revenue] * 4}
    )
    levy: dict[str, object] = {"name": "royalty", "kind": "flat", "rate": "0.05", "base": "gross"}
    if steps:
        levy = {"name": "royalty", "kind": "sliding", "base": "gross", "measure": "price",
                "steps": [{"from": 0, "rate": 0}, {"from": "unknown", "rate": "0.2"}]}  # fmt: skip
    if "/terms/levies/0/rate" in ranges:
        levy["rate"] = "unknown"
    tax = "unknown" if "/terms/income_tax/rate" in ranges else "0.3"
    free = "unknown" if "/terms/state_equity/0/share" in ranges else "0.1"
    found, problems = read(
        {
            "money": "USD million", "timing": {"discount_from": "end_of_year"},
            "discount_rate": "unknown" if "/discount_rate" in ranges else "0.1",
            "profile": {"capital": [100, 0, 0, 0, 0], "operating_cost": [0, *[10] * 4], **sold},
            "terms": {
                "levies": [levy],
                "income_tax": {"rate": tax, "losses": {"years": "unlimited"},
                               "depreciation": {"method": "immediate"}},
                "state_equity": [{"kind": "free", "share": free}],
            },
            "ranges": {k: {"low": a, "high": b} for k, (a, b) in ranges.items()},
        }
    )  # fmt: skip
    assert problems == ()
    assert found is not None
    return found


THREE: dict[str, tuple[object, object]] = {
    "/terms/levies/0/rate": ("0.02", "0.10"),
    "/terms/income_tax/rate": ("0.10", "0.35"),
    "/terms/state_equity/0/share": (0, "0.15"),
}


def test_the_interval_holds_every_answer_and_its_ends_are_attained() -> None:
    made = plan(THREE)
    found = interval(made, TAKE)
    assert found is not None
    assert found.method == "corners"
    generator = np.random.default_rng(3)
    columns = {
        p: generator.uniform(float(made.leaves[p].low), float(made.leaves[p].high), 500)
        for p in made.unknown
    }
    seen = outcome(made, draws_of(made, columns, 500))[TAKE]
    assert float(found.low) <= seen.min()
    assert seen.max() <= float(found.high)
    for end, at in ((found.low, found.low_at), (found.high, found.high_at)):
        again = point(made, at).take
        assert again is not None
        assert float(again) == pytest.approx(float(end), abs=1e-12)


def test_a_step_inside_the_range_is_at_an_end_of_the_interval() -> None:
    made = plan({"/terms/levies/0/steps/1/from": (50, 70), "price": ("0.9", "1.1")}, steps=True)
    found = interval(made, "gov_npv")
    assert found is not None
    ends = [point(made, {"/terms/levies/0/steps/1/from": D(v)}) for v in (61, 60)]
    told = [float(run.value(run.government)) for run in ends]
    assert [float(found.low), float(found.high)] == pytest.approx(told, abs=1e-9)


def test_an_unknown_discount_rate_is_an_unknown_like_any_other() -> None:
    made = plan({"/discount_rate": ("0.05", "0.15")})
    found = interval(made, "aetr")
    assert found is not None
    assert made.unknown == ("/discount_rate",)
    assert found.width > 0


def test_a_known_case_is_a_point() -> None:
    found = interval(plan({}), TAKE)
    assert found is not None
    assert found.method == "point"
    assert found.width == 0


def test_no_take_is_told_of_a_project_that_earns_nothing() -> None:
    made = plan(THREE, revenue=20)
    assert interval(made, TAKE) is None
    assert point(made).take is None
    assert break_even(made) != ()


def test_the_first_question_is_the_one_that_narrows_most() -> None:
    made = plan(THREE)
    ranked = narrowing(made, TAKE)
    assert {n.pointer for n in ranked} == set(THREE)
    whole = interval(made, TAKE)
    assert whole is not None
    assert [n.widest for n in ranked] == sorted(n.widest for n in ranked)
    assert all(n.widest < whole.width for n in ranked)
    for one in ranked:
        others = [p for p in THREE if p != one.pointer]
        widths = []
        for answer in (made.leaves[one.pointer].low, made.leaves[one.pointer].high):
            takes = []
            for first in (made.leaves[others[0]].low, made.leaves[others[0]].high):
                for second in (made.leaves[others[1]].low, made.leaves[others[1]].high):
                    at = {one.pointer: answer, others[0]: first, others[1]: second}
                    takes.append(point(made, at).take or D(0))
            widths.append(max(takes) - min(takes))
        assert float(one.widest) == pytest.approx(float(max(widths)), abs=1e-9)


def test_the_tornado_ranks_by_swing() -> None:
    made = plan({"price": ("0.5", "1.5"), "operating_cost": ("0.9", "1.1"), "capital": (1, 2)})
    assert [s.pointer for s in tornado(made, "inv_npv")] == [
        "/factors/price", "/factors/capital", "/factors/operating_cost",
    ]  # fmt: skip


def test_draws_are_the_same_for_the_same_seed_and_unknown_terms_have_no_probability() -> None:
    made = dataclasses.replace(plan({**THREE, "price": ("0.8", "1.2")}), draws=400)
    take = interval(made, TAKE)
    first, again = simulate(made, (TAKE,), take), simulate(made, (TAKE,), take)
    assert first == again
    (_, low, high) = first[0].quantiles[2]
    assert high - low > D("0.2")
    other = simulate(dataclasses.replace(made, seed=8), (TAKE,), take)
    assert other != first


def test_one_more_doubt_leaves_the_other_draws_as_they_were() -> None:
    one = sample(plan({"price": ("0.8", "1.2")}), 50, 7)["/factors/price"]
    two = sample(plan({"price": ("0.8", "1.2"), "capital": (1, 2)}), 50, 7)["/factors/price"]
    assert (one == two).all()


def test_break_even_and_metr_are_of_the_project_that_just_earns_its_rate() -> None:
    made = plan({})
    (factor,) = break_even(made)
    run = point(made, {"/factors/price": D(repr(factor))})
    assert float(run.value(run.investor)) == pytest.approx(0, abs=1e-6)
    wedge = metr(made)
    assert wedge is not None
    assert 0 < wedge < 1


def test_a_rate_of_return_is_every_root_or_none() -> None:
    assert irr([D(1), D(2)]) == ()
    assert irr([D(0)] * 3) == ()
    assert irr([D(-1), D(3), D(-2)]) == pytest.approx([D(0), D(1)])
    flows = [D(-1000), D(500), D(400), D(300), D(-50)]
    for rate in irr(flows):
        assert abs(npv(rate, flows, first=0)) < D("1e-9")
