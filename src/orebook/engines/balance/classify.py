"""What can be known of each figure, by contraction of unmeasured edges; no arithmetic on values."""

from __future__ import annotations

import numpy as np

from orebook.engines.balance.network import OUTSIDE, Bools, Ints, Network, ends
from orebook.engines.balance.states import Contraction

REDUNDANT = "redundant"
NOT_REDUNDANT = "not redundant"
OBSERVABLE = "observable"
UNOBSERVABLE = "unobservable"
FIXED = "fixed"


def contract(network: Network) -> Contraction:
    """The balances that remain once every unmeasured amount is merged away.

    A measured edge inside a merged node is not redundant; an unmeasured edge that is a bridge of
    the unmeasured graph is observable, any other is not. Linear time in the edges.
    Source: Václavek 1969; Kretsovalis and Mah 1988, for flow networks.
    """
    size, many = len(network.nodes), len(network.components)
    group = np.full((size, many), OUTSIDE, dtype=np.int64)
    bridge = np.zeros((len(network.edges), many), dtype=bool)
    graded = network.known[:, 1:].any(axis=1)
    free = ~network.known[:, 0] & graded
    counts = []
    for k in range(many):
        lost = ~network.known[:, k] if k else ~network.known[:, 0] & ~graded
        if k:
            # With no mass and no grade of this component the product is unknown all the same.
            lost = lost | (~network.known[:, 0] & ~graded)
        label, number = _merge(network, k, np.flatnonzero(lost))
        group[:, k] = label
        counts.append(number)
        bridge[np.flatnonzero(lost), k] = _bridges(network, k, np.flatnonzero(lost))
    return Contraction(group, tuple(counts), bridge, free)


def opened(network: Network, contraction: Contraction) -> Contraction:
    """The balances without one of each closed part, which follows from the others there.

    Closed is a part that nothing measured enters or leaves: its balances add up to nothing.
    """
    group, counts = contraction.group.copy(), list(contraction.counts)
    for k, count in enumerate(counts):
        if k and (contraction.group[:, k] == contraction.group[:, k - 1]).all():
            group[:, k], counts[k] = group[:, k - 1], counts[k - 1]
            continue
        rows = np.append(group[:, k], OUTSIDE)
        tail, head = (rows[side] for side in ends(network, k))
        gone = _closed(tail, head, count, group[[s.node for s in network.slacks], k])
        if gone.size:
            number = np.cumsum(np.bincount(gone, minlength=count) == 0) - 1
            kept = np.append(np.where(np.isin(np.arange(count), gone), OUTSIDE, number), OUTSIDE)
            group[:, k] = kept[group[:, k]]
            counts[k] = count - gone.size
    return Contraction(group, tuple(counts), contraction.bridge, contraction.free)


def _closed(tail: Ints, head: Ints, count: int, slack: Ints) -> Ints:
    """The first balance of each part that no transfer joins to the outside."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    inner = (tail >= 0) & (head >= 0)
    ones = np.ones(int(inner.sum()), dtype=np.int8)
    graph = coo_array((ones, (tail[inner], head[inner])), shape=(count, count))
    parts, label = connected_components(graph, directed=False)
    one = (tail >= 0) ^ (head >= 0)
    reached = np.concatenate([np.maximum(tail, head)[one], slack[slack >= 0]])
    outer = np.zeros(parts, dtype=bool)
    outer[label[reached]] = True
    _, first = np.unique(label, return_index=True)
    return np.asarray(first[~outer], dtype=np.int64)


def _merge(network: Network, k: int, lost: Ints) -> tuple[Ints, int]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = len(network.nodes)
    if not lost.size:
        held = network.conserves[:, k]
        return np.where(held, np.cumsum(held) - 1, OUTSIDE), int(held.sum())
    tail, head = ends(network, k)
    shape = (size + 1, size + 1)
    graph = coo_array((np.ones(lost.size), (tail[lost], head[lost])), shape=shape)
    _, label = connected_components(graph, directed=False)
    label = label.astype(np.int64)
    keep = network.conserves[:, k] & (label[:size] != label[size])
    order, again = np.unique(label[:size][keep], return_inverse=True)
    found = np.full(size, OUTSIDE, dtype=np.int64)
    found[keep] = again
    return found, int(order.size)


def _bridges(network: Network, k: int, lost: Ints) -> Bools:
    """Which of the unmeasured edges are bridges of their graph (Tarjan, without recursion)."""
    found = np.zeros(lost.size, dtype=bool)
    if not lost.size:
        return found
    size = len(network.nodes)
    around = _neighbours(network, k, lost)
    entry: dict[int, int] = {}
    low: dict[int, int] = {}
    clock = 0
    for root in [size, *around]:
        if root in entry or root not in around:
            continue
        clock = _descend(root, around, entry, low, clock, found)
    return found


def _neighbours(network: Network, k: int, lost: Ints) -> dict[int, list[tuple[int, int]]]:
    tail, head = ends(network, k)
    around: dict[int, list[tuple[int, int]]] = {}
    for place, edge in enumerate(lost.tolist()):
        a, b = int(tail[edge]), int(head[edge])
        if a != b:
            around.setdefault(a, []).append((b, place))
            around.setdefault(b, []).append((a, place))
    return around


def _descend(
    root: int,
    around: dict[int, list[tuple[int, int]]],
    entry: dict[int, int],
    low: dict[int, int],
    clock: int,
    found: Bools,
) -> int:
    """Depth first from one node with a stack of its own; marks bridges, gives the clock back."""
    stack = [(root, -1, iter(around[root]))]
    entry[root] = low[root] = clock
    clock += 1
    while stack:
        node, came, more = stack[-1]
        step = next(more, None)
        if step is None:
            stack.pop()
            if stack:
                parent = stack[-1][0]
                low[parent] = min(low[parent], low[node])
                if low[node] > entry[parent]:
                    found[came] = True
            continue
        other, place = step
        if place == came:
            continue
        if other in entry:
            low[node] = min(low[node], entry[other])
            continue
        entry[other] = low[other] = clock
        clock += 1
        stack.append((other, place, iter(around[other])))

    return clock
