"""Dates of any precision, with the days they can mean."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.model.edtf import edtf
from orebook.model.shape import check
from orebook.model.when import BadDate, when

DAYS = st.dates(dt.date(1000, 1, 1), dt.date(9998, 12, 31))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-10~", "2025-10-01", "2025-10-31"),
        ("2024-02-29?", "2024-02-29", "2024-02-29"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("2025-XX", "2025-01-01", "2025-12-31"),
        ("2025-02-XX", "2025-02-01", "2025-02-28"),
        ("2025-21", "2025-03-01", "2025-05-31"),
        ("2025-24", "2025-12-01", "2026-02-28"),
        ("2025-09-08/2025-09-10", "2025-09-08", "2025-09-10"),
        ("2025-09/2025-11", "2025-09-01", "2025-11-30"),
        ("2025-09-08/..", "2025-09-08", "9999-12-31"),
    ],
)
def test_a_date_reaches_from_its_first_to_its_last_day(text: str, first: str, last: str) -> None:
    found = edtf(text)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)
    assert found.text == text


@pytest.mark.parametrize(
    "text",
    ["", "/", "2025/", "../..", "2025-13", "2025-02-30", "20X5", "202X-05", "1/2/3", "000X", "?"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        edtf(text)


@given(DAYS, DAYS)
def test_an_interval_holds_its_ends_and_is_refused_backwards(a: dt.date, b: dt.date) -> None:
    if a <= b:
        found = edtf(f"{a}/{b}")
        assert (found.first, found.last) == (a, b)
    else:
        with pytest.raises(BadDate, match="backwards"):
            edtf(f"{a}/{b}")


@given(DAYS)
def test_a_plain_day_reads_as_before(day: dt.date) -> None:
    assert edtf(day.isoformat()) == when(day.isoformat())


def test_a_backward_interval_is_named_in_a_body() -> None:
    source = {"id": "s", "title": "t", "date": "2026/2025"}
    assert [p.code for p in check("source", source)] == ["interval-backwards"]
