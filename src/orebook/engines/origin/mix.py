"""The least and most a mix can hold when the masses in it are known within bounds only.

The share Σ mᵢxᵢ / Σ mᵢ over a box of masses is least where some inputs are at their least mass and
the ones that hold least of it at their most, so trying the inputs in order of x finds it exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

INFINITE = float("inf")


def least(
    shares: Sequence[float],
    low_kg: Sequence[float],
    high_kg: Sequence[float],
    tie: tuple[float, float] | None = None,
) -> float:
    """The least share of a mix of inputs with these shares and these bounds of mass.

    Takes: `tie`, the least and most that came in in all, where that is known too.
    Unknown: 0 where no mass is certain at all, since then anything may have come in.
    """
    order = sorted(range(len(shares)), key=lambda i: shares[i])
    share = [shares[i] for i in order]
    low = [low_kg[i] for i in order]
    high = [high_kg[i] for i in order]
    found = _boxed(share, low, high)
    if tie is not None:
        tied = _tied(share, low, high, tie)
        if tied is not None:
            found = max(found, tied) if found is not None else tied
    return 0.0 if found is None else min(max(found, 0.0), 1.0)


def most(
    shares: Sequence[float],
    low_kg: Sequence[float],
    high_kg: Sequence[float],
    tie: tuple[float, float] | None = None,
) -> float:
    """The most a mix can hold: one less the least of everything else."""
    return 1.0 - least([1.0 - s for s in shares], low_kg, high_kg, tie)


def part_of_two(
    low_kg: Sequence[float], high_kg: Sequence[float], tie: tuple[float, float] | None
) -> tuple[float, float] | None:
    """The least and most part of the first of two inputs; None where the total cannot be met."""
    floor, roof = tie or (0.0, INFINITE)
    found = []
    for a, b in ((0, 1), (1, 0)):
        other = low_kg[b]
        mine = min(high_kg[a], roof - other)
        if mine == INFINITE:
            found.append(1.0)
            continue
        other = min(max(other, floor - mine), high_kg[b])
        if mine + other <= 0 or mine < low_kg[a] * (1 - 1e-12):
            return None
        found.append(mine / (mine + other))
    return 1.0 - found[1], found[0]


def _boxed(share: list[float], low: list[float], high: list[float]) -> float | None:
    """Over the box alone; inputs in order of share. An endless input draws the mix to its own."""
    mass, held = sum(low), sum(m * s for m, s in zip(low, share, strict=True))
    best = held / mass if mass > 0 else None
    for s, a, b in zip(share, low, high, strict=True):
        if b <= 0:
            continue
        if best is None or mass <= 0:
            return s
        if s >= best:
            break
        if b == INFINITE:
            return s
        mass += b - a
        held += (b - a) * s
        best = held / mass
    return best


def _tied(
    share: list[float], low: list[float], high: list[float], tie: tuple[float, float]
) -> float | None:
    """Over the box with its total between two ends; None where the total cannot be met."""
    floor, roof = max(tie[0], sum(low)), min(tie[1], sum(high))
    if floor > roof * (1 + 1e-12):
        return None
    ends = {floor, roof} if roof < INFINITE else {floor}
    found = [_filled(share, low, high, total) for total in ends if total > 0]
    inside = _interior(share, low, high, floor, roof)
    return min([*found, *inside], default=None)


def _filled(share: list[float], low: list[float], high: list[float], total: float) -> float:
    left = max(total - sum(low), 0.0)
    held = sum(m * s for m, s in zip(low, share, strict=True))
    for s, a, b in zip(share, low, high, strict=True):
        more = min(b - a, left)
        held += more * s
        left -= more
    return held / total


def _interior(
    share: list[float], low: list[float], high: list[float], floor: float, roof: float
) -> list[float]:
    """Corners of the box whose total lies between the ends."""
    mass, held = sum(low), sum(m * s for m, s in zip(low, share, strict=True))
    found = [held / mass] if floor <= mass <= roof and mass > 0 else []
    for s, a, b in zip(share, low, high, strict=True):
        if b == INFINITE:
            if roof == INFINITE:
                found.append(s)
            break
        mass += b - a
        held += (b - a) * s
        if floor <= mass <= roof and mass > 0:
            found.append(held / mass)
    return found
