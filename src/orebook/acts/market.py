"""A folder of official statistics, read once: production, governance, trade, national accounts.

Each file is found by its columns' usual name; one that is not there leaves what rests on it not
computable, and never zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from orebook.engines.reliance import Holdings
from orebook.exchange.statistics import geopolrisk, governance, production, trade, union, usgs
from orebook.model.problem import Problem, ReaderError
from orebook.model.statistic import REST, WORLD, ZERO, Statistic

PRODUCTION = "production_by_country.csv"
FIRMS = "production_by_firm.csv"
GOVERNANCE = "wgi.csv"
ACCOUNTS = "usgs_mcs2026_subset.csv"
EU_INPUTS = "eu2023_inputs.csv"
EU_TRADE = "eu2023_trade_parameters.csv"
EU_LIST = "eu_critical.csv"
GPR_PRODUCTION = "geopolrisk_test_production.csv"
GPR_TRADE = "geopolrisk_test_trade.csv"
TRADE = "trade_*.csv"
T = TypeVar("T")


class NoData(LookupError):
    """What a figure rests on is not in the folder; the message says what."""


class Market:
    """The statistics in one folder. Refuses: ReaderError where there is no such folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            message = f"{folder} is not a folder of statistics; name the folder of the CSV files"
            raise ReaderError(message)
        self.folder = folder
        self.problems: list[Problem] = []

    def _file(self, name: str, read: Callable[[Path], T]) -> T:
        path = self.folder / name
        if not path.is_file():
            message = f"{name} is not in the folder of statistics"
            raise NoData(message)
        return read(path)

    @cached_property
    def production(self) -> tuple[Statistic, ...]:
        """Production by country. Refuses: NoData."""
        found, problems = self._file(PRODUCTION, production.read)
        self.problems.extend(problems)
        return found

    @cached_property
    def firms(self) -> tuple[Statistic, ...]:
        """Production by firm, where a source names firms. Refuses: NoData."""
        found, problems = self._file(FIRMS, production.read_firms)
        self.problems.extend(problems)
        return found

    def figures(self, by: str = "country") -> tuple[Statistic, ...]:
        """Production by country or by firm. Refuses: NoData."""
        return self.firms if by == "firm" else self.production

    @cached_property
    def governance(self) -> governance.Governance:
        """Governance estimates. Refuses: NoData."""
        return self._file(GOVERNANCE, governance.read)

    @cached_property
    def salient(self) -> usgs.Salient:
        """The salient statistics of the United States. Refuses: NoData."""
        return self._file(ACCOUNTS, usgs.read)

    @cached_property
    def eu_inputs(self) -> Mapping[tuple[str, str], union.Factors]:
        """The EU study's factors by material and stage. Refuses: NoData."""
        return self._file(EU_INPUTS, union.read_inputs)

    @cached_property
    def eu_trade(self) -> Mapping[tuple[str, str], Mapping[str, Decimal]]:
        """The EU study's trade factors; none where the file is absent is not assumed."""
        return self._file(EU_TRADE, union.read_trade)

    @cached_property
    def eu_list(self) -> tuple[union.Listed, ...]:
        """The EU's list of critical raw materials. Refuses: NoData."""
        return self._file(EU_LIST, union.read_list)

    @cached_property
    def gpr_production(self) -> Mapping[tuple[str, str], Mapping[str, Decimal]]:
        """World production in the GeoPolRisk form. Refuses: NoData."""
        return self._file(GPR_PRODUCTION, geopolrisk.read_production)

    @cached_property
    def gpr_codes(self) -> Mapping[str, str]:
        """ISO alpha-3 → the numeric code that the GeoPolRisk files use. Refuses: NoData."""
        return self._file(GPR_PRODUCTION, geopolrisk.read_codes)

    @cached_property
    def gpr_trade(
        self,
    ) -> Mapping[tuple[str, str, str], Mapping[str, tuple[Decimal, Decimal, Decimal]]]:
        """Imports in the GeoPolRisk form. Refuses: NoData."""
        return self._file(GPR_TRADE, geopolrisk.read_trade)

    @cached_property
    def trade(self) -> Mapping[tuple[str, str, str, str], trade.Flow]:
        """Imports by partner, of every `trade_*.csv`. Refuses: NoData."""
        paths = sorted(self.folder.glob(TRADE))
        if not paths:
            message = f"no {TRADE} is in the folder of statistics"
            raise NoData(message)
        found: dict[tuple[str, str, str, str], trade.Flow] = {}
        for path in paths:
            flows, problems = trade.read(path)
            self.problems.extend(problems)
            for key, flow in flows.items():  # two publishers are never mixed: the newer name stays
                if key not in found or edition(flow.source) >= edition(found[key].source):
                    found[key] = flow
        return found

    def sources(self, subject: str, stage: str, by: str = "country") -> tuple[str, ...]:
        """The families of sources that speak of a subject at a stage, in order of the file."""
        rows = (s for s in self.figures(by) if s.subject == subject and s.stage == stage)
        return tuple(dict.fromkeys(family(s.source) for s in rows))

    def rows(
        self, subject: str, stage: str, years: Iterable[str], source: str, by: str = "country"
    ) -> tuple[Statistic, ...]:
        """The figures of one edition of one source, never of two.

        Takes: a family of sources, of which the edition with the most of these years is taken, of
        equals the newest; or one edition by its name.
        """
        wanted = set(years)
        every = [
            s
            for s in self.figures(by)
            if s.subject == subject
            and s.stage == stage
            and s.period in wanted
            and source in {family(s.source), s.source}
        ]
        told: dict[str, set[str]] = {}
        for row in every:
            told.setdefault(row.source, set()).add(row.period)
        best = max(told, key=lambda name: (len(told[name]), edition(name)), default="")
        return tuple(row for row in every if row.source == best)

    def country(self, name: str) -> str:
        """The ISO code of a country by its name or code. Refuses: NoData."""
        for statistic in self.production:
            if name in {statistic.party, statistic.party_name}:
                return statistic.party
        message = f"no country is called {name} in {PRODUCTION}"
        raise NoData(message)


def family(source: str) -> str:
    """Who publishes a source: the words before its edition, so that two never mix in one vector."""
    for name in ("IEA", "World Mining Data", "USGS MCS", "USGS Minerals Yearbook"):
        if source.startswith(name):
            return name
    return source.partition(",")[0]


def edition(source: str) -> tuple[tuple[int, ...], str]:
    """What orders the editions of one source: the numbers of its name, those in brackets left out.

    `USGS MCS 2026 v1.3` comes after `USGS MCS 2026 data release (doi 10.5066/…)`.
    """
    plain = re.sub(r"\([^)]*\)|@\w+", "", source)
    return tuple(map(int, re.findall(r"\d+", plain))), source


def holdings(rows: Iterable[Statistic]) -> Holdings:
    """The shares of a set of figures of one edition of one source, and one basis.

    The rest is the rest of the world where it has a row of its own, and the part of the published
    world total that no party accounts for, if that is more than nothing. A rounded total says
    nothing of so small a part, and counts only where an amount is withheld or not available: that
    party belongs to the rest. Refuses: NoData where the units or sources
    differ, no party is named, or an amount is withheld and no total bounds it.
    """
    rows = tuple(rows)
    _one_kind(rows)
    named: dict[str, Decimal] = {}
    sums = {WORLD: ZERO, REST: ZERO}
    for row in rows:
        if row.amount is None:
            continue
        if row.party in sums:
            sums[row.party] += row.amount
        else:
            named[row.party] = named.get(row.party, ZERO) + row.amount
    hidden = any(r.amount is None and r.state != "under-half" and r.party != WORLD for r in rows)
    if hidden and not sums[WORLD]:
        message = "an amount is withheld and no world total bounds it"
        raise NoData(message)
    if not named:
        message = "no party is named"
        raise NoData(message)
    gap = sums[WORLD] - sums[REST] - sum(named.values(), ZERO)
    if not hidden and stated_total(rows) is None:
        gap = ZERO
    return Holdings(named, sums[REST] + max(gap, ZERO))


def _one_kind(rows: tuple[Statistic, ...]) -> None:
    if not rows:
        message = "the data has no such row"
        raise NoData(message)
    kinds = {
        "units": {r.unit for r in rows},
        "sources": {family(r.source) for r in rows},
        "editions": {r.source for r in rows},
    }
    for what, found in kinds.items():
        if len(found) > 1:
            message = f"two {what} in one share vector: {', '.join(sorted(found))}"
            raise NoData(message)


def stated_total(rows: Iterable[Statistic]) -> Decimal | None:
    """The world total as published, over all years of the rows; None where there is none.

    A rounded total is none: it may lie on either side of the sum of its parts.
    """
    totals = [row for row in rows if row.party == WORLD]
    if not totals or any(row.amount is None or row.state == "rounded" for row in totals):
        return None
    return sum((row.amount or ZERO for row in totals), ZERO)
