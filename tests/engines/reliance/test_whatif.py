"""An overlay changes the stage it touches, in the years it is in force, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.reliance import Holdings, hhi
from orebook.engines.reliance.whatif import Change, effects, overlaid

BASE = Holdings({"CHN": Decimal(60), "RUS": Decimal(30), "TJK": Decimal(10)})
amounts = st.integers(min_value=1, max_value=1000).map(Decimal)


def change(kind: str, party: str, amount: Decimal, year: int = 2027) -> Change:
    return Change(kind, "mine", party, {year: amount})  # type: ignore[arg-type]


@given(amounts, amounts)
def test_a_source_added_and_lost_again_leaves_all_as_it_was(
    added: Decimal, year_two: Decimal
) -> None:
    there = overlaid(BASE, [change("new_source", "PAK", added)], 2027)
    back = overlaid(there, [change("lost_facility", "PAK", added)], 2027)
    assert hhi(back) == hhi(BASE)
    assert overlaid(BASE, [change("new_source", "PAK", year_two)], 2026).named == BASE.named


@given(amounts)
def test_a_small_newcomer_lowers_the_index_and_a_ban_ends_a_share(added: Decimal) -> None:
    more = overlaid(BASE, [change("new_source", "PAK", min(added, Decimal(10)))], 2027)
    low, before = hhi(more).low, hhi(BASE).low
    assert low is not None
    assert before is not None
    assert low < before
    assert overlaid(BASE, [change("ban", "CHN", Decimal(0))], 2027).named["CHN"] == 0
    assert overlaid(BASE, [change("quota", "CHN", Decimal(20))], 2028).named["CHN"] == 20
    assert overlaid(BASE, [change("lost_facility", "TJK", Decimal(99))], 2027).named["TJK"] == 0


ABSENT = "no statistics of this stage by party are in the data"


@pytest.mark.parametrize(
    ("stage", "year", "why"),
    [
        ("mine", 2026, "no effect yet: the ramp begins later"),
        ("mine", 2027, ""),
        ("refinery", 2027, "no effect here: this stage is unchanged"),
        (
            "smelter",
            2027,
            f"{ABSENT}; no effect here: this stage is unchanged",
        ),
    ],
)
def test_every_stage_says_why(stage: str, year: int, why: str) -> None:
    (effect,) = effects(
        {"mine": BASE, "refinery": BASE},
        [stage],
        [change("new_source", "PAK", Decimal(5))],
        [year],
        {"CHN", "RUS"},
    )
    assert effect.why == why
    assert bool(effect.indices) == (not why)


def test_nothing_left_is_said() -> None:
    one = Holdings({"CHN": Decimal(1)})
    (effect,) = effects({"mine": one}, ["mine"], [change("ban", "CHN", Decimal(0))], [2027])
    assert effect.why == "nothing would be left at this stage"
