"""Least, recorded and most share of each group in every row, in one pass up the levels.

Where every mass is recorded the least is the recorded share and the most adds the unknown; where a
mass is known within bounds only, its row takes the extreme mixes and everything above it follows.
These are outer bounds: two rows that share a doubtful mass may each take another end of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.mix import least, most, part_of_two
from orebook.engines.origin.network import Floats, Ints, Network
from orebook.engines.origin.sweep import forward

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Soft:
    """The inputs of one soft row: rows, bounds, recorded masses where all of them are told."""

    inputs: tuple[int, ...]
    low_kg: tuple[float, ...]
    high_kg: tuple[float, ...]
    told_kg: tuple[float, ...] | None
    tie: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Shares:
    """Per row and group the least, recorded and most share, and per row what is unknown.

    The recorded shares and `unknown` sum to one. Where a mix was not recorded, the recorded share
    of a group is what is certain of it, and the rest is unknown. `named` is the most that can have
    come from sources named as the group's: `high` without what only the unknown could be.
    """

    low: Floats
    value: Floats
    high: Floats
    named: Floats
    unknown: Floats


def softs(network: Network, index: Index) -> dict[int, Soft]:
    """The soft rows of an index, with what is known of their inputs."""
    if not len(index.soft) or network.low_kg is None or network.high_kg is None:
        return {}
    nodes = np.flatnonzero(network.soft)
    row_of_soft = {int(node): int(index.row_of[node]) for node in nodes}
    edges = np.flatnonzero(np.isin(network.dst, nodes))
    by_node: dict[int, list[int]] = {}
    for edge in edges.tolist():
        by_node.setdefault(int(network.dst[edge]), []).append(edge)
    found = {}
    for node, mine in by_node.items():
        at = np.array(mine)
        told = network.told is None or bool(network.told[at].all())
        found[row_of_soft[node]] = Soft(
            tuple(index.row_of[network.src[at]].tolist()),
            tuple(network.low_kg[at].tolist()),
            tuple(network.high_kg[at].tolist()),
            tuple(network.mass_kg[at].tolist()) if told else None,
            network.ties.get(node),
        )
    return found


def shares(
    index: Index,
    soft: dict[int, Soft],
    group_of_source: Ints,
    groups: int,
    run: Callable[[Index, Floats], Floats] = forward,
) -> Shares:
    """The shares of `groups` groups in every row.

    Takes: `group_of_source`, per source row its group, or UNKNOWN for what nobody knows; `run`, the
    forward sweep of another engine, for books whose masses are all recorded.
    """
    start = np.zeros((index.sources, groups + 1))
    known = np.where(group_of_source < 0, groups, group_of_source)
    start[np.arange(index.sources), known] = 1.0
    if not soft:
        x = run(index, start)
        value, unknown = x[:, :groups], x[:, groups]
        return Shares(value, value, np.minimum(value + unknown[:, None], 1.0), value, unknown)
    return _climb(index, soft, start[:, :groups], start[:, groups])


def _climb(index: Index, soft: dict[int, Soft], known: Floats, unknown: Floats) -> Shares:
    """Level by level: products for rows whose masses are recorded, extremes for the others."""
    rows, groups = index.rows, known.shape[1]
    low, value, high, named = (np.zeros((rows, groups)) for _ in range(4))
    end = index.sources
    low[:end] = value[:end] = named[:end] = known
    high[:end] = np.minimum(known + unknown[:, None], 1.0)
    from orebook.engines.origin.sweep import levels_of

    by_level: dict[int, list[int]] = {}
    for row in sorted(soft):
        by_level.setdefault(int(np.searchsorted(index.cuts, row, side="right")), []).append(row)
    for number, (first, last, block) in enumerate(levels_of(index), start=2):
        for table in (low, value, high, named):
            table[first:last] = block @ table[:first]
        for row in by_level.get(number, ()):
            _set(row, soft[row], low, value, high, named)
    np.clip(high, 0.0, 1.0, out=high)
    left = 1.0 - value.sum(axis=1)
    return Shares(low, value, high, named, np.where(left < 0, 0.0, left))


def _set(row: int, soft: Soft, low: Floats, value: Floats, high: Floats, named: Floats) -> None:
    inputs = list(soft.inputs)
    if soft.told_kg is not None and sum(soft.told_kg) > 0:
        kg = np.array(soft.told_kg)
        value[row] = (kg / kg.sum()) @ value[inputs]
    if not any(m > 0 for m in soft.high_kg):
        low[row], value[row], high[row], named[row] = 0.0, 0.0, 1.0, 0.0
        return
    two = part_of_two(soft.low_kg, soft.high_kg, soft.tie) if len(inputs) == 2 else None
    if two is not None:
        for table, pick in ((low, np.minimum), (high, np.maximum), (named, np.maximum)):
            ends = [f * table[inputs[0]] + (1.0 - f) * table[inputs[1]] for f in two]
            table[row] = pick(*ends)
        if soft.told_kg is None:
            value[row] = np.minimum(
                *(f * value[inputs[0]] + (1.0 - f) * value[inputs[1]] for f in two)
            )
        return
    for g in range(low.shape[1]):
        bounds = (soft.low_kg, soft.high_kg, soft.tie)
        low[row, g] = least(low[inputs, g].tolist(), *bounds)
        high[row, g] = most(high[inputs, g].tolist(), *bounds)
        named[row, g] = most(named[inputs, g].tolist(), *bounds)
        if soft.told_kg is None:
            value[row, g] = least(value[inputs, g].tolist(), *bounds)
