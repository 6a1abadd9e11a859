"""Bars on a common line: ranges, single values, what is not stated, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orebook.acts.fiscal import work
from orebook.engines.fiscal.terms import read
from orebook.show.money_pictures import swings, waterfall
from orebook.show.spans import Bar, span_bars

D = Decimal
LEVY = {"name": "royalty", "kind": "flat", "base": "gross", "rate": "unknown"}
ROYALTY = "to the state: royalty"


def test_a_range_a_value_and_an_unknown_are_told_apart_and_written_out() -> None:
    bars = (
        Bar("a range", D(-2), D(6), "−2 to 6"),
        Bar("a value", D(3), D(3), "3"),
        Bar("unknown", None, None, "not stated: grade"),
    )
    drawn = span_bars("k", bars, width=358, title="Three rows")
    assert drawn.count('class="doubt"') == 1
    assert drawn.count('class="bar"') == 1
    assert drawn.count('class="unknown"') == 1
    for bar in bars:
        assert bar.shown in drawn
    assert "NaN" not in drawn
    assert "inf" not in drawn.replace("info", "")


def test_nothing_but_zero_is_drawn_and_bad_rows_are_refused() -> None:
    assert "<svg" in span_bars("k", [Bar("none", D(0), D(0), "0")], width=760, title="Zero")
    with pytest.raises(ValueError, match="at least one row"):
        span_bars("k", [], width=760, title="Empty")
    with pytest.raises(ValueError, match="backwards"):
        span_bars("k", [Bar("b", D(2), D(1), "?")], width=760, title="Backwards")


def test_words_of_a_label_are_escaped() -> None:
    drawn = span_bars("k", [Bar("<b>&", D(1), D(1), "1")], width=358, title="Escaped")
    assert "<b>" not in drawn


def test_the_parts_of_each_end_are_the_cash_before_tax() -> None:
    plan, problems = read(
        {
            "money": "USD million",
            "timing": {"discount_from": "end_of_year"},
            "discount_rate": "0.1",
            "profile": {
                "capital": [100, 0, 0],
                "revenue": [0, 90, 90],
                "operating_cost": [0, 10, 10],
            },
            "terms": {"levies": [LEVY]},
            "ranges": {"/terms/levies/0/rate": {"low": "0.02", "high": "0.1"}},
        }
    )
    assert problems == ()
    assert plan is not None
    worked = work(plan)
    rows = {b.label: b for b in waterfall(worked)}
    whole, state, rest = (rows[n] for n in ("cash flow before tax", ROYALTY, "to the investor"))
    assert whole.low == whole.high == 60
    assert (state.low, state.high) == (D("3.6"), D("18"))
    assert (rest.low, rest.high) == (D("42"), D("56.4"))
    assert [b.label for b in swings(worked)] == ["royalty on gross revenue"]
