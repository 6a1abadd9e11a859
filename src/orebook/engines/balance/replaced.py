"""How much of its own material a node lost with its metal, once that loss is believed."""

from __future__ import annotations

import numpy as np

from orebook.engines.balance.linearise import node_grades
from orebook.engines.balance.network import Floats, Ints
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Scores, Suspects


def of_own_material(
    found: Reconciled, known: Suspects, scored: Scores, number: int
) -> tuple[float, float, Floats]:
    """The size of a substitution, its standard deviation, and the grades of what came in (k).

    A balance that was closed by force pulls the grade of what came in towards the grade of what
    left. Once the gap is explained nothing pulls: the grades are those after the explanation is
    taken out of the residual, and the column is drawn again with them (one Gauss-Newton step).
    """
    node = known.names[number].index
    size, sd = float(scored.size[number]), float(scored.sd[number])
    direction = known.directions[node].copy()
    direction[0] = 0.0
    rows = known.node_rows[node]
    first = column(rows, direction, found.residual.size)
    moved = found.solver.solve(first)
    width = found.lay.column.size
    change = (found.derivative.T @ moved)[:width] * found.sd[:width] ** 2 * size
    point = found.point.copy()
    point.ravel()[found.lay.column] += change
    after: Floats = node_grades(found.network, point)[node]
    after[0] = 0.0
    second = column(rows, after, found.residual.size)
    power, own = float(second @ found.solver.solve(second)), float(first @ moved)
    if power <= 0 or own <= 0:
        return size, sd, direction
    return size * float(second @ moved) / power, sd * float(np.sqrt(own / power)), after


def column(rows: Ints, direction: Floats, size: int) -> Floats:
    """The balance residuals of one unit appearing at those rows with that direction."""
    made = np.zeros(size)
    inside = rows >= 0
    np.add.at(made, rows[inside], direction[inside])
    return made
