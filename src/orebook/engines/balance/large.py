"""Reconciliation of whole countries: lots eliminated exactly, events by conjugate gradients.

Lots never touch one another, so their rows go by a division (one component) or by k × k blocks;
what is left couples events alone and is so mild that some forty steps reach 1e-10 at any size.
NumPy and SciPy alone, one thread, fixed order of sums. Everything is measured here; contract first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import bsr_array, csr_array

from orebook.engines.balance.network import Bools, Floats, Ints
from orebook.engines.balance.solve import Unsolved

Step = Callable[[Floats], Floats]
TOLERANCE = 1e-10
STEPS = 2000
ROUNDS = 12
SETTLED = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """A network of lots and events as arrays: E edges, N nodes, `lot` says which nodes are lots.

    Node numbers beyond the boundary are -1. No edge joins two lots or two events.
    """

    tail: Ints
    head: Ints
    lot: Bools

    def sides(self) -> tuple[Ints, Ints, Ints]:
        """Per edge the lot and the event (numbered among their own), N-sized map of both."""
        order = np.empty(self.lot.size, dtype=np.int64)
        order[self.lot] = np.arange(int(self.lot.sum()))
        order[~self.lot] = np.arange(int((~self.lot).sum()))
        return self._side(order, lots=True), self._side(order, lots=False), order

    def _side(self, order: Ints, *, lots: bool) -> Ints:
        found = np.full(self.tail.size, -1, dtype=np.int64)
        for ends in (self.tail, self.head):
            here = ends >= 0
            here[here] = self.lot[ends[here]] == lots
            if (found[here] >= 0).any():
                message = "an edge joins two lots or two events: this method does not apply"
                raise Unsolved(message)
            found[here] = order[ends[here]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Balanced:
    """Reconciled amounts (E × k: masses, element masses), multipliers (N × k), how it went."""

    amount: Floats
    multiplier: Floats
    statistic: float
    steps: int
    rounds: int


def gaps(wide: Wide, amount: Floats) -> Floats:
    """Inputs minus outputs at every node (N × k)."""
    count = wide.lot.size
    flat = amount if amount.ndim == 2 else amount[:, None]
    found = np.empty((count + 1, flat.shape[1]))
    for k in range(flat.shape[1]):
        column = np.ascontiguousarray(flat[:, k])
        found[:, k] = np.bincount(wide.head % (count + 1), column, count + 1)
        found[:, k] -= np.bincount(wide.tail % (count + 1), column, count + 1)
    return found[:count]


def linear(wide: Wide, value: Floats, sd: Floats) -> Balanced:
    """One component at weighted least squares.

    Refuses: Unsolved where the steps do not converge; no number is then given.
    Source: Hestenes and Stiefel 1952 (conjugate gradients), on the Schur complement of the lots.
    """
    lots, events, order = wide.sides()
    variance = sd * sd
    many_lots, many_events = int(wide.lot.sum()), int((~wide.lot).sum())
    own_lot = np.bincount(lots + 1, variance, many_lots + 1)[1:]
    own_event = np.bincount(events + 1, variance, many_events + 1)[1:]
    inner = np.flatnonzero((lots >= 0) & (events >= 0))
    weights, rows, cols = -variance[inner], lots[inner], events[inner]
    down = csr_array((weights, (rows, cols)), shape=(many_lots, many_events))
    up = csr_array(down.T)
    gap = gaps(wide, value)[:, 0]
    right_lot, right_event = gap[wide.lot], gap[~wide.lot]
    inverse = 1.0 / np.where(own_lot > 0, own_lot, 1.0)
    diagonal = np.where(own_event > 0, own_event, 1.0)

    def through(vector: Floats) -> Floats:
        return np.asarray(diagonal * vector - up @ (inverse * (down @ vector)))

    target = right_event - up @ (inverse * right_lot)
    precondition = 1.0 / diagonal
    solved, steps = conjugate(through, target, lambda r: precondition * r, np.zeros_like(target))
    multiplier = np.zeros(wide.lot.size)
    multiplier[~wide.lot] = solved
    multiplier[wide.lot] = inverse * (right_lot - down @ solved)
    amount = value - variance * _difference(wide, multiplier)
    del order
    return Balanced(amount[:, None], multiplier[:, None], float(gap @ multiplier), steps, 1)


def _difference(wide: Wide, multiplier: Floats) -> Floats:
    """A'λ per edge: at the head minus at the tail, 0 beyond the boundary."""
    padded = np.concatenate([multiplier, np.zeros((1, *multiplier.shape[1:]))])
    return np.asarray(padded[wide.head] - padded[wide.tail])


def conjugate(
    apply: Step, target: Floats, precondition: Step, start: Floats, tolerance: float = TOLERANCE,
    most: int = STEPS,
) -> tuple[Floats, int]:  # fmt: skip
    """Preconditioned conjugate gradients to a tolerance relative to the right-hand side.

    Refuses: Unsolved after `most` steps; no number is then given.
    """
    found = start.copy()
    left = target - apply(found)
    size = float(np.linalg.norm(target.ravel()))
    if size == 0:
        return np.zeros_like(target), 0
    if float(np.linalg.norm(left.ravel())) <= tolerance * size:
        return found, 0
    moved = precondition(left)
    direction = moved.copy()
    power = float(np.vdot(left, moved))
    for step in range(1, most + 1):
        reach = apply(direction)
        curve = float(np.vdot(direction, reach))
        if not curve > 0:
            break
        pace = power / curve
        found += pace * direction
        left -= pace * reach
        if float(np.linalg.norm(left.ravel())) <= tolerance * size:
            return found, step
        moved = precondition(left)
        after = float(np.vdot(left, moved))
        direction *= after / power
        direction += moved
        power = after
    left = target - apply(found)
    if float(np.linalg.norm(left.ravel())) <= 1e-8 * size:
        return found, most
    message = f"the steps do not converge: {most} taken, no number is given"
    raise Unsolved(message)


def joint(
    wide: Wide, mass: Floats, sd_mass: Floats, grade: Floats, sd_grade: Floats,
    settled: float = SETTLED, begin: Floats | None = None,
) -> Balanced:  # fmt: skip
    """Mass and grades together: k × k blocks, re-linearised around the current state.

    Takes: masses (E), grades (E × m) as fractions, their standard deviations, all measured;
    `settled`, the share of itself (root mean square) that no mass moves by any more at the end;
    `begin`, masses and grades (E × 1 + m) to linearise around first, such as those of yesterday.
    Refuses: Unsolved where steps or rounds do not converge.
    """
    pattern = _pattern(wide)
    now_mass, now_grade = mass.copy(), grade.copy()
    steps, tolerance = 0, 1e-4
    if begin is not None:
        now_mass, now_grade, tolerance = begin[:, 0].copy(), begin[:, 1:].copy(), 1e-8
    multiplier = np.zeros((wide.lot.size, 1 + grade.shape[1]))
    number = 0
    while number < ROUNDS:
        number += 1
        # J(v̂ − v) + f(v): each element's mass at v, moved by the readings along both factors.
        amount = np.concatenate(
            [mass[:, None], now_grade * mass[:, None] + now_mass[:, None] * (grade - now_grade)], 1
        )
        gap = gaps(wide, amount)
        multiplier, took = _blocks(
            wide, pattern, gap, sd_mass**2, now_grade,
            (now_mass[:, None] * sd_grade) ** 2, multiplier, tolerance,
        )  # fmt: skip
        steps += took
        force = _difference(wide, multiplier)
        pull = force[:, 0] + (now_grade * force[:, 1:]).sum(axis=1)
        new_mass = mass - sd_mass**2 * pull
        new_grade = grade - sd_grade**2 * now_mass[:, None] * force[:, 1:]
        change = (new_mass - now_mass) / np.maximum(np.abs(now_mass), 1e-300)
        moved = float(np.sqrt(np.mean(change**2)))
        now_mass, now_grade = new_mass, new_grade
        if moved < settled and tolerance == TOLERANCE:
            break
        # Early rounds need no more than the linearisation is good for.
        tolerance = max(TOLERANCE, min(1e-2 * tolerance, 1e-3 * moved))
    else:
        message = f"the rounds do not settle: masses still move by {moved:.1e}"
        raise Unsolved(message)
    whole = np.concatenate([now_mass[:, None], now_grade * now_mass[:, None]], 1)
    return Balanced(whole, multiplier, float((gap * multiplier).sum()), steps, number)


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """Which edges' blocks stand where in one triangle, row by row."""

    edges: Ints
    cols: Ints
    starts: Ints
    shape: tuple[int, int]

    def filled(self, cover: Floats) -> bsr_array:
        """The matrix of those blocks."""
        many = cover.shape[1]
        shape = (self.shape[0] * many, self.shape[1] * many)
        return bsr_array((cover[self.edges], self.cols, self.starts), shape=shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """Lot and event of each edge, and both triangles between lots and events."""

    lots: Ints
    events: Ints
    down: _Laid
    up: _Laid


def _pattern(wide: Wide) -> _Pattern:
    lots, events, _ = wide.sides()
    shape = int(wide.lot.sum()), int((~wide.lot).sum())
    inner = np.flatnonzero((lots >= 0) & (events >= 0))
    return _Pattern(
        lots, events, _laid(inner, lots, events, shape), _laid(inner, events, lots, shape[::-1])
    )


def _laid(inner: Ints, rows: Ints, cols: Ints, shape: tuple[int, int]) -> _Laid:
    edges = inner[np.lexsort((cols[inner], rows[inner]))]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows[edges], minlength=shape[0]))])
    return _Laid(edges, cols[edges], starts, shape)


def _blocks(
    wide: Wide, pattern: _Pattern, gap: Floats, of_mass: Floats, grade: Floats,
    of_grade: Floats, warm: Floats, tolerance: float,
) -> tuple[Floats, int]:  # fmt: skip
    """One linear system of k × k blocks: lots by batched inverses, events by steps."""
    many = 1 + grade.shape[1]
    cover = np.empty((grade.shape[0], many, many))
    ray = np.concatenate([np.ones((grade.shape[0], 1)), grade], 1)
    np.multiply(ray[:, :, None], ray[:, None, :], out=cover)
    cover *= of_mass[:, None, None]
    spot = np.arange(1, many)
    cover[:, spot, spot] += of_grade
    many_lots, many_events = pattern.down.shape
    own_lot = _summed(pattern.lots, cover, many_lots)
    own_event = _summed(pattern.events, cover, many_events)
    down, up = pattern.down.filled(cover), pattern.up.filled(cover)
    del cover
    inverse = _diagonal(inverted(own_lot))
    precondition, own = _diagonal(inverted(own_event)), _diagonal(own_event)
    right_lot, right_event = gap[wide.lot].ravel(), gap[~wide.lot].ravel()

    def through(vector: Floats) -> Floats:
        return np.asarray(own @ vector - up @ (inverse @ (down @ vector)))

    # Off-diagonal blocks are −C; the sign cancels in `through` and stands here.
    target = right_event + up @ (inverse @ right_lot)
    start = np.ascontiguousarray(warm[~wide.lot]).ravel()
    solved, steps = conjugate(through, target, lambda r: precondition @ r, start, tolerance)
    found = np.zeros((wide.lot.size, many))
    found[~wide.lot] = solved.reshape(-1, many)
    found[wide.lot] = (inverse @ (right_lot + down @ solved)).reshape(-1, many)
    return found, steps


def _summed(place: Ints, cover: Floats, count: int) -> Floats:
    many = cover.shape[1]
    found = np.empty((count, many, many))
    for i in range(many):
        for j in range(i, many):
            column = np.bincount(place + 1, cover[:, i, j], count + 1)[1:]
            found[:, i, j] = column
            found[:, j, i] = column
    return found


def _diagonal(blocks: Floats) -> bsr_array:
    count, many = blocks.shape[:2]
    spots = np.arange(count + 1)
    return bsr_array((blocks, spots[:-1], spots), shape=(count * many, count * many))


def inverted(blocks: Floats) -> Floats:
    """The inverse of each block after scaling to a unit diagonal; nothing where nothing is."""
    extent = np.sqrt(np.maximum(np.diagonal(blocks, axis1=1, axis2=2), 0.0))
    extent = np.where(extent > 0, extent, 1.0)
    scaled = blocks / extent[:, :, None]
    scaled /= extent[:, None, :]
    empty = np.diagonal(scaled, axis1=1, axis2=2) <= 0
    spot = np.arange(blocks.shape[1])
    scaled[:, spot, spot] += np.where(empty, 1.0, 0.0)
    found = np.linalg.inv(scaled)
    found /= extent[:, :, None]
    found /= extent[:, None, :]
    return np.asarray(found)
