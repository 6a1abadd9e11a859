"""Circles in a list of flows: broken by the order of time, or named and cut.

A lot that gets back what was made of it (recycling, a tank, a returned heel) is unfolded into one
state per time something came in: what was still there, mixed with what came. What left before is
made of the state before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orebook.engines.origin.edge import Edge
from orebook.model.flow import Stop

Fault = Callable[[str, str, str, str, str], None]


def unfold(
    edges: list[Edge],
    stops: Mapping[str, Stop],
    fault: Fault,
    nobody: Callable[[str], str],
) -> tuple[list[Edge], dict[str, str]]:
    """The edges without circles, and the last state of each lot that was unfolded.

    Unknown: a circle whose flows are not all dated, or have no mass, is named; what ran in it is of
    unknown origin then.
    """
    circles = _circles(edges)
    if not circles:
        return edges, {}
    last: dict[str, str] = {}
    for lots in circles:
        inside = set(lots)
        touching = [e for e in edges if e.source in inside or e.target in inside]
        undated = [e for e in touching if not e.time or e.mass is None or e.share]
        if undated:
            _cut(edges, inside, undated, fault, nobody)
        else:
            edges = _states(edges, inside, touching, stops, fault, nobody, last)
    return edges, last


def _circles(edges: list[Edge]) -> list[list[str]]:
    """Lots that are made of one another, as groups, each in the order of first mention."""
    if _runs_forward(edges):
        return []
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = list(dict.fromkeys(n for e in edges for n in (e.source, e.target) if n))
    number = {name: i for i, name in enumerate(names)}
    pairs = [(number[e.source], number[e.target]) for e in edges if e.source]
    if not pairs:
        return []
    ends = np.array(pairs, dtype=np.int32)
    size = len(names)
    graph = coo_array((np.ones(len(pairs)), (ends[:, 0], ends[:, 1])), shape=(size, size))
    count, label = connected_components(graph.tocsr(), directed=True, connection="strong")
    if count == size:
        return []
    groups: dict[int, list[str]] = {}
    for name, group in zip(names, label.tolist(), strict=True):
        groups.setdefault(group, []).append(name)
    return [g for g in groups.values() if len(g) > 1]


def _runs_forward(edges: list[Edge]) -> bool:
    """Whether no lot is made of itself: every one comes after all that goes into it."""
    users: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    for edge in edges:
        if edge.source:
            users.setdefault(edge.source, []).append(edge.target)
            waiting[edge.target] = waiting.get(edge.target, 0) + 1
    ready = [lot for lot in users if lot not in waiting]
    for lot in ready:
        for user in users.get(lot, ()):
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    return not any(waiting.values())


def one_circle(edges: list[Edge], inside: set[str]) -> list[str]:
    """One circle among these lots, in the order of flow."""
    after: dict[str, str] = {}
    for edge in edges:
        if edge.source in inside and edge.target in inside:
            after.setdefault(edge.source, edge.target)
    at = next(iter(after))
    seen: list[str] = []
    while at not in seen:
        seen.append(at)
        at = after[at]
    return [*seen[seen.index(at) :], at]


def _cut(
    edges: list[Edge],
    inside: set[str],
    undated: list[Edge],
    fault: Fault,
    nobody: Callable[[str], str],
) -> None:
    shown = one_circle(edges, inside)
    way = " → ".join(shown if len(shown) <= 8 else [*shown[:4], "…", *shown[-3:]])
    fault(
        "circle",
        undated[0].place,
        "flows that run forward, or a time and a mass for each flow of a circle",
        way,
        "Date each of these flows, or correct one; what runs in it is of unknown origin.",
    )
    for edge in edges:
        if edge.source in inside and edge.target in inside:
            edge.source = nobody(f"what came into {edge.target} in a circle")


def _states(
    edges: list[Edge],
    inside: set[str],
    touching: list[Edge],
    stops: Mapping[str, Stop],
    fault: Fault,
    nobody: Callable[[str], str],
    last: dict[str, str],
) -> list[Edge]:
    """The edges of one circle with a state per time something came into a lot."""
    kept = [e for e in edges if e.source not in inside and e.target not in inside]
    state: dict[str, str] = {}
    left: dict[str, float] = dict.fromkeys(inside, 0.0)
    count: dict[str, int] = {}
    for edge in sorted(touching, key=lambda e: e.time):  # stable: the order given breaks ties
        mass = edge.mass or 0.0
        source = edge.source
        if source in inside:
            edge.source = _drawn(edge, state, left, stops, fault, nobody, kept, count)
        if edge.target in inside:
            lot = edge.target
            count[lot] = count.get(lot, 0) + 1
            name = f"\3{lot}\3{count[lot]}"
            if left[lot] > 0:
                kept.append(Edge(state[lot], name, left[lot], left[lot], left[lot]))
            edge.target = name
            edge.event = ""
            state[lot] = name
            left[lot] += mass
        kept.append(edge)
    last.update(state)
    return kept


def _drawn(
    edge: Edge,
    state: dict[str, str],
    left: dict[str, float],
    stops: Mapping[str, Stop],
    fault: Fault,
    nobody: Callable[[str], str],
    kept: list[Edge],
    count: dict[str, int],
) -> str:
    """Where a draw on an unfolded lot comes from: its state, and nobody for what it lacks."""
    lot, mass = edge.source, edge.mass or 0.0
    stop = stops.get(lot)
    if lot not in state and stop is not None and stop.mass_kg is not None:
        state[lot], left[lot] = f"\3{lot}\3opening", float(stop.mass_kg)
        named = stop.mine is not None or stop.country is not None
        opening = f"\1{lot}" if named else nobody(f"the opening stock of {lot}")
        kept.append(Edge(opening, state[lot], left[lot], left[lot], left[lot]))
    there = left[lot]
    if there >= mass * (1 - 1e-9):
        left[lot] = max(there - mass, 0.0)
        return state[lot]
    fault(
        "overdrawn",
        edge.place,
        f"at most {there:.12g} kg taken from {lot} at {edge.time}",
        f"{mass:.12g} kg",
        "Record its opening stock or what else went in; the excess counts as unknown.",
    )
    left[lot] = 0.0
    count[lot] = count.get(lot, 0) + 1
    name = f"\2{lot}\2{count[lot]} at {edge.time}"
    if there > 0:
        kept.append(Edge(state[lot], name, there, there, there))
    rest = mass - there
    kept.append(Edge(nobody(f"what was taken from {lot} beyond it"), name, rest, rest, rest))
    return name
