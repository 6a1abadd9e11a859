"""Readings of a lot that are not proportional: first in, first out, and poison (the worst case).

They are not linear and so have no sweep: each lot keeps its parcels in the order they came in, or
the set of all it was ever mixed with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from orebook.engines.origin.assemble import Assembled
from orebook.engines.origin.index import build
from orebook.engines.origin.labels import Question, is_marked, label_of
from orebook.engines.origin.network import INFINITE

Parcel = tuple[str | None, float]


def first_in_first_out(
    assembled: Assembled, question: Question
) -> list[Mapping[str | None, float]]:
    """Per node the share of each name (None: unknown; "": not passed) under first in, first out.

    Inputs and draws go in the order of time, then of the list. Unknown: a draw whose mass is not
    recorded, and all that was drawn after it from that lot, is unknown.
    """
    network, times = assembled.network, assembled.times
    src, dst, kg = network.src.tolist(), network.dst.tolist(), network.mass_kg.tolist()
    into, out = _edges(dst, times, network.nodes), _edges(src, times, network.nodes)
    drawn: list[list[Parcel]] = [[] for _ in src]
    shares: list[Mapping[str | None, float]] = [{}] * network.nodes
    for node in _order(assembled):
        parcels = [p for e in into[node] for p in drawn[e]]
        hit = is_marked(assembled.nodes[node], question)
        if not into[node]:
            label = label_of(assembled.nodes[node], question, hit=hit)
            shares[node], parcels = {label: 1.0}, [(label, INFINITE)]
        elif hit:
            label = label_of(assembled.nodes[node], question, hit=True)
            parcels = [(label, sum(m for _, m in parcels))]
            shares[node] = {label: 1.0}
        elif len(into[node]) > 1 and not all(times[e][1] for e in into[node]):
            parcels = [(None, INFINITE)]  # what came first and how much of it is not recorded
            shares[node] = {None: 1.0}
        else:
            shares[node] = _mix(parcels)
        queue = list(reversed(parcels))
        told = True
        for edge in out[node]:
            told = told and times[edge][1]
            drawn[edge] = _draw(queue, kg[edge]) if told else [(None, kg[edge])]
    return shares


def poison(assembled: Assembled, question: Question) -> list[frozenset[str | None]]:
    """Per node every name any of it may have come from, however little (None: unknown)."""
    network = assembled.network
    into = _edges(network.dst.tolist(), assembled.times, network.nodes)
    src = network.src.tolist()
    reached: list[frozenset[str | None]] = [frozenset()] * network.nodes
    for node in _order(assembled):
        hit = is_marked(assembled.nodes[node], question)
        if hit or not into[node]:
            reached[node] = frozenset({label_of(assembled.nodes[node], question, hit=hit)})
        else:
            reached[node] = frozenset().union(*(reached[src[e]] for e in into[node]))
    return reached


def _order(assembled: Assembled) -> list[int]:
    index = build(assembled.network)
    order: list[int] = np.lexsort((index.depth, index.row_of)).tolist()
    return order


def _edges(ends: Sequence[int], times: Sequence[tuple[str, bool]], nodes: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(nodes)]
    for edge in sorted(range(len(ends)), key=lambda e: times[e][0]):
        found[ends[edge]].append(edge)
    return found


def _draw(queue: list[Parcel], mass: float) -> list[Parcel]:
    """The next `mass` of a queue whose end is its front; what it lacks is unknown."""
    taken: list[Parcel] = []
    left = mass
    while left > 0 and queue:
        label, there = queue.pop()
        part = min(there, left)
        taken.append((label, part))
        left -= part
        if there > part:
            queue.append((label, there - part))
    if left > mass * 1e-12:
        taken.append((None, left))
    return taken


def _mix(parcels: Sequence[Parcel]) -> dict[str | None, float]:
    total = sum(m for _, m in parcels)
    found: dict[str | None, float] = {}
    for label, mass in parcels:
        found[label] = found.get(label, 0.0) + mass / total
    return found
