"""Shares kept up to date: a new lot or a correction redoes the lots it touches and no others.

Lots carry a rank that grows along every edge. A correction is worked off in order of rank and ends
where a share comes out as it was. A back-dated edge lifts the ranks that stand in its way; an edge
that would close a circle is refused and the circle named.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orebook.engines.origin.index import Index, build
from orebook.engines.origin.network import Circle, Floats, Ints, Network, exact
from orebook.engines.origin.reach import Wires, wires
from orebook.engines.origin.sweep import forward

_MOST_SHARE = 0.05
_FEW = 1_000
_DEEP = 1 << 24


@dataclass(frozen=True, slots=True)
class Change:
    """One lot whose shares moved: as they were and as they are now."""

    node: int
    before: tuple[float, ...]
    after: tuple[float, ...]


class Live:
    """Per node the shares of some groups (the last column is what is unknown), kept current.

    Takes: a network of recorded masses; per source node its group, −1 where it is unknown.
    """

    def __init__(self, network: Network, group_of: Ints, groups: int) -> None:
        self._groups = groups
        self._kind = [int(g) for g in group_of]
        self._load(network)

    def _load(self, network: Network) -> None:
        """Everything from the network: the start, and what a wide correction falls back to."""
        kind = np.array(self._kind, dtype=np.int32)
        self._network = network
        index = build(network, source_kind=kind)
        self._wires: Wires = wires(network)
        self._x = solved(network, index, kind, self._groups)[index.row_of]
        self._base = network.nodes
        self._rank0 = index.row_of.astype(np.int64) * _DEEP + index.depth
        self._in: dict[int, list[tuple[int, float]]] = {}
        self._out: dict[int, dict[int, None]] = {}
        self._rank: dict[int, int] = {}
        self._late: dict[int, tuple[float, ...]] = {}
        self._nodes = network.nodes

    def shares(self, node: int) -> tuple[float, ...]:
        """The shares of one node by group, the unknown last."""
        if node in self._late:
            return self._late[node]
        return tuple(self._x[node].tolist())

    def inputs(self, node: int) -> list[tuple[int, float]]:
        """What goes into a node: pairs of node and kilograms."""
        if node in self._in:
            return self._in[node]
        if node >= self._base:
            return []
        w = self._wires
        edges = w.in_edge[w.in_ptr[node] : w.in_ptr[node + 1]]
        sources, kg = self._network.src[edges].tolist(), self._network.mass_kg[edges].tolist()
        return list(zip(sources, kg, strict=True))

    def add(self, inputs: Sequence[tuple[int, float]], *, group: int = -1) -> int:
        """A new node made of these; a source of that group where there are none."""
        node = self._nodes
        self._nodes += 1
        self._kind.append(group)
        self._rank[node] = 1 + max((self._rank_of(n) for n, _ in inputs), default=-1)
        self._in[node] = []
        self._late[node] = self._mixed(node, [])
        self.correct(node, inputs)
        return node

    def correct(self, node: int, inputs: Sequence[tuple[int, float]]) -> list[Change]:
        """What changes when this is what went into the node: each lot once, in order.

        Refuses: Circle, with the circle named, where an input is made of the node itself; nothing
        has changed then.
        """
        self._lift(node, [n for n, _ in inputs])
        for source, _ in self.inputs(node):
            self._users(source).pop(node, None)
        self._in[node] = [(int(n), float(kg)) for n, kg in inputs]
        for source, _ in inputs:
            self._users(source)[node] = None
        return self._redo(node)

    def network(self) -> Network:
        """The network as it stands now, with all that was added and corrected."""
        kept = ~np.isin(self._network.dst, np.fromiter(self._in, np.int64, len(self._in)))
        new = [(s, d, kg) for d, edges in self._in.items() for s, kg in edges]
        src = np.concatenate((self._network.src[kept], np.array([e[0] for e in new], np.int32)))
        dst = np.concatenate((self._network.dst[kept], np.array([e[1] for e in new], np.int32)))
        kg = np.concatenate((self._network.mass_kg[kept], np.array([e[2] for e in new], float)))
        return exact(self._nodes, src, dst, kg)

    def _rank_of(self, node: int) -> int:
        found = self._rank.get(node)
        return int(self._rank0[node]) if found is None else found

    def _users(self, node: int) -> dict[int, None]:
        found = self._out.get(node)
        if found is None:
            found = {}
            if node < self._base:
                w = self._wires
                edges = w.out_edge[w.out_ptr[node] : w.out_ptr[node + 1]]
                found = dict.fromkeys(self._network.dst[edges].tolist())
            self._out[node] = found
        return found

    def _lift(self, node: int, sources: Sequence[int]) -> None:
        """Ranks above every source for the node and all that follows it, or none changed."""
        low = max((self._rank_of(s) for s in sources), default=-1)
        if low < self._rank_of(node):
            return
        wanted = set(sources)
        lifted: dict[int, int] = {node: low + 1}
        came: dict[int, int] = {}
        heap = [(self._rank_of(node), node)]
        while heap:
            at = heapq.heappop(heap)[1]
            if at in wanted:
                raise Circle(_back(came, at, node))
            for user in self._users(at):
                if lifted.get(user, self._rank_of(user)) <= lifted[at]:
                    lifted[user] = lifted[at] + 1
                    came[user] = at
                    heapq.heappush(heap, (lifted[user], user))
        self._rank.update(lifted)

    def _mixed(self, node: int, inputs: Sequence[tuple[int, float]]) -> tuple[float, ...]:
        total = sum(kg for _, kg in inputs)
        if not inputs or total <= 0:
            kind = self._kind[node]
            at = self._groups if kind < 0 else kind
            return tuple(1.0 if g == at else 0.0 for g in range(self._groups + 1))
        if len(inputs) == 1:
            return self.shares(inputs[0][0])
        out = [0.0] * (self._groups + 1)
        for source, kg in inputs:
            part = kg / total
            for g, share in enumerate(self.shares(source)):
                out[g] += part * share
        return tuple(out)

    def _redo(self, node: int) -> list[Change]:
        """Works off the nodes that may move, in order of rank; a wide change reloads everything."""
        most = max(_FEW, int(self._nodes * _MOST_SHARE))
        heap = [(self._rank_of(node), node)]
        queued = {node}
        changes = []
        while heap:
            at = heapq.heappop(heap)[1]
            queued.discard(at)
            before = self.shares(at)
            after = self._mixed(at, self.inputs(at))
            if after == before:
                continue
            changes.append(Change(at, before, after))
            self._late[at] = after
            if len(changes) > most:
                return self._all_again(changes)
            for user in self._users(at):
                if user not in queued:
                    queued.add(user)
                    heapq.heappush(heap, (self._rank_of(user), user))
        return changes

    def _all_again(self, changes: list[Change]) -> list[Change]:
        old = {c.node: c.before for c in changes}
        before = np.zeros((self._nodes, self._groups + 1))
        before[: self._base] = self._x
        for node, shares in {**self._late, **old}.items():
            before[node] = shares
        self._load(self.network())
        moved = np.flatnonzero((before != self._x).any(axis=1)).tolist()
        return [
            Change(n, tuple(before[n].tolist()), tuple(self._x[n].tolist()))
            for n in sorted(moved, key=self._rank_of)
        ]


def solved(network: Network, index: Index, group_of: Ints, groups: int) -> Floats:
    """Shares of groups per row, the unknown as the last column; `group_of` is per node."""
    start = np.zeros((index.sources, groups + 1))
    first = np.bincount(network.dst, minlength=network.nodes) == 0
    start[index.row_of[first], np.where(group_of < 0, groups, group_of)[first]] = 1.0
    return forward(index, start)


def _back(came: dict[int, int], at: int, end: int) -> list[int]:
    """The way along edges from `end` to `at`."""
    names = [at]
    while names[-1] != end:
        names.append(came[names[-1]])
    return names[::-1]
