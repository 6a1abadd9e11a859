"""Many questions over processes: each maps one snapshot, answers its part, writes it in place.

The answers are one file that every process maps, so that none is sent; it has no name any more when
they are given back. A process takes longer to start than a sweep of a small book takes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from orebook.engines.origin.network import Floats
from orebook.engines.origin.snapshot import Snapshot, load
from orebook.engines.origin.sweep import forward

_AT_ONCE = 32  # sets of one sweep: rows times these are kept


def exposures(
    folder: Path, head: str, sets: Sequence[Sequence[int]], *, workers: int | None = None
) -> Floats:
    """Per set and node the share that came from that set of groups: shape (sets, nodes).

    Takes: sets of group numbers of the snapshot; `workers`, processes (as many as there are
    processors if None). Refuses: FileNotFoundError where there is no snapshot of that head.
    """
    found = load(folder, head)
    if found is None:
        raise FileNotFoundError(folder / head)
    count = min(workers or os.cpu_count() or 1, max(len(sets), 1))
    chosen = [tuple(s) for s in sets]
    shape = len(chosen), found.network.nodes
    if count <= 1 or not shape[1]:
        answer = np.empty(shape)
        _fill(found, chosen, answer)
        return answer
    cuts = np.linspace(0, len(chosen), count + 1).astype(int).tolist()
    with tempfile.NamedTemporaryFile(prefix="orebook-origin-") as file:
        answers = np.memmap(file.name, np.float64, "w+", shape=shape)
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            jobs = [
                pool.submit(_part, folder, head, chosen, file.name, low, high)
                for low, high in pairwise(cuts)
            ]
            for job in jobs:
                job.result()
        return answers.view(np.ndarray)


def _part(
    folder: Path, head: str, sets: Sequence[Sequence[int]], name: str, low: int, high: int
) -> None:
    found = load(folder, head)
    if found is None:
        raise FileNotFoundError(folder / head)
    shape = len(sets), found.network.nodes
    answers = np.memmap(name, np.float64, "r+", shape=shape)
    _fill(found, sets[low:high], answers[low:high])


def _fill(found: Snapshot, sets: Sequence[Sequence[int]], answers: Floats) -> None:
    index = found.index
    group = np.full(index.sources, -1, dtype=np.int32)
    first = np.ones(found.network.nodes, dtype=np.bool_)
    first[found.network.dst] = False
    group[index.row_of[first]] = found.group_of[first]
    row_of = np.asarray(index.row_of)
    for at in range(0, len(sets), _AT_ONCE):
        part = sets[at : at + _AT_ONCE]
        start = np.stack([np.isin(group, list(s)).astype(np.float64) for s in part], axis=1)
        shares = np.ascontiguousarray(forward(index, start).T)
        for answer, by_row in zip(answers[at : at + _AT_ONCE], shares, strict=True):
            np.take(by_row, row_of, out=answer, mode="clip")
