"""Forward from lots, mines or plants: which lots hold some of it, and what share of each.

A row stands for several lots, so what one lot reaches is followed over its own edges; a mine's
reach is one sweep. "Through a plant" makes the plant's lots sources and forgets what lies before.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orebook.engines.origin.cone import view
from orebook.engines.origin.index import Index, build
from orebook.engines.origin.network import Floats, Ints, Network
from orebook.engines.origin.sweep import by_node, forward

_MOST_SHARE = 0.05
_FEW = 1_000


@dataclass(frozen=True, slots=True)
class Wires:
    """The edges of a network by node, both ways; an edge is its number in the network."""

    in_ptr: NDArray[np.int64]
    in_edge: Ints
    out_ptr: NDArray[np.int64]
    out_edge: Ints
    share: Floats


def wires(network: Network) -> Wires:
    """The edges by node, and what share of its node's incoming mass each edge is."""
    from orebook.engines.origin.index import weights_of

    share, _, _ = weights_of(network)
    return Wires(*_by(network.dst, network.nodes), *_by(network.src, network.nodes), share)


def _by(ends: Ints, nodes: int) -> tuple[NDArray[np.int64], Ints]:
    pointer = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=nodes))))
    return pointer.astype(np.int64), np.argsort(ends, kind="stable").astype(np.int32)


def of_sources(index: Index, chosen: Ints, *, compiled: bool | None = None) -> Floats:
    """Per row the share that came from these source rows: a mine forward, in one sweep."""
    start = np.zeros(index.sources)
    start[chosen] = 1.0
    return forward(index, start, compiled=compiled)


def of_nodes(network: Network, nodes: Ints) -> Floats:
    """Per node the share of it that passed through one of these nodes, each gram counted once."""
    chosen = np.zeros(network.nodes, dtype=np.int32)
    chosen[nodes] = 1
    index = build(reset(network, nodes), source_kind=chosen)
    start = np.zeros(index.sources)
    start[np.unique(index.row_of[nodes])] = 1.0
    return by_node(index, forward(index, start))


def reset(network: Network, nodes: Ints) -> Network:
    """The network in which these nodes are sources: what came into them is forgotten."""
    gone = np.zeros(network.nodes, dtype=np.bool_)
    gone[nodes] = True
    kept = ~gone[network.dst]
    return replace(
        network,
        src=network.src[kept],
        dst=network.dst[kept],
        mass_kg=network.mass_kg[kept],
        low_kg=None if network.low_kg is None else network.low_kg[kept],
        high_kg=None if network.high_kg is None else network.high_kg[kept],
        told=None if network.told is None else network.told[kept],
        ties={n: t for n, t in network.ties.items() if not gone[n]},
    )


def of_node(network: Network, index: Index, wired: Wires, node: int) -> dict[int, float]:
    """The nodes that hold some of one node, with the share of each; the node itself is 1.

    Past a twentieth of the book the answer comes from one full sweep, and is the same.
    """
    most = max(_FEW, int(network.nodes * _MOST_SHARE))
    dst = view(network.dst)
    out_ptr, out_edge = view(wired.out_ptr), view(wired.out_edge)
    share = view(wired.share)
    row_of, depth = view(index.row_of), view(index.depth)
    found: dict[int, float] = {node: 1.0}
    heap = [(row_of[node], depth[node], node)]
    while heap:
        at = heapq.heappop(heap)[2]
        held = found[at]
        if len(found) > most:
            x = of_nodes(network, np.array([node], dtype=np.int32))
            return {int(n): float(x[n]) for n in np.flatnonzero(x)}
        for k in range(out_ptr[at], out_ptr[at + 1]):
            edge = out_edge[k]
            to = dst[edge]
            if to in found:
                found[to] += held * share[edge]
            else:
                found[to] = held * share[edge]
                heapq.heappush(heap, (row_of[to], depth[to], to))
    return found
