"""How much of its own material a node lost with its metal, once that loss is believed.

A balance that was closed by force pulls the grade of what came in towards the grade of what left.
Once the gap is explained nothing pulls: the grades are those after the explanation is taken out of
the residual (one Gauss-Newton step).
"""

from __future__ import annotations

import numpy as np

from orebook.engines.balance.network import Floats, Ints
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
    first = column(rows, direction, found.residual.size)
    moved = found.solver.solve(first)
    after = grades_after(found, node, moved * size)
    after[0] = 0.0
    second = column(rows, after, found.residual.size)
    power, own = float(second @ found.solver.solve(second)), float(first @ moved)
    if power <= 0 or own <= 0:
        return size, sd, direction
    return size * float(second @ moved) / power, sd * float(np.sqrt(own / power)), after


def grades_after(found: Reconciled, node: int, moved: Floats) -> Floats:
    """What a node handles per unit of mass (k, mass first) once P·(what explains it) is `moved`.

    What comes in speaks; outputs only where no input is assayed. 0 where nobody measured.
    """
    network = found.network
    width = found.lay.column.size
    change = (found.derivative.T @ moved)[:width] * found.sd[:width] ** 2
    point = found.point.copy()
    point.ravel()[found.lay.column] += change
    many = point.shape[1]
    grades = np.zeros(many)
    grades[0] = 1.0
    for k in range(1, many):
        for side in (network.head, network.tail):
            edges = np.flatnonzero((side == node) & network.known[:, k])
            mass = np.abs(point[edges, 0])
            if mass.sum() > 0:
                grades[k] = float(mass @ point[edges, k] / mass.sum())
                break
    return grades


def column(rows: Ints, amounts: Floats, size: int) -> Floats:
    """The balance residuals of those amounts appearing at those rows."""
    made = np.zeros(size)
    inside = rows >= 0
    np.add.at(made, rows[inside], amounts[inside])
    return made
