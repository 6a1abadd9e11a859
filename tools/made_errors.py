"""Made chains with weighings that are off, and how many of those any method could name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from made_chains import chain
from orebook.engines.balance.network import Floats, Ints, Network
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Gap
from orebook.engines.balance.wide_search import Hunt

# Of masses and of four assays, as shares of what is read.
DOUBT = np.array([0.01, 0.025, 0.025, 0.025, 0.025])


@dataclass(frozen=True, slots=True, eq=False)
class Erring:
    """A chain as measured; `bad` are the transfers whose weighings are off, by `size` each."""

    network: Network
    bad: Ints
    size: Floats

    def named(self, gaps: Sequence[Gap]) -> tuple[int, int, int]:
        """How many errors are named, how many names are others, how many gaps hold an error."""
        right = {self.network.edges[e] for e in self.bad.tolist()}
        named = sum(g.best.place in right for g in gaps)
        held = sum(bool(right & {e.place for e in (g.best, *g.near)}) for g in gaps)
        return named, len(gaps) - named, held

    def visible(self, found: Reconciled, hunt: Hunt) -> float:
        """How many errors pass the level of the whole search, on average over the noise.

        Each with the places of all others known, so that they are fitted: g'Pg of one column is
        then 1 over its place in the diagonal of (G'PG)⁻¹. No method that keeps to the level names
        more of them on average.
        """
        _, cover, _ = self._traces(found, hunt)
        return float(self._passing(hunt, cover).sum())

    def foremost(self, found: Reconciled, hunt: Hunt) -> float:
        """How many of those come before the one suspicion that is most like them, on average.

        With a correlation ρ of the two scores, and what the rival owes beforehand, the strongest
        rival leads with the chance Φ(−((1 − ρ) d + 2 c / ((1 + ρ) d)) / √(2 (1 − ρ))).
        """
        columns, cover, moved = self._traces(found, hunt)
        passing = self._passing(hunt, cover)
        shown = self.size / np.sqrt(np.diag(cover))
        every = np.asarray(hunt.known.columns.T @ moved)
        ahead = np.ones(self.bad.size)
        for i in range(self.bad.size):
            others = np.arange(self.bad.size) != i
            # P times this column, and every form, with all other errors fitted.
            cross = every @ (cover[:, i] / cover[i, i])
            near = np.flatnonzero(cross**2 * cover[i, i] > 0.5 * hunt.first)
            near = near[near != columns[i]]
            inner = np.linalg.inv(cover)[np.ix_(others, others)]
            part = every[near][:, others]
            left = hunt.first[near] - (part * np.linalg.solve(inner, part.T).T).sum(axis=1)
            seen = left > 1e-9 * hunt.first[near]
            alike = np.abs(cross[near][seen]) * np.sqrt(cover[i, i] / left[seen])
            alike, owes = np.minimum(alike, 1 - 1e-12), (hunt.offset - hunt.prior)[near][seen]
            room = (1 - alike) * shown[i] + 2 * owes / ((1 + alike) * shown[i])
            ahead[i] = norm.cdf(room / np.sqrt(2 * (1 - alike))).min(initial=1.0)
        return float((passing * ahead).sum())

    def _traces(self, found: Reconciled, hunt: Hunt) -> tuple[Ints, Floats, Floats]:
        """The columns of the errors there are, (G'PG)⁻¹ and P G."""
        figure = np.searchsorted(found.lay.column, self.bad * self.network.value.shape[1])
        columns = np.asarray(hunt.known.columns[:, figure].todense())
        moved = found.solver.solve(columns)
        together = columns.T @ moved
        cover = np.asarray(np.linalg.inv((together + together.T) / 2), dtype=np.float64)
        return figure, cover, moved

    def _passing(self, hunt: Hunt, cover: Floats) -> Floats:
        limit = float(norm.isf(np.exp(-hunt.needed) / 2))
        shown = self.size / np.sqrt(np.diag(cover))
        return np.asarray(norm.sf(limit - shown) + norm.sf(limit + shown))


def erring(chance: np.random.Generator, lots: int, sites: int, errors: int = 50) -> Erring:
    """A chain with that many weighings off by 20 of their deviations, up or down."""
    made = chain(lots, sites=sites, seed=int(chance.integers(1 << 30)))
    value = np.concatenate([made.mass[:, None], made.grade], 1)
    sd = value * DOUBT
    value = value + sd * chance.standard_normal(value.shape)
    bad = chance.choice(made.mass.size, errors, replace=False)
    value[bad, 0] += 20 * sd[bad, 0] * np.where(chance.random(errors) < 0.5, -1, 1)
    return Erring(made.network(value, sd, 100), bad, 20 * sd[bad, 0])
