"""The balance equations and their derivative around a point, in the space of the figures read.

Figure j is a mass (unit of mass) or a grade (mass fraction), numbered edge × k + component; slacks
follow. Row i is the balance of one component over one node or merged node: inputs minus outputs.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, vstack

from orebook.engines.balance.network import Floats, Ints, Network, ends
from orebook.engines.balance.states import Contraction, Layout


def layout(network: Network, contraction: Contraction) -> Layout:
    """Rows that remain after contraction, and the columns of what was measured."""
    many = len(network.components)
    offsets = np.concatenate([[0], np.cumsum(contraction.counts)])[:-1]
    row = np.where(contraction.group >= 0, contraction.group + offsets, -1).astype(np.int64)
    rows = int(sum(contraction.counts))
    measured = network.known & (network.sd > 0)
    column = np.flatnonzero(measured.ravel())
    free = np.flatnonzero(contraction.free) * many
    nodes, parts = np.nonzero(row >= 0)
    place_node = np.zeros(rows, dtype=np.int64)
    place_component = np.zeros(rows, dtype=np.int64)
    # The first node of a merged group names its row.
    place_node[row[nodes, parts][::-1]] = nodes[::-1]
    place_component[row[nodes, parts][::-1]] = parts[::-1]
    splits = _splits(network) if network.heterogeneity is not None else ()
    return Layout(row, rows, column, free, place_node, place_component, splits)


def _splits(network: Network) -> tuple[tuple[int, int, int], ...]:
    """Pairs of measured grades of one lot's parts: edge, edge, component."""
    parts: dict[int, list[int]] = {}
    for edge, node in enumerate(network.tail.tolist()):
        if node >= 0 and network.nodes[node].startswith("lot"):
            parts.setdefault(node, []).append(edge)
    found = []
    for edges in parts.values():
        for first, second in pairwise(edges):
            both = network.known[first, 1:] & network.known[second, 1:]
            found += [(first, second, int(k) + 1) for k in np.flatnonzero(both)]
    return tuple(found)


def residual(network: Network, lay: Layout, point: Floats) -> Floats:
    """Inputs minus outputs of every balance at that point (E × k: masses and grades)."""
    if network.matrix is not None:
        return np.asarray(network.matrix @ point[:, 0], dtype=np.float64)
    amount = point.copy()
    amount[:, 1:] *= point[:, :1]
    found = np.zeros(lay.rows + 1)
    for k in range(len(network.components)):
        for side, sign in zip(ends(network, k), (-1.0, 1.0), strict=True):
            rows = rows_at(lay, side, k)
            found += np.bincount(rows, weights=sign * amount[:, k], minlength=lay.rows + 1)
    return found[: lay.rows]


def rows_at(lay: Layout, side: Ints, k: int) -> Ints:
    """The row at that end of each edge; `rows` (one past the last) where there is none."""
    size = lay.row.shape[0]
    inside = side < size
    rows = np.full(side.size, lay.rows, dtype=np.int64)
    rows[inside] = lay.row[side[inside], k]
    rows[rows < 0] = lay.rows
    return rows


def jacobian(network: Network, lay: Layout, point: Floats) -> csr_array:
    """The derivative of `residual`: rows × (E·k), sparse."""
    if network.matrix is not None:
        return csr_array(network.matrix)
    many = len(network.components)
    count = len(network.edges)
    edge = np.arange(count)
    rows, cols, values = [], [], []
    for k in range(many):
        for side, sign in zip(ends(network, k), (-1.0, 1.0), strict=True):
            at = rows_at(lay, side, k)
            rows.append(at)
            cols.append(edge * many)
            values.append(sign * (point[:, k] if k else np.ones(count)))
            if k:
                rows.append(at)
                cols.append(edge * many + k)
                values.append(sign * point[:, 0])
    at, where = np.concatenate(rows), np.concatenate(cols)
    numbers = np.concatenate(values)
    keep = at < lay.rows
    found = csr_array((numbers[keep], (at[keep], where[keep])), shape=(lay.rows, count * many))
    found.sum_duplicates()
    found.eliminate_zeros()
    return found


def node_grades(network: Network, point: Floats) -> Floats:
    """The direction (1, grades) of what goes through each node: N × k, by mass of its edges.

    What comes in says what was there; outputs speak only where no input is assayed. A grade that
    nobody measured at the node is 0 and says nothing.
    """
    size, many = len(network.nodes), len(network.components)
    found = np.zeros((size + 1, many))
    mass = np.abs(point[:, 0])
    for k in range(1, many):
        amount, weight = np.zeros(size + 1), np.zeros(size + 1)
        for side in (network.head, network.tail):
            told = np.where(network.known[:, k], mass, 0.0)
            where = np.where(side >= 0, side, size)
            if side is network.tail:
                told = np.where(weight[where] > 0, 0.0, told)
            amount += np.bincount(where, told * point[:, k], size + 1)
            weight = weight + np.bincount(where, told, size + 1)
        found[:, k] = amount / np.where(weight > 0, weight, 1.0)
    found[:, 0] = 1.0
    return np.asarray(found[:size])


def node_columns(lay: Layout, direction: Floats) -> csc_array:
    """One column per node: one unit of mass appearing there with that direction (N × k)."""
    nodes, parts = np.nonzero(lay.row >= 0)
    data = direction[nodes, parts]
    keep = data != 0
    shape = (lay.rows, lay.row.shape[0])
    rows = lay.row[nodes, parts]
    return csc_array((data[keep], (rows[keep], nodes[keep])), shape=shape)


def with_extras(
    network: Network, lay: Layout, point: Floats, derivative: csr_array
) -> tuple[csr_array, Floats, Floats, Floats]:
    """The derivative on measured figures, slacks and splits; their sd; and what the extras add.

    Gives: matrix rows × p, sd (p), the residual that the means of the slacks add (rows), and the
    current values of split equations (one per split).
    """
    inner = derivative[:, lay.column]
    sd = network.sd.ravel()[lay.column]
    added = np.zeros(lay.rows)
    if network.slacks:
        directions = node_grades(network, point)
        unit = node_columns(lay, directions)
        nodes = [s.node for s in network.slacks]
        signs = np.array([s.sign for s in network.slacks])
        extra = csr_array(unit[:, nodes] * signs[None, :])
        inner = hstack([inner, extra], format="csr")
        sd = np.concatenate([sd, [s.sd for s in network.slacks]])
        added = np.asarray(extra @ np.array([s.mean for s in network.slacks]))
    splits = np.zeros(0)
    if lay.splits:
        inner, sd, splits = _with_splits(network, lay, point, inner, sd)
    return csr_array(inner), sd, added, splits


def _with_splits(
    network: Network, lay: Layout, point: Floats, inner: csr_array, sd: Floats
) -> tuple[csr_array, Floats, Floats]:
    many = len(network.components)
    position = {int(c): i for i, c in enumerate(lay.column)}
    wide = inner.shape[1]
    rows, cols, values, slack, current = [], [], [], [], []
    for number, (first, second, k) in enumerate(lay.splits):
        scale = max(abs(point[first, k]), abs(point[second, k]), 1e-12)
        for edge, sign in ((first, 1.0), (second, -1.0)):
            at = position.get(edge * many + k)
            if at is not None:
                rows.append(number)
                cols.append(at)
                values.append(sign / scale)
        rows.append(number)
        cols.append(wide + number)
        values.append(1.0)
        slack.append(float(network.heterogeneity or 0.0))
        current.append((point[first, k] - point[second, k]) / scale)
    below = csr_array((values, (rows, cols)), shape=(len(lay.splits), wide + len(slack)))
    above = hstack([inner, csr_array((lay.rows, len(slack)))], format="csr")
    return (
        csr_array(vstack([above, below], format="csr")),
        np.concatenate([sd, slack]),
        np.array(current),
    )
