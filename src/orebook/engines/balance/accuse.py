"""Gross errors in networks of any size, masses only: forward choice by exact conditional scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.engines.balance.large import Wide, gaps
from orebook.engines.balance.network import Anything, Floats
from orebook.engines.balance.selected import Selected, quadratic

MOST = 500


@dataclass(frozen=True, slots=True)
class Accused:
    """One reading that is off: its edge, by how much, the doubt of that, and its statistic."""

    edge: int
    size: float
    sd: float
    statistic: float


def reading_statistics(wide: Wide, multiplier: Floats, found: Selected) -> Floats:
    """T of every reading from one solve; 0 where nothing checks it."""
    power = quadratic(wide, found)
    seen = power > 1e-12 * max(float(power.max(initial=0.0)), 1e-300)
    pull = _across(wide, multiplier)
    return np.where(seen, pull**2 / np.where(seen, power, 1.0), 0.0)


def node_statistics(multiplier: Floats, found: Selected) -> Floats:
    """T of a loss at every node from one solve."""
    return np.asarray(multiplier**2 / np.maximum(found.node, 1e-300))


def accuse(
    wide: Wide, value: Floats, factor: Anything, found: Selected, limit: float
) -> list[Accused]:
    """The readings that explain the gaps, each beyond `limit` with all others fitted.

    Takes: the factor of S, its selected inverse, and the limit of T (Šidák over all readings).
    Each choice costs one solve; the scores of all readings given those chosen follow from inner
    products with the whitened columns, so nothing is approximated.
    """
    gap = gaps(wide, value)[:, 0]
    left = np.asarray(factor.solve(gap))
    power = quadratic(wide, found)
    floor = 1e-9 * power
    picks: list[int] = []
    whitened: list[Floats] = []
    while len(picks) < MOST:
        pull = _across(wide, left)
        seen = power > floor
        statistic = np.where(seen, pull**2 / np.where(seen, power, 1.0), 0.0)
        best = int(statistic.argmax())
        if statistic[best] < limit:
            break
        column = _column(wide, best)
        moved = np.asarray(factor.solve(column))
        for other in whitened:
            moved = moved - other * float(column @ other)
        moved = moved / np.sqrt(float(column @ moved))
        whitened.append(moved)
        picks.append(best)
        left = left - moved * float(moved @ gap)
        power = power - _across(wide, moved) ** 2
    return _refit(wide, gap, factor, picks, limit)


def _refit(
    wide: Wide, gap: Floats, factor: Anything, picks: list[int], limit: float
) -> list[Accused]:
    """Sizes fitted together; what is no longer needed goes, the weakest first."""
    columns = {p: _column(wide, p) for p in picks}
    moved = {p: np.asarray(factor.solve(columns[p])) for p in picks}
    kept = sorted(picks)
    while kept:
        inner = np.array([[float(columns[a] @ moved[b]) for b in kept] for a in kept])
        cover = np.linalg.inv(inner)
        size = cover @ np.array([float(moved[p] @ gap) for p in kept])
        doubt = np.sqrt(np.diag(cover))
        statistic = (size / doubt) ** 2
        weakest = int(statistic.argmin())
        if statistic[weakest] >= limit:
            return [
                Accused(p, float(s), float(d), float(t))
                for p, s, d, t in zip(kept, size, doubt, statistic, strict=True)
            ]
        del kept[weakest]
    return []


def alike(wide: Wide, found: Selected, factor: Anything, edge: int, near: float = 0.9) -> list[int]:
    """The readings whose traces resemble that one's: |correlation| of scores at least `near`."""
    power = quadratic(wide, found)
    moved = np.asarray(factor.solve(_column(wide, edge)))
    shared = _across(wide, moved)
    floor = 1e-9 * power.max(initial=0.0)
    likeness = np.abs(shared) / np.sqrt(np.maximum(power, floor) * max(power[edge], 1e-300))
    return np.flatnonzero((likeness >= near) & (power > floor)).tolist()


def _across(wide: Wide, vector: Floats) -> Floats:
    padded = np.concatenate([vector, [0.0]])
    return np.asarray(padded[wide.head] - padded[wide.tail])


def _column(wide: Wide, edge: int) -> Floats:
    found = np.zeros(wide.lot.size)
    if wide.head[edge] >= 0:
        found[wide.head[edge]] += 1.0
    if wide.tail[edge] >= 0:
        found[wide.tail[edge]] -= 1.0
    return found
