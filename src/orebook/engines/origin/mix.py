"""The least and most a mix can hold when the masses in it are known within bounds only.

The share Σ mᵢxᵢ / Σ mᵢ over a box of masses is least where some inputs are at their least mass and
the ones that hold least of it at their most, so trying the inputs in order of x finds it exactly.
"""

from __future__ import annotations

import numpy as np

from orebook.engines.origin.network import INFINITE, Floats


def least(
    shares: Floats, low_kg: Floats, high_kg: Floats, floor_kg: Floats, roof_kg: Floats
) -> Floats:
    """The least share each mix can hold of each group, for mixes of equally many inputs.

    Takes: `shares`, mixes × inputs × groups; the bounds, mixes × inputs; per mix the least and most
    that came in in all (0 and infinite where that is not known). Gives: mixes × groups. The most is
    one less the least of everything else.
    Unknown: 0 where no mass is certain at all, since then anything may have come in.
    """
    order = np.argsort(shares, axis=1, kind="stable")
    x = np.take_along_axis(shares, order, axis=1)
    low, high = (
        np.take_along_axis(np.broadcast_to(kg[:, :, None], x.shape), order, axis=1)
        for kg in (low_kg, high_kg)
    )
    endless = np.isinf(high)
    room = np.where(endless, 0.0, high - low)
    mass = _prefixed(low.sum(axis=1), room)
    held = _prefixed((low * x).sum(axis=1), room * x)
    ratio = np.where(mass > 0, held / np.where(mass > 0, mass, 1.0), INFINITE)
    drawn = np.where(endless, x, INFINITE).min(axis=1)  # an endless input draws the mix to its own
    boxed = np.minimum(ratio.min(axis=1), drawn)
    boxed = np.where(np.isinf(boxed), 0.0, boxed)
    floor = np.maximum(floor_kg[:, None], low.sum(axis=1))
    roof = np.minimum(roof_kg[:, None], high.sum(axis=1))
    inside = (mass >= floor[:, None]) & (mass <= roof[:, None])
    tied = np.where(inside, ratio, INFINITE).min(axis=1)
    tied = np.where(np.isinf(roof), np.minimum(tied, drawn), tied)
    for total in (floor, roof):
        tied = np.minimum(tied, _filled(x, low, high, total))
    met = (floor <= roof * (1 + 1e-12)) & np.isfinite(tied)
    found: Floats = np.clip(np.where(met, np.maximum(boxed, tied), boxed), 0.0, 1.0)
    return found


def _prefixed(start: Floats, more: Floats) -> Floats:
    """Per mix and group the start and its running sums over the inputs."""
    sums: Floats = np.concatenate((start[:, None], start[:, None] + more.cumsum(axis=1)), axis=1)
    return sums


def _filled(x: Floats, low: Floats, high: Floats, total: Floats) -> Floats:
    """The least share at one total per mix and group; infinite where there is no such total."""
    sound = np.isfinite(total) & (total > 0)
    aim = np.where(sound, total, 1.0)
    room = high - low
    before = np.zeros_like(room)
    before[:, 1:] = room.cumsum(axis=1)[:, :-1]
    left = np.maximum((aim - low.sum(axis=1))[:, None] - before, 0.0)
    held = (low * x).sum(axis=1) + (np.minimum(room, left) * x).sum(axis=1)
    return np.where(sound, held / aim, INFINITE)
