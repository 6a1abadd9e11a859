"""How long something has been waited for, beside how long it took elsewhere, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.show.html import Html
from orebook.show.numbers import days, number
from orebook.show.svg import (
    SMALL,
    TEXT,
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

_PAD = 10.0
_BAR = 26.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that had come about so many days after the start."""

    day: int
    label: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """One bar: whose clock it is, how many days it ran, what it reached on the way.

    Takes: ``running`` True when it has not ended: the bar then stays open at its end and
    ``status`` says what is still missing ("no text found").
    Unknown: ``days`` of None draws no bar and says so with ``status``.
    """

    label: str
    days: int | None
    running: bool
    status: str = ""
    marks: tuple[Mark, ...] = ()
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ClockWords:
    """The words a clock says by itself, for a translator."""

    unknown: str = "days not known"
    one: str = "day"
    many: str = "days"


def clock(
    key: str,
    waits: Sequence[Wait],
    *,
    width: int,
    title: str,
    desc: str = "",
    caption: str = "",
    words: ClockWords | None = None,
    standalone: bool = False,
) -> Html:
    """The bars under one another, each as long as its days, with the caption beneath them.

    Refuses: a negative count of days.
    """
    said = words or ClockWords()
    for wait in waits:
        for count in (wait.days, *(mark.day for mark in wait.marks)):
            if count is not None and count < 0:
                raise ValueError(f"{wait.label!r}: expected 0 days or more, found {count}")
    longest = max(
        (count for w in waits for count in (w.days or 0, *(m.day for m in w.marks))), default=0
    )
    # Room is kept for the open end of a bar that still runs.
    scale = (width - 2 * _PAD - 16) / max(longest, 1)
    y = _PAD
    parts = []
    for wait in waits:
        part, y = _wait(key, wait, y, scale, width, said)
        parts.append(part)
    if caption:
        lines = wrap(caption, width - 2 * _PAD, SMALL, lines=8)
        parts.append(lines_of_text(_PAD, y + 12, lines, size=SMALL, class_="t-muted"))
        y += leading(SMALL) * len(lines) + 8
    return picture(key, width, y + _PAD, *parts, title=title, desc=desc, standalone=standalone)


def _wait(
    key: str, wait: Wait, y: float, scale: float, width: int, said: ClockWords
) -> tuple[Html, float]:
    del key
    room = width - 2 * _PAD
    lines = wrap(wait.label, room, TEXT, lines=3)
    linked = " link" if wait.href else ""
    parts = [lines_of_text(_PAD, y + 14, lines, class_=f"t-strong{linked}")]
    y += leading() * len(lines) + 2
    count = days(wait.days, unknown=said.unknown, one=said.one, many=said.many)
    shown = f"{count}, {wait.status}" if wait.status else count
    long = max((wait.days or 0) * scale, 3.0)
    if wait.days is not None:
        parts.append(_bar(y, long, running=wait.running))
    for mark in wait.marks:
        x = _PAD + max(mark.day * scale, 1.5)
        parts.append(el("path", d=f"M{num(x)} {num(y - 3)}V{num(y + _BAR + 3)}", class_="limit"))
    inside = wait.days is not None and measure(shown, TEXT, strong=True) < long - 16
    if wait.days is None or not inside:
        beside = measure(shown, TEXT, strong=True) < room - long - 24 and wait.days is not None
        at = (
            (_PAD + long + (22 if wait.running else 12), y + 18)
            if beside
            else (_PAD, y + _BAR + 18)
        )
        unknown = wait.days is None
        if unknown:
            at = (_PAD, y + 16)
        lines = wrap(shown, room if not beside else room - long, TEXT, lines=2)
        style = "t-absent" if unknown else ("t-gap" if wait.running else "t-strong")
        parts.append(lines_of_text(*at, lines, class_=style))
        y += 0 if beside or unknown else leading() * len(lines) + 4
    else:
        parts.append(text(_PAD + 10, y + 18, shown, class_="t-gap" if wait.running else "t-strong"))
    y += _BAR + 8
    said_whole = f"{wait.label}: {shown}"
    out = link(wait.href, said_whole, *parts)
    marks = []
    for mark in sorted(wait.marks, key=lambda m: m.day):
        words = f"{number(mark.day)}\u00a0{said.one if mark.day == 1 else said.many}: {mark.label}"
        lines = wrap(words, room - 18, SMALL, lines=3)
        marks.append(
            link(
                mark.href,
                words,
                el("path", d=f"M{num(_PAD + 5)} {num(y + 1)}v13", class_="limit"),
                lines_of_text(
                    _PAD + 18, y + 12, lines, size=SMALL, class_="link" if mark.href else None
                ),
            )
        )
        y += leading(SMALL) * len(lines) + 3
    return Html(out + "".join(marks)), y + 14


def _bar(y: float, long: float, *, running: bool) -> Html:
    """A closed bar is filled; one that still runs is an outline with an open, pointed end."""
    if not running:
        return el("rect", x=_PAD, y=y, width=long, height=_BAR, rx=2, class_="known")
    end = _PAD + long
    outline = f"M{num(end)} {num(y)}H{num(_PAD)}V{num(y + _BAR)}H{num(end)}"
    point = f"M{num(end)} {num(y)}l12 {num(_BAR / 2)}l-12 {num(_BAR / 2)}"
    return el(
        "g",
        el("path", d=outline, class_="gap"),
        el("path", d=point, class_="gap-line"),
    )
