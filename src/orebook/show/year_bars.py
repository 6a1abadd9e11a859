"""Amounts by year as bars: the largest party, all others named, and what nobody is named for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.show.html import Html
from orebook.show.numbers import number, percent
from orebook.show.svg import SMALL, TEXT, el, hatch, leading, link, measure, picture, text, wrap

_PAD = 12.0
_TALL = 20


@dataclass(frozen=True, slots=True)
class YearBar:
    """One year: its total in `unit`, and the parts of it; `vintage` says by which edition.

    `ahead` marks a projection, drawn as an outline.
    """

    year: str
    total: Decimal
    leader: str
    first: Decimal
    others: Decimal
    unit: str
    vintage: str
    ahead: bool = False

    def words(self) -> str:
        """The bar in words."""
        said = f"{self.leader} {percent(self.first / self.total, digits=1)}" if self.total else ""
        projected = "; projected" if self.ahead else ""
        return f"{number(self.total)} {self.unit}; {said}{projected}"


def year_bars(key: str, years: Sequence[YearBar], *, width: int, title: str) -> Html:
    """A bar a year, as long as its total: filled for the largest party, lighter for others named,
    hatched for nobody named.
    """
    long = width - 2 * _PAD
    most = max((bar.total for bar in years), default=Decimal(0)) or Decimal(1)
    y, parts = _PAD, [el("defs", hatch(f"{key}-doubt", "doubt"))]
    for bar in years:
        shown = f"{number(bar.total)} {bar.unit}"
        room = long - measure(shown, TEXT, strong=True) - 16
        mark = f"{bar.year}, projected" if bar.ahead else bar.year
        inner = [
            text(_PAD, y + 14, wrap(f"{mark}: {bar.leader}", room, TEXT, lines=1)[0]),
            text(_PAD + long, y + 14, shown, anchor="end", class_="t-strong t-num"),
        ]
        y += leading() + 4
        whole = long * float(bar.total / most)
        first = long * float(bar.first / most)
        others = long * float(bar.others / most)
        inner += [
            el("rect", x=_PAD, y=y, width=whole, height=_TALL, class_="unknown"),
            el("rect", x=_PAD + first + others, y=y, width=max(whole - first - others, 0.0),
               height=_TALL, class_="doubt", fill=f"url(#{key}-doubt)"),
            el("rect", x=_PAD + first, y=y, width=others, height=_TALL, class_="bar",
               fill_opacity="0.45"),
            el("rect", x=_PAD, y=y, width=first, height=_TALL, class_="bar"),
        ]  # fmt: skip
        if bar.ahead:
            inner.append(el("rect", x=_PAD, y=y, width=whole, height=_TALL, class_="doubt",
                            fill=f"url(#{key}-doubt)"))  # fmt: skip
        parts.append(link(None, f"{bar.year}: {bar.words()}", *inner))
        y += _TALL + 14
    legend = "Filled: the largest; lighter: others named; hatched: nobody named, or projected."
    for line in wrap(legend, long, SMALL, lines=3):
        y += leading(SMALL)
        parts.append(text(_PAD, y, line, size=SMALL, class_="t-muted"))
    desc = "; ".join(f"{bar.year}: {bar.words()}" for bar in years)
    return picture(key, width, y + 12, *parts, title=title, desc=desc)
