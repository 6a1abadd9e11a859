"""A network of transfers: what moved from where to where, with mass, grades and their doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Anything = Any

OUTSIDE = -1
# A moisture test shared by transfers shifts their dry masses, as a scale does.
MOISTURE_TEST = "moisture test"
SOURCES = ("scale", "laboratory", "sampler", MOISTURE_TEST, "party", "corridor")


@dataclass(frozen=True, slots=True)
class Slack:
    """An amount at a node that nobody weighed as a transfer: a declared loss, or a stock.

    `sign` is -1 for what leaves (a declared loss, a closing stock), +1 for an opening stock; it has
    the grade of its node. `mean` and `sd` are in the network's unit of mass.
    """

    node: int
    kind: str
    mean: float
    sd: float
    sign: float = -1.0


@dataclass(frozen=True, slots=True)
class Shared:
    """One error that many readings share: every reading of `name` is off by one relative amount."""

    source: str
    name: str
    relative_sd: float
    component: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Edges between nodes with k components; the first is mass, the others are grades.

    `value` and `sd` are E × k, masses in `unit`, grades as mass fractions; where `known` is false
    both are 0 and mean nothing. `tail` and `head` are node numbers, `OUTSIDE` beyond the boundary.
    `conserves` says per node and component whether what goes in comes out. `matrix`, where given,
    replaces the incidence: rows of coefficients on the edges, for one component only. `baskets` are
    compositions of known sources (element → share, in any one unit) that an injection is held to.
    `unsuspected` are names of parties and laboratories that are no suspicion here, whatever they
    are named as.
    """

    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    components: tuple[str, ...]
    tail: Ints
    head: Ints
    value: Floats
    sd: Floats
    known: Bools
    conserves: Bools
    unit: str = "t"
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    slacks: tuple[Slack, ...] = ()
    shared: tuple[Shared, ...] = ()
    heterogeneity: float | None = None
    matrix: Floats | None = None
    baskets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    unsuspected: frozenset[str] = frozenset()

    def doubts(self) -> Floats:
        """The standard deviation of every reading, what a moisture test adds to it included."""
        size = {s.name: s.relative_sd for s in self.shared if s.source == MOISTURE_TEST}
        sd = self.sd.copy()
        if size:
            part = np.array([size.get(name, 0.0) for name in self.groups[MOISTURE_TEST]])
            sd[:, 0] = np.hypot(sd[:, 0], part * self.value[:, 0])
        return sd

    @property
    def is_graded(self) -> bool:
        """Whether grades are followed beside the mass."""
        return len(self.components) > 1


def closing_nodes(count: int, tail: Ints, head: Ints) -> Bools:
    """Which nodes have both inputs and outputs, so that something can be asked of them."""
    into = np.zeros(count, dtype=bool)
    out = np.zeros(count, dtype=bool)
    into[head[head >= 0]] = True
    out[tail[tail >= 0]] = True
    closed: Bools = into & out
    return closed


def gathered(code: Ints, count: int) -> list[Ints]:
    """The places at which each number from 0 to `count` − 1 stands, in order."""
    order = np.argsort(code, kind="stable")
    return np.split(order, np.searchsorted(code[order], np.arange(1, count)))


def parts_of(network: Network) -> Ints:
    """The number of the connected part that each edge lies in; the outside joins nothing.

    Disconnected parts share no equation: a chi-square of one says nothing of another.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(network.nodes)
    inner = (network.tail >= 0) & (network.head >= 0)
    ones = np.ones(int(inner.sum()))
    graph = coo_array((ones, (network.tail[inner], network.head[inner])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    anchor = np.where(network.tail >= 0, network.tail, network.head)
    parts: Ints = np.where(anchor >= 0, label[np.maximum(anchor, 0)], -1).astype(np.int64)
    return parts


def ends(network: Network, k: int) -> tuple[Ints, Ints]:
    """Tail and head of each edge with the outside, and nodes that conserve no k, as last node."""
    size = len(network.nodes)
    held = network.conserves[:, k]

    def one(side: Ints) -> Ints:
        inside = side >= 0
        inside[inside] = held[side[inside]]
        where: Ints = np.where(inside, side, size)
        return where

    return one(network.tail.copy()), one(network.head.copy())
