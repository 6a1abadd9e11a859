"""Which suspicions explain the gaps: forward choice with joint refit, swap and backward drop."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_array, hstack

from orebook.engines.balance.entangled import STARTS, Cover, covered, foremost
from orebook.engines.balance.hypotheses import FOREIGN
from orebook.engines.balance.network import Bools, Floats
from orebook.engines.balance.scores import evidence, joined, scores, sidak
from orebook.engines.balance.solve import Exact
from orebook.engines.balance.suspicions import Scores, Suspect, Suspects

MOST = 60
# Up to so many picks each new one is followed by exchanges; of more, only the last.
SWAPPED_EACH_TIME = 12
# By how much evidence a place must be the better explanation to be named before an instrument.
CLEARLY = 1.0
# How often exchanges are begun again where some pick gave way.
ROUNDS = 3


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
        most, picks = self.starts(found, 1, leading=leading)
        return most, picks[0] if picks else None

    def starts(
        self, found: Scores, count: int, *, leading: bool = True
    ) -> tuple[float, list[Pick]]:
        """The first suspicions to be named, and the most evidence that any has."""
        weights = self.weighed(found)
        if leading and self.leads is not None:
            weights = np.where(self.leads, weights, 0.0)
        most = float(weights.max(initial=0.0))
        rank = weights if self.prior is None else weights + self.prior
        # A place beyond the level makes a gap; an instrument may still be its better name.
        rank = np.where(weights >= min(self.needed, most) - CLEARLY, rank, -np.inf)
        # Among what cannot be told apart, the smallest departure in its own doubt comes first.
        departure = -rank if self.priority is None else np.abs(found.size) * self.priority
        picks = [self.pick(p) for p in foremost(rank, departure, 1e-6 * (1 + most), count)]
        if self.any_kind and self.known.node_rows.shape[1] > 1:
            loose = evidence(found.node, found.freedom)
            node = int(loose.argmax())
            if float(loose[node]) > most + 3.0:
                return float(loose[node]), [self.foreign(node), *picks][:count]
        return most, picks

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
        self._grow(picks, seen)
        for _ in range(ROUNDS):
            if not self._swap_pairs(picks):
                break
            self.swap(picks)
            self.drop(picks)
            self._grow(picks, seen)
        if self.leads is not None and picks:
            self.swap(picks, leading=False, margin=CLEARLY)
            if self._swap_pairs(picks, leading=False, margin=CLEARLY):
                self.swap(picks, leading=False, margin=CLEARLY)
            self.drop(picks)
        if len(picks) < 2:
            return picks
        weights = [
            self.evidence_of(p, self.scored([q for q in picks if q is not p])) for p in picks
        ]
        order = sorted(range(len(picks)), key=lambda i: (-weights[i], picks[i].number))
        return [picks[i] for i in order]

    def _grow(self, picks: list[Pick], seen: set[frozenset[int]]) -> None:
        """One pick after another, until none is beyond the level.

        Where exchanges lead back to where they began, the next pick is taken without them.
        """
        circling = False
        while len(picks) < MOST:
            value, pick = self.best(self.scored(picks))
            if pick is None or value < self.needed:
                break
            picks.append(pick)
            if len(picks) > 1 and not circling:
                if len(picks) <= SWAPPED_EACH_TIME:
                    self.swap(picks)
                self.drop(picks)
            state = frozenset(p.number for p in picks)
            if state in seen and circling:
                break
            circling = state in seen
            seen.add(state)
        if len(picks) > SWAPPED_EACH_TIME:
            self.swap(picks)
            self.drop(picks)

    def swap(self, picks: list[Pick], *, leading: bool = True, margin: float = 1e-6) -> None:
        """Each pick gives way to a stronger one, the others fitted."""
        for _ in range(ROUNDS):
            moved = False
            for place in range(len(picks)):
                found = self.scored(picks[:place] + picks[place + 1 :])
                _, other = self.best(found, leading=leading)
                if other is None or any(p.number == other.number for p in picks):
                    continue
                least = self.evidence_of(picks[place], found) + self.owed(picks[place]) + margin
                if self.evidence_of(other, found) + self.owed(other) > least:
                    picks[place] = other
                    moved = True
            if not moved:
                return

    def _swap_pairs(self, picks: list[Pick], *, leading: bool = True, margin: float = 1e-6) -> bool:
        """Whether some pick gave way together with one it hangs together with."""
        moved = False
        for pair in self._cover(picks).pairs() if len(picks) > 1 else []:
            moved |= self._swap_pair(picks, pair, leading=leading, margin=margin)
        return moved

    def _swap_pair(
        self, picks: list[Pick], pair: tuple[int, int], *, leading: bool, margin: float
    ) -> bool:
        """Whether two picks give way together to two that explain more, the others fitted."""
        others = [p for i, p in enumerate(picks) if i not in pair]
        most, kept = self._worth(picks, pair) + margin, None
        taken = {p.number for p in picks}
        for start in self.starts(self.scored(others), STARTS, leading=leading)[1]:
            # What goes best beside either of the two is there already.
            if start.number in taken:
                continue
            other = self.best(self.scored([*others, start]), leading=leading)[1]
            if other is None or len({p.number for p in (*others, start, other)}) < len(picks):
                continue
            new = list(picks)
            new[pair[0]], new[pair[1]] = start, other
            worth = self._worth(new, pair)
            if worth > most and min(self._weight(new, place) for place in pair) >= self.needed:
                most, kept = worth, new
        if kept is not None:
            picks[:] = kept
        return kept is not None

    def _worth(self, picks: list[Pick], pair: tuple[int, int]) -> float:
        return self._weight(picks, *pair) + sum(self.owed(picks[place]) for place in pair)

    def _weight(self, picks: list[Pick], *places: int) -> float:
        """The evidence for those picks together, all others fitted; 0 where one cannot be."""
        return self._cover(picks).weight(
            [p.number for p in picks], places, self.offset, self.ceiling
        )

    def _cover(self, picks: list[Pick]) -> Cover:
        """The sizes of all picks fitted together, with their covariance."""
        columns = csc_array(hstack([p.columns for p in picks], format="csc"))
        moved = np.asarray(columns.T @ self.solver.matrix)
        inner = np.asarray(columns.T @ moved.T)
        return covered(inner, moved @ self.residual, [p.columns.shape[1] for p in picks])

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
