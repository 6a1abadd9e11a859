"""Net import reliance and what is left without the top supplier, with amounts not told."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from orebook.engines.reliance import Accounts, n_minus_one, net_import_reliance
from orebook.model.statistic import UNKNOWN_AMOUNT, Interval, point

NEAR = Decimal("1e-18")
amount = st.integers(min_value=0, max_value=1000).map(Decimal)


def around(truth: Decimal, below: Decimal, above: Decimal) -> Interval:
    return Interval(max(truth - below, Decimal(0)), truth + above)


@given(amount, amount, amount, amount, amount)
def test_any_amounts_within_their_intervals_give_a_reliance_within_the_answer(
    made: Decimal, came: Decimal, went: Decimal, below: Decimal, above: Decimal
) -> None:
    assume(came > went)
    truth = 100 * (came - went) / (came - went + made)
    answer = net_import_reliance(
        Accounts(
            around(made, below, above),
            around(came, below, above),
            around(went, below, above),
            None,
            None,
        )
    )
    assert answer.by_parts is None or answer.by_parts.holds(truth, NEAR)
    assert not answer.net_exporter


def test_withheld_production_leaves_anything_up_to_all() -> None:
    accounts = Accounts(UNKNOWN_AMOUNT, point(Decimal(50)), point(Decimal(10)), None, None)
    assert net_import_reliance(accounts).by_parts == Interval(Decimal(0), Decimal(100))


def test_who_exports_more_than_comes_in_is_a_net_exporter_and_has_no_reliance() -> None:
    accounts = Accounts(point(Decimal(5)), point(Decimal(1)), point(Decimal(2)), None, None)
    answer = net_import_reliance(accounts)
    assert answer.net_exporter
    assert answer.by_parts is None


def test_stocks_drawn_count_as_imports_and_stocks_filled_as_exports() -> None:
    filled = Accounts(
        point(Decimal(950)),
        point(Decimal(1700)),
        point(Decimal(110)),
        point(Decimal(123)) - point(Decimal(450)),
        None,
    )
    span = net_import_reliance(filled).by_parts
    assert span is not None
    assert span.low is not None
    assert round(span.low, 1) == Decimal("57.1")


def test_nothing_used_is_no_reliance_at_all() -> None:
    zero = point(Decimal(0))
    assert net_import_reliance(Accounts(zero, zero, zero, zero, None)).by_parts is None


def test_the_top_supplier_takes_its_own_demand_with_it() -> None:
    supply, top_supply = point(Decimal(100)), point(Decimal(80))
    demand, top_demand = point(Decimal(100)), point(Decimal(45))
    net = n_minus_one(supply, top_supply, demand, top_demand)
    naive = n_minus_one(supply, top_supply, demand, point(Decimal(0)))
    assert net is not None
    assert naive is not None
    assert naive == point(Decimal(20))
    assert net.low is not None
    assert round(net.low, 1) == Decimal("36.4")
    assert n_minus_one(supply, top_supply, top_demand, demand) is None
