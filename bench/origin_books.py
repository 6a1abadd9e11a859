"""Two books of invented flows to measure origin on: a plain one and one of endless tanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

MINES = 20


@dataclass(frozen=True)
class Flows:
    """Edges from lot to lot with kilograms, the event of each made lot, and each source's mine."""

    lots: int
    src: Any
    dst: Any
    mass_kg: Any
    group: Any
    mine: Any


def plain(lots: int, seed: int = 7) -> Flows:
    """Mines, 60 concentrators, 40 refiners, 200 traders: blends, splits, shipments; depth about 37.

    Lots come in 36 waves over 300 stocks. Most of a wave are shipments and splits of one earlier
    lot; the rest are blends and transformations of 2 to 4 lots that lie next to one another in one
    stock (first in, first out), drawn in part, with outputs that share one mix.
    """
    rng = np.random.default_rng(seed)
    waves, first = 36, lots // 10
    size = (lots - first) // waves
    first = lots - size * waves
    src, dst, mass, group = [], [], [], np.full(lots, -1, dtype=np.int32)
    event, start, before = 0, first, first
    for _ in range(waves):
        made = np.arange(start, start + size, dtype=np.int32)
        moved = rng.random(size) < 0.25
        single, rest = made[moved], made[~moved]
        src.append(_near(rng, start, before, len(single)))
        dst.append(single)
        mass.append(rng.uniform(1e3, 2e4, len(single)))
        outputs = rng.integers(2, 11, len(rest))
        owner = np.repeat(np.arange(len(rest)), outputs)[: len(rest)]
        events = int(owner[-1]) + 1
        inputs = rng.integers(2, 5, events)
        heads = np.repeat(_near(rng, start, before, events), inputs)
        begin = np.cumsum(inputs) - inputs
        nth = np.arange(len(heads)) - np.repeat(begin, inputs)
        given = np.maximum(heads - nth, 0).astype(np.int32)
        kg = rng.uniform(1e3, 2e4, len(given))
        width = inputs[owner]
        share = rng.uniform(0.2, 1.0, len(rest))
        run = np.cumsum(width) - width
        at = np.arange(int(width.sum())) + np.repeat(begin[owner] - run, width)
        src.append(given[at])
        dst.append(np.repeat(rest, width))
        mass.append(kg[at] * np.repeat(share, width))
        group[rest] = event + owner
        event += events
        before, start = size, start + size
    mine = np.full(lots, -1, dtype=np.int32)
    mine[:first] = np.arange(first) * MINES // first
    whole = [np.concatenate(a) for a in (src, dst, mass)]
    return Flows(lots, whole[0], whole[1], whole[2], group, mine)


def _near(rng: Any, start: int, before: int, count: int) -> Any:
    """Lots of the wave before, at about the same place in it; two in ten thousand from anywhere."""
    place = start - before + np.sort(rng.integers(0, before, count))
    near = np.clip(place + rng.integers(-1, 2, count), 0, start - 1)
    far = rng.integers(0, start, count)
    return np.where(rng.random(count) < 0.0002, far, near).astype(np.int32)


def tank(lots: int, seed: int = 7) -> Flows:
    """Each of a number of sites keeps one endless account: what is in it and what comes make it.

    Sites grow with the square root of the lots, so that accounts get longer as books do.
    """
    rng = np.random.default_rng(seed)
    sites = max(20, int(0.24 * lots**0.5))
    first = lots // 12
    steps = (lots - first) // (2 * sites)
    src, dst, mass = [], [], []
    state = rng.integers(0, first, sites).astype(np.int32)
    shipped = rng.integers(0, first, 4 * sites).astype(np.int32)
    at = first
    for step in range(steps):
        made = np.arange(at, at + sites, dtype=np.int32)
        out = made + sites
        fresh = rng.integers(0, first, sites).astype(np.int32)
        comes = np.where(rng.random(sites) < 0.5, fresh, rng.choice(shipped, sites))
        src += [state, comes, made]
        dst += [made, made, out]
        mass += [np.full(sites, 9e4), rng.uniform(5e3, 2e4, sites), np.full(sites, 1e4)]
        state = made
        shipped[(step % 4) * sites : (step % 4 + 1) * sites] = out
        at += 2 * sites
    n = at
    mine = np.full(n, -1, dtype=np.int32)
    mine[:first] = rng.integers(0, MINES, first)
    whole = [np.concatenate(a) for a in (src, dst, mass)]
    return Flows(n, whole[0], whole[1], whole[2], np.full(n, -1, dtype=np.int32), mine)
