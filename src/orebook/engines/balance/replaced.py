"""How much of its own material a node lost with its metal, once that loss is believed.

A balance that was closed by force pulls the grade of what came in towards the grade of what left.
Once the gap is explained nothing pulls: the grades are those after the explanation is taken out of
the residual (one Gauss-Newton step).
"""

from __future__ import annotations

import numpy as np

from orebook.engines.balance.network import Floats, Ints
from orebook.engines.balance.sparse import Sparse
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Scores, Suspects


def of_own_material(
    found: Reconciled, known: Suspects, scored: Scores, number: int
) -> tuple[float, float, Floats]:
    """The size of a substitution, its standard deviation, and the grades of what came in (k).

    The column is drawn again with those grades; size and doubt follow by least squares.
    """
    node = known.names[number].index
    size, sd = float(scored.size[number]), float(scored.sd[number])
    direction = known.directions[node].copy()
    direction[0] = 0.0
    rows = known.node_rows[node]
    block = _block(found, rows)
    after = grades_after(found, node, direction * size, rows)
    after[0] = 0.0
    power, own = float(after @ block @ after), float(direction @ block @ direction)
    if power <= 0 or own <= 0:
        return size, sd, direction
    return size * float(after @ block @ direction) / power, sd * float(np.sqrt(own / power)), after


def grades_after(found: Reconciled, node: int, amounts: Floats, rows: Ints) -> Floats:
    """What a node handles per unit of mass (k, mass first) once those amounts there are believed.

    What comes in speaks; outputs only where no input is assayed. 0 where nobody measured. Only the
    transfers of the node are asked, so P is needed between it and its neighbours alone.
    """
    network, lay = found.network, found.lay
    many = network.value.shape[1]
    edges = np.flatnonzero((network.head == node) | (network.tail == node))
    pull = _pulled(found, node, edges, amounts, rows)
    flat = np.zeros(network.value.size)
    flat[lay.column] = pull[: lay.column.size] * found.sd[: lay.column.size] ** 2
    change = flat.reshape(network.value.shape)
    grades = np.zeros(many)
    grades[0] = 1.0
    for k in range(1, many):
        for side in (network.head, network.tail):
            own = edges[(side[edges] == node) & network.known[edges, k]]
            mass = np.abs(found.point[own, 0] + change[own, 0])
            if mass.sum() > 0:
                grades[k] = float(mass @ (found.point[own, k] + change[own, k]) / mass.sum())
                break
    return grades


def _pulled(found: Reconciled, node: int, edges: Ints, amounts: Floats, rows: Ints) -> Floats:
    """J'P on the figures of those transfers of a node, of amounts that appear there."""
    network, lay = found.network, found.lay
    amounts = np.where(rows >= 0, amounts, 0.0)
    if not _local(found):
        at = np.zeros(found.residual.size)
        np.add.at(at, rows[rows >= 0], amounts[rows >= 0])
        return np.asarray(found.derivative.T @ found.solver.solve(at))
    ends = np.where(network.head[edges] == node, network.tail[edges], network.head[edges])
    near = np.where(ends[:, None] >= 0, lay.row[np.maximum(ends, 0)], -1)
    asked = np.concatenate([np.broadcast_to(rows, near.shape), near], axis=1)
    moved = found.solver.blocks(asked)[:, :, : rows.size] @ amounts
    inside = asked >= 0
    touched, first = np.unique(asked[inside], return_index=True)
    return np.asarray(found.derivative[touched].T @ moved[inside][first])


def _block(found: Reconciled, rows: Ints) -> Floats:
    """P on the rows of one node; absent rows are 0."""
    if _local(found):
        return np.asarray(found.solver.blocks(rows[None, :])[0])
    unit = np.zeros((found.residual.size, rows.size))
    live = np.flatnonzero(rows >= 0)
    unit[rows[live], live] = 1.0
    return np.asarray(unit.T @ found.solver.solve(unit))


def _local(found: Reconciled) -> bool:
    """Whether P is held between neighbours, and nothing but balances stands in it."""
    estimated = isinstance(found.solver, Sparse) and not found.solver.is_exact
    return not estimated and found.derivative.shape[0] == found.lay.rows
