"""Reconciliation: the least adjusted figures that balance, with their doubt and their classes.

Minimise Σ ((v − v̂)/s)² over masses and grades subject to: every balance closes. Gauss-Newton on the
constraints; at its fixed point the multipliers satisfy the stationarity of the bilinear problem.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack

from orebook.engines.balance.classify import contract, opened
from orebook.engines.balance.linearise import jacobian, layout, residual, rows_at, with_extras
from orebook.engines.balance.lots_apart import apart, unfit
from orebook.engines.balance.network import (
    MOISTURE_TEST,
    Floats,
    Ints,
    Network,
    ends,
    gathered,
)
from orebook.engines.balance.rebalance import Standing, rebalance
from orebook.engines.balance.solve import DENSE_ROWS, SPARSE_ROWS, Exact, Unsolved, exact
from orebook.engines.balance.sparse import CLOSE, Sparse, sparse
from orebook.engines.balance.starts import start
from orebook.engines.balance.states import Contraction, Layout, Reconciled

ROUNDS = 60
_SETTLED = 1e-11
_LOOSE = 1e-4


def is_wide(network: Network) -> bool:
    """Whether the network is over the size of the sparse method, after contraction."""
    return network.matrix is None and sum(contract(network).counts) > SPARSE_ROWS


def reconcile(
    network: Network, warm: Floats | None = None, before: Standing | None = None
) -> Reconciled:
    """The balanced state nearest to the readings; over `DENSE_ROWS` balances by a sparse factor.

    Takes: `before`, what was kept of the balance before, of which only what changed is solved
    again; `warm`, a state (E × k) to begin from where there is none or the change reaches too far.
    Refuses: Unsolved where nothing is checked by anything, where the rounds do not settle, or
    where the system is over the size of the method: no number is then given.
    """
    contraction = contract(network) if network.matrix is None else _whole(network)
    if network.matrix is None and sum(contraction.counts) > DENSE_ROWS:
        contraction = opened(network, contraction)
    lay = layout(network, contraction)
    if lay.rows > SPARSE_ROWS or (lay.rows > DENSE_ROWS and network.matrix is not None):
        message = f"{lay.rows} balances are over the {SPARSE_ROWS} of the method"
        raise Unsolved(message)
    if lay.rows > DENSE_ROWS and lay.free.size:
        edge = network.edges[int(lay.free[0]) // len(network.components)]
        message = f"at this size a grade needs a mass beside it; {edge} is not weighed"
        raise Unsolved(message)
    held: list[tuple[int, float]] = []
    pull, begun = None, ""
    if before is not None:
        try:
            near = rebalance(network, before)
            warm, pull, begun = near.point, near.multiplier, near.sentence()
        except Unsolved as error:
            begun = f"solved whole: {error}"
    if lay.rows > DENSE_ROWS and pull is None and not unfit(network):
        warm, pull = _apart(network, lay, warm)
    found = replace(_settle(network, contraction, lay, held, warm, pull), begun=begun)
    for _ in range(20):
        broken = _broken(found)
        loose = _released(found)
        if not broken and not loose:
            return found
        held = [h for i, h in enumerate(found.held) if i not in loose] + broken
        found = replace(_settle(network, contraction, lay, held, found.point), begun=begun)
    message = "the bounds 0 ≤ mass and 0 ≤ grade ≤ 1 could not be met in 20 rounds"
    raise Unsolved(message)


def _apart(network: Network, lay: Layout, warm: Floats | None) -> tuple[Floats, Floats]:
    """A state and multipliers to begin from where everything was measured: lots eliminated."""
    split = apart(network)
    state = split.solve(network, _SETTLED, warm)
    amount = split.amounts(state)
    mass = amount[:, :1]
    point = np.concatenate([mass, amount[:, 1:] / np.where(mass != 0, mass, 1.0)], 1)
    # Where one balance of a closed part is left out, the multipliers are told from it.
    pull = state.multiplier[split.kept[lay.place_node], lay.place_component]
    return point, np.asarray(pull)


def _whole(network: Network) -> Contraction:
    rows = network.matrix.shape[0] if network.matrix is not None else 0
    free = ~network.known[:, 0]
    none = np.zeros_like(network.known)
    return Contraction(np.arange(rows)[:, None], (rows,), none, free)


def _settle(
    network: Network, contraction: Contraction, lay: Layout, held: list[tuple[int, float]],
    warm: Floats | None = None, pull: Floats | None = None,
) -> Reconciled:  # fmt: skip
    """Rounds of linearising and solving, until the point no longer moves."""
    read = network.value.ravel()[lay.column]
    point = start(network, lay) if warm is None else warm.copy()
    solver: Exact | Sparse | None = None
    means = np.array([s.mean for s in network.slacks])
    slack = means.copy()
    step, last = 1.0, np.inf
    multiplier, tolerance = pull, CLOSE if pull is not None or warm is not None else _LOOSE
    for number in range(1, ROUNDS + 1):
        whole = jacobian(network, lay, point)
        derivative, sd, _, splits = with_extras(network, lay, point, whole)
        loose = csr_array(whole[:, lay.free])
        loose = _padded(loose, len(lay.splits))
        at = residual(network, lay, point) + _slack_part(derivative, lay, slack)
        gap = np.concatenate([at, splits])
        derivative, loose, gap = _with_held(network, lay, derivative, loose, gap, point, held)
        prior = np.concatenate(
            [read, means, np.zeros(derivative.shape[1] - read.size - means.size)]
        )
        now = np.concatenate([point.ravel()[lay.column], slack, -splits])
        gap[lay.rows : lay.rows + splits.size] = 0.0
        right = gap + derivative @ (prior - now)
        shared = _shared(network, lay, now, derivative.shape[1])
        solver = _solver(network, lay, derivative, sd**2, loose, shared, solver)
        multiplier = _multiplier(solver, right, multiplier, tolerance)
        pulled = _pull(network, lay, now, derivative, sd, multiplier)
        target = prior - pulled
        move = target - now
        flat = point.ravel().copy()
        change = np.zeros_like(flat)
        change[lay.column] = move[: read.size]
        if lay.free.size:
            change[lay.free] = _free_move(loose, gap + derivative @ move)
        step = _step(flat, change, lay)
        flat += step * change
        point = flat.reshape(point.shape)
        slack = slack + step * move[read.size : read.size + means.size]
        size = float(np.max(np.abs(change) / _extent(flat), initial=0.0))
        sharp = tolerance == CLOSE or isinstance(solver, Exact)
        if sharp and (size < _SETTLED or (number > 12 and size >= last and size < 1e-8)):
            break
        # Early rounds need no more than the linearisation is good for.
        tolerance = max(CLOSE, min(1e-2 * tolerance, 1e-3 * size))
        last = min(last, size) if step == 1.0 else np.inf
    else:
        message = f"the rounds do not settle: the last change is {size:.2g} of the figures"
        raise Unsolved(message)
    left = residual(network, lay, point) + _slack_part(derivative, lay, slack)
    statistic = float(right @ multiplier)
    return Reconciled(
        network, contraction, lay, point, slack, solver, derivative, loose, sd, right, multiplier,
        max(statistic, 0.0), solver.rank - len(held), number, _closure(network, lay, point, left),
        tuple(held),
    )  # fmt: skip


def _multiplier(
    solver: Exact | Sparse, right: Floats, before: Floats | None, tolerance: float
) -> Floats:
    """λ of this round; in steps from that of the round before where no factor is at hand."""
    if isinstance(solver, Exact) or solver.shared is not None:
        return solver.solve(right)
    if before is not None and before.size != right.size:
        before = None
    return solver.begun(right, before, tolerance)


def _solver(
    network: Network, lay: Layout, derivative: csr_array, variance: Floats, loose: csr_array,
    shared: csr_array | None, before: Exact | Sparse | None,
) -> Exact | Sparse:  # fmt: skip
    if lay.rows <= DENSE_ROWS:
        return exact(derivative, variance, loose, shared)
    extra = np.arange(derivative.shape[0] - lay.rows) + len(network.nodes)
    node = np.concatenate([lay.place_node, extra])
    near = before if isinstance(before, Sparse) else None
    cliques = None if network.known.all() else _cliques(network, lay, node.size)
    return sparse(derivative, variance, shared, node, cliques, near, network.nodes)


def _cliques(network: Network, lay: Layout, rows: int) -> csr_array:
    """The rows at both ends of each transfer, by transfer."""
    edge = np.arange(len(network.edges))
    found = [
        (rows_at(lay, side, k), edge)
        for k in range(len(network.components))
        for side in ends(network, k)
    ]
    at = np.concatenate([f[0] for f in found])
    whose = np.concatenate([f[1] for f in found])
    kept = at < lay.rows
    ones = np.ones(int(kept.sum()))
    return csr_array((ones, (at[kept], whose[kept])), shape=(rows, edge.size))


def _extent(flat: Floats) -> Floats:
    scale = float(np.median(np.abs(flat[flat != 0]))) if np.any(flat) else 1.0
    return np.maximum(np.abs(flat), 1e-6 * scale)


def _step(flat: Floats, change: Floats, lay: Layout) -> float:
    """At most as far as keeps unweighed masses above zero."""
    going = change[lay.free]
    here = flat[lay.free]
    falling = (going < 0) & (here > 0)
    if not falling.any():
        return 1.0
    return float(min(1.0, 0.9 * np.min(here[falling] / -going[falling])))


def _padded(loose: csr_array, rows: int) -> csr_array:
    if not rows:
        return loose
    return csr_array(vstack([loose, csr_array((rows, loose.shape[1]))], format="csr"))


def _slack_part(derivative: csr_array, lay: Layout, slack: Floats) -> Floats:
    if not slack.size:
        return np.zeros(lay.rows)
    first = lay.column.size
    piece = derivative[: lay.rows, first : first + slack.size]
    return np.asarray(piece @ slack)


def _with_held(
    network: Network,
    lay: Layout,
    derivative: csr_array,
    loose: csr_array,
    gap: Floats,
    point: Floats,
    held: list[tuple[int, float]],
) -> tuple[csr_array, csr_array, Floats]:
    """One more row per figure held at a bound of nature."""
    if not held:
        return derivative, loose, gap
    flat = point.ravel()
    where = {int(c): i for i, c in enumerate(lay.column)}
    freely = {int(c): i for i, c in enumerate(lay.free)}
    rows, others, values = [], [], []
    for figure, bound in held:
        row = np.zeros((1, derivative.shape[1]))
        other = np.zeros((1, loose.shape[1]))
        if figure >= 0:
            weight = 1.0 / max(abs(bound), abs(flat[figure]), 1e-9)
            if figure in where:
                row[0, where[figure]] = weight
            else:
                other[0, freely[figure]] = weight
            values.append(weight * (flat[figure] - bound))
        else:
            edge, many = -figure - 1, len(network.components)
            inside = [where[edge * many + k] for k in range(1, many) if edge * many + k in where]
            row[0, inside] = 1.0
            values.append(float(point[edge, 1:].sum()) - bound)
        rows.append(csr_array(row))
        others.append(csr_array(other))
    return (
        csr_array(vstack([derivative, *rows], format="csr")),
        csr_array(vstack([loose, *others], format="csr")),
        np.concatenate([gap, values]),
    )


def _shared(network: Network, lay: Layout, now: Floats, width: int) -> csr_array | None:
    """One column per error that readings share, in units of the figures it moves."""
    if not network.shared:
        return None
    many = len(network.components)
    edge, part = lay.column // many, lay.column % many
    whose: dict[str, dict[str, Ints]] = {}
    for source in {item.source for item in network.shared}:
        words, code = np.unique(np.array(network.groups[source], dtype=str), return_inverse=True)
        held = gathered(code[edge], words.size)
        whose[source] = dict(zip(words.tolist(), held, strict=True))
    taken = []
    for item in network.shared:
        own = whose[item.source].get(item.name, np.zeros(0, dtype=np.int64))
        on_mass = item.source in {"scale", MOISTURE_TEST}
        if item.component:
            own = own[part[own] == network.components.index(item.component)]
        else:
            own = own[(part[own] == 0) if on_mass else (part[own] > 0)]
        taken.append(own)
    rows = np.concatenate(taken)
    sizes = np.array([own.size for own in taken])
    relative = np.repeat([item.relative_sd for item in network.shared], sizes)
    columns = np.repeat(np.arange(len(taken)), sizes)
    return csr_array((now[rows] * relative, (rows, columns)), shape=(width, len(taken)))


def _pull(
    network: Network,
    lay: Layout,
    now: Floats,
    derivative: csr_array,
    sd: Floats,
    multiplier: Floats,
) -> Floats:
    """Cov · J'λ: how far each figure moves from its reading."""
    force = np.asarray(derivative.T @ multiplier)
    moved = sd**2 * force
    shared = _shared(network, lay, now, derivative.shape[1])
    if shared is not None:
        moved = moved + shared @ (shared.T @ force)
    return np.asarray(moved)


def _free_move(loose: csr_array, gap: Floats) -> Floats:
    from scipy.linalg import lstsq

    dense = np.asarray(loose.todense())
    size = np.abs(dense).max(axis=1)
    weight = 1.0 / np.where(size > 0, size, 1.0)
    found, *_ = lstsq(dense * weight[:, None], -gap * weight, cond=1e-12)
    return np.asarray(found)


def _closure(network: Network, lay: Layout, point: Floats, left: Floats) -> float:
    """The worst balance that is left, as a share of what goes through it."""
    if network.matrix is not None:
        through = np.abs(network.matrix) @ np.abs(point[:, 0])
        return float(np.max(np.abs(left) / np.maximum(through, 1e-300), initial=0.0))
    through = throughput(network, lay, point)
    return float(np.max(np.abs(left) / np.where(through > 0, through, 1.0), initial=0.0))


def throughput(network: Network, lay: Layout, point: Floats) -> Floats:
    """The sum of the amounts at each balance, in and out together."""
    found = np.zeros(lay.rows + 1)
    amount = np.abs(point.copy())
    amount[:, 1:] *= np.abs(point[:, :1])
    for k in range(len(network.components)):
        for side in ends(network, k):
            found += np.bincount(rows_at(lay, side, k), amount[:, k], lay.rows + 1)
    return found[: lay.rows]


def _broken(found: Reconciled) -> list[tuple[int, float]]:
    """Figures outside nature's bounds: a mass below 0, a grade outside 0..1, grades over 1."""
    network, lay = found.network, found.lay
    if network.matrix is not None:
        return []
    many = len(network.components)
    flat = found.point.ravel()
    seen = {h[0] for h in found.held}
    figures = np.concatenate([lay.column, lay.free]).astype(np.int64)
    value = flat[figures]
    low = value < -1e-12 * max(1.0, float(np.abs(flat).max(initial=0.0)))
    high = ~low & (figures % many > 0) & (value > 1 + 1e-12)
    broken = [
        (int(figures[i]), float(high[i]))
        for i in np.flatnonzero(low | high).tolist()
        if int(figures[i]) not in seen
    ]
    touched = {f // many for f, _ in broken}
    total = found.point[:, 1:].sum(axis=1) if many > 1 else np.zeros(0)
    over = [
        (-edge - 1, 1.0)
        for edge in np.flatnonzero(total > 1 + 1e-12).tolist()
        if -edge - 1 not in seen and edge not in touched and network.known[edge, 1:].all()
    ]
    return broken + over


def _released(found: Reconciled) -> set[int]:
    """Bounds that the solution pulls away from, by the sign of their multiplier."""
    if not found.held:
        return set()
    tail = found.multiplier[-len(found.held) :]
    loose = set()
    for place, ((figure, bound), force) in enumerate(zip(found.held, tail.tolist(), strict=True)):
        low = figure >= 0 and bound == 0.0
        if (low and force > 1e-12) or (not low and force < -1e-12):
            loose.add(place)
    return loose


def shared_columns(found: Reconciled) -> csr_array | None:
    """The errors that readings share, as columns on the figures; None where there are none."""
    now = found.point.ravel()[found.lay.column]
    return _shared(found.network, found.lay, now, found.derivative.shape[1])
