"""Where the rounds begin: the readings, and for what nobody weighed, what the rest implies."""

from __future__ import annotations

import numpy as np
from scipy.optimize import lsq_linear

from orebook.engines.balance.classify import contract
from orebook.engines.balance.linearise import layout
from orebook.engines.balance.network import Floats, Network, ends
from orebook.engines.balance.states import Layout


def start(network: Network, lay: Layout) -> Floats:
    """The readings (E × k), unknown grades at the grade around them, unknown masses solved for."""
    point = np.where(network.known, network.value, 0.0)
    if network.matrix is not None:
        return point
    for k in range(1, len(network.components)):
        known = network.known[:, k]
        if known.any() and not known.all():
            point[~known, k] = float(np.median(point[known, k]))
    if lay.free.size:
        many = len(network.components)
        point[lay.free // many, 0] = _masses(network, lay, point)
    return point


def carried(network: Network, edges: tuple[str, ...], point: Floats) -> Floats:
    """Where to begin (E × k) after other transfers than these were balanced to that point.

    Transfers of the same name begin where they ended; new ones as without a past.
    """
    lay = layout(network, contract(network))
    begun = start(network, lay)
    place = {name: i for i, name in enumerate(edges)}
    old = np.array([place.get(name, -1) for name in network.edges], dtype=np.int64)
    stays = old >= 0
    begun[stays] = point[old[stays]]
    return begun


def _masses(network: Network, lay: Layout, point: Floats) -> Floats:
    """Masses nobody weighed, at least squares of all balances with grades as read, above zero."""
    many = len(network.components)
    size = len(network.nodes)
    edges = lay.free // many
    known = network.known[:, 0]
    scale = float(np.max(point[known, 0], initial=0.0)) or 1.0
    matrix = np.zeros((size * many, edges.size))
    right = np.zeros(size * many)
    for k in range(many):
        usual = float(np.median(point[:, k])) if k else 1.0
        for side, sign in zip(ends(network, k), (-1.0, 1.0), strict=True):
            factor = (point[:, k] if k else np.ones(len(network.edges))) / (usual or 1.0)
            inner = side < size
            for number, edge in enumerate(edges):
                if inner[edge]:
                    matrix[side[edge] * many + k, number] += sign * factor[edge]
            weighed = known & inner
            np.add.at(right, side[weighed] * many + k, -sign * factor[weighed] * point[weighed, 0])
    found = lsq_linear(matrix, right / scale, bounds=(1e-6, np.inf))
    return np.asarray(found.x) * scale
