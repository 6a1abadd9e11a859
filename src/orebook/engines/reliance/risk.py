"""Indices that weigh concentration by governance and trade: EU supply risk and GeoPolRisk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.reliance.shares import ONE, Holdings, NoShares, hhi, weighted_hhi
from orebook.model.statistic import ZERO, Interval

# An estimate of the Worldwide Governance Indicators runs from -2.5 to 2.5, higher is better; the
# EU method turns it about and stretches it to 0..10.
_WGI_TOP = Decimal("2.5")
_WGI_STRETCH = Decimal(2)
WORST_WGI = Decimal(10)
# The largest trade factor of the EU's 2023 assessment is 1.5 (a ban or a very high tax).
WORST_TRADE = Decimal("1.5")
INSIDE_EU = Decimal("0.8")
# GeoPolRisk is printed in kilograms of copper by dividing through the mean factor of copper for the
# countries of the OECD, 2017-2021 (Koyamparambath et al. 2024, doi 10.1016/j.softx.2024.101773).
COPPER_FACTOR = Decimal("0.409412948")


def governance(estimate: Decimal) -> Decimal:
    """A WGI estimate (-2.5 … 2.5, higher is better) as a weight 0 … 10, higher is worse.

    Refuses: NoShares outside that range.
    """
    if not -_WGI_TOP <= estimate <= _WGI_TOP:
        message = f"a governance estimate lies between -2.5 and 2.5, not at {estimate}"
        raise NoShares(message)
    return (_WGI_TOP - estimate) * _WGI_STRETCH


@dataclass(frozen=True, slots=True)
class StageRisk:
    """What the EU formula takes at one stage; fractions from 0 to 1.

    `basis` says which supply counts: `GS+EU`, `GSonly` or `EUonly`. None: not known.
    """

    basis: str
    import_reliance: Decimal | None
    recycling: Decimal | None
    substitution: Decimal | None


def eu_supply_risk(
    stage: StageRisk, world: Interval | None, union: Interval | None
) -> Interval | None:
    """SR = [HHI_GS·IR/2 + HHI_EU·(1 − IR/2)] · (1 − EoL-RIR) · SI_SR, at one stage.

    Takes: the weighted HHI of global supply and of EU sourcing; None where nothing is known of it,
    which leaves it anywhere from 0 to the worst. Unknown: None where a factor of the formula, or
    every supply it rests on, is not known.
    Source: European Commission 2017 (doi 10.2873/769526), section 3; with one side's data missing,
    the other alone.
    """
    if stage.recycling is None or stage.substitution is None:
        return None
    anywhere = Interval(ZERO, WORST_WGI * WORST_TRADE)
    factor = (ONE - stage.recycling) * stage.substitution
    if stage.basis == "GSonly":
        return None if world is None else world.times(factor)
    if stage.basis == "EUonly":
        return None if union is None else union.times(factor)
    if stage.import_reliance is None or (world is None and union is None):
        return None
    half = stage.import_reliance / 2
    mixed = (world or anywhere).times(half) + (union or anywhere).times(ONE - half)
    return mixed.times(factor)


def supply_weights(
    estimates: Mapping[str, Decimal], trade: Mapping[str, Decimal], union: frozenset[str]
) -> dict[str, Decimal]:
    """Governance × trade factor by party: 0.8 inside the EU, the table's factor, else 1."""
    return {
        party: governance(estimate) * (INSIDE_EU if party in union else trade.get(party, ONE))
        for party, estimate in estimates.items()
    }


@dataclass(frozen=True, slots=True)
class GeoPolRisk:
    """The GeoPolRisk of one country's imports of one material in one year.

    `concentration` HHI of world production, `import_risk` Σ g·f / (p + F), `score` their product,
    `factor` in kilograms of copper equivalent per kilogram, None without a price.
    """

    concentration: Decimal
    import_risk: Decimal
    score: Decimal
    factor: Decimal | None


def geopolrisk(
    production: Holdings,
    imports: Mapping[str, tuple[Decimal, Decimal]],
    domestic: Decimal,
    price: Decimal | None,
) -> GeoPolRisk:
    """GeoPolRisk = HHI · Σ g_i f_i / (p + F).

    Takes: world production; by partner, the amount imported and its instability from 0 to 1; own
    production in the same unit; a price in thousand dollars per tonne. Refuses: NoShares where
    nothing is imported and nothing produced, or production has a rest that nobody is named for.
    Source: Gemechu et al. 2016 (doi 10.1111/jiec.12279); Koyamparambath et al. 2024.
    """
    if production.rest:
        message = "GeoPolRisk is defined over named producers alone"
        raise NoShares(message)
    flow = sum((amount for amount, _ in imports.values()), ZERO)
    if flow + domestic == 0:
        message = "nothing is imported and nothing produced: there is no import risk of nothing"
        raise NoShares(message)
    weighed = sum((amount * unrest for amount, unrest in imports.values()), ZERO)
    risk = weighed / (flow + domestic)
    concentration = hhi(production).low or ZERO
    score = concentration * risk
    factor = None if price is None else score * price / COPPER_FACTOR
    return GeoPolRisk(concentration, risk, score, factor)


def governed(
    holdings: Holdings,
    estimates: Mapping[str, Decimal],
    trade: Mapping[str, Decimal],
    union: frozenset[str],
) -> Interval:
    """The HHI of a supply weighed by governance and trade, 0 … 15, as an interval."""
    weights = supply_weights(estimates, trade, union)
    return weighted_hhi(holdings, weights, WORST_WGI * WORST_TRADE)
