"""Terms nobody stated run over their ranges: results are intervals, each end with its witness.

Each end is attained: it is a run of the model at terms inside the ranges, and it is named. Every
corner of the ranges is run (up to 12 unknown terms; beyond, a fixed sample of corners), then a
fixed spread of interior points, then lines through the best point of each end, twice over. Where
the result moves one way along every tested line of every term, the ends are at corners and the
method says `corners`; otherwise it says `search`, and a still wider end cannot be excluded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebook.engines.fiscal.case import Plan
from orebook.engines.fiscal.measures import at_centre, draws_of, outcome

Array = NDArray[Any]
_CORNERS = 12
_INSIDE = 256
_LINE = 17


@dataclass(frozen=True, slots=True)
class Interval:
    """The least and the most of one measure over the ranges, and the terms that give each."""

    measure: str
    low: Decimal
    high: Decimal
    low_at: Mapping[str, Decimal]
    high_at: Mapping[str, Decimal]
    method: str
    runs: int

    @property
    def width(self) -> Decimal:
        """High less low."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How wide the interval would still be if one term were answered.

    `widest` is the worst width over answers at the ends and the middle of the term's range.
    """

    pointer: str
    widest: Decimal
    narrowest: Decimal


@dataclass(frozen=True, slots=True)
class Swing:
    """What one doubt alone does to a measure, all others at their centre."""

    pointer: str
    low: Decimal
    high: Decimal
    at_low: Decimal
    at_high: Decimal

    @property
    def width(self) -> Decimal:
        """How far the measure moves."""
        return abs(self.at_high - self.at_low)


def interval(
    plan: Plan, measure: str, pinned: Mapping[str, Decimal] | None = None
) -> Interval | None:
    """The interval of a measure over every unknown term not in `pinned`.

    Unknown: None where the project is worth nothing before tax somewhere in the ranges, so that a
    take does not exist there.
    """
    pinned = pinned or {}
    names = [p for p in plan.unknown if p not in pinned]
    points = _start(plan, names)
    values = _values(plan, measure, names, points, pinned)
    if values is None:
        return None
    runs, monotone = len(points), True
    for turn in range(2):
        through = [points[int(np.argmin(values))], points[int(np.argmax(values))]]
        if turn:
            through += list(_scaled(plan, names, _spread(8, len(names)))) if names else []
        lines = [_along(plan, names, one, k) for one in through for k in range(len(names))]
        if not lines:
            break
        more = np.vstack(lines)
        seen = _values(plan, measure, names, more, pinned)
        if seen is None:
            return None
        runs += len(more)
        monotone = monotone and all(_one_way(one) for one in seen.reshape(len(lines), _LINE))
        points, values = np.vstack([points, more]), np.concatenate([values, seen])
    low, high = int(np.argmin(values)), int(np.argmax(values))
    method = (
        "point" if not names else "corners" if monotone and len(names) <= _CORNERS else "search"
    )
    return Interval(
        measure, _told(values[low]), _told(values[high]),
        _named(names, points[low], pinned), _named(names, points[high], pinned), method, runs,
    )  # fmt: skip


def narrowing(plan: Plan, measure: str) -> tuple[Narrowing, ...]:
    """Which unknown term, if answered, narrows the interval most: a ranked list, best first."""
    out = []
    for pointer in plan.unknown:
        leaf = plan.leaves[pointer]
        middle = at_centre(plan)[pointer]
        widths = []
        for answer in dict.fromkeys((leaf.low, middle, leaf.high)):
            found = interval(plan, measure, {pointer: answer})
            if found is not None:
                widths.append(found.width)
        if widths:
            out.append(Narrowing(pointer, max(widths), min(widths)))
    return tuple(sorted(out, key=lambda n: (n.widest, n.narrowest, n.pointer)))


def tornado(plan: Plan, measure: str) -> tuple[Swing, ...]:
    """Each doubted factor and unknown term alone, the widest swing first."""
    out = []
    for pointer in (*plan.doubted, *plan.unknown):
        leaf = plan.leaves[pointer]
        columns = {pointer: np.array([float(leaf.low), float(leaf.high)])}
        seen = _told_values(plan, measure, draws_of(plan, columns, 2))
        if seen is not None:
            out.append(Swing(pointer, leaf.low, leaf.high, _told(seen[0]), _told(seen[1])))
    return tuple(sorted(out, key=lambda s: (-s.width, s.pointer)))


def _told(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _told_values(plan: Plan, measure: str, numbers: Mapping[str, Array]) -> Array | None:
    found = outcome(plan, numbers)
    needs = {"gov_take_undiscounted": "told", "aetr": "told_by_value"}.get(measure)
    if needs is not None and not bool(found[needs].all()):
        return None
    return found[measure]


def _values(
    plan: Plan, measure: str, names: Sequence[str], points: Array, pinned: Mapping[str, Decimal]
) -> Array | None:
    count = len(points)
    columns = {p: np.full(count, float(v)) for p, v in pinned.items()}
    for place, name in enumerate(names):
        columns[name] = points[:, place]
    return _told_values(plan, measure, draws_of(plan, columns, count))


def _start(plan: Plan, names: Sequence[str]) -> Array:
    """Corners, centre and a fixed spread of interior points."""
    if not names:
        return np.zeros((1, 0))
    size = len(names)
    if size <= _CORNERS:
        units = np.array([[(k >> b) & 1 for b in range(size)] for k in range(1 << size)], float)
    else:
        units = np.random.default_rng(1).integers(0, 2, (1 << _CORNERS, size)).astype(float)
        units = np.vstack([np.zeros(size), np.ones(size), units])
    return _scaled(plan, names, np.vstack([units, _spread(_INSIDE, size)]))


def _spread(count: int, size: int) -> Array:
    """Points that fill a cube evenly: multiples of irrational steps (a Kronecker sequence)."""
    steps = np.sqrt(np.array([p for p in range(2, 2000) if all(p % q for q in range(2, p))][:size]))
    out: Array = np.outer(np.arange(1, count + 1), steps) % 1.0
    return out


def _scaled(plan: Plan, names: Sequence[str], units: Array) -> Array:
    out = np.empty_like(units)
    for place, name in enumerate(names):
        leaf = plan.leaves[name]
        low, high = float(leaf.low), float(leaf.high)
        column = low + (high - low) * units[:, place]
        # Ends are the stated ones, not ones that rounding moved.
        column = np.where(units[:, place] == 1, high, column)
        out[:, place] = (
            np.clip(np.round(column), np.ceil(low), np.floor(high)) if leaf.whole else column
        )
    return out


def _along(plan: Plan, names: Sequence[str], through: Array, place: int) -> Array:
    units = np.zeros((_LINE, len(names)))
    units[:, place] = np.linspace(0, 1, _LINE)
    line = np.repeat(through[None, :], _LINE, axis=0)
    line[:, place] = _scaled(plan, names, units)[:, place]
    return line


def _one_way(values: Array) -> bool:
    steps = np.diff(values)
    slack = 1e-12 * max(1.0, float(np.abs(values).max()))
    return bool((steps >= -slack).all() or (steps <= slack).all())


def _named(names: Sequence[str], point: Array, pinned: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {**pinned, **{n: _told(point[k]) for k, n in enumerate(names)}}
