"""Readings of a lot that are not proportional: by queue (first or last in) and poison, the worst.

They are not linear and so have no sweep: each lot keeps its parcels in the order they came in, or
the set of all it was ever mixed with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
    return _queued(assembled, question, _by_age)


def last_in_first_out(assembled: Assembled, question: Question) -> list[Mapping[str | None, float]]:
    """The same with the youngest going out first: a draw takes what had come in when it was made.

    Where a flow of a lot has no time, all that came in counts as there before the first draw.
    """
    return _queued(assembled, question, _by_youth)


@dataclass(frozen=True, slots=True)
class _Account:
    """One lot: what came in and what was drawn, in order of time; a mass of None is not told."""

    came: Sequence[tuple[str, Sequence[Parcel]]]
    drawn: Sequence[tuple[str, float | None]]


def _queued(
    assembled: Assembled, question: Question, rule: Callable[[_Account], list[list[Parcel]]]
) -> list[Mapping[str | None, float]]:
    network, times = assembled.network, assembled.times
    src, dst, kg = network.src.tolist(), network.dst.tolist(), network.mass_kg.tolist()
    into, out = _edges(dst, times, network.nodes), _edges(src, times, network.nodes)
    drawn: list[list[Parcel]] = [[] for _ in src]
    shares: list[Mapping[str | None, float]] = [{}] * network.nodes
    for node in _order(assembled):
        hit = is_marked(assembled.nodes[node], question)
        came: list[tuple[str, Sequence[Parcel]]] = [(times[e][0], drawn[e]) for e in into[node]]
        if hit or not came:
            label = label_of(assembled.nodes[node], question, hit=hit)
            came = [(t, [(label, m) for _, m in p]) for t, p in came] or [("", [(label, INFINITE)])]
            shares[node] = {label: 1.0}
        elif len(came) > 1 and not all(times[e][1] for e in into[node]):
            came = [("", [(None, INFINITE)])]  # what came when and how much of it is not recorded
            shares[node] = {None: 1.0}
        else:
            shares[node] = _mix([p for _, parcels in came for p in parcels])
        draws = [(times[e][0], kg[e] if times[e][1] else None) for e in out[node]]
        for edge, parcels in zip(out[node], rule(_Account(came, draws)), strict=True):
            drawn[edge] = parcels or [(None, kg[edge])]
    return shares


def _by_age(account: _Account) -> list[list[Parcel]]:
    """What each draw took, the oldest first; nothing where its mass or one before is not told."""
    queue = [p for _, parcels in account.came for p in parcels][::-1]
    found: list[list[Parcel]] = []
    told = True
    for _, mass in account.drawn:
        told = told and mass is not None
        found.append(_draw(queue, mass) if told and mass is not None else [])
    return found


def _by_youth(account: _Account) -> list[list[Parcel]]:
    """What each draw took, the youngest of what was there first."""
    came = list(account.came)[::-1]
    dated = all(t for t, _ in came) and all(t for t, _ in account.drawn)
    stock: list[Parcel] = []
    found: list[list[Parcel]] = []
    told = True
    for time, mass in account.drawn:
        while came and (not dated or came[-1][0] <= time):
            stock += came.pop()[1]
        told = told and mass is not None
        found.append(_draw(stock, mass) if told and mass is not None else [])
    return found


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
    """The next `mass` from the end of a queue; what it lacks is unknown."""
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
