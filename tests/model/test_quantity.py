"""Quantities: basis is in the type, doubt travels, nothing but finite numbers enters."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.model.quantity import (
    BasisMismatch,
    ContainedMass,
    DryMass,
    Fraction,
    Mass,
    Money,
    Quantity,
    WetMass,
    exactly,
    mass,
)
from orebook.model.uncertainty import Exact, Normal, Range, Spread, Unstated

D = Decimal
DECIMALS = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6)
MASSES = DECIMALS.filter(lambda d: d >= 0)


def of(cls: type[Mass], value: str = "10", **more: str) -> Mass:
    return cls(D(value), **more)  # type: ignore[arg-type]


UNLIKE = [
    of(WetMass),
    of(DryMass),
    of(ContainedMass, of="Cu"),
    of(ContainedMass, of="Sb"),
]


@pytest.mark.parametrize("left", UNLIKE)
@pytest.mark.parametrize("right", UNLIKE)
def test_only_masses_of_one_basis_and_substance_add(left: Mass, right: Mass) -> None:
    if left is right:
        assert (left + right).value == 20
        assert (left - right).value == 0
        return
    for put in (lambda: left + right, lambda: left - right):
        with pytest.raises(BasisMismatch, match="do not add"):
            put()


@pytest.mark.parametrize("other", [Mass(D(1)), *UNLIKE])
def test_a_mass_of_unstated_basis_joins_no_sum(other: Mass) -> None:
    with pytest.raises(BasisMismatch):
        Mass(D(1)) + other
    with pytest.raises(BasisMismatch):
        other + Mass(D(1))


def test_naming_the_basis_is_the_callers_act() -> None:
    unstated = mass(D(10), "unstated", Unstated(), "a")
    assert type(unstated) is Mass
    assert (unstated.as_dry() + DryMass(D(1))).value == 11
    assert (unstated.as_wet() + WetMass(D(1))).basis == "wet"
    assert unstated.as_dry().spread.unstated == ("a",)


@pytest.mark.parametrize("basis", ["contained", "moist", ""])
def test_no_basis_is_guessed(basis: str) -> None:
    with pytest.raises(ValueError, match="basis is wet, dry, contained"):
        mass(D(1), basis, Exact(), "a")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("cls", [Quantity, Fraction, Mass, WetMass, DryMass, ContainedMass, Money])
def test_no_nan_and_no_infinity_can_enter(cls: type[Quantity], text: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        cls(D(text))


def test_unlike_dimensions_and_currencies_do_not_add() -> None:
    with pytest.raises(BasisMismatch):
        Fraction(D(1)) + WetMass(D(1))  # type: ignore[operator]
    usd, pkr = (Money(D(1), currency=c) for c in ("USD", "PKR"))
    assert (usd + usd).value == 2
    with pytest.raises(BasisMismatch, match="USD and PKR"):
        usd + pkr


def test_dry_mass_and_content_by_hand() -> None:
    wet = WetMass(D(30000))
    dry = wet.dry(exactly("0.08"))
    assert (dry.value, dry.basis) == (D(27600), "dry")
    copper = dry.contained(exactly("0.30"), "Cu")
    assert (copper.value, copper.basis, copper.of) == (D(8280), "contained", "Cu")


def test_doubt_of_dry_content_by_hand() -> None:
    wet = mass(D(1000), "wet", Normal(D(3)), "m")
    moisture = Fraction(D("0.1"), Spread.of(Normal(D("0.004")), D("0.1"), "w"))
    assert isinstance(wet, WetMass)
    # u² = (0.9 × 3)² + (1000 × 0.004)²
    assert wet.dry(moisture).spread.standard() == (D("7.29") + D(16)).sqrt()


@given(MASSES, MASSES)
def test_sums_are_exact_and_keep_no_written_form(a: Decimal, b: Decimal) -> None:
    total = DryMass(a) + DryMass(b)
    assert total.value == a + b
    assert total.written is None
    assert (total - DryMass(b)).value == a


@given(MASSES)
def test_a_figure_less_itself_has_no_doubt(value: Decimal) -> None:
    figure = mass(value, "dry", Normal(D(5)), "f")
    assert (figure - figure).spread.standard() == 0


@given(DECIMALS, DECIMALS)
def test_the_order_of_a_sum_does_not_matter(a: Decimal, b: Decimal) -> None:
    left = DryMass(a, Spread.of(Normal(D(3)), a, "a", "scale"))
    right = DryMass(b, Spread.of(Range(b - 1, b + 1), b, "b"))
    one, two = left + right, right + left
    assert one.value == two.value
    assert one.spread.standard() == two.spread.standard()
