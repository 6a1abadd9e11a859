"""Every suspicion is a column: how the balance residuals would look if it were true, per unit.

A reading off by one unit; a scale, laboratory, party or corridor off by one relative unit; a mass
that left a node unrecorded, with its metal, without it, or the metal alone; two lots exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.sparse import csc_array, hstack

from orebook.engines.balance.linearise import node_columns, node_grades
from orebook.engines.balance.network import Floats
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Suspect, Suspects

READING = "reading"
ASSAY = "assay"
SCALE = "scale"
LABORATORY = "laboratory"
PARTY = "party"
CORRIDOR = "corridor"
LOSS = "loss"
INJECTION = "injection"
SUBSTITUTION = "substitution"
MOISTURE = "moisture"
FOREIGN = "foreign"
SWAP = "swapped"
FAMILIES = (READING, ASSAY, SCALE, LABORATORY, PARTY, CORRIDOR, LOSS, MOISTURE, SUBSTITUTION)
_OF_MASS = {SCALE, PARTY, CORRIDOR, "sampler"}


def suspects(found: Reconciled, families: Sequence[str] = FAMILIES) -> Suspects:
    """Every suspicion of those families that this network can carry."""
    columns: list[csc_array] = []
    names: list[Suspect] = []
    doubt: list[Floats] = []
    directions = node_grades(found.network, found.point)
    for part, known, sizes in (
        _readings(found, families),
        *(_sources(found, source) for source in _named(found, families)),
        *(_nodes(found, kind, directions) for kind in (LOSS, MOISTURE, SUBSTITUTION)
          if kind in families),
    ):  # fmt: skip
        if known:
            columns.append(part)
            names.extend(known)
            doubt.append(sizes)
    rows = found.derivative.shape[0]
    joined = hstack(columns, format="csc") if columns else csc_array((rows, 0))
    return Suspects(
        csc_array(joined), tuple(names), found.lay.row, directions,
        np.concatenate(doubt) if doubt else np.zeros(0),
    )  # fmt: skip


def _readings(
    found: Reconciled, families: Sequence[str]
) -> tuple[csc_array, list[Suspect], Floats]:
    network, lay = found.network, found.lay
    many = len(network.components)
    keep = [
        i
        for i, figure in enumerate(lay.column.tolist())
        if (ASSAY if figure % many else READING) in families
    ]
    part = csc_array(csc_array(found.derivative)[:, keep])
    names = []
    for i in keep:
        figure = int(lay.column[i])
        edge, k = divmod(figure, many)
        kind, unit = (ASSAY, "fraction") if k else (READING, network.unit)
        names.append(Suspect(kind, network.edges[edge], network.components[k], unit, figure))
    return part, names, found.sd[keep]


def _named(found: Reconciled, families: Sequence[str]) -> list[str]:
    return [s for s in found.network.groups if s in families or s == "sampler"]


def _sources(found: Reconciled, source: str) -> tuple[csc_array, list[Suspect], Floats]:
    """One column per scale, party or corridor on masses; per laboratory and element on grades."""
    network, lay = found.network, found.lay
    many = len(network.components)
    edge, part = lay.column // many, lay.column % many
    names = np.array(network.groups[source], dtype=object)
    value = found.point.ravel()[lay.column]
    columns: list[Floats] = []
    known: list[Suspect] = []
    derivative = csc_array(found.derivative)[:, : lay.column.size]
    for name in sorted({n for n in names.tolist() if n}):
        for k in (0,) if source in _OF_MASS else range(1, many):
            takes = (names[edge] == name) & (part == k)
            if takes.sum() < 2:
                continue
            weight = np.where(takes, value, 0.0)
            columns.append(np.asarray(derivative @ weight))
            label = network.components[k]
            known.append(Suspect(source, name, label, "relative", k, int(takes.sum())))
    if not columns:
        return csc_array((found.derivative.shape[0], 0)), [], np.zeros(0)
    matrix = csc_array(np.array(columns).T)
    return matrix, known, np.full(len(known), 0.01)


def _nodes(
    found: Reconciled, kind: str, directions: Floats
) -> tuple[csc_array, list[Suspect], Floats]:
    """Mass that left each node: with its metal (loss), alone (moisture), or the metal alone."""
    network, lay = found.network, found.lay
    many = len(network.components)
    none = csc_array((found.derivative.shape[0], 0))
    if network.matrix is not None or (many == 1 and kind != LOSS):
        return none, [], np.zeros(0)
    direction = directions.copy()
    if kind == MOISTURE:
        direction[:, 1:] = 0.0
    if kind == SUBSTITUTION:
        direction[:, 0] = 0.0
    part = node_columns(lay, direction)
    # Nodes merged into one balance say the same; the first stands for them.
    nodes = np.flatnonzero(np.diff(part.indptr))
    first: dict[tuple[int, ...], int] = {}
    for node in nodes.tolist():
        key = tuple(lay.row[node].tolist())
        first.setdefault(key, node)
    nodes = np.array(sorted(first.values()), dtype=np.int64)
    if not nodes.size:
        return none, [], np.zeros(0)
    part = csc_array(part[:, nodes])
    extra = found.derivative.shape[0] - part.shape[0]
    if extra:
        part.resize((found.derivative.shape[0], part.shape[1]))
    names = [Suspect(kind, network.nodes[n], "", network.unit, n) for n in nodes.tolist()]
    return part, names, np.ones(len(names))


def exchanged(found: Reconciled, edges: Sequence[int]) -> tuple[csc_array, list[Suspect]]:
    """One column per pair of those transfers, as if their papers had been exchanged."""
    network, lay = found.network, found.lay
    many = len(network.components)
    where = {int(c): i for i, c in enumerate(lay.column)}
    derivative = csc_array(found.derivative)
    columns, names = [], []
    for first, second in combinations(sorted(edges), 2):
        if not (network.known[first].all() and network.known[second].all()):
            continue
        weight = np.zeros(derivative.shape[1])
        for k in range(many):
            change = network.value[first, k] - network.value[second, k]
            for edge, sign in ((first, 1.0), (second, -1.0)):
                at = where.get(edge * many + k)
                if at is not None:
                    weight[at] = sign * change
        columns.append(np.asarray(derivative @ weight))
        place = f"{network.edges[first]} and {network.edges[second]}"
        names.append(Suspect(SWAP, place, "", "exchange", first))
    if not columns:
        return csc_array((derivative.shape[0], 0)), []
    return csc_array(np.array(columns).T), names
