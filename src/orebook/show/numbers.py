"""The one place where a number becomes text: page, picture, PDF, mail and terminal call it.

Digits are grouped with U+202F, which keeps a number whole in right-to-left text (class CS of the
Unicode bidirectional algorithm, where a thin space would break it in two).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from orebook.show.html import Html, clean, escape, isolate, safe_href

Certainty = Literal["day", "month", "year"]

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# Wide enough for any amount of money or matter; narrow enough that no input fills a page.
_FURTHEST = 60
_WIDE = Context(prec=4 * _FURTHEST, rounding=ROUND_HALF_EVEN)


def number(value: Decimal | int, *, digits: int | None = None, sig: int | None = None) -> str:
    """The value in plain digits, thousands grouped, as many decimals as written or as asked.

    Takes: ``digits`` decimals or ``sig`` significant figures, at most one of them; with neither
    every digit of the value is shown, trailing zeros too, for they tell how it was measured.
    Refuses: floats (their digits are not the writer's), NaN and infinity, and magnitudes beyond
    1e60, which no quantity here can have.
    Source: ISO 80000-1:2009, 7.3 (grouping) and annex B, rule A (ties go to the even digit).
    """
    exact = _decimal(value)
    if digits is not None and sig is not None:
        raise ValueError("number(): expected digits or sig, found both; ask for one")
    if sig is not None:
        if sig < 1:
            raise ValueError(f"number(): expected sig of 1 or more, found {sig}")
        places = 0 if exact == 0 else sig - 1 - exact.adjusted()
        exact = exact.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    elif digits is not None:
        if not 0 <= digits <= _FURTHEST:
            raise ValueError(f"number(): expected digits from 0 to {_FURTHEST}, found {digits}")
        exact = exact.quantize(Decimal(1).scaleb(-digits), context=_WIDE)
    whole, _, decimals = f"{abs(exact):f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", NARROW_SPACE)
    sign = MINUS if exact < 0 else ""
    return f"{sign}{grouped}.{decimals}" if decimals else f"{sign}{grouped}"


def percent(fraction: Decimal | int, *, digits: int | None = None, sig: int | None = None) -> str:
    """A fraction of one as a percentage: 0.978 becomes 97.8 %, no digit lost or added."""
    exact = _decimal(fraction)
    hundredfold = exact.scaleb(2, context=_WIDE)
    return f"{number(hundredfold, digits=digits, sig=sig)}{NARROW_SPACE}%"


def days(count: int | None, *, unknown: str, one: str = "day", many: str = "days") -> str:
    """A count of days with its word; the caller's word when the count is unknown."""
    if count is None:
        return _word(unknown)
    return f"{number(count)}\u00a0{one if abs(count) == 1 else many}"


def date_text(
    when: date | None,
    certainty: Certainty = "day",
    *,
    unknown: str,
    about: str = "",
    months: tuple[str, ...] = MONTHS,
) -> str:
    """A date no more exact than it is known: 8 September 2025, September 2025, or 2025.

    Takes: ``about``, the word put before a date that its source calls approximate.
    Unknown: the caller's word, never a first of January.
    """
    if when is None:
        return _word(unknown)
    year = str(when.year)
    month = f"{months[when.month - 1]}\u00a0{year}"
    shown = {"day": f"{when.day}\u00a0{month}", "month": month, "year": year}[certainty]
    return f"{about}\u00a0{shown}" if about else shown


@dataclass(frozen=True, slots=True)
class Shown:
    """A quantity ready to be shown: value and expanded doubt in one unit, to the same digits.

    Takes: ``plus_minus``, the half-width in the unit of the value, and the coverage factor ``k``
    it was multiplied by when that is stated; ``unit`` may be empty for a bare count.
    Unknown: a ``value`` of None is shown as ``unknown``, the caller's word, never as 0 or nothing.
    """

    value: Decimal | int | None
    unit: str
    unknown: str
    plus_minus: Decimal | int | None = None
    k: Decimal | int | None = None
    digits: int | None = None
    sig: int | None = None

    def figure(self) -> str | None:
        """The digits alone, with their doubt, or None when the value is unknown."""
        if self.value is None:
            return None
        figure = number(self.value, digits=self.digits, sig=self.sig)
        if self.plus_minus is None:
            return figure
        doubt = _decimal(self.plus_minus).copy_abs()
        half = number(doubt, digits=self.digits, sig=self.sig)
        if doubt and not half.strip("0."):
            half = number(doubt, sig=1)  # a doubt that is there is never shown as none
        return f"{figure}\u00a0±\u00a0{half}"

    def after(self) -> str:
        """What follows the unit: the coverage factor, where it is stated."""
        return "" if self.k is None or self.plus_minus is None else f"(k={number(self.k)})"

    def text(self) -> str:
        """The quantity as plain text, for a terminal, a mail or a picture."""
        figure = self.figure()
        if figure is None:
            return _word(self.unknown)
        unit = f"{NARROW_SPACE}{clean(self.unit)}" if self.unit else ""
        after = f"\u00a0{self.after()}" if self.after() else ""
        return f"{figure}{unit}{after}"

    def html(self, href: str | None = None) -> Html:
        """The quantity as markup that stays whole in right-to-left text; opens its evidence."""
        figure = self.figure()
        if figure is None:
            inner = Html(f'<bdi class="q unk">{escape(_word(self.unknown))}</bdi>')
        else:
            unit = f'{NARROW_SPACE}<span class="u">{escape(self.unit)}</span>' if self.unit else ""
            after = f'\u00a0<span class="k">{self.after()}</span>' if self.after() else ""
            inner = Html(f'<bdi dir="ltr" class="q">{figure}{unit}{after}</bdi>')
        link = safe_href(href)
        return inner if link is None else Html(f'<a class="ev" href="{escape(link)}">{inner}</a>')


def qty_text(
    value: Decimal | int | None,
    unit: str,
    *,
    unknown: str,
    plus_minus: Decimal | int | None = None,
    k: Decimal | int | None = None,
    digits: int | None = None,
    sig: int | None = None,
) -> str:
    """A quantity as plain text: 9 999 ± 20 kg (k=2), or the caller's word when unknown."""
    return Shown(value, unit, unknown, plus_minus, k, digits, sig).text()


def qty_html(
    value: Decimal | int | None,
    unit: str,
    *,
    unknown: str,
    plus_minus: Decimal | int | None = None,
    k: Decimal | int | None = None,
    digits: int | None = None,
    sig: int | None = None,
    href: str | None = None,
) -> Html:
    """The same quantity as markup that no right-to-left line can turn round."""
    return Shown(value, unit, unknown, plus_minus, k, digits, sig).html(href)


def between_text(
    low: Decimal | int | None,
    high: Decimal | int | None,
    unit: str,
    *,
    unknown: str,
    at_least: str = "at least",
    at_most: str = "at most",
    digits: int | None = None,
) -> str:
    """Two bounds and their unit, 12–37 %; one bound with its word; the caller's word for none."""
    if low is not None and high is not None and low != high:
        ends = f"{number(low, digits=digits)}–{number(high, digits=digits)}"
        return f"{ends}{NARROW_SPACE}{clean(unit)}" if unit else ends
    if low is not None and low == high:
        return qty_text(low, unit, unknown=unknown, digits=digits)
    if low is not None:
        return f"{at_least}\u00a0{qty_text(low, unit, unknown=unknown, digits=digits)}"
    if high is not None:
        return f"{at_most}\u00a0{qty_text(high, unit, unknown=unknown, digits=digits)}"
    return _word(unknown)


def money_text(
    amount: Decimal | int | None,
    currency: str,
    *,
    unknown: str,
    digits: int | None = None,
    scale: tuple[int, str] | None = None,
) -> str:
    """An amount behind its currency code: USD 500 000 000, or USD 500 million.

    Takes: ``scale``, a divisor and its word, such as ``(1_000_000, "million")``; without
    ``digits`` all digits stay, so 1 234 567 reads 1.234567 million.
    """
    if amount is None:
        return _word(unknown)
    exact = _decimal(amount)
    word = ""
    if scale is not None:
        divisor, name = scale
        exact = _WIDE.divide(exact, Decimal(divisor))
        word = f"\u00a0{clean(name)}"
    sign = MINUS if exact < 0 else ""
    return f"{sign}{clean(currency)}\u00a0{number(abs(exact), digits=digits)}{word}"


def money_html(
    amount: Decimal | int | None,
    currency: str,
    *,
    unknown: str,
    digits: int | None = None,
    scale: tuple[int, str] | None = None,
    href: str | None = None,
) -> Html:
    """The same amount as markup that stays whole in right-to-left text."""
    text = money_text(amount, currency, unknown=unknown, digits=digits, scale=scale)
    known = ' dir="ltr" class="q"' if amount is not None else ' class="q unk"'
    inner = Html(f"<bdi{known}>{escape(text)}</bdi>")
    link = safe_href(href)
    return inner if link is None else Html(f'<a class="ev" href="{escape(link)}">{inner}</a>')


def _decimal(value: Decimal | int) -> Decimal:
    kind = type(value).__name__
    if kind == "bool" or not isinstance(value, Decimal | int):
        raise TypeError(
            f"a number to show: expected Decimal or int, found {kind} {value!r}; "
            "convert it from its written text"
        )
    exact = Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"a number to show: expected a finite value, found {value}; pass None")
    exponent = exact.as_tuple().exponent
    if exact.adjusted() > _FURTHEST or (isinstance(exponent, int) and exponent < -_FURTHEST):
        raise ValueError(f"a number to show: expected digits within 1e±{_FURTHEST}, found {value}")
    return exact


def _word(unknown: str) -> str:
    if not unknown.strip():
        raise ValueError("an unknown value: expected a word for it, found an empty text; give one")
    return isolate(unknown)
