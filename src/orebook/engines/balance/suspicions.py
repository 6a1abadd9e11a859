"""What is suspected, what it scores, how it explains a gap, and what could not be seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from scipy.sparse import csc_array

from orebook.engines.balance.network import Floats, Ints, Network
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
class Suspects:
    """The columns of all suspicions (rows × h), what each means, and the nodes' rows (N × k)."""

    columns: csc_array
    names: tuple[Suspect, ...]
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
    """What can be said of a network. `reached` tells by which method and to what closeness."""

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

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What does not add up, the strongest first."""
        return self.explained.gaps
