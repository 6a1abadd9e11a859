"""Lots and the events between them as a layered picture: what became of what, left to right.

A lot is a rounded box, an event a pill on the line. What is missing is a dashed box that says so;
an edge that closes a circle, which no honest book holds, is drawn dashed and in another colour.
On a phone the picture runs downward; a picture wider than its page scrolls sideways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from orebook.show.html import Html
from orebook.show.layers import Layered, layered, places
from orebook.show.svg import (
    SMALL,
    TEXT,
    arrow,
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

State = Literal["normal", "focus", "absent"]

_PAD = 10.0
_SPACING = 16.0
_DOWNWARD_BELOW = 600
_LARGE = 2_000  # beyond this fewer sweeps: the eye gains nothing, the reader waits


@dataclass(frozen=True, slots=True)
class Lot:
    """A quantity of material: its name, a line under it, its page, how it stands here.

    Takes: ``more``, how many neighbours are not drawn, as text such as "+3", and ``more_href``,
    where they are.
    """

    id: str
    label: str
    note: str = ""
    href: str | None = None
    state: State = "normal"
    more: str = ""
    more_href: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What was done: a word on the line between lots."""

    id: str
    label: str
    href: str | None = None
    state: State = "normal"


@dataclass(frozen=True, slots=True)
class LineageWords:
    """The words the picture says by itself, for a translator."""

    states: dict[State, str] = field(
        default_factory=lambda: {"normal": "", "focus": "this lot", "absent": "not found"}
    )
    more: str = "more, not drawn"


@dataclass(frozen=True, slots=True)
class Placed:
    """The layout: the top left corner and size of each item, in the order given, and each line."""

    boxes: tuple[tuple[float, float, float, float], ...]
    lines: tuple[tuple[tuple[float, float], ...], ...]
    backward: tuple[bool, ...]
    width: float
    height: float


def place(
    items: Sequence[Lot | Event], edges: Sequence[tuple[str, str]], *, downward: bool
) -> Placed:
    """Where everything goes, without drawing it; 6,000 items take a fraction of a second.

    Refuses: two items with one id, an edge to an item that is not given.
    """
    index = {item.id: rank for rank, item in enumerate(items)}
    if len(index) != len(items):
        raise ValueError("a lineage picture: expected one item per id, found an id twice")
    for edge in edges:
        for end in edge:
            if end not in index:
                raise ValueError(f"the edge {edge}: expected ids of given items, found {end!r}")
    pairs = [(index[a], index[b]) for a, b in edges]
    large = len(items) > _LARGE
    plan = layered(len(items), pairs, sweeps=4 if large else 8)
    sizes = [_size(item, downward=downward) for item in items]
    total = sum(len(layer) for layer in plan.layers)
    across = [wide if downward else high for wide, high in sizes]
    across += [6.0] * (total - len(items))
    centre = places(plan, across, _SPACING, rounds=2 if large else 6)
    start, depth, far_end = _depths(plan, sizes, downward=downward)
    boxes = []
    layer_of = {item: depth_at for depth_at, layer in enumerate(plan.layers) for item in layer}
    for item_at, (wide, high) in enumerate(sizes):
        layer = layer_of[item_at]
        thick = high if downward else wide
        main = start[layer] + (depth[layer] - thick) / 2
        side = centre[item_at] - (wide if downward else high) / 2
        x, y = (side, main) if downward else (main, side)
        boxes.append((x + _PAD, y + _PAD, wide, high))
    extent = max((c + a / 2 for c, a in zip(centre, across, strict=True)), default=0.0)
    lines = tuple(
        _route(path, centre, start, depth, layer_of, boxes, downward=downward)
        for path in plan.paths
    )
    width, height = (extent, far_end) if downward else (far_end, extent)
    return Placed(tuple(boxes), lines, plan.backward, width + 2 * _PAD, height + 2 * _PAD)


def lineage(
    key: str,
    items: Sequence[Lot | Event],
    edges: Sequence[tuple[str, str]],
    *,
    width: int,
    title: str,
    desc: str = "",
    words: LineageWords | None = None,
    standalone: bool = False,
) -> Html:
    """The lots and events as a picture; each edge runs from what was to what became of it."""
    said = words or LineageWords()
    downward = width < _DOWNWARD_BELOW
    laid = place(items, edges, downward=downward)
    lines = [
        _line(key, line, backward=back, downward=downward)
        for line, back in zip(laid.lines, laid.backward, strict=True)
    ]
    shapes = [
        _lot(item, box, said) if isinstance(item, Lot) else _event(item, box, said)
        for item, box in zip(items, laid.boxes, strict=True)
    ]
    full = max(laid.width, float(width))
    return picture(
        key,
        full,
        laid.height,
        el("defs", arrow(f"{key}-to", "arrow"), arrow(f"{key}-back", "arrow-back")),
        *lines,
        *shapes,
        title=title,
        desc=desc,
        natural=laid.width > width,
        standalone=standalone,
    )


def _size(item: Lot | Event, *, downward: bool) -> tuple[float, float]:
    if isinstance(item, Event):
        return max(measure(_short(item.label), SMALL) + 24, 48.0), 28.0
    wide = 148.0 if downward else 168.0
    lines = len(wrap(item.label, wide - 20, TEXT, lines=3, strong=item.state != "absent"))
    high = 20 + leading() * lines + (leading(SMALL) if item.note else 0)
    return wide, high


def _short(label: str) -> str:
    return wrap(label, 132.0, SMALL, lines=1)[0]


def _depths(
    plan: Layered, sizes: Sequence[tuple[float, float]], *, downward: bool
) -> tuple[list[float], list[float], float]:
    """Where each layer begins, how deep it is, and where the last one ends."""
    between = 34.0 if downward else 40.0
    start: list[float] = []
    depth: list[float] = []
    at = 0.0
    for layer in plan.layers:
        deep = max((sizes[i][1 if downward else 0] for i in layer if i < plan.count), default=6.0)
        start.append(at)
        depth.append(deep)
        at += deep + between
    return start, depth, max(at - between, 0.0)


def _route(
    path: tuple[int, ...],
    centre: Sequence[float],
    start: Sequence[float],
    depth: Sequence[float],
    layer_of: dict[int, int],
    boxes: Sequence[tuple[float, float, float, float]],
    *,
    downward: bool,
) -> tuple[tuple[float, float], ...]:
    """The points a line passes, as (along, across), from its first item's edge to its last's."""
    first, last = boxes[path[0]], boxes[path[-1]]
    far = (first[1] + first[3]) if downward else (first[0] + first[2])
    near = last[1] if downward else last[0]
    points = [(far, centre[path[0]] + _PAD)]
    for slot in path[1:-1]:
        at = start[layer_of[slot]] + _PAD
        points.append((at, centre[slot] + _PAD))
        points.append((at + depth[layer_of[slot]], centre[slot] + _PAD))
    points.append((near, centre[path[-1]] + _PAD))
    return tuple(points)


def _line(
    key: str, points: tuple[tuple[float, float], ...], *, backward: bool, downward: bool
) -> Html:
    shown = [(c, m) if downward else (m, c) for m, c in points]
    out = [f"M{num(shown[0][0])} {num(shown[0][1])}"]
    for (x0, y0), (x1, y1) in pairwise(shown):
        if downward:
            half = (y0 + y1) / 2
            out.append(f"C{num(x0)} {num(half)} {num(x1)} {num(half)} {num(x1)} {num(y1)}")
        else:
            half = (x0 + x1) / 2
            out.append(f"C{num(half)} {num(y0)} {num(half)} {num(y1)} {num(x1)} {num(y1)}")
    return el(
        "path",
        d="".join(out),
        class_="edge-back" if backward else "edge",
        marker_start=f"url(#{key}-back)" if backward else None,
        marker_end=None if backward else f"url(#{key}-to)",
    )


def _lot(lot: Lot, box: tuple[float, float, float, float], words: LineageWords) -> Html:
    x, y, wide, high = box
    absent = lot.state == "absent"
    shape = {"normal": "box", "focus": "box-focus", "absent": "box-absent"}[lot.state]
    lines = wrap(lot.label, wide - 20, TEXT, lines=3, strong=not absent)
    style = "t-absent" if absent else "t-strong"
    parts = [
        el("rect", x=x, y=y, width=wide, height=high, rx=8, class_=shape),
        lines_of_text(x + 10, y + 21, lines, class_=f"{style} link" if lot.href else style),
    ]
    if lot.note:
        note = wrap(lot.note, wide - 20, SMALL, lines=1)[0]
        parts.append(
            text(x + 10, y + 20 + leading() * len(lines), note, size=SMALL, class_="t-muted")
        )
    said = ", ".join(filter(None, (lot.label, lot.note, words.states[lot.state])))
    out = link(lot.href, said, *parts, current=lot.state == "focus")
    if not lot.more:
        return out
    room = max(measure(lot.more, SMALL, strong=True) + 14, 28.0)
    badge = link(
        lot.more_href,
        f"{lot.label}: {lot.more} {words.more}",
        el("rect", x=x + wide - room + 6, y=y - 10, width=room, height=24, rx=12, class_="badge"),
        text(
            x + wide - room / 2 + 6,
            y + 6.5,
            lot.more,
            size=SMALL,
            anchor="middle",
            class_="t-badge",
        ),
    )
    return Html(out + badge)


def _event(event: Event, box: tuple[float, float, float, float], words: LineageWords) -> Html:
    x, y, wide, high = box
    shape = {"normal": "pill", "focus": "box-focus", "absent": "box-absent"}[event.state]
    style = "t-absent" if event.state == "absent" else "t-muted"
    said = ", ".join(filter(None, (event.label, words.states[event.state])))
    return link(
        event.href,
        said,
        el("rect", x=x, y=y, width=wide, height=high, rx=high / 2, class_=shape),
        text(
            x + wide / 2,
            y + high / 2 + 4.5,
            _short(event.label),
            size=SMALL,
            anchor="middle",
            class_=f"{style} link" if event.href else style,
        ),
        current=event.state == "focus",
    )
