"""What one run says: net present values, rates of return, take, payback, break-even, METR."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebook.engines.fiscal.case import Leaf, Plan
from orebook.engines.fiscal.indicators import irr, npv, payback
from orebook.engines.fiscal.kernel import Flows, flows

Array = NDArray[Any]
CLOSE = Decimal("1e-9")


class Unbalanced(ArithmeticError):
    """Government and investor do not add up to the cash flow before tax: a fault of the engine."""


@dataclass(frozen=True, slots=True)
class Point:
    """One exact run. Money in the money of the case; rates and takes are fractions of one.

    Unknown: a rate of return is empty where the flows have none and holds every root where there
    are several; a take or AETR is None where the project is worth nothing before tax.
    """

    before_tax: tuple[Decimal, ...]
    revenue: tuple[Decimal, ...]
    lines: Mapping[str, tuple[Decimal, ...]]
    equity: tuple[tuple[Decimal, ...], ...]
    paid: tuple[tuple[Decimal, ...], ...]
    carry: tuple[tuple[Decimal, ...], ...]
    government: tuple[Decimal, ...]
    investor: tuple[Decimal, ...]
    capital: tuple[Decimal, ...]
    rate: Decimal
    first: Decimal
    worst_gap: Decimal

    def value(self, series: Sequence[Decimal]) -> Decimal:
        """Present value of a series at the rate and timing of the case."""
        return npv(self.rate, series, first=self.first)

    @property
    def take(self) -> Decimal | None:
        """Government take, undiscounted: its receipts over the cash flow before tax."""
        return _ratio(sum(self.government), sum(self.before_tax))

    @property
    def aetr(self) -> Decimal | None:
        """Average effective tax rate: the take by present value.

        Source: IMF FARI, Technical Notes and Manuals 2016/01.
        """
        return _ratio(self.value(self.government), self.value(self.before_tax))

    def measures(self) -> dict[str, object]:
        """Every indicator by name."""
        return {
            "pre_npv": self.value(self.before_tax),
            "pre_irr": irr(self.before_tax),
            "pre_payback": payback(self.before_tax),
            "pre_undiscounted": sum(self.before_tax),
            "gov_npv": self.value(self.government),
            "gov_undiscounted": sum(self.government),
            "gov_take_undiscounted": self.take,
            "aetr": self.aetr,
            "inv_npv": self.value(self.investor),
            "inv_irr": irr(self.investor),
            "inv_payback": payback(self.investor),
            "state_equity_npv": self.value(self.state),
        }

    @property
    def state(self) -> tuple[Decimal, ...]:
        """The state's net flow from all its holdings."""
        return tuple(sum(year, Decimal(0)) for year in zip(*self.equity, strict=True)) or tuple(
            Decimal(0) for _ in self.before_tax
        )


def _ratio(part: Any, whole: Any) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole > 0 else None


def exact_numbers(plan: Plan, at: Mapping[str, Decimal]) -> dict[str, Array]:
    """One draw of decimals: each leaf at `at`, or at its known value."""
    return {
        pointer: np.array([at.get(pointer, leaf.low)], dtype=object)
        for pointer, leaf in plan.leaves.items()
    }


def centre(leaf: Leaf) -> Decimal:
    """The middle of a leaf: its mode where one is stated; a whole number for a whole one."""
    if leaf.mode is not None:
        return leaf.mode
    middle = (leaf.low + leaf.high) / 2
    return middle.to_integral_value() if leaf.whole else middle


def at_centre(plan: Plan) -> dict[str, Decimal]:
    """Every doubted factor at one (no delay) and every unknown term at its middle."""
    out = {}
    for pointer, leaf in plan.leaves.items():
        if pointer.startswith("/factors/"):
            out[pointer] = Decimal(0) if leaf.whole else Decimal(1)
        else:
            out[pointer] = centre(leaf)
    return out


def point(plan: Plan, at: Mapping[str, Decimal] | None = None) -> Point:
    """The exact run of a plan with every leaf at `at` (default: its centre).

    Refuses: Unbalanced where government + investor differs from cash before tax by over 1e-9.
    """
    chosen = {**at_centre(plan), **(at or {})}
    run = flows(plan, exact_numbers(plan, chosen))
    gap = Decimal(run.worst_gap())
    if gap > CLOSE:
        message = f"government and investor miss the cash flow before tax by {gap}"
        raise Unbalanced(message)
    return Point(
        _column(run.before_tax), _column(run.revenue),
        {name: _column(v) for name, v in run.lines.items()},
        tuple(map(_column, run.equity)), tuple(map(_column, run.paid)),
        tuple(map(_column, run.carry)), _column(run.government), _column(run.investor),
        _column(run.capital), chosen[plan.discount_rate], plan.first_period, gap,
    )  # fmt: skip


def _column(values: Array) -> tuple[Decimal, ...]:
    return tuple(Decimal(v) for v in values[:, 0])


@dataclass(frozen=True, slots=True)
class ThreeWays:
    """Take of the state counted three ways, undiscounted, with what each side paid in.

    `fiscal` counts levies and taxes; `with_free` adds what the state holds without paying for it
    (free and carried); `with_all` adds paid and lent holdings too, net of what was paid for them.
    """

    fiscal: Decimal | None
    with_free: Decimal | None
    with_all: Decimal | None
    capital: Decimal
    paid_by_state: Decimal
    paid_by_investor: Decimal
    carried_by_investor: Decimal


def three_ways(plan: Plan, run: Point) -> ThreeWays:
    """Equity shown three ways, and who paid for it."""
    whole = sum(run.before_tax)
    fiscal = sum((sum(v) for v in run.lines.values()), Decimal(0))
    free = sum(
        (
            sum(e)
            for e, h in zip(run.equity, plan.equity, strict=True)
            if h.kind in {"free", "carried"}
        ),
        Decimal(0),
    )
    rest = sum((sum(e) for e in run.equity), Decimal(0))
    calls = sum((-min(f, Decimal(0)) for f in run.before_tax), Decimal(0))
    paid = sum((sum(p, Decimal(0)) for p in run.paid), Decimal(0))
    carried = sum((sum(c, Decimal(0)) for c in run.carry), Decimal(0))
    return ThreeWays(
        _ratio(fiscal, whole),
        _ratio(fiscal + free, whole),
        _ratio(fiscal + rest, whole),
        sum(run.capital, Decimal(0)),
        paid,
        max(calls - paid, Decimal(0)),
        carried,
    )


def draws_of(plan: Plan, columns: Mapping[str, Array], count: int) -> dict[str, Array]:
    """Float numbers for `count` draws: `columns` by pointer, everything else at its centre."""
    middle = at_centre(plan)
    return {
        pointer: columns[pointer]
        if pointer in columns
        else np.full(count, float(middle[pointer]), dtype=np.float64)
        for pointer in plan.leaves
    }


def present(plan: Plan, numbers: Mapping[str, Array], series: Array) -> Array:
    """Present value of (years, draws) flows at each draw's rate."""
    rate = numbers[plan.discount_rate]
    period = np.arange(series.shape[0], dtype=np.float64)[:, None] + float(plan.first_period)
    worth: Array = (series / (1 + rate) ** period).sum(axis=0)
    return worth


def outcome(plan: Plan, numbers: Mapping[str, Array]) -> dict[str, Array]:
    """The measures that are quick for many draws, one float per draw; inf or nan never.

    Unknown: where the project is worth nothing before tax a take does not exist; `told` is False.
    """
    run = flows(plan, numbers)
    total, government = run.before_tax.sum(axis=0), run.government.sum(axis=0)
    pre, gov = present(plan, numbers, run.before_tax), present(plan, numbers, run.government)
    inv = present(plan, numbers, run.investor)
    _close(run)
    return {
        "pre_npv": pre,
        "gov_npv": gov,
        "inv_npv": inv,
        "gov_undiscounted": government,
        "gov_take_undiscounted": _safe(government, total),
        "aetr": _safe(gov, pre),
        "told": total > 0,
        "told_by_value": pre > 0,
    }


def _close(run: Flows) -> None:
    scale = max(1.0, float(np.abs(run.before_tax).max()))
    gap = float(run.worst_gap()) / scale
    if gap > 1e-9:
        message = f"government and investor miss the cash flow before tax by {gap} of it"
        raise Unbalanced(message)


def _safe(part: Array, whole: Array) -> Array:
    ok = whole > 0
    out: Array = np.where(ok, part / np.where(ok, whole, 1.0), 0.0)
    return out


def crossings(values: Callable[[Array], Array], low: float, high: float) -> tuple[float, ...]:
    """Where a function of one number crosses zero: a grid of 401, each bracket then halved."""
    grid = np.linspace(low, high, 401)
    seen = values(grid)
    found = []
    for place in range(400):
        a, b = float(grid[place]), float(grid[place + 1])
        left, right = float(seen[place]), float(seen[place + 1])
        if left == 0:
            found.append(a)
        elif left * right < 0:
            found.append(_halve(values, a, b, left))
    return tuple(found)


def _halve(values: Callable[[Array], Array], a: float, b: float, left: float) -> float:
    for _ in range(12):
        inner = np.linspace(a, b, 33)
        seen = values(inner)
        place = next((k for k in range(32) if left * float(seen[k + 1]) <= 0), 31)
        a, b = float(inner[place]), float(inner[place + 1])
        if b - a < 1e-13 * max(1.0, abs(b)):
            break
    return (a + b) / 2


def break_even(plan: Plan, at: Mapping[str, Decimal] | None = None) -> tuple[float, ...]:
    """Factors on price at which the investor's net present value is zero, from 0.01 to 10 times.

    Unknown: empty where it is nowhere zero; several where steps in the terms make it cross twice.
    """
    return crossings(lambda factors: _swept(plan, at, factors)["inv_npv"], 0.01, 10.0)


def _swept(plan: Plan, at: Mapping[str, Decimal] | None, factors: Array) -> dict[str, Array]:
    chosen = {**at_centre(plan), **(at or {})}
    columns = {p: np.full(len(factors), float(v)) for p, v in chosen.items()}
    columns["/factors/price"] = factors
    return outcome(plan, draws_of(plan, columns, len(factors)))


def progressivity(
    plan: Plan, factors: Sequence[Decimal], at: Mapping[str, Decimal] | None = None
) -> dict[str, Decimal | None]:
    """AETR at each factor on price (or revenue), exact; falls as price rises where regressive."""
    return {str(f): point(plan, {**(at or {}), "/factors/price": f}).aetr for f in factors}


def metr(plan: Plan, at: Mapping[str, Decimal] | None = None) -> Decimal | None:
    """Marginal effective tax rate: of the project that just earns the discount rate after tax.

    (return before tax - return after tax) / return before tax, at the price where the investor's
    net present value is zero. Unknown: None where there is no such price or no single return.
    """
    factors = break_even(plan, at)
    if len(factors) != 1:
        return None
    run = point(plan, {**(at or {}), "/factors/price": Decimal(repr(factors[0]))})
    before = irr(run.before_tax)
    if len(before) != 1 or before[0] <= 0:
        return None
    return (before[0] - run.rate) / before[0]
