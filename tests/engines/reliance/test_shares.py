"""Shares and their indices: intervals that hold whatever the unknown part turns out to be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.reliance import (
    Holdings,
    NoShares,
    bloc,
    hhi,
    merged,
    origin_gap,
    top,
    weighted_hhi,
)
from orebook.model.statistic import Interval, point

amounts = st.integers(min_value=1, max_value=10_000).map(Decimal)
parties = st.dictionaries(st.sampled_from("ABCDEFGH"), amounts, min_size=1, max_size=8)
splits = st.lists(amounts, min_size=1, max_size=6)
NEAR = Decimal("1e-20")


def told(named: dict[str, Decimal], rest: list[Decimal]) -> tuple[Holdings, Holdings]:
    """What the data says, and one truth that fits it: the rest given names of its own."""
    truth = {**named, **{f"rest{i}": amount for i, amount in enumerate(rest)}}
    return Holdings(named, sum(rest, Decimal(0))), Holdings(truth)


@given(parties, splits)
def test_the_index_of_any_split_of_the_rest_lies_in_the_interval(
    named: dict[str, Decimal], rest: list[Decimal]
) -> None:
    said, truth = told(named, rest)
    exact = hhi(truth)
    assert exact.is_point
    assert exact.low is not None
    assert hhi(said).holds(exact.low, NEAR)


@given(parties, splits, st.integers(min_value=1, max_value=4))
def test_the_largest_of_any_split_of_the_rest_lie_in_the_interval(
    named: dict[str, Decimal], rest: list[Decimal], count: int
) -> None:
    said, truth = told(named, rest)
    largest = sum((share for _, share in truth.ranked()[:count]), Decimal(0))
    bounds = top(said, count)
    assert bounds.low is not None
    assert largest >= bounds.low - NEAR
    if len(rest) == 1:
        assert bounds.holds(largest, NEAR)


@given(parties, splits, st.sets(st.sampled_from("ABCDEFGH")))
def test_a_bloc_holds_between_its_named_members_and_the_whole_rest(
    named: dict[str, Decimal], rest: list[Decimal], members: set[str]
) -> None:
    said, _ = told(named, rest)
    bounds = bloc(said, members)
    inside = sum((said.named[p] for p in members & said.named.keys()), Decimal(0)) / said.total
    assert bounds.low == pytest.approx(inside)
    wholly_named = members <= said.named.keys()
    assert bounds.is_point == (wholly_named or not said.rest)


def test_a_bloc_counts_as_one_party() -> None:
    world = Holdings(
        {"CHN": Decimal(36), "RUS": Decimal(29), "TJK": Decimal(20), "BOL": Decimal(15)}
    )
    alone, together = hhi(world), hhi(merged(world, {"CHN", "RUS"}, "bloc"))
    assert together.low == Decimal("0.65") ** 2 + Decimal("0.2") ** 2 + Decimal("0.15") ** 2
    assert alone.low is not None
    assert together.low > alone.low


def test_a_party_without_a_weight_is_nothing_at_least_and_the_worst_at_most() -> None:
    world = Holdings({"A": Decimal(1), "B": Decimal(1)})
    assert weighted_hhi(world, {"A": Decimal(4)}, Decimal(15)) == Interval(
        Decimal(1), Decimal(1) + Decimal("3.75")
    )


def test_the_last_exporter_is_not_the_mine() -> None:
    trade = Holdings({"FRA": Decimal(6), "TJK": Decimal(4)})
    mines = Holdings({"TJK": Decimal(9), "BOL": Decimal(1)})
    assert origin_gap(trade, mines) == ("FRA", point(Decimal("0.6")))


@pytest.mark.parametrize(
    ("named", "rest"), [({}, "0"), ({"A": "0"}, "0"), ({"A": "-1"}, "0"), ({"A": "1"}, "-1")]
)
def test_nothing_and_less_than_nothing_have_no_shares(named: dict[str, str], rest: str) -> None:
    with pytest.raises(NoShares):
        Holdings({party: Decimal(amount) for party, amount in named.items()}, Decimal(rest))
