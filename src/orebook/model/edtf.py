"""Dates as people state them: EDTF levels 0 and 1, with the first and the last day they can mean.

`2025-09`, `2025-09-08/2025-09-10`, `2025?`, `2025-10~`, `202X`, `2025-XX`, `2025-21` (spring),
`2025-09-08/..`. Doubt (`?`, `~`, `%`) is kept in the text and never narrows the days.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re

from orebook.model.when import BadDate, When, when

_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 2)}
_MASKED = re.compile(r"(\d{2}[\dX]X|\d{4})(?:-(XX|\d{2})(?:-(XX))?)?", re.ASCII)


def edtf(text: str) -> When:
    """The date of that text, with the days it can mean.

    Refuses: BadDate for an impossible day, an interval given backwards, or any other form.
    Unknown: an open end of an interval (`..`) reaches to the end of the calendar.
    Source: ISO 8601-2:2019 annex A (EDTF), levels 0 and 1 without signed years.
    """
    if "/" in text:
        return _interval(text)
    bare = text[:-1] if text[-1:] in {"?", "~", "%"} else text
    if "T" not in bare and (match := _MASKED.fullmatch(bare)) and ("X" in bare or _season(bare)):
        first, last = _masked(text, *match.groups())
        return When(text, first, last)
    found = when(bare)
    return found if bare == text else When(text, found.first, found.last)


def _interval(text: str) -> When:
    start, _, end = text.partition("/")
    if "/" in end or not start or not end or start == end == "..":
        message = f'"{text}" is not an interval such as 2025-09-08/2025-09-10'
        raise BadDate(message)
    low = dt.date.min if start == ".." else edtf(start).first
    high = dt.date.max if end == ".." else edtf(end).last
    if high < low:
        message = f'"{text}" is an interval given backwards: it ends before it begins'
        raise BadDate(message)
    return When(text, low, high)


def _season(bare: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-2[1-4]", bare))


def _masked(text: str, year: str, month: str | None, day: str | None) -> tuple[dt.date, dt.date]:
    if "X" in year and month is not None:
        message = f'"{text}" names a month of a year it does not know'
        raise BadDate(message)
    if month is not None and month.isdigit() and int(month) in _SEASONS:
        begin, finish = _SEASONS[int(month)]
        closing = int(year) + (finish < begin)
        return (
            dt.date(int(year), begin, 1),
            dt.date(closing, finish, calendar.monthrange(closing, finish)[1]),
        )
    low, high = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if low == 0:
        message = f'"{text}" lies before the first year of the calendar'
        raise BadDate(message)
    if month is None or month == "XX":
        return dt.date(low, 1, 1), dt.date(high, 12, 31)
    if day is None:
        message = f'"{text}" is no date this book reads'
        raise BadDate(message)
    known = when(f"{year}-{month}")
    return known.first, known.last
