"""Posterior deviations where no factor stays sparse: many reconciliations of noise at once.

The network and its weights are the same in every draw, so the lots are eliminated once and eight
draws take each step together: the matrix is read once for all of them. NumPy and SciPy, one thread.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from orebook.engines.balance.large import STEPS, Step, Wide
from orebook.engines.balance.network import Floats
from orebook.engines.balance.solve import Unsolved

TOGETHER = 8
# Fifty draws know a deviation to 10 %; what a step leaves at this moves none by a thousandth.
ENOUGH = 1e-5


def sampled(
    wide: Wide, sd: Floats, draws: int = 50, seed: int = 1, tolerance: float = ENOUGH
) -> Floats:
    """The posterior deviation of each reconciled mass, from so many reconciliations of noise.

    Good to about 1 / √(2·draws) of itself; the same seed gives the same figures.
    Takes: `tolerance`, what is left of each draw's gaps, as a share of them.
    Refuses: Unsolved where the steps do not converge; no number is then given.
    """
    chance = np.random.default_rng(seed)
    reduced = _Reduced(wide, sd)
    total = np.zeros(sd.size)
    for begun in range(0, draws, TOGETHER):
        moved = chance.standard_normal((sd.size, min(TOGETHER, draws - begun)))
        moved -= reduced.adjustments(moved, tolerance)
        total += np.einsum("ij,ij->i", moved, moved)
    return np.asarray(sd * np.sqrt(total / draws))


class _Reduced:
    """S = A V A' of one component with the lots eliminated, and the events at a unit diagonal."""

    def __init__(self, wide: Wide, sd: Floats) -> None:
        lots, events, _ = wide.sides()
        variance = sd * sd
        self.lot = wide.lot
        self.many = int(wide.lot.sum()), int((~wide.lot).sum())
        own = [
            np.bincount(place + 1, variance, count + 1)[1:]
            for place, count in zip((lots, events), self.many, strict=True)
        ]
        inverse, unit = (1.0 / np.where(o > 0, o, 1.0) for o in own)
        self.inverse, self.unit = inverse[:, None], np.sqrt(unit)[:, None]
        inner = np.flatnonzero((lots >= 0) & (events >= 0))
        weights = variance[inner] * self.unit[events[inner], 0]
        self.down = csr_array((weights, (lots[inner], events[inner])), shape=self.many)
        self.up = csr_array(self.down.T)
        self.apply = self._step()
        edge = np.arange(sd.size)
        ends = [(wide.head, 1.0), (wide.tail, -1.0)]
        rows = np.concatenate([e[e >= 0] for e, _ in ends])
        cols = np.concatenate([edge[e >= 0] for e, _ in ends])
        data = np.concatenate([sign * sd[e >= 0] for e, sign in ends])
        self.balance = csr_array((data, (rows, cols)), shape=(wide.lot.size, sd.size))
        self.pull = csr_array(self.balance.T)

    def _step(self) -> Step:
        """What a step asks of a vector: by one product where lots have few parts, else by two."""
        parts = np.diff(self.down.indptr)
        if int((parts**2).sum()) > 4 * self.down.nnz:
            return lambda x: np.asarray(x - self.up @ (self.inverse * (self.down @ x)))
        middle = csr_array(self.up @ diags_array(self.inverse[:, 0]) @ self.down)
        return lambda x: np.asarray(x - middle @ x)

    def adjustments(self, amount: Floats, tolerance: float) -> Floats:
        """What reconciling takes from each column of amounts (E × draws), both in deviations."""
        gap = self.balance @ amount
        right = self.inverse * gap[self.lot]
        target = self.unit * gap[~self.lot] + self.up @ right
        solved = together(self.apply, target, tolerance)
        multiplier = gap
        multiplier[self.lot] = right + self.inverse * (self.down @ solved)
        multiplier[~self.lot] = self.unit * solved
        return np.asarray(self.pull @ multiplier)


def together(
    apply: Step, target: Floats, tolerance: float, near: Step | None = None, most: int = STEPS
) -> Floats:
    """Conjugate gradients of many columns at once, each with paces of its own.

    Takes: `tolerance`, what may be left of each column, relative to it; `near`, a preconditioner.
    Refuses: Unsolved after `most` steps; no number is then given.
    Source: Hestenes and Stiefel 1952.
    """
    found = np.zeros_like(target)
    left = target.copy()
    moved = left if near is None else near(left)
    direction = moved.copy()
    size = np.einsum("ij,ij->j", left, left)
    power = np.einsum("ij,ij->j", left, moved)
    limit = tolerance**2 * size
    for _ in range(most):
        going = size > limit
        if not going.any():
            return found
        reach = apply(direction)
        curve = np.einsum("ij,ij->j", direction, reach)
        if not (curve[going] > 0).all():
            break
        # A column that is done stands still.
        pace = np.where(going, power / np.where(going, curve, 1.0), 0.0)
        reach *= pace
        left -= reach
        np.multiply(direction, pace, out=reach)
        found += reach
        moved = left if near is None else near(left)
        size = np.einsum("ij,ij->j", left, left)
        after = size if near is None else np.einsum("ij,ij->j", left, moved)
        direction *= np.where(going, after / np.where(going, power, 1.0), 0.0)
        direction += moved
        power = after
    message = f"the steps do not converge: {most} taken, no number is given"
    raise Unsolved(message)
