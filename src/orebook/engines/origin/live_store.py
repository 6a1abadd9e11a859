"""The arrays a kept network stands in: a base by node both ways, and what was put in since.

An edge list that was corrected stands in a pool of its own; users that came since hang on their
node as a chain. A user that no longer is one stays in its chain: it is looked at and found unmoved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.network import Floats, Network

# One rank per row and place in its chain of single edges; it grows along every edge.
_DEEP = 1 << 24
_NONE = -1


class Store:
    """Per node its shares, rank, kind, inputs and users, with room to grow.

    `own[node]` is the run of its corrected inputs, −1 where the base holds them; `more[node]` is
    the first of its later users.
    """

    def __init__(self, network: Network, index: Index, shares: Floats, kind: Any) -> None:
        n = network.nodes
        self.network = network
        self.base = self.nodes = n
        self.x = np.ascontiguousarray(shares)
        self.rank = index.row_of.astype(np.int64) * _DEEP + index.depth
        self.kind = np.array(kind, dtype=np.int32)
        self.own = np.full(n, _NONE, dtype=np.int32)
        self.more = np.full(n, _NONE, dtype=np.int32)
        self.queued = np.zeros(n, dtype=np.bool_)
        order = np.argsort(network.dst, kind="stable")
        self.in_ptr = _pointer(network.dst, n)
        self.in_src, self.in_kg = network.src[order], network.mass_kg[order]
        order = np.argsort(network.src, kind="stable")
        self.out_ptr, self.out_dst = _pointer(network.src, n), network.dst[order]
        self.runs, self._run_count = np.zeros((16, 2), dtype=np.int64), 0
        self.run_src, self.run_kg = np.zeros(64, dtype=np.int32), np.zeros(64)
        self._run_end = 0
        self.later, self._later_count = np.zeros((64, 2), dtype=np.int32), 0

    def add(self, kind: int, rank: int) -> int:
        """A new node without inputs."""
        node = self.nodes
        self.nodes += 1
        for name in ("x", "rank", "kind", "own", "more", "queued"):
            setattr(self, name, _room(getattr(self, name), self.nodes))
        self.kind[node], self.rank[node] = kind, rank
        self.own[node] = self.more[node] = _NONE
        self.queued[node] = False
        self.put(node, [])
        return node

    def inputs(self, node: int) -> list[tuple[int, float]]:
        """What goes into a node: pairs of node and kilograms."""
        run = int(self.own[node])
        if run >= 0:
            begin, end = self.runs[run].tolist()
            kept = self.run_src[begin:end], self.run_kg[begin:end]
        else:
            begin, end = int(self.in_ptr[node]), int(self.in_ptr[node + 1])
            kept = self.in_src[begin:end], self.in_kg[begin:end]
        return list(zip(kept[0].tolist(), kept[1].tolist(), strict=True))

    def users(self, node: int) -> list[int]:
        """The nodes it goes into, each once."""
        found = self.looked_at(node)
        own = self.own
        return [u for u in found if own[u] < 0 or any(s == node for s, _ in self.inputs(u))]

    def looked_at(self, node: int) -> dict[int, None]:
        """The nodes it goes into, or once went into."""
        found: dict[int, None] = {}
        if node < self.base:
            users = self.out_dst[int(self.out_ptr[node]) : int(self.out_ptr[node + 1])]
            found = dict.fromkeys(users.tolist())
        at = int(self.more[node])
        while at >= 0:
            user, at = self.later[at].tolist()
            found[user] = None
        return found

    def put(self, node: int, inputs: Sequence[tuple[int, float]]) -> None:
        """These inputs in place of what the node had."""
        begin, end = self._run_end, self._run_end + len(inputs)
        self.run_src, self.run_kg = _room(self.run_src, end), _room(self.run_kg, end)
        self.run_src[begin:end] = [s for s, _ in inputs]
        self.run_kg[begin:end] = [kg for _, kg in inputs]
        self._run_end = end
        self.runs = _room(self.runs, self._run_count + 1)
        self.runs[self._run_count] = begin, end
        self.own[node] = self._run_count
        self._run_count += 1
        for source in dict.fromkeys(s for s, _ in inputs):
            if node not in self.looked_at(source):
                self.later = _room(self.later, self._later_count + 1)
                self.later[self._later_count] = node, self.more[source]
                self.more[source] = self._later_count
                self._later_count += 1

    def edges(self) -> tuple[Any, Any, Any]:
        """Source, target and kilograms of every edge as it stands now."""
        kept = self.own[self.network.dst] < 0
        put = np.flatnonzero(self.own[: self.nodes] >= 0).tolist()
        new = [(s, d, kg) for d in put for s, kg in self.inputs(d)]
        return (
            np.concatenate((self.network.src[kept], np.array([e[0] for e in new], np.int32))),
            np.concatenate((self.network.dst[kept], np.array([e[1] for e in new], np.int32))),
            np.concatenate((self.network.mass_kg[kept], np.array([e[2] for e in new], float))),
        )


def _pointer(ends: Any, nodes: int) -> Any:
    counts = np.bincount(ends, minlength=nodes)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _room(array: Any, size: int) -> Any:
    """The array, or a longer copy of it, with at least so many rows."""
    if size <= len(array):
        return array
    longer = np.zeros((max(size, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer
