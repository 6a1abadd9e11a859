"""Doubt: closed, spreading, in full where a cause is shared and in quadrature where not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.model.uncertainty import (
    Doubt,
    Exact,
    Lognormal,
    Normal,
    Range,
    Spread,
    Unstated,
    as_written,
    standard_deviation,
    total,
)

D = Decimal
POSITIVE = st.decimals(min_value="0.001", max_value=1000, allow_nan=False, places=3)


def spread(doubt: Doubt, figure: str, cause: str = "", value: str = "10") -> Spread:
    return Spread.of(doubt, D(value), figure, cause)


@given(POSITIVE, POSITIVE)
def test_one_cause_adds_in_full_and_two_in_quadrature(a: Decimal, b: Decimal) -> None:
    def of(cause_a: str, cause_b: str) -> Decimal:
        both = spread(Normal(a), "a", cause_a).plus(spread(Normal(b), "b", cause_b))
        found = both.standard()
        assert found is not None
        return found

    assert of("scale", "scale") == pytest.approx(a + b)
    assert of("", "") == (a * a + b * b).sqrt()
    assert of("scale", "laboratory") == of("", "")


@given(POSITIVE)
def test_a_shared_cause_cancels_in_a_difference(a: Decimal) -> None:
    tare, gross = spread(Normal(a), "tare", "scale"), spread(Normal(a), "gross", "scale")
    assert gross.plus(tare.times(D(-1))).standard() == 0


def test_the_same_figure_met_twice_is_one_term() -> None:
    twice = spread(Normal(D(2)), "a").plus(spread(Normal(D(2)), "a"))
    assert len(twice.terms) == 1
    assert twice.standard() == 4


def test_unstated_is_neither_zero_nor_exact_until_a_name_resolves_it() -> None:
    mixed = spread(Normal(D(3)), "stated").plus(spread(Unstated(), "silent"))
    assert mixed.standard() is None
    assert mixed.bounds() is None
    assert mixed.unstated == ("silent",)
    assert mixed.resolve({"another": Exact()}).standard() is None
    assert mixed.resolve({"silent": Normal(D(4))}).standard() == 5
    assert mixed.resolve({"silent": Exact()}).standard() == 3
    assert mixed.times(D(2)).unstated == ("silent",)


def test_an_assumption_never_replaces_what_was_stated() -> None:
    assert spread(Normal(D(3)), "a").resolve({"a": Exact()}).standard() == 3


def test_unstated_that_no_longer_bears_on_the_result_is_gone() -> None:
    silent = spread(Unstated(), "a")
    assert silent.plus(silent.times(D(-1))).unstated == ()
    assert silent.times(D(0)).standard() == 0


@given(st.lists(POSITIVE, min_size=1, max_size=8))
def test_bounds_add_and_are_never_narrower_than_the_deviation(halves: list[Decimal]) -> None:
    spreads = [spread(Range(D(10) - h, D(10) + h), str(i)) for i, h in enumerate(halves)]
    summed = total(spreads)
    low, high = summed.bounds() or (D(0), D(0))
    assert (low, high) == (-sum(halves), sum(halves))
    deviation = summed.standard()
    assert deviation is not None
    assert 0 < deviation < high


def test_bounds_turn_with_a_negative_factor() -> None:
    lopsided = spread(Range(D(9), D(13)), "a")
    assert lopsided.bounds() == (-1, 3)
    assert lopsided.times(D(-2)).bounds() == (-6, 2)
    assert spread(Normal(D(1)), "a").bounds() is None


def test_standard_deviations_by_hand() -> None:
    assert standard_deviation(Exact(), D(5)) == 0
    assert standard_deviation(Normal(D(2)), D(5)) == 2
    assert standard_deviation(Range(D(4), D(6)), D(5)) == 1 / D(3).sqrt()
    assert standard_deviation(Unstated(), D(5)) is None
    # a lognormal of σ = 0.05 about 100: 100 × √(e^0.0025 − 1)
    found = standard_deviation(Lognormal(D("0.05")), D(100))
    assert found is not None
    assert abs(found - D("5.003127")) < D("0.000001")


def test_exact_figures_leave_no_term() -> None:
    assert spread(Exact(), "a").terms == ()
    assert total([]).standard() == 0
    assert total([]).bounds() == (0, 0)


@pytest.mark.parametrize(
    ("text", "half"),
    [("30", "0.5"), ("30.0", "0.05"), ("0.001", "0.0005"), ("9000", "0.5"), ("1e3", "500")],
)
def test_half_of_the_last_digit(text: str, half: str) -> None:
    assert as_written(text) == D(half)


@pytest.mark.parametrize("text", ["NaN", "Infinity"])
def test_no_last_digit_without_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        as_written(text)
