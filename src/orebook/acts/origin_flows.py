"""The facts of a book as flows of contained metal, per element, with their bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from orebook.acts.origin_models import RECORDED, BookFlows, under
from orebook.acts.origin_snapshot import snapshot
from orebook.acts.origin_units import Place, Unit, elements_in, hub_of, units_of
from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.event import Event, sides
from orebook.model.facts import Facts
from orebook.model.flow import FlowList, Move, Stop
from orebook.model.lot import Lot
from orebook.model.party import Party
from orebook.model.place import Facility

KINDS = ("event", "lot", "assay", "facility", "party", "shipment")


def flows_of(
    view: View,
    lots: Sequence[str] = (),
    element: str = "",
    model: str = RECORDED,
    *,
    drawn: bool = False,
) -> BookFlows:
    """The flows of a book, or of all that is tied to some lots; from its snapshot at the head.

    Takes: `model`, a custody model to read every event under, or that which each event states;
    `drawn`, whether every other draw from what the lots are made of is wanted.
    Gives: for each element assayed on one of the lots (of all lots where none are named; where none
    of them is assayed, of what they are tied to) the moves lot → event → lot in kilograms of it.
    Refuses: ReaderError for a model that is none.
    """
    columns = snapshot(view)
    if columns is None:
        return facts_flows(
            around(view, lots) if lots else view.facts(kinds=KINDS), lots, element, model
        )
    units = columns.cone(lots, drawn=drawn) if lots else columns.all()
    named = {n for u in units if u.place is not None for n in (u.place.facility, u.place.owner)}
    names = view.facts(ids=named - {""}) if lots else view.facts(kinds=("facility", "party"))
    wanted = set(lots)
    own = {e for u in units if u.id in wanted and not u.step for e in u.assayed}
    tied = {m.element for u in units for m in u.moves if m.mass_kg is not None and not m.share}
    elements = (element,) if element else tuple(sorted(own or tied)) or ("",)
    if not set(elements) <= set(columns.elements):
        units = [_ungraded(u, columns.elements[0], elements[0]) for u in units]
    return _flows(units, elements, names, model)


def _ungraded(unit: Unit, of: str, element: str) -> Unit:
    """A unit by an element nobody assayed: its moves without masses, and nothing made up."""
    moves = tuple(
        replace(m, element=element) if m.share
        else replace(m, element=element, mass_kg=None, low_kg=Decimal(0), high_kg=None)
        for m in unit.moves
        if m.element == of and (m.source or m.share or m.mass_kg is None)
    )  # fmt: skip
    return replace(unit, moves=moves, held=())


def _flows(units: Sequence[Unit], elements: Sequence[str], names: Facts, model: str) -> BookFlows:
    steps = [u.place for u in units if u.place is not None and u.place.step]
    plants = {u.place.id: u.place.facility for u in units if u.place is not None}
    days: dict[str, str] = {}
    for move in (m for u in units for m in u.moves):
        day = move.time[:10]
        if day and day < days.get(move.event, "~"):
            days[move.event] = day
    flows = listed(units, elements, names, model)
    return BookFlows(flows, frozenset(p.id for p in steps), plants, days)


def around(view: View, lots: Iterable[str]) -> Facts:
    """The facts that bear on where lots came from: all they are made of, and what else drew on it.

    What only this reader sees of an event is followed too: its lots, their plants and owners.
    """
    asked: set[str] = set(lots)
    named: set[str] = set()
    facts = view.facts(lots=asked, steps=None)
    while True:
        if any(hub_of(e) != e.id for e in facts.all(Event)):
            return view.facts(kinds=KINDS)  # who else is booked to an account, no index tells
        lots_more, names_more = _made_of(facts, asked) - asked, _named(facts) - named
        if named and not lots_more and not names_more:
            return facts
        asked |= lots_more
        named |= names_more | {""}
        facts = view.facts(lots=asked, ids=named, steps=1)


def _made_of(facts: Facts, lots: Iterable[str]) -> set[str]:
    """These lots and all that events put into them, as far as the facts go."""
    makers: dict[str, list[str]] = {}
    for event in facts.all(Event):
        came, went = sides(event)
        for lot in went:
            makers.setdefault(lot, []).extend(came)
    seen, ring = set(lots), list(lots)
    while ring:
        found = dict.fromkeys(m for t in ring for m in makers.get(t, ()))
        ring = [lot for lot in found if lot not in seen]
        seen.update(ring)
    return seen


def _named(facts: Facts) -> set[str]:
    """Plants and owners that facts name and that are not among them."""
    named = {known(e.facility) for e in facts.all(Event)}
    named |= {n for x in facts.all(Lot) for n in (known(x.facility), known(x.owner))}
    has = {f.id for f in facts.all(Facility)} | {p.id for p in facts.all(Party)}
    return {n for n in named if n and n not in has}


def facts_flows(
    facts: Facts, lots: Sequence[str] = (), element: str = "", model: str = RECORDED
) -> BookFlows:
    """The flows that facts tell of; withdrawn events are left out."""
    found = elements_in(facts, lots) if lots else ()
    elements = (element,) if element else found or elements_in(facts) or ("",)
    return _flows(units_of(facts, elements), elements, facts, model)


def listed(
    units: Sequence[Unit], elements: Sequence[str], names: Facts, model: str = RECORDED
) -> FlowList:
    """Units as one list of flows, with the names that facilities and parties have in `names`."""
    stops: dict[str, Stop] = {}
    held: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    by_element: dict[str, list[Move]] = {element: [] for element in elements}
    for unit in units:
        if unit.place is not None:
            stops[unit.place.id] = merged(stops.get(unit.place.id), stop_of(unit.place, names))
        for of, low, high in unit.held:
            held[of, unit.id] = low, high
        for move in unit.moves:
            if move.element in by_element:
                by_element[move.element].append(move)
    moves = tuple(m for element in elements for m in _outside(by_element[element]))
    problems = tuple(p for unit in units for p in unit.problems)
    return under(FlowList(moves, stops, problems, held), model)


def _outside(moves: list[Move]) -> list[Move]:
    """The moves without what an account made and took in again: it stays in the account."""
    made = {(m.source, m.target) for m in moves if m.source == m.event}
    twice = {pair for m in moves if (pair := (m.target, m.source)) in made}
    if not twice:
        return moves
    gone = {lot for _, lot in twice}
    return [m for m in moves if not (m.source in gone and (m.target, m.source) in twice)]


def stop_of(place: Place, names: Facts) -> Stop:
    """A place with its names; a mine only where its stage is mining.

    The country of a step is its plant's; that of a lot that no event made, its own.
    """
    found = names.get(Facility, place.facility) if place.facility else None
    called = (known(found.name) if found is not None else None) or place.facility or None
    country = (known(found.country) if found is not None else None) if place.step else place.country
    party = names.get(Party, place.owner) if place.owner else None
    owner = (known(party.name) if party is not None else None) or place.owner or None
    mine = called if place.stage == "mine" else None
    stage = place.stage or (None if place.step else "")
    return Stop(place.id, mine, country or None, called, owner, stage)


def merged(one: Stop | None, other: Stop) -> Stop:
    """One step of several events (an account): what they do not say alike is not said."""
    if one is None or one == other:
        return other
    alike = {
        name: getattr(other, name) if getattr(one, name) == getattr(other, name) else None
        for name in ("mine", "country", "facility", "owner", "stage")
    }
    return Stop(other.id, **alike)
