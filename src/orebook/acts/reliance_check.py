"""Compute published indicators of reliance again, and say of each whether it comes out.

A row whose `inputs` say *not in this set* or *none* is not computable; every other row is tried.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from orebook.acts.market import Market, NoData, holdings, stated_total
from orebook.acts.published import Outcome, Printed, compare, printed
from orebook.acts.reliance_country import accounts
from orebook.engines.reliance import (
    Holdings,
    NoShares,
    StageRisk,
    eu_supply_risk,
    geopolrisk,
    governed,
    hhi,
    net_import_reliance,
    top,
)
from orebook.exchange.statistics import indicators
from orebook.exchange.statistics.indicators import Indicator
from orebook.exchange.statistics.union import MEMBERS
from orebook.model.problem import Problem, found
from orebook.model.statistic import Interval, point

_NOT_THERE = ("not in this set", "none")
_SUBJECTS = {
    "rare_earth_elements": "magnet_rare_earths_NdPrDyTb",
    "magnet_rare_earths": "magnet_rare_earths_NdPrDyTb",
    "ree": "magnet_rare_earths_NdPrDyTb",
    "cu": "copper",
    "li": "lithium",
    "ni": "nickel",
    "co": "cobalt",
}
_STAGES = {"extraction": "mine", "mine": "mine", "refinery": "refinery", "processing": "refinery"}
_PERIOD = re.compile(r"(\d{4})\s*[-–]\s*(\d{4})(?: avg)?")
_IMPORTS = re.compile(r"(.+) imports of HS (\d+)")
_IMPORTED = re.compile(r"(.+) imported by (\w+)")
_TOP = re.compile(r"top(\d+)_share")
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed value or interval in the unit of its row, and what was taken to compute it.

    `also` holds the same figure by other routes, each named; `whole` is False where years of the
    period are not in the data, so that another value proves nothing.
    """

    span: Interval
    notes: tuple[str, ...] = ()
    exporter: bool = False
    also: tuple[tuple[str, Interval], ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """One row checked: its id and formula, the outcome, what was computed, and why."""

    id: str
    formula: str
    outcome: Outcome
    computed: Interval | None
    reason: str
    line: int

    def as_json(self) -> dict[str, object]:
        """Plain members: `value` where there is one value, else `low` and `high`."""
        span = self.computed
        value = span.low if span is not None and span.is_point else None
        return {
            "id": self.id,
            "formula": self.formula,
            "outcome": self.outcome,
            "value": None if value is None else format(value, "f"),
            "interval": None if span is None else span.as_json(),
            "reason": self.reason,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every row of the file, in its order, and what in the data could not be read."""

    rows: tuple[Checked, ...]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Formula → outcome → how many."""
        counted = Counter((row.formula, row.outcome) for row in self.rows)
        return {
            formula: {outcome: n for (of, outcome), n in sorted(counted.items()) if of == formula}
            for formula in dict.fromkeys(row.formula for row in self.rows)
        }

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "rows": [row.as_json() for row in self.rows],
            "counts": self.counts,
            "problems": [problem.as_json() for problem in self.problems],
        }


def check(file: Path, folder: Path) -> Report:
    """Every published indicator of the file against the statistics in the folder.

    Refuses: SenderError for a file without the columns of indicators; ReaderError without folder.
    """
    market = Market(folder)
    rows = indicators.read(file)
    problems: list[Problem] = []
    for ident, times in Counter(row.id for row in rows).items():
        if times > 1:
            line = [row.line for row in rows if row.id == ident][1]
            step = "Give every row an id of its own."
            place = f"line {line}, column indicator_id"
            problems.append(Problem("id-twice", place, "an id once", found(ident), step, file.name))
    done = tuple(_checked(row, market) for row in rows)
    return Report(done, (*problems, *market.problems))


def _checked(row: Indicator, market: Market) -> Checked:
    def answer(outcome: Outcome, reason: str, span: Interval | None = None) -> Checked:
        return Checked(row.id, row.formula, outcome, span, reason, row.line)

    claim = printed(row.value, row.tolerance)
    if claim is None:
        return answer("not computable", f"the value {found(row.value)} is not a number or a bound")
    inputs = row.inputs.lower()
    if not inputs or inputs == _NOT_THERE[1] or _NOT_THERE[0] in inputs:
        return answer("not computable", f"its inputs are: {row.inputs or 'not said'}")
    compute = _compute_for(row)
    if compute is None:
        return answer("not computable", f"no formula here computes {found(row.metric)}")
    try:
        result = compute(row, market)
    except NoData as missing:
        return answer("not computable", str(missing))
    except NoShares as refused:
        return answer("not computable", str(refused))
    return _judged(claim, result, answer)


def _judged(
    claim: Printed, result: Computed, answer: Callable[[Outcome, str, Interval | None], Checked]
) -> Checked:
    notes = "; ".join(result.notes)
    if claim.exporter:
        outcome: Outcome = "reproduced" if result.exporter else "not computable"
        why = (
            "exports exceed imports" if result.exporter else "exports do not surely exceed imports"
        )
        return answer(outcome, "; ".join(filter(None, (why, notes))), result.span)
    if result.exporter:
        return answer("differs", "; ".join(filter(None, ("a net exporter", notes))), result.span)
    outcome, why = compare(claim, result.span)
    span = result.span
    for route, other in result.also:
        if outcome != "reproduced" and compare(claim, other)[0] == "reproduced":
            outcome, span, why = "reproduced", other, route
    if outcome == "differs" and not result.whole:
        outcome, why = "not computable", "years of its period are not in the data"
    return answer(outcome, "; ".join(filter(None, (why, notes))), span)


def _compute_for(row: Indicator) -> Callable[[Indicator, Market], Computed] | None:
    if _IMPORTS.fullmatch(row.subject):
        return _import_concentration
    if row.formula == "GEOPOLRISK":
        return _geopolrisk
    if _TOP.fullmatch(row.metric) or row.metric == "hhi":
        return _production_concentration
    return {
        "avg_top3_refining_share": _mean_of_tops,
        "net_import_reliance": _net_imports,
        "eu_supply_risk_stage": _eu_stage,
    }.get(row.metric)


def _years(text: str) -> list[str]:
    match = _PERIOD.fullmatch(text)
    if match is None:
        return [text]
    return [str(year) for year in range(int(match[1]), int(match[2]) + 1)]


def _subject(name: str, market: Market, source: str) -> str:
    """The subject of the statistics that a name means, among those of one source."""
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    plain = _SUBJECTS.get(plain, plain)
    known = dict.fromkeys(s.subject for s in market.production if s.source.startswith(source))
    for subject in known:
        if subject == plain or subject.lower().startswith(f"{plain}_"):
            return subject
    message = f"no production of {name} by {source} is in the data"
    raise NoData(message)


def _vector(
    name: str, stage: str, period: str, market: Market, source: str
) -> tuple[Holdings, Decimal | None, bool, tuple[str, ...]]:
    """The holdings of a subject over a period by one source, its published total, and notes.

    The total is None where none is published or it is rounded; the third says whether every year
    of the period is in the data.
    """
    subject = _subject(name, market, source)
    at = _STAGES.get(stage.lower(), stage.lower())
    years = _years(period)
    rows = market.rows(subject, at, years, source)
    if not rows:
        message = f"no {at} production of {subject} by {source} in {period} is in the data"
        raise NoData(message)
    there = sorted({row.period for row in rows})
    notes: tuple[str, ...] = (f"{rows[0].source}, {subject}, {at}, {', '.join(there)}",)
    if len(there) < len(years):
        notes += (f"{len(there)} of {len(years)} years are in the data",)
    whole = len(there) == len(years)
    return holdings(rows), stated_total(rows), whole, notes


def _source_of(row: Indicator) -> str:
    return "IEA" if "IEA" in row.id or row.source.startswith("IEA") else "World Mining Data"


def _unit(span: Interval, row: Indicator) -> Interval:
    return span.times(_HUNDRED) if "percent" in row.unit else span


def _production_concentration(row: Indicator, market: Market) -> Computed:
    source = _source_of(row)
    vector, total, whole, notes = _vector(row.subject, row.stage, row.year, market, source)
    match = _TOP.fullmatch(row.metric)
    if match is None:
        return Computed(_unit(hhi(vector), row), notes, whole=whole)
    count = int(match[1])
    leaders = ", ".join(party for party, _ in vector.ranked()[:count])
    notes += (f"named parties: {leaders}",)
    upper = top(vector, count)
    if not upper.is_point:
        notes += (f"with the rest as one party at most {upper.high:.6g}",)
    if total is not None and total != vector.total:
        notes += (f"the published total is {total:f}, the sum of its parts {vector.total:f}",)
    return Computed(_unit(point(_top_named(vector, total, count)), row), notes, whole=whole)


def _top_named(vector: Holdings, total: Decimal | None, count: int) -> Decimal:
    """The share of the largest named parties in the total as published, else in the sum."""
    largest = sum((vector.named[party] for party, _ in vector.ranked()[:count]), Decimal(0))
    return largest / (total or vector.total)


def _mean_of_tops(row: Indicator, market: Market) -> Computed:
    names = [name for name in row.subject.split(",") if name]
    total = Decimal(0)
    for name in names:
        vector, stated, *_ = _vector(name, row.stage, row.year, market, "IEA")
        total += _top_named(vector, stated, 3)
    return Computed(
        _unit(point(total / len(names)), row), (f"mean of {len(names)} materials, IEA",)
    )


def _import_concentration(row: Indicator, market: Market) -> Computed:
    match = _IMPORTS.fullmatch(row.subject)
    assert match is not None
    reporter = market.country(match[1])
    flow = market.trade.get((reporter, "import", match[2], row.year))
    if flow is None:
        message = f"no imports of HS {match[2]} by {reporter} in {row.year} are in the data"
        raise NoData(message)
    vector = Holdings(flow.by_partner, flow.not_named)
    if row.metric.startswith("hhi"):
        return Computed(_unit(hhi(vector), row), ("by value; the partner is the last exporter",))
    leader, share = vector.ranked()[0]
    return Computed(_unit(point(share), row), (f"leader {leader}, by value, the last exporter",))


def _geopolrisk(row: Indicator, market: Market) -> Computed:
    match = _IMPORTED.fullmatch(row.subject)
    if match is None:
        message = f"the subject {found(row.subject)} is not MATERIAL imported by COUNTRY"
        raise NoData(message)
    material, importer = match[1], _numeric(match[2], market)
    made = market.gpr_production.get((material, row.year))
    flows = market.gpr_trade.get((importer, material, row.year))
    if made is None or flows is None:
        message = f"no production or imports of {material} in {row.year} are in the data"
        raise NoData(message)
    tonnes = sum((flow for flow, _, _ in flows.values()), Decimal(0))
    worth = sum((value for _, _, value in flows.values()), Decimal(0))
    result = geopolrisk(
        Holdings(made),
        {party: (flow, unrest) for party, (flow, unrest, _) in flows.items()},
        made.get(importer, Decimal(0)),
        worth / tonnes,
    )
    values = {
        "hhi_production": result.concentration,
        "geopolrisk_import_risk": result.import_risk,
        "geopolrisk_score": result.score,
        "geopolrisk_cf_kgCu": result.factor,
    }
    value = values.get(row.metric)
    if value is None:
        message = f"GeoPolRisk has no figure called {row.metric}"
        raise NoData(message)
    return Computed(point(value), ("a country that is not listed as a producer makes none",))


def _numeric(country: str, market: Market) -> str:
    code = market.gpr_codes.get(country)
    if code is None:
        message = f"no customs code of {country} is in the data"
        raise NoData(message)
    return code


def _net_imports(row: Indicator, market: Market) -> Computed:
    books, notes = accounts(market, row.subject, row.stage, row.year)
    answer = net_import_reliance(books)
    if answer.net_exporter:
        return Computed(Interval(None, Decimal(0)), tuple(notes), exporter=True)
    routes = [
        (route, span)
        for route, span in (
            ("production and net imports", answer.by_parts),
            ("net imports over published consumption", answer.by_definition),
            ("published consumption less production", answer.by_consumption),
        )
        if span is not None
    ]
    if not routes:
        raise NoData("; ".join(["neither trade nor consumption is told", *notes]))
    return Computed(routes[0][1], tuple(notes), also=tuple(routes[1:]))


def _eu_stage(row: Indicator, market: Market) -> Computed:
    stage = row.stage.lower()
    factors = market.eu_inputs.get((row.subject, stage))
    if factors is None:
        message = f"{row.subject} was not assessed at {stage}, or its row is not in the data"
        raise NoData(message)
    try:
        vector, _, whole, notes = _vector(row.subject, stage, row.year, market, "World Mining Data")
    except NoData as missing:
        message = f"the formula needs shares by country: {missing}"
        raise NoData(message) from None
    estimates = market.governance.of("MEAN6", market.governance.years("MEAN6")[-1])
    named = {s.party_name: s.party for s in market.production}
    trade = {
        named[country]: factor
        for country, factor in market.eu_trade.get((row.subject, stage), {}).items()
        if country in named
    }
    world = governed(vector, estimates, trade, MEMBERS)
    risk = StageRisk(
        factors.basis, factors.import_reliance, factors.recycling, factors.substitution
    )
    span = eu_supply_risk(risk, world, None)
    if span is None:
        message = (
            f"supply counts as {factors.basis}, and the EU's sourcing by country is not in the data"
        )
        raise NoData(message)
    if factors.basis != "GSonly":
        notes += (
            "the EU's own sourcing by country is not in the data: anywhere from 0 to the worst",
        )
    notes += ("governance: mean of six indicators, latest vintage",)
    return Computed(span, notes, whole=whole)


def counted(rows: Sequence[Checked]) -> dict[Outcome, int]:
    """How many rows came out how."""
    return dict(Counter(row.outcome for row in rows))
