"""How concentrated a stage is, and what an overlay changes, from a folder of statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import cast

from orebook.acts.market import Market, NoData, family, holdings
from orebook.acts.reliance_country import Asked as Country
from orebook.acts.reliance_country import CountryEffect, country_effects
from orebook.engines.reliance import Holdings, NoShares, bloc, hhi, merged, top
from orebook.engines.reliance.benchmark import Benchmark, single_source
from orebook.engines.reliance.whatif import KINDS, Change, Effect, effects
from orebook.exchange.json_text import Number, read
from orebook.exchange.statistics.table import number
from orebook.model.problem import Problem, ReaderError, SenderError, found
from orebook.model.statistic import Interval, Statistic

_LIMIT = 1024 * 1024
Say = Callable[[str, str, object], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stage stands: its parties by share, and its indices; from one source and year."""

    mineral: str
    stage: str
    year: str
    source: str
    unit: str
    parties: tuple[tuple[str, Decimal], ...]
    rest: Decimal
    indices: tuple[tuple[str, Interval], ...]
    names: dict[str, str] = field(default_factory=dict)
    benchmark: Benchmark | None = None
    vintage: str = ""
    total: Decimal = Decimal(0)
    by: str = "country"

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "mineral": self.mineral,
            "stage": self.stage,
            "year": self.year,
            "source": self.source,
            "vintage": self.vintage,
            "by": self.by,
            "unit": self.unit,
            "total": format(self.total, "f"),
            "parties": [{"party": p, "share": format(s, "f")} for p, s in self.parties],
            "unnamed": format(self.rest, "f"),
            "indices": {name: span.as_json() for name, span in self.indices},
            "benchmark": None if self.benchmark is None else self.benchmark.as_json(),
        }


def standing(
    market: Market,
    mineral: str,
    stage: str,
    *,
    source: str = "",
    year: str = "",
    members: Sequence[str] = (),
    by: str = "country",
) -> Standing:
    """How concentrated a stage of a mineral is: by one source, in one year, the latest if unsaid.

    Takes: `by`, country or firm, where a source names firms. Of several editions of a source the
    newest is taken, and named. Refuses: ReaderError where the data has no such stage, several
    sources speak of it and none is named, or the figures do not make a share vector.
    """
    chosen, when, vector, rows = _base(market, mineral, stage, source, year, by)
    indices = [
        ("HHI", hhi(vector)),
        ("share of the largest", top(vector, 1)),
        ("share of the three largest", top(vector, 3)),
    ]
    if members:
        indices.append(("share of the bloc", bloc(vector, members)))
        indices.append(("HHI with the bloc as one", hhi(merged(vector, members, "bloc"))))
    rest = vector.rest / vector.total
    names = {row.party: row.party_name for row in rows}
    return Standing(
        mineral, stage, when, chosen, rows[0].unit, vector.ranked(), rest, tuple(indices),
        {party: names.get(party, party) for party in vector.named},
        single_source(vector) if by == "country" else None, rows[0].source, vector.total, by,
    )  # fmt: skip


def _base(
    market: Market, mineral: str, stage: str, source: str, year: str, by: str = "country"
) -> tuple[str, str, Holdings, tuple[Statistic, ...]]:
    try:
        figures, sources = market.figures(by), market.sources(mineral, stage, by)
    except NoData as missing:
        raise ReaderError(str(missing)) from None
    whose = "" if by == "country" else f", by {by}"
    if not sources:
        stages = sorted({s.stage for s in figures if s.subject == mineral})
        known = ", ".join(stages) or "nothing"
        message = f"the data has no {stage} of {mineral}{whose}; of {mineral} it has: {known}"
        raise ReaderError(message)
    editions = {s.source for s in figures if s.subject == mineral and s.stage == stage}
    if source and source not in {*sources, *editions}:
        message = f"{mineral}, {stage}, comes from {', '.join(sources)}, not from {source}"
        raise ReaderError(message)
    if not source and len(sources) > 1:
        message = f"{', '.join(sources)} speak of {mineral}, {stage}: name one with --source"
        raise ReaderError(message)
    chosen = source or sources[0]
    rows_of = [
        s
        for s in figures
        if s.subject == mineral and s.stage == stage and chosen in {family(s.source), s.source}
    ]
    # A projection is no answer to how it stands, unless its year is asked for.
    years = sorted({s.period for s in rows_of if s.state != "projected"} - _ahead(rows_of))
    when = year or (years or sorted(_ahead(rows_of)))[-1]
    try:
        rows = market.rows(mineral, stage, [when], chosen, by)
        return family(chosen), when, holdings(rows), rows
    except (NoData, NoShares) as refused:
        message = f"{mineral}, {stage}, {when}, {chosen}: {refused}"
        raise ReaderError(message) from None


def _ahead(rows: Sequence[Statistic]) -> set[str]:
    """The years of which a projection speaks, whatever else stands in them."""
    return {row.period for row in rows if row.state == "projected"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an overlay changes: the question as asked, what it rests on, and every effect."""

    title: str
    mineral: str
    bases: tuple[tuple[str, str, str], ...]
    effects: tuple[Effect, ...]
    notes: tuple[str, ...]
    party: str = ""
    country: tuple[CountryEffect, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "title": self.title,
            "mineral": self.mineral,
            "bases": [{"stage": s, "source": o, "year": y} for s, o, y in self.bases],
            "effects": [
                {
                    "stage": e.stage,
                    "year": e.year,
                    "why": e.why or None,
                    "indices": [
                        {"name": i.name, "before": i.before.as_json(), "after": i.after.as_json()}
                        for i in e.indices
                    ],
                }
                for e in self.effects
            ],
            "country": None
            if not self.party
            else {"party": self.party, "effects": [e.as_json() for e in self.country]},
            "notes": list(self.notes),
        }


def what_if(data: bytes, name: str, folder: Path) -> Answer:
    """The answer to an overlay file: what each change does at each stage, year by year.

    Takes: JSON with `title`, `mineral`, `source`, `year`, `stages`, `years`, `bloc` and `changes`
    (`kind`, `stage`, `party`, `ramp`: year → tonnes). Refuses: SenderError with a JSON pointer.
    """
    asked = _asked(data, name)
    market = Market(folder)
    bases: dict[str, Holdings] = {}
    told: list[tuple[str, str, str]] = []
    for stage in asked.stages:
        try:
            _, year, vector, rows = _base(market, asked.mineral, stage, asked.source, asked.year)
        except ReaderError:
            continue
        bases[stage] = vector
        told.append((stage, rows[0].source, year))
    if not bases:
        message = f"the data has no stage of {asked.mineral} among {', '.join(asked.stages)}"
        raise ReaderError(message)
    result = effects(bases, asked.stages, asked.changes, asked.years, asked.members)
    answer = Answer(asked.title, asked.mineral, tuple(told), result, asked.notes)
    if asked.country is None:
        return answer
    moved = country_effects(
        market, asked.country, asked.stages, asked.changes, asked.years, asked.country_year
    )
    return replace(answer, party=asked.country.party, country=moved)


@dataclass(frozen=True, slots=True)
class _Asked:
    title: str
    mineral: str
    source: str
    year: str
    stages: tuple[str, ...]
    years: tuple[int, ...]
    members: tuple[str, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    country: Country | None = None
    country_year: str = ""


def _asked(data: bytes, name: str) -> _Asked:
    value = read(data, limit=_LIMIT)
    if isinstance(value, Problem):
        problem = value.within("", name)
        raise SenderError(problem.text(), (problem,))
    problems: list[Problem] = []

    def say(at: str, expected: str, what: object) -> None:
        step = "Correct it and ask again."
        problems.append(Problem("bad-overlay", at, expected, found(what), step, name))

    whole = value if isinstance(value, dict) else {}
    if not isinstance(value, dict):
        say("", "an object with mineral, stages and changes", value)
    texts = {k: whole.get(k, "") for k in ("title", "mineral", "source", "year")}
    for key, text in texts.items():
        if not isinstance(text, str) or (key == "mineral" and not text):
            say(f"/{key}", "text", text)
    stages = _texts(whole.get("stages"), "/stages", say)
    years = tuple(int(y) for y in _texts(whole.get("years"), "/years", say) if y.isdecimal())
    if not years:
        say("/years", 'years such as "2028"', whole.get("years"))
    members = _texts(whole.get("bloc", []), "/bloc", say)
    notes = _texts(whole.get("notes", []), "/notes", say)
    changes = _changes(whole.get("changes"), stages, say)
    country, country_year = _country(whole.get("country"), stages, say)
    if problems:
        raise SenderError(problems[0].text(), problems)
    plain = {k: cast("str", v) for k, v in texts.items()}
    return _Asked(
        **plain, stages=stages, years=years, members=members, changes=changes, notes=notes,
        country=country, country_year=country_year,
    )  # fmt: skip


def _country(value: object, stages: tuple[str, ...], say: Say) -> tuple[Country | None, str]:
    """Whose net import reliance is asked for: party, subject, year, forms and outside by stage."""
    if value is None:
        return None, ""
    if not isinstance(value, dict):
        say("/country", "an object with party, subject, year and forms", value)
        return None, ""
    for name in ("party", "subject", "year"):
        if not isinstance(value.get(name), str) or not value[name]:
            say(f"/country/{name}", "text", value.get(name))
    told: list[dict[str, str]] = []
    for name in ("forms", "outside"):
        inner = value.get(name, {})
        sound = isinstance(inner, dict) and all(isinstance(v, str) for v in inner.values())
        if not sound:
            say(f"/country/{name}", "texts by stage", inner)
        for stage in inner if isinstance(inner, dict) else ():
            if stage not in stages:
                say(f"/country/{name}/{stage}", f"one of the stages: {', '.join(stages)}", stage)
        told.append(dict(inner) if sound else {})
    party, subject, year = (str(value.get(k)) for k in ("party", "subject", "year"))
    return Country(party, subject, told[0], told[1]), year


def _changes(listed: object, stages: tuple[str, ...], say: Say) -> tuple[Change, ...]:
    changes: list[Change] = []
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        if (change := _change(item, f"/changes/{index}", say)) is not None:
            if change.stage not in stages:
                say(
                    f"/changes/{index}/stage",
                    f"one of the stages asked for: {', '.join(stages)}",
                    change.stage,
                )
            changes.append(change)
    if not changes:
        say("/changes", "at least one change", listed)
    return tuple(changes)


def _texts(value: object, at: str, say: Say) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        say(at, "a list of texts", value)
        return ()
    return tuple(cast("list[str]", value))


def _change(item: object, at: str, say: Say) -> Change | None:
    given: Mapping[str, object] = item if isinstance(item, dict) else {}
    kind, stage, party = given.get("kind"), given.get("stage"), given.get("party")
    known = next((k for k in KINDS if k == kind), None)
    if known is None:
        say(f"{at}/kind", f"one of {', '.join(KINDS)}", kind)
        return None
    if not isinstance(stage, str) or not isinstance(party, str) or not stage or not party:
        say(at, "a stage and a party (ISO 3166-1 alpha-3)", item)
        return None
    ramp: dict[int, Decimal] = {}
    steps = given.get("ramp")
    for year, amount in steps.items() if isinstance(steps, dict) else ():
        text = amount.text if isinstance(amount, Number) else amount
        value = number(text) if isinstance(text, str) else None
        if not str(year).isdecimal() or value is None or value < 0:
            say(f"{at}/ramp/{year}", "a year and tonnes of at least 0", text)
            return None
        ramp[int(year)] = value
    if not ramp:
        say(f"{at}/ramp", 'tonnes by year, such as {"2028": "1000"}', steps)
        return None
    return Change(known, stage, party, ramp)


def span_of(text: str, place: str) -> Interval:
    """A number, or LOW..HIGH, as an interval. Refuses: ReaderError with the place."""
    parts = text.split("..")
    found = [number(part) for part in parts]
    if len(parts) > 2 or any(value is None or value < 0 for value in found):
        message = f"{place}: expected a number of at least 0 or LOW..HIGH, found {text[:40]}"
        raise ReaderError(message)
    low, high = found[0], found[-1]
    if low is not None and high is not None and low > high:
        message = f"{place}: expected LOW..HIGH, found {text[:40]}"
        raise ReaderError(message)
    return Interval(low, high)
