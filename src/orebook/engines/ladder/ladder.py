"""The ladder: headline, what of it has tonnage, grade and class, and what that is worth in hand.

Each step is a figure with its bounds and its basis. What has no tonnage, grade and class is named
and never scaled: a share of value found for one deposit says nothing about a headline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.ladder.span import NOTHING, ONE, Span

VERSION = "ladder/1"


@dataclass(frozen=True, slots=True)
class Product:
    """One payable substance of a deposit: fractions of one, money per tonne of the substance."""

    substance: str
    grade: Span
    price_per_t: Span
    mining_recovery: Span = ONE
    plant_recovery: Span | None = None
    payable: Span | None = None
    charges_per_t: Span = NOTHING


@dataclass(frozen=True, slots=True)
class Deposit:
    """A stated tonnage (dry tonnes) of one class, with its products and where it is stated."""

    name: str
    tonnes: Span
    scheme: str
    word: str
    backing: str
    products: tuple[Product, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """What it takes to bring a deposit to money; a part that is None was not stated."""

    operating_per_t: Span | None = None
    capital: Span | None = None
    capital_bias: Span | None = None
    probability: Span | None = None
    years_to_production: Span | None = None
    life_years: Decimal | None = None
    discount_rate: Span | None = None
    split: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: its value in money, None where what it needs was not stated (`needs` says what)."""

    name: str
    value: Span | None
    basis: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A headline and its rungs. `backed` is in-ground value by backing class; `coverage` its share.

    Unknown: `steps` is empty and `refused` says why where no tonnage, grade and class is stated.
    """

    headline: Decimal | None
    money: str
    steps: tuple[Step, ...]
    backed: dict[str, Span]
    split: tuple[tuple[str, Span], ...]
    refused: tuple[str, ...]

    def coverage(self, *classes: str) -> Span | None:
        """The share of the headline that these classes back in the ground, if there is one."""
        if not self.headline:
            return None
        total = NOTHING
        for name in classes:
            total = total + self.backed.get(name, NOTHING)
        return total.over(self.headline)


def in_ground(deposit: Deposit) -> Span:
    """Tonnes × grade × price over the products: metal in place at a price, not a value."""
    total = NOTHING
    for one in deposit.products:
        total = total + deposit.tonnes.times(one.grade).times(one.price_per_t)
    return total


def climb(
    headline: Decimal | None, money: str, deposits: Sequence[Deposit], project: Project
) -> Ladder:
    """The ladder of a headline.

    Refuses: to run without a deposit that has tonnage, grade and class, and to scale the part of
    the headline that none backs; both are said in `refused`, the coverage stays.
    """
    backed: dict[str, Span] = {}
    for one in deposits:
        backed[one.backing] = backed.get(one.backing, NOTHING) + in_ground(one)
    usable = [d for d in deposits if d.backing in {"reserve", "resource"}]
    refused = []
    if not usable:
        refused.append(
            "no tonnage with grade and class (reserve, measured or indicated resource) is stated: "
            "the ladder does not run"
        )
    if headline is not None:
        refused.append(
            "the rest of the headline is not scaled: it has no tonnage, grade, class, recovery or "
            "cost, so it is neither low nor high but unbacked"
        )
    steps = _steps(usable, project) if usable else ()
    last = next((s.value for s in reversed(steps) if s.value is not None), None)
    whole = bool(steps) and all(s.value is not None for s in steps)
    split = (
        tuple((n, last.times(p)) for n, p in project.split) if last is not None and whole else ()
    )
    return Ladder(headline, money, steps, backed, split, tuple(refused))


def _steps(deposits: Sequence[Deposit], project: Project) -> tuple[Step, ...]:
    ground = NOTHING
    for one in deposits:
        ground = ground + in_ground(one)
    steps = [
        Step(
            "in the ground",
            ground,
            "tonnes × grade × price; reserves and resources, inferred apart",
        )
    ]
    steps.append(_recovered(deposits))
    steps.append(_paid(deposits))
    steps.append(_after_cost(steps[-1].value, deposits, project))
    steps.append(_after_capital(steps[-1].value, project))
    steps.append(_after_time(steps[-2].value, project))
    steps.append(_after_chance(steps[-1].value, project))
    return tuple(steps)


def _recovered(deposits: Sequence[Deposit]) -> Step:
    total = NOTHING
    for deposit in deposits:
        for one in deposit.products:
            if one.plant_recovery is None:
                needs = f"plant recovery of {one.substance} at {deposit.name}"
                return Step("recovered", None, "× mining recovery × plant recovery", needs)
            value = deposit.tonnes.times(one.grade).times(one.price_per_t)
            total = total + value.times(one.mining_recovery).times(one.plant_recovery)
    return Step("recovered", total, "× mining recovery × plant recovery")


def _paid(deposits: Sequence[Deposit]) -> Step:
    total, basis = NOTHING, "× payable share, less charges a tonne of metal"
    for deposit in deposits:
        for one in deposit.products:
            if one.payable is None or one.plant_recovery is None:
                what = "payable share" if one.payable is None else "plant recovery"
                return Step("paid for", None, basis, f"{what} of {one.substance} at {deposit.name}")
            metal = deposit.tonnes.times(one.grade).times(one.mining_recovery)
            metal = metal.times(one.plant_recovery).times(one.payable)
            total = total + metal.times(one.price_per_t - one.charges_per_t)
    return Step("paid for", total, basis)


def _after_cost(before: Span | None, deposits: Sequence[Deposit], project: Project) -> Step:
    basis = "less operating cost a tonne mined"
    if before is None or project.operating_per_t is None:
        return Step("after operating cost", None, basis, "operating cost a tonne")
    tonnes = NOTHING
    for one in deposits:
        tonnes = tonnes + one.tonnes
    return Step("after operating cost", before - tonnes.times(project.operating_per_t), basis)


def _after_capital(before: Span | None, project: Project) -> Step:
    basis = "less capital × (1 + its usual overrun)"
    if before is None or project.capital is None or project.capital_bias is None:
        needs = "capital" if project.capital is None else "bias of capital"
        return Step("after capital", None, basis, needs)
    spent = project.capital.times(ONE + project.capital_bias)
    return Step("after capital", before - spent, basis)


def _after_time(before: Span | None, project: Project) -> Step:
    """Cash after operating cost, even over the life from first production, less capital today."""
    basis = "even over the life from first production, discounted; capital spent now"
    parts = {
        "years to production": project.years_to_production,
        "life": project.life_years,
        "discount rate": project.discount_rate,
        "capital": project.capital,
        "bias of capital": project.capital_bias,
    }
    lacking = [name for name, part in parts.items() if part is None]
    lead, life, rate = project.years_to_production, project.life_years, project.discount_rate
    capital, bias = project.capital, project.capital_bias
    if (
        before is None
        or lead is None
        or life is None
        or rate is None
        or capital is None
        or bias is None
    ):
        return Step("in today's money", None, basis, ", ".join(lacking) or "the step before")
    factors = [_factor(r, y, life) for r in (rate.low, rate.high) for y in (lead.low, lead.high)]
    worth = before.times(Span(min(factors), max(factors)))
    return Step("in today's money", worth - capital.times(ONE + bias), basis)


def _factor(rate: Decimal, lead: Decimal, life: Decimal) -> Decimal:
    """Today's worth of 1 paid in even parts over `life`, the first after `lead` + 1 years."""
    if rate == 0:
        return Decimal(1)
    level = (1 - (1 + rate) ** -life) / rate / life
    return level * (1 + rate) ** -lead


def _after_chance(before: Span | None, project: Project) -> Step:
    basis = "× chance that the deposit becomes a mine"
    if before is None or project.probability is None:
        return Step("expected", None, basis, "probability of becoming a mine")
    return Step("expected", before.times(project.probability), basis)
