"""At which size Spark pays: one process, processes over sets, and Spark (Sail) on the same book."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from orebook.engines.origin import levels_parquet, on_spark, sweep
from orebook.engines.origin.index import build
from orebook.engines.origin.many import exposures
from orebook.engines.origin.network import exact
from orebook.engines.origin.snapshot import save
from origin_books import MINES, plain
from rows import Row, best

SIZES = [100_000, 1_000_000]
LARGEST = 10_000_000
_SETS = 64
_CLOSE = 1e-12


def run() -> list[Row]:
    """Sizes 10^5 and 10^6; with OREBOOK_FULL=1 also 10^7."""
    sizes = [*SIZES, LARGEST] if os.environ.get("OREBOOK_FULL") else SIZES
    rows: list[Row] = []
    times: list[tuple[float, float]] = []
    with on_spark.session() as spark:
        for lots in sizes:
            found, here, there = _book(lots, spark)
            rows += found
            times.append((here, there))
    return [*rows, _meeting(sizes, times)]


def _book(lots: int, spark: Any) -> tuple[list[Row], float, float]:
    flows = plain(lots)
    network = exact(flows.lots, flows.src, flows.dst, flows.mass_kg, flows.group)
    index = build(network, source_kind=flows.mine)
    name = f"plain {lots:.0e}"
    first = np.flatnonzero(flows.mine >= 0)
    group = np.zeros(index.sources, dtype=np.int32)
    group[index.row_of[first]] = flows.mine[first]
    start = np.zeros((index.sources, MINES))
    start[np.arange(index.sources), group] = 1
    here = best(lambda: sweep.forward(index, start, compiled=False), 9)
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        begun = time.perf_counter()
        levels_parquet.export(index, start, folder)
        written = time.perf_counter() - begun
        begun = time.perf_counter()
        answer = on_spark.forward(index, start, spark=spark, folder=folder)
        there = time.perf_counter() - begun
    apart = float(np.abs(answer - sweep.forward(index, start, compiled=False)).max())
    if apart > _CLOSE:
        message = f"Spark differs by {apart:.0e}"
        raise AssertionError(message)
    rows = [
        Row(f"{name}: every mine, one process", here, "s", "core; by row"),
        Row(f"{name}: tables by level written", written, "s", "Parquet"),
        Row(f"{name}: every mine, Spark", there, "s", f"Sail, by level; differs by {apart:.0e}"),
        Row(f"{name}: Spark over one process", there / here, "times", "wall"),
    ]
    return rows + _many(name, flows, network, index), here, there


def _many(name: str, flows: Any, network: Any, index: Any) -> list[Row]:
    """Many sets over processes that map one snapshot: what comes before any cluster."""
    rng = np.random.default_rng(3)
    count = _SETS if flows.lots < LARGEST else 8
    sets = [rng.choice(MINES, 10, replace=False).tolist() for _ in range(count)]
    names = [str(m) for m in range(MINES)]
    rows = []
    with tempfile.TemporaryDirectory() as aside:
        save(Path(aside), "head", index, network, flows.mine, names)
        for workers in (1, 2):
            took = best(lambda w=workers: exposures(Path(aside), "head", sets, workers=w), 2)  # type: ignore[misc]
            note = f"processes started anew map one snapshot; {count} sets to every lot"
            rows.append(Row(f"{name}: sets over {workers} process(es)", took, "s", note))
    return rows


def _meeting(sizes: list[int], times: list[tuple[float, float]]) -> Row:
    """Where the two lines meet that lead through the two largest sizes, by logarithms."""
    span = np.log(sizes[-1] / sizes[-2])
    grow = [float(np.log(times[-1][k] / times[-2][k]) / span) for k in (0, 1)]
    ahead = float(np.log(times[-1][1] / times[-1][0]))
    note = f"grown as lots^{grow[0]:.2f} here and lots^{grow[1]:.2f} on Spark, this machine"
    if ahead <= 0:
        return Row("Spark pays from", float(sizes[-1]), "lots", f"measured; {note}")
    if grow[0] <= grow[1]:
        return Row("Spark pays from", 0.0, "lots", f"nowhere: its time grows no slower; {note}")
    meet = sizes[-1] * float(np.exp(ahead / (grow[0] - grow[1])))
    return Row("Spark pays from", meet, "lots", f"where both lines would meet; {note}")
