"""The classical tests of a reconciled network: per reading, per balance, per connected part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from orebook.engines.balance.network import Floats, parts_of
from orebook.engines.balance.sparse import Sparse
from orebook.engines.balance.states import Reconciled

NODES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class NodeScore:
    """One balance: its gap (in minus out), the nodal test, and the GLR of a loss there."""

    node: str
    component: str
    gap: float
    nodal: float | None
    loss: float


@dataclass(frozen=True, slots=True)
class Part:
    """One connected part: how well it fits on its own, and the first node of it."""

    edges: int
    statistic: float
    freedom: int
    around: str


def reading_scores(found: Reconciled) -> Floats:
    """The maximum-power measurement test of every figure (E × k); 0 where nothing checks it.

    Source: Tamhane and Mah 1985.
    """
    lay = found.lay
    columns = csc_array(found.derivative)[:, : lay.column.size]
    power = found.solver.quadratic(csc_array(columns))
    seen = power * found.sd[: lay.column.size] ** 2 > 1e-9
    pull = np.asarray(columns.T @ found.multiplier)
    flat = np.zeros(found.network.value.size)
    flat[lay.column] = np.where(seen, pull / np.sqrt(np.where(seen, power, 1.0)), 0.0)
    return flat.reshape(found.network.value.shape)


def node_scores(found: Reconciled) -> tuple[NodeScore, ...]:
    """The tests of each balance: its own gap against its own doubt, and with all others.

    Source: Reilly and Carpani 1963 (nodal test); Narasimhan and Mah 1987 (GLR).
    """
    network, lay = found.network, found.lay
    spread = csc_array(found.derivative[: lay.rows]).multiply(found.sd[None, :])
    own = np.asarray((spread.multiply(spread)).sum(axis=1)).ravel()
    wide = isinstance(found.solver, Sparse)
    rows = np.arange(lay.rows)
    power = found.solver.blocks(rows[:, None])[:, 0, 0] if wide else np.diag(found.solver.matrix)
    if wide:
        # At size only the balances that look worst are listed.
        worst = found.multiplier[: lay.rows] ** 2 / np.maximum(power, 1e-300)
        rows = np.sort(np.argsort(-worst, kind="stable")[:NODES_SHOWN])
    listed = []
    for row in rows.tolist():
        name = network.nodes[int(lay.place_node[row])]
        part = network.components[int(lay.place_component[row])]
        gap = float(found.residual[row])
        nodal = gap / float(own[row]) ** 0.5 if own[row] > 0 and not lay.free.size else None
        seen = power[row] * own[row] > 1e-9
        loss = float(found.multiplier[row] ** 2 / power[row]) if seen else 0.0
        listed.append(NodeScore(name, part, gap, nodal, loss))
    return tuple(listed)


def part_fits(found: Reconciled) -> tuple[Part, ...]:
    """The fit of each connected part; parts share no equation."""
    network, lay = found.network, found.lay
    if network.matrix is not None:
        return (Part(len(network.edges), found.statistic, found.freedom, network.nodes[0]),)
    label = parts_of(network)
    count = int(label.max(initial=-1)) + 1
    anchor = np.full(len(network.nodes), -1, dtype=np.int64)
    for side in (network.tail, network.head):
        anchor[side[side >= 0]] = label[side >= 0]
    rows = anchor[lay.place_node]
    fits = np.bincount(
        np.maximum(rows, 0), (found.residual * found.multiplier)[: lay.rows], max(count, 1)
    )
    sizes = np.bincount(label[label >= 0], minlength=max(count, 1))
    free = np.bincount(np.maximum(rows, 0), minlength=max(count, 1))
    _, first = np.unique(label[label >= 0], return_index=True)
    at = np.flatnonzero(label >= 0)[first]
    names = np.where(network.tail[at] >= 0, network.tail[at], network.head[at])
    held = sizes > 0
    return tuple(
        Part(int(e), float(f), int(n), network.nodes[i])
        for e, f, n, i in zip(sizes[held], fits[held], free[held], names, strict=True)
    )
