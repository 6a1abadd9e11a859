"""Balance: reconciling chains of 10^4 to 10^6 lots, side by side with other solvers."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from made_chains import Made, chain
from orebook.engines.balance.accuse import node_statistics, reading_statistics
from orebook.engines.balance.answer import answer
from orebook.engines.balance.draws import sampled
from orebook.engines.balance.large import Wide, gaps, joint, linear
from orebook.engines.balance.rebalance import rebalance, standing
from orebook.engines.balance.reconcile import reconcile
from orebook.engines.balance.selected import Selected, factor, matrix_of, posterior, selected
from orebook.engines.balance.sparse import pays
from rows import Row, best
from spent import spent

CORE = "core: NumPy and SciPy alone"
EXTRA = "extra: qdldl and numba"
# Goals in seconds per size: linear, joint, exact deviations after the factor.
GOALS = {10_000: (0.02, 0.5, 0.05), 100_000: (0.15, 5.0, 0.6), 1_000_000: (1.2, 60.0, 8.0)}
SITES = {10_000: 8, 100_000: 80, 1_000_000: 800}
Floats = NDArray[np.float64]


def run() -> list[Row]:
    """Sizes 10^4 and 10^5; with OREBOOK_FULL=1 also 10^6."""
    full = bool(os.environ.get("OREBOOK_FULL"))
    sizes = (10_000, 100_000, 1_000_000) if full else (10_000, 100_000)
    rows: list[Row] = []
    for size in sizes:
        rows += measured(size)
    rows += mixing(max(sizes))
    rows += looped(1_000_000 if full else 100_000)
    rows += warmly(10_000) + warmly(100_000)
    rows += beside(1_000)
    rows += beside(10_000)
    rows += dense(1_000)
    rows += difflow_rows(1_000)
    return rows


def drawn(made: Made, seed: int = 2) -> tuple[Floats, Floats]:
    """Masses as weighed to 1 %, and their deviations."""
    sd = 0.01 * made.mass
    return made.mass + sd * np.random.default_rng(seed).standard_normal(sd.size), sd


def measured(size: int) -> list[Row]:
    goals = GOALS[size]
    made = chain(size, sites=SITES[size], joined=True)
    reading, sd = drawn(made)
    name = f"{size:,} lots".replace(",", " ")
    times = 5 if size <= 100_000 else 1
    seconds = best(lambda: linear(made.wide, reading, sd), times)
    state = linear(made.wide, reading, sd)
    left = np.abs(gaps(made.wide, state.amount)).max() / made.mass.mean()
    closes = f"closes to {left:.0e} (goal 1e-9 {'reached' if left <= 1e-9 else 'MISSED'})"
    rows = [goal(f"linear pass, {name}", seconds, goals[0], CORE,
                 f"{components(made.wide)} component, {state.steps} steps, {closes},"
                 " assembly included")]  # fmt: skip
    if seconds > goals[0]:
        rows += linear_parts(made, reading, name)
    rows += together(made, reading, sd, name, goals[1])
    rows += exactly(made, reading, sd, name, goals[2])
    if size == 1_000_000:
        _, seconds, parts = spent(lambda: sampled(made.wide, sd), name, DRAWING)
        note = "eight draws in each step, to 1e-5 of their gaps; one thread"
        rows += [goal(f"50 sampled draws, {name}", seconds, 30.0, CORE, note), *parts]
    return rows


DRAWING = {
    "elimination of the lots": ("__init__",),
    "steps of conjugate gradients": ("together",),
}
JOINING = {
    "steps of conjugate gradients": ("conjugate",),
    "own blocks of lots and events": ("_summed",),
    "their inverses": ("inverted",),
    "blocks between lots and events": ("filled", "_pattern"),
    "gaps and pulls": ("gaps", "_difference"),
}


def components(wide: Wide) -> int:
    """How many connected parts the transfers make; a node without transfers is none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    inner = (wide.tail >= 0) & (wide.head >= 0)
    tail, head = wide.tail[inner], wide.head[inner]
    held = coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(wide.lot.size,) * 2)
    return int(np.unique(connected_components(held, directed=False)[1][tail]).size)


def warmly(size: int) -> list[Row]:
    """One event more in a chain that was balanced before: begun there, and without a past.

    In the smaller chain the event reaches most of the balances, and all are solved anew.
    """
    made = chain(size, sites=SITES[size], joined=True)
    true = np.concatenate([made.mass[:, None], made.grade], 1)
    sd = true * np.array([0.01, 0.025, 0.025, 0.025, 0.025])
    value = true + sd * np.random.default_rng(4).standard_normal(true.shape)
    later = made.network(value, sd)
    # The last event that made a lot, and what became of that lot, are not in the book yet.
    event = int(made.wide.tail[(made.wide.tail >= 0) & (made.wide.head >= 0)].max())
    new = np.isin(made.wide.head, event) | np.isin(made.wide.tail, event)
    lots = made.wide.head[(made.wide.tail == event) & (made.wide.head >= 0)]
    old = ~(new | np.isin(made.wide.tail, lots))
    wide = replace(made.wide, tail=made.wide.tail[old], head=made.wide.head[old])
    earlier = Made(wide, made.mass[old], made.grade[old], made.scale[old])
    before = earlier.network(value[old], sd[old])
    names = tuple(name for name, held in zip(later.edges, old, strict=True) if held)
    kept = standing(reconcile(replace(before, edges=names)))
    assert kept is not None
    begun = time.perf_counter()
    fresh = reconcile(later)
    cold = time.perf_counter() - begun
    begun = time.perf_counter()
    ready = reconcile(later, before=kept)
    whole = time.perf_counter() - begun
    apart = np.abs(ready.point / fresh.point - 1).max()
    lots = f"{size:,} lots".replace(",", " ")
    name = f"a new event, mass and four elements re-balanced, {lots}"
    more = int((~old).sum())
    note = f"{EXTRA}; {more} transfers new; {ready.begun}; {cold:.2f} s without a past"
    if ready.begun.startswith("solved whole"):
        return [Row(name, whole, "s", note)]
    found = rebalance(later, kept)
    warm = best(lambda: rebalance(later, kept), 3)
    apart = max(apart, np.abs(found.point / fresh.point - 1).max())
    told = (
        f"{CORE}; {more} transfers new; {ready.begun}; {cold / warm:.0f} times faster than without"
        f" a past ({cold:.2f} s); differs by {apart:.0e}"
    )
    return [
        Row(name, warm, "s", told),
        Row(f"  and laid out for the search, {lots}", whole, "s", note),
    ]


def together(made: Made, reading: Floats, sd: Floats, name: str, wanted: float) -> list[Row]:
    doubt = 0.025 * made.grade
    grade = made.grade + doubt * np.random.default_rng(3).standard_normal(doubt.shape)
    state, seconds, parts = spent(
        lambda: joint(made.wide, reading, sd, grade, doubt), name, JOINING
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    note = f"{state.rounds} rounds, {state.steps} steps"
    rows = [goal(f"mass and four elements together, {name}", seconds, wanted, CORE, note), *parts]
    held = f"at most so far; goal 4 GB {'reached' if peak * 1.0737 <= 4 else 'MISSED'}"
    return [*rows, Row(f"  memory, {name}", peak, "GiB", held)]


def exactly(made: Made, reading: Floats, sd: Floats, name: str, wanted: float) -> list[Row]:
    small = chain(200)
    selected(small.wide, factor(matrix_of(small.wide, (0.01 * small.mass) ** 2)))  # compiles once
    matrix = matrix_of(made.wide, sd**2)
    if not pays(matrix, np.arange(matrix.shape[0])):
        draws = best(lambda: sampled(made.wide, sd, draws=5), 1) * 10
        note = "a factor would fill in: 50 sampled draws instead, reckoned from 5"
        return [goal(f"all posterior deviations, {name}", draws, 30.0, CORE, note)]
    begun = time.perf_counter()
    held = factor(matrix)
    took = time.perf_counter() - begun
    inverse: list[Selected] = []

    def deviations() -> None:
        inverse[:] = [selected(made.wide, held)]
        posterior(made.wide, sd, inverse[0])

    seconds = best(deviations, 3 if made.mass.size < 1_000_000 else 1)
    multiplier = np.asarray(held.solve(gaps(made.wide, reading)[:, 0]))

    def scores() -> None:
        reading_statistics(made.wide, multiplier, inverse[0])
        node_statistics(multiplier, inverse[0])

    return [
        Row(f"qdldl factor, {name}", took, "s", EXTRA),
        goal(f"all posterior deviations after the factor, {name}", seconds, wanted, EXTRA),
        goal(f"all reading and node scores, {name}", best(scores, 3), 1.0, EXTRA),
    ]


def looped(size: int) -> list[Row]:
    """Masses of a chain in which one lot comes from itself: named, answered, memory bounded."""
    made = chain(size, sites=SITES.get(size, 2))
    reading, sd = drawn(made)
    network = made.network(reading[:, None], sd[:, None])
    wide = made.wide
    # The last transfer between a lot and an event goes back to where the lot came from.
    back = int(np.flatnonzero((wide.tail >= 0) & (wide.head >= 0) & ~wide.lot[wide.tail])[-1])
    lot, event = int(wide.head[back]), int(wide.tail[back])
    more = np.array([reading[back] / 100])
    network = replace(
        network, edges=(*network.edges, "back"), tail=np.append(network.tail, lot),
        head=np.append(network.head, event), value=np.append(network.value, more[:, None], 0),
        sd=np.append(network.sd, more[:, None] / 50, 0),
        known=np.append(network.known, np.ones((1, 1), dtype=bool), 0),
    )  # fmt: skip
    begun = time.perf_counter()
    told = answer(network)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    named = "; ".join(f"{p.place}: {p.found}" for p in told.problems)
    lots = f"{size:,} lots".replace(",", " ")
    return [Row(f"masses with one cycle, whole answer, {lots}", seconds, "s",
                f"{EXTRA}; {named}; {peak:.1f} GiB at most so far")]  # fmt: skip


DIFFLOW = """
import json, sys, time
import numpy as np
import jax; jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from difflow.reconciliation import reconcile
held = np.load(sys.argv[1])
tail, head, count = held["tail"], held["head"], int(held["count"])
known = jnp.asarray(np.flatnonzero(held["asked"]))
t, h = jnp.asarray(np.where(tail < 0, count, tail)), jnp.asarray(np.where(head < 0, count, head))
def residual(x, params=None):
    return (jnp.zeros(count + 1).at[h].add(x).at[t].add(-x))[known]
y, sd = jnp.asarray(held["reading"]), jnp.asarray(held["sd"])
times = []
for _ in range(2):
    begun = time.perf_counter()
    found = reconcile(residual, y, sd, check_structure=False)
    x = np.asarray(found.x)
    times.append(time.perf_counter() - begun)
print(json.dumps({"seconds": times, "apart": float(np.abs(x - held["ours"]).max())}))
"""


def difflow_rows(size: int) -> list[Row]:
    """The same by difflow, where OREBOOK_DIFFLOW_PYTHON names a Python that has it."""
    python = os.environ.get("OREBOOK_DIFFLOW_PYTHON", "")
    if not python:
        return []
    made = chain(size)
    reading, sd = drawn(made)
    ours = linear(made.wide, reading, sd).amount[:, 0]
    asked = np.zeros(made.wide.lot.size, dtype=bool)
    for ends in (made.wide.tail, made.wide.head):
        asked[ends[ends >= 0]] = True
    with TemporaryDirectory() as folder:
        name = f"{folder}/chain.npz"
        np.savez(name, tail=made.wide.tail, head=made.wide.head, count=made.wide.lot.size,
                 reading=reading, sd=sd, ours=ours, asked=asked)  # fmt: skip
        done = subprocess.run(
            [python, "-c", DIFFLOW, name], capture_output=True, text=True, timeout=1200, check=False
        )
    if done.returncode:
        return [Row("beside: difflow ran", 0.0, "of 1", done.stderr[-200:])]
    told = json.loads(done.stdout.splitlines()[-1])
    cold, warm = told["seconds"]
    note = f"first {cold:.1f} s; differs by {told['apart'] / made.mass.max():.0e}"
    return [Row(f"beside: difflow, {size:,} lots", warm, "s", note)]


def linear_parts(made: Made, reading: Floats, name: str) -> list[Row]:
    """Where the time of a missed linear pass goes."""
    wide = made.wide
    return [
        Row(f"  of it: sides, {name}", best(wide.sides, 1), "s"),
        Row(f"  of it: gaps, {name}", best(lambda: gaps(wide, reading), 1), "s"),
    ]


def mixing(size: int) -> list[Row]:
    made = chain(size, mixing=True)
    reading, sd = drawn(made)
    seconds = best(lambda: linear(made.wide, reading, sd), 1)
    return [goal(f"random mixing, linear pass, {size:,} lots", seconds, 4.0, CORE)]


def beside(size: int) -> list[Row]:
    """The same linear problem with general solvers; each answer is compared with ours."""
    from scipy.sparse.linalg import splu

    made = chain(size)
    reading, sd = drawn(made)
    ours = linear(made.wide, reading, sd)
    matrix, gap = matrix_of(made.wide, sd**2), gaps(made.wide, reading)[:, 0]

    def row(what: str, work: Callable[[], Floats]) -> Row:
        seconds = best(work, 2)
        apart = np.abs(work() - ours.multiplier[:, 0]).max() / np.abs(ours.multiplier).max()
        return Row(f"beside: {what}, {size:,} lots", seconds, "s", f"differs by {apart:.0e}")

    return [
        row("scipy splu", lambda: np.asarray(splu(matrix).solve(gap))),
        row("qdldl", lambda: np.asarray(factor(matrix).solve(gap))),
        osqp_row(made, reading, sd, ours.amount[:, 0], size),
        *piqp_rows(made, reading, sd, ours.amount[:, 0], size),
    ]


def piqp_rows(made: Made, reading: Floats, sd: Floats, ours: Floats, size: int) -> list[Row]:
    """The same by piqp, where someone has installed it; it is no requirement of ours."""
    if find_spec("piqp") is None:
        return []
    from scipy.sparse import coo_matrix, csc_matrix, diags

    piqp = import_module("piqp")
    wide, count = made.wide, reading.size
    edge = np.arange(count)
    into, out = wide.head >= 0, wide.tail >= 0
    data = np.concatenate([np.ones(int(into.sum())), -np.ones(int(out.sum()))])
    where = (np.concatenate([wide.head[into], wide.tail[out]]),
             np.concatenate([edge[into], edge[out]]))  # fmt: skip
    rows = csc_matrix(coo_matrix((data, where), shape=(wide.lot.size, count)))
    begun = time.perf_counter()
    solver = piqp.SparseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-10
    solver.setup(csc_matrix(diags(1 / sd**2)), -reading / sd**2, rows, np.zeros(wide.lot.size),
                 x_l=np.zeros(count))  # fmt: skip
    solver.solve()
    seconds = time.perf_counter() - begun
    apart = np.abs(solver.result.x - ours).max() / np.abs(ours).max()
    return [Row(f"beside: piqp with masses above 0, {size:,} lots", seconds, "s",
                f"differs by {apart:.0e}")]  # fmt: skip


def osqp_row(made: Made, reading: Floats, sd: Floats, ours: Floats, size: int) -> Row:
    import osqp
    from scipy.sparse import coo_matrix, csc_matrix, diags, vstack

    wide, count = made.wide, reading.size
    edge = np.arange(count)
    into, out = wide.head >= 0, wide.tail >= 0
    data = np.concatenate([np.ones(int(into.sum())), -np.ones(int(out.sum()))])
    where = (
        np.concatenate([wide.head[into], wide.tail[out]]),
        np.concatenate([edge[into], edge[out]]),
    )
    rows = coo_matrix((data, where), shape=(wide.lot.size, count))
    whole = csc_matrix(vstack([rows, diags(np.ones(count))]))
    zero = np.zeros(wide.lot.size)
    low = np.concatenate([zero, np.zeros(count)])
    high = np.concatenate([zero, np.full(count, np.inf)])

    def work() -> Floats:
        solver = osqp.OSQP()
        solver.setup(csc_matrix(diags(1 / sd**2)), -reading / sd**2, whole, low, high,
                     eps_abs=1e-9, eps_rel=1e-9, max_iter=20000, verbose=False)  # fmt: skip
        return np.asarray(solver.solve().x)

    begun = time.perf_counter()
    apart = np.abs(work() - ours).max() / np.abs(ours).max()
    seconds = time.perf_counter() - begun
    return Row(f"beside: osqp with masses above 0, {size:,} lots", seconds, "s",
               f"differs by {apart:.0e}")  # fmt: skip


def dense(size: int) -> list[Row]:
    """What a dense solve of the whole optimality system costs, as small tools do it."""
    made = chain(size)
    reading, sd = drawn(made)
    wide, count = made.wide, reading.size
    matrix = np.zeros((wide.lot.size, count))
    edge = np.arange(count)
    matrix[wide.head[wide.head >= 0], edge[wide.head >= 0]] += 1
    matrix[wide.tail[wide.tail >= 0], edge[wide.tail >= 0]] -= 1
    matrix = matrix[np.abs(matrix).sum(axis=1) > 0]

    def work() -> Floats:
        rows = matrix.shape[0]
        system = np.zeros((count + rows, count + rows))
        system[:count, :count] = np.diag(1 / sd**2)
        system[:count, count:], system[count:, :count] = matrix.T, matrix
        return np.asarray(
            np.linalg.solve(system, np.concatenate([reading / sd**2, np.zeros(rows)]))
        )

    seconds = best(work, 1)
    apart = np.abs(work()[:count] - linear(wide, reading, sd).amount[:, 0]).max() / made.mass.max()
    ours = best(lambda: linear(wide, reading, sd), 5)
    note = f"{CORE}; {seconds / ours:.0f} times faster"
    return [
        Row(f"beside: dense optimality system, {size:,} lots", seconds, "s",
            f"differs by {apart:.0e}"),
        Row(f"linear pass, {size:,} lots", ours, "s", note),
    ]  # fmt: skip


def goal(measure: str, seconds: float, wanted: float, way: str, note: str = "") -> Row:
    verdict = f"goal {wanted:g} s {'reached' if seconds <= wanted else 'MISSED'}"
    return Row(measure, seconds, "s", "; ".join(filter(None, (way, verdict, note))))


if __name__ == "__main__":
    for line in run():
        print(f"{line.measure:60} {line.value:9.4f} {line.unit}  {line.note}")
