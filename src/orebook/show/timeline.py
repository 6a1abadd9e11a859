"""What happened when, no more exactly than it is known, with words that never overlap.

On a wide page time runs to the right and words stand in lanes; on a phone it runs down the page
and words are pushed apart, each tied to its date. A date known to the day is a dot, to the month
or the year a bar as long as the month or year, and "about" leaves the dot open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from orebook.show.html import Html
from orebook.show.numbers import MONTHS, Certainty, date_text
from orebook.show.svg import (
    SMALL,
    el,
    leading,
    lines_of_text,
    link,
    measure,
    num,
    picture,
    text,
    wrap,
)

_PAD = 12.0
_DOWNWARD_BELOW = 600


@dataclass(frozen=True, slots=True)
class When:
    """A date as well as it is known; ``about`` where its source calls it approximate."""

    day: date
    certainty: Certainty = "day"
    about: bool = False

    def first(self) -> date:
        """The earliest day it can be."""
        if self.certainty == "year":
            return self.day.replace(month=1, day=1)
        return self.day if self.certainty == "day" else self.day.replace(day=1)

    def last(self) -> date:
        """The latest day it can be."""
        if self.certainty == "day":
            return self.day
        if self.certainty == "year":
            return self.day.replace(month=12, day=31)
        following = self.day.replace(day=28) + timedelta(days=4)
        return following.replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """A point, or with ``end`` a span; ``start`` of None for what has no date on record."""

    start: When | None
    label: str
    href: str | None = None
    end: When | None = None


@dataclass(frozen=True, slots=True)
class TimelineWords:
    """The words a timeline says by itself, for a translator."""

    undated: str = "date not found"
    about: str = "about"
    to: str = "to"
    today: str = "as of"
    months: tuple[str, ...] = MONTHS


@dataclass(frozen=True, slots=True)
class Label:
    """Where one happening's words stand: the box they may fill, and the lines in it."""

    happening: Happening
    when: str
    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float
    first: float
    last: float


def timeline(
    key: str,
    happenings: Sequence[Happening],
    *,
    width: int,
    title: str,
    desc: str = "",
    today: date | None = None,
    words: TimelineWords | None = None,
    standalone: bool = False,
) -> Html:
    """The happenings in the order of their dates, undated ones last and said to be so."""
    said = words or TimelineWords()
    downward = width < _DOWNWARD_BELOW
    labels, length = place_labels(happenings, width=width, today=today, words=said)
    first, last = _range(happenings, today)
    axis = _PAD + 64.0 if downward else 40.0
    parts = [_axis(first, last, axis, width, length, downward=downward)]
    if today is not None:
        at = _position(today, first, last, width, length, downward=downward)
        parts.append(_today(at, axis, width, length, today, said, downward=downward))
    parts += [_leader(one, axis, downward=downward) for one in labels if one.happening.start]
    parts += [_words(one, axis, downward=downward) for one in labels]
    bottom = max((one.y + one.height for one in labels), default=axis) + _PAD
    height = max(bottom, length + _PAD) if downward else bottom
    return picture(key, width, height, *parts, title=title, desc=desc, standalone=standalone)


def place_labels(
    happenings: Sequence[Happening],
    *,
    width: int,
    today: date | None = None,
    words: TimelineWords | None = None,
) -> tuple[tuple[Label, ...], float]:
    """The words' boxes, no two of which overlap, and the length of a downward axis in pixels.

    Refuses: a span that ends before it begins.
    """
    said = words or TimelineWords()
    for one in happenings:
        if one.start and one.end and one.end.last() < one.start.first():
            raise ValueError(
                f"{one.label!r}: expected an end not before {one.start.day}, found {one.end.day}"
            )
    first, last = _range(happenings, today)
    downward = width < _DOWNWARD_BELOW
    order = sorted(
        happenings,
        key=lambda h: (h.start is None, h.start.first() if h.start else date.min, h.label),
    )
    length = max(260.0, 46.0 * len(order)) if downward else 0.0
    if downward:
        return _stacked(order, first, last, width, length, said), length
    return _lanes(order, first, last, width, said), length


def _stacked(
    order: Sequence[Happening],
    first: date,
    last: date,
    width: int,
    length: float,
    said: TimelineWords,
) -> tuple[Label, ...]:
    left, below = _PAD + 84.0, 0.0
    labels = []
    for one in order:
        start, end = _ends(one, first, last, width, length, downward=True)
        lines = wrap(one.label, width - left - 4, SMALL, lines=4)
        high = leading(SMALL) * (len(lines) + 1) + 10
        y = max(below, start - 14 if one.start else max(below, length + 10))
        labels.append(Label(one, _when(one, said), lines, left, y, width - left, high, start, end))
        below = y + high
    return tuple(labels)


def _lanes(
    order: Sequence[Happening], first: date, last: date, width: int, said: TimelineWords
) -> tuple[Label, ...]:
    """Words to the right of their date, or to its left near the end, in the first free lane.

    The latest comes first, so that the line from an earlier date passes left of what hangs above.
    """
    hung: list[_Hung] = []
    dated = [one for one in order if one.start is not None]
    undated = [one for one in order if one.start is None]
    for one in [*reversed(dated), *undated]:
        start, end = _ends(one, first, last, width, 0.0, downward=False)
        when = _when(one, said)
        lines = wrap(one.label, 210.0, SMALL, lines=3)
        wide = max(measure(when, SMALL, strong=True), *(measure(x, SMALL) for x in lines)) + 14
        wide = min(wide, float(width))
        x = max(start - 2, 0.0)
        if x + wide > width:
            x = max(start + 2 - wide, 0.0)
        high = leading(SMALL) * (len(lines) + 1) + 12
        line = None if one.start is None else start
        # What has no date hangs below everything that has one.
        top = 0 if one.start else max((h.lane for h in hung if h.label.happening.start), default=-1)
        lowest = max((h.lane for h in hung), default=-1)
        tried = range(top + (one.start is None), lowest + 2)
        # Near the right end a line may have to pass behind words; words never meet words.
        lane = next(
            (n for n in tried if _beside(n, x, wide, hung) and _clear(n, x, wide, line, hung)),
            next(n for n in tried if _beside(n, x, wide, hung)),
        )
        hung.append(_Hung(lane, Label(one, when, lines, x, 0.0, wide, high, start, end)))
    deepest = [0.0] * (max((h.lane for h in hung), default=0) + 1)
    for one_hung in hung:
        deepest[one_hung.lane] = max(deepest[one_hung.lane], one_hung.label.height)
    tops = [60.0 + sum(deepest[:lane]) for lane in range(len(deepest))]
    return tuple(
        replace(h.label, y=tops[h.lane]) for h in [*hung[: len(dated)][::-1], *hung[len(dated) :]]
    )


@dataclass(frozen=True, slots=True)
class _Hung:
    lane: int
    label: Label


def _beside(lane: int, x: float, wide: float, hung: Sequence[_Hung]) -> bool:
    """Whether no other words in the lane stand where these would."""
    return not any(
        other.lane == lane
        and _meet((x, x + wide), (other.label.x, other.label.x + other.label.width))
        for other in hung
    )


def _clear(lane: int, x: float, wide: float, line: float | None, hung: Sequence[_Hung]) -> bool:
    """Whether no line to a date would pass through any words."""
    for other in hung:
        label = other.label
        ground = (label.x, label.x + label.width)
        if other.lane < lane and line is not None and _meet((line - 1, line + 1), ground):
            return False
        crossed = _meet((x + 1, x + wide), (label.first - 1, label.first + 1))
        if other.lane > lane and label.happening.start is not None and crossed:
            return False
    return True


def _meet(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _when(one: Happening, said: TimelineWords) -> str:
    if one.start is None:
        return said.undated
    parts = [_date(one.start, said)]
    if one.end is not None:
        parts.append(_date(one.end, said))
    return f" {said.to} ".join(parts)


def _date(when: When, said: TimelineWords) -> str:
    return date_text(
        when.day,
        when.certainty,
        unknown=said.undated,
        about=said.about if when.about else "",
        months=said.months,
    )


def _range(happenings: Sequence[Happening], today: date | None) -> tuple[date, date]:
    days = [today] if today else []
    for one in happenings:
        if one.start:
            days += [one.start.first(), one.start.last()]
        if one.end:
            days.append(one.end.last())
    if not days:
        return date(2000, 1, 1), date(2001, 1, 1)
    first, last = min(days), max(days)
    return (first, last) if (last - first).days >= 1 else (first, first + timedelta(days=1))


def _position(
    day: date, first: date, last: date, width: int, length: float, *, downward: bool
) -> float:
    low, high = (_PAD + 8, length - 8) if downward else (_PAD, width - _PAD)
    return low + (high - low) * ((day - first).days / (last - first).days)


def _ends(
    one: Happening, first: date, last: date, width: int, length: float, *, downward: bool
) -> tuple[float, float]:
    if one.start is None:
        return 0.0, 0.0
    end = one.end or one.start
    a = _position(one.start.first(), first, last, width, length, downward=downward)
    return a, _position(end.last(), first, last, width, length, downward=downward)


def _axis(
    first: date, last: date, axis: float, width: int, length: float, *, downward: bool
) -> Html:
    """The axis with its years, thinned until their names stand apart."""
    end = length if downward else width - _PAD
    line = (
        f"M{num(axis)} {num(_PAD)}V{num(end)}"
        if downward
        else f"M{num(_PAD)} {num(axis)}H{num(end)}"
    )
    parts = [el("path", d=line, class_="edge")]
    marks = [date(y, 1, 1) for y in range(first.year + 1, last.year + 1)]
    if len(marks) < 2:
        marks = [
            date(y, m, 1)
            for y in range(first.year, last.year + 1)
            for m in (1, 4, 7, 10)
            if first <= date(y, m, 1) <= last
        ]
    free = float("-inf")
    for mark in marks:
        at = _position(mark, first, last, width, length, downward=downward)
        name = str(mark.year) if mark.month == 1 else f"{mark.year}-{mark.month:02d}"
        room = 18.0 if downward else measure(name, SMALL) / 2 + 6
        if at - room < max(free, 0.0) or (not downward and at + room > width):
            continue
        free = at + room
        x, y = (axis, at) if downward else (at, axis)
        tick = (
            f"M{num(x - 5)} {num(y)}H{num(x)}" if downward else f"M{num(x)} {num(y - 5)}V{num(y)}"
        )
        tx, ty = (axis - 9, at + 4.5) if downward else (at, axis - 10)
        parts += [
            el("path", d=tick, class_="edge"),
            text(
                tx, ty, name, size=SMALL, anchor="end" if downward else "middle", class_="t-muted"
            ),
        ]
    return el("g", *parts)


def _today(
    at: float,
    axis: float,
    width: int,
    length: float,
    today: date,
    said: TimelineWords,
    *,
    downward: bool,
) -> Html:
    name = f"{said.today} {date_text(today, unknown=said.undated, months=said.months)}"
    line = (
        f"M{num(axis - 8)} {num(at)}H{num(axis + 8)}"
        if downward
        else f"M{num(at)} 20V{num(axis + 8)}"
    )
    del length
    if downward:
        return el("path", el("title", name), d=line, class_="limit")
    anchor = "end" if at > width / 2 else "start"
    return el(
        "g",
        el("path", d=line, class_="limit"),
        text(at, 13, name, size=SMALL, anchor=anchor, class_="t-muted"),
    )


def _leader(one: Label, axis: float, *, downward: bool) -> Html:
    if downward:
        d = f"M{num(axis)} {num(one.first)}L{num(axis + 14)} {num(one.y + 14)}"
    else:
        d = f"M{num(one.first)} {num(axis)}V{num(one.y + one.height - 8)}"
    return el("path", d=d, class_="rule")


def _mark(one: Label, axis: float, *, downward: bool) -> Html:
    start = one.happening.start
    if start is None:
        return Html("")
    if one.last - one.first >= 1.5:
        exact = one.happening.end is not None and not start.about and start.certainty == "day"
        a, b = one.first, max(one.last, one.first + 6)
        size = (8.0, b - a) if downward else (b - a, 8.0)
        x, y = (axis - 4, a) if downward else (a, axis - 4)
        style = "bar" if exact else "dot-open"
        return el("rect", x=x, y=y, width=size[0], height=size[1], rx=4, class_=style)
    x, y = (axis, one.first) if downward else (one.first, axis)
    exact = start.certainty == "day" and not start.about
    return el("circle", cx=x, cy=y, r=6, class_="dot" if exact else "dot-open")


def _words(one: Label, axis: float, *, downward: bool) -> Html:
    shift = 0.0 if downward else 6.0
    style = "t-absent" if one.happening.start is None else "t-strong t-num"
    linked = " link" if one.happening.href else ""
    return link(
        one.happening.href,
        f"{one.when}: {one.happening.label}",
        _mark(one, axis, downward=downward),
        text(one.x + shift, one.y + 15, one.when, size=SMALL, class_=f"{style} halo"),
        lines_of_text(
            one.x + shift,
            one.y + 15 + leading(SMALL),
            one.lines,
            size=SMALL,
            class_=f"halo{linked}",
        ),
    )
