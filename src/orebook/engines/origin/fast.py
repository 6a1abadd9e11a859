"""The sweeps compiled, behind the same signatures; the extra `fast` (numba) brings them.

Rows are in order, so one loop over them is the whole sweep. No fast-math: sums run in the order of
the rows, so that two runs agree to the last bit.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.network import Floats, Ints


@cache
def here() -> bool:
    """Whether the extra is installed."""
    return find_spec("numba") is not None


def forward(index: Index, x: Floats) -> None:
    """Fills x from its source rows up."""
    one, many, _ = _kernels()
    kernel = one if x.ndim == 1 else many
    kernel(index.sources, index.indptr, _unsigned(index.indices), index.weights, x)


def backward(index: Index, y: Floats, row: int) -> None:
    """Spreads y from its row down to the sources."""
    _kernels()[2](row, index.indptr, _unsigned(index.indices), index.weights, y)


def gather(x: Floats, row_of: Ints) -> Floats:
    """Per node what its row has."""
    found = np.empty(len(row_of))
    _gather_kernel()(x, _unsigned(row_of), found)
    return found


def cone(index: Index, row: int, most: int) -> tuple[Ints, Floats] | None:
    """The source rows a row is made of with their shares; None past `most` rows on the way."""
    # Taken out while in use: another thread makes its own. It is put back all zero.
    kept: Any = index.keep.pop("cone", None)
    heap, share, touched = kept or (
        np.empty(index.rows + 1, dtype=np.int32),
        np.zeros(index.rows, dtype=np.float64),
        np.empty(index.rows + 1, dtype=np.int32),
    )
    met, count = _cone_kernel()(
        row, index.sources, most, index.indptr, index.indices, index.weights, heap, share, touched
    )
    rows = np.sort(heap[: max(count, 0)])
    shares = share[rows]
    share[touched[:met]] = 0.0
    index.keep["cone"] = heap, share, touched
    return (rows, shares) if count >= 0 else None


def _unsigned(indices: Any) -> Any:
    """Unsigned columns spare the compiled loop a check for negative ones."""
    return indices.view(np.uint32)


@cache
def _kernels() -> tuple[Any, Any, Any]:
    """The loops below, compiled once and kept on disk."""
    from numba import njit

    compiled = njit(cache=True, nogil=True)
    return compiled(_one), compiled(_many), compiled(_back)


@cache
def _cone_kernel() -> Any:
    from numba import njit

    return njit(cache=True, nogil=True)(_cone)


def _cone(
    row: int, first: int, most: int, indptr: Any, indices: Any, weights: Any, heap: Any, share: Any,
    touched: Any,
) -> tuple[int, int]:  # fmt: skip
    """Rows from a heap, the latest first, so that each is met once; what is left are sources.

    Gives how many rows were met, and how many sources are left, −1 where there are too many rows.
    """
    heap[0] = touched[0] = row
    met = 1
    share[row] = 1.0
    size = 1
    taken = 0
    while size > 0 and heap[0] >= first:
        at = heap[0]
        taken += 1
        if taken > most:
            return met, -1
        size -= 1
        last = heap[size]
        i = 0
        while 2 * i + 1 < size:
            child = 2 * i + 1
            if child + 1 < size and heap[child + 1] > heap[child]:
                child += 1
            if heap[child] <= last:
                break
            heap[i] = heap[child]
            i = child
        heap[i] = last
        for k in range(indptr[at], indptr[at + 1]):
            part = share[at] * weights[k]
            if part <= 0.0:
                continue
            source = indices[k]
            if share[source] == 0.0:
                touched[met] = source
                met += 1
                i = size
                size += 1
                while i > 0 and heap[(i - 1) // 2] < source:
                    heap[i] = heap[(i - 1) // 2]
                    i = (i - 1) // 2
                heap[i] = source
            share[source] += part
    return met, size


@cache
def _gather_kernel() -> Any:
    from numba import njit

    return njit(cache=True, nogil=True)(_gather)


def _gather(x: Any, row_of: Any, found: Any) -> None:
    for node in range(len(row_of)):
        found[node] = x[row_of[node]]


def _one(first: int, indptr: Any, indices: Any, weights: Any, x: Any) -> None:
    for row in range(first, len(indptr) - 1):
        total = 0.0
        for k in range(indptr[row], indptr[row + 1]):
            total += weights[k] * x[indices[k]]
        x[row] = total


def _many(first: int, indptr: Any, indices: Any, weights: Any, x: Any) -> None:
    width = x.shape[1]
    for row in range(first, len(indptr) - 1):
        for g in range(width):
            x[row, g] = 0.0
        for k in range(indptr[row], indptr[row + 1]):
            w = weights[k]
            j = indices[k]
            for g in range(width):
                x[row, g] += w * x[j, g]


def _back(row: int, indptr: Any, indices: Any, weights: Any, y: Any) -> None:
    for at in range(row, -1, -1):
        share = y[at]
        if share != 0.0:
            for k in range(indptr[at], indptr[at + 1]):
                y[indices[k]] += weights[k] * share
