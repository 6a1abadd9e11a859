"""A value or its absence in words: the same for page, table, terminal and print."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.model.absence import Absent, Maybe, Sealed
from orebook.model.quantity import ContainedMass, Fraction, Mass, Money
from orebook.model.uncertainty import Doubt, Exact, Lognormal, Normal, Range, Spread, Unstated
from orebook.model.units import unit
from orebook.model.when import When, when
from orebook.show.html import Html, escape
from orebook.show.numbers import (
    Certainty,
    between_text,
    date_text,
    money_text,
    number,
    percent,
    qty_text,
)

NOT_STATED = "not stated"
ABSENCES = {
    "not_found": "not found",
    "undisclosed": "asked for and not given",
    "withheld": "withheld",
    "not_applicable": "does not apply",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A value in words: its text, what sort of thing it is, and a remark under it.

    `state`: known, absent, sealed or silent (no statement speaks of it).
    """

    text: str
    state: str = "known"
    remark: str = ""

    def line(self) -> str:
        """One line for a terminal."""
        return f"{self.text} ({self.remark})" if self.remark else self.text

    def html(self) -> Html:
        """The same as markup, its state as a class and never by colour alone."""
        remark = f' <small class="remark">{escape(self.remark)}</small>' if self.remark else ""
        return Html(f'<span class="v v-{self.state}"><bdi>{escape(self.text)}</bdi>{remark}</span>')


def say(value: Maybe[object]) -> Said:  # noqa: C901 - one case per type, read top to bottom
    """Any value of a record in words. Unknown: each kind of absence has words of its own."""
    match value:
        case None:
            return Said(NOT_STATED, "silent")
        case Absent(kind, until, where, note):
            day = f"looked for until {day_text(until)}" if until else ""
            remark = "; ".join(part for part in (day, where, note) if part)
            return Said(ABSENCES.get(kind, kind), "absent", remark)
        case Sealed(since):
            whom = ", ".join(_audience(name) for name in value.audiences)
            return Said("sealed", "sealed", f"since entry {since}, for {whom}")
        case Mass():
            return Said(mass_text(value), "known", doubt_text(value.spread, value))
        case Fraction():
            return Said(fraction_text(value), "known", doubt_text(value.spread, value))
        case Money(currency=currency):
            return Said(money_text(value.value, currency, unknown=NOT_STATED))
        case When():
            return Said(when_text(value))
        case bool():
            return Said("yes" if value else "no")
        case Decimal() | int():
            return Said(number(value))
        case tuple():
            return Said("; ".join(say(item).text for item in value) or NOT_STATED)
        case _:
            return Said(str(value).replace("_", " ") if _is_word(value) else str(value))


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.islower() and value.replace("_", "").isalpha()


def _audience(name: str) -> str:
    return {"owner": "the owner of the book", "public": "nobody: it was taken down"}.get(name, name)


def mass_text(value: Mass) -> str:
    """A mass as it was written, with its basis: 30 000 kg (basis not stated)."""
    basis = {"unstated": "basis not stated"}.get(value.basis, value.basis)
    if isinstance(value, ContainedMass):
        basis = f"contained {value.of}"
    figure, symbol = value.value, "kg"
    if value.written is not None:
        declared = unit(value.written.unit)
        figure, symbol = Decimal(value.written.value), declared.symbol
        if declared.basis:
            return qty_text(figure, symbol, unknown=NOT_STATED)
    return f"{qty_text(figure, symbol, unknown=NOT_STATED)} ({basis})"


def fraction_text(value: Fraction) -> str:
    """A grade, moisture or share as it was written."""
    if value.written is None:
        return percent(value.value)
    declared = unit(value.written.unit)
    return qty_text(Decimal(value.written.value), declared.symbol, unknown=NOT_STATED)


def doubt_text(spread: Spread, value: Mass | Fraction) -> str:
    """How good a stated figure is, in its own unit: ± 0.2 % (k=1), or that nobody said."""
    if not spread.terms:
        return "exact"
    if len(spread.terms) > 1:
        return ""
    factor, symbol = Decimal(1), "kg"
    if value.written is not None:
        declared = unit(value.written.unit)
        factor, symbol = declared.factor, declared.symbol
    elif isinstance(value, Fraction):
        factor, symbol = Decimal("0.01"), "%"
    return _doubt_words(spread.terms[0].doubt, factor, symbol)


def _doubt_words(doubt: Doubt, factor: Decimal, symbol: str) -> str:
    match doubt:
        case Exact():
            return "exact"
        case Normal(sd):
            return f"± {qty_text(_plain(sd / factor), symbol, unknown=NOT_STATED)} (k=1)"
        case Range(low, high):
            return between_text(
                _plain(low / factor), _plain(high / factor), symbol, unknown=NOT_STATED
            )
        case Lognormal(sigma):
            return f"± {percent(sigma)} of the value (k=1)"
        case Unstated():
            return "doubt not stated"


def _plain(value: Decimal) -> Decimal:
    """Without the zeros that a division adds."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def when_text(value: When) -> str:
    """A date no more exact than it was written; an instant with its time as written."""
    if value.instant is not None:
        day, _, clock = value.text.partition("T")
        return f"{day_text(day)}, {clock}"
    return day_text(value.text)


def day_text(text: str) -> str:
    """2025-10-02, 2025-10 or 2025 in words."""
    date = when(text)
    certainty: Certainty = ("year", "month", "day")[min(text.count("-"), 2)]
    return date_text(date.first, certainty, unknown=NOT_STATED)
