"""The facts whose absence widens an answer, ranked by how much each would narrow it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.engines.origin.assemble import Assembled
from orebook.engines.origin.bounds import Soft
from orebook.engines.origin.labels import Solved
from orebook.engines.origin.network import INFINITE, Floats
from orebook.engines.origin.sweep import backward


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that is not there: what it is, about which lot, and how far it leaves a share open.

    `narrows` is the most by which the width of a share of the lot could shrink if it were known.
    """

    what: str
    lot: str
    narrows: float


def gaps(assembled: Assembled, solved: Solved, node: int) -> tuple[Gap, ...]:
    """What would narrow the shares of one node, the widest first."""
    index, shares = solved.index, solved.shares
    row = int(index.row_of[node])
    weight = possible(solved, row)
    first = np.bincount(solved.network.dst, minlength=solved.network.nodes) == 0
    found: dict[tuple[str, str], float] = {}
    for at in np.flatnonzero(first).tolist():
        own = int(index.row_of[at])
        if weight[own] > 0 and shares.unknown[own] > 0:
            found[_source(assembled, solved, at)] = float(weight[own])
    owner = {int(index.row_of[n]): n for n in np.flatnonzero(solved.network.soft).tolist()}
    for own, soft in solved.soft.items():
        opens = float(weight[own]) * _opens(solved, own, soft) if weight[own] > 0 else 0.0
        if opens > 0:
            lot = assembled.nodes[owner[own]].lot
            found[f"the masses that went into {lot}", lot] = opens
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Gap(what, lot, min(narrows, 1.0)) for (what, lot), narrows in ranked)


def _source(assembled: Assembled, solved: Solved, at: int) -> tuple[str, str]:
    node = assembled.nodes[at]
    if node.unknown:
        return f"the origin of {node.why}", node.lot
    question = solved.question
    where = f" at stage {question.stage}" if question.stage else ""
    return f"the {question.attribute} of {node.lot}{where}", node.lot


def _opens(solved: Solved, row: int, soft: Soft) -> float:
    """How much wider a row is than the widest of its inputs: what its masses alone leave open."""
    shares = solved.shares
    width = shares.high[row] - shares.low[row]
    inputs = list(soft.inputs)
    inner = (shares.high[inputs] - shares.low[inputs]).max(axis=0)
    return max(float((width - inner).max(initial=0.0)), 0.0)


def possible(solved: Solved, row: int) -> Floats:
    """Per row the most of the given row that can have come through it."""
    index = solved.index
    if not solved.soft:
        return backward(index, row)
    most = [0.0] * (row + 1)
    most[row] = 1.0
    indptr, indices, weights = index.indptr, index.indices, index.weights
    for at in range(row, index.sources - 1, -1):
        if most[at] == 0:
            continue
        soft = solved.soft.get(at)
        if soft is None:
            ends = slice(int(indptr[at]), int(indptr[at + 1]))
            for source, weight in zip(indices[ends].tolist(), weights[ends].tolist(), strict=True):
                most[source] += most[at] * weight
            continue
        least = sum(soft.low_kg)
        for source, low, high in zip(soft.inputs, soft.low_kg, soft.high_kg, strict=True):
            others = least - low
            part = 1.0 if high == INFINITE else high / (high + others) if high > 0 else 0.0
            most[source] += most[at] * part
    found = np.zeros(index.rows)
    found[: row + 1] = most
    return np.minimum(found, 1.0)
