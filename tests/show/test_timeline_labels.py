"""Timeline words: never over one another, whatever the dates."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.show.timeline import Happening, When, place_labels

words = st.text(st.sampled_from("abcdefg WMن"), min_size=1, max_size=90)
moments = st.builds(
    When,
    st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    st.sampled_from(["day", "month", "year"]),
    st.booleans(),
)


@st.composite
def happenings(draw: st.DrawFn) -> Happening:
    start = draw(st.none() | moments)
    end = None
    if start is not None and draw(st.booleans()):
        end = When(start.last() + timedelta(days=draw(st.integers(0, 500))))
    return Happening(start, draw(words), None, end)


@given(st.lists(happenings(), max_size=14), st.sampled_from([358, 760, 1100]))
def test_no_two_labels_overlap(things: list[Happening], width: int) -> None:
    labels, _ = place_labels(things, width=width)
    assert len(labels) == len(things)
    for a, b in combinations(labels, 2):
        beside = a.x + a.width <= b.x + 0.01 or b.x + b.width <= a.x + 0.01
        under = a.y + a.height <= b.y + 0.01 or b.y + b.height <= a.y + 0.01
        assert beside or under
    for label in labels:
        assert label.x >= 0
        assert label.x + label.width <= width + 4


def test_labels_come_in_the_order_of_dates_and_undated_last() -> None:
    things = [
        Happening(None, "no date"),
        Happening(When(date(2026, 1, 1)), "late"),
        Happening(When(date(2025, 1, 1)), "early"),
    ]
    labels, _ = place_labels(things, width=760)
    assert [one.happening.label for one in labels] == ["early", "late", "no date"]
    assert labels[2].when == "date not found"
    assert labels[2].y > max(labels[0].y, labels[1].y)


def test_a_span_cannot_end_before_it_begins() -> None:
    wrong = Happening(When(date(2025, 5, 1)), "x", end=When(date(2025, 4, 1)))
    with pytest.raises(ValueError, match="expected an end"):
        place_labels([wrong], width=760)


def test_a_month_lasts_as_long_as_it_does() -> None:
    leap = When(date(2024, 2, 10), "month")
    assert (leap.first(), leap.last()) == (date(2024, 2, 1), date(2024, 2, 29))
    december = When(date(2024, 12, 10), "month")
    assert december.last() == date(2024, 12, 31)
