"""Single rules of agreements, exact: who funds a free carry, advances, true-ups, levies, sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

ZERO = Decimal(0)


def funding_shares(shares: Mapping[str, Decimal], carried: Sequence[str]) -> dict[str, Decimal]:
    """What part of the money each paying owner puts in, the carried ones' part borne pro rata.

    Refuses: ValueError where an owner is unknown, the shares do not sum to one, or nobody pays.
    """
    if sum(shares.values()) != 1 or any(v < 0 for v in shares.values()):
        raise ValueError("the owners' shares are fractions that sum to one")
    unknown = [name for name in carried if name not in shares]
    if unknown:
        raise ValueError(f"{unknown[0]} is not among the owners")
    paying = {name: v for name, v in shares.items() if name not in carried}
    whole = sum(paying.values(), ZERO)
    if not whole:
        raise ValueError("every owner is carried: nobody pays")
    return {name: v / whole for name, v in paying.items()}


def advance_schedule(amounts: Sequence[Decimal], cap: Decimal) -> tuple[Decimal, ...]:
    """Advance payments by year until the cap: the last amount repeats, the last payment is cut.

    Refuses: ValueError where the amounts never reach the cap.
    """
    if not amounts or amounts[-1] <= 0 or cap < 0 or any(a < 0 for a in amounts):
        raise ValueError("advances are at least 0, the last above 0, and so is the cap")
    out: list[Decimal] = []
    paid = ZERO
    while paid < cap:
        if len(out) >= 1000:
            raise ValueError("the cap is not reached in 1000 payments")
        one = min(amounts[min(len(out), len(amounts) - 1)], cap - paid)
        out.append(one)
        paid += one
    return tuple(out)


def true_up(
    benefits: Decimal, taxes: Decimal, distributions: Decimal, free_share: Decimal, target: Decimal
) -> Decimal | None:
    """What tops the state up to its share of the benefits: taxes + free share of distributions.

    Unknown: None where the state already holds more than that; whether it pays back is a rule the
    agreement must state. Refuses: ValueError where taxes and distributions are not the benefits.
    """
    if taxes + distributions != benefits:
        raise ValueError("taxes and distributions are not the whole of the benefits")
    held = taxes + free_share * distributions
    due = target * benefits - held
    return due if due >= 0 else None


def unit_levy(
    quantity: Decimal, per_unit: Decimal, *, part: Decimal = Decimal(1), deduction: Decimal = ZERO
) -> Decimal:
    """A levy by the unit, for the part of the area inside, less a deduction; never below zero."""
    return max(quantity * per_unit * part - deduction, ZERO)


def crossing(low: tuple[Decimal, Decimal], high: tuple[Decimal, Decimal]) -> Decimal | None:
    """Where a straight line through two points is zero. Unknown: None where it is not between."""
    (x0, y0), (x1, y1) = low, high
    if y0 == y1 or y0 * y1 > 0:
        return None
    return x0 + (x1 - x0) * y0 / (y0 - y1)


def extrapolate(first: Decimal, second: Decimal) -> Decimal:
    """The value one even step before the first of two."""
    return 2 * first - second


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """The terms that differ between two versions, in order, new ones last."""
    names = dict.fromkeys((*before, *after))
    return tuple(n for n in names if before.get(n) != after.get(n))
