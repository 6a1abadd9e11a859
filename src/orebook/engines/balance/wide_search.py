"""Which of millions of suspicions explain the gaps: one solve per choice, all scores refitted.

The rules are those of `search`: the strongest first if clean data would hardly show it, all fitted
together, each gives way to a stronger one, what is no longer needed goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_array, csr_array

from orebook.engines.balance.entangled import STARTS, Cover, covered, foremost
from orebook.engines.balance.hypotheses import FOREIGN
from orebook.engines.balance.network import Bools, Floats, Ints
from orebook.engines.balance.scores import any_kind, evidence, sidak
from orebook.engines.balance.search import CLEARLY, ROUNDS, SWAPPED_EACH_TIME, Pick
from orebook.engines.balance.sparse import Sparse
from orebook.engines.balance.suspicions import Scores, Suspect, Suspects

MOST = 150
_MARGIN = 1e-6
_BLIND = 1e-9
# An amount of any composition must beat every plain suspicion by this much evidence.
_LOOSE = 3.0
_SWAPS = 60


@dataclass(slots=True, eq=False)
class Fit:
    """The state after some picks: λ, g'Pg of every column, P on every node's rows, and what an
    amount of any composition scores at each node, with its dimension."""

    multiplier: Floats
    power: Floats
    blocks: Floats
    node: Floats
    freedom: Floats

    def copy(self) -> Fit:
        """The same state, to be changed."""
        return Fit(
            self.multiplier, self.power, self.blocks.copy(), self.node.copy(), self.freedom.copy()
        )


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """P times the columns of one pick, the rows and entries of those columns, and their pull."""

    moved: Floats
    rows: Ints
    entries: Floats
    pull: Floats


@dataclass(slots=True, eq=False)
class Hunt:
    """A search in a large network. `limited` says whether it stopped at its bound of choices.

    `first` is g'Pg of every column before anything is fitted; `offset` what a column that was made
    after a look at the figures must pay for it (such columns count for no level); `prior` what each
    owes beforehand, which decides between rivals and never whether there is a gap.
    """

    solver: Sparse
    residual: Floats
    known: Suspects
    first: Floats
    ceiling: Floats
    priority: Floats
    offset: Floats
    prior: Floats
    leads: Bools | None = None
    loose: bool = True
    level: float = 0.05
    needed: float = field(init=False)
    across: csr_array = field(init=False)
    begun: Fit = field(init=False)
    now: Fit = field(init=False)
    picks: list[Pick] = field(default_factory=list)
    limited: bool = False
    _reach: list[Reach] = field(default_factory=list)
    _held: tuple[tuple[int, ...], Cover] | None = None
    _sure: Bools = field(init=False)
    _whole: Floats = field(init=False)

    def __post_init__(self) -> None:
        known = self.known
        self.loose = self.loose and self.solver.is_exact and known.node_rows.shape[1] > 1
        self.across = csr_array(known.columns.T)
        self._sure = np.full(self.first.size, self.solver.is_exact)
        visible = int(((self.first * known.doubt**2 > _BLIND) & (self.offset == 0)).sum())
        self.needed = sidak(visible + (known.node_rows.shape[0] if self.loose else 0), self.level)
        rows = known.node_rows if self.loose else known.node_rows[:0]
        multiplier, blocks = self.solver.solve(self.residual), self.solver.blocks(rows)
        self._whole = np.diagonal(blocks, axis1=1, axis2=2)
        node, freedom = any_kind(blocks, self._at_nodes(multiplier), self._whole)
        self.begun = Fit(multiplier, self.first.copy(), blocks, node, freedom)
        self.now = self.begun.copy()

    def scores(self, fit: Fit) -> Scores:
        """The scores of every column and node in that state."""
        seen = fit.power > np.maximum(_BLIND * self.first, 1e-300)
        safe = np.where(seen, fit.power, 1.0)
        pull = np.asarray(self.across @ fit.multiplier)
        statistic = np.where(seen, pull**2 / safe, 0.0)
        size, sd = np.where(seen, pull / safe, 0.0), np.where(seen, 1.0 / np.sqrt(safe), 0.0)
        return Scores(statistic, size, sd, fit.node, fit.freedom)

    def _at_nodes(self, vector: Floats) -> Floats:
        rows = self.known.node_rows if self.loose else self.known.node_rows[:0]
        return np.where(rows >= 0, vector[np.maximum(rows, 0)], 0.0)

    def weighed(self, found: Scores, places: np.ndarray) -> Floats:
        """The evidence of those columns; 0 for an error larger than its reading."""
        weights = evidence(found.statistic[places], 1.0)
        own = np.abs(found.size[places] - 1.0) <= 3.0 * found.sd[places]
        paid = np.where(own, weights - self.offset[places], 0.0)
        weights = np.where(self.offset[places] > 0, paid, weights)
        return np.asarray(np.where(found.size[places] >= self.ceiling[places], 0.0, weights))

    def ranked(self, found: Scores, places: np.ndarray) -> Floats:
        """The evidence of those columns with what they owe beforehand."""
        return np.asarray(self.weighed(found, places) + self.prior[places])

    def strongest(self, found: Scores, count: int, leads: Bools | None = None) -> np.ndarray:
        """The columns to be named first, with what they owe beforehand."""
        allowed = found.size < self.ceiling
        if leads is not None:
            allowed &= leads
        rank = np.where(allowed, found.statistic + 2.0 * (self.prior - self.offset), 0.0)
        count = min(count, rank.size)
        top = np.argpartition(-rank, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
        weights = self.ranked(found, top)
        return np.asarray(top[np.lexsort((top, -weights))])

    def best(self, fit: Fit, leads: Bools | None) -> tuple[float, Pick | None]:
        """The suspicion to be named first in that state, and the most evidence that any has."""
        most, picks = self.starts(fit, leads, 1)
        return most, picks[0] if picks else None

    def starts(self, fit: Fit, leads: Bools | None, count: int) -> tuple[float, list[Pick]]:
        """The first suspicions to be named in that state, and the most evidence that any has."""
        found = self.scores(fit)
        while True:
            top = self.strongest(found, 64, leads)
            if not top.size:
                return 0.0, []
            unsure = [p for p in top[:8].tolist() if not self._sure[p]]
            if not unsure:
                break
            self._make_sure(unsure, fit)
            found = self.scores(fit)
        weights = self.weighed(found, top)
        most = float(weights.max())
        # A place beyond the level makes a gap; an instrument may still be its better name.
        least = min(self.needed, most) - CLEARLY
        rank = np.where(weights >= least, weights + self.prior[top], -np.inf)
        departure = np.abs(found.size[top]) * self.priority[top]
        places = foremost(rank, departure, _MARGIN * (1 + most), count)
        picks = [self.pick(int(top[place])) for place in places]
        if self.loose and found.node.size:
            for freedom in np.unique(found.freedom):
                node = int(np.where(found.freedom == freedom, found.node, -1.0).argmax())
                extra = float(evidence(found.node[[node]], found.freedom[[node]])[0])
                if extra > most + _LOOSE:
                    return extra, [self.foreign(node), *picks][:count]
        return most, picks

    def _make_sure(self, places: list[int], fit: Fit) -> None:
        """The forms of a few columns solved for, where they were only estimated."""
        for place in places:
            column = self._dense(place)
            exact = float(column @ self.solver.solve(column))
            self.now.power[place] += exact - self.first[place]
            if fit is not self.now:
                fit.power[place] += exact - self.first[place]
            self.begun.power[place] = self.first[place] = exact
            self._sure[place] = True

    def _dense(self, place: int) -> Floats:
        return np.asarray(self.known.columns[:, [place]].todense()).ravel()

    def pick(self, number: int) -> Pick:
        """The suspicion of that column."""
        column = csc_array(self.known.columns[:, [number]])
        return Pick(self.known.names[number], column, number)

    def foreign(self, node: int) -> Pick:
        """An amount of any composition at that node."""
        rows = [int(r) for r in self.known.node_rows[node] if r >= 0]
        data = (np.ones(len(rows)), (rows, range(len(rows))))
        columns = csc_array(data, shape=(self.known.columns.shape[0], len(rows)))
        return Pick(Suspect(FOREIGN, "", "", "", node), columns, -1 - node)

    def evidence_of(self, pick: Pick, found: Scores) -> float:
        """The evidence for one pick in the state without it."""
        if pick.number >= 0:
            return float(self.weighed(found, np.array([pick.number]))[0])
        node = -1 - pick.number
        return float(evidence(found.node[[node]], found.freedom[[node]])[0])

    def owed(self, pick: Pick) -> float:
        """What one pick owes beforehand."""
        return float(self.prior[pick.number]) if pick.number >= 0 else float(self.prior.min())

    def run(self) -> list[Pick]:
        """The picks, in the order of their evidence, the strongest first."""
        seen: set[frozenset[int]] = set()
        self._grow(seen)
        for _ in range(ROUNDS):
            if not self._swap_pairs(self.leads, _MARGIN):
                break
            self._swap(self.leads, _MARGIN)
            self._drop()
            self._grow(seen)
        self.limited = len(self.picks) >= MOST
        if self.leads is not None and self.picks:
            self._swap(None, CLEARLY)
            if self._swap_pairs(None, CLEARLY):
                self._swap(None, CLEARLY)
            self._drop()
        weights = self._weights() if self.picks else []
        order = sorted(range(len(weights)), key=lambda i: (-weights[i], self.picks[i].number))
        self.picks = [self.picks[i] for i in order]
        self._reach = [self._reach[i] for i in order]
        return self.picks

    def _grow(self, seen: set[frozenset[int]]) -> None:
        """One pick after another, until none is beyond the level.

        Where exchanges lead back to where they began, the next pick is taken without them.
        """
        circling = False
        while len(self.picks) < MOST:
            value, pick = self.best(self.now, self.leads)
            if pick is None or value < self.needed:
                break
            if any(p.number == pick.number for p in self.picks):
                break
            self.add(pick)
            if 1 < len(self.picks) <= SWAPPED_EACH_TIME and not circling:
                self._swap(self.leads, _MARGIN)
                self._drop()
            state = frozenset(p.number for p in self.picks)
            if state in seen and circling:
                break
            circling = state in seen
            seen.add(state)
        if len(self.picks) > SWAPPED_EACH_TIME:
            self._swap(self.leads, _MARGIN)
            self._drop()

    def add(self, pick: Pick) -> None:
        """Fit one more pick; every score is refitted with it."""
        self.picks.append(pick)
        self._reach.append(self._reached(pick))
        self._take(self.now, self._whitened(len(self.picks) - 1), -1.0)

    def _take(self, fit: Fit, whitened: Floats, sign: float) -> None:
        """P changes by ± the squares of those columns."""
        fit.multiplier = fit.multiplier + sign * (whitened @ (whitened.T @ self.residual))
        touched = np.zeros(fit.node.size, dtype=bool)
        for vector in whitened.T:
            fit.power = fit.power + sign * np.asarray(self.across @ vector) ** 2
            if self.loose:
                part = self._at_nodes(vector)
                # Far from where something happened nothing changes in the first nine digits.
                near = (part**2 > 1e-9 * np.diagonal(fit.blocks, axis1=1, axis2=2)).any(axis=1)
                part = part[near]
                fit.blocks[near] += sign * part[:, :, None] * part[:, None, :]
                touched |= near
        if touched.any():
            pull = self._at_nodes(fit.multiplier)[touched]
            fit.node[touched], fit.freedom[touched] = any_kind(
                fit.blocks[touched], pull, self._whole[touched]
            )

    def _reached(self, pick: Pick) -> Reach:
        moved = self.solver.solve(np.asarray(pick.columns.todense()))
        rows = np.unique(pick.columns.indices).astype(np.int64)
        entries = np.asarray(csr_array(pick.columns)[rows].todense())
        return Reach(moved, rows, entries, moved.T @ self.residual)

    def _cover(self) -> Cover:
        """The sizes of all picks fitted together, with their covariance."""
        key = tuple(p.number for p in self.picks)
        if self._held is None or self._held[0] != key:
            inner = np.concatenate(
                [
                    np.concatenate([a.entries.T @ b.moved[a.rows] for b in self._reach], axis=1)
                    for a in self._reach
                ],
                axis=0,
            )
            pull = np.concatenate([r.pull for r in self._reach])
            self._held = (key, covered(inner, pull, [r.pull.size for r in self._reach]))
        return self._held[1]

    def _whitened(self, *places: int) -> Floats:
        """V with P_without = P_with + V V' for those picks together, the others fitted."""
        cover = self._cover()
        mixture = cover.released(*places)
        found = np.zeros((self.residual.size, mixture.shape[1]))
        for reach, at in zip(self._reach, cover.whose, strict=True):
            found += reach.moved @ mixture[at]
        return found

    def _weights(self) -> list[float]:
        """The evidence for each pick, all others fitted."""
        return [self._weight(place) for place in range(len(self.picks))]

    def _weight(self, *places: int) -> float:
        """The evidence for those picks together, all others fitted; 0 where one cannot be."""
        numbers = [p.number for p in self.picks]
        return self._cover().weight(numbers, places, self.offset, self.ceiling)

    def without(self, *places: int) -> Fit:
        """The state with all picks but those."""
        fit = self.now.copy()
        self._take(fit, self._whitened(*places), 1.0)
        return fit

    def _swap(self, leads: Bools | None, margin: float) -> None:
        """Each pick gives way to a stronger one, the others fitted."""
        for _ in range(ROUNDS):
            moved = False
            for place in range(len(self.picks) if len(self.picks) <= _SWAPS else 0):
                fit = self.without(place)
                _, other = self.best(fit, leads)
                taken = {p.number for p in self.picks}
                if other is None or other.number in taken:
                    continue
                old, found = self.picks[place], self.scores(fit)
                least = self.evidence_of(old, found) + self.owed(old) + margin
                if self.evidence_of(other, found) + self.owed(other) > least:
                    self.picks[place] = other
                    self._reach[place] = self._reached(other)
                    self.now = fit
                    self._take(self.now, self._whitened(place), -1.0)
                    moved = True
            if not moved:
                return

    def _swap_pairs(self, leads: Bools | None, margin: float) -> bool:
        """Whether some pick gave way together with one it hangs together with."""
        moved = False
        if 1 < len(self.picks) <= _SWAPS:
            for pair in self._cover().pairs():
                moved |= self._swap_pair(pair, leads, margin)
        return moved

    def _swap_pair(self, pair: tuple[int, int], leads: Bools | None, margin: float) -> bool:
        """Whether two picks give way together to two that explain more, the others fitted."""
        rest, most = self.without(*pair), self._worth(pair) + margin
        held = self.picks, self._reach, self.now
        taken, kept = {p.number for p in self.picks}, None
        for start in self.starts(rest, leads, STARTS)[1]:
            # What goes best beside either of the two is there already.
            if start.number in taken:
                continue
            self.picks, self._reach = list(held[0]), list(held[1])
            for place in reversed(pair):
                del self.picks[place], self._reach[place]
            self.now = rest.copy()
            if not self._add_two(pair, start, leads):
                continue
            worth = self._worth(pair)
            if worth > most and min(self._weight(place) for place in pair) >= self.needed:
                most, kept = worth, (self.picks, self._reach, self.now)
        self.picks, self._reach, self.now = kept or held
        return kept is not None

    def _add_two(self, pair: tuple[int, int], start: Pick, leads: Bools | None) -> bool:
        """Whether that pick and the best beside it could be put at those places."""
        for place, pick in zip(pair, (start, None), strict=True):
            new = pick or self.best(self.now, leads)[1]
            if new is None or any(p.number == new.number for p in self.picks):
                return False
            self.picks.insert(place, new)
            self._reach.insert(place, self._reached(new))
            self._take(self.now, self._whitened(place), -1.0)
        return True

    def _worth(self, pair: tuple[int, int]) -> float:
        return self._weight(*pair) + sum(self.owed(self.picks[place]) for place in pair)

    def _drop(self) -> None:
        """What is not needed any more goes, the weakest first."""
        while len(self.picks) > 1:
            weights = self._weights()
            for place in sorted(range(len(weights)), key=weights.__getitem__):
                if weights[place] >= self.needed:
                    return
                left = self.without(place)
                # What is a gap without it, by whatever other name, stays.
                near = self.prior.any() and weights[place] >= self.needed - CLEARLY
                if not (near and self.best(left, None)[0] >= self.needed):
                    self.now = left
                    del self.picks[place], self._reach[place]
                    break
            else:
                return
