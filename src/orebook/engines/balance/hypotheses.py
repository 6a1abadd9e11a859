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
from orebook.engines.balance.network import MOISTURE_TEST, SOURCES, Floats, gathered
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Group, Roll, Suspect, Suspects

READING = "reading"
ASSAY = "assay"
SCALE = "scale"
LABORATORY = "laboratory"
PARTY = "party"
CANCELS = 1e-9
CORRIDOR = "corridor"
LOSS = "loss"
INJECTION = "injection"
SUBSTITUTION = "substitution"
MOISTURE = "moisture"
FOREIGN = "foreign"
SWAP = "swapped"
FAMILIES = (
    READING, ASSAY, SCALE, LABORATORY, MOISTURE_TEST, PARTY, CORRIDOR, LOSS, MOISTURE, SUBSTITUTION,
)  # fmt: skip
_OF_MASS = {SCALE, PARTY, CORRIDOR, MOISTURE_TEST, "sampler"}


def suspects(found: Reconciled, families: Sequence[str] = FAMILIES) -> Suspects:
    """Every suspicion of those families that this network can carry."""
    directions = node_grades(found.network, found.point)
    parts = [
        _readings(found, families),
        *(_sources(found, source) for source in _named(found, families)),
        *(_nodes(found, kind, directions) for kind in (LOSS, MOISTURE, SUBSTITUTION)
          if kind in families),
    ]  # fmt: skip
    parts = [p for p in parts if p[1].index.size]
    rows = found.derivative.shape[0]
    joined = hstack([p[0] for p in parts], format="csc") if parts else csc_array((rows, 0))
    doubt = np.concatenate([p[2] for p in parts]) if parts else np.zeros(0)
    roll = Roll(p[1] for p in parts)
    return Suspects(csc_array(joined), roll, found.lay.row, directions, doubt)


def _readings(found: Reconciled, families: Sequence[str]) -> tuple[csc_array, Group, Floats]:
    network, lay = found.network, found.lay
    many = len(network.components)
    graded = lay.column % many > 0
    keep = np.flatnonzero(np.where(graded, ASSAY in families, READING in families))
    derivative = csc_array(found.derivative)
    figures = lay.column[keep]

    def named(place: int) -> Suspect:
        figure = int(figures[place])
        edge, k = divmod(figure, many)
        kind, unit = (ASSAY, "fraction") if k else (READING, network.unit)
        return Suspect(kind, network.edges[edge], network.components[k], unit, figure)

    group = Group(figures, np.ones(keep.size, dtype=bool), False, named)
    return csc_array(derivative[:, keep]), group, found.sd[keep]


def _named(found: Reconciled, families: Sequence[str]) -> list[str]:
    return [s for s in SOURCES if s in found.network.groups and (s in families or s == "sampler")]


def _sources(found: Reconciled, source: str) -> tuple[csc_array, Group, Floats]:
    """One column per scale, party or corridor on masses; per laboratory and element on grades."""
    network, lay = found.network, found.lay
    many = len(network.components)
    edge, part = lay.column // many, lay.column % many
    words, code = np.unique(np.array(network.groups[source], dtype=str), return_inverse=True)
    value = found.point.ravel()[lay.column]
    columns: list[csc_array] = []
    known: list[Suspect] = []
    derivative = csc_array(found.derivative)[:, : lay.column.size]
    whose = gathered(code[edge], words.size)
    for name, own in zip(words.tolist(), whose, strict=True):
        if name in network.unsuspected:
            continue
        for k in (0,) if source in _OF_MASS else range(1, many):
            takes = own[part[own] == k] if name else own[:0]
            if takes.size < 2:
                continue
            column = derivative[:, takes] @ value[takes]
            parts = abs(derivative[:, takes]) @ np.abs(value[takes])
            if np.abs(column).sum() <= CANCELS * parts.sum():
                continue  # what comes in is off by as much as what goes out: no trace at all
            columns.append(csc_array(column[:, None]))
            label = network.components[k]
            known.append(Suspect(source, name, label, "relative", k, int(takes.size)))
    rows = found.derivative.shape[0]
    matrix = hstack(columns, format="csc") if columns else csc_array((rows, 0))
    index = np.array([s.index for s in known], dtype=np.int64)
    group = Group(index, np.zeros(index.size, dtype=bool), False, known.__getitem__)
    return csc_array(matrix), group, np.full(len(known), 0.01)


def _nodes(found: Reconciled, kind: str, directions: Floats) -> tuple[csc_array, Group, Floats]:
    """Mass that left each node: with its metal (loss), alone (moisture), or the metal alone."""
    network, lay = found.network, found.lay
    many = len(network.components)
    direction = directions.copy()
    if kind == MOISTURE:
        direction[:, 1:] = 0.0
    if kind == SUBSTITUTION:
        direction[:, 0] = 0.0
    nodes = np.zeros(0, dtype=np.int64)
    part = csc_array((found.derivative.shape[0], 0))
    if network.matrix is None and (many > 1 or kind == LOSS):
        part = node_columns(lay, direction)
        # Nodes merged into one balance say the same; the first stands for them.
        asked = np.flatnonzero(np.diff(part.indptr))
        _, first = np.unique(lay.row[asked], axis=0, return_index=True)
        nodes = np.sort(asked[first])
        part = csc_array(part[:, nodes])
        part.resize((found.derivative.shape[0], part.shape[1]))

    def named(place: int) -> Suspect:
        node = int(nodes[place])
        return Suspect(kind, network.nodes[node], "", network.unit, node)

    group = Group(nodes, np.zeros(nodes.size, dtype=bool), kind == LOSS, named, is_place=True)
    return part, group, np.ones(nodes.size)


def exchanged(found: Reconciled, edges: Sequence[int]) -> tuple[csc_array, list[Suspect]]:
    """One column per pair of those transfers, as if their papers had been exchanged."""
    network, lay = found.network, found.lay
    many = len(network.components)
    where = np.full(network.value.size, -1, dtype=np.int64)
    where[lay.column] = np.arange(lay.column.size)
    derivative = csc_array(found.derivative)
    columns, names = [], []
    for first, second in combinations(sorted(edges), 2):
        if not (network.known[first].all() and network.known[second].all()):
            continue
        weight = np.zeros(derivative.shape[1])
        for k in range(many):
            change = network.value[first, k] - network.value[second, k]
            for edge, sign in ((first, 1.0), (second, -1.0)):
                at = int(where[edge * many + k])
                if at >= 0:
                    weight[at] = sign * change
        columns.append(csc_array(np.asarray(derivative @ weight)[:, None]))
        place = f"{network.edges[first]} and {network.edges[second]}"
        names.append(Suspect(SWAP, place, "", "exchange", first))
    if not columns:
        return csc_array((derivative.shape[0], 0)), []
    return csc_array(hstack(columns, format="csc")), names
