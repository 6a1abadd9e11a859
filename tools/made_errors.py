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
        limit = float(norm.isf(np.exp(-hunt.needed) / 2))
        figure = np.searchsorted(found.lay.column, self.bad * self.network.value.shape[1])
        columns = np.asarray(hunt.known.columns[:, figure].todense())
        together = columns.T @ found.solver.solve(columns)
        shown = self.size / np.sqrt(np.diag(np.linalg.inv((together + together.T) / 2)))
        return float((norm.sf(limit - shown) + norm.sf(limit + shown)).sum())


def erring(chance: np.random.Generator, lots: int, sites: int, errors: int = 50) -> Erring:
    """A chain with that many weighings off by 20 of their deviations, up or down."""
    made = chain(lots, sites=sites, seed=int(chance.integers(1 << 30)))
    value = np.concatenate([made.mass[:, None], made.grade], 1)
    sd = value * DOUBT
    value = value + sd * chance.standard_normal(value.shape)
    bad = chance.choice(made.mass.size, errors, replace=False)
    value[bad, 0] += 20 * sd[bad, 0] * np.where(chance.random(errors) < 0.5, -1, 1)
    return Erring(made.network(value, sd, 100), bad, 20 * sd[bad, 0])
