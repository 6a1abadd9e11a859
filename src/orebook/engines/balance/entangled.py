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
_SMALL = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The sizes of all picks fitted together, their covariance, and which places are whose.

    `inner` is H'PH and `pull` H'Pr, for the columns H of all picks and P with none of them fitted.
    """

    sizes: Floats
    matrix: Floats
    whose: list[Ints]
    inner: Floats
    pull: Floats

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
        mixture = self.released(*picks)
        statistic = np.array([float(((mixture.T @ self.pull) ** 2).sum())])
        weight = float(evidence(statistic, float(max(mixture.shape[1], 1)))[0])
        for pick in picks:
            number = numbers[pick]
            if number < 0:
                continue
            if ceiling is not None and self.sizes[self.whose[pick][0]] >= ceiling[number]:
                return 0.0
            weight -= float(offset[number]) if offset is not None else 0.0
        return weight

    def released(self, *picks: int) -> Floats:
        """W with P_without = P_with + (P H W)(P H W)' for those picks together, the others fitted.

        Their columns less what the others explain of them, made independent. What is explained
        but for rounding says nothing and is left out: picks may be all but the same.
        """
        own = self.places(*picks)
        rest = np.setdiff1d(np.arange(self.pull.size), own)
        beside = self.inner[np.ix_(rest, own)]
        left = np.zeros((self.pull.size, own.size))
        left[own, np.arange(own.size)] = 1.0
        left[rest] = -_inverse(self.inner[np.ix_(rest, rest)]) @ beside
        whole = self.inner[np.ix_(own, own)]
        extent = np.sqrt(np.maximum(np.diag(whole), 1e-300))
        unexplained = (whole + beside.T @ left[rest]) / np.outer(extent, extent)
        values, vectors = np.linalg.eigh((unexplained + unexplained.T) / 2)
        live = values > _SMALL
        mixture: Floats = left @ (vectors[:, live] / np.sqrt(values[live]) / extent[:, None])
        return mixture

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
    inner = (inner + inner.T) / 2
    matrix = _inverse(inner)
    ends = np.cumsum([0, *widths]).tolist()
    whose = [np.arange(a, b) for a, b in pairwise(ends)]
    return Cover(matrix @ pull, matrix, whose, inner, pull)


def _inverse(inner: Floats) -> Floats:
    """That of the scaled matrix, of what is not told apart the least."""
    extent = np.sqrt(np.maximum(np.diag(inner), 1e-300))
    scaled = inner / extent[:, None] / extent[None, :]
    matrix = np.linalg.pinv(scaled, rcond=_SMALL, hermitian=True)
    return np.asarray(matrix / extent[:, None] / extent[None, :], dtype=np.float64)


def foremost(rank: Floats, departure: Floats, near: float, count: int) -> list[int]:
    """The first places by rank; of those that cannot be told apart, the least departure alone."""
    found: list[int] = []
    left = rank.copy()
    while len(found) < count and left.size and left.max() > -np.inf:
        alike = left >= left.max() - near
        found.append(int(np.where(alike, departure, np.inf).argmin()))
        left[alike] = -np.inf
    return found
