"""The way that carries most of a lot, and the plants whose loss would sever or thin its flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from orebook.engines.origin.assemble import Assembled
from orebook.engines.origin.network import Floats
from orebook.engines.origin.reach import Wires

# Up to this many plants every pair is tried; beyond, and for three or more, the best is added.
_PAIRS_MOST = 60
_AT_ONCE = 128  # sets of plants followed through a cone together: its rows times these are kept
_ALL = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Cone:
    """One node and all it is made of, inputs before what they make: node, then (input, share)."""

    nodes: tuple[int, ...]
    inputs: tuple[tuple[tuple[int, float], ...], ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Plants, and the share of the lot that passed through at least one of them."""

    plants: tuple[str, ...]
    share: float

    @property
    def severs(self) -> bool:
        """True where nothing of the lot came another way."""
        return self.share >= _ALL


def cone(assembled: Assembled, wired: Wires, node: int) -> Cone:
    """What one node is made of, in order of flow, at the recorded masses."""
    ptr = wired.in_ptr.tolist()
    sources = assembled.network.src[wired.in_edge].tolist()
    shares = wired.share[wired.in_edge].tolist()
    order: list[int] = []
    inputs: dict[int, tuple[tuple[int, float], ...]] = {}
    stack: list[tuple[int, bool]] = [(node, False)]
    while stack:
        at, done = stack.pop()
        if done:
            order.append(at)
            continue
        if at in inputs:
            continue
        edges = slice(ptr[at], ptr[at + 1])
        inputs[at] = tuple(zip(sources[edges], shares[edges], strict=True))
        stack.append((at, True))
        stack += [(source, False) for source, _ in inputs[at] if source not in inputs]
    return Cone(tuple(order), tuple(inputs[n] for n in order))


def heaviest(found: Cone) -> tuple[tuple[int, ...], float]:
    """The way from a source to the node that carries most of it, and what share that is."""
    best: dict[int, float] = {}
    came: dict[int, int] = {}
    for node, inputs in zip(found.nodes, found.inputs, strict=True):
        best[node] = 1.0 if not inputs else 0.0
        for source, share in inputs:
            if share * best[source] > best[node]:
                best[node], came[node] = share * best[source], source
    way = [found.nodes[-1]]
    while way[-1] in came:
        way.append(came[way[-1]])
    return tuple(way[::-1]), best[found.nodes[-1]]


def cuts(assembled: Assembled, found: Cone) -> tuple[tuple[Cut, ...], Cut | None]:
    """Each plant with the share of the lot that passed it, most first; and the fewest that sever.

    Every single plant and, among few plants, every pair is tried; larger sets are grown by the
    plant that adds most, and so need not be the smallest.
    """
    plant = [assembled.nodes[n].stop.facility for n in found.nodes]
    names = sorted({p for p in plant if p})
    if not names:
        return (), None
    singles = _passed(found, plant, [(n,) for n in names])
    ranked = [Cut((n,), float(s)) for n, s in zip(names, singles, strict=True)]
    ranked.sort(key=lambda c: (-c.share, c.plants))
    if ranked[0].severs:
        return tuple(ranked), ranked[0]
    if len(names) <= _PAIRS_MOST:
        alone = {c.plants[0]: c.share for c in ranked}
        # No two plants carry more together than one by one.
        pairs = [p for p in combinations(names, 2) if alone[p[0]] + alone[p[1]] >= _ALL - 1e-12]
        for pair, share in zip(pairs, _passed(found, plant, pairs), strict=True):
            if share >= _ALL:
                return tuple(ranked), Cut(pair, float(share))
    return tuple(ranked), _grown(found, plant, names, ranked[0])


def _grown(found: Cone, plant: Sequence[str | None], names: list[str], best: Cut) -> Cut | None:
    while not best.severs:
        more = [(*best.plants, n) for n in names if n not in best.plants]
        if not more:
            return None
        shares = _passed(found, plant, more)
        top = int(np.argmax(shares))
        if shares[top] <= best.share:
            return None
        best = Cut(more[top], float(shares[top]))
    return best


def _passed(found: Cone, plant: Sequence[str | None], sets: Sequence[tuple[str, ...]]) -> Floats:
    """For each set of plants the share of the last node that passed at least one of them."""
    if len(sets) > _AT_ONCE:
        parts = [sets[i : i + _AT_ONCE] for i in range(0, len(sets), _AT_ONCE)]
        return np.concatenate([_passed(found, plant, part) for part in parts])
    hit = {name: np.array([name in s for s in sets]) for name in {p for p in plant if p}}
    x: dict[int, Floats] = {}
    none = np.zeros(len(sets))
    for node, inputs, name in zip(found.nodes, found.inputs, plant, strict=True):
        total = none.copy()
        for source, share in inputs:
            total += share * x[source]
        x[node] = np.where(hit[name], 1.0, total) if name else total
    last: Floats = x[found.nodes[-1]]
    return last
