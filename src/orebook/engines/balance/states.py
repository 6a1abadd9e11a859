"""The states a network goes through: contracted, laid out, reconciled, known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import chi2

from orebook.engines.balance.network import Bools, Floats, Ints, Network
from orebook.engines.balance.solve import Solver


@dataclass(frozen=True, slots=True, eq=False)
class Contraction:
    """Per component: the merged node of each node, the rows that stay, and what is a bridge.

    `group` is N × k: the number of the balance that a node belongs to, -1 where none is left (it
    touches the outside through something unmeasured, or conserves nothing). `bridge` is E × k: an
    unmeasured edge whose amount the others fix. `free` marks masses that nobody weighed although
    a grade was measured: they stay as unknowns of the solve.
    """

    group: Ints
    counts: tuple[int, ...]
    bridge: Bools
    free: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which rows and columns there are; it does not change while the point moves.

    `row` maps node × component to a row of the system or -1; `column` lists the measured figures,
    `free` the unmeasured masses that stay unknowns. `place` tells each row's node and component.
    """

    row: Ints
    rows: int
    column: Ints
    free: Ints
    place_node: Ints
    place_component: Ints
    splits: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reconciled:
    """A balanced state. `point` is E × k; entries that cannot be known are in no printed table.

    `multiplier` are the λ of the rows (bounds last), `statistic` the sum of squared adjustments in
    units of their doubt, `freedom` its degrees of freedom. `begun` says how it was begun at an
    earlier balance, or why it was not; empty where there was none.
    """

    network: Network
    contraction: Contraction
    lay: Layout
    point: Floats
    slack: Floats
    solver: Solver
    derivative: csr_array
    loose: csr_array
    sd: Floats
    residual: Floats
    multiplier: Floats
    statistic: float
    freedom: int
    rounds: int
    closure: float
    held: tuple[tuple[int, float], ...]
    begun: str = ""

    @property
    def limit(self) -> float:
        """The chi-square that clean data exceed once in twenty times."""
        return float(chi2.isf(0.05, self.freedom)) if self.freedom else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Per figure (E × k): its class, its value and standard deviation where it has one.

    `told` is false where no number may be printed; `sight` is g'Pg·s², the share of a reading's
    own variance that the balances check (0 for a reading nothing checks).
    """

    kind: np.ndarray
    value: Floats
    sd: Floats
    told: Bools
    sight: Floats
