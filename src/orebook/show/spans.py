"""Bars from a low to a high value on one line with its zero: shares, rungs, swings, ranges.

A single value is filled from zero; a range is hatched between its ends, and both ends are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.show.html import Html
from orebook.show.svg import TEXT, el, hatch, leading, link, measure, num, picture, text, wrap

_PAD = 12.0
_TALL = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: from `low` to `high` in one unit, and the words of its value.

    Unknown: without bounds the row is an empty dashed box, and `shown` says why.
    """

    label: str
    low: Decimal | None
    high: Decimal | None
    shown: str
    href: str | None = None


def span_bars(
    key: str,
    bars: Sequence[Bar],
    *,
    width: int,
    title: str,
    desc: str = "",
    standalone: bool = False,
) -> Html:
    """One bar per row on a common scale; the zero is a line through all of them.

    Refuses: ValueError for no rows, or a low end above its high one.
    """
    if not bars:
        raise ValueError(f"picture {key}: expected at least one row, found none")
    ends = [v for b in bars for v in (b.low, b.high) if v is not None]
    low, high = min([*ends, Decimal(0)]), max([*ends, Decimal(0)])
    room = width - 2 * _PAD
    scale = float(high - low) or 1.0

    def at(value: Decimal) -> float:
        return _PAD + room * float(value - low) / scale

    y, parts = _PAD, [el("defs", hatch(f"{key}-doubt", "doubt"))]
    for bar in bars:
        if bar.low is not None and bar.high is not None and bar.low > bar.high:
            raise ValueError(f"picture {key}: {bar.label} runs backwards")
        row, deep = _row(key, bar, y, room, at)
        parts.append(row)
        y += deep
    zero = at(Decimal(0))
    parts.append(el("path", d=f"M{num(zero)} {num(_PAD)}V{num(y - 6)}", class_="rule"))
    return picture(key, width, y, *parts, title=title, desc=desc, standalone=standalone)


def _long(label: str, room: float) -> bool:
    return measure(label, TEXT) > room


def _row(
    key: str, bar: Bar, y: float, room: float, place: Callable[[Decimal], float]
) -> tuple[Html, float]:
    """One row and how deep it is."""
    amount = measure(bar.shown, TEXT, strong=True)
    apart = amount > room * 0.62 or (amount > room * 0.45 and _long(bar.label, room - amount - 14))
    lines = wrap(bar.label, room if apart else room - amount - 14, TEXT, lines=2)
    known = bar.low is not None and bar.high is not None
    inner = [text(_PAD, y + 14 + leading() * n, line) for n, line in enumerate(lines)]
    top = y + leading() * len(lines) + 4
    style = "t-strong t-num" if known else "t-absent"
    if apart:
        for line in wrap(bar.shown, room, TEXT, lines=3):
            inner.append(text(_PAD, top + 11, line, class_=style))
            top += leading()
    else:
        inner.append(text(_PAD + room, y + 14, bar.shown, anchor="end", class_=style))
    if bar.low is None or bar.high is None:
        inner.append(el("rect", x=_PAD, y=top, width=room, height=_TALL, class_="unknown"))
    elif bar.low == bar.high:
        a, b = sorted((place(Decimal(0)), place(bar.low)))
        inner.append(el("rect", x=a, y=top, width=max(b - a, 1.5), height=_TALL, class_="bar"))
    else:
        a, b = place(bar.low), place(bar.high)
        fill = f"url(#{key}-doubt)"
        box = el("rect", x=a, y=top, width=max(b - a, 1.5), height=_TALL, class_="doubt", fill=fill)
        inner.append(box)
    row = link(bar.href, f"{bar.label}: {bar.shown}", *inner)
    return row, top - y + _TALL + 14
