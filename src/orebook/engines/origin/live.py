"""Shares kept up to date: a new lot or a correction redoes the lots it touches and no others.

Lots carry a rank that grows along every edge. A correction is worked off in order of rank and ends
where a share comes out as it was. A back-dated edge lifts the ranks that stand in its way; an edge
that would close a circle is refused and the circle named.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, overload

import numpy as np

from orebook.engines.origin.index import Index, build
from orebook.engines.origin.live_store import Store
from orebook.engines.origin.network import Circle, Floats, Ints, Network, exact
from orebook.engines.origin.sweep import forward

_MOST_SHARE = 0.05
_FEW = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """One lot whose shares moved: as they were and as they are now."""

    node: int
    before: tuple[float, ...]
    after: tuple[float, ...]


class Changes(Sequence[Change]):
    """What one correction moved, each node once, inputs before what they make; kept as arrays."""

    def __init__(self, nodes: Any, before: Floats, after: Floats) -> None:
        self.nodes = nodes
        self.before = before
        self.after = after

    def __len__(self) -> int:
        return len(self.nodes)

    @overload
    def __getitem__(self, at: int) -> Change: ...
    @overload
    def __getitem__(self, at: slice) -> Changes: ...
    def __getitem__(self, at: int | slice) -> Change | Changes:
        if isinstance(at, slice):
            return Changes(self.nodes[at], self.before[at], self.after[at])
        rows = self.before[at], self.after[at]
        return Change(int(self.nodes[at]), *(tuple(row.tolist()) for row in rows))


class Live:
    """Per node the shares of some groups (the last column is what is unknown), kept current.

    Takes: a network of recorded masses; per source node its group, −1 where it is unknown;
    `compiled`, True or False to choose the kernel, None for the compiled one where it is installed.
    """

    def __init__(
        self, network: Network, group_of: Ints, groups: int, *, compiled: bool | None = None
    ) -> None:
        self._groups = groups
        self._quick = _quick(compiled)
        self._load(network, group_of)

    def _load(self, network: Network, kind: Ints) -> None:
        """Everything from the network: the start, and what a wide correction falls back to."""
        index = build(network, source_kind=kind)
        shares = solved(network, index, kind, self._groups)[index.row_of]
        self._store = Store(network, index, shares, kind)

    def shares(self, node: int) -> tuple[float, ...]:
        """The shares of one node by group, the unknown last."""
        return tuple(self._store.x[node].tolist())

    def inputs(self, node: int) -> list[tuple[int, float]]:
        """What goes into a node: pairs of node and kilograms."""
        return self._store.inputs(node)

    def add(self, inputs: Sequence[tuple[int, float]], *, group: int = -1) -> int:
        """A new node made of these; a source of that group where there are none."""
        rank = 1 + max((int(self._store.rank[n]) for n, _ in inputs), default=-1)
        node = self._store.add(group, rank)
        self._store.x[node] = self._mixed(node, [])
        self.correct(node, inputs)
        return node

    def correct(self, node: int, inputs: Sequence[tuple[int, float]]) -> Changes:
        """What changes when this is what went into the node: each lot once, in order.

        Refuses: Circle, with the circle named, where an input is made of the node itself; nothing
        has changed then. ValueError for kilograms that are no finite number of at least nought.
        """
        if not all(isfinite(kg) and kg >= 0 for _, kg in inputs):
            message = f"a mass into node {node} is a finite number of kilograms, at least 0"
            raise ValueError(message)
        self._lift(node, [n for n, _ in inputs])
        store = self._store
        store.put(node, inputs)
        most = max(_FEW, int(store.nodes * _MOST_SHARE))
        nodes, before, wide = (self._quick or self._redo)(store, node, most)
        if wide:
            return self._all_again(nodes, before)
        return Changes(nodes, before, store.x[nodes])

    def network(self) -> Network:
        """The network as it stands now, with all that was added and corrected."""
        return exact(self._store.nodes, *self._store.edges())

    def _lift(self, node: int, sources: Sequence[int]) -> None:
        """Ranks above every source for the node and all that follows it, or none changed."""
        rank = self._store.rank
        low = max((int(rank[s]) for s in sources), default=-1)
        if low < rank[node]:
            return
        wanted = set(sources)
        lifted: dict[int, int] = {node: low + 1}
        came: dict[int, int] = {}
        heap = [(int(rank[node]), node)]
        while heap:
            at = heapq.heappop(heap)[1]
            if at in wanted:
                raise Circle(_back(came, at, node))
            for user in self._store.users(at):
                if lifted.get(user, int(rank[user])) <= lifted[at]:
                    lifted[user] = lifted[at] + 1
                    came[user] = at
                    heapq.heappush(heap, (lifted[user], user))
        for at, height in lifted.items():
            rank[at] = height

    def _mixed(self, node: int, inputs: Sequence[tuple[int, float]]) -> list[float]:
        total = sum(kg for _, kg in inputs)
        width = self._groups + 1
        if not inputs or total <= 0:
            kind = int(self._store.kind[node])
            at = self._groups if kind < 0 else kind
            return [1.0 if g == at else 0.0 for g in range(width)]
        x = self._store.x
        if len(inputs) == 1:
            found: list[float] = x[inputs[0][0]].tolist()
            return found
        out = [0.0] * width
        for source, kg in inputs:
            part = kg / total
            for g, share in enumerate(x[source].tolist()):
                out[g] += part * share
        return out

    def _redo(self, store: Store, node: int, most: int) -> tuple[Any, Any, bool]:
        """Works off the nodes that may move, in order of rank: they, as they were, and if more."""
        heap = [(int(store.rank[node]), node)]
        queued = {node}
        moved: list[int] = []
        before: list[list[float]] = []
        while heap and len(moved) <= most:
            at = heapq.heappop(heap)[1]
            queued.discard(at)
            was = store.x[at].tolist()
            now = self._mixed(at, store.inputs(at))
            if now == was:
                continue
            moved.append(at)
            before.append(was)
            store.x[at] = now
            for user in store.looked_at(at):
                if user not in queued:
                    queued.add(user)
                    heapq.heappush(heap, (int(store.rank[user]), user))
        nodes = np.array(moved, dtype=np.int32)
        return nodes, np.array(before).reshape(len(moved), store.x.shape[1]), len(moved) > most

    def _all_again(self, nodes: Any, was: Any) -> Changes:
        """Everything from the network as it now is; in place of what a correction redid so far."""
        store = self._store
        count = store.nodes
        before = store.x[:count].copy()
        before[nodes] = was
        self._load(self.network(), store.kind[:count].copy())
        store = self._store
        moved = np.flatnonzero((before != store.x).any(axis=1))
        moved = moved[np.argsort(store.rank[moved], kind="stable")]
        return Changes(moved, before[moved], store.x[moved])


def _quick(compiled: bool | None) -> Any:
    """The compiled kernel where it is wanted and installed."""
    if compiled is False:
        return None
    from orebook.engines.origin import fast

    if fast.here():
        from orebook.engines.origin.fast_live import redo

        return redo
    if compiled:
        message = "the compiled kernels need the extra `fast` (numba)"
        raise ModuleNotFoundError(message)
    return None


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
