"""Where the bars and bands of a flow picture lie; every thickness is its value times one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orebook.show.layers import Layered, layered, places

Kind = Literal["known", "sealed", "gap", "unknown"]

BAR = 14.0
# A band whose amount is not known has no true thickness; all such bands share this one.
NOMINAL = 22.0
_FULLEST = 230.0  # the fullest column, in pixels, on a wide page
_SPACING = 26.0
_LABEL = 42.0  # two lines above each bar
_LABEL_DOWNWARD = 59.0  # three, where names stand beside one another
_LEAST = 96.0  # the room of a name where the picture runs downward
_SLOT = 12.0  # the room of a band that passes by


@dataclass(frozen=True, slots=True)
class Node:
    """A place that material passes: a name, perhaps a line under it, perhaps its page."""

    id: str
    label: str
    note: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An amount that passes from one node to another.

    Takes: ``source`` or ``target`` None for a gap whose other end is not on record; ``value`` in
    the picture's unit; ``plus_minus`` in the same unit; ``href`` of the evidence.
    Unknown: a ``value`` of None, lawful for sealed and unknown amounts only.
    """

    source: str | None
    target: str | None
    value: Decimal | None
    label: str = ""
    kind: Kind = "known"
    href: str | None = None
    plus_minus: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A node's bar: where it lies along the flow, where it begins across it, and how long it is."""

    node: Node | None
    layer: int
    main: float
    cross: float
    length: float
    room: float


@dataclass(frozen=True, slots=True)
class Band:
    """A link's band: its thickness and the centre line it follows, as (along, across) points."""

    link: Link
    thickness: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """The whole layout; ``main`` and ``cross`` are its extents along and across the flow."""

    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    layers: int
    main: float
    cross: float
    scale: float


def lay_out(nodes: Sequence[Node], links: Sequence[Link], *, width: float, downward: bool) -> Laid:
    """The bars and bands for a picture that flows to the right, or downward on a phone.

    Refuses: two nodes with one id, a link to a node that is not given, a link with no end, a
    missing or negative amount where one must be known.
    """
    ends = _ends(nodes, links)
    laid = _laid(nodes, links, ends, width, downward, _LEAST, 0.4)
    if downward and laid.cross > width:
        # Names get less room, thin bands get thinner, before the picture grows past its page.
        laid = _laid(nodes, links, ends, width, downward, None, 0.1)
    return laid


def _laid(
    nodes: Sequence[Node],
    links: Sequence[Link],
    ends: list[tuple[int, int]],
    width: float,
    downward: bool,
    least: float | None,
    floor: float,
) -> Laid:
    """One layout; ``least`` is the room of a name downward, None as much as the fullest row has."""
    loose = sum((link.source is None) + (link.target is None) for link in links)
    count = len(nodes) + loose
    plan = layered(count, ends, last=range(len(nodes), count))
    thick = [float(link.value) if link.value is not None else None for link in links]
    if least is None:
        least = _fitting(plan, width)
    scale = _scale(plan, thick, width, least if downward else None, floor)
    breadth = [NOMINAL if value is None else value * scale for value in thick]
    length = _lengths(plan, ends, breadth)
    room = _rooms(plan, length, width, least if downward else None)
    centre = places(
        plan,
        room,
        _gap(downward=downward),
        rounds=6,
        weight=breadth,
        within=width if downward else None,
    )
    start = [c - r / 2 for c, r in zip(centre, room, strict=True)]
    if not downward:  # the label stands above the bar, inside its room
        start = [s + (_LABEL if i < count else 0.0) for i, s in enumerate(start)]
    else:
        start = [c - n / 2 for c, n in zip(centre, length, strict=True)]
    cross = max((c + r / 2 for c, r in zip(centre, room, strict=True)), default=0.0)
    step, main = _steps(plan, width, downward=downward)
    layer_of = {item: depth for depth, layer in enumerate(plan.layers) for item in layer}
    bars = tuple(
        Bar(
            nodes[i] if i < len(nodes) else None,
            layer_of[i],
            layer_of[i] * step + (_LABEL_DOWNWARD if downward else 0.0),
            start[i],
            length[i],
            room[i],
        )
        for i in range(count)
    )
    bands = _bands(plan, links, breadth, start, length, centre, step=step, downward=downward)
    return Laid(bars, bands, len(plan.layers), main, cross, scale)


def _ends(nodes: Sequence[Node], links: Sequence[Link]) -> list[tuple[int, int]]:
    index = {node.id: place for place, node in enumerate(nodes)}
    if len(index) != len(nodes):
        raise ValueError("a flow picture: expected one node per id, found an id twice")
    loose_end = len(nodes)
    ends = []
    for link in links:
        place = f"the flow from {link.source!r} to {link.target!r}"
        for end in (link.source, link.target):
            if end is not None and end not in index:
                raise ValueError(f"{place}: expected the id of a given node, found {end!r}")
        if link.source is None and link.target is None:
            raise ValueError(f"{place}: expected at least one end on record, found none")
        if link.value is None and link.kind in {"known", "gap"}:
            raise ValueError(f"{place}: expected an amount for a {link.kind} flow, found none")
        if link.value is not None and not (link.value.is_finite() and link.value >= 0):
            raise ValueError(f"{place}: expected an amount of 0 or more, found {link.value}")
        pair = []
        for end in (link.source, link.target):
            if end is None:
                pair.append(loose_end)
                loose_end += 1
            else:
                pair.append(index[end])
        ends.append((pair[0], pair[1]))
    return ends


def _gap(*, downward: bool) -> float:
    return 16.0 if downward else _SPACING


def _fitting(plan: Layered, width: float) -> float:
    """The room of a name with which the fullest row still fits."""
    rows = [sum(i < plan.count for i in layer) for layer in plan.layers]
    slots = [
        _SLOT * (len(layer) - n) + _gap(downward=True) * (len(layer) - 1)
        for layer, n in zip(plan.layers, rows, strict=True)
    ]
    return max(min((width - s) / n - 1 for n, s in zip(rows, slots, strict=True) if n), _SLOT * 2)


def _scale(
    plan: Layered,
    thick: Sequence[float | None],
    width: float,
    least: float | None,
    floor: float,
) -> float:
    """Pixels per unit, so that the fullest layer takes what there is and no more."""
    # The known amount through each item, in and out; unknown amounts have no thickness to fit.
    through: dict[int, list[float]] = {}
    for path, value in zip(plan.paths, thick, strict=True):
        for place, item in enumerate(path):
            into, out = through.setdefault(item, [0.0, 0.0])
            if place > 0:
                into += value or 0.0
            if place < len(path) - 1:
                out += value or 0.0
            through[item] = [into, out]
    loads = [[max(through.get(item, [0.0, 0.0])) for item in layer] for layer in plan.layers]
    fullest = max((sum(load) for load in loads), default=0.0)
    if fullest == 0:
        return 0.0
    if least is None:
        return _FULLEST / fullest
    slim = least < _LEAST
    rooms = [[_SLOT if slim and i >= plan.count else least for i in one] for one in plan.layers]
    low, high = 0.0, width / fullest
    for _ in range(40):
        middle = (low + high) / 2
        need = max(
            sum(max(r, one * middle) for one, r in zip(load, room, strict=True))
            + _gap(downward=True) * (len(load) - 1)
            for load, room in zip(loads, rooms, strict=True)
        )
        low, high = (middle, high) if need <= width else (low, middle)
    # With more columns than fit, the picture scrolls and keeps a thickness one can see.
    return max(low, floor * width / fullest)


def _lengths(
    plan: Layered, ends: Sequence[tuple[int, int]], breadth: Sequence[float]
) -> list[float]:
    total = sum(len(layer) for layer in plan.layers)
    into, out = [0.0] * total, [0.0] * total
    for (a, b), path, thickness in zip(ends, plan.paths, breadth, strict=True):
        out[a] += thickness
        into[b] += thickness
        for slot in path[1:-1]:
            into[slot] += thickness
    return [max(i, o) for i, o in zip(into, out, strict=True)]


def _rooms(
    plan: Layered, length: Sequence[float], width: float, least: float | None
) -> list[float]:
    if least is None:
        return [n + (_LABEL if i < plan.count else 0.0) for i, n in enumerate(length)]
    room = [max(n, least if i < plan.count else _SLOT) for i, n in enumerate(length)]
    for layer in plan.layers:
        if len(layer) == 1:  # alone in its row, a name may use the whole of it
            room[layer[0]] = max(room[layer[0]], min(width, 300.0))
    return room


def _steps(plan: Layered, width: float, *, downward: bool) -> tuple[float, float]:
    columns = len(plan.layers)
    if downward:
        step = BAR + _LABEL_DOWNWARD + 100.0
        return step, max(columns - 1, 0) * step + BAR + _LABEL_DOWNWARD
    main = max(width, 150.0 * columns)
    return (main - BAR) / max(columns - 1, 1), main


def _bands(
    plan: Layered,
    links: Sequence[Link],
    breadth: Sequence[float],
    start: Sequence[float],
    length: Sequence[float],
    centre: Sequence[float],
    *,
    step: float,
    downward: bool,
) -> tuple[Band, ...]:
    layer_of = {item: depth for depth, layer in enumerate(plan.layers) for item in layer}
    shift = _LABEL_DOWNWARD if downward else 0.0
    middle = [s + n / 2 for s, n in zip(start, length, strict=True)]
    leave, arrive = _ports(plan, breadth, start, length, middle)
    bands = []
    for e, (path, link) in enumerate(zip(plan.paths, links, strict=True)):
        points = [(layer_of[path[0]] * step + shift + BAR, leave[e])]
        for slot in path[1:-1]:
            at = layer_of[slot] * step + shift
            points += [(at, centre[slot]), (at + BAR, centre[slot])]
        points.append((layer_of[path[-1]] * step + shift, arrive[e]))
        bands.append(Band(link, breadth[e], tuple(points)))
    return tuple(bands)


def _ports(
    plan: Layered,
    breadth: Sequence[float],
    start: Sequence[float],
    length: Sequence[float],
    middle: Sequence[float],
) -> tuple[dict[int, float], dict[int, float]]:
    """Where on its bars each band begins and ends: in the order of the far ends, no crossing."""
    sides: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
    for e, path in enumerate(plan.paths):
        sides[0].setdefault(path[0], []).append(e)
        sides[1].setdefault(path[-1], []).append(e)
    ports: tuple[dict[int, float], dict[int, float]] = ({}, {})
    for side, (by_item, port) in enumerate(zip(sides, ports, strict=True)):
        for item, members in by_item.items():
            far = 1 if side == 0 else -2
            members.sort(key=lambda e, far=far: (middle[plan.paths[e][far]], e))  # type: ignore[misc]
            # When less passes on one side than on the other, it stands in the middle of the bar.
            at = start[item] + (length[item] - sum(breadth[e] for e in members)) / 2
            for e in members:
                port[e] = at + breadth[e] / 2
                at += breadth[e]
    return ports
