"""Does a lot meet dated rules: the steps behind it, out of the facts its reader may see."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.acts.see import View
from orebook.acts.trace import sides
from orebook.engines.rules import (
    ENGINE,
    VERSION,
    Chain,
    Pack,
    Paper,
    Reading,
    Step,
    Verdict,
    decide,
    robust,
)
from orebook.engines.rules.given import chain_of
from orebook.exchange.json_text import Number, read
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.event import Event
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.problem import NotFound, Problem, ReaderError, SenderError
from orebook.model.shipment import Shipment
from orebook.model.substance import UnknownSubstance, substance
from orebook.model.trade_paper import TradePaper
from orebook.model.vocabulary import event_kinds

_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
# What is done in them is no stage, whoever does it: they are passed through.
_UNSAID = {"transform", "toll", "prepare", "observe"}
# Specific activity per gram of the element as it occurs, Bq/g: λ N_A / M with half-lives of
# 4.468e9 and 1.40e10 years. Source: IAEA Safety Reports Series 49, Annex.
_BOUNDS = {"<", "≤"}
_NO_ORIGIN = {"reagent", "container"}
_LIMIT = 16 * 1024 * 1024
_NO_HEAD = Head("", 0, "")
_ACTIVITY = {"U": ("U-238 Bq/g", Decimal(12350)), "Th": ("Th-232 Bq/g", Decimal(4060))}


@dataclass(frozen=True, slots=True)
class Qualified:
    """What packs say of one lot: a verdict per pack and branch, from one chain at one head."""

    lot: str
    head: Head
    verdicts: tuple[Verdict, ...]
    chain: Chain
    robust: bool | None
    inputs: str

    def as_json(self) -> dict[str, object]:
        """Plain members, in the shape of schemas/verdict.json."""
        return {
            "engine": ENGINE,
            "version": VERSION,
            "lot": self.lot,
            "head": self.head.as_json(),
            "inputs": self.inputs,
            "robust": self.robust,
            "verdicts": [_verdict(v, self.chain) for v in self.verdicts],
        }


def qualify(
    view: View, lot: str, packs: Sequence[Pack], branches: Sequence[str] = ()
) -> tuple[Qualified, ...]:
    """The verdicts of each pack on a lot, under the law as enacted and the branches named.

    Takes: `*` among the branches for every branch of the pack. Refuses: NotFound for a lot nobody
    speaks of; ReaderError for a branch the pack does not have.
    """
    chain, facts = chain_of_lot(view, lot)
    return tuple(judged(chain, pack, view.today, branches, facts.head) for pack in packs)


def judged(chain: Chain, pack: Pack, day: str, branches: Sequence[str], head: Head) -> Qualified:
    """The verdicts of one pack on a chain, whatever it was made from."""
    wanted = tuple(pack.branches) if "*" in branches else tuple(branches)
    for name in wanted:
        if name and name not in pack.branches:
            has = ", ".join(pack.branches) or "none"
            message = f"{pack.id} has no branch {name}; it has: {has}"
            raise ReaderError(message)
    verdicts = tuple(decide(pack, chain, day, name) for name in ("", *wanted))
    alike = robust(verdicts) if len(verdicts) > 1 else None
    return Qualified(chain.lot, head, verdicts, chain, alike, inputs_of(chain, pack, day))


def given(
    data: bytes, name: str, packs: Sequence[Pack], day: str, branches: Sequence[str]
) -> list[Qualified]:
    """The verdicts on a chain handed in as JSON, without any book.

    Refuses: BadChain with a JSON pointer; SenderError for what is no JSON or too large.
    """
    value = read(data, limit=_LIMIT)
    if isinstance(value, Problem):
        problem = value.within("", name)
        raise SenderError(problem.text(), (problem,))
    chain = chain_of(_plain(value), name)
    return [judged(chain, pack, day, branches, _NO_HEAD) for pack in packs]


def _plain(value: object) -> object:
    """JSON with each number as its text."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def inputs_of(chain: Chain, pack: Pack, day: str) -> str:
    """SHA-256 (hex) over what a verdict rests on: the chain, the pack's files and the day."""
    steps = [
        [getattr(s, f) for f in ("id", "stage", "country", "region", "operator", "entry")]
        + list(s.feeds)
        for s in chain.steps.values()
    ]
    rest = [
        chain.lot,
        list(chain.last),
        sorted(chain.elements) if chain.elements is not None else None,
        chain.form,
        chain.hs_code,
        chain.destination,
        sorted(
            (k, [[r.id, str(r.value), str(r.standard), r.operator] for r in v])
            for k, v in chain.readings.items()
        ),
        [[p.id, p.kind, p.valid_from, p.valid_until] for p in chain.papers],
        sorted((k, [str(low), str(high)]) for k, (low, high) in chain.shares.items()),
    ]
    owners = sorted(
        [party, name, str(held)]
        for party, classes in chain.owners.items()
        for name, held in classes.items()
    )
    text = json.dumps([sorted(steps, key=str), rest, owners, pack.digest, day], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def chain_of_lot(view: View, lot: str) -> tuple[Chain, Facts]:
    """The chain of one lot as this reader may see it. Refuses: NotFound."""
    facts = view.facts(lots=[lot], steps=None, about=[lot])
    if facts.get(Lot, lot) is None and not facts.all(Event):
        message = f"no statement and no event in this book names the lot {lot}"
        raise NotFound(message)
    chain = chain_in(facts, lot)
    shipments = [shipment.id for shipment in _shipments(facts, lot)]
    if shipments:
        papers = view.facts(about=shipments, kinds=["trade_paper"]).all(TradePaper)
        chain = replace(chain, papers=tuple(_paper(p) for p in papers if known(p.shipment)))
    return chain, facts


def _paper(paper: TradePaper) -> Paper:
    """A paper of the shipment, by the name rules have for its kind: `export-permit`."""
    kind = (known(paper.kind) or "other").replace("_", "-")
    begun, ends = known(paper.valid_from), known(paper.valid_until)
    return Paper(
        paper.id,
        # A statement of no objection stands for a permit where that is what the country gives.
        "export-permit" if kind == "no-objection" else kind,
        begun.first.isoformat() if begun is not None else None,
        ends.last.isoformat() if ends is not None else None,
    )


def chain_in(facts: Facts, lot: str) -> Chain:
    """The chain of a lot out of facts that hold everything upstream of it."""
    makers: dict[str, list[Event]] = {}
    for event in facts.all(Event):
        if known(event.withdrawn) is None:
            for name in sides(event)[1]:
                makers.setdefault(name, []).append(event)
    steps: dict[str, Step] = {}
    ring = [lot]
    seen = {lot}
    while ring:
        name = ring.pop()
        for event in makers.get(name, ()):
            if event.id in steps:
                continue
            came = _fed(event, facts)
            feeds = tuple(f for source in came for f in _makers_of(source, makers))
            steps[event.id] = _step(event, facts, feeds)
            for source in came:
                if source not in seen:
                    seen.add(source)
                    ring.append(source)
        if name not in makers and (stated := _stated(facts, name)) is not None:
            steps[name] = stated
    record = facts.get(Lot, lot)
    return Chain(
        lot,
        {ident: steps[ident] for ident in sorted(steps)},
        _makers_of(lot, makers) if lot in makers or lot in steps else (),
        _elements(facts, lot),
        known(record.form) if record is not None else None,
        _hs_code(facts, lot, record),
        _readings(facts, lot),
        destination=_destination(facts, lot),
    )


def _fed(event: Event, facts: Facts) -> list[str]:
    """What went in, without reagents and containers: these bring no origin of what is asked."""
    left_out = {
        name
        for f in known(event.inputs) or ()
        if known(f.role) == "reagent" and (name := known(f.lot))
    }
    kept = []
    for name in sides(event)[0]:
        lot = facts.get(Lot, name)
        form = known(lot.form) if lot is not None else None
        if name not in left_out and form not in _NO_ORIGIN:
            kept.append(name)
    return kept


def _makers_of(lot: str, makers: Mapping[str, list[Event]]) -> tuple[str, ...]:
    """The events that made a lot, or the lot itself where nobody says what did."""
    return tuple(event.id for event in makers.get(lot, ())) or (lot,)


def _step(event: Event, facts: Facts, feeds: tuple[str, ...]) -> Step:
    kind = known(event.kind)
    row = event_kinds().get(kind or "")
    place = facts.get(Facility, known(event.facility) or "")
    stage: str | None = row.stage if row is not None else None
    if not stage:
        stage = (known(place.stage) if place is not None else None) if kind in _UNSAID else ""
    countries: set[str] = set()
    for name in sides(event)[1]:
        lot = facts.get(Lot, name)
        if lot is not None and (made_in := known(lot.country)) is not None:
            countries.add(made_in)
    country = known(place.country) if place is not None else None
    if country is None and place is None and len(countries) == 1:
        country = next(iter(countries))
    region = known(place.region) if place is not None else None
    operator = known(place.operator) if place is not None else None
    return Step(
        event.id,
        stage,
        country,
        region if region and _REGION.fullmatch(region) else None,
        known(event.facility),
        known(event.party) or operator,
        event.ref.text(),
        feeds,
    )


def _stated(facts: Facts, lot: str) -> Step | None:
    """A lot that no event made, where its statement names its stage and country."""
    record = facts.get(Lot, lot)
    if record is None or (known(record.stage) is None and known(record.country) is None):
        return None
    return Step(
        lot,
        known(record.stage),
        known(record.country),
        None,
        known(record.facility),
        known(record.owner),
        record.ref.text(),
    )


def _elements(facts: Facts, lot: str) -> frozenset[str] | None:
    """The elements an assay of the lot found; None where nobody analysed it."""
    held: set[str] = set()
    seen = False
    for assay in facts.all(Assay):
        if known(assay.lot) != lot:
            continue
        for result in known(assay.results) or ():
            name, grade = known(result.substance), known(result.grade)
            if name is None or grade is None:
                continue
            if known(result.operator) in _BOUNDS:
                continue
            seen = True
            try:
                held.update(e for e in substance(name).elements if e != "O")
            except UnknownSubstance:
                continue
    return frozenset(held) if seen else None


def _readings(facts: Facts, lot: str) -> dict[str, tuple[Reading, ...]]:
    found: dict[str, list[Reading]] = {}
    for assay in facts.all(Assay):
        if known(assay.lot) != lot:
            continue
        basis = known(assay.basis) or "basis unstated"
        for result in known(assay.results) or ():
            name, grade = known(result.substance), known(result.grade)
            if name is None or grade is None:
                continue
            said = known(result.operator)
            sign = said if said in _BOUNDS else ""
            reading = Reading(assay.id, grade.value, grade.spread.standard(), sign)
            found.setdefault(f"{name} fraction {basis}", []).append(reading)
            for what, active in _activities(name, reading):
                found.setdefault(what, []).append(active)
    return {what: tuple(readings) for what, readings in found.items()}


def _activities(name: str, reading: Reading) -> Iterable[tuple[str, Reading]]:
    """The activity of uranium and thorium that a reading implies."""
    try:
        found = substance(name)
    except UnknownSubstance:
        return
    for element, (what, per_gram) in _ACTIVITY.items():
        if element in found.elements:
            factor = found.factor(element) * per_gram
            doubt = None if reading.standard is None else reading.standard * factor
            yield what, Reading(reading.id, reading.value * factor, doubt, reading.operator)


def _shipments(facts: Facts, lot: str) -> list[Shipment]:
    return [s for s in facts.all(Shipment) if lot in (known(s.lots) or ())]


def _hs_code(facts: Facts, lot: str, record: Lot | None) -> str | None:
    codes = {known(record.hs_code)} if record is not None else set()
    codes |= {known(s.hs_code) for s in _shipments(facts, lot)}
    codes.discard(None)
    return next(iter(codes)) if len(codes) == 1 else None


def _destination(facts: Facts, lot: str) -> str | None:
    places = [facts.get(Facility, known(s.destination) or "") for s in _shipments(facts, lot)]
    countries = {known(p.country) for p in places if p is not None}
    countries.discard(None)
    return next(iter(countries)) if len(countries) == 1 else None


def _verdict(verdict: Verdict, chain: Chain) -> dict[str, object]:
    return {
        "pack": verdict.pack.id,
        "pack_version": verdict.pack.version,
        "pack_digest": verdict.pack.digest,
        "as_of": verdict.day,
        "branch": verdict.branch or "as enacted",
        "outcome": verdict.outcome,
        "next_change": verdict.change,
        "rules": [
            {
                "rule": j.rule.id,
                "clause": j.rule.clause,
                "status": j.status,
                "applies": j.applies,
                "outcome": j.outcome,
                "value": j.value,
                "exemption": j.exemption or None,
                "next_change": j.change,
                "witness": [
                    {"step": w, "entry": chain.steps[w].entry if w in chain.steps else ""}
                    for w in j.witness
                ],
                "reasons": list(j.reasons),
                "missing": [g.as_json() for g in j.gaps],
                "assumptions": list(j.assumptions),
                "verified": None
                if j.rule.verification is None
                else {
                    "clause": j.rule.verification.clause,
                    "date": j.rule.verification.date,
                    "reader": j.rule.verification.reader,
                    "source": j.rule.verification.source,
                },
            }
            for j in verdict.rules
        ],
    }
