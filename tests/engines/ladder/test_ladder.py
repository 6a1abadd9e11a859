"""The ladder: what backs a headline, what is refused, and the scale of a value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.ladder.case import Reading
from orebook.engines.ladder.classes import backing
from orebook.engines.ladder.ladder import Ladder, climb
from orebook.engines.ladder.scale import OtherBasis, Price, Tonnage, convert, gross, scale
from orebook.engines.ladder.span import Span
from orebook.model.problem import Problem

D = Decimal


def product(**more: Any) -> dict[str, Any]:
    price = {"value": 10000, "per": "t", "of": "Cu", "money": "USD"}
    grade = {"value": "0.5", "unit": "%"}
    return {"substance": "Cu", "grade": grade, "price": price, **more}


def deposit(word: str = "probable reserve", **more: Any) -> dict[str, Any]:
    return {
        "name": "pit", "tonnes": 1000000, "class": {"scheme": "CRIRSCO", "word": word},
        "products": [product(**more)],
    }  # fmt: skip


def read(*deposits: object, **more: Any) -> tuple[Ladder, tuple[Problem, ...]]:
    reading = Reading()
    value = {"money": "USD", "headline": {"value": 100000000}, "deposits": list(deposits), **more}
    return climb(*reading.ladder(value)), tuple(reading.members.problems)


def test_it_does_not_run_without_tonnage_grade_and_class_and_keeps_the_coverage() -> None:
    ladder, problems = read()
    assert problems == ()
    assert ladder.steps == ()
    assert ladder.coverage("reserve", "resource") == Span.of(0)
    assert "does not run" in ladder.refused[0]


def test_inferred_and_prospective_material_back_no_rung() -> None:
    ladder, _ = read(deposit("inferred resource"), deposit("exploration target"))
    assert ladder.steps == ()
    assert ladder.coverage("inferred") == Span.of("0.5")
    assert ladder.coverage("reserve", "resource") == Span.of(0)


def test_a_rung_that_was_not_stated_is_missing_and_so_are_those_above_it() -> None:
    ladder, _ = read(deposit(plant_recovery="0.9"))
    assert [s.value is None for s in ladder.steps] == [False, False, True, True, True, True, True]
    assert ladder.steps[1].value == Span.of(45000000)
    assert ladder.steps[2].needs == "payable share of Cu at pit"
    assert ladder.split == ()


def test_the_whole_ladder_by_hand() -> None:
    project = {
        "operating_cost_per_t": 20, "capital": 8000000, "capital_bias": "0.25",
        "probability": "0.5", "years_to_production": 2, "life_years": 1, "discount_rate": "0.1",
        "split": {"state": "0.4"},
    }  # fmt: skip
    ladder, problems = read(
        deposit(plant_recovery="0.9", payable="0.96", charges_per_t=1000), project=project
    )
    assert problems == ()
    values = [s.value for s in ladder.steps]
    assert values[:5] == [Span.of(v) for v in (50000000, 45000000, 38880000, 18880000, 8880000)]
    worth = D(18880000) / D("1.1") ** 3 - 10000000
    assert values[5] is not None
    assert abs(values[5].low - worth) < D("1e-6")
    assert values[6] == Span(values[5].low / 2, values[5].high / 2)
    assert values[6] is not None
    assert ladder.split == (("state", values[6].times(Span.of("0.4"))),)


@given(a=st.integers(0, 9), b=st.integers(0, 9), c=st.integers(-9, 9), d=st.integers(0, 9))
def test_bounds_hold_every_product_and_difference(a: int, b: int, c: int, d: int) -> None:
    x, y = Span(D(c), D(c + d)), Span(D(a), D(a + b))
    for one in (x.low, x.high):
        for two in (y.low, y.high):
            assert x.times(y).low <= one * two <= x.times(y).high
            assert (x - y).low <= one - two <= (x - y).high


BAD: list[tuple[Any, str, str]] = [
    ({**deposit(), "tonnes": {"low": 5, "high": 1}}, "interval-backwards",
     "/ladder/deposits/0/tonnes"),
    ({k: v for k, v in deposit().items() if k != "class"}, "missing", "/ladder/deposits/0/class"),
    ({k: v for k, v in deposit().items() if k != "tonnes"}, "missing", "/ladder/deposits/0/tonnes"),
    (deposit("world class"), "unknown-class", "/ladder/deposits/0/class"),
    (deposit(grade={"value": 130, "unit": "%"}), "out-of-bounds",
     "/ladder/deposits/0/products/0/grade"),
    (deposit(price={"value": 1, "per": "t", "of": "Cu2O"}), "basis-mismatch",
     "/ladder/deposits/0/products/0/price/of"),
    (deposit(price={"value": 1, "per": "t", "of": "Cu", "money": "EUR"}), "currency-mix",
     "/ladder/deposits/0/products/0/price/money"),
    (deposit(substance="Xx"), "unknown-substance", "/ladder/deposits/0/products/0/substance"),
    ({**deposit(), "products": []}, "missing", "/ladder/deposits/0/products"),
    ("pit", "wrong-type", "/ladder/deposits/0"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "code", "place"), BAD)
def test_a_bad_deposit_is_refused_at_its_place(value: Any, code: str, place: str) -> None:
    ladder, problems = read(value)
    assert (code, place) in {(p.code, p.place) for p in problems}
    assert ladder.steps == ()


@pytest.mark.parametrize(
    ("word", "backs"),
    [("E1F1G1", "reserve"), ("E2F2G2", "resource"), ("E1.1F1.3G1+2", "reserve"),
     ("E2F2G3", "inferred"), ("E3F3G4", "none"), ("E4F1G1", None), ("rich", None)],
)  # fmt: skip
def test_a_unfc_class_backs_what_the_bridge_says(word: str, backs: str | None) -> None:
    assert backing("UNFC", word) == backs


TRIOXIDE = Price("USD", D(40000), "Sb2O3", "2025-11")
MINED = Tonnage(D(260), "Sb", "2024")


def test_a_value_is_put_in_tonnes_and_years_of_output_on_one_basis() -> None:
    found = scale(D(500000000), "USD", TRIOXIDE, convert(MINED, "Sb2O3"))
    assert found.tonnes == 12500
    assert abs(found.years - D("40.16")) < D("0.01")


def test_two_compounds_two_currencies_and_no_output_are_refused() -> None:
    with pytest.raises(OtherBasis):
        gross(TRIOXIDE, MINED)
    with pytest.raises(OtherBasis):
        scale(D(1), "EUR", TRIOXIDE, convert(MINED, "Sb2O3"))
    with pytest.raises(OtherBasis):
        convert(MINED, "Cu2O")
