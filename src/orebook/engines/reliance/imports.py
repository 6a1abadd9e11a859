"""How much of what a country uses comes from outside: net import reliance, and what is left N−1."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.model.statistic import ZERO, Interval

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Accounts:
    """One country's year in one material: amounts of one unit and basis, as intervals.

    `consumption` is the apparent consumption as published, None where it is not. `stock_draw` is
    opening less closing stock: it may be negative, and is None where the definition has no stocks.
    """

    production: Interval
    imports: Interval
    exports: Interval
    stock_draw: Interval | None
    consumption: Interval | None

    @property
    def net_imports(self) -> Interval:
        """Imports less exports, plus what was drawn from stocks."""
        net = self.imports - self.exports
        return net if self.stock_draw is None else net + self.stock_draw


@dataclass(frozen=True, slots=True)
class Reliance:
    """Net import reliance in percent of apparent consumption.

    `by_parts` from net imports over production plus net imports, which carries no rounded sum;
    `by_definition` from net imports over published consumption; `by_consumption` from published
    consumption less production. None where it cannot be told. `net_exporter` is True where exports
    exceed imports for certain.
    """

    by_parts: Interval | None
    by_definition: Interval | None
    by_consumption: Interval | None
    net_exporter: bool


def net_import_reliance(accounts: Accounts) -> Reliance:
    """NIR = (imports − exports ± stock change) / apparent consumption, in percent.

    Unknown: an open amount leaves the answer an interval, up to 100. Source: USGS, Mineral
    Commodity Summaries, Appendix A, and the definitions below each chapter's salient statistics.
    """
    net = accounts.net_imports
    exporter = net.high is not None and net.high < 0
    by_parts = None if exporter else _by_parts(net, accounts.production)
    consumption = accounts.consumption
    by_definition = by_consumption = None
    if consumption is not None:
        by_definition = _by_definition(net, consumption)
        by_consumption = _by_consumption(consumption, accounts.production)
    return Reliance(by_parts, by_definition, by_consumption, exporter)


def _by_parts(net: Interval, production: Interval) -> Interval | None:
    """N / (n + p) grows with n and falls with p; both are at least nothing."""
    if net.high is None and net.low is None:
        return None
    lowest = _ratio(max(net.low or ZERO, ZERO), production.high)
    highest = HUNDRED if net.high is None else _ratio(net.high, production.low or ZERO)
    if lowest is None or highest is None:
        return None
    return Interval(lowest, highest)


def _ratio(net: Decimal, production: Decimal | None) -> Decimal | None:
    if production is None:
        return ZERO
    if net + production == 0:
        return None
    return HUNDRED * net / (net + production)


def _by_definition(net: Interval, consumption: Interval) -> Interval | None:
    """N / c grows with n and falls with c; nothing above 100 is told by a rounded consumption."""
    if net.low is None or net.high is None or not consumption.low or consumption.high is None:
        return None
    low = HUNDRED * max(net.low, ZERO) / consumption.high
    return Interval(
        min(low, HUNDRED), min(HUNDRED * max(net.high, ZERO) / consumption.low, HUNDRED)
    )


def _by_consumption(consumption: Interval, production: Interval) -> Interval | None:
    """1 − p / c grows with c and falls with p."""
    low_c, high_c = consumption.low, consumption.high
    if not low_c:
        return None
    low = ZERO if production.high is None else HUNDRED * (1 - production.high / low_c)
    made = production.low or ZERO
    high = HUNDRED if high_c is None or made == 0 else HUNDRED * (1 - made / high_c)
    return Interval(min(low, high), max(low, high))


def n_minus_one(
    supply: Interval, top_supply: Interval, demand: Interval, top_demand: Interval
) -> Interval | None:
    """What share of the others' demand the others' supply covers if the top supplier falls out.

    (supply − top supplier's) / (demand − top supplier's own demand), in percent. Unknown: None
    where an end of supply or of what the others need is open, or they need nothing.
    """
    left, needed = supply - top_supply, demand - top_demand
    if left.low is None or left.high is None or needed.low is None or needed.high is None:
        return None
    if needed.low <= 0:
        return None
    low = HUNDRED * max(left.low, ZERO) / needed.high
    return Interval(low, HUNDRED * max(left.high, ZERO) / needed.low)
