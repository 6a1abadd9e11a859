"""Made chains for benches and proofs: lots and events in stages, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.engines.balance.large import Wide
from orebook.engines.balance.network import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A chain that balances exactly: edges with true masses and grades, and the scale of each."""

    wide: Wide
    mass: Floats
    grade: Floats
    scale: Ints


def chain(
    lots: int, *, sites: int = 8, stages: int = 5, seed: int = 1, mixing: bool = False
) -> Made:
    """A mine-to-metal chain of about so many lots; `mixing` lets any lot meet any other.

    Each event takes one to three lots of the stage before, from its own site unless mixing, and
    gives one or two lots and a residue; a lot goes to one or two events, the last ones outside.
    """
    chance = np.random.default_rng(seed)
    per = max(lots // stages, 4)
    tails: list[Ints] = []
    heads: list[Ints] = []
    masses: list[Floats] = []
    grades: list[Floats] = []
    mass = chance.uniform(50, 150, per)
    grade = chance.uniform([0.005, 0.002, 0.01, 0.005], [0.02, 0.006, 0.03, 0.012], (per, 4))
    first, node = 0, per
    tails.append(np.full(per, -1))
    heads.append(np.arange(per))
    masses.append(mass)
    grades.append(grade)
    kinds = [np.ones(per, dtype=bool)]
    here = np.sort(chance.integers(0, sites, per))
    for stage in range(1, stages):
        share = chance.uniform(0.3, 0.7, per)
        split = chance.random(per) < 0.7
        share[~split] = 1.0
        events = max(int(per * 0.6), 1)
        where = np.sort(chance.integers(0, sites, events))
        target = _targets(chance, here, where, 2 * per, mixing=mixing).reshape(per, 2)
        target[:, 1] = np.where(
            target[:, 0] == target[:, 1], (target[:, 1] + 1) % events, target[:, 1]
        )
        lot = np.concatenate([np.arange(per), np.flatnonzero(split)])
        event = np.concatenate([target[:, 0], target[split, 1]])
        amount = np.concatenate([mass * share, (mass * (1 - share))[split]])
        tails.append(first + lot)
        heads.append(node + event)
        masses.append(amount)
        grades.append(grade[lot])
        used = np.unique(event)
        into = np.bincount(event, amount, events)
        metal = np.stack([np.bincount(event, amount * grade[lot, k], events) for k in range(4)], 1)
        kinds.append(np.zeros(events, dtype=bool))
        pull = chance.uniform(0.55, 0.75, events)
        metal_out = metal * chance.uniform(0.9, 0.97, (events, 1))
        tails.append(node + used)
        heads.append(np.full(used.size, -1))
        masses.append((into * (1 - pull))[used])
        grades.append(((metal - metal_out) / np.maximum(into * (1 - pull), 1e-300)[:, None])[used])
        # The products of the events are the lots of the next stage.
        source = used[chance.integers(0, used.size, per)]
        source[: used.size] = used[: min(used.size, per)]
        source.sort()
        weight = chance.uniform(0.5, 1.5, per)
        part = weight / np.bincount(source, weight, events)[source]
        mass = (into * pull)[source] * part
        grade = (metal_out / np.maximum(into * pull, 1e-300)[:, None])[source]
        tails.append(node + source)
        first = node + events
        heads.append(first + np.arange(per))
        masses.append(mass)
        grades.append(grade)
        kinds.append(np.ones(per, dtype=bool))
        node = first + per
        here = where[source]
        del stage
    tails.append(first + np.arange(per))
    heads.append(np.full(per, -1))
    masses.append(mass)
    grades.append(grade)
    tail, head = (np.concatenate(p).astype(np.int64) for p in (tails, heads))
    return Made(
        Wide(tail, head, np.concatenate(kinds)), np.concatenate(masses),
        np.concatenate(grades), chance.integers(0, 100, tail.size),
    )  # fmt: skip


def _targets(chance, here: Ints, where: Ints, count: int, *, mixing: bool) -> Ints:  # type: ignore[no-untyped-def]
    """An event for each parting of each lot, at the lot's own site unless mixing."""
    if mixing:
        return np.asarray(chance.integers(0, where.size, count))
    sites = np.repeat(here, 2)
    low = np.searchsorted(where, sites, "left")
    high = np.searchsorted(where, sites, "right")
    empty = high <= low
    low, high = np.where(empty, 0, low), np.where(empty, where.size, high)
    return np.asarray(low + (chance.random(count) * (high - low)).astype(np.int64))
