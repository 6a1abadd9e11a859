"""Recall: what is affected if one lot, plant or assay turns out wrong, as one list to send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from orebook.acts.origin_models import RECORDED
from orebook.acts.see import View
from orebook.engines.origin.reach import of_nodes
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.event import Event, lots_of
from orebook.model.facts import Facts
from orebook.model.lot import Lot
from orebook.model.party import Party
from orebook.model.place import Facility
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment


@dataclass(frozen=True, slots=True)
class Affected:
    """One lot and one element: what share of it came through what is recalled.

    `mass_kg` is the affected part of what it held, None where that is not recorded. Every lot the
    metal can have reached is listed, however small its share.
    """

    lot: str
    label: str
    element: str
    share: float
    mass_kg: Decimal | None
    owner: str
    facility: str
    shipments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recall:
    """All that one lot, plant or assay touches; `start` are the lots it began with."""

    subject: str
    start: tuple[str, ...]
    affected: tuple[Affected, ...]

    @property
    def owners(self) -> tuple[str, ...]:
        """Who is to be told."""
        return tuple(sorted({a.owner for a in self.affected if a.owner}))

    @property
    def shipments(self) -> tuple[str, ...]:
        """The consignments that carried any of it."""
        return tuple(sorted({s for a in self.affected for s in a.shipments}))


def recall(view: View, ident: str, *, model: str = RECORDED) -> Recall:
    """What holds metal that came through a lot, a plant, or the lot an assay speaks of.

    Refuses: NotFound where the book names no such lot, facility or assay.
    Unknown: a lot whose mass or grade is not recorded is listed without a mass.
    """
    from orebook.acts.origin_whole import whole_of

    found = whole_of(view, model=model)
    start = _start(view, ident, found.lots, found.plants)
    if not start:
        message = f"this book has no lot, facility or assay {ident}"
        raise NotFound(message)
    hit: list[tuple[str, str, float]] = []
    for whole in found.elements:
        nodes = [i for i, n in enumerate(whole.nodes) if not n.unknown and n.lot in start]
        if not nodes:
            continue
        x = of_nodes(whole.network, np.array(nodes, dtype=np.int32))
        reached = [(lot, float(x[at])) for lot, at in whole.at.items() if x[at] > 0]
        hit += [(whole.element, lot, share) for lot, share in reached if lot not in found.events]
    lots = {lot for _, lot, _ in hit}
    facts = view.facts(kinds=("shipment", "party", "facility"))
    stated = view.facts(ids=lots, about=lots, kinds=("lot", "event")) if lots else facts
    shipments, held = _shipments(facts, stated), found.held
    lines = [
        _line(facts, stated.get(Lot, lot), lot, element, share, held.get((element, lot)), shipments)
        for element, lot, share in hit
    ]
    told = {a.element for a in lines if a.mass_kg is not None}
    lines = [a for a in lines if a.element in told or not told]
    lines.sort(key=lambda a: (a.element, -a.share, a.lot))
    return Recall(ident, tuple(sorted(start)), tuple(lines))


def _start(view: View, ident: str, lots: set[str], plants: Mapping[str, str]) -> set[str]:
    """The lots and events it begins with."""
    facts = view.facts(ids=[ident], about=[ident], lots=[ident], steps=1)
    assay = facts.get(Assay, ident)
    if assay is not None:
        lot = known(assay.lot)
        return {lot} if lot else set()
    if facts.get(Facility, ident) is not None:
        events = {e.id for e in facts.all(Event) if known(e.facility) == ident}
        made = {x.id for x in facts.all(Lot) if known(x.facility) == ident}
        return events | made | {name for name, plant in plants.items() if plant == ident}
    named = {
        lot
        for e in facts.all(Event)
        for flows in (e.inputs, e.outputs, e.subjects)
        for lot in lots_of(known(flows))
    }
    named |= lots
    return {ident} if ident in named or facts.get(Lot, ident) is not None else set()


def _shipments(facts: Facts, stated: Facts) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for shipment in facts.all(Shipment):
        lots = [*(known(shipment.lots) or ())]
        lots += [lot for p in known(shipment.packages) or () if (lot := known(p.lot)) is not None]
        for lot in dict.fromkeys(lots):
            found[lot] = tuple(dict.fromkeys((*found.get(lot, ()), shipment.id)))
    for event in stated.all(Event):
        if known(event.kind) == "ship":
            for lot in lots_of(known(event.subjects)):
                found[lot] = tuple(dict.fromkeys((*found.get(lot, ()), event.id)))
    return found


def _line(
    facts: Facts,
    stated: Lot | None,
    lot: str,
    element: str,
    share: float,
    held: Decimal | None,
    shipments: dict[str, tuple[str, ...]],
) -> Affected:
    owner = known(stated.owner) if stated is not None else None
    plant = known(stated.facility) if stated is not None else None
    party = facts.get(Party, owner) if owner else None
    place = facts.get(Facility, plant) if plant else None
    return Affected(
        lot,
        (known(stated.label) if stated is not None else None) or lot,
        element,
        min(share, 1.0),
        None if held is None else held * Decimal(repr(min(share, 1.0))),
        (known(party.name) if party is not None else None) or owner or "",
        (known(place.name) if place is not None else None) or plant or "",
        shipments.get(lot, ()),
    )
