"""The cash flow: what it conserves, what each term does, exact and in draws alike."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.fiscal.case import Plan
from orebook.engines.fiscal.measures import draws_of, outcome, point, three_ways
from orebook.engines.fiscal.terms import read

D = Decimal


def mine(**terms: Any) -> dict[str, Any]:
    return {
        "money": "USD million",
        "timing": {"discount_from": "start_of_year_one"},
        "discount_rate": "0.1",
        "profile": {
            "capital": [100, 60, 0, 5, 0, 0],
            "quantity": [0, 0, 10, 12, 12, 8],
            "price": 10,
            "charges": [0, 0, 8, 9, 9, 6],
            "operating_cost": [0, 0, 30, 45, 35, 30],
        },
        "terms": terms,
    }


def plan(case: dict[str, Any]) -> Plan:
    found, problems = read(case)
    assert problems == ()
    assert found is not None
    return found


TAX = {
    "rate": "0.3",
    "depreciation": {"method": "straight_line", "years": 3, "from": "first_production"},
    "losses": {"years": 2},
}
share = st.decimals(0, "0.3", places=3)


@given(
    royalty=share, tax=share, held=share, cap=share, interest=share,
    kind=st.sampled_from(["free", "paid", "carried", "loan"]),
    method=st.sampled_from(["straight_line", "declining", "immediate"]),
    losses=st.sampled_from(["unlimited", 0, 1, 3]),
)  # fmt: skip
def test_government_and_investor_are_the_cash_before_tax(
    royalty: D, tax: D, held: D, cap: D, interest: D, kind: str, method: str, losses: object
) -> None:
    how = {"straight_line": {"years": 3, "from": "spending"}, "immediate": {}}
    how["declining"] = {"rate": "0.4", "from": "first_production"}
    holding: dict[str, object] = {"kind": kind, "share": str(held)}
    holding |= {} if kind in {"free", "paid"} else {"interest": str(interest)}
    holding |= {"years": 2} if kind == "loan" else {}
    case = mine(
        levies=[
            {"name": "royalty", "kind": "flat", "rate": str(royalty), "base": "net_back",
             "creditable": True},
            {"name": "unit tax", "kind": "unit", "per_unit": "0.2"},
        ],
        payments=[{"name": "above", "kind": "above_price", "price": 9, "rate": "0.2"}],
        advance={"amounts": [1, 2], "cap": "2.5", "creditable": True},
        income_tax={"rate": str(tax), "depreciation": {"method": method, **how[method]},
                    "losses": {"years": losses, "cap": str(1 - cap)}},
        withholding={"dividends": "0.1", "services": "0.05", "services_share": "0.2"},
        production_sharing={"cost_recovery_cap": str(1 - cap), "government_share": str(tax)},
        state_equity=[holding],
    )  # fmt: skip
    made = plan(case)
    run = point(made)
    assert run.worst_gap <= D("1e-9")
    floats = outcome(made, draws_of(made, {}, 1))
    assert float(run.value(run.government)) == pytest.approx(float(floats["gov_npv"][0]), abs=1e-9)
    assert float(run.value(run.investor)) == pytest.approx(float(floats["inv_npv"][0]), abs=1e-9)


def test_without_terms_all_of_it_is_the_investors() -> None:
    run = point(plan(mine()))
    assert run.investor == run.before_tax == (-100, -60, 62, 61, 76, 44)
    assert run.take == 0


def test_an_advance_stops_at_its_cap_and_is_credited_against_royalty() -> None:
    levy = {"name": "royalty", "kind": "flat", "rate": "0.1", "base": "gross", "creditable": True}
    case = mine(levies=[levy], advance={"amounts": [5, 8], "cap": 12, "creditable": True})
    run = point(plan(case))
    assert run.lines["advance payments"] == (5, 7, 0, 0, 0, 0)
    assert run.lines["royalty"] == (0, 0, 0, 10, 12, 8)


def test_losses_die_when_their_years_are_over() -> None:
    tax = {**TAX, "depreciation": {"method": "immediate"}}
    for years, due in ((0, "18.6"), (2, "0")):
        run = point(plan(mine(income_tax={**tax, "losses": {"years": years}})))
        assert run.lines["income tax"][2] == D(due)
    lasting = point(plan(mine(income_tax={**tax, "losses": {"years": "unlimited"}})))
    brief = point(plan(mine(income_tax={**tax, "losses": {"years": 2}})))
    assert sum(lasting.lines["income tax"]) < sum(brief.lines["income tax"])


def test_a_sliding_royalty_steps_with_the_price_and_a_share_takes_what_is_above() -> None:
    steps = [{"from": 0, "rate": "0.02"}, {"from": 10, "rate": "0.05"}]
    levy = {
        "name": "royalty",
        "kind": "sliding",
        "base": "gross",
        "measure": "price",
        "steps": steps,
    }
    above = {"name": "above", "kind": "above_price", "price": 9, "rate": "0.5"}
    made = plan(mine(levies=[levy], payments=[above]))
    assert point(made).lines["royalty"][2] == 5
    assert point(made).lines["above"][2] == 5
    low = point(made, {"/factors/price": D("0.9")})
    assert low.lines["royalty"][2] == D("1.8")
    assert low.lines["above"][2] == 0


def test_production_is_shared_after_cost_recovery_up_to_its_cap() -> None:
    sharing = {"cost_recovery_cap": "0.5", "government_share": "0.4"}
    run = point(plan(mine(production_sharing=sharing)))
    # 198 of cost stand against half of 100, so the other half is split.
    assert run.lines["production share"][2] == 20


def test_a_tax_holiday_counts_from_first_production() -> None:
    run = point(plan(mine(income_tax={**TAX, "holiday_years": 2})))
    assert run.lines["income tax"][:4] == (0, 0, 0, 0)
    assert run.lines["income tax"][4] > 0


def test_equity_is_shown_three_ways_with_who_paid() -> None:
    held = [
        {"kind": "free", "share": "0.1"},
        {"kind": "paid", "share": "0.2"},
    ]
    made = plan(mine(income_tax=TAX, state_equity=held))
    ways = three_ways(made, point(made))
    assert ways.fiscal is not None
    assert ways.with_free is not None
    assert ways.with_all is not None
    assert ways.fiscal < ways.with_free < ways.with_all
    assert ways.paid_by_state == 32
    assert ways.carried_by_investor == 16
    assert ways.paid_by_state + ways.paid_by_investor == 160


def test_a_delay_moves_what_is_sold_and_not_what_was_spent() -> None:
    case = mine(income_tax=TAX)
    case["ranges"] = {"delay_years": {"low": 0, "high": 2}}
    made = plan(case)
    late = point(made, {"/factors/delay_years": D(2)})
    assert late.before_tax == (-100, -60, 0, -5, 62, 66, 76, 44)
    both = outcome(made, draws_of(made, {"/factors/delay_years": np.array([0.0, 2.0])}, 2))
    assert float(late.value(late.government)) == pytest.approx(float(both["gov_npv"][1]), abs=1e-9)


BAD: list[tuple[str, Any, str, str]] = [
    ("terms/levies", [{"name": "r", "kind": "flat", "rate": "1.5", "base": "gross"}],
     "out-of-bounds", "/terms/levies/0/rate"),
    ("terms/levies", [{"name": "r", "kind": "flat", "rate": 5, "base": "gross"}],
     "out-of-bounds", "/terms/levies/0/rate"),
    ("terms/levies", [{"name": "r", "kind": "flat", "rate": "unknown", "base": "gross"}],
     "no-range", "/terms/levies/0/rate"),
    ("terms/windfall", {}, "unknown-key", "/terms/windfall"),
    ("ranges", {"price": {"low": 2, "high": 1}}, "interval-backwards", "/ranges/price"),
    ("ranges", {"/terms/levies/0/rate": {"low": 0, "high": 1}}, "range-unused",
     "/ranges/~1terms~1levies~10~1rate"),
    ("profile/money", "PKR million", "currency-mix", "/profile/money"),
    ("profile/operating_cost", [1, 2], "missing-years", "/profile/operating_cost"),
    ("profile/capital", [100, 60, 0, "much", 0, 0], "not-a-number", "/profile/capital/3"),
    ("discount_rate", "NaN", "not-a-number", "/discount_rate"),
    ("terms/state_equity", [{"kind": "free", "share": "0.6"}, {"kind": "paid", "share": "0.6"}],
     "over-one", "/terms/state_equity"),
    ("terms/state_equity", [{"kind": "golden", "share": "0.6"}], "wrong-word",
     "/terms/state_equity/0/kind"),
    ("timing", {}, "missing", "/timing/discount_from"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "value", "code", "place"), BAD)
def test_a_bad_case_is_refused_at_its_place(where: str, value: Any, code: str, place: str) -> None:
    case = copy.deepcopy(mine())
    inner: Any = case
    *above, last = where.split("/")
    for step in above:
        inner = inner[step]
    inner[last] = value
    found, problems = read(case)
    assert found is None
    assert (code, place) in {(p.code, p.place) for p in problems}


@pytest.mark.parametrize("case", [None, [], "x", {}, {"terms": 1}, {"profile": {"capital": [[]]}}])
def test_rubbish_is_named_and_never_raises(case: object) -> None:
    found, problems = read(case)
    assert found is None
    assert problems
