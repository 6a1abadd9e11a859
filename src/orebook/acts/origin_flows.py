"""The facts of a book as flows of contained metal, per element, with their bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from orebook.acts.see import View
from orebook.acts.trace import sides
from orebook.engines.balance.gap import side, value_of
from orebook.engines.balance.grades import analyses, elements_of
from orebook.engines.balance.parts import Contribution
from orebook.engines.balance.streams import contributions, scene_of
from orebook.engines.balance.words import EXACT
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.event import Event
from orebook.model.facts import Facts
from orebook.model.flow import FlowList, Move, Stop
from orebook.model.lot import Lot
from orebook.model.party import Party
from orebook.model.place import Facility
from orebook.model.vocabulary import event_kinds

KINDS = ("event", "lot", "assay", "facility", "party", "shipment")
_NO_MASS = Decimal(0)


@dataclass(frozen=True, slots=True)
class BookFlows:
    """A book as flows per element, its events among the lots, and the facts it is from."""

    flows: FlowList
    facts: Facts
    events: frozenset[str]


def flows_of(view: View, lots: Sequence[str] = (), element: str = "") -> BookFlows:
    """The flows of a book, or of all that is tied to some lots.

    Gives: for each element assayed on one of the lots (of all lots where none are named, or none
    of them is assayed) the moves lot → event → lot in kilograms of it.
    """
    facts = view.facts(lots=list(lots), steps=None) if lots else view.facts(kinds=KINDS)
    return facts_flows(facts, lots, element)


def facts_flows(facts: Facts, lots: Sequence[str] = (), element: str = "") -> BookFlows:
    """The flows that facts tell of; withdrawn events are left out."""
    events = [e for e in _latest(facts) if known(e.withdrawn) is None]
    elements = (element,) if element else _elements(facts, lots)
    stops: dict[str, Stop] = {}
    moves: list[Move] = []
    for event in events:
        stops[event.id] = _step(facts, event)
    with localcontext(EXACT):
        for symbol in elements:
            book = _Element(facts, symbol, moves, stops)
            for event in events:
                book.event(event)
            book.purchases()
            book.overdrawn()
    for lot in {m.source for m in moves} - {m.target for m in moves} - set(stops):
        stops[lot] = _root(facts, lot)
    return BookFlows(FlowList(tuple(moves), stops), facts, frozenset(e.id for e in events))


def _latest(facts: Facts) -> Iterable[Event]:
    ids = dict.fromkeys(e.id for e in facts.all(Event))
    return (e for i in ids if (e := facts.get(Event, i)) is not None)


def _elements(facts: Facts, lots: Sequence[str]) -> tuple[str, ...]:
    names = lots or tuple(dict.fromkeys(known(a.lot) or "" for a in facts.all(Assay)))
    found = _assayed(facts, names)
    return found or _assayed(facts, [known(a.lot) or "" for a in facts.all(Assay)]) or ("",)


def _assayed(facts: Facts, names: Iterable[str]) -> tuple[str, ...]:
    named = [n for n in names if n]
    held = analyses(facts, named)
    return tuple(sorted({e for n in named for e in elements_of(held.of(n))}))


def touches(flows: FlowList, lot: str) -> bool:
    """Whether any flow names that lot."""
    return any(lot in {m.source, m.target} for m in flows.moves)


def _step(facts: Facts, event: Event) -> Stop:
    """An event as a place of the chain: its stage, plant, country and owner, a mine where it is."""
    kind = event_kinds().get(known(event.kind) or "")
    stage = (kind.stage if kind is not None else "") or None
    plant = known(event.facility)
    place = facts.get(Facility, plant) if plant else None
    country = known(place.country) if place is not None else None
    owners = {known(lot.owner) for n in sides(event)[1] if (lot := facts.get(Lot, n)) is not None}
    owner = owners.pop() if len(owners) == 1 else None
    name = _facility(facts, plant)
    mine = name if stage == "mine" else None
    return Stop(event.id, mine, country, name, _party(facts, owner), stage)


def _root(facts: Facts, name: str) -> Stop:
    """A lot no event made: where it says it was made; a mine only where its stage is mining."""
    lot = facts.get(Lot, name)
    if lot is None:
        return Stop(name)
    stage = known(lot.stage)
    place = _facility(facts, known(lot.facility))
    return Stop(
        name,
        place if stage == "mine" else None,
        known(lot.country),
        place,
        _party(facts, known(lot.owner)),
        stage or "",
    )


def _facility(facts: Facts, ident: str | None) -> str | None:
    found = facts.get(Facility, ident) if ident else None
    return (known(found.name) if found is not None else None) or ident


def _party(facts: Facts, ident: str | None) -> str | None:
    found = facts.get(Party, ident) if ident else None
    return (known(found.name) if found is not None else None) or ident


class _Element:
    """The moves of one element, event by event."""

    def __init__(
        self, facts: Facts, element: str, moves: list[Move], stops: dict[str, Stop]
    ) -> None:
        self._facts = facts
        self._element = element
        self._moves = moves
        self._stops = stops
        self._made: dict[str, list[Contribution]] = {}
        self._drawn: dict[str, list[Contribution]] = {}

    def event(self, event: Event) -> None:
        """What went into an event and out of it."""
        came, went = sides(event)
        same = set(came) & set(went)
        flows: tuple[Contribution, ...] = ()
        if self._element:
            flows = contributions(scene_of(self._facts, event.id, ()), self._element)
        told = {(f.side, f.lot): f for f in flows if f.lot}
        for lot in dict.fromkeys(went):
            if lot not in same:
                self._move(event, event.id, lot, told.get(("out", lot)))
        unseen = [f for f in flows if f.side == "in" and not f.lot]
        for lot in dict.fromkeys(came):
            if lot not in same:
                self._move(event, lot, event.id, told.get(("in", lot)))
        for flow in unseen:  # a lot this reader may not see
            self._move(event, "", event.id, flow)
        self._excess(event, flows)

    def _move(self, event: Event, source: str, target: str, flow: Contribution | None) -> None:
        mass, low, high = _amount(flow)
        if flow is not None and source and target:
            where = self._made if source == event.id else self._drawn
            where.setdefault(target if source == event.id else source, []).append(flow)
        if source == event.id:
            mass, low = None if mass != 0 else mass, _NO_MASS
        when = known(event.when)
        self._moves.append(
            Move(
                source,
                target,
                mass,
                low,
                high,
                self._element,
                event.id,
                when.text if when is not None else "",
                "",
                event.ref.text(),
            )
        )

    def _excess(self, event: Event, flows: tuple[Contribution, ...]) -> None:
        """More out than in, beyond doubt: the rest came from something nobody recorded."""
        if {f.side for f in flows} != {"in", "out"}:
            return
        gap = side(flows, signed=True)
        reach = gap.reach() if gap is not None else None
        if gap is None or reach is None or gap.value + reach[0] <= 0:
            return
        self._moves.append(
            Move(
                "",
                event.id,
                gap.value,
                gap.value,
                gap.value,
                self._element,
                event.id,
                "",
                "",
                event.ref.text(),
            )
        )

    def purchases(self) -> None:
        """Lots that name their suppliers by share, and that no event made."""
        made = {m.target for m in self._moves if m.element == self._element}
        for lot in {x.id: x for x in self._facts.all(Lot)}.values():
            for named in known(lot.sources) or () if lot.id not in made else ():
                share = known(named.share)
                who = known(named.source)
                mass = share.value if share is not None else None
                self._moves.append(
                    Move(
                        f"supplier {who}" if who else "",
                        lot.id,
                        mass,
                        mass or _NO_MASS,
                        mass if mass is not None else Decimal(1),
                        self._element,
                        place=named.ref.text(),
                        share=True,
                    )
                )

    def overdrawn(self) -> None:
        """Lots from which more was taken, beyond doubt, than was made: their mass is stated."""
        for lot, draws in self._drawn.items():
            made = self._made.get(lot)
            if not made:
                continue
            left = side((*made, *draws), signed=True)
            reach = left.reach() if left is not None else None
            if left is None or reach is None or left.value + reach[1] >= 0:
                continue
            held = side(made)
            if held is not None:
                self._stops[lot] = replace(self._stops.get(lot, Stop(lot)), mass_kg=held.value)


def _amount(flow: Contribution | None) -> tuple[Decimal | None, Decimal, Decimal | None]:
    """Recorded kilograms of a flow with its bounds at k = 2; None where it is bounded only."""
    if flow is None:
        return None, _NO_MASS, None
    value = value_of(flow)
    if value is None:
        most = flow.mass.term if flow.mass is not None else None
        return None, _NO_MASS, most
    if not flow.settled:  # known from above only: the basis is not stated
        return None, _NO_MASS, value if flow.ceiling_holds else None
    whole = side((flow,))
    reach = whole.reach() if whole is not None else None
    bound = any(f.bound for f in flow.factors or ())
    if reach is None:  # a doubt nobody stated: the figure as recorded, or nothing but its limit
        return (None, _NO_MASS, None) if bound else (value, value, value)
    low, high = max(value + reach[0], _NO_MASS), value + reach[1]
    return None if bound else value, low, high
