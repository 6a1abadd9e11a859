"""Days as people write them in sheets; which number is the day is settled by the sheet, or asked.

02/01/2026 is a day in January or in February: without an order declared (or settled by clear days
of the same sheet, such as 13/01/2026) it is a Problem. Between points the day stands first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Literal

from orebook.exchange.rows import cell_fault
from orebook.model.problem import Problem
from orebook.model.when import BadDate, when

Order = Literal["", "day first", "month first"]
ORDERS: tuple[Order, ...] = ("", "day first", "month first")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:([./-])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)", re.ASCII
)
_LETTERS = re.compile(r"(?:(\d{1,2})\.?[ -])?([A-Za-z]{3,9})\.?(?:,? |-)(\d{4})", re.ASCII)
_CLOCK = re.compile(
    r"[\d./-]{6,10}[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
    r"(?: ?[A-Za-z]{2,5})?"
)
# A moment with its offset as people write it: a space for the T, no seconds, +0500 or UTC.
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)? ?"
    r"(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2}))",
    re.ASCII,
)


def read_day(text: str, order: Order = "") -> str | Problem | None:
    """The ISO form of a day, a month or a moment as written.

    Refuses: a Problem for a day that can be read in two ways, and a time without its offset.
    Unknown: None for what is none of these.
    """
    try:
        return when(text).text
    except BadDate:
        pass
    if match := _MOMENT.fullmatch(text):
        zone = "Z" if match[4] else f"{match[5]}:{match[6]}"
        return _moment(f"{match[1]}T{match[2]}{match[3] or ':00'}{zone}")
    if _CLOCK.fullmatch(text):
        step = "Write the day alone, or the time with its offset: 2026-03-01T14:30:00+05:00."
        return cell_fault("time-without-offset", "a day, or a time with its offset", text, step)
    if match := _YEAR_FIRST.fullmatch(text):
        return _iso(match[1], match[3] or match[5], match[4] or match[6])
    if match := _LETTERS.fullmatch(text):
        return _in_letters(match)
    match = _NUMBERS.fullmatch(text)
    if match is None:
        return None
    settled = _shows(match) or order
    if not settled:
        step = (
            f'"{text}" can be read day first or month first: write it as 2026-03-01, or say '
            '"dates day first" (or month first) in the first row or in the mapping.'
        )
        return cell_fault("ambiguous-date", "a date that can be read in one way only", text, step)
    day, month = (match[1], match[3]) if settled == "day first" else (match[3], match[1])
    return _iso(match[4], month, day)


def order_of(texts: Iterable[str]) -> Order:
    """The order that a sheet's own clear days show; "" where they show none or both."""
    matches = (_NUMBERS.fullmatch(text.strip()) for text in texts)
    shown = {
        _shows(match)
        for match in matches
        if match is not None and match[2] != "." and match[1] != match[3]
    } - {""}
    return shown.pop() if len(shown) == 1 else ""


def unclear(text: str) -> bool:
    """Whether a text is a day that only the order of its sheet settles."""
    match = _NUMBERS.fullmatch(text.strip())
    return match is not None and not _shows(match)


def _shows(match: re.Match[str]) -> Order:
    """The order that one day shows by itself."""
    one, other = int(match[1]), int(match[3])
    if match[2] == "." or (one > 12 >= other) or one == other:
        return "day first"
    return "month first" if other > 12 >= one else ""


def _moment(text: str) -> str | None:
    try:
        return when(text).text
    except BadDate:
        return None


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _in_letters(match: re.Match[str]) -> str | None:
    month = match[2][:3].casefold()
    if month not in _MONTHS:
        return None
    number = str(_MONTHS.index(month) + 1)
    whole = _iso(match[3], number, match[1] or "1")
    return whole if match[1] or whole is None else whole[:7]
