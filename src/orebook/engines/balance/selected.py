"""Exact posterior deviations where the factor is sparse: selected inverse on an LDL' factor.

Needs the extra `exact` (qdldl); with the extra `fast` (numba) the recursion runs compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import coo_array, csc_array

from orebook.engines.balance.large import Wide
from orebook.engines.balance.network import Anything, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """The entries of S⁻¹ where the factor has entries: the diagonal, and both ends of each edge."""

    node: Floats
    edge: Floats


def matrix_of(wide: Wide, variance: Floats) -> csc_array:
    """S = A V A' as a sparse matrix over all nodes."""
    count = wide.lot.size
    inner = (wide.tail >= 0) & (wide.head >= 0)
    tail, head, weight = wide.tail[inner], wide.head[inner], variance[inner]
    own = np.bincount(wide.head + 1, variance, count + 1)[1:]
    own += np.bincount(wide.tail + 1, variance, count + 1)[1:]
    # A node without edges asks nothing; a one keeps the factor whole.
    own = np.where(own > 0, own, 1.0)
    spot = np.arange(count)
    rows = np.concatenate([spot, tail, head])
    cols = np.concatenate([spot, head, tail])
    data = np.concatenate([own, -weight, -weight])
    return csc_array(coo_array((data, (rows, cols)), shape=(count, count)))


def factor(matrix: csc_array) -> Anything:
    """The LDL' factor with an approximate minimum degree order (qdldl)."""
    import qdldl
    from scipy.sparse import csc_matrix, triu

    upper = csc_matrix(triu(matrix, format="csc"))
    upper.sort_indices()
    return qdldl.Solver(upper, upper=True)


def selected(wide: Wide, made: Anything) -> Selected:
    """The entries of the inverse that scores, deviations and smallest losses need.

    Source: Takahashi, Fagan and Chin 1973; Erisman and Tinney 1975.
    """
    lower, diagonal, order = made.factors()
    lower = csc_array(lower)
    lower.sort_indices()
    run = _compiled()
    starts, rows = lower.indptr.astype(np.int64), lower.indices.astype(np.int64)
    values, inverse = run(starts, rows, lower.data, np.asarray(diagonal, dtype=np.float64))
    place = np.empty(wide.lot.size, dtype=np.int64)
    place[np.asarray(order, dtype=np.int64)] = np.arange(wide.lot.size)
    node = inverse[place]
    inner = (wide.tail >= 0) & (wide.head >= 0)
    edge = np.zeros(wide.tail.size)
    edge[inner] = _entries(starts, rows, values, place[wide.tail[inner]], place[wide.head[inner]])
    return Selected(node, edge)


def posterior(wide: Wide, sd: Floats, found: Selected) -> Floats:
    """The deviation of each reconciled mass."""
    power = quadratic(wide, found)
    return np.asarray(sd * np.sqrt(np.maximum(1.0 - sd**2 * power, 0.0)))


def quadratic(wide: Wide, found: Selected) -> Floats:
    """The form a'S⁻¹a of each edge's column: at the head plus at the tail minus twice between."""
    padded = np.concatenate([found.node, [0.0]])
    return np.asarray(padded[wide.head] + padded[wide.tail] - 2.0 * found.edge)


def _entries(starts: Ints, rows: Ints, values: Floats, first: Ints, second: Ints) -> Floats:
    """The entries at those pairs, found by their place in the sorted columns."""
    column, row = np.minimum(first, second), np.maximum(first, second)
    size = np.int64(starts.size)
    keys = np.repeat(np.arange(starts.size - 1, dtype=np.int64), np.diff(starts)) * size + rows
    return np.asarray(values[np.searchsorted(keys, column * size + row)])


@cache
def _compiled() -> Anything:
    try:
        from numba import njit
    except ImportError:
        return _recursion
    return njit(cache=False)(_recursion)


def _recursion(starts, rows, lower, diagonal):  # type: ignore[no-untyped-def]
    """Takahashi's recursion from the last column to the first, on the pattern of L."""
    size = starts.size - 1
    values = np.zeros(rows.size)
    inverse = np.zeros(size)
    held = np.zeros(size)
    for column in range(size - 1, -1, -1):
        begin, end = starts[column], starts[column + 1]
        for at in range(begin, end):
            held[rows[at]] = 0.0
        # z_ij = − Σ_k z_ik l_kj over the rows of this column.
        for at in range(begin, end):
            k = rows[at]
            weight = lower[at]
            held[k] -= weight * inverse[k]
            other = at + 1
            inner = starts[k]
            stop = starts[k + 1]
            while other < end and inner < stop:
                if rows[inner] < rows[other]:
                    inner += 1
                elif rows[inner] > rows[other]:
                    other += 1
                else:
                    held[rows[other]] -= weight * values[inner]
                    held[k] -= lower[other] * values[inner]
                    other += 1
                    inner += 1
        total = 1.0 / diagonal[column]
        for at in range(begin, end):
            values[at] = held[rows[at]]
            total -= lower[at] * values[at]
        inverse[column] = total
    return values, inverse
