"""NPV, every IRR, MIRR, XIRR, payback: exact decimals in, and no number where there is no answer.

The timing is never a default of the function: `first` is the period of the first flow, 0 where it
is not discounted and 1 where it falls at the end of the first period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, localcontext

ONE = Decimal(1)
_SMALL = Decimal("1e-24")


def npv(rate: Decimal, flows: Sequence[Decimal], *, first: Decimal | int) -> Decimal:
    """Net present value of yearly flows at `rate` (a fraction), the first at period `first`.

    Refuses: ValueError for a rate of -1 or less.
    """
    if rate <= -1:
        raise ValueError("a discount rate is above -100 %")
    start = Decimal(first)
    return sum(
        (flow / (ONE + rate) ** (start + place) for place, flow in enumerate(flows)), Decimal(0)
    )


def irr(flows: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Every rate above -100 % at which the flows are worth nothing, ascending; empty where none is.

    Unknown: flows without a change of sign have no rate of return, and the answer is empty.
    Source: the roots of the polynomial in 1/(1 + rate) (companion matrix), each then polished by
    Newton steps in decimals.
    """
    trimmed = list(flows)
    while trimmed and trimmed[-1] == 0:
        trimmed.pop()
    while trimmed and trimmed[0] == 0:
        trimmed.pop(0)
    if not (any(f > 0 for f in trimmed) and any(f < 0 for f in trimmed)):
        return ()
    import numpy as np

    scale = max(abs(f) for f in trimmed)
    coefficients = np.array([float(f / scale) for f in reversed(trimmed)], dtype=np.float64)
    found: list[Decimal] = []
    for root in np.roots(coefficients):
        if abs(root.imag) > 1e-6 * max(1.0, abs(root.real)) or root.real <= 1e-12:
            continue
        factor = _polish(trimmed, Decimal(repr(float(root.real))))
        if factor is not None and factor > 0:
            rate = ONE / factor - 1
            if all(abs(rate - other) > Decimal("1e-12") for other in found):
                found.append(rate)
    return tuple(sorted(found))


def _polish(flows: Sequence[Decimal], factor: Decimal) -> Decimal | None:
    """Newton steps on the value of the flows as a polynomial in the discount factor."""
    with localcontext() as context:
        context.prec = 50
        for _ in range(80):
            value = slope = Decimal(0)
            for flow in reversed(flows):
                slope = slope * factor + value
                value = value * factor + flow
            if slope == 0:
                break
            step = value / slope
            factor -= step
            if abs(step) <= _SMALL * max(ONE, abs(factor)):
                break
        scale = sum((abs(f) * abs(factor) ** k for k, f in enumerate(flows)), Decimal(0))
        residual = sum((f * factor**k for k, f in enumerate(flows)), Decimal(0))
        return +factor if abs(residual) <= Decimal("1e-9") * scale else None


def mirr(flows: Sequence[Decimal], *, finance: Decimal, reinvest: Decimal) -> Decimal | None:
    """Modified rate of return: costs financed at one rate, receipts reinvested at another.

    Unknown: None where the flows hold no cost or no receipt.
    """
    last = len(flows) - 1
    received = sum(
        (f * (ONE + reinvest) ** (last - t) for t, f in enumerate(flows) if f > 0), ONE * 0
    )
    spent = sum((f / (ONE + finance) ** t for t, f in enumerate(flows) if f < 0), ONE * 0)
    if last < 1 or not received or not spent:
        return None
    return Decimal((received / -spent) ** (ONE / last)) - 1


Dated = Sequence[tuple[dt.date, Decimal]]


def xnpv(rate: Decimal, flows: Dated) -> Decimal:
    """Present value on the day of the first flow, actual days over 365."""
    start = flows[0][0]
    return sum(
        (f / (ONE + rate) ** (Decimal((day - start).days) / 365) for day, f in flows), Decimal(0)
    )


def xirr(flows: Dated) -> tuple[Decimal, ...]:
    """Every rate from -99 % to 10 000 % at which dated flows are worth nothing, actual/365.

    Unknown: empty where the flows do not change sign, or no crossing lies in that range.
    """
    if not (any(f > 0 for _, f in flows) and any(f < 0 for _, f in flows)):
        return ()
    grid = [Decimal(k) / 100 for k in (*range(-99, 200), *range(200, 10_001, 25))]
    values = [xnpv(rate, flows) for rate in grid]
    found = []
    for (low, below), (high, above) in zip(
        zip(grid, values, strict=True), zip(grid[1:], values[1:], strict=True), strict=False
    ):
        if below == 0:
            found.append(low)
        elif below * above < 0:
            found.append(_between(flows, low, high, below))
    return tuple(found)


def _between(flows: Dated, low: Decimal, high: Decimal, below: Decimal) -> Decimal:
    for _ in range(80):
        middle = (low + high) / 2
        value = xnpv(middle, flows)
        if value * below > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def payback(flows: Sequence[Decimal]) -> Decimal | None:
    """Years from the first flow until the running sum is back at zero, linear within a year.

    Unknown: None where the sum never falls below zero, or never comes back for good.
    """
    running = Decimal(0)
    sums = [running := running + flow for flow in flows]
    if not sums or sums[-1] < 0 or min(sums) >= 0:
        return None
    last = max(year for year, value in enumerate(sums) if value < 0)
    return last + -sums[last] / flows[last + 1]
