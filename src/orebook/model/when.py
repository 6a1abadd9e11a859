"""Dates of any precision: 2025, 2025-10, 2025-10-02, 2025-10-02T06:00:00Z (EDTF level 0).

A month is not its first day: a comparison that the precision cannot settle gives None.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


class BadDate(ValueError):
    """Not a date this book can read."""


@dataclass(frozen=True, slots=True)
class When:
    """A date or an instant as written, with the first and the last day it can mean (UTC)."""

    text: str
    first: dt.date
    last: dt.date
    instant: dt.datetime | None = None

    def before(self, other: When) -> bool | None:
        """True or False where the precision decides, else None."""
        if self.instant is not None and other.instant is not None:
            return self.instant < other.instant
        if self.last < other.first:
            return True
        if self.first > other.last or (self == other and self.first == self.last):
            return False
        return None if self.first != self.last or other.first != other.last else False

    def days_to(self, day: dt.date) -> tuple[int, int]:
        """The least and the most whole days from this date to `day`."""
        return (day - self.last).days, (day - self.first).days


def when(text: str) -> When:
    """The date or instant of that text.

    Refuses: BadDate for an impossible day, a missing offset, or any other form.
    Source: ISO 8601-1:2019 5.2 and 5.4; RFC 3339 5.6.
    """
    try:
        if match := _TIME.fullmatch(text):
            instant = dt.datetime.fromisoformat(_six_digits(text)).astimezone(dt.UTC)
            return When(text, instant.date(), instant.date(), instant)
        if match := _DATE.fullmatch(text):
            year, month, day = (int(part) if part else None for part in match.groups())
            first = dt.date(year or 0, 1 if month is None else month, 1 if day is None else day)
            if day is not None:
                return When(text, first, first)
            last_month = first.month if month is not None else 12
            last_day = calendar.monthrange(first.year, last_month)[1]
            return When(text, first, dt.date(first.year, last_month, last_day))
    except (ValueError, OverflowError) as error:
        message = f'"{text}" is not a day of the calendar'
        raise BadDate(message) from error
    message = f'"{text}" is not a date such as 2025-10-02 or a time such as 2025-10-02T06:00:00Z'
    raise BadDate(message)


def _six_digits(text: str) -> str:
    """Fractions of a second cut to the six digits a datetime holds; the text itself is kept."""
    return re.sub(r"(\.\d{1,6})\d*", r"\1", text)
