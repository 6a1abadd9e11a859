"""What can be read out of a short text without guessing: figures, dates, names, words of a "
"class."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from itertools import zip_longest

from orebook.model.vocabulary import table
from orebook.model.when import When

_MONTHS = {name.casefold(): i for i, name in enumerate(calendar.month_name) if name} | {
    name.casefold(): i for i, name in enumerate(calendar.month_abbr) if name
}
_DAYS = {name.casefold(): i for i, name in enumerate(calendar.day_name)}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_TIMES = {
    "hundred": Decimal(100),
    "thousand": Decimal(1000),
    "million": Decimal(10) ** 6,
    "mn": Decimal(10) ** 6,
    "m": Decimal(10) ** 6,
    "billion": Decimal(10) ** 9,
    "bn": Decimal(10) ** 9,
    "trillion": Decimal(10) ** 12,
    "tn": Decimal(10) ** 12,
}
_NUMBER = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s*(hundred|thousand|million|billion|trillion|mn|bn|tn)s?\b)?",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"(?<!\d )\b(hundred|thousand|million|billion|trillion)s of\b", re.IGNORECASE)
_DATE_TEXTS = (
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m>{_MONTH})\b\.?,?(?:\s+(?P<y>\d{{4}}))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<m>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b,?(?:\s+(?P<y>\d{{4}}))?",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?P<y>\d{4})-(?P<mm>\d{2})-(?P<d>\d{2})\b"),
)
_PARTS = {
    "early": (1, 4),
    "beginning of": (1, 3),
    "start of": (1, 3),
    "mid": (5, 8),
    "middle of": (5, 8),
    "late": (9, 12),
    "end of": (10, 12),
    "first half of": (1, 6),
    "second half of": (7, 12),
}
_PART = re.compile(rf"\b({'|'.join(_PARTS)})[\s-]*(\d{{4}})\b", re.IGNORECASE)
# The rules read the same texts again and again; what a text says depends on it alone.
_MANY = 1 << 15
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d+(?:\.\d+)?")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "said",
        "says",
        "that",
        "the",
        "their",
        "this",
        "to",
        "was",
        "were",
        "which",
        "will",
        "with",
        "who",
        "whom",
        "would",
        "could",
        "should",
        "it's",
        "under",
        "over",
        "after",
        "before",
        "into",
        "about",
        "than",
    ]
)


@cache
def class_words(kind: str) -> frozenset[str]:
    """The words of one class. Source: tables/claim_words.csv."""
    return frozenset(row["word"] for row in table("claim_words") if row["class"] == kind)


@cache
def meanings(kind: str) -> dict[str, tuple[str, ...]]:
    """Word → what the table says of it (opposite, whole, material), several where it has "
    "several."""
    found: dict[str, tuple[str, ...]] = {}
    for row in table("claim_words"):
        if row["class"] == kind:
            found[row["word"]] = (*found.get(row["word"], ()), row["says"])
    return found


@lru_cache(_MANY)
def has(text: str, kind: str) -> tuple[str, ...]:
    """The words or phrases of that class that stand whole in the text, the longest at a place."""
    low = " ".join(text.casefold().replace("_", " ").split())
    return tuple(sorted({m[0] for m in _pattern(kind).finditer(low)}))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    listed = sorted(class_words(kind), key=len, reverse=True)
    either = "|".join(map(re.escape, listed)) or "(?!)"
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")


@lru_cache(_MANY)
def words(text: str) -> tuple[str, ...]:
    """Content words, lower case, in order."""
    return tuple(w for m in _WORD.finditer(text) if (w := m[0].casefold()) not in _STOP)


@lru_cache(_MANY)
def names(text: str) -> frozenset[str]:
    """Names in the text: capitalised words and acronyms, and acronyms of runs of such words."""
    found: set[str] = set()
    for part in re.split(r"[;,()/]| and | with ", text):
        run: list[str] = []
        for token in re.findall(r"[A-Za-z][\w'’.&-]*", part):
            if token[0].isupper():
                run.append(token)
                found.add(token.casefold().strip("."))
        if len(run) > 1:
            found.add("".join(t[0] for t in run).casefold())
    return frozenset(found - {"the", "a"})


def figure(text: str) -> Decimal | None:
    """The one figure a text is, such as 1,250 or 1.2 billion; None for anything else."""
    bare = text.strip().rstrip("%").strip()
    try:
        value = Decimal(bare)
    except InvalidOperation:
        match = _NUMBER.fullmatch(bare)
        return _scaled(match) if match else None
    return value if value.is_finite() else None


@dataclass(frozen=True, slots=True)
class Spanned:
    """A figure as a text gives it: at least and at most; `bounded` where it says up to or so."""

    low: Decimal
    high: Decimal
    bounded: bool = False


def figures(text: str) -> tuple[Spanned, ...]:
    """Every figure of a text with its scale word; "1 to 3" is one range; "millions of" is ≥ 1e6."""
    found = [(m.start(), m.end(), _scaled(m)) for m in _NUMBER.finditer(text)]
    spans: list[Spanned] = []
    skip = False
    bounded = bool(has(text, "bound"))
    for (_, end, value), nxt in zip_longest(found, found[1:]):
        if skip:
            skip = False
            continue
        if nxt is not None and re.fullmatch(r"\s*(?:to|-|–)\s*", text[end : nxt[0]]):
            low, high = sorted((value, nxt[2]))
            spans.append(Spanned(low, high, bounded))
            skip = True
        else:
            spans.append(Spanned(value, value, bounded))
    spans += [
        Spanned(_TIMES[m[1].casefold()], _TIMES[m[1].casefold()], bounded=True)
        for m in _PLURAL.finditer(text)
    ]
    return tuple(spans)


def _scaled(match: re.Match[str]) -> Decimal:
    value = Decimal(match[1].replace(",", ""))
    return value * _TIMES[match[2].casefold()] if match[2] else value


@dataclass(frozen=True, slots=True)
class Dated:
    """A date read out of a text: its days, the week day it names, and whether the day exists."""

    first: dt.date
    last: dt.date
    weekday: int | None = None
    impossible: str = ""


def dates(text: str, source: When | None) -> tuple[Dated, ...]:
    """Every date a text gives in words or figures.

    Takes: the date of the source, from which a year that is not written is taken.
    Unknown: without a year and without a dated source, a day and month give nothing.
    """
    found: list[Dated] = []
    weekday = next(
        (n for name, n in _DAYS.items() if re.search(rf"\b{name}\b", text, re.IGNORECASE)), None
    )
    for pattern in _DATE_TEXTS:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            year = int(parts["y"]) if parts.get("y") else (source.first.year if source else None)
            month = int(parts["mm"]) if parts.get("mm") else _MONTHS[parts["m"].casefold()]
            if year is not None:
                found.append(_day(year, month, int(parts["d"]), weekday))
        if found:
            return tuple(found)
    for match in _PART.finditer(text):
        low, high = _PARTS[match[1].casefold()]
        year = int(match[2])
        if 1 <= year <= 9999:
            end = calendar.monthrange(year, high)[1]
            found.append(Dated(dt.date(year, low, 1), dt.date(year, high, end)))
    return tuple(found) or _relative(text, source)


def _day(year: int, month: int, day: int, weekday: int | None) -> Dated:
    try:
        on = dt.date(year, month, day)
    except ValueError:
        edge = dt.date(max(1, min(year, 9999)), min(max(month, 1), 12), 1)
        return Dated(edge, edge, weekday, f"{year:04d}-{month:02d}-{day:02d}")
    return Dated(on, on, weekday)


_RELATIVE = re.compile(
    r"\b(?:(earlier|later)\s+)?(this|last|next)\s+(week|month|year)\b|\b(yesterday|today|tomorrow)\b",
    re.IGNORECASE,
)


def relative(text: str) -> bool:
    """True where a text dates something by the day it was written: earlier this month, "
    "yesterday."""
    return _RELATIVE.search(text) is not None


def _relative(text: str, source: When | None) -> tuple[Dated, ...]:
    match = _RELATIVE.search(text)
    if match is None or source is None:
        return ()
    try:
        return _resolved(match, source)
    except (ValueError, OverflowError):
        # Beyond the calendar, as "next month" of a source of 9999-12: no day to compare.
        return ()


def _resolved(match: re.Match[str], source: When) -> tuple[Dated, ...]:
    first, last = source.first, source.last
    if match[4]:
        step = {"yesterday": -1, "today": 0, "tomorrow": 1}[match[4].casefold()]
        move = dt.timedelta(days=step)
        return (Dated(first + move, last + move),)
    half, which, unit = ((match[i] or "").casefold() for i in (1, 2, 3))
    shift = {"last": -1, "this": 0, "next": 1}[which]
    low, high = _around(first, unit, shift)[0], _around(last, unit, shift)[1]
    if half == "earlier":
        high = min(high, last)
    elif half == "later":
        low = max(low, first)
    return (Dated(low, high),)


def _around(day: dt.date, unit: str, shift: int) -> tuple[dt.date, dt.date]:
    if unit == "week":
        start = day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=shift)
        return start, start + dt.timedelta(days=6)
    if unit == "year":
        year = min(max(day.year + shift, 1), 9999)
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    months = day.year * 12 + day.month - 1 + shift
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, 1), dt.date(
        year, month + 1, calendar.monthrange(year, month + 1)[1]
    )


def weekday_name(number: int) -> str:
    """Monday for 0."""
    return calendar.day_name[number]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a course of things: agreement, law, finance, movement, project."""

    course: str
    name: str
    rank: int


@cache
def _steps() -> tuple[tuple[str, Step], ...]:
    rows = [(r["word"], Step(r["course"], r["step"], int(r["rank"]))) for r in table("claim_steps")]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@lru_cache(_MANY)
def steps(text: str) -> tuple[Step, ...]:
    """The steps a text names, longest words first, each course once."""
    low = " " + " ".join(re.split(r"[\s_;,.()]+", text.casefold())) + " "
    found: dict[str, Step] = {}
    for word, step in _steps():
        if f" {word} " in low:
            found.setdefault(step.course, step)
    return tuple(found.values())
