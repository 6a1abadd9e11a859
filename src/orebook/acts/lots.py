"""Lots: the list, and one lot with its assays, events, place and papers."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.event import Event, lots_of
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment

KINDS = ("lot", "event", "assay", "facility", "shipment", "party")


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot in the list: what is stated of it, and how many events and assays name it."""

    id: str
    lot: Lot | None
    facility: Facility | None
    events: int
    assays: int
    statements: int


@dataclass(frozen=True, slots=True)
class LotSheet:
    """One lot: every statement of it, its assays, the events that made and used it, its papers."""

    id: str
    lot: Lot | None
    statements: tuple[Lot, ...]
    assays: tuple[Assay, ...]
    made_by: tuple[Event, ...]
    used_by: tuple[Event, ...]
    seen_by: tuple[Event, ...]
    shipments: tuple[Shipment, ...]
    facility: Facility | None
    facts: Facts

    @property
    def head(self) -> Head:
        """The head all of it was read at."""
        return self.facts.head


def lots(view: View) -> tuple[LotLine, ...]:
    """Every lot that a statement or an event names, by id."""
    facts = view.facts(kinds=KINDS)
    events: dict[str, int] = {}
    for event in facts.all(Event):
        for name in set(_named(event)):
            events[name] = events.get(name, 0) + 1
    assays: dict[str, int] = {}
    for assay in facts.all(Assay):
        analysed = known(assay.lot)
        if analysed is not None:
            assays[analysed] = assays.get(analysed, 0) + 1
    ids = sorted({lot.id for lot in facts.all(Lot)} | set(events) | set(assays))
    return tuple(_line(facts, ident, events, assays) for ident in ids)


def _line(facts: Facts, ident: str, events: dict[str, int], assays: dict[str, int]) -> LotLine:
    lot = facts.get(Lot, ident)
    place = known(lot.facility) if lot is not None else None
    return LotLine(
        ident,
        lot,
        facts.get(Facility, place) if place else None,
        events.get(ident, 0),
        assays.get(ident, 0),
        len(facts.stated(Lot, ident)),
    )


def lot(view: View, ident: str) -> LotSheet:
    """One lot. Refuses: NotFound where nothing in the book names it."""
    facts = view.facts(lots=[ident], steps=1, about=[ident])
    events = facts.all(Event)
    made = tuple(e for e in events if ident in lots_of(known(e.outputs)))
    used = tuple(e for e in events if ident in lots_of(known(e.inputs)))
    seen = tuple(
        e for e in events if ident in lots_of(known(e.subjects)) or known(e.container) == ident
    )
    stated = facts.stated(Lot, ident)
    assays = tuple(a for a in facts.all(Assay) if known(a.lot) == ident)
    if not (stated or made or used or seen or assays):
        message = f"no statement and no event in this book names the lot {ident}"
        raise NotFound(message)
    latest = stated[-1] if stated else None
    place = known(latest.facility) if latest is not None else None
    shipments = tuple(s for s in facts.all(Shipment) if ident in (known(s.lots) or ()))
    where = facts.get(Facility, place) if place else None
    return LotSheet(ident, latest, stated, assays, made, used, seen, shipments, where, facts)


def _named(event: Event) -> list[str]:
    container = known(event.container)
    names = [
        *lots_of(known(event.inputs)),
        *lots_of(known(event.outputs)),
        *lots_of(known(event.subjects)),
    ]
    return [*names, container] if container is not None else names
