"""Solving S x = b for the covariance S of the balance residuals: exact and small, or iterated.

S = J V J' with V the variances of the figures, plus a low-rank part for errors that readings share
(J U)(J U)'. Unmeasured masses G f are projected out first, so that P = Z (Z'SZ)⁻¹ Z' with Z'G = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, qr
from scipy.sparse import csc_array, csr_array

from orebook.engines.balance.network import Anything, Floats, Ints
from orebook.model.problem import SenderError

DENSE_ROWS = 3000
SPARSE_ROWS = 1_500_000
_SMALL = 1e-10


class Unsolved(SenderError):
    """The network has no answer that these figures decide; no number is given."""

    code = "unsolved"


class Solver(Protocol):
    """What is asked of P, held whole or by a sparse factor; `matrix` only of one held whole."""

    @property
    def rank(self) -> int:
        """How many independent balances are judged."""

    @property
    def matrix(self) -> Floats:
        """P itself."""

    def solve(self, right: Floats) -> Floats:
        """P times one or many columns."""

    def quadratic(self, columns: csc_array) -> Floats:
        """The form g'Pg of each column."""

    def blocks(self, rows: Ints) -> Floats:
        """P on each row list (m × k); a row number -1 gives zeros."""


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """The inverse of the scaled S: a Cholesky factor, or eigenvectors where S is singular."""

    rank: int
    factor: Anything = None
    vectors: Floats | None = None
    values: Floats | None = None

    def solve(self, right: Floats) -> Floats:
        """The inverse, or pseudo-inverse, times one or many columns."""
        if self.vectors is None or self.values is None:
            return np.asarray(cho_solve(self.factor, right, check_finite=False))
        inner = self.vectors.T @ right
        return np.asarray(self.vectors @ (inner.T / self.values).T)


@dataclass(slots=True, eq=False)
class Exact:
    """The dense P of a small system, with the rank of the rows it judges.

    Held as basis · core⁻¹ · basis' over `extent`; the full matrix is made once, when asked for.
    """

    basis: Floats | None
    core: Core
    extent: Floats
    _matrix: Floats | None = None

    @property
    def rank(self) -> int:
        """How many independent balances are judged."""
        return self.core.rank

    @property
    def matrix(self) -> Floats:
        """P itself."""
        if self._matrix is None:
            made = self.solve(np.eye(self.extent.size))
            self._matrix = (made + made.T) / 2
        return self._matrix

    def solve(self, right: Floats) -> Floats:
        """P times one or many columns."""
        if self._matrix is not None:
            return np.asarray(self._matrix @ right)
        scale = self.extent if right.ndim == 1 else self.extent[:, None]
        inner = right / scale
        if self.basis is not None:
            inner = self.basis.T @ inner
        inner = self.core.solve(inner)
        if self.basis is not None:
            inner = self.basis @ inner
        return np.asarray(inner / scale)

    def quadratic(self, columns: csc_array) -> Floats:
        """The form g'Pg of each column, in pieces of bounded memory."""
        found = np.zeros(columns.shape[1])
        for start in range(0, columns.shape[1], 2048):
            piece = csc_array(columns[:, start : start + 2048])
            product = (piece.T @ self.matrix).T
            found[start : start + 2048] = np.asarray(piece.multiply(product).sum(axis=0)).ravel()
        return np.maximum(found, 0.0)

    def blocks(self, rows: Ints) -> Floats:
        """P on each row list (m × k): m blocks k × k; a row number -1 gives zeros."""
        if not self.extent.size:
            return np.zeros((*rows.shape, rows.shape[1]))
        safe = np.maximum(rows, 0)
        found = self.matrix[safe[:, :, None], safe[:, None, :]].copy()
        absent = rows < 0
        found[absent[:, :, None] | absent[:, None, :]] = 0.0
        return np.asarray(found)


def exact(
    derivative: csr_array, variance: Floats, free: csr_array | None, shared: csr_array | None
) -> Exact:
    """P of a system of at most `DENSE_ROWS` rows, by Cholesky; by eigenvalues where S is singular.

    Refuses: Unsolved where no figure with a doubt bears on any balance.
    """
    spread = csr_array(derivative * np.sqrt(variance)[None, :])
    cover = np.asarray((spread @ spread.T).todense())
    if shared is not None:
        moved = np.asarray((derivative @ shared).todense())
        cover += moved @ moved.T
    extent = np.sqrt(np.maximum(cover.diagonal(), 0.0))
    loose = None
    if free is not None and free.shape[1]:
        loose = np.asarray(free.todense())
        extent = np.where(extent > 0, extent, np.abs(loose).max(axis=1))
    extent = np.where(extent > 0, extent, 1.0)
    scaled = cover / extent[:, None] / extent[None, :]
    basis = None
    if loose is not None:
        basis = _null_space(loose / extent[:, None])
        scaled = basis.T @ scaled @ basis
    return Exact(basis, _core(scaled), extent)


def _null_space(loose: Floats) -> Floats:
    size = np.abs(loose).max(axis=0, initial=0.0)
    full, upper, _ = qr(loose / np.where(size > 0, size, 1.0)[None, :], pivoting=True)
    diagonal = np.abs(np.diag(upper)) if upper.size else np.zeros(0)
    rank = int((diagonal > _SMALL * max(float(diagonal.max(initial=0.0)), 1e-300)).sum())
    return np.asarray(full[:, rank:])


def _core(scaled: Floats) -> Core:
    size = scaled.shape[0]
    if not size:
        return Core(0, None, np.zeros((0, 0)), np.zeros(0))
    try:
        factor = cho_factor(scaled, lower=True, check_finite=False)
        pivots = np.diag(factor[0])
        if float(pivots.min()) ** 2 > _SMALL * float(pivots.max()) ** 2:
            return Core(size, factor)
    except LinAlgError:
        pass
    values, vectors = np.linalg.eigh(scaled)
    keep = values > _SMALL * max(float(values.max()), 0.0)
    return Core(int(keep.sum()), None, vectors[:, keep], values[keep])
