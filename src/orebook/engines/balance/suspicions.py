"""What is suspected, what it scores, how it explains a gap, and what could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import overload

import numpy as np
from scipy.sparse import csc_array

from orebook.engines.balance.network import Bools, Floats, Ints, Network
from orebook.engines.balance.states import Known, Reconciled
from orebook.model.problem import Problem

VERSION = "reconcile/1"
COVERAGE = 1.959963984540054
UNBIASED = (
    "Balanced is not unbiased: an error that all readings share leaves no gap, and what is listed"
    " as not visible could be wrong without a trace."
)


@dataclass(frozen=True, slots=True)
class Suspect:
    """What one column stands for. `unit` is of its size; `component` is empty where it is all."""

    kind: str
    place: str
    component: str
    unit: str
    index: int
    readings: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Many suspicions told by number, each named when it is asked for.

    `is_read` marks errors of one figure, `is_loss` masses that left a node, `is_place` all amounts
    at a node; `index` is the figure, component or node of each.
    """

    index: Ints
    is_read: Bools
    is_loss: bool
    named: Callable[[int], Suspect]
    is_place: bool = False


class Roll(Sequence[Suspect]):
    """The names of all suspicions in the order of their columns; a million of them are no list."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = tuple(g for g in groups if g.index.size)
        self.starts = np.cumsum([0, *(g.index.size for g in self.groups)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    @overload
    def __getitem__(self, place: int) -> Suspect: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Suspect, ...]: ...
    def __getitem__(self, place: int | slice) -> Suspect | tuple[Suspect, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        if not 0 <= place < len(self):
            raise IndexError(place)
        group = int(np.searchsorted(self.starts, place, "right")) - 1
        return self.groups[group].named(place - int(self.starts[group]))

    def joined(self, more: Sequence[Suspect]) -> Roll:
        """The same names and then those."""
        index = np.array([s.index for s in more], dtype=np.int64)
        plain = np.zeros(index.size, dtype=bool)
        return Roll((*self.groups, Group(index, plain, False, more.__getitem__)))

    @property
    def indices(self) -> Ints:
        """Figure, component or node of each."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *(g.index for g in self.groups)])

    @property
    def is_read(self) -> Bools:
        """Whether it is an error of one figure."""
        return np.concatenate([np.zeros(0, dtype=bool), *(g.is_read for g in self.groups)])

    @property
    def is_loss(self) -> Bools:
        """Whether it is a mass that left a node with its metal."""
        whole = [np.full(g.index.size, g.is_loss) for g in self.groups]
        return np.concatenate([np.zeros(0, dtype=bool), *whole])

    @property
    def is_place(self) -> Bools:
        """Whether it is an amount at a node, not an error of what was read."""
        whole = [np.full(g.index.size, g.is_place) for g in self.groups]
        return np.concatenate([np.zeros(0, dtype=bool), *whole])


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """The columns of all suspicions (rows × h), what each means, and the nodes' rows (N × k)."""

    columns: csc_array
    names: Sequence[Suspect]
    node_rows: Ints
    directions: Floats
    doubt: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """T = (g'λ)² / g'Pg of every column, its size and the size's sd; NaN-free: blind ones are 0.

    `node` is the statistic of an amount of any composition at each node, `freedom` its dimension.
    """

    statistic: Floats
    size: Floats
    sd: Floats
    node: Floats
    freedom: Floats


@dataclass(frozen=True, slots=True)
class Amount:
    """A size with its 95 % interval, in `unit`."""

    value: float
    sd: float
    unit: str

    @property
    def interval(self) -> tuple[float, float]:
        """Where the size lies in 95 of 100 such cases."""
        half = COVERAGE * self.sd
        return self.value - half, self.value + half


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way to close a gap. `amounts` are what left a node (above zero) or came in (below)."""

    kind: str
    place: str
    component: str
    size: Amount
    statistic: float
    weight: float
    identical: bool
    readings: int = 1
    amounts: dict[str, Amount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that does not add up: its likeliest explanation, and every other one."""

    best: Explanation
    near: tuple[Explanation, ...]
    rivals: tuple[Explanation, ...]
    equation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """The gaps of a network, and the scores of every suspicion before any was fitted."""

    gaps: tuple[Gap, ...]
    known: Suspects
    before: Scores
    needed: float
    power: Floats


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest size found with 90 % power at the level of the whole search."""

    kind: str
    place: str
    component: str
    size: float
    unit: str


@dataclass(frozen=True, slots=True)
class Blind:
    """A figure in which even a gross error cannot be seen, and why."""

    place: str
    component: str
    why: str
    smallest: float | None


@dataclass(frozen=True, slots=True)
class More:
    """One more weighing or assay: by how much it lowers the smallest detectable loss, and where."""

    what: str
    place: str
    component: str
    node: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Checked:
    """What the second look found: worst imbalance (relative), worst pull left over (in units of a
    figure's doubt), and the statistic summed anew over the figures."""

    balance: float
    stationarity: float
    statistic: float
    holds: bool


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What can be said of a network; `method` tells how it was reached."""

    network: Network
    verdict: str
    reason: str
    found: Reconciled
    known: Known
    explained: Explained
    blind: tuple[Blind, ...]
    smallest: tuple[Smallest, ...]
    more: tuple[More, ...]
    checked: Checked
    problems: tuple[Problem, ...]
    digest: str
    method: str = "dense"

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What does not add up, the strongest first."""
        return self.explained.gaps


def digest(network: Network) -> str:
    """SHA-256 over the readings as they were used."""
    hashed = sha256(VERSION.encode())
    for part in (network.nodes, network.edges, network.components):
        hashed.update("\n".join(part).encode() + b"\0")
    for array in (network.tail, network.head, network.value, network.sd, network.known):
        hashed.update(np.ascontiguousarray(array).tobytes())
    return hashed.hexdigest()
