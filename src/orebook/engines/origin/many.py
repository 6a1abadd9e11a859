"""Many questions over processes: each maps one snapshot and answers its part of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from orebook.engines.origin.network import Floats
from orebook.engines.origin.snapshot import load
from orebook.engines.origin.sweep import forward


def exposures(
    folder: Path, head: str, sets: Sequence[Sequence[int]], *, workers: int | None = None
) -> Floats:
    """Per set and node the share that came from that set of groups: shape (sets, nodes).

    Takes: sets of group numbers of the snapshot; `workers`, processes (as many as there are
    processors if None). Refuses: FileNotFoundError where there is no snapshot of that head.
    """
    count = min(workers or os.cpu_count() or 1, max(len(sets), 1))
    parts = [list(p) for p in np.array_split(np.arange(len(sets)), count) if len(p)]
    chosen = [[tuple(sets[i]) for i in part] for part in parts]
    if len(chosen) <= 1:
        return _part(folder, head, chosen[0] if chosen else [])
    with ProcessPoolExecutor(len(chosen), mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_part, folder, head, part) for part in chosen]
        return np.concatenate([job.result() for job in jobs])


def _part(folder: Path, head: str, sets: Sequence[Sequence[int]]) -> Floats:
    found = load(folder, head)
    if found is None:
        raise FileNotFoundError(folder / head)
    index = found.index
    group = np.full(index.sources, -1, dtype=np.int32)
    first = np.ones(found.network.nodes, dtype=np.bool_)
    first[found.network.dst] = False
    group[index.row_of[first]] = found.group_of[first]
    start = np.stack([np.isin(group, list(s)).astype(np.float64) for s in sets], axis=1)
    answer: Floats = np.ascontiguousarray(forward(index, start)[index.row_of].T)
    return answer
