"""Dates of any precision: impossible days refused, unsettled comparisons unsettled."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.model.when import BadDate, when


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-10-02", "2025-10-02", "2025-10-02"),
        ("2025-10-02T23:30:00-05:00", "2025-10-03", "2025-10-03"),
        ("2025-10-02T06:00:00Z", "2025-10-02", "2025-10-02"),
        ("2025-10-02T06:00:00.123456789Z", "2025-10-02", "2025-10-02"),
    ],
)
def test_a_date_is_the_days_it_can_mean(text: str, first: str, last: str) -> None:
    read = when(text)
    assert (read.text, str(read.first), str(read.last)) == (text, first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-02-30",
        "2025-13",
        "2025-00",
        "2025-10-00",
        "0000",
        "2025-10-02T25:00:00Z",
        "2025-10-02T06:00:00",
        "2025-10-02T06:00Z",
        "02/10/2025",
        "2025-1-2",
        "20251002",
        " 2025",
        "2025-10-02\n",
        "9999-12-31T23:59:59-14:00",
        "٢٠٢٥",
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        when(text)


@pytest.mark.parametrize(
    ("left", "right", "before"),
    [
        ("2025", "2026", True),
        ("2026", "2025", False),
        ("2025-10", "2025-10-02", None),
        ("2025-10-02", "2025-10", None),
        ("2025", "2025", None),
        ("2025-10-02", "2025-10-02", False),
        ("2025-09", "2025-10-02", True),
        ("2025-10-02T06:00:00Z", "2025-10-02T07:00:00Z", True),
        ("2025-10-02T06:00:00Z", "2025-10-02T07:00:00+05:00", False),
        ("2025-10-02T06:00:00Z", "2025-10-03", True),
        ("2025-10-02T06:00:00Z", "2025-10-02", False),
    ],
)
def test_precision_decides_or_nothing_does(left: str, right: str, before: bool | None) -> None:
    assert when(left).before(when(right)) is before


def test_days_between_have_a_least_and_a_most() -> None:
    assert when("2025-09").days_to(dt.date(2025, 10, 2)) == (2, 31)
    assert when("2025-09-08").days_to(dt.date(2025, 9, 10)) == (2, 2)


DATES = st.dates(min_value=dt.date(1900, 1, 1)).map(lambda d: d.isoformat()[:10])
ANY = st.tuples(DATES, st.sampled_from([4, 7, 10])).map(lambda pair: pair[0][: pair[1]])


@given(ANY, ANY)
def test_before_is_never_true_both_ways(left: str, right: str) -> None:
    one, two = when(left).before(when(right)), when(right).before(when(left))
    assert not (one and two)
    if one is True:
        assert two is False
