"""The redoing of a correction compiled: the same rows in the same order, to the last bit."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numpy as np
from numba import njit

from orebook.engines.origin.live_store import Store


def redo(store: Store, node: int, most: int) -> tuple[Any, Any, bool]:
    """The nodes that moved, in order, their shares before, and whether more than `most` would."""
    moved, before = _kernel(
        node, most, store.base, store.x, store.rank, store.kind, store.own, store.more,
        store.queued, store.in_ptr, store.in_src, store.in_kg, store.out_ptr, store.out_dst,
        store.runs, store.run_src, store.run_kg, store.later,
    )  # fmt: skip
    return moved, before, len(moved) > most


def _mixed(mix: Any, x: Any, kind: int, source: Any, kg: Any, begin: int, end: int) -> None:
    """What a node is made of, by the inputs from begin to end; a source where there are none."""
    total = 0.0
    for k in range(begin, end):
        total += kg[k]
    mix[:] = 0.0
    if total <= 0.0:
        mix[len(mix) - 1 if kind < 0 else kind] = 1.0
    elif end - begin == 1:
        mix[:] = x[source[begin]]
    else:
        for k in range(begin, end):
            for g in range(len(mix)):
                mix[g] += kg[k] / total * x[source[k], g]


def _queue(heap: Any, queued: Any, rank: Any, user: Any) -> None:
    if not queued[user]:
        queued[user] = True
        heappush(heap, (rank[user], np.int64(user)))


_mix = njit(cache=True, nogil=True)(_mixed)
_push = njit(cache=True, nogil=True)(_queue)


def _redo(
    node: int, most: int, base: int, x: Any, rank: Any, kind: Any, own: Any, more: Any,
    queued: Any, in_ptr: Any, in_src: Any, in_kg: Any, out_ptr: Any, out_dst: Any,
    runs: Any, run_src: Any, run_kg: Any, later: Any,
) -> tuple[Any, Any]:  # fmt: skip
    before = np.empty((64, x.shape[1]))
    moved = np.empty(64, dtype=np.int64)
    count = 0
    mix = np.empty(x.shape[1])
    heap = [(rank[node], np.int64(node))]
    queued[node] = True
    while len(heap) > 0:
        at = heappop(heap)[1]
        queued[at] = False
        if count > most:
            continue  # what still waits is taken out, and the whole done again
        if own[at] >= 0:
            _mix(mix, x, kind[at], run_src, run_kg, runs[own[at], 0], runs[own[at], 1])
        else:
            _mix(mix, x, kind[at], in_src, in_kg, in_ptr[at], in_ptr[at + 1])
        if np.all(mix == x[at]):
            continue
        if count == len(moved):
            moved = np.append(moved, moved)
            before = np.concatenate((before, before))
        before[count] = x[at]
        moved[count] = at
        count += 1
        x[at] = mix
        if at < base:
            for k in range(out_ptr[at], out_ptr[at + 1]):
                _push(heap, queued, rank, out_dst[k])
        chain = more[at]
        while chain >= 0:
            _push(heap, queued, rank, later[chain, 0])
            chain = later[chain, 1]
    return moved[:count], before[:count]


_kernel = njit(cache=True, nogil=True)(_redo)
