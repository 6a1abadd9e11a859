"""On imports a country depends: its net import reliance, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.acts.market import Market, NoData, holdings
from orebook.engines.reliance import (
    Accounts,
    Holdings,
    NoShares,
    net_import_reliance,
    origin_gap,
)
from orebook.engines.reliance.whatif import Change
from orebook.exchange.statistics import usgs
from orebook.model.problem import ReaderError
from orebook.model.statistic import NOTHING, REST, UNKNOWN_AMOUNT, WORLD, ZERO, Interval

# Whose accounts the statistics that can be imported hold.
REPORTER = "USA"
# What the published total of imports holds beyond the partners it names.
NOT_NAMED = "not named"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose accounts, and by which form the statistics name each stage; `outside` says why none."""

    party: str
    subject: str
    forms: Mapping[str, str]
    outside: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CountryEffect:
    """Net import reliance (percent) of a country at a stage in a year; `why` where none moves."""

    stage: str
    year: int
    before: Interval | None
    after: Interval | None
    why: str

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "stage": self.stage,
            "year": self.year,
            "net_import_reliance_percent": {
                "before": None if self.before is None else self.before.as_json(),
                "after": None if self.after is None else self.after.as_json(),
            },
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Imports:
    """A country's reliance on imports of one form in one year, and where they came from last.

    `partners` are last exporters and no mines; `gap` is the top one's share of the imports less
    its share of mine output, None where either is not in the data.
    """

    party: str
    subject: str
    form: str
    year: str
    reliance: Interval | None
    exporter: bool
    notes: tuple[str, ...]
    partners: tuple[tuple[str, Decimal], ...] = ()
    gap: tuple[str, Interval] | None = None

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "viewpoint": f"country:{self.party}",
            "mineral": self.subject,
            "form": self.form,
            "year": self.year,
            "net_import_reliance_percent": None
            if self.reliance is None
            else self.reliance.as_json(),
            "net_exporter": self.exporter,
            "last_exporters": [{"party": p, "share": format(s, "f")} for p, s in self.partners],
            "origin_gap": None
            if self.gap is None
            else {"party": self.gap[0], **self.gap[1].as_json()},
            "notes": list(self.notes),
        }


def accounts(market: Market, subject: str, form: str, year: str) -> tuple[Accounts, list[str]]:
    """A country's year in one material, every gap an interval with its note. Refuses: NoData."""
    definition = usgs.definitions().get((subject, form))
    if definition is None:
        message = f"no definition of net import reliance for {subject}, {form}, is known here"
        raise NoData(message)
    sums = market.salient.sums(definition, year)
    if sums.imports is None and "imports" not in definition.without_row:
        message = f"no import rows of {definition.chapter} in {year} are in the data"
        raise NoData(message)
    notes = [definition.reason]
    parts = {}
    for name in ("production", "imports", "exports"):
        span = getattr(sums, name)
        if span is None and name in definition.without_row:
            notes.append(f"assumed: no row of {name} means none (no-row-means-none)")
            span = NOTHING
        parts[name] = UNKNOWN_AMOUNT if span is None else span
    notes.extend(f"gap: {gap}" for gap in sums.gaps)
    found = Accounts(
        parts["production"], parts["imports"], parts["exports"], sums.stock_draw, sums.consumption
    )
    return found, notes


def imports(
    market: Market, party: str, subject: str, form: str, year: str, heading: str = ""
) -> Imports:
    """How far a country relies on imports of a form, by its accounts.

    Takes: `heading`, a customs heading whose imports by last exporter are in the data.
    Refuses: ReaderError where the data has no accounts of that country.
    """
    if party != REPORTER:
        message = f"the data has accounts of {REPORTER} alone, not of {party}"
        raise ReaderError(message)
    try:
        books, notes = accounts(market, subject, form, year)
    except NoData as missing:
        raise ReaderError(str(missing)) from None
    answer = net_import_reliance(books)
    partners: tuple[tuple[str, Decimal], ...] = ()
    gap = None
    if heading:
        partners, gap = _partners(market, party, subject, year, heading, notes)
    span = answer.by_parts or answer.by_definition or answer.by_consumption
    return Imports(
        party, subject, form, year, span, answer.net_exporter, tuple(notes), partners, gap
    )


def _partners(
    market: Market, party: str, subject: str, year: str, heading: str, notes: list[str]
) -> tuple[tuple[tuple[str, Decimal], ...], tuple[str, Interval] | None]:
    try:
        flow = next(
            (
                found
                for (reporter, way, hs, when), found in market.trade.items()
                if way == "import" and hs == heading and when == year and reporter == party
            ),
            None,
        )
    except NoData as missing:
        notes.append(str(missing))
        return (), None
    if flow is None or not any(flow.by_partner.values()):
        notes.append(f"no imports of heading {heading} in {year} are in the data")
        return (), None
    trade = Holdings(flow.by_partner, flow.not_named)
    notes.append(f"imports of heading {heading} by last exporter: {flow.source}")
    partners = trade.ranked()
    if flow.not_named:
        partners += ((NOT_NAMED, flow.not_named / trade.total),)
    return partners, _gap(market, subject, year, trade, notes)


def _gap(
    market: Market, subject: str, year: str, trade: Holdings, notes: list[str]
) -> tuple[str, Interval] | None:
    """The origin gap by one publisher's mine output: the first whose figures make shares.

    Unknown: None with a note; an exporter nobody names mines from nothing to all of the rest.
    """
    leader = trade.ranked()[0][0]
    try:
        sources = market.sources(subject, "mine")
    except NoData as missing:
        notes.append(str(missing))
        return None
    told = False
    for source in sources:
        rows = market.rows(subject, "mine", [year], source)
        if not rows:
            continue
        told = True
        try:
            mines = holdings(rows)
        except (NoData, NoShares) as refused:
            notes.append(f"mine output of {subject} in {year} by {source}: {refused}")
            continue
        whole = any(row.party in {WORLD, REST} and row.amount is not None for row in rows)
        if leader not in mines.named and not whole:
            what = f"{leader} has no figure and no world total says how much is left"
            notes.append(f"mine output of {subject} in {year} by {source}: {what}")
            continue
        notes.append(f"shares of mines by {source}, {year} ({rows[0].source})")
        return origin_gap(trade, mines)
    if not told:
        notes.append(f"no mine output of {subject} in {year} is in the data")
    return None


def country_effects(
    market: Market,
    asked: Asked,
    stages: Sequence[str],
    changes: Sequence[Change],
    years: Sequence[int],
    base: str,
) -> tuple[CountryEffect, ...]:
    """What the changes do to a country's net import reliance, stage by stage and year by year.

    Only what the country itself makes counts against imports, and it displaces as much of them;
    another country's output is one import in place of another. Unknown: said, never left out.
    """
    return tuple(
        _effect(market, asked, stage, [c for c in changes if c.stage == stage], year, base)
        for stage in stages
        for year in years
    )


def _effect(
    market: Market, asked: Asked, stage: str, changes: Sequence[Change], year: int, base: str
) -> CountryEffect:
    if stage in asked.outside:
        return CountryEffect(stage, year, None, None, asked.outside[stage])
    form = asked.forms.get(stage)
    if form is None:
        return CountryEffect(stage, year, None, None, "no accounts of this stage are kept")
    try:
        books, _ = accounts(market, asked.subject, form, base)
    except NoData as missing:
        return CountryEffect(stage, year, None, None, f"cannot be told: {missing}")
    before = net_import_reliance(books).by_parts
    own = [c for c in changes if c.party == asked.party and c.amount(year) is not None]
    if not own and any(c.party == asked.party for c in changes):
        return CountryEffect(stage, year, before, before, "no effect yet: the ramp begins later")
    if not own:
        why = "no effect here: nothing changes in what the country makes at this stage"
        if changes:
            why = "no effect here: another country's output is one import in place of another"
        return CountryEffect(stage, year, before, before, why)
    after = books
    for change in own:
        after = _moved(after, change, change.amount(year) or ZERO)
    return CountryEffect(stage, year, before, net_import_reliance(after).by_parts, "")


def _moved(books: Accounts, change: Change, amount: Decimal) -> Accounts:
    """The accounts with that much more made and less imported, or the other way about."""
    more = Interval(amount, amount)
    made, bought = books.production, books.imports
    if change.kind == "new_source":
        return replace(books, production=made + more, imports=_floor(bought - more))
    lost = made if change.kind == "ban" else more
    if change.kind == "quota":
        lost = _floor(made - more)
    return replace(books, production=_floor(made - lost), imports=bought + lost)


def _floor(span: Interval) -> Interval:
    """No amount is below nothing."""
    low = None if span.low is None else max(span.low, ZERO)
    high = None if span.high is None else max(span.high, ZERO)
    return Interval(low, high)
