"""Origin: shares of all lots and of one, on a plain and a tank book, beside other engines."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from orebook.engines.origin import cone, reach, sweep
from orebook.engines.origin.index import Index, build
from orebook.engines.origin.live import Live
from orebook.engines.origin.network import Network, exact
from orebook.engines.origin.snapshot import save
from origin_books import Flows, plain, tank
from rows import Row, best

SIZES = [100_000, 1_000_000]
GROUPS = 32
LARGEST = 10_000_000
_PEER_SECONDS = 8.0
_COLD = """
import sys, numpy as np
from pathlib import Path
from orebook.engines.origin.snapshot import load
from orebook.engines.origin.cone import made_of
s = load(Path(sys.argv[1]), "head")
rows, shares = made_of(s.index, s.node("lot-" + sys.argv[2]))
assert abs(shares.sum() - 1) < 1e-12
"""


def run() -> list[Row]:
    """Sizes 10^5 and 10^6; with OREBOOK_FULL=1 also 10^7."""
    sizes = [*SIZES, LARGEST] if os.environ.get("OREBOOK_FULL") else SIZES
    rows: list[Row] = []
    for make in (plain, tank):
        times: dict[int, float] = {}
        for lots in sizes:
            found, seconds = _book(make, lots)
            rows += found
            times[lots] = seconds
        small, large = min(sizes), max(sizes)
        slope = np.log(times[large] / times[small]) / np.log(large / small)
        note = f"log of time over log of lots, {small:.0e} to {large:.0e}, core, one set"
        rows.append(Row(f"{make.__name__}: growth exponent", float(slope), "1", note))
    return rows


def _book(make: Callable[[int], Flows], lots: int) -> tuple[list[Row], float]:
    flows = make(lots)
    # Linux forgets the peak so far: what follows is of this book, its flows included.
    Path("/proc/self/clear_refs").write_text("5")
    network = exact(flows.lots, flows.src, flows.dst, flows.mass_kg, flows.group)
    name = f"{make.__name__} {lots:.0e}"
    index: list[Index] = []
    built = best(lambda: index.append(build(network, source_kind=flows.mine)), 1)
    found = index[0]
    about = (
        f"{len(flows.src) / flows.lots:.2g} edges and {found.rows / flows.lots:.2g} rows a lot,"
        f" {found.levels} levels"
    )
    rows = [
        Row(f"{name}: index from edges", built, "s", f"core; {about}"),
        Row(f"{name}: index from edges, most memory", _peak(), "GB", "flows and index"),
    ]
    Path("/proc/self/clear_refs").write_text("5")  # what follows does not build
    group = _groups(flows, found)
    start = (group < 10).astype(np.float64)
    ours, seconds = _all_lots(name, found, start, group)
    rows += ours + _one_lot(name, flows, found, group)
    if make is plain:
        rows += _corrections(name, network, flows) + _cold(name, flows, network, found)
        x = sweep.forward(found, start, compiled=False)[found.row_of]
        rows += _peers(name, flows, found, x)
    return rows, seconds


def _groups(flows: Flows, index: Index) -> Any:
    group = np.zeros(index.sources, dtype=np.int32)
    sources = np.flatnonzero(flows.mine >= 0)
    group[index.row_of[sources]] = flows.mine[sources]
    return group


def _all_lots(name: str, index: Index, start: Any, group: Any) -> tuple[list[Row], float]:
    many = np.zeros((index.sources, GROUPS))
    many[np.arange(index.sources), group] = 1
    rows = []
    seconds = 0.0
    floor = _floor(index)
    for compiled, kind in ((False, "core"), (True, "compiled extra")):
        sweep.forward(index, start, compiled=compiled)

        def one(c: bool = compiled) -> Any:
            return sweep.by_node(index, sweep.forward(index, start, compiled=c), compiled=c)

        took = best(one, 7)
        seconds = seconds or took
        rows.append(Row(f"{name}: all lots, one set", took * 1e3, "ms", kind))
        far = f"{kind}; {floor * 1e3:.2g} ms at this machine's read bandwidth"
        rows.append(Row(f"{name}: distance to the floor", took / floor, "times", far))
        sweep.forward(index, many, compiled=compiled)
        wide = best(partial(sweep.forward, index, many, compiled=compiled), 3)
        rows.append(Row(f"{name}: all lots, {GROUPS} groups", wide * 1e3, "ms", f"{kind}; by row"))
        mine = np.flatnonzero(group == 3).astype(np.int32)
        forward = best(partial(_mine, index, mine, compiled=compiled), 3)
        rows.append(Row(f"{name}: one mine forward", forward * 1e3, "ms", kind))
    note = f"flows, index and all lots x {GROUPS} groups"
    rows.append(Row(f"{name}: most memory", _peak(), "GB", note))
    return rows, seconds


def _peak() -> float:
    """The most memory since it was last asked to forget, in gigabytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 2**20


def _mine(index: Index, mine: Any, *, compiled: bool) -> Any:
    return sweep.by_node(index, reach.of_sources(index, mine, compiled=compiled), compiled=compiled)


def _floor(index: Index) -> float:
    """Seconds to read once what a sweep must read and write, at the bandwidth measured now."""
    block = np.ones(16_000_000)
    took = best(block.sum, 5)
    moved = len(index.indices) * 20 + index.rows * 16 + len(index.row_of) * 12
    return moved / (block.nbytes / took)


def _one_lot(name: str, flows: Flows, index: Index, group: Any) -> list[Row]:
    rng = np.random.default_rng(1)
    ends = rng.integers(flows.lots * 9 // 10, flows.lots, 200 if flows.lots < LARGEST else 60)
    cone.made_of(index, int(ends[0]), most=0)  # the slices of the full sweep are made once
    cone.made_of(index, int(ends[0]), compiled=True)
    found = []
    for compiled in (False, True):
        times = []
        for end in ends.tolist():
            begun = time.perf_counter()
            rows, shares = cone.made_of(index, end, compiled=compiled)
            cone.grouped(rows, shares, group, GROUPS)
            times.append((time.perf_counter() - begun) * 1e3)
        middle, high = np.percentile(times, [50, 95])
        core = f"core, NumPy cone up to {cone.limit(index)} rows, then the sweep"
        note = f"{'compiled extra' if compiled else core}; {GROUPS} shares"
        found += [
            Row(f"{name}: one lot backward, median", float(middle), "ms", note),
            Row(f"{name}: one lot backward, p95", float(high), "ms", note),
        ]
    return found


def _corrections(name: str, network: Network, flows: Flows) -> list[Row]:
    group = np.where(flows.mine >= 0, (flows.mine < 10).astype(np.int32), -1).astype(np.int32)
    rows = []
    for compiled in (False, True):
        live = Live(network, group, 2, compiled=compiled)
        rng = np.random.default_rng(2)
        times, touched = [], []
        for number, node in enumerate(rng.integers(flows.lots // 2, flows.lots, 400).tolist()):
            inputs = live.inputs(node)
            if len(inputs) < 2:
                continue
            changed = [(inputs[0][0], inputs[0][1] * 1.1), *inputs[1:]]
            begun = time.perf_counter()
            count = len(live.correct(node, changed))
            if number > 9:  # the first ones load the kernel
                touched.append(count)
                times.append((time.perf_counter() - begun) * 1e3)
        middle, high = np.percentile(touched, [50, 95])
        kind = "compiled extra" if compiled else "core"
        note = f"{kind}; {middle:.0f} lots redone at the median, {high:.0f} at p95, {max(touched)}"
        for label, at in (("median", 50), ("p95", 95)):
            took = float(np.percentile(times, at))
            rows.append(Row(f"{name}: correction, {label}", took, "ms", f"{note} at most"))
    return rows


def _cold(name: str, flows: Flows, network: Network, index: Index) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        names = [f"lot-{i}" for i in range(flows.lots)]
        save(Path(folder), "head", index, network, flows.mine, [str(m) for m in range(20)], names)
        command = [sys.executable, "-c", _COLD, folder, str(flows.lots - 5)]
        took = best(lambda: subprocess.run(command, check=True), 3)
    return [Row(f"{name}: cold process to one lot", took, "s", "from the mapped snapshot")]


def _peers(name: str, flows: Flows, index: Index, x: Any) -> list[Row]:
    """Others on the same question, each checked against ours."""
    total = np.bincount(flows.dst, weights=flows.mass_kg, minlength=flows.lots)
    weight = flows.mass_kg / total[flows.dst]
    covered = ((flows.mine >= 0) & (flows.mine < 10)).astype(np.float64)
    depth = _depths(index)
    rows = []
    for label, work, limit in (
        ("SciPy spsolve_triangular", _triangular, LARGEST),
        ("DuckDB, pull by stored level", _duckdb_levels, 1_000_000),
        ("DuckDB, recursive", _duckdb_rounds, 100_000),
        ("rustworkx and a loop", _rustworkx, 1_000_000),
        ("plain Python", _python, 1_000_000),
    ):
        if flows.lots > limit:
            rows.append(Row(f"{name}: {label}", float("inf"), "ms", "not run at this size"))
            continue
        took, answer = work(flows, weight, covered, depth)
        apart = float(np.abs(answer - x).max())
        rows.append(Row(f"{name}: {label}", took * 1e3, "ms", f"differs by {apart:.0e}"))
    if flows.lots <= 100_000:
        rows.append(_sqlite(name, flows, weight, covered))
    return [r for r in rows if np.isfinite(r.value)]


def _depths(index: Index) -> Any:
    """A level per lot that grows along every edge, as a table would store it."""
    row_level = np.searchsorted(index.cuts, np.arange(index.rows), side="right")
    deep = int(index.depth.max()) + 1
    return row_level[index.row_of] * deep + index.depth


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


def _triangular(flows: Flows, weight: Any, covered: Any, depth: Any) -> tuple[float, Any]:
    from scipy.sparse import csr_array, identity
    from scipy.sparse.linalg import spsolve_triangular

    order = np.argsort(depth, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(flows.lots)
    ends = (place[flows.dst], place[flows.src])
    matrix = csr_array((weight, ends), shape=(flows.lots, flows.lots))
    lower = (identity(flows.lots, format="csr") - matrix).tocsr()
    took, answer = _timed(
        lambda: spsolve_triangular(lower, covered[order], lower=True, unit_diagonal=True)
    )
    return took, answer[place]


def _tables(flows: Flows, weight: Any, covered: Any, depth: Any) -> Any:
    import duckdb

    base = duckdb.connect()
    base.execute("SET threads = 2")
    edges = {"src": flows.src, "dst": flows.dst, "w": weight, "lvl": depth[flows.dst]}
    lots = {"lot": np.arange(flows.lots), "x": covered, "source": flows.mine >= 0}
    base.register("e0", edges)
    base.register("l0", lots)
    base.execute("CREATE TABLE e AS SELECT * FROM e0 ORDER BY lvl")
    base.execute("CREATE TABLE l AS SELECT * FROM l0")
    return base


def _duckdb_levels(flows: Flows, weight: Any, covered: Any, depth: Any) -> tuple[float, Any]:
    base = _tables(flows, weight, covered, depth)

    def work() -> Any:
        base.execute("CREATE TABLE s AS SELECT lot, x FROM l WHERE source")
        for level in np.unique(depth[flows.dst]).tolist():
            base.execute(
                "INSERT INTO s SELECT dst, SUM(w * x) FROM e JOIN s ON src = lot"
                f" WHERE lvl = {level} GROUP BY dst"
            )
        return base.execute("SELECT lot, x FROM s").fetchnumpy()

    took, found = _timed(work)
    answer = np.zeros(flows.lots)
    answer[found["lot"]] = found["x"]
    return took, answer


def _duckdb_rounds(flows: Flows, weight: Any, covered: Any, depth: Any) -> tuple[float, Any]:
    base = _tables(flows, weight, covered, depth)
    took, found = _timed(
        lambda: base.execute(
            "WITH RECURSIVE r(lot, x) AS (SELECT lot, x FROM l WHERE source AND x > 0 UNION ALL"
            " SELECT dst, SUM(w * x) FROM r JOIN e ON src = lot GROUP BY dst)"
            " SELECT lot, SUM(x) AS x FROM r GROUP BY lot"
        ).fetchnumpy()
    )
    answer = np.zeros(flows.lots)
    answer[found["lot"]] = found["x"]
    return took, answer


def _rustworkx(flows: Flows, weight: Any, covered: Any, depth: Any) -> tuple[float, Any]:
    import rustworkx as rx

    del depth
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(flows.lots))
    graph.add_edges_from(
        list(zip(flows.src.tolist(), flows.dst.tolist(), weight.tolist(), strict=True))
    )

    def work() -> Any:
        x = covered.tolist()
        for node in rx.topological_sort(graph):
            into = graph.in_edges(node)
            if into:
                x[node] = sum(w * x[s] for s, _, w in into)
        return np.array(x)

    return _timed(work)


def _python(flows: Flows, weight: Any, covered: Any, depth: Any) -> tuple[float, Any]:
    order = np.argsort(depth[flows.dst], kind="stable")
    src, dst = flows.src[order].tolist(), flows.dst[order].tolist()
    share, x = weight[order].tolist(), covered.tolist()

    def work() -> Any:
        for s, d, w in zip(src, dst, share, strict=True):
            x[d] += w * x[s]
        return np.array(x)

    return _timed(work)


def _sqlite(name: str, flows: Flows, weight: Any, covered: Any) -> Row:
    """SQLite lets no sum stand in a recursive step, so it must walk every path; stopped in time."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE e(src INT, dst INT, w REAL)")
    rows = zip(flows.src.tolist(), flows.dst.tolist(), weight.tolist(), strict=True)
    base.executemany("INSERT INTO e VALUES (?, ?, ?)", rows)
    base.execute("CREATE INDEX i ON e(src)")
    base.execute("CREATE TABLE l(lot INT)")
    chosen = [(int(n),) for n in np.flatnonzero(covered)]
    base.executemany("INSERT INTO l VALUES (?)", chosen)
    end = time.perf_counter() + _PEER_SECONDS
    base.set_progress_handler(lambda: int(time.perf_counter() > end), 100_000)
    query = (
        "WITH RECURSIVE r(lot, x) AS (SELECT lot, 1.0 FROM l UNION ALL"
        " SELECT dst, w * x FROM r JOIN e ON src = lot) SELECT lot, SUM(x) FROM r GROUP BY lot"
    )
    begun = time.perf_counter()
    try:
        base.execute(query).fetchall()
        note = "every path"
    except sqlite3.OperationalError:
        note = f"stopped unfinished after {_PEER_SECONDS:.0f} s"
    took = (time.perf_counter() - begun) * 1e3
    return Row(f"{name}: SQLite, recursive", took, "ms", note)
