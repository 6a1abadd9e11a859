"""A second look at a reconciled state without the solver, in time linear in the edges."""

from __future__ import annotations

import numpy as np

from orebook.engines.balance.linearise import jacobian, residual
from orebook.engines.balance.reconcile import shared_columns
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Checked

BALANCE = 1e-9
STATIONARY = 1e-6


def recheck(found: Reconciled) -> Checked:
    """Whether every balance closes, no figure pulls any more, and the statistic is what it says.

    Takes: the reconciled point and multipliers alone; nothing is solved.
    """
    network, lay = found.network, found.lay
    left = residual(network, lay, found.point)
    whole = jacobian(network, lay, found.point)
    count = lay.column.size
    force = np.asarray(whole.T @ found.multiplier[: lay.rows])
    if lay.splits or found.held:
        extra = found.derivative[lay.rows :, :count]
        force[lay.column] += np.asarray(extra.T @ found.multiplier[lay.rows :])
        if lay.free.size:
            loose = found.loose[lay.rows :]
            force[lay.free] += np.asarray(loose.T @ found.multiplier[lay.rows :])
    if network.slacks:
        unit = found.derivative[: lay.rows, count : count + len(network.slacks)]
        left = left + np.asarray(unit @ found.slack)
    through = np.abs(whole) @ np.abs(found.point.ravel())
    closure = float(np.max(np.abs(left) / np.where(through > 0, through, 1.0), initial=0.0))
    read = network.value.ravel()[lay.column]
    sd = found.sd[:count]
    moved = found.point.ravel()[lay.column] - read
    shared = shared_columns(found)
    pull = sd**2 * force[lay.column]
    everything = np.asarray(found.derivative.T @ found.multiplier)
    if shared is not None:
        pull = pull + np.asarray(shared @ (shared.T @ everything))[:count]
    worst = float(np.max(np.abs(moved + pull) / sd, initial=0.0))
    if lay.free.size:
        own = np.abs(found.point.ravel()[lay.free])
        worst = max(worst, float(np.max(np.abs(force[lay.free]) * own, initial=0.0)) / 1e2)
    # Without shared errors the statistic is the plain sum of squared adjustments.
    total = float((everything**2 * found.sd**2).sum())
    if shared is not None:
        total += float(((shared.T @ everything) ** 2).sum())
    same = abs(total - found.statistic) <= 1e-6 * (1.0 + abs(found.statistic))
    holds = bool(closure <= BALANCE and worst <= STATIONARY * (1.0 + found.statistic) and same)
    return Checked(closure, worst, total, holds)
