"""The attribution by level as plain SQL over Parquet: for an engine that spans machines.

Edges between rows are written in one folder per level of the row they go into, so each level reads
what is below it and is written once; a level's output exists or does not, and a run can resume. A
digest of the question lies beside it, so that answers of another one are never taken up.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.network import Floats

# What each level asks; {edges} are the edges into it, {below} the shares found so far.
PULL = """
SELECT e.row AS row, s.grp AS grp, SUM(e.weight * s.share) AS share
FROM {edges} e JOIN {below} s ON e.source = s.row
GROUP BY e.row, s.grp
"""


def export(index: Index, start: Floats, folder: Path) -> None:
    """Writes `edges/level=K/part.parquet` (row, source, weight) and `shares/level=0/part.parquet`.

    Takes: `start`, source rows × groups. Needs the extra `parquet`. What lies in the folder of
    another question is removed; of the same one it is kept.
    """
    mark, asked = folder / "question.txt", _digest(index, start)
    if mark.is_file() and mark.read_text("ascii") == asked:
        return
    for name in ("edges", "shares"):
        shutil.rmtree(folder / name, ignore_errors=True)
    mark.unlink(missing_ok=True)
    row, group = np.nonzero(start)
    first = {"row": row.astype(np.int32), "grp": group.astype(np.int32), "share": start[row, group]}
    _write(folder / "shares" / "level=0", first)
    for level in range(1, index.levels):
        low, high = int(index.cuts[level]), int(index.cuts[level + 1])
        at = slice(int(index.indptr[low]), int(index.indptr[high]))
        counts = np.diff(index.indptr[low : high + 1])
        edges = {
            "row": np.repeat(np.arange(low, high, dtype=np.int32), counts),
            "source": np.asarray(index.indices[at]),
            "weight": np.asarray(index.weights[at]),
        }
        _write(folder / "edges" / f"level={level}", edges)
    mark.write_text(asked, "ascii")


def _digest(index: Index, start: Floats) -> str:
    found = hashlib.blake2b(digest_size=16)
    for array in (index.cuts, index.indptr, index.indices, index.weights, start):
        found.update(f"{array.dtype} {array.shape}".encode("ascii"))
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def _write(folder: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / "part.parquet", compression="zstd")


def pull(folder: Path, levels: int, sql: Callable[[str, Path], None]) -> None:
    """Runs the question level by level.

    Takes: `sql`, which runs a query and writes its answer as Parquet into a folder; the tables are
    named as files of Parquet. A level whose answer is there already is not run again.
    """
    for level in range(1, levels):
        out = folder / "shares" / f"level={level}"
        if not out.exists():
            edges = f"parquet.`{folder / 'edges' / f'level={level}'}`"
            half = folder / f"unfinished-{level}"
            shutil.rmtree(half, ignore_errors=True)
            sql(PULL.format(edges=edges, below="below"), half)
            half.rename(out)


def gather(folder: Path, rows: int, groups: int) -> Floats:
    """The shares of all levels as rows × groups."""
    import pyarrow.parquet as pq

    x = np.zeros((rows, groups))
    for part in sorted((folder / "shares").rglob("*.parquet")):
        # Each file on its own: engines write what they like beside them.
        table = pq.ParquetFile(part).read()
        row, group = (table.column(n).to_numpy().astype(np.int64) for n in ("row", "grp"))
        x[row, group] = table.column("share").to_numpy()
    return x
