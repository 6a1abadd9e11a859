"""Monte Carlo over price, grade, cost and delay with a fixed seed; unknown terms stay intervals.

A term nobody stated has no probability. The draws are run at the terms that give the government
least and at those that give it most, and every quantile is the interval between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebook.engines.fiscal.case import Leaf, Plan
from orebook.engines.fiscal.intervals import Interval
from orebook.engines.fiscal.measures import draws_of, outcome

Array = NDArray[Any]
QUANTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles of one measure as intervals, (percent, low, high); `lost` counts draws without it.

    `below_zero` is the share of draws under zero as (least, most) over the two sets of terms.
    """

    measure: str
    quantiles: tuple[tuple[int, Decimal, Decimal], ...]
    below_zero: tuple[Decimal, Decimal]
    draws: int
    seed: int
    lost: int


def sample(plan: Plan, count: int, seed: int) -> dict[str, Array]:
    """Draws of every doubted factor: triangular where a mode is stated, else uniform.

    Each factor has its own stream, so that adding one leaves the others' draws as they were.
    """
    streams = np.random.SeedSequence(seed)
    out = {}
    for place, pointer in enumerate(p for p in plan.leaves if p.startswith("/factors/")):
        leaf = plan.leaves[pointer]
        if leaf.known:
            continue
        mixed = np.random.SeedSequence([*_words(streams), place])
        out[pointer] = _drawn(leaf, np.random.default_rng(mixed), count)
    return out


def _words(sequence: np.random.SeedSequence) -> list[int]:
    entropy = sequence.entropy
    return [int(entropy)] if isinstance(entropy, int) else [0]


def _drawn(leaf: Leaf, generator: np.random.Generator, count: int) -> Array:
    low, high = float(leaf.low), float(leaf.high)
    if low == high:
        return np.full(count, low)
    if leaf.whole:
        return generator.integers(int(leaf.low), int(leaf.high) + 1, count).astype(float)
    if leaf.mode is not None:
        return generator.triangular(low, float(leaf.mode), high, count)
    return generator.uniform(low, high, count)


def simulate(plan: Plan, measures: tuple[str, ...], take: Interval | None) -> tuple[Spread, ...]:
    """Quantiles of each measure over the draws of the plan, intervals where terms are unknown."""
    drawn = sample(plan, plan.draws, plan.seed)
    ends = [take.low_at, take.high_at] if take is not None and take.low_at else [{}]
    seen = [
        outcome(plan, draws_of(plan, {**drawn, **_fixed(e, plan.draws)}, plan.draws)) for e in ends
    ]
    return tuple(_spread(plan, name, seen) for name in measures)


def _fixed(at: Mapping[str, Decimal], count: int) -> dict[str, Array]:
    return {p: np.full(count, float(v)) for p, v in at.items()}


def _spread(plan: Plan, name: str, seen: list[dict[str, Array]]) -> Spread:
    needs = {"gov_take_undiscounted": "told", "aetr": "told_by_value"}.get(name)
    columns = [s[name][s[needs]] if needs is not None else s[name] for s in seen]
    lost = plan.draws - min(len(c) for c in columns)
    kept = [c for c in columns if len(c)]
    quantiles = []
    for percent in QUANTILES if kept else ():
        ends = [float(np.percentile(c, percent)) for c in kept]
        quantiles.append((percent, _told(min(ends)), _told(max(ends))))
    below = [float((c < 0).mean()) for c in kept] or [0.0]
    return Spread(
        name, tuple(quantiles), (_told(min(below)), _told(max(below))), plan.draws, plan.seed, lost
    )


def _told(value: float) -> Decimal:
    return Decimal(repr(value))
