"""Which suspicions explain the gaps: forward choice with joint refit, swap and backward drop."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_array

from orebook.engines.balance.hypotheses import FOREIGN
from orebook.engines.balance.network import Bools, Floats
from orebook.engines.balance.scores import evidence, joined, scores, sidak
from orebook.engines.balance.solve import Exact
from orebook.engines.balance.suspicions import Scores, Suspect, Suspects

MOST = 60
# By how much evidence a place must be the better explanation to be named before an instrument.
CLEARLY = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """One chosen explanation: a column, or an amount of any composition at a node."""

    suspect: Suspect
    columns: csc_array
    number: int


@dataclass(slots=True)
class Search:
    """A search in one network; the costly parts are computed once."""

    solver: Exact
    residual: Floats
    known: Suspects
    any_kind: bool = True
    level: float = 0.05
    first: Floats = field(init=False)
    needed: float = field(init=False)
    priority: Floats | None = None
    offset: Floats | None = None
    # What a reading says; an error larger than the reading itself is none that can be.
    ceiling: Floats | None = None
    # Columns that begin an explanation; the others replace one where they are clearly better.
    leads: Bools | None = None
    # What each column owes beforehand (logarithm of its prior odds); it decides between rivals and
    # never whether there is a gap.
    prior: Floats | None = None

    def __post_init__(self) -> None:
        self.first = self.solver.quadratic(self.known.columns)
        visible = int((self.first * self.known.doubt**2 > 1e-9).sum())
        if self.any_kind and self.known.node_rows.shape[1] > 1:
            visible += self.known.node_rows.shape[0]
        self.needed = sidak(visible, self.level)

    def scored(self, picks: list[Pick]) -> Scores:
        """All scores after those picks."""
        chosen = joined([p.columns for p in picks])
        return scores(self.solver, self.residual, self.known, chosen, self.first)

    def weighed(self, found: Scores) -> Floats:
        """The evidence of every column; an exchange of papers also pays for how it was chosen."""
        weights = evidence(found.statistic, 1.0)
        if self.offset is not None:
            own = np.abs(found.size - 1.0) <= 3.0 * found.sd
            weights = np.where(self.offset > 0, np.where(own, weights - self.offset, 0.0), weights)
        if self.ceiling is not None:
            weights = np.where(found.size >= self.ceiling, 0.0, weights)
        return np.asarray(weights)

    def ranked(self, found: Scores) -> Floats:
        """The evidence of every column with what it owes beforehand."""
        weights = self.weighed(found)
        return weights if self.prior is None else weights + self.prior

    def best(self, found: Scores, *, leading: bool = True) -> tuple[float, Pick | None]:
        """The suspicion to be named first, and the most evidence that any has."""
        weights = self.weighed(found)
        if leading and self.leads is not None:
            weights = np.where(self.leads, weights, 0.0)
        most = float(weights.max(initial=0.0))
        rank = weights if self.prior is None else weights + self.prior
        # A place beyond the level makes a gap; an instrument may still be its better name.
        rank = np.where(weights >= min(self.needed, most) - CLEARLY, rank, -np.inf)
        if self.priority is not None and weights.size:
            # Among what cannot be told apart, the smallest departure in its own doubt comes first.
            near = rank >= rank.max() - 1e-6 * (1 + most)
            order = np.where(near, np.abs(found.size) * self.priority, np.inf)
            top = int(order.argmin())
        else:
            top = int(rank.argmax()) if weights.size else -1
        if self.any_kind and self.known.node_rows.shape[1] > 1:
            loose = evidence(found.node, found.freedom)
            node = int(loose.argmax())
            if float(loose[node]) > most + 3.0:
                return float(loose[node]), self.foreign(node)
        return (most, self.pick(top)) if top >= 0 else (0.0, None)

    def owed(self, pick: Pick) -> float:
        """What one pick owes beforehand."""
        if self.prior is None:
            return 0.0
        return float(self.prior[pick.number]) if pick.number >= 0 else -CLEARLY

    def pick(self, number: int) -> Pick:
        """The suspicion of that column."""
        column = csc_array(self.known.columns[:, [number]])
        return Pick(self.known.names[number], column, number)

    def foreign(self, node: int) -> Pick:
        """An amount of any composition at that node."""
        rows = [int(r) for r in self.known.node_rows[node] if r >= 0]
        size = self.known.columns.shape[0]
        data = (np.ones(len(rows)), (rows, range(len(rows))))
        columns = csc_array(data, shape=(size, len(rows)))
        return Pick(Suspect(FOREIGN, "", "", "", node), columns, -1 - node)

    def evidence_of(self, pick: Pick, found: Scores) -> float:
        """The evidence for one pick, the others fitted."""
        if pick.number >= 0:
            return float(self.weighed(found)[pick.number])
        node = -1 - pick.number
        return float(evidence(found.node[[node]], found.freedom[[node]])[0])

    def run(self) -> list[Pick]:
        """The picks, in the order of their evidence, the strongest first."""
        picks: list[Pick] = []
        seen: set[frozenset[int]] = set()
        while len(picks) < MOST:
            value, pick = self.best(self.scored(picks))
            if pick is None or value < self.needed:
                break
            picks.append(pick)
            if len(picks) > 1:
                self.swap(picks)
                self.drop(picks)
            state = frozenset(p.number for p in picks)
            if state in seen:
                break
            seen.add(state)
        if self.leads is not None and picks:
            self.swap(picks, leading=False, margin=CLEARLY)
            self.drop(picks)
        if len(picks) < 2:
            return picks
        weights = [
            self.evidence_of(p, self.scored([q for q in picks if q is not p])) for p in picks
        ]
        order = sorted(range(len(picks)), key=lambda i: (-weights[i], picks[i].number))
        return [picks[i] for i in order]

    def swap(self, picks: list[Pick], *, leading: bool = True, margin: float = 1e-6) -> None:
        """Each pick gives way to a stronger one, the others fitted."""
        for _ in range(3):
            moved = False
            for place in range(len(picks) if len(picks) <= 12 else 0):
                found = self.scored(picks[:place] + picks[place + 1 :])
                _, other = self.best(found, leading=leading)
                if other is None or other.number == picks[place].number:
                    continue
                least = self.evidence_of(picks[place], found) + self.owed(picks[place]) + margin
                if self.evidence_of(other, found) + self.owed(other) > least:
                    picks[place] = other
                    moved = True
            if not moved:
                return

    def drop(self, picks: list[Pick]) -> None:
        """What is not needed any more goes, the weakest first."""
        while len(picks) > 1:
            weights = [
                self.evidence_of(p, self.scored([q for q in picks if q is not p])) for p in picks
            ]
            for place in sorted(range(len(weights)), key=weights.__getitem__):
                if weights[place] >= self.needed:
                    return
                # What is a gap without it, by whatever other name, stays.
                near = self.prior is not None and weights[place] >= self.needed - CLEARLY
                left = self.scored(picks[:place] + picks[place + 1 :])
                if not (near and self.best(left)[0] >= self.needed):
                    del picks[place]
                    break
            else:
                return
