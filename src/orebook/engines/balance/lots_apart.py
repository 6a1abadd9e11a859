"""A network as lots and events: two colours of nodes, so that those of one never touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from orebook.engines.balance.large import SETTLED, Balanced, Wide, joint, linear
from orebook.engines.balance.network import Bools, Floats, Ints, Network
from orebook.engines.balance.solve import Unsolved


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """The network in two colours, and how to read the answer back.

    `first` is the transfer of each edge of `wide`. Where two nodes of one colour touch (a ring of
    odd length) their transfer is written twice, with a node between and doubled variances: least
    squares of the two is the one reading with its own variance, so nothing changes. `kept` is the
    number of each node of the network among those of `wide`, or -1.
    """

    wide: Wide
    first: Ints
    twice: Bools
    kept: Ints

    def solve(
        self, network: Network, settled: float = SETTLED, warm: Floats | None = None
    ) -> Balanced:
        """Masses, and grades where there are any, reconciled; begun at `warm` (E × k) if given.

        Refuses: Unsolved.
        """
        grow = np.where(self.twice, np.sqrt(2.0), 1.0)[:, None]
        value, sd = network.value[self.first], network.sd[self.first] * grow
        if not network.is_graded:
            return linear(self.wide, value[:, 0].copy(), sd[:, 0].copy())
        begin = None if warm is None else warm[self.first]
        return joint(
            self.wide, value[:, 0].copy(), sd[:, 0].copy(), value[:, 1:], sd[:, 1:], settled, begin
        )  # fmt: skip

    def amounts(self, state: Balanced) -> Floats:
        """The reconciled amounts of the network's own transfers (E × k)."""
        return np.asarray(state.amount[: int(self.first.max(initial=-1)) + 1])

    @property
    def balances(self) -> int:
        """How many nodes of the network balance."""
        return int((self.kept >= 0).sum())


def unfit(network: Network) -> str:
    """Why lots cannot be eliminated here, with the place; empty where they can."""
    if network.matrix is not None or network.slacks or network.shared:
        return "at this size only plain transfers are reconciled"
    if network.heterogeneity is not None:
        return "at this size the parts of a lot are not held to one grade"
    good = network.known & (network.sd > 0)
    if not good.all():
        edge, k = (int(i[0]) for i in np.nonzero(~good))
        what = network.components[k]
        return f"at this size every figure must be measured; {what} of {network.edges[edge]} is not"
    kept = network.conserves.all(axis=1)
    mixed = np.flatnonzero(network.conserves.any(axis=1) & ~kept)
    if mixed.size:
        name = network.nodes[int(mixed[0])]
        return f"at this size every node must conserve all that is followed; {name} does not"
    return ""


def apart(network: Network) -> Apart:
    """Lots and events of a network of plain transfers, all measured.

    Refuses: Unsolved, saying which condition does not hold and where.
    """
    why = unfit(network)
    if why:
        raise Unsolved(why)
    keeps: Bools = np.asarray(network.conserves.all(axis=1))
    kept = np.where(keeps, np.cumsum(keeps) - 1, -1)
    tail, head = (
        np.where(e >= 0, kept[np.maximum(e, 0)], -1) for e in (network.tail, network.head)
    )
    # Between two nodes that ask nothing there is nothing to reconcile; both ends are outside.
    count = int(keeps.sum())
    lot = _colours(tail, head, count)
    inner = (tail >= 0) & (head >= 0)
    same = np.flatnonzero(inner & (lot[np.maximum(tail, 0)] == lot[np.maximum(head, 0)]))
    edges = tail.size
    twice = np.zeros(edges + same.size, dtype=bool)
    twice[same] = twice[edges:] = True
    middle = count + np.arange(same.size)
    ends = head.copy()
    ends[same] = middle
    wide = Wide(
        np.concatenate([tail, middle]), np.concatenate([ends, head[same]]),
        np.concatenate([lot, ~lot[head[same]]]),
    )  # fmt: skip
    return Apart(wide, np.concatenate([np.arange(edges), same]), twice, kept)


def _colours(tail: Ints, head: Ints, count: int) -> Bools:
    """True for one of two colours: the parity of the steps from the first node of each part.

    In each part the colour that more nodes have is True: those are eliminated.
    """
    inner = (tail >= 0) & (head >= 0)
    ones = np.ones(int(inner.sum()), dtype=np.int8)
    graph = coo_array((ones, (tail[inner], head[inner])), shape=(count, count))
    parts, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    # One more node beside the first of each part, so that one walk reaches all.
    rows = np.concatenate([tail[inner], np.full(parts, count)])
    cols = np.concatenate([head[inner], first])
    whole = coo_array((np.ones(rows.size, dtype=np.int8), (rows, cols)), (count + 1, count + 1))
    order, before = breadth_first_order(csr_array(whole), count, directed=False)
    steps = [0] * (count + 1)
    for node, earlier in zip(order[1:].tolist(), before[order[1:]].tolist(), strict=True):
        steps[node] = 1 - steps[earlier]
    colour = np.array(steps[:count], dtype=bool)
    share = np.bincount(label, colour, parts) / np.maximum(np.bincount(label, minlength=parts), 1)
    return np.asarray(colour ^ (share < 0.5)[label])
