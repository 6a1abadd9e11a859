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
from orebook.engines.origin.network import Floats


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


def _unsigned(indices: Any) -> Any:
    """Unsigned columns spare the compiled loop a check for negative ones."""
    return indices.view(np.uint32)


@cache
def _kernels() -> tuple[Any, Any, Any]:
    """The loops below, compiled once and kept on disk."""
    from numba import njit

    compiled = njit(cache=True, nogil=True)
    return compiled(_one), compiled(_many), compiled(_back)


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
