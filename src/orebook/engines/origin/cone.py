"""One lot backward and one lot forward, over the rows that bear on it; NumPy alone is loaded.

The rows of a cone are taken in order, so each is met once; past a few thousand rows
(fewer in a small book) the full sweep of the other room is quicker, and gives the same.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.network import Floats, Ints

_FEW_ROWS = 300
_MOST_ROWS = 4_000
# A row of a cone costs what some 400 edges of a sweep cost, or an eighth of a level's call.
_EDGES_PER_ROW = 400
_ROWS_PER_LEVEL = 8
_EDGES_PER_COMPILED_ROW = 50
_LOADED = "numba"  # a cold question about one lot does not wait for it


def limit(index: Index) -> int:
    """How many rows a cone may have before the full sweep takes over."""
    sweep = len(index.indices) // _EDGES_PER_ROW + index.levels * _ROWS_PER_LEVEL
    return min(max(_FEW_ROWS, sweep), _MOST_ROWS)


def made_of(
    index: Index, node: int, *, most: int | None = None, compiled: bool | None = None
) -> tuple[Ints, Floats]:
    """The source rows one node is made of, and the share of each; the shares sum to one.

    Takes: `most`, the rows of a cone past which the full sweep takes over; `compiled`, True or
    False to choose the kernel, None for the compiled one where it is loaded already.
    """
    row = int(index.row_of[node])
    if compiled or (compiled is None and _LOADED in sys.modules):
        from orebook.engines.origin import fast

        edges = len(index.indices) // _EDGES_PER_COMPILED_ROW
        quick = fast.cone(index, row, max(_MOST_ROWS, edges) if most is None else most)
        if quick is not None:
            return quick
    else:
        shares = _walk(index, row, limit(index) if most is None else most)
        if shares is not None:
            rows = np.fromiter(shares, dtype=np.int32, count=len(shares))
            order = np.argsort(rows)
            return rows[order], np.fromiter(shares.values(), np.float64, len(shares))[order]
    from orebook.engines.origin.sweep import backward

    y = backward(index, row)[: index.sources]
    found = np.flatnonzero(y).astype(np.int32)
    return found, y[found]


def _walk(index: Index, row: int, most: int) -> Mapping[int, float] | None:
    """Shares by source row, or None where the cone has more than `most` rows."""
    indptr, indices, weights = _views(index)
    waiting: dict[int, float] = {row: 1.0}
    heap = [-row]
    first = index.sources
    taken = 0
    while heap and -heap[0] >= first:
        at = -heapq.heappop(heap)
        share = waiting.pop(at)
        taken += 1
        if taken > most:
            return None
        for k in range(indptr[at], indptr[at + 1]):
            source = indices[k]
            if source in waiting:
                waiting[source] += share * weights[k]
            else:
                waiting[source] = share * weights[k]
                heapq.heappush(heap, -source)
    return waiting


def _views(index: Index) -> tuple[Any, Any, Any]:
    """The arrays as memory views: one item costs no array scalar."""
    found = index.keep.get("views")
    if found is None:
        found = tuple(view(a) for a in (index.indptr, index.indices, index.weights))
        index.keep["views"] = found
    return found  # type: ignore[return-value]


def view(array: Any) -> Any:
    """An array as a memory view, whose items are plain numbers."""
    return memoryview(array)


def grouped(rows: Ints, shares: Floats, group_of_source: Ints, groups: int) -> Floats:
    """Shares by group; `group_of_source` says for each source row which group it is."""
    return np.bincount(group_of_source[rows], weights=shares, minlength=groups).astype(np.float64)
