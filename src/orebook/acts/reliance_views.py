"""On whom a buyer, a contract or a country depends: its own lots, or its trade, and never a mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.acts.chains import Chains
from orebook.acts.origin import origin
from orebook.acts.origin_list import LotOrigin, Split
from orebook.acts.plausible import chain_of_lot
from orebook.acts.see import View
from orebook.engines.balance.grades import analyses, elements_of, readings
from orebook.engines.reliance import Holdings, NoShares, hhi, top
from orebook.engines.reliance.benchmark import Benchmark, single_source
from orebook.engines.rules.ways import Choke, chokes
from orebook.model.absence import known
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot
from orebook.model.problem import NotFound, ReaderError
from orebook.model.quantity import ContainedMass
from orebook.model.shipment import Shipment
from orebook.model.statistic import Interval

BY = ("country", "facility", "owner", "mine")
_KINDS = ("lot", "shipment", "event", "assay", "facility")


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant that lots came through: the share of their mass, and of the ways, it would take."""

    name: str
    mass_share: Decimal
    lots_severed: int
    lots_thinned: int


@dataclass(frozen=True, slots=True)
class Dependence:
    """On whom some lots depend at a stage, of one element, by mass received.

    `shares` are of what passed the stage; `unknown` is the part whose party nobody names, and
    `not_passed` the part that came without the stage. `unweighed` lots have no mass or grade.
    """

    viewpoint: str
    element: str
    stage: str
    by: str
    lots: tuple[str, ...]
    unweighed: tuple[str, ...]
    kg: Decimal
    shares: tuple[tuple[str, Decimal], ...]
    unknown: Decimal
    not_passed: Decimal
    indices: tuple[tuple[str, Interval], ...]
    benchmark: Benchmark | None
    plants: tuple[Plant, ...]
    head: Head

    def as_json(self) -> dict[str, object]:
        """Plain members; shares as decimal text."""
        return {
            "viewpoint": self.viewpoint,
            "element": self.element,
            "stage": self.stage or None,
            "by": self.by,
            "head": self.head.as_json(),
            "lots": list(self.lots),
            "lots_without_mass": list(self.unweighed),
            "received_kg": format(self.kg, "f"),
            "parties": [{"party": p, "share": _text(s)} for p, s in self.shares],
            "unknown": _text(self.unknown),
            "did_not_pass": _text(self.not_passed),
            "indices": {name: span.as_json() for name, span in self.indices},
            "benchmark": None if self.benchmark is None else self.benchmark.as_json(),
            "plants": [
                {
                    "plant": p.name,
                    "mass_share": _text(p.mass_share),
                    "lots_severed": p.lots_severed,
                    "lots_thinned": p.lots_thinned,
                }
                for p in self.plants
            ],
        }


def _text(share: Decimal) -> str:
    return format(share.quantize(Decimal("0.000001")), "f")


def lots_of(view: View, viewpoint: str) -> tuple[str, ...]:
    """The lots of `buyer:PARTY` or `contract:AGREEMENT`; one that went into another is left out.

    A buyer's are those of the shipments it receives, or, where there are none, those it owns.
    Refuses: ReaderError for another viewpoint; NotFound where the book knows of no such lot.
    """
    kind, _, ident = viewpoint.partition(":")
    if kind not in {"buyer", "contract"} or not ident:
        message = f"a viewpoint is world, country:ISO3, buyer:PARTY or contract:ID, not {viewpoint}"
        raise ReaderError(message)
    facts = view.facts(kinds=_KINDS)
    shipments = {s.id: s for s in facts.all(Shipment)}.values()
    if kind == "buyer":
        mine = [s for s in shipments if known(s.receiver) == ident]
        found = {lot for s in mine for lot in known(s.lots) or ()}
        if not found:
            every = {lot.id: lot for lot in facts.all(Lot)}.values()
            found = {lot.id for lot in every if known(lot.owner) == ident}
    else:
        mine = [s for s in shipments if known(s.agreement) == ident]
        found = {lot for s in mine for lot in known(s.lots) or ()}
    if not found:
        message = f"this book knows of no lot of {viewpoint}"
        raise NotFound(message)
    return tuple(sorted(found - Chains(facts).upstream(found)))


def buyers_of(view: View) -> tuple[str, ...]:
    """Every party that receives a shipment with lots, or owns a lot: who `lots_of` can answer."""
    facts = view.facts(kinds=("lot", "shipment"))
    shipments = {s.id: s for s in facts.all(Shipment)}.values()
    found = {known(s.receiver) for s in shipments if known(s.lots)}
    found |= {known(lot.owner) for lot in {lot.id: lot for lot in facts.all(Lot)}.values()}
    return tuple(sorted(party for party in found if party))


def elements_of_lots(view: View, lots: Sequence[str]) -> tuple[str, ...]:
    """The elements of which one of these lots has a mass and a grade, sorted."""
    facts = view.facts(lots=list(lots), steps=0)
    held = analyses(facts, lots)
    named = sorted({e for lot in lots for e in elements_of(held.of(lot))})
    return tuple(e for e in named if any(contained_kg(facts, lot, e) for lot in lots))


def dependence(
    view: View, viewpoint: str, element: str, *, stage: str = "", by: str = "country"
) -> Dependence:
    """On whom the lots of a buyer or contract depend for an element, at a stage or by their mine.

    Takes: `by`, one of country, facility, owner or mine. Refuses: as `lots_of`; ReaderError for
    another `by`, and where no lot has a mass and a grade. Unknown: a class of its own, nobody in
    the lower bound of an index and one party in the upper.
    """
    if by not in BY:
        message = f"shares are by {', '.join(BY)}, not by {by[:60]}"
        raise ReaderError(message)
    lots = lots_of(view, viewpoint)
    facts = view.facts(lots=list(lots), steps=1)
    weights = {lot: contained_kg(facts, lot, element) for lot in lots}
    weighed = [lot for lot, kg in weights.items() if kg]
    if not weighed:
        message = f"no lot of {viewpoint} has a dry mass and a grade of {element}"
        raise ReaderError(message)
    answer = origin(view, lots=weighed, by=[by], stage=stage, element=element)
    mass = {lot: kg for lot, kg in weights.items() if kg}
    named, unknown, beyond = _summed(answer.lots, mass, by, stage)
    total = sum(mass.values(), Decimal(0))
    found = {one.lot for one in answer.lots if _split_of(one, by, stage) is not None}
    unknown += sum((kg for lot, kg in mass.items() if lot not in found), Decimal(0))
    indices: list[tuple[str, Interval]] = []
    benchmark = None
    try:
        vector = Holdings(named, unknown)
        indices = [("HHI", hhi(vector)), ("share of the largest", top(vector, 1))]
        benchmark = single_source(vector) if by == "country" else None
        shares = vector.ranked()
        open_ = unknown / vector.total
    except NoShares:
        shares, open_ = (), Decimal(0)
    return Dependence(
        viewpoint, element, stage, by, lots, tuple(x for x in lots if x not in mass), total, shares,
        open_, beyond / total, tuple(indices), benchmark, _plants(answer.lots, mass),
        facts.head,
    )  # fmt: skip


def _split_of(one: LotOrigin, by: str, stage: str) -> Split | None:
    wanted = [s for s in one.splits if s.question.attribute == by and s.question.stage == stage]
    return wanted[0] if wanted else None


def _summed(
    found: Sequence[LotOrigin], mass: Mapping[str, Decimal], by: str, stage: str
) -> tuple[dict[str, Decimal], Decimal, Decimal]:
    """Kilograms by party, of nobody named, and of what did not pass the stage."""
    named: dict[str, Decimal] = {}
    unknown = beyond = Decimal(0)
    for one in found:
        split = _split_of(one, by, stage)
        if split is None:
            continue
        kg = mass[one.lot]
        for share in split.shares:
            named[share.name] = named.get(share.name, Decimal(0)) + kg * _exact(share.value)
        unknown += kg * _exact(split.unknown)
        if split.not_passed is not None:
            beyond += kg * _exact(split.not_passed.value)
    return {name: kg for name, kg in named.items() if kg > 0}, unknown, beyond


def _exact(share: float) -> Decimal:
    """A share out of the numeric kernel, to what it is good for."""
    return Decimal(repr(share)).quantize(Decimal("1e-12"))


def _plants(found: Sequence[LotOrigin], mass: Mapping[str, Decimal]) -> tuple[Plant, ...]:
    total = sum(mass.values(), Decimal(0))
    kg: dict[str, Decimal] = {}
    severed: dict[str, int] = {}
    thinned: dict[str, int] = {}
    for one in found:
        for plant in one.plants:
            name = plant.plants[0]
            kg[name] = kg.get(name, Decimal(0)) + mass[one.lot] * _exact(plant.share)
            tally = severed if plant.severs else thinned
            tally[name] = tally.get(name, 0) + 1
    listed = (
        Plant(name, held / total, severed.get(name, 0), thinned.get(name, 0))
        for name, held in kg.items()
    )
    return tuple(sorted(listed, key=lambda p: (-p.mass_share, p.name)))


def contained_kg(facts: Facts, lot: str, element: str) -> Decimal | None:
    """What a lot holds of an element, in kilograms, as stated; None where it cannot be told."""
    record = facts.get(Lot, lot)
    mass = known(record.mass) if record is not None else None
    if record is None or mass is None:
        return None
    if isinstance(mass, ContainedMass):
        return mass.value if mass.of == element else None
    moisture = known(record.moisture)
    if mass.basis == "dry":
        dry = mass.value
    elif mass.basis == "wet" and moisture is not None:
        dry = mass.value * (1 - moisture.value)
    else:
        return None
    read = readings(analyses(facts, [lot]).of(lot), element)
    if not read or read[0].operator != "=":
        return None
    return dry * read[0].grade.value * read[0].factor


def choke_points(view: View, lot: str) -> tuple[Choke, ...]:
    """The plants that ways back from a lot need. Refuses: NotFound."""
    return chokes(chain_of_lot(view, lot)[0])
