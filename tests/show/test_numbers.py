"""Numbers as text: no digit lost, none invented, none turned round."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.show.html import Html, clean, escape, isolate, safe_href
from orebook.show.numbers import (
    between_text,
    date_text,
    days,
    money_html,
    money_text,
    number,
    percent,
    qty_html,
    qty_text,
)

finite = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6
)


@given(finite)
def test_number_keeps_every_digit(value: Decimal) -> None:
    back = number(value).replace("\u202f", "").replace("\u2212", "-")
    assert Decimal(back) == value
    assert "e" not in back.lower()


@given(finite, st.integers(0, 8))
def test_number_rounds_no_more_than_asked(value: Decimal, digits: int) -> None:
    back = Decimal(number(value, digits=digits).replace("\u202f", "").replace("\u2212", "-"))
    assert abs(back - value) <= Decimal(1).scaleb(-digits) / 2
    assert -back.as_tuple().exponent == digits  # type: ignore[operator]


def test_number_examples() -> None:
    assert number(9999) == "9\u202f999"
    assert number(Decimal("-1234567.50")) == "\u22121\u202f234\u202f567.50"
    assert number(Decimal("1E+3")) == "1\u202f000"
    assert number(Decimal("33.3333"), sig=4) == "33.33"
    assert number(Decimal("2.5"), digits=0) == "2"
    assert number(Decimal("-0.001"), digits=2) == "0.00"


@pytest.mark.parametrize("bad", [1.5, True, "3"])
def test_number_refuses_what_is_not_exact(bad: object) -> None:
    with pytest.raises(TypeError, match="expected Decimal or int"):
        number(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e99", "1e-99"])
def test_number_refuses_what_no_quantity_is(bad: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        number(Decimal(bad))


def test_number_takes_one_kind_of_rounding() -> None:
    with pytest.raises(ValueError, match="found both"):
        number(1, digits=1, sig=1)


def test_percent_shifts_the_point_only() -> None:
    assert percent(Decimal("0.978")) == "97.8\u202f%"
    assert percent(Decimal("0.3333333"), digits=2) == "33.33\u202f%"


def test_quantity_with_doubt_and_coverage() -> None:
    text = qty_text(Decimal(9999), "kg", unknown="not found", plus_minus=Decimal(20), k=2)
    assert text == "9\u202f999\u00a0±\u00a020\u202fkg\u00a0(k=2)"


def test_a_doubt_that_is_there_is_never_shown_as_none() -> None:
    text = qty_text(Decimal(600), "kg", unknown="?", plus_minus=Decimal("0.4"), digits=0)
    assert "0.4" in text


def test_quantity_as_markup() -> None:
    out = qty_html(Decimal(9999), "<kg>", unknown="not found", href="/e/1?a=1&b=2")
    assert out == (
        '<a class="ev" href="/e/1?a=1&amp;b=2"><bdi dir="ltr" class="q">9\u202f999\u202f'
        '<span class="u">&lt;kg&gt;</span></bdi></a>'
    )
    assert isinstance(out, Html)
    assert out.__html__() is out


def test_unknown_is_the_callers_word_never_zero_or_nothing() -> None:
    assert qty_text(None, "kg", unknown="not found") == "not found"
    assert qty_html(None, "kg", unknown="not found") == '<bdi class="q unk">not found</bdi>'
    assert money_text(None, "USD", unknown="not stated") == "not stated"
    assert days(None, unknown="not known") == "not known"
    assert date_text(None, unknown="no date") == "no date"
    for call in (
        lambda: qty_text(None, "kg", unknown=" "),
        lambda: between_text(None, None, "%", unknown=""),
    ):
        with pytest.raises(ValueError, match="expected a word"):
            call()


def test_money_names_its_currency() -> None:
    assert money_text(500_000_000, "USD", unknown="?") == "USD\u00a0500\u202f000\u202f000"
    million = (1_000_000, "million")
    assert money_text(500_000_000, "USD", unknown="?", scale=million) == "USD\u00a0500\u00a0million"
    assert 'dir="ltr"' in money_html(Decimal(-5), "PKR", unknown="?")


def test_bounds() -> None:
    assert between_text(Decimal(12), Decimal(37), "%", unknown="?") == "12–37\u202f%"
    assert between_text(None, Decimal(37), "%", unknown="?") == "at most\u00a037\u202f%"
    assert between_text(Decimal(3), Decimal(3), "t", unknown="?") == "3\u202ft"


def test_dates_are_no_more_exact_than_known() -> None:
    when = date(2025, 9, 8)
    assert date_text(when, unknown="?") == "8\u00a0September\u00a02025"
    assert date_text(when, "month", unknown="?") == "September\u00a02025"
    assert date_text(when, "year", unknown="?", about="about") == "about\u00a02025"
    assert days(1, unknown="?") == "1\u00a0day"
    assert days(441, unknown="?") == "441\u00a0days"


def test_links_that_could_run_are_dropped() -> None:
    for bad in ("javascript:alert(1)", " JaVaScript:x", "java\nscript:x", "data:text/html,x", ""):
        assert safe_href(bad) is None
    assert safe_href("/lot/a") == "/lot/a"
    assert safe_href("https://example.org/a:b") == "https://example.org/a:b"


def test_text_cannot_break_out_or_turn_round() -> None:
    assert escape('<script>"&') == "&lt;script&gt;&quot;&amp;"
    assert clean("a\u202eb\x00\u2069") == "ab\ufffd"
    assert isolate("نمک") == "\u2068نمک\u2069"
    assert isolate(isolate("نمک")) == isolate("نمک")
    assert isolate("salt") == "salt"
