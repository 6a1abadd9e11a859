"""Bars for what is only known within bounds: a share, a gap beside its doubt, a break-even value.

What is sure is filled, what is possible is hatched, what is excluded is left empty; every end
is also written out, since a picture alone is not a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.show.html import Html
from orebook.show.numbers import between_text, number, qty_text
from orebook.show.svg import (
    SMALL,
    TEXT,
    el,
    hatch,
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


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a whole between two bounds, as fractions of one.

    Takes: ``nobody`` True for the part that is no name's: it is hatched and never filled.
    Unknown: a bound of None is 0 or 1 in the drawing, both possible, and its word in the text.
    """

    label: str
    low: Decimal | None
    high: Decimal | None
    href: str | None = None
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A value on a line: as stated, with its doubt when stated, or a value it is held against.

    Takes: ``plus_minus``, half-width in the same unit, None where no doubt is stated;
    ``needed`` True for a limit or break-even value, drawn as a diamond on a full-height line.
    """

    label: str
    value: Decimal
    plus_minus: Decimal | None = None
    needed: bool = False
    href: str | None = None


def share_bars(
    key: str,
    shares: Sequence[Share],
    *,
    width: int,
    title: str,
    desc: str = "",
    unknown: str = "not known",
    digits: int | None = None,
    standalone: bool = False,
) -> Html:
    """One bar per share: filled to the low bound, hatched to the high one, empty beyond.

    Refuses: bounds outside 0 to 1, or a low bound above its high one.
    """
    long = width - 2 * _PAD
    y, parts = _PAD, [el("defs", hatch(f"{key}-doubt", "doubt"))]
    for share in shares:
        low, high = _bounds(share)
        shown = between_text(
            None if share.low is None else share.low.scaleb(2),
            None if share.high is None else share.high.scaleb(2),
            "%",
            unknown=unknown,
            digits=digits,
        )
        known = share.low is not None or share.high is not None
        amount = measure(shown, TEXT, strong=True)
        lines = wrap(share.label, long - amount - 16, TEXT, lines=2)
        inner = [
            text(_PAD, y + 14 + leading() * n, line, class_="link" if share.href else None)
            for n, line in enumerate(lines)
        ]
        style = "t-strong t-num" if known else "t-absent"
        inner.append(text(_PAD + long, y + 14, shown, anchor="end", class_=style))
        y += leading() * len(lines) + 4
        if share.nobody:
            low = 0.0
        inner += [
            el("rect", x=_PAD, y=y, width=long, height=20, class_="unknown"),
            el(
                "rect",
                x=_PAD + long * low,
                y=y,
                width=long * (high - low),
                height=20,
                class_="doubt",
                fill=f"url(#{key}-doubt)",
            ),
            el("rect", x=_PAD, y=y, width=long * low, height=20, class_="bar"),
        ]
        parts.append(link(share.href, f"{share.label}: {shown}", *inner))
        y += 20 + 16
    return picture(key, width, y, *parts, title=title, desc=desc, standalone=standalone)


def number_line(
    key: str,
    points: Sequence[Point],
    *,
    unit: str,
    width: int,
    title: str,
    desc: str = "",
    no_doubt: str = "doubt not stated",
    include_zero: bool = False,
    standalone: bool = False,
) -> Html:
    """Values on one line, each in its own row: dots with whiskers, and limits as diamonds.

    For a gap against its doubt give the gap as a point, its limit as a needed point, and
    ``include_zero``; for break-even give the stated value and the value at which it would close.
    """
    if not points:
        raise ValueError(f"picture {key}: expected at least one value, found none")
    low, high = _extent(points, include_zero=include_zero)
    long = width - 2 * _PAD - 16
    y = _PAD
    parts = []
    names = [_label_lines(point, long + 16, unit, no_doubt) for point in points]
    bottom = _PAD + sum(66.0 + leading() * (len(lines) - 1) for lines in names)
    for tick in _ticks(low, high, 4 if width < 600 else 8):
        x = _PAD + 8 + long * float((tick - low) / (high - low))
        parts += [
            el("path", d=f"M{num(x)} {num(_PAD)}V{num(bottom)}", class_="rule"),
            text(x, bottom + 17, number(tick), size=SMALL, anchor="middle", class_="t-muted t-num"),
        ]
    for point in points:
        if point.needed:  # through every row, so that each value can be held against it
            x = _PAD + 8 + long * float((point.value - low) / (high - low))
            parts.append(el("path", d=f"M{num(x)} {num(_PAD)}V{num(bottom)}", class_="needed"))
    for point, lines in zip(points, names, strict=True):
        parts.append(_row(point, lines, y, low, high, long, unit, no_doubt))
        y += 66 + leading() * (len(lines) - 1)
    parts.append(
        text(_PAD + 8 + long, bottom + 36, unit, size=SMALL, anchor="end", class_="t-muted")
    )
    return picture(key, width, bottom + 44, *parts, title=title, desc=desc, standalone=standalone)


def _label_lines(point: Point, wide: float, unit: str, no_doubt: str) -> tuple[str, ...]:
    """The name of a row beside its amount, in as many lines as it takes, three at most."""
    shown = qty_text(point.value, unit, unknown=no_doubt, plus_minus=point.plus_minus)
    return wrap(point.label, wide - measure(shown, TEXT, strong=True) - 14, TEXT, lines=3)


def _row(
    point: Point, lines: tuple[str, ...], y: float, low: Decimal, high: Decimal, long: float,
    unit: str, no_doubt: str,
) -> Html:  # fmt: skip
    def at(value: Decimal) -> float:
        return _PAD + 8 + long * float((value - low) / (high - low))

    shown = qty_text(point.value, unit, unknown=no_doubt, plus_minus=point.plus_minus)
    bare = point.plus_minus is None and not point.needed
    wide = long + 16
    x, line = at(point.value), y + 42 + leading() * (len(lines) - 1)
    style = "t-gap" if point.needed else "t-strong"
    parts = [
        lines_of_text(_PAD, y + 15, lines, class_="halo link" if point.href else "halo"),
        text(_PAD + wide, y + 15, shown, anchor="end", class_=f"{style} halo t-num"),
    ]
    if point.needed:
        diamond = f"M{num(x)} {num(line - 9)}l9 9l-9 9l-9 -9Z"
        parts += [
            el("path", d=diamond, class_="gap-mark"),
        ]
    else:
        if point.plus_minus is not None:
            a, b = at(point.value - point.plus_minus), at(point.value + point.plus_minus)
            whisker = f"M{num(a)} {num(line)}H{num(b)}M{num(a)} {num(line - 7)}v14M{num(b)}"
            parts.append(el("path", d=f"{whisker} {num(line - 7)}v14", class_="known-line"))
        parts.append(el("circle", cx=x, cy=line, r=7, class_="dot-open" if bare else "dot"))
    if bare:
        end = x > _PAD + long / 2
        parts.append(
            text(
                x - 13 if end else x + 13,
                line + 4.5,
                no_doubt,
                size=SMALL,
                anchor="end" if end else "start",
                class_="t-absent halo",
            )
        )
    said = f"{point.label}: {shown}" + (f", {no_doubt}" if bare else "")
    return link(point.href, said, *parts)


def _bounds(share: Share) -> tuple[float, float]:
    low = Decimal(0) if share.low is None else share.low
    high = Decimal(1) if share.high is None else share.high
    if not 0 <= low <= high <= 1:
        raise ValueError(
            f"{share.label!r}: expected bounds with 0 ≤ low ≤ high ≤ 1, found {low} and {high}"
        )
    return float(low), float(high)


def _extent(points: Sequence[Point], *, include_zero: bool) -> tuple[Decimal, Decimal]:
    ends = [Decimal(0)] if include_zero else []
    for point in points:
        half = point.plus_minus or Decimal(0)
        ends += [point.value - half, point.value + half]
    low, high = min(ends), max(ends)
    margin = (high - low) / 12 or max(abs(high) / 10, Decimal(1))
    return low - margin, high + margin


def _ticks(low: Decimal, high: Decimal, most: int) -> list[Decimal]:
    """Round values between the ends: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    power = Decimal(1).scaleb((span / most).adjusted())
    step = next(power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= most)
    first = (low / step).to_integral_value(rounding="ROUND_CEILING") * step
    out = []
    while first <= high:
        out.append(first.normalize() if first else Decimal(0))
        first += step
    return out
