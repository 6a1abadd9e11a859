"""Full sweeps over an index, level by level: forward for all lots, backward for one.

A level is a contiguous block of rows, so a sweep is one sparse product per level and nothing else.
With the extra `fast` the same sweeps run compiled; without it these are used, silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from orebook.engines.origin.index import SMALL, Index
from orebook.engines.origin.network import Floats, Ints

# Below this many edges a sweep takes less than loading the compiled one.
_WORTH_LOADING = 200_000


def forward(index: Index, sources: Floats, *, compiled: bool | None = None) -> Floats:
    """Per row the share of each column, for all rows at once.

    Takes: `sources`, what each source row is: shape (sources,) or (sources, columns); `compiled`,
    True or False to choose the kernel, None for the compiled one where it is installed.
    Gives: shape (rows,) or (rows, columns). A soft row holds the mix at its recorded masses; see
    `bounds` for what it can be.
    """
    shape = (index.rows, *sources.shape[1:])
    x = np.empty(shape, dtype=np.float64)
    x[: len(sources)] = sources
    if (fast := _fast(index, compiled)) is not None:
        fast.forward(index, x)
        return x
    _by_level(_slices(index, "forward"), x)
    return x


def additive(index: Index, start: Floats) -> Floats:
    """Per row the sum over its inputs plus `start`, which may be set on any row."""
    x = start.copy()
    for low, high, block in _slices(index, "forward"):
        x[low:high] += block @ x[:low]
    return x


def backward(index: Index, row: int, *, compiled: bool | None = None) -> Floats:
    """What one row is made of: per row the share of it that came through there."""
    y = np.zeros(index.rows, dtype=np.float64)
    y[row] = 1.0
    if (fast := _fast(index, compiled)) is not None:
        fast.backward(index, y, row)
        return y
    for low, high, block in _slices(index, "backward"):
        if low <= row:
            y[low:high] += block @ y[high:]
    return y


def levels_of(index: Index) -> list[tuple[int, int, Any]]:
    """The levels above the sources: first row, one past the last, the inputs as a matrix."""
    return _slices(index, "forward")


def _by_level(slices: list[tuple[int, int, Any]], x: Floats) -> None:
    for low, high, block in slices:
        x[low:high] = block @ x[:low]


def by_node(index: Index, x: Floats, *, compiled: bool | None = None) -> Floats:
    """What rows have, for every node: a lot has what its row has."""
    row_of = np.asarray(index.row_of)
    if x.ndim == 1 and len(row_of) and _fast(index, compiled) is not None:
        from orebook.engines.origin import fast

        return fast.gather(x, row_of)
    # Rows are sure to be there: clipping spares a check and a wider copy of the numbers.
    found: Floats = np.take(x, row_of, axis=0, mode="clip")
    return found


def _fast(index: Index, compiled: bool | None) -> Any:
    """The compiled kernels where they are wanted, installed and worth loading."""
    if compiled is False or (compiled is None and len(index.indices) < _WORTH_LOADING):
        return None
    from orebook.engines.origin import fast

    if not fast.here():
        if compiled:
            message = "the compiled kernels need the extra `fast` (numba)"
            raise ModuleNotFoundError(message)
        return None
    return fast


def _slices(index: Index, way: str) -> list[tuple[int, int, Any]]:
    """The blocks of a sweep, made once per index."""
    found = index.keep.get(way)
    if found is None:
        found = _forward_slices(index) if way == "forward" else _backward_slices(index)
        index.keep[way] = found
    return found  # type: ignore[return-value]


def _forward_slices(index: Index) -> list[tuple[int, int, Any]]:
    blocks = []
    cuts = index.cuts.tolist()
    for low, high in pairwise(cuts[1:]):
        blocks.append((low, high, _block(index.indptr, index.indices, index.weights, low, high, 0)))
    return blocks


def _backward_slices(index: Index) -> list[tuple[int, int, Any]]:
    blocks = []
    cuts = index.cuts.tolist()
    users = (index.back_indptr, index.back_indices, index.back_weights)
    for low, high in reversed(list(pairwise(cuts[:-1]))):
        blocks.append((low, high, _block(*users, low, high, high, index.rows)))
    return blocks


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a matrix whose product NumPy takes alone."""

    indptr: Ints
    columns: Ints
    weights: Floats

    def __matmul__(self, x: Floats) -> Floats:
        count = len(self.indptr) - 1
        found: Floats = np.zeros((count, *x.shape[1:]), dtype=np.float64)
        filled = self.indptr[:-1] < self.indptr[1:]
        if filled.any():
            shape = (-1, *([1] * (x.ndim - 1)))
            parts = self.weights.reshape(shape) * x[self.columns]
            found[filled] = np.add.reduceat(parts, self.indptr[:-1][filled], axis=0)
        return found


def _block(
    indptr: Any, indices: Any, weights: Any, low: int, high: int, base: int, end: int = 0
) -> Any:
    """Rows low:high as a matrix over the columns before them, or after them from `base`."""
    begin, stop = int(indptr[low]), int(indptr[high])
    rows = (indptr[low : high + 1] - begin).astype(np.int32)
    columns = indices[begin:stop] - np.int32(base) if base else indices[begin:stop]
    width = (end or low) - base if base or end else low
    if len(weights) < SMALL:
        return _Rows(rows, columns, weights[begin:stop])
    from scipy.sparse import csr_array

    return csr_array((weights[begin:stop], columns, rows), shape=(high - low, width), copy=False)
