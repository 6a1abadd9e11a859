"""Least, recorded and most share of each group in every row, in one pass up the levels.

Where every mass is recorded the least is the recorded share and the most adds the unknown; where a
mass is known within bounds only, its row takes the extreme mixes and everything above it follows.
These are outer bounds: two rows that share a doubtful mass may each take another end of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from orebook.engines.origin.index import Index
from orebook.engines.origin.mix import least
from orebook.engines.origin.network import INFINITE, Bools, Floats, Ints, Network
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
    soft = network.soft
    at = np.flatnonzero(soft[network.dst])
    at = at[np.argsort(network.dst[at], kind="stable")]
    told = np.ones(len(at), dtype=np.bool_) if network.told is None else network.told[at]
    columns = (
        network.dst[at].tolist(),
        index.row_of[network.src[at]].tolist(),
        network.low_kg[at].tolist(),
        network.high_kg[at].tolist(),
        network.mass_kg[at].tolist(),
        told.tolist(),
    )
    found = {}
    for node, edges in groupby(zip(*columns, strict=True), key=lambda edge: edge[0]):
        _, inputs, low, high, mass, known = zip(*edges, strict=True)
        ties = network.ties.get(node)
        soft_row = Soft(inputs, low, high, mass if all(known) else None, ties)
        found[int(index.row_of[node])] = soft_row
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
    from orebook.engines.origin.sweep import levels_of

    rows, groups = index.rows, known.shape[1]
    low, value, high, named = (np.zeros((rows, groups)) for _ in range(4))
    end = index.sources
    low[:end] = value[:end] = named[:end] = known
    high[:end] = np.minimum(known + unknown[:, None], 1.0)
    batches = _batches(index, soft)
    for number, (first, last, block) in enumerate(levels_of(index), start=2):
        for table in (low, value, high, named):
            table[first:last] = block @ table[:first]
        for batch in batches.get(number, ()):
            _set(batch, low, value, high, named)
    np.clip(high, 0.0, 1.0, out=high)
    left = 1.0 - value.sum(axis=1)
    return Shares(low, value, high, named, np.where(left < 0, 0.0, left))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Soft rows of one level with equally many inputs: rows, and rows × inputs."""

    rows: Ints
    inputs: Ints
    low_kg: Floats
    high_kg: Floats
    part: Floats  # the recorded mix; zeros where none is recorded
    told: Bools
    floor_kg: Floats
    roof_kg: Floats
    nothing: Bools  # no input can have brought anything: nothing is known of such a row


def _batches(index: Index, soft: dict[int, Soft]) -> dict[int, list[_Batch]]:
    """The soft rows by level."""
    alike: dict[tuple[int, int], list[int]] = {}
    order = np.array(sorted(soft), dtype=np.int64)
    levels = np.searchsorted(index.cuts, order, side="right").tolist()
    for row, level in zip(order.tolist(), levels, strict=True):
        alike.setdefault((level, len(soft[row].inputs)), []).append(row)
    found: dict[int, list[_Batch]] = {}
    for (level, _), rows in alike.items():
        found.setdefault(level, []).append(_batch(rows, [soft[row] for row in rows]))
    return found


def _batch(rows: list[int], members: list[Soft]) -> _Batch:
    high = np.array([m.high_kg for m in members], dtype=np.float64)
    told = np.array([m.told_kg is not None and sum(m.told_kg) > 0 for m in members])
    kg = np.array([m.told_kg or [0.0] * len(m.inputs) for m in members], dtype=np.float64)
    total = kg.sum(axis=1)
    nothing: Bools = np.logical_not((high > 0).any(axis=1))
    return _Batch(
        np.array(rows, dtype=np.int32),
        np.array([m.inputs for m in members], dtype=np.int32),
        np.array([m.low_kg for m in members], dtype=np.float64),
        high,
        kg / np.where(total > 0, total, 1.0)[:, None],
        told,
        np.array([m.tie[0] if m.tie else 0.0 for m in members]),
        np.array([m.tie[1] if m.tie else INFINITE for m in members]),
        nothing,
    )


def _set(batch: _Batch, low: Floats, value: Floats, high: Floats, named: Floats) -> None:
    rows, inputs = batch.rows, batch.inputs
    bounds = (batch.low_kg, batch.high_kg, batch.floor_kg, batch.roof_kg)
    low[rows] = least(low[inputs], *bounds)
    for table in (high, named):
        table[rows] = 1.0 - least(1.0 - table[inputs], *bounds)
    mixed = np.einsum("mk,mkg->mg", batch.part, value[inputs])
    sure = least(value[inputs], *bounds)
    value[rows] = np.where(batch.told[:, None], mixed, sure)
    empty = rows[batch.nothing]
    low[empty], value[empty], high[empty], named[empty] = 0.0, 0.0, 1.0, 0.0
