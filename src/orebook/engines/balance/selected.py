"""Exact posterior deviations where the factor is sparse: selected inverse on an LDL' factor.

Needs the extra `exact` (qdldl); with the extra `fast` (numba) the recursion runs compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import coo_array, csc_array

from orebook.engines.balance.large import Wide
from orebook.engines.balance.network import Anything, Bools, Floats, Ints


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


@dataclass(frozen=True, slots=True, eq=False)
class Inverse:
    """S⁻¹ on the pattern of its factor: `diagonal` and, per column of L, the entries below it.

    `place` tells where each row of S stands in the order of the factor.
    """

    place: Ints
    starts: Ints
    rows: Ints
    values: Floats
    diagonal: Floats


def inverse_of(made: Anything) -> Inverse:
    """The selected inverse of a factored matrix.

    Source: Takahashi, Fagan and Chin 1973; Erisman and Tinney 1975.
    """
    lower, pivots, order = made.factors()
    lower = csc_array(lower)
    lower.sort_indices()
    starts = lower.indptr.astype(np.int64)
    run = _compiled(_recursion)
    # No row is below 0; told so, the compiled code spares asking at each of them.
    rows = lower.indices.view(f"u{lower.indices.itemsize}")
    values, inverse = run(starts, rows, lower.data, np.asarray(pivots, dtype=np.float64))
    place = np.empty(inverse.size, dtype=np.int64)
    place[np.asarray(order, dtype=np.int64)] = np.arange(inverse.size)
    return Inverse(place, starts, lower.indices, values, inverse)


def selected(wide: Wide, made: Anything) -> Selected:
    """The entries of the inverse that scores, deviations and smallest losses need."""
    found = inverse_of(made)
    node = found.diagonal[found.place]
    inner = (wide.tail >= 0) & (wide.head >= 0)
    edge = np.zeros(wide.tail.size)
    first, second = found.place[wide.tail[inner]], found.place[wide.head[inner]]
    run = _compiled(_entries)
    edge[inner] = run(_compiled(_locate), found.starts, found.rows, found.values, first, second)
    return Selected(node, edge)


def forms(found: Inverse, columns: csc_array, asked: Bools) -> tuple[Floats, Bools]:
    """The form g'S⁻¹g of each column asked for, and whether the pattern holds all it needs."""
    run = _compiled(_forms)
    value, told = run(
        _compiled(_locate),
        columns.indptr.astype(np.int64), columns.indices.astype(np.int64), columns.data, asked,
        found.place, found.starts, found.rows, found.values, found.diagonal,
    )  # fmt: skip
    return np.asarray(value), np.asarray(told)


def squares(found: Inverse, rows: Ints) -> Floats:
    """S⁻¹ on each row list (m × k); a row number -1 and what the pattern does not hold are 0."""
    run = _compiled(_squares)
    return np.asarray(
        run(
            _compiled(_locate),
            rows,
            found.place,
            found.starts,
            found.rows,
            found.values,
            found.diagonal,
        )
    )


def posterior(wide: Wide, sd: Floats, found: Selected) -> Floats:
    """The deviation of each reconciled mass."""
    power = quadratic(wide, found)
    return np.asarray(sd * np.sqrt(np.maximum(1.0 - sd**2 * power, 0.0)))


def quadratic(wide: Wide, found: Selected) -> Floats:
    """The form a'S⁻¹a of each edge's column: at the head plus at the tail minus twice between."""
    padded = np.concatenate([found.node, [0.0]])
    return np.asarray(padded[wide.head] + padded[wide.tail] - 2.0 * found.edge)


@cache
def _compiled(work: Anything) -> Anything:
    try:
        from numba import njit
    except ImportError:
        return work
    return njit(cache=False)(work)


def _locate(starts, rows, first, second):  # type: ignore[no-untyped-def]
    """Where L holds the entry of two rows, by bisection in the column of the first; else -1."""
    low, high = (first, second) if first < second else (second, first)
    begin, end = starts[low], starts[low + 1]
    while begin < end:
        middle = (begin + end) // 2
        if rows[middle] < high:
            begin = middle + 1
        else:
            end = middle
    return begin if begin < starts[low + 1] and rows[begin] == high else -1


def _entries(locate, starts, rows, values, first, second):  # type: ignore[no-untyped-def]
    """The entries at those pairs, all of which are of the pattern."""
    found = np.zeros(first.size)
    for at in range(first.size):
        found[at] = values[locate(starts, rows, first[at], second[at])]
    return found


def _forms(  # type: ignore[no-untyped-def]
    locate, columns, indices, data, asked, place, starts, rows, values, diagonal
):
    """Σ g_a g_b z_ab over the pairs of each column, z found by bisection in the columns of L."""
    count = columns.size - 1
    found = np.zeros(count)
    told = np.zeros(count, dtype=np.bool_)
    for j in range(count):
        if not asked[j]:
            continue
        total = 0.0
        good = True
        for a in range(columns[j], columns[j + 1]):
            at = place[indices[a]]
            total += data[a] * data[a] * diagonal[at]
            for b in range(a + 1, columns[j + 1]):
                to = place[indices[b]]
                spot = locate(starts, rows, at, to)
                if spot >= 0:
                    total += 2.0 * data[a] * data[b] * values[spot]
                else:
                    good = False
        found[j] = total if good else 0.0
        told[j] = good
    return found, told


def _squares(locate, asked, place, starts, rows, values, diagonal):  # type: ignore[no-untyped-def]
    """The entries on each list of rows, 0 where a row is absent."""
    count, many = asked.shape
    found = np.zeros((count, many, many))
    for j in range(count):
        for a in range(many):
            if asked[j, a] < 0:
                continue
            at = place[asked[j, a]]
            found[j, a, a] = diagonal[at]
            for b in range(a + 1, many):
                if asked[j, b] < 0:
                    continue
                to = place[asked[j, b]]
                if at == to:
                    found[j, a, b] = found[j, b, a] = diagonal[at]
                    continue
                spot = locate(starts, rows, at, to)
                if spot >= 0:
                    found[j, a, b] = found[j, b, a] = values[spot]
    return found


def _recursion(starts, rows, lower, diagonal):  # type: ignore[no-untyped-def]
    """Takahashi's recursion from the last column to the first, on the pattern of L."""
    size = starts.size - 1
    values = np.zeros(rows.size)
    inverse = np.zeros(size)
    held = np.zeros(size)
    weight = np.zeros(size)
    for column in range(size - 1, -1, -1):
        begin, end = starts[column], starts[column + 1]
        for at in range(begin, end):
            weight[rows[at]] = lower[at]
            held[rows[at]] = 0.0
        # z_ij = − Σ_k z_ik l_kj over the rows of this column; rows outside it weigh nothing.
        for at in range(begin, end):
            k = rows[at]
            own = lower[at]
            total = own * inverse[k]
            for inner in range(starts[k], starts[k + 1]):
                row = rows[inner]
                value = values[inner]
                total += weight[row] * value
                held[row] -= own * value
            held[k] -= total
        total = 1.0 / diagonal[column]
        for at in range(begin, end):
            values[at] = held[rows[at]]
            total -= lower[at] * values[at]
            weight[rows[at]] = 0.0
        inverse[column] = total
    return values, inverse
