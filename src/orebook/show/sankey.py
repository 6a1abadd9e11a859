"""Flows as bands as thick as their amounts; what nobody recorded is drawn as a hole, not hidden.

Wide pages flow to the right, phones downward. A gap is an unfilled band with a dashed outline, a
sealed amount is hatched, an unknown one is a dotted outline of no particular thickness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from orebook.show.html import Html
from orebook.show.numbers import qty_text
from orebook.show.sankey_layout import BAR, Band, Bar, Kind, Laid, Link, Node, lay_out
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

__all__ = ["FlowRow", "Kind", "Link", "Node", "SankeyWords", "sankey", "sankey_table"]

_PAD = 8.0
_DOWNWARD_BELOW = 600
# Where along a band its amount is tried; downward, names stand at the lower end.
_PARTS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_PARTS_DOWNWARD = (0.36, 0.3, 0.42, 0.24, 0.5, 0.18, 0.6)


@dataclass(frozen=True, slots=True)
class SankeyWords:
    """The words a flow picture says by itself, for a translator."""

    kinds: dict[Kind, str] = field(
        default_factory=lambda: {
            "known": "stated",
            "gap": "unexplained",
            "sealed": "sealed",
            "unknown": "unknown",
        }
    )
    nowhere_in: str = "Not on record"
    nowhere_out: str = "Not on record"
    unplaced: str = "amounts are in the table only:"


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One row of the table behind the picture."""

    source: str
    target: str
    kind: str
    amount: str
    note: str
    href: str | None


def sankey_table(
    nodes: Sequence[Node],
    links: Sequence[Link],
    *,
    unit: str,
    words: SankeyWords | None = None,
) -> tuple[FlowRow, ...]:
    """The rows behind the picture, one per link in the order given, with the same numbers."""
    said = words or SankeyWords()
    name = {node.id: node.label for node in nodes}
    return tuple(
        FlowRow(
            name[one.source] if one.source is not None else said.nowhere_in,
            name[one.target] if one.target is not None else said.nowhere_out,
            said.kinds[one.kind],
            _amount(one, unit, said),
            one.label,
            one.href,
        )
        for one in links
    )


def sankey(
    key: str,
    nodes: Sequence[Node],
    links: Sequence[Link],
    *,
    unit: str,
    width: int,
    title: str,
    desc: str = "",
    words: SankeyWords | None = None,
    standalone: bool = False,
    fit: bool = False,
) -> Html:
    """The flows as a picture for one width; see ``sankey_layout.Link`` for what a link may be.

    Takes: ``fit``, whether a chain too long for the width flows downward and does not scroll.
    """
    said = words or SankeyWords()
    downward = width < _DOWNWARD_BELOW
    laid = lay_out(nodes, links, width=width - 2 * _PAD, downward=downward)
    if fit and not downward and laid.main > width - 2 * _PAD:
        downward = True
        laid = lay_out(nodes, links, width=width - 2 * _PAD, downward=True)
    rows = sankey_table(nodes, links, unit=unit, words=said)
    across = laid.cross if downward else laid.main
    along = laid.main if downward else laid.cross
    full = max(across + 2 * _PAD, float(width))
    draw = _Drawing(key, laid, full=full, downward=downward, words=said)
    bands = [draw.band(band, row) for band, row in zip(laid.bands, rows, strict=True)]
    bars = [draw.bar(bar) for bar in laid.bars]
    # What is missing is told first, while there is room.
    told = sorted(range(len(rows)), key=lambda i: laid.bands[i].link.kind != "gap")
    labels = [draw.label(laid.bands[i], rows[i]) for i in told]
    foot = draw.unplaced(along + _PAD + 18)
    return picture(
        key,
        full,
        along + 2 * _PAD + (24 if foot else 0),
        el("defs", hatch(f"{key}-hatch", "hatch")),
        *bands,
        *bars,
        *labels,
        foot,
        title=title,
        desc=desc,
        natural=full > width,
        standalone=standalone,
    )


def _amount(one: Link, unit: str, said: SankeyWords) -> str:
    return qty_text(one.value, unit, unknown=said.kinds[one.kind], plus_minus=one.plus_minus)


class _Drawing:
    """One picture being drawn; remembers which ground its words already cover."""

    def __init__(
        self, key: str, laid: Laid, *, full: float, downward: bool, words: SankeyWords
    ) -> None:
        self._key = key
        self._full = full
        self._laid = laid
        self._downward = downward
        self._words = words
        self._taken: list[tuple[float, float, float, float]] = []
        self._left_out: list[str] = []

    def band(self, band: Band, row: FlowRow) -> Html:
        """The band; a pointer may follow it to its evidence, a keyboard follows its label."""
        half = band.thickness / 2
        there = self._line([(m, c - half) for m, c in band.points], "M")
        back = self._line([(m, c + half) for m, c in reversed(band.points)], "L")
        kind = band.link.kind
        shape = el(
            "path",
            d=f"{there}{back}Z",
            class_=kind,
            fill=f"url(#{self._key}-hatch)" if kind == "sealed" else None,
        )
        said = f"{row.source} → {row.target}: {row.amount} ({row.kind})"
        return link(band.link.href, said, shape, quiet=True)

    def bar(self, bar: Bar) -> Html:
        """The bar of a node with its name, or the open end of a flow that is not on record."""
        if bar.node is None:
            return self._open_end(bar)
        x, y = self._at(bar.main, bar.cross)
        size = (bar.length, BAR) if self._downward else (BAR, bar.length)
        shape = el("rect", x=x, y=y, width=size[0], height=max(size[1], 1.5), rx=2, class_="bar")
        most = (1 if bar.node.note else 2) + self._downward
        lines = list(wrap(bar.node.label, self._room(bar), TEXT, lines=most, strong=True))
        tx, anchor = self._anchor(bar)
        if self._downward:  # a name wider than its bar stays on the page
            half = max(measure(line, strong=True) for line in lines) / 2 + 2
            tx = min(max(tx, half), max(self._full - half, half))
        ty = y - 8 - leading() * (len(lines) - 1) - (leading(SMALL) if bar.node.note else 0)
        parts = [
            lines_of_text(
                tx,
                ty,
                tuple(lines),
                anchor=anchor,
                class_="t-strong halo link" if bar.node.href else "t-strong halo",
            )
        ]
        if bar.node.note:
            note = wrap(bar.node.note, self._room(bar), SMALL, lines=1)[0]
            parts.append(text(tx, y - 8, note, size=SMALL, anchor=anchor, class_="t-muted halo"))
            lines.append(note)
        for place, line in enumerate(lines):
            self._take(tx, ty + leading() * place, measure(line, strong=True), anchor)
        said = ", ".join(filter(None, (bar.node.label, bar.node.note)))
        return link(bar.node.href, said, shape, *parts)

    def label(self, band: Band, row: FlowRow) -> Html:
        """The amount on its band, where no other word stands; else it is told at the foot."""
        gap = band.link.kind == "gap"
        under = band.link.label or (row.kind if band.link.kind != "known" else "")
        under = "" if under == row.amount else under
        room = 150.0 if self._downward else 190.0
        lines = [row.amount, *(wrap(under, room, SMALL, lines=2) if under else ())]
        wide = max(
            measure(line, TEXT if n == 0 else SMALL, strong=n == 0) for n, line in enumerate(lines)
        )
        high = leading() + leading(SMALL) * (len(lines) - 1)
        spot = self._spot(band, wide, high)
        said = f"{row.source} → {row.target}: {row.amount} ({row.kind})"
        if spot is None:
            self._left_out.append(said)
            return Html("")
        x, y = spot
        top = y - high / 2 + 13
        strong = "t-gap halo t-num" if gap else "t-strong halo t-num"
        style = f"{strong} link" if band.link.href else strong
        return link(
            band.link.href,
            said,
            text(x, top, lines[0], anchor="middle", class_=style),
            lines_of_text(
                x,
                top + leading(),
                tuple(lines[1:]),
                size=SMALL,
                anchor="middle",
                class_="t-gap halo" if gap else "halo",
            ),
        )

    def _open_end(self, bar: Bar) -> Html:
        """A question mark where a flow comes from, or goes, without any record."""
        outward = bar.layer > 0 and any(
            band.link.target is None and band.points[-1][0] == bar.main for band in self._laid.bands
        )
        main = bar.main if outward else bar.main + BAR
        x, y = self._at(main, bar.cross + bar.length / 2)
        return el(
            "g",
            el("circle", cx=x, cy=y, r=10, class_="gap-mark"),
            text(x, y + 5, "?", anchor="middle", class_="t-mark"),
            aria_hidden="true",
        )

    def unplaced(self, y: float) -> Html:
        """A line that says how many amounts found no room on their bands."""
        if not self._left_out:
            return Html("")
        count = len(self._left_out)
        return el(
            "g",
            el("title", "; ".join(self._left_out)),
            text(_PAD, y, f"{self._words.unplaced} {count}", size=SMALL, class_="t-muted"),
        )

    def _at(self, main: float, cross: float) -> tuple[float, float]:
        return (cross + _PAD, main + _PAD) if self._downward else (main + _PAD, cross + _PAD)

    def _line(self, points: list[tuple[float, float]], start: str) -> str:
        x, y = self._at(*points[0])
        out = [f"{start}{num(x)} {num(y)}"]
        for (m0, c0), (m1, c1) in pairwise(points):
            middle = (m0 + m1) / 2
            bend = [self._at(middle, c0), self._at(middle, c1), self._at(m1, c1)]
            out.append("C" + " ".join(f"{num(px)} {num(py)}" for px, py in bend))
        return "".join(out)

    def _room(self, bar: Bar) -> float:
        if self._downward:
            return bar.room
        step = self._laid.main / max(self._laid.layers - 1, 1)
        return step * (0.5 if bar.layer in {0, self._laid.layers - 1} else 0.9)

    def _anchor(self, bar: Bar) -> tuple[float, str]:
        if self._downward:
            return bar.cross + bar.length / 2 + _PAD, "middle"
        if bar.layer == 0:
            return bar.main + _PAD, "start"
        if bar.layer == self._laid.layers - 1:
            return bar.main + BAR + _PAD, "end"
        return bar.main + BAR / 2 + _PAD, "middle"

    def _take(self, x: float, y: float, wide: float, anchor: str) -> None:
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        self._taken.append((left, y - 13, left + wide, y + 5))

    def _spot(self, band: Band, wide: float, high: float) -> tuple[float, float] | None:
        parts = _PARTS_DOWNWARD if self._downward else _PARTS
        limit = self._full
        for aside in (0.0, 20.0, -20.0, 40.0, -40.0):
            for part in parts:
                x, y = self._on(band, part)
                y += aside
                x = min(max(x, wide / 2 + 2), max(limit - wide / 2 - 2, wide / 2 + 2))
                box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                if not any(_touch(box, other) for other in self._taken):
                    self._taken.append(box)
                    return x, y
        return None

    def _on(self, band: Band, part: float) -> tuple[float, float]:
        (m0, c0), (m1, c1) = band.points[0], band.points[1]
        t = part
        cross = c0 * (1 - t) ** 2 * (1 + 2 * t) + c1 * t**2 * (3 - 2 * t)
        bend = (m0 + m1) / 2
        main = m0 * (1 - t) ** 3 + 3 * bend * t * (1 - t) + m1 * t**3
        return self._at(main, cross)


def _touch(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
