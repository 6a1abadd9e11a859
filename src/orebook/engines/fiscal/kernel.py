"""Who gets what, year by year, in one pass: for one exact run, or for many draws at once.

Arrays are year-major, shape (years, draws), in the money of the case. The same code runs on
decimals (dtype object), where a point is exact, and on floats, where draws are many. Government and
investor are added up apart, each from its own receipts and payments, so that their sum being the
cash flow before tax is a check and not a definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orebook.engines.fiscal.case import Equity, Levy, Plan

# Decimals or floats: numpy types neither apart here, so an array is Any to the checker.
Array = Any
Numbers = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Flows:
    """Yearly money of one plan, each (years, draws). `lines` are what the government receives.

    `equity` holds per state holding its net flow, `paid` what the state puts in for it, and
    `carry` what the investor advances for it. `price` is the factor-adjusted price, if the plan
    has one.
    """

    before_tax: Array
    revenue: Array
    capital: Array
    lines: Mapping[str, Array]
    equity: tuple[Array, ...]
    paid: tuple[Array, ...]
    carry: tuple[Array, ...]
    government: Array
    investor: Array
    distributed: Array

    def worst_gap(self) -> Any:
        """The largest |government + investor - cash flow before tax| of any year and draw."""
        return np.max(np.abs(self.government + self.investor - self.before_tax))


@dataclass(slots=True)
class _Year:
    """What is carried from one year to the next."""

    losses: list[Array] = field(default_factory=list)
    credit: Any = 0
    unrecovered: Any = 0
    spent: Any = 0
    earned: Any = 0
    owed: list[Any] = field(default_factory=list)
    advanced: Any = 0
    loans: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Profile:
    """What happens each year before anyone takes a share, (years, draws)."""

    quantity: Array
    price: Array
    revenue: Array
    netback: Array
    operating: Array
    capital: Array
    start: Array
    depreciation: Array


def flows(plan: Plan, numbers: Numbers) -> Flows:
    """The yearly flows of a plan for every draw in `numbers` (pointer → one value per draw)."""
    profile = _profile(plan, numbers)
    years, draws = profile.revenue.shape
    kind = profile.revenue.dtype
    names = [levy.name for levy in plan.levies]
    names += [p.name for p in plan.payments]
    names += ["advance payments", "production share", "income tax", "withholding"]
    lines = {name: _zeros(years, draws, kind) for name in dict.fromkeys(names)}
    held = [tuple(_zeros(years, draws, kind) for _ in plan.equity) for _ in range(3)]
    equity, paid, carry = held
    investor = _zeros(years, draws, kind)
    distributed = _zeros(years, draws, kind)
    state = _Year(owed=[0 for _ in plan.equity], loans=[0 for _ in plan.equity])
    for year in range(years):
        cash = _taxed(plan, numbers, profile, year, lines, state)
        share_out = np.maximum(cash, 0 * cash)
        call = share_out - cash
        distributed[year] = share_out
        foreign, net = _owners(plan, numbers, profile, year, (share_out, call), held, state)
        held_back = _at(numbers, "/terms/withholding/dividends", draws, kind) * foreign
        lines["withholding"][year] = lines["withholding"][year] + held_back
        investor[year] = net - held_back
    government = sum((v for v in (*lines.values(), *equity)), _zeros(years, draws, kind))
    before = profile.revenue - profile.operating - profile.capital
    return Flows(
        before, profile.revenue, profile.capital, lines, equity, paid, carry, government, investor,
        distributed,
    )  # fmt: skip


def _as(value: Any, kind: Any) -> Any:
    """A figure as the arrays hold it: a decimal, or a float."""
    return value if kind.hasobject else float(value)


def _zeros(years: int, draws: int, kind: Any) -> Array:
    return np.zeros((years, draws), dtype=kind)


def _at(numbers: Numbers, pointer: str, draws: int, kind: Any) -> Array:
    found = numbers.get(pointer)
    return np.zeros(draws, dtype=kind) if found is None else found


def _profile(plan: Plan, numbers: Numbers) -> _Profile:
    """Quantities, prices and costs under the factors of each draw, moved by its delay."""
    first = next(iter(numbers.values()))
    draws, kind = first.shape[0], first.dtype

    def series(name: str) -> Array:
        values = plan.series.get(name)
        if values is None:
            return _zeros(plan.years, draws, kind)
        one = np.array([_as(v, kind) for v in values], dtype=kind)
        return np.repeat(one[:, None], draws, axis=1)

    factor = {
        name: numbers[f"/factors/{name}"]
        for name in ("price", "grade", "operating_cost", "capital")
    }
    price = series("price") * factor["price"]
    quantity = series("quantity") * factor["grade"]
    if plan.series.get("revenue") is not None:
        revenue = series("revenue") * factor["price"] * factor["grade"]
    else:
        revenue = quantity * price
    operating = series("operating_cost") * factor["operating_cost"]
    charges = series("charges") * factor["grade"]
    capital = series("capital") * factor["capital"]
    delay = numbers["/factors/delay_years"].astype(np.int64)
    longest = int(delay.max()) if plan.delayed else 0
    if longest:
        moved = [_moved(a, delay, longest) for a in (quantity, revenue, operating, charges)]
        quantity, revenue, operating, charges = moved
        price = np.concatenate([price, np.repeat(price[-1:], longest, axis=0)])
        capital = np.concatenate([capital, _zeros(longest, draws, kind)])
    start = delay + plan.first_production
    depreciation = _depreciation(plan, numbers, capital, start)
    netback = revenue - charges
    return _Profile(
        quantity, price, revenue, netback, operating + charges, capital, start, depreciation
    )


def _moved(series: Array, delay: Array, longest: int) -> Array:
    """A series that begins `delay` years later in each draw."""
    years, draws = series.shape
    out = _zeros(years + longest, draws, series.dtype)
    for late in np.unique(delay):
        chosen = delay == late
        out[late : late + years, chosen] = series[:, chosen]
    return out


def _depreciation(plan: Plan, numbers: Numbers, capital: Array, start: Array) -> Array:
    """Yearly deduction for capital, from the later of spending and first production."""
    years, draws = capital.shape
    out = _zeros(years, draws, capital.dtype)
    tax = plan.tax
    if tax is None:
        return out
    if tax.method == "immediate":
        return capital
    begin = start if tax.from_production else np.zeros(draws, dtype=np.int64)
    columns = np.arange(draws)
    over = numbers.get("/terms/income_tax/depreciation/years")
    rate = numbers.get("/terms/income_tax/depreciation/rate")
    for spent in range(years):
        if not np.any(capital[spent] != 0):
            continue
        first = np.maximum(begin, spent)
        left = capital[spent].copy()
        part = None if over is None else capital[spent] / over
        for place in range(years):
            here = first + place
            inside = here < years
            if not np.any(inside) or not np.any(left != 0):
                break
            taken = np.minimum(left, part) if part is not None else left * rate
            out[here[inside], columns[inside]] = out[here[inside], columns[inside]] + taken[inside]
            left = left - taken
    return out


def _taxed(
    plan: Plan, numbers: Numbers, p: _Profile, year: int, lines: dict[str, Array], s: _Year
) -> Array:
    """The year's levies, payments, share and tax; gives the cash left for the owners."""
    draws, kind = p.revenue.shape[1], p.revenue.dtype
    deductible = levied = np.zeros(draws, dtype=kind)
    for place, levy in enumerate(plan.levies):
        due = _levy(levy, place, numbers, p, year)
        if levy.creditable:
            used = np.minimum(due, s.credit + 0 * due)
            s.credit = s.credit - used
            due = due - used
        lines[levy.name][year] = lines[levy.name][year] + due
        levied = levied + due
        deductible = deductible + due if levy.deductible else deductible
    for place, payment in enumerate(plan.payments):
        due = _payment(plan, place, numbers, p, year)
        lines[payment.name][year] = lines[payment.name][year] + due
        levied = levied + due
        deductible = deductible + due if payment.deductible else deductible
    advance = _advance(plan, numbers, p, year, s)
    lines["advance payments"][year] = advance
    shared = _production_share(plan, numbers, p, year, levied, s)
    lines["production share"][year] = shared
    services = (
        _at(numbers, "/terms/withholding/services", draws, kind)
        * _at(numbers, "/terms/withholding/services_share", draws, kind)
        * p.operating[year]
    )
    lines["withholding"][year] = services
    income = p.revenue[year] - p.operating[year] - p.depreciation[year] - deductible - shared
    tax = _income_tax(plan, numbers, p, year, income, s)
    lines["income tax"][year] = tax
    before = p.revenue[year] - p.operating[year] - p.capital[year]
    return before - levied - advance - shared - services - tax


def _levy(levy: Levy, place: int, numbers: Numbers, p: _Profile, year: int) -> Array:
    """A royalty or surcharge of the year: flat, sliding or by the unit."""
    here = f"/terms/levies/{place}"
    base = p.netback[year] if levy.base == "net_back" else p.revenue[year]
    base = np.maximum(base, 0 * base)
    if levy.kind == "unit":
        return numbers[f"{here}/per_unit"] * p.quantity[year]
    if levy.kind == "flat":
        return numbers[f"{here}/rate"] * base
    if levy.measure == "price":
        measured = p.price[year]
    else:
        kept = p.revenue[year] - p.operating[year]
        whole = np.where(p.revenue[year] == 0, 1 + 0 * kept, p.revenue[year])
        measured = kept / whole
    rate = _stepped(numbers, f"{here}/steps", levy.steps, measured, "rate")
    return rate * base


def _stepped(numbers: Numbers, here: str, steps: int, measured: Array, name: str) -> Array:
    """The value of the last step whose threshold is reached; nothing below the first."""
    value = 0 * measured
    for place in range(steps):
        reached = measured >= numbers[f"{here}/{place}/from"]
        value = np.where(reached, numbers[f"{here}/{place}/{name}"] + 0 * measured, value)
    return value


def _payment(plan: Plan, place: int, numbers: Numbers, p: _Profile, year: int) -> Array:
    """A fixed payment, or one that follows the price."""
    payment, here = plan.payments[place], f"/terms/payments/{place}"
    if payment.kind == "amounts":
        one = payment.amounts[year] if year < len(payment.amounts) else 0
        return np.full(
            p.revenue.shape[1],
            _as(one, p.revenue.dtype),
            dtype=p.revenue.dtype,
        )
    producing = p.quantity[year] != 0 if payment.kind == "above_price" else p.start <= year
    if payment.kind == "above_price":
        over = p.price[year] - numbers[f"{here}/price"]
        due = numbers[f"{here}/rate"] * np.maximum(over, 0 * over) * p.quantity[year]
    else:
        due = _stepped(numbers, f"{here}/steps", payment.steps, p.price[year], "amount")
    return np.where(producing, due, 0 * due)


def _advance(plan: Plan, numbers: Numbers, p: _Profile, year: int, s: _Year) -> Array:
    """Advance payments until commercial production, up to their cap."""
    draws, kind = p.revenue.shape[1], p.revenue.dtype
    if plan.advance is None:
        return np.zeros(draws, dtype=kind)
    amounts = plan.advance.amounts
    one = amounts[min(year, len(amounts) - 1)]
    due = np.full(draws, _as(one, kind), dtype=kind)
    due = np.where(year < p.start, due, 0 * due)
    cap = numbers.get("/terms/advance/cap")
    if cap is not None:
        due = np.minimum(due, cap - s.advanced)
    s.advanced = s.advanced + due
    if plan.advance.creditable:
        s.credit = s.credit + due
    return due


def _production_share(
    plan: Plan, numbers: Numbers, p: _Profile, year: int, levied: Array, s: _Year
) -> Array:
    """The government's share of what is left after cost recovery."""
    draws, kind = p.revenue.shape[1], p.revenue.dtype
    if plan.sharing is None:
        return np.zeros(draws, dtype=kind)
    here = "/terms/production_sharing"
    cost = p.operating[year] + p.capital[year]
    s.unrecovered = s.unrecovered + cost
    after_levies = np.maximum(p.revenue[year] - levied, 0 * levied)
    recovered = np.minimum(s.unrecovered, numbers[f"{here}/cost_recovery_cap"] * after_levies)
    s.unrecovered = s.unrecovered - recovered
    s.spent = s.spent + cost
    s.earned = s.earned + recovered
    if plan.sharing:
        spent = np.where(s.spent == 0, 1 + 0 * cost, s.spent)
        ratio = s.earned / spent
        share = _stepped(numbers, f"{here}/steps", plan.sharing, ratio, "share")
    else:
        share = numbers[f"{here}/government_share"]
    split = after_levies - recovered
    s.earned = s.earned + (1 - share) * split
    return share * split


def _income_tax(
    plan: Plan, numbers: Numbers, p: _Profile, year: int, income: Array, s: _Year
) -> Array:
    """Tax on income after losses brought forward, the oldest first."""
    if plan.tax is None:
        return 0 * income
    zero = 0 * income
    positive = np.maximum(income, zero)
    limit = numbers.get("/terms/income_tax/losses/cap")
    room = positive if limit is None else positive * limit
    used = zero
    for place, loss in enumerate(s.losses):
        take = np.minimum(loss, room - used)
        s.losses[place] = loss - take
        used = used + take
    s.losses.append(np.maximum(-income, zero) if plan.tax.carry_forward != 0 else zero)
    if plan.tax.carry_forward is None:
        s.losses = [sum(s.losses, zero)]
    elif plan.tax.carry_forward:
        s.losses = s.losses[-plan.tax.carry_forward :]
    due = numbers["/terms/income_tax/rate"] * (positive - used)
    holiday = numbers.get("/terms/income_tax/holiday_years")
    if holiday is None:
        return due
    return np.where((year >= p.start) & (year < p.start + holiday), zero, due)


def _owners(
    plan: Plan,
    numbers: Numbers,
    p: _Profile,
    year: int,
    cash: tuple[Array, Array],
    held: list[tuple[Array, ...]],
    s: _Year,
) -> tuple[Array, Array]:
    """Distributions and calls split over the owners; gives the investor's dividends and net."""
    share_out, call = cash
    equity, paid, carry = held
    foreign, theirs = share_out, share_out - call
    for place, holding in enumerate(plan.equity):
        share = numbers[f"/terms/state_equity/{place}/share"]
        dividend, due = share * share_out, share * call
        foreign = foreign - dividend
        if holding.kind == "free":
            equity[place][year] = dividend
            carry[place][year] = due
            theirs = theirs - dividend
        elif holding.kind == "paid":
            equity[place][year] = dividend - due
            paid[place][year] = due
            theirs = theirs - dividend + due
        else:
            net = _lent(holding, place, numbers, p, year, (dividend, due), s)
            equity[place][year] = net
            carry[place][year] = due
            paid[place][year] = np.maximum(-net, 0 * net)
            theirs = theirs - net
    return foreign, theirs


def _lent(
    holding: Equity,
    place: int,
    numbers: Numbers,
    p: _Profile,
    year: int,
    cash: tuple[Array, Array],
    s: _Year,
) -> Array:
    """The state's net flow where the investor advances its share of capital at interest.

    Carried: repaid out of its dividends alone. Loan: repaid by the state in equal yearly parts from
    first production, whether or not there are dividends.
    """
    dividend, due = cash
    rate = numbers[f"/terms/state_equity/{place}/interest"]
    owed = s.owed[place] * (1 + rate)
    if holding.kind == "carried":
        repaid = np.minimum(dividend, owed + 0 * dividend)
        s.owed[place] = owed - repaid + due
        return dividend - repaid
    left = np.maximum(p.start + holding.years - year, 1)
    level = _annuity(rate, left, owed + 0 * dividend)
    running = (year >= p.start) & (year < p.start + holding.years)
    repaid = np.where(running, level, 0 * level)
    s.owed[place] = owed - repaid + due
    # A call after the last part is paid at once: nobody lends beyond the term.
    late = np.where(year >= p.start + holding.years - 1, s.owed[place], 0 * dividend)
    s.owed[place] = s.owed[place] - late
    return dividend - repaid - late


def _annuity(rate: Array, left: Array, owed: Array) -> Array:
    """The equal yearly part that clears `owed` (interest of this year already on it) in time."""
    worth = 0 * owed
    for place in range(int(left.max())):
        worth = np.where(place < left, worth + 1 / (1 + rate) ** place, worth)
    return owed / worth
