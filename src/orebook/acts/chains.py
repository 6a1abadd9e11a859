"""The steps a lot came through and what is known of it, out of the facts its reader may see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from orebook.acts.see import View
from orebook.engines.rules import Chain, Paper, Reading, Step
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.entry import Ref
from orebook.model.event import Event, sides
from orebook.model.facts import Facts, R, facts_of
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment
from orebook.model.substance import UnknownSubstance, substance
from orebook.model.trade_paper import TradePaper
from orebook.model.vocabulary import event_kinds

_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
# What is done in them is no stage, whoever does it: they are passed through.
_UNSAID = {"transform", "toll", "prepare", "observe"}
FLAG = "the lot's own statement says so and no event: a seller's word is no origin"
_BOUNDS = {"<", "≤"}
_NO_ORIGIN = {"reagent", "container"}
# Specific activity per gram of the element as it occurs, Bq/g: λ N_A / M with half-lives of
# 4.468e9 and 1.40e10 years. Source: IAEA Safety Reports Series 49, Annex.
_ACTIVITY = {"U": ("U-238 Bq/g", Decimal(12350)), "Th": ("Th-232 Bq/g", Decimal(4060))}


def chains_around(view: View, lot: str) -> Chains:
    """What the chain of one lot is read from: all upstream of it, and its papers.

    Refuses: NotFound where nobody speaks of the lot.
    """
    facts = view.facts(lots=[lot], steps=None, about=[lot], down=0)
    if facts.get(Lot, lot) is None and not facts.all(Event):
        message = f"no statement and no event in this book names the lot {lot}"
        raise NotFound(message)
    assays = {assay.id for assay in facts.all(Assay) if known(assay.lot) == lot}
    shipments = {s.id for s in facts.all(Shipment) if lot in (known(s.lots) or ())}
    slices = [facts]
    if shipments:
        slices.append(view.facts(about=shipments, kinds=["trade_paper"]))
    papers = {paper.id for found in slices for paper in found.all(TradePaper)}
    if named := assays | shipments | papers:
        # A later statement need not name the lot or shipment any more: it is found by its id.
        slices.append(view.facts(ids=named, kinds=["assay", "shipment", "trade_paper"]))
    return Chains(joined(slices))


def joined(slices: Sequence[Facts]) -> Facts:
    """Slices of one head for one reader as one."""
    first = slices[0]
    if len(slices) == 1:
        return first
    records = {r.ref: r for found in slices for rs in found.records.values() for r in rs}
    return facts_of(first.head, first.disclosures, first.as_of, records.values())


def _latest(facts: Facts, cls: type[R]) -> Iterable[R]:
    """The latest statement about each id: what was said before it counts no more."""
    return {record.id: record for record in facts.all(cls)}.values()


class Chains:
    """What chains are read from, indexed once: who made each lot, its assays, shipments, papers."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.makers: dict[str, list[Event]] = {}
        self._assays: dict[str, list[Assay]] = {}
        self._shipments: dict[str, list[Shipment]] = {}
        self._papers: dict[str, list[Paper]] = {}
        self._stated: dict[str, str] = {}
        # Step → why its origin is in doubt; `plausible` fills it from the whole book.
        self.doubts: Mapping[str, str] = {}
        self.events = {e.id: e for e in _latest(facts, Event) if known(e.withdrawn) is None}
        for event in self.events.values():
            for name in sides(event)[1]:
                self.makers.setdefault(name, []).append(event)
        for assay in _latest(facts, Assay):
            self._assays.setdefault(known(assay.lot) or "", []).append(assay)
        for shipment in _latest(facts, Shipment):
            for name in dict.fromkeys(known(shipment.lots) or ()):
                self._shipments.setdefault(name, []).append(shipment)
        for paper in _latest(facts, TradePaper):
            self._stated[paper.id] = paper.ref.text()
            if (carried := known(paper.shipment)) is not None:
                self._papers.setdefault(carried, []).append(_paper(paper))

    def refs(self) -> set[Ref]:
        """Where everything stands that a chain may be read from."""
        read = (Event, Lot, Assay, Facility, Shipment, TradePaper)
        return {r.ref for cls in read for r in self.facts.all(cls)}

    def shipments(self, lot: str) -> Sequence[Shipment]:
        """The shipments that name the lot."""
        return self._shipments.get(lot, ())

    def upstream(self, lots: Iterable[str]) -> set[str]:
        """All that went into the lots; they themselves only where one went into another."""
        seen: set[str] = set()
        ring = list(lots)
        while ring:
            for event in self.makers.get(ring.pop(), ()):
                fresh = [name for name in self.step(event)[1] if name not in seen]
                seen.update(fresh)
                ring += fresh
        return seen

    def chain(self, lot: str) -> Chain:
        """The chain of a lot with its masses, where the facts hold everything upstream of it."""
        from orebook.acts.chain_masses import weighed_chain

        return weighed_chain(self.steps(lot), self.facts, self.makers)

    def steps(self, lot: str) -> Chain:
        """The same without masses: as much work as the lot has steps, however large the book."""
        steps: dict[str, Step] = {}
        ring = [lot]
        seen = {lot}
        while ring:
            name = ring.pop()
            for event in self.makers.get(name, ()):
                if event.id in steps:
                    continue
                steps[event.id], came = self.step(event)
                for source in came:
                    if source not in seen:
                        seen.add(source)
                        ring.append(source)
            if (stated := self.stated(name)) is not None:
                steps[name] = stated
        ordered = {ident: steps[ident] for ident in sorted(steps)}
        return self.about(lot, ordered, self.last(lot, stated=lot in steps))

    def about(self, lot: str, steps: dict[str, Step], last: tuple[str, ...]) -> Chain:
        """What is known of the lot itself, with these steps behind it."""
        record = self.facts.get(Lot, lot)
        assays, shipments = self._assays.get(lot, ()), self.shipments(lot)
        papers = tuple(p for s in shipments for p in self._papers.get(s.id, ()))
        entries = {assay.id: assay.ref.text() for assay in assays}
        entries |= {paper.id: self._stated[paper.id] for paper in papers}
        if record is not None:
            entries[lot] = record.ref.text()
        return Chain(
            lot,
            steps,
            last,
            _elements(assays),
            known(record.form) if record is not None else None,
            _hs_code(shipments, record),
            _readings(assays),
            papers,
            destination=_destination(self.facts, shipments),
            entries=entries,
        )

    def step(self, event: Event) -> tuple[Step, list[str]]:
        """An event as a step, and the lots that went into it."""
        came = _fed(event, self.facts)
        feeds = tuple(f for source in came for f in self._makers_of(source))
        step = _step(event, self.facts, feeds)
        return replace(step, doubt=self.doubts.get(step.id, step.doubt)), came

    def stated(self, lot: str) -> Step | None:
        """A lot that no event made, as the step its own statement tells of."""
        found = None if lot in self.makers else _stated(self.facts, lot)
        if found is not None and lot in self.doubts:
            return replace(found, doubt=self.doubts[lot])
        return found

    def last(self, lot: str, *, stated: bool) -> tuple[str, ...]:
        """The steps that made the lot; none where nobody says."""
        return self._makers_of(lot) if lot in self.makers or stated else ()

    def _makers_of(self, lot: str) -> tuple[str, ...]:
        """The events that made a lot, or the lot itself where nobody says what did."""
        return tuple(event.id for event in self.makers.get(lot, ())) or (lot,)


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
    doubt = ""
    if country is None and place is None and len(countries) == 1:
        country, doubt = next(iter(countries)), FLAG
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
        doubt,
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
        doubt=FLAG,
    )


def _elements(assays: Iterable[Assay]) -> frozenset[str] | None:
    """The elements an assay of the lot found; None where nobody analysed it."""
    held: set[str] = set()
    seen = False
    for assay in assays:
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


def _readings(assays: Iterable[Assay]) -> dict[str, tuple[Reading, ...]]:
    found: dict[str, list[Reading]] = {}
    for assay in assays:
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


def _hs_code(shipments: Iterable[Shipment], record: Lot | None) -> str | None:
    codes = {known(record.hs_code)} if record is not None else set()
    codes |= {known(s.hs_code) for s in shipments}
    codes.discard(None)
    return next(iter(codes)) if len(codes) == 1 else None


def _destination(facts: Facts, shipments: Iterable[Shipment]) -> str | None:
    places = [facts.get(Facility, known(s.destination) or "") for s in shipments]
    countries = {known(p.country) for p in places if p is not None}
    countries.discard(None)
    return next(iter(countries)) if len(countries) == 1 else None
