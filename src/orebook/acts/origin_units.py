"""What each event and lot of a book adds to the flows of every element, from facts alone.

A unit depends on the facts around one event or one lot and on nothing else, so that a new entry
changes the units it touches and no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, localcontext

from orebook.engines.balance.gap import side, value_of
from orebook.engines.balance.grades import Analyses, analyses, elements_of
from orebook.engines.balance.parts import Contribution
from orebook.engines.balance.streams import Scene, contribution, streams
from orebook.engines.balance.words import EXACT
from orebook.model.absence import Absent, Sealed, known
from orebook.model.assay import Assay
from orebook.model.event import Event, Flow, sides
from orebook.model.facts import Facts
from orebook.model.flow import Move
from orebook.model.lot import Lot
from orebook.model.problem import Problem
from orebook.model.vocabulary import event_kinds

ACCOUNTS = ("mass_balance", "mass_balance_credit")
# A claim that lots hold apart is lost where one of these is mixed in.
_WEAKER = {"controlled_blending", *ACCOUNTS, "book_and_claim"}
_NONE = Decimal(0)
_BEARS = {
    Event: ("kind", "when", "facility", "inputs", "outputs", "subjects", "container",
            "custody_model", "custody_period", "custody_boundary", "withdrawn"),
    Lot: ("form", "mineral", "mass", "moisture", "stage", "facility", "country", "owner",
          "custody_model", "sources"),
    Assay: ("lot", "when", "standing", "basis", "moisture", "results"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A step, or a lot where metal begins, by identifiers: names are looked up when asked for."""

    id: str
    step: bool
    facility: str = ""
    owner: str = ""
    country: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """All that one event, or one lot, adds: its moves by element, its place, what it held.

    `at` is its place in the record and orders units; `held` says the least and most an overdrawn
    lot held of an element; `assayed` names its elements. `hidden` says that a value of its own that
    bears on flows is sealed for whom the facts are: for another reader it may come out otherwise.
    """

    id: str
    step: bool
    at: tuple[int, int]
    place: Place | None = None
    moves: tuple[Move, ...] = ()
    held: tuple[tuple[str, Decimal, Decimal], ...] = ()
    hidden: bool = False
    problems: tuple[Problem, ...] = ()
    assayed: tuple[str, ...] = ()


def elements_in(facts: Facts, lots: Iterable[str] | None = None) -> tuple[str, ...]:
    """The elements assayed on these lots, or on any; sorted."""
    names = [n for a in facts.all(Assay) if (n := known(a.lot))] if lots is None else list(lots)
    held = analyses(facts, names)
    return tuple(sorted({e for n in dict.fromkeys(names) for e in elements_of(held.of(n))}))


def events_of(facts: Facts) -> list[Event]:
    """The latest statement of each event that is not withdrawn, in the order of the record."""
    latest = (facts.get(Event, i) for i in dict.fromkeys(e.id for e in facts.all(Event)))
    return [e for e in latest if e is not None and known(e.withdrawn) is None]


def units_of(
    facts: Facts, elements: Collection[str], only: tuple[set[str], set[str]] | None = None
) -> list[Unit]:
    """The units of facts, in the order of the record, events before lots.

    Takes: `only`, the events and the lots wanted; the facts must hold every event around them.
    Unknown: an event whose lots or masses are not seen gives moves without them.
    """
    with localcontext(EXACT):
        return _Maker(facts, elements).all(only)


def hides(record: object) -> bool:
    """Whether a value that bears on flows is sealed in a fact."""
    return any(sealed_in(getattr(record, name)) for name in _BEARS[type(record)])


def sealed_in(value: object) -> bool:
    """Whether a value, or one inside it, is sealed for whom the facts are."""
    if isinstance(value, Sealed) or (isinstance(value, Absent) and value.kind == "sealed"):
        return True
    if isinstance(value, tuple):
        return any(map(sealed_in, value))
    if is_dataclass(value):
        return any(sealed_in(getattr(value, f.name)) for f in fields(value) if f.name != "ref")
    return False


def hub_of(event: Event) -> str:
    """Where an event's flows meet: itself, or the account of a mass balance it is booked to."""
    model = known(event.custody_model) or ""
    period, boundary = known(event.custody_period) or "", known(event.custody_boundary) or ""
    if model not in ACCOUNTS or not (period or boundary):
        return event.id
    return f"account of {boundary or known(event.facility) or event.id}, {period or 'no period'}"


class _Maker:
    """The units of some facts; assays and flows are read once."""

    def __init__(self, facts: Facts, elements: Collection[str]) -> None:
        self._facts = facts
        self._elements = elements
        lots = {n for a in facts.all(Assay) if (n := known(a.lot))}
        self._analyses: Analyses = analyses(facts, lots)
        self._made: dict[tuple[str, str], list[Contribution]] = {}
        self._drawn: dict[tuple[str, str], list[Contribution]] = {}
        self._most: dict[tuple[str, str], Decimal | None] = {}
        self._makers: set[str] = set()
        self._users: dict[str, str] = {}

    def all(self, only: tuple[set[str], set[str]] | None) -> list[Unit]:
        found = []
        lots: dict[str, None] = {}
        for event in events_of(self._facts):
            unit = self._event(event)
            lots |= dict.fromkeys(n for group in sides(event) for n in group)
            if only is None or event.id in only[0]:
                found.append(unit)
        lots |= dict.fromkeys(lot.id for lot in self._facts.all(Lot))
        for name in lots if only is None else [n for n in lots if n in only[1]]:
            own = self._lot(name)
            found += [own] if own is not None else []
        return sorted(found, key=lambda u: (not u.step, u.at, u.id))

    def _event(self, event: Event) -> Unit:
        came, went = sides(event)
        same = set(came) & set(went)
        model = known(event.custody_model) or ""
        hub = hub_of(event)
        self._makers |= set(went) - same
        self._users |= {n: event.id for n in came if n not in same}
        flows = streams(self._facts, event, ())
        scene = Scene(event, flows, self._analyses)
        moves: list[Move] = []
        for element in self._elements:
            parts = tuple(contribution(scene, s, element) for s in flows) if element else ()
            moves += self._moves(event, hub, model, element, parts)
        at = self._facts.stated(Event, event.id)[0].ref
        where = (at.position, at.index)
        faults = self._apart(event, model, came)
        return Unit(
            event.id,
            True,
            where,
            self._step(event, hub, went),
            tuple(moves),
            (),
            hides(event),
            faults,
        )

    def _moves(
        self, event: Event, hub: str, model: str, element: str, parts: tuple[Contribution, ...]
    ) -> list[Move]:
        """What went into an event and out of it, by one element."""
        came, went = sides(event)
        same = set(came) & set(went)
        when = known(event.when)
        time, place = when.text if when is not None else "", event.ref.text()
        told: dict[tuple[str, str], list[Contribution]] = {}
        for part in parts:
            told.setdefault((part.side, part.lot), []).append(part)
        found = []

        def move(
            source: str,
            target: str,
            parts: list[Contribution] | None,
            most: Decimal | None = None,
        ) -> None:
            mass, low, high = amount(parts)
            high = most if high is None else high
            found.append(Move(source, target, mass, low, high, element, hub, time, model, place))

        for lot in dict.fromkeys(n for n in went if n not in same):
            own = told.get(("out", lot))
            self._made.setdefault((element, lot), []).extend(own or ())
            move(hub, lot, own)
        for lot in dict.fromkeys(n for n in came if n not in same):
            own = told.get(("in", lot))
            self._drawn.setdefault((element, lot), []).extend(own or ())
            move(lot, hub, own, self._whole(lot, element))
        for unseen in told.get(("in", ""), ()):  # a lot this reader may not see
            move("", hub, [unseen])
        beyond = None if hub != event.id else _excess(parts)
        if beyond is not None:
            fixed = (beyond, beyond, beyond)
            found.append(Move("", hub, *fixed, element, hub, "", model, place))
        return found

    def _step(self, event: Event, hub: str, went: Collection[str]) -> Place:
        """An event as a place of the chain."""
        kind = event_kinds().get(known(event.kind) or "")
        lots = [lot for n in went if (lot := self._facts.get(Lot, n)) is not None]
        owners = {known(lot.owner) for lot in lots}
        owner = (owners.pop() if len(owners) == 1 else None) or ""
        stage = (kind.stage if kind is not None else "") or ""
        return Place(hub, True, known(event.facility) or "", owner, "", stage)

    def _apart(self, event: Event, model: str, came: Collection[str]) -> tuple[Problem, ...]:
        """Lots without the claim that went into a segregated event: it holds no longer."""
        if model != "segregated":
            return ()
        found = []
        for name in dict.fromkeys(came):
            lot = self._facts.get(Lot, name)
            own = known(lot.custody_model) if lot is not None else None
            if own in _WEAKER:
                step = "State the model under which they were mixed, or correct the lot's."
                expected = f"lots kept apart into {event.id}, whose custody model is segregated"
                seen = f"{name}, held as {own.replace('_', ' ')}"
                place = event.ref.text()
                found.append(Problem("segregation-broken", place, expected, seen, step))
        return tuple(found)

    def _lot(self, name: str) -> Unit | None:
        """What a lot adds by itself: named suppliers, where it begins, what it held."""
        lot = self._facts.get(Lot, name)
        assays = self._analyses.of(name)
        hidden = (lot is not None and hides(lot)) or any(map(hides, assays))
        assayed = tuple(sorted(elements_of(assays)))
        made = name in self._makers
        moves = self._suppliers(lot) if lot is not None and not made else []
        place = None
        if not made and not moves and name in self._users:
            place = _root(name, lot)
        held = self._held(name, lot, made=made)
        if not (moves or place or held or hidden or assayed):
            return None
        ref = lot.ref if lot is not None else None
        at = (ref.position, ref.index) if ref is not None else (-1, 0)
        return Unit(name, False, at, place, tuple(moves), held, hidden, (), assayed)

    def _suppliers(self, lot: Lot) -> list[Move]:
        """A purchase lot that no event made: named suppliers by share."""
        found = []
        for element in self._elements:
            for named in known(lot.sources) or ():
                share, who = known(named.share), known(named.source)
                mass = share.value if share is not None else None
                source = f"supplier {who}" if who else ""
                high = mass if mass is not None else Decimal(1)
                place = named.ref.text()
                bounds = (mass, mass or _NONE, high)
                found.append(Move(source, lot.id, *bounds, element, place=place, share=True))
        return found

    def _held(
        self, name: str, lot: Lot | None, *, made: bool
    ) -> tuple[tuple[str, Decimal, Decimal], ...]:
        """The elements of which more was taken, beyond doubt, than was made or is stated."""
        found = []
        for element in self._elements:
            drawn = self._drawn.get((element, name))
            if not drawn or not element:
                continue
            own = self._made.get((element, name)) if made else self._stated(lot, element)
            if not own:
                continue
            left, whole = side((*own, *drawn), signed=True), side(own)
            reach = left.reach() if left is not None else None
            wide = whole.reach() if whole is not None else None
            if left is None or whole is None or reach is None or wide is None:
                continue
            if left.value + reach[1] < 0:
                low = max(whole.value + wide[0], _NONE)
                found.append((element, low, whole.value + wide[1]))
        return tuple(found)

    def _whole(self, name: str, element: str) -> Decimal | None:
        """The most of an element a lot can hold by its own statement: no draw is more."""
        key = element, name
        if key not in self._most:
            own = self._stated(self._facts.get(Lot, name), element) if element else []
            self._most[key] = amount(own)[2]
        return self._most[key]

    def _stated(self, lot: Lot | None, element: str) -> list[Contribution]:
        """What a lot that no event made held, by its own statement."""
        if lot is None or known(lot.mass) is None:
            return []
        whole = Event(lot.ref, "", outputs=(Flow(lot.ref, lot.id),))
        flows = streams(self._facts, whole, ())
        return [contribution(Scene(whole, flows, self._analyses), flows[0], element)]


def _root(name: str, lot: Lot | None) -> Place:
    """A lot no event made: where it says it was made."""
    if lot is None:
        return Place(name, False)
    return Place(
        name,
        False,
        known(lot.facility) or "",
        known(lot.owner) or "",
        known(lot.country) or "",
        known(lot.stage) or "",
    )


def _excess(parts: tuple[Contribution, ...]) -> Decimal | None:
    """More out than in, beyond doubt: the rest came from something nobody recorded."""
    if {f.side for f in parts} != {"in", "out"}:
        return None
    gap = side(parts, signed=True)
    reach = gap.reach() if gap is not None else None
    if gap is None or reach is None or gap.value + reach[0] <= 0:
        return None
    return gap.value


Amount = tuple[Decimal | None, Decimal, Decimal | None]


def amount(parts: list[Contribution] | None) -> Amount:
    """Recorded kilograms of a lot's flows in one event, with bounds at k = 2; None: bounded only.

    A lot that comes more than once in an event is added up.
    """
    if not parts:
        return None, _NONE, None
    whole = [_amount(p) for p in parts]
    if len(whole) == 1:
        return whole[0]
    masses, highs = [m for m, _, _ in whole], [h for _, _, h in whole]
    mass = None if None in masses else sum((m for m in masses if m is not None), _NONE)
    high = None if None in highs else sum((h for h in highs if h is not None), _NONE)
    return mass, sum((low for _, low, _ in whole), _NONE), high


def _amount(flow: Contribution) -> Amount:
    value = value_of(flow)
    if value is None:
        most = flow.mass.term if flow.mass is not None else None
        return None, _NONE, most
    if not flow.settled:  # known from above only: the basis is not stated
        return None, _NONE, value if flow.ceiling_holds else None
    whole = side((flow,))
    reach = whole.reach() if whole is not None else None
    bound = any(f.bound for f in flow.factors or ())
    if reach is None:  # a doubt nobody stated: the figure as recorded, or nothing but its limit
        return (None, _NONE, None) if bound else (value, value, value)
    low, high = max(value + reach[0], _NONE), value + reach[1]
    return None if bound else value, low, high
