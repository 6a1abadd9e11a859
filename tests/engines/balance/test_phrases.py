"""Numbers as a person reads them: no exponent, grouped, kept whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    assert closes(3e-12) == "to better than one part in 10^11"
    assert (likely(1e-9), likely(0.14), likely(0.999)) == ("under 0.1 %", "14 %", "99.9 %")
    assert odds(0.034) == "in 3 of 100 cases"
    assert odds(2.1e-5) == "in about one of 50\u202f000 cases"
    assert odds(1e-30) == "in fewer than one of a billion cases"
