"""Layered layout of a directed graph: who stands in which layer, in which order, and where.

Longest path for the layers, slots held open for edges that pass several layers, barycentre
sweeps for the order, least squares without overlap for the places. The same input gives the same
layout; edges that close a circle are set aside first and come back marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Beyond so many held-open slots per node the longest edges run straight: a drawing that dense
# is no longer read edge by edge, and the time must stay bounded.
_SLOTS_PER_NODE = 6


@dataclass(frozen=True, slots=True)
class Layered:
    """A layout: per layer the items in order, and each edge as the items it passes.

    Gives: ``layers`` of item numbers (items below ``count`` are the nodes as given, the others
    are held-open slots); ``paths``, one per edge, from its first to its last item in layer order;
    ``backward``, one flag per edge that had to be turned round.
    """

    count: int
    layers: tuple[tuple[int, ...], ...]
    paths: tuple[tuple[int, ...], ...]
    backward: tuple[bool, ...]


def layered(
    count: int,
    edges: Sequence[tuple[int, int]],
    *,
    sweeps: int = 8,
    last: Sequence[int] = (),
) -> Layered:
    """The layers of a graph of ``count`` nodes and in each the order with few crossings.

    Takes: edges as pairs of node numbers; an edge from a node to itself counts as backward;
    ``last``, nodes that keep to the end of their layer.
    """
    backward = _back_edges(count, edges)
    forward = [(b, a) if back else (a, b) for (a, b), back in zip(edges, backward, strict=True)]
    level = _levels(count, forward)
    levels = list(level)
    paths: list[tuple[int, ...]] = [()] * len(forward)
    allowed = _SLOTS_PER_NODE * (count + len(forward))
    by_span = sorted(range(len(forward)), key=lambda e: level[forward[e][1]] - level[forward[e][0]])
    for e in by_span:
        a, b = forward[e]
        between = max(0, level[b] - level[a] - 1)
        if between > allowed:
            paths[e] = (a, b)
            continue
        allowed -= between
        first = len(levels)
        levels.extend(range(level[a] + 1, level[a] + 1 + between))
        paths[e] = (a, *range(first, first + between), b)
    layers: list[list[int]] = [[] for _ in range(max(levels, default=-1) + 1)]
    for item, depth in enumerate(levels):
        layers[depth].append(item)
    before, after = _neighbours(len(levels), paths)
    _sweep(layers, before, after, sweeps, frozenset(last))
    return Layered(count, tuple(map(tuple, layers)), tuple(paths), tuple(backward))


def places(
    plan: Layered,
    size: Mapping[int, float] | Sequence[float],
    spacing: float,
    *,
    rounds: int = 4,
    weight: Sequence[float] | None = None,
    within: float | None = None,
) -> list[float]:
    """Each item's centre across its layer: near its neighbours, in order, never overlapping.

    Takes: ``size`` per item (slots included) and the least ``spacing`` between two, in pixels;
    ``weight`` per edge, how strongly it pulls; ``within``, pixels to keep to if possible.
    Gives: centres in pixels; the smallest edge of all is 0.
    """
    total = sum(len(layer) for layer in plan.layers)
    before, after = _neighbours(total, plan.paths)
    pulls = _pulls(total, plan.paths, weight) if weight is not None else None
    centre = [0.0] * total
    for layer in plan.layers:
        edge = 0.0
        for item in layer:
            centre[item] = edge + size[item] / 2
            edge += size[item] + spacing
    for turn in range(rounds):
        down = turn % 2 == 0
        for layer in plan.layers if down else reversed(plan.layers):
            near = before if down else after
            wanted = []
            force = [1.0] * len(layer)
            for rank, item in enumerate(layer):
                around = near[item] or (after if down else before)[item]
                if not around:
                    wanted.append(centre[item])
                elif pulls is None:
                    wanted.append(sum(centre[n] for n in around) / len(around))
                else:
                    pull = (pulls[0] if around is before[item] else pulls[1])[item]
                    moment = sum(centre[n] * p for n, p in zip(around, pull, strict=True))
                    force[rank] = sum(pull)
                    wanted.append(moment / force[rank])
            _settle(layer, wanted, force, size, spacing=spacing, centre=centre)
    low = min((centre[i] - size[i] / 2 for i in range(total)), default=0.0)
    centre = [c - low for c in centre]
    if within is not None:
        for layer in plan.layers:
            _hold(layer, size, spacing, centre, within)
    return centre


def _hold(
    layer: Sequence[int],
    size: Mapping[int, float] | Sequence[float],
    spacing: float,
    centre: list[float],
    within: float,
) -> None:
    """Moves a layer inside the given extent; what cannot fit runs over its end."""
    limit = within
    for item in reversed(layer):
        centre[item] = min(centre[item], limit - size[item] / 2)
        limit = centre[item] - size[item] / 2 - spacing
    limit = 0.0
    for item in layer:
        centre[item] = max(centre[item], limit + size[item] / 2)
        limit = centre[item] + size[item] / 2 + spacing


def _pulls(
    total: int, paths: Sequence[tuple[int, ...]], weight: Sequence[float]
) -> tuple[list[list[float]], list[list[float]]]:
    before: list[list[float]] = [[] for _ in range(total)]
    after: list[list[float]] = [[] for _ in range(total)]
    for path, pull in zip(paths, weight, strict=True):
        for a, b in pairwise(path):
            if a != b:
                after[a].append(max(pull, 1e-3))
                before[b].append(max(pull, 1e-3))
    return before, after


def _settle(
    layer: Sequence[int],
    wanted: Sequence[float],
    force: Sequence[float],
    size: Mapping[int, float] | Sequence[float],
    *,
    spacing: float,
    centre: list[float],
) -> None:
    """Sets the centres nearest to what is wanted, by pooling neighbours that would overlap."""
    offset = 0.0
    offsets: list[float] = []
    pools: list[tuple[float, float, int]] = []  # moment of shifted wishes, force, how many
    for place, item in enumerate(layer):
        if place:
            offset += (size[layer[place - 1]] + size[item]) / 2 + spacing
        offsets.append(offset)
        moment, pull, members = (wanted[place] - offset) * force[place], force[place], 1
        while pools and pools[-1][0] / pools[-1][1] > moment / pull:
            more, strength, others = pools.pop()
            moment, pull, members = moment + more, pull + strength, members + others
        pools.append((moment, pull, members))
    place = 0
    for moment, pull, members in pools:
        for _ in range(members):
            centre[layer[place]] = moment / pull + offsets[place]
            place += 1


def _back_edges(count: int, edges: Sequence[tuple[int, int]]) -> list[bool]:
    out: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    indegree = [0] * count
    for e, (a, b) in enumerate(edges):
        out[a].append((e, b))
        indegree[b] += 1
    backward = [False] * len(edges)
    state = [0] * count  # 0 not seen, 1 on the way, 2 done
    # Start where nothing comes in, so that a circle is cut where one enters it last.
    order = sorted(range(count), key=lambda n: (indegree[n] > 0, n))
    for root in order:
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            node, rest = stack[-1]
            for e, target in rest:
                if state[target] == 1:
                    backward[e] = True
                elif state[target] == 0:
                    state[target] = 1
                    stack.append((target, iter(out[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return backward


def _levels(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    out: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for a, b in edges:
        if a != b:
            out[a].append(b)
            waiting[b] += 1
    sources = [n for n in range(count) if waiting[n] == 0]
    level = [0] * count
    ready = list(sources)
    for node in ready:
        for target in out[node]:
            level[target] = max(level[target], level[node] + 1)
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    # A source that is used late stands just before its use, not at the far left.
    for node in sources:
        if out[node]:
            level[node] = min(level[target] for target in out[node]) - 1
    return level


def _neighbours(
    total: int, paths: Sequence[tuple[int, ...]]
) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in range(total)]
    after: list[list[int]] = [[] for _ in range(total)]
    for path in paths:
        for a, b in pairwise(path):
            if a != b:
                after[a].append(b)
                before[b].append(a)
    return before, after


def _sweep(
    layers: list[list[int]],
    before: list[list[int]],
    after: list[list[int]],
    sweeps: int,
    last: frozenset[int],
) -> None:
    place = [0.0] * sum(len(layer) for layer in layers)
    for layer in layers:
        for rank, item in enumerate(layer):
            place[item] = rank / len(layer)
    for turn in range(sweeps + 1):
        down = turn % 2 == 0
        near = before if down else after
        for layer in layers if down else reversed(layers):
            if len(layer) > 1:
                weight = {}
                for item in layer:
                    around = near[item]
                    weight[item] = (
                        sum(place[n] for n in around) / len(around) if around else place[item]
                    )
                layer.sort(key=weight.__getitem__)
                if last:
                    layer.sort(key=last.__contains__)
                for rank, item in enumerate(layer):
                    place[item] = rank / len(layer)
