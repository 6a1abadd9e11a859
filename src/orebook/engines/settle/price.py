"""The price of a period: quotational period, its quotes, and the currency of the invoice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# International avoirdupois pound and troy ounce, exact, in tonnes.
PER_T = {
    "t": Decimal(1),
    "kg": Decimal("0.001"),
    "g": Decimal("0.000001"),
    "lb": Decimal("0.00045359237"),
    "oz": Decimal("0.0000311034768"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The quotational period: fixed days, or a calendar month counted from an event's month."""

    start: dt.date | None = None
    end: dt.date | None = None
    event: str = ""
    months_after: int = 0

    def days(self, events: dict[str, dt.date]) -> tuple[dt.date, dt.date] | None:
        """First and last day. Unknown: None while the event has no date."""
        if self.start is not None and self.end is not None:
            return self.start, self.end
        at = events.get(self.event)
        if at is None:
            return None
        month = at.month - 1 + self.months_after
        first = dt.date(at.year + month // 12, month % 12 + 1, 1)
        after = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return first, after - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted price of one day."""

    day: dt.date
    value: Decimal


def average(quotes: Sequence[Quote], days: tuple[dt.date, dt.date]) -> tuple[Decimal, int] | None:
    """The arithmetic mean of the quotes in the period and how many; None where there is none.

    Takes: quotes of terms and lot together; what both state of one day counts once.
    """
    inside = dict.fromkeys((q.day, q.value) for q in quotes if days[0] <= q.day <= days[1])
    if not inside:
        return None
    return sum((value for _, value in inside), Decimal(0)) / len(inside), len(inside)


def contradicting(quotes: Sequence[Quote]) -> tuple[Quote, Quote] | None:
    """Two quotes of one day that differ, if there are any."""
    seen: dict[dt.date, Quote] = {}
    for quote in quotes:
        if seen.setdefault(quote.day, quote).value != quote.value:
            return seen[quote.day], quote
    return None
