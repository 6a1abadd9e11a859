"""What picks say of one another: their sizes fitted together, and which pairs to choose anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from orebook.engines.balance.network import Floats, Ints
from orebook.engines.balance.scores import evidence

# A pair is chosen anew from so many starts; sizes less correlated than the bound let each other
# alone, and so many pairs are tried at most.
STARTS = 6
_BOUND = 0.03
_PAIRS = 16
_SMALL = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The sizes of all picks fitted together, their covariance, and which places are whose."""

    sizes: Floats
    matrix: Floats
    whose: list[Ints]

    def places(self, *picks: int) -> Ints:
        """Where those picks stand."""
        return np.concatenate([self.whose[pick] for pick in picks])

    def weight(
        self,
        numbers: list[int],
        picks: Sequence[int],
        offset: Floats | None,
        ceiling: Floats | None,
    ) -> float:
        """The evidence for those picks together, all others fitted; 0 where one cannot be.

        Takes: the column of every pick (below 0 where it is none), and what a column pays for how
        it was chosen and which size it cannot reach.
        """
        own = self.places(*picks)
        doubt = self._doubt()[own]
        values, vectors = np.linalg.eigh(self.matrix[np.ix_(own, own)] / np.outer(doubt, doubt))
        live = values > _SMALL
        along = vectors[:, live].T @ (self.sizes[own] / doubt)
        statistic = np.array([float((along**2 / values[live]).sum())])
        weight = float(evidence(statistic, float(max(live.sum(), 1)))[0])
        for pick in picks:
            number = numbers[pick]
            if number < 0:
                continue
            if ceiling is not None and self.sizes[self.whose[pick][0]] >= ceiling[number]:
                return 0.0
            weight -= float(offset[number]) if offset is not None else 0.0
        return weight

    def _doubt(self) -> Floats:
        return np.sqrt(np.maximum(np.diag(self.matrix), 1e-300))

    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of picks whose sizes hang together, in the order of the picks.

        Of more than are tried, those that hang together most.
        """
        doubt = self._doubt()
        alike = np.abs(self.matrix / np.outer(doubt, doubt))
        first = [own[0] for own in self.whose]
        found = np.maximum.reduceat(np.maximum.reduceat(alike, first, axis=0), first, axis=1)
        tied = [p for p in combinations(range(len(first)), 2) if found[p] > _BOUND]
        return sorted(sorted(tied, key=lambda pair: (-found[pair], pair))[:_PAIRS])


def covered(inner: Floats, pull: Floats, widths: list[int]) -> Cover:
    """All picks fitted together, from H'PH and H'Pr; `widths` tells how many columns each has."""
    extent = np.sqrt(np.maximum(np.diag(inner), 1e-300))
    scaled = (inner + inner.T) / 2 / extent[:, None] / extent[None, :]
    matrix = np.linalg.pinv(scaled, rcond=1e-12, hermitian=True)
    matrix = matrix / extent[:, None] / extent[None, :]
    ends = np.cumsum([0, *widths]).tolist()
    return Cover(matrix @ pull, matrix, [np.arange(a, b) for a, b in pairwise(ends)])


def foremost(rank: Floats, departure: Floats, near: float, count: int) -> list[int]:
    """The first places by rank; of those that cannot be told apart, the least departure alone."""
    found: list[int] = []
    left = rank.copy()
    while len(found) < count and left.size and left.max() > -np.inf:
        alike = left >= left.max() - near
        found.append(int(np.where(alike, departure, np.inf).argmin()))
        left[alike] = -np.inf
    return found
