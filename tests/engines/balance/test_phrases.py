"""What is said of a network: numbers as a person reads them, and faults of a table with places."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.acts.reconcile import reconcile
from orebook.engines.balance.phrases import closes, likely, number, odds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (12345.6, "12\u202f350"),
        (-0.000034567, "−0.00003457"),
        (1.5e10, "15\u202f000\u202f000\u202f000"),
        (100.0, "100"),
        (2.50, "2.5"),
    ],
)
def test_a_number_has_four_digits_and_no_exponent(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(-1e15, 1e15, allow_nan=False))
def test_a_number_is_read_back_to_four_digits(value: float) -> None:
    text = number(value)
    assert re.fullmatch(r"−?[\d\u202f]+(\.\d+)?", text)
    back = float(text.replace("\u202f", "").replace("−", "-"))
    assert abs(back - value) <= 5.1e-4 * abs(value)


def test_small_chances_and_imbalances_are_words() -> None:
    assert closes(0.0) == "to the last digit reckoned"
    assert closes(3e-12) == "to better than one part in 10¹¹"
    assert (likely(1e-9), likely(0.14), likely(0.999)) == ("under 0.1 %", "14 %", "99.9 %")
    assert odds(0.034) == "in 3 of 100 cases"
    assert odds(2.1e-5) == "in about one of 50\u202f000 cases"
    assert odds(1e-30) == "in fewer than one of a billion cases"


def test_a_row_with_more_cells_than_columns_is_left_out_and_named() -> None:
    rows = "edge,from,to,dry_t,sd_dry_t\na,boundary,m,1,.1,7\nb,m,boundary,1,.1,\n"
    told = reconcile(rows.encode(), "t.csv")
    (problem,) = [p for p in told.problems if p.code == "too-many-cells"]
    assert problem.place == "row 2"
    assert told.answer is not None
    assert told.answer.network.edges == ("b",)


def test_two_networks_in_one_table_are_said_to_be_two() -> None:
    rows = "edge,from,to,dry_t,sd_dry_t\n" + "".join(
        f"{n}{k},{a},{b},100,1\n"
        for n in "xy"
        for k, (a, b) in enumerate((("boundary", n), (n, "boundary")))
    )
    said = "\n".join(reconcile(rows.encode(), "t.csv").lines())
    assert "No transfer joins these 2 networks" in said


def test_a_comma_for_the_decimal_mark_is_told_how_to_be_written() -> None:
    rows = "edge;from;to;dry_t;sd_dry_t\na;boundary;m;1,5;0.1\nb;m;boundary;1.4;0.1\n"
    (problem,) = reconcile(rows.encode(), "t.csv").problems
    assert problem.next_step == "Write the decimal mark as a point."


def test_masses_of_absurd_scale_are_named_where_no_number_is_given() -> None:
    rows = "edge,from,to,dry_t,sd_dry_t\na,boundary,m,1e12,1\nb,m,boundary,1e-9,1e-12\n"
    told = reconcile(rows.encode(), "t.csv")
    assert told.answer is None
    assert "No number is given" in told.why_not
    assert [p.code for p in told.problems] == ["absurd-scale"]
