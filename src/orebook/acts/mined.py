"""What each mining event, and each lot that only states its mine, brought of each material.

A unit depends on the facts around the lots it walks and on nothing else, so that a new entry
changes the units that walk a lot it bears on, and no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

from orebook.acts.chain_masses import dry
from orebook.acts.chains import Chains
from orebook.engines.balance.grades import Analyses, analyses, elements_of, readings
from orebook.engines.rules import Step
from orebook.engines.rules.plausible import Mined, Unit
from orebook.model.absence import Maybe, known
from orebook.model.event import Event
from orebook.model.facts import Facts
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.quantity import Mass
from orebook.model.substance import oxide_to_element
from orebook.model.when import When

# Statistics speak of rare earths as oxides together; of these elements alone.
_OXIDES = {
    "La": "La2O3", "Ce": "CeO2", "Pr": "Pr6O11", "Nd": "Nd2O3", "Sm": "Sm2O3", "Eu": "Eu2O3",
    "Gd": "Gd2O3", "Tb": "Tb4O7", "Dy": "Dy2O3", "Ho": "Ho2O3", "Er": "Er2O3", "Tm": "Tm2O3",
    "Yb": "Yb2O3", "Lu": "Lu2O3", "Y": "Y2O3",
}  # fmt: skip
_MATERIALS = {"Sb": "antimony", "Cu": "copper", "Co": "cobalt", "Li": "lithium", "Ni": "nickel",
              "Ta": "tantalum", "W": "tungsten", "Au": "gold"}  # fmt: skip
KINDS = ("event", "lot", "assay", "facility")
# How many steps below a mined lot are looked at for what it must have held.
DEEP = 6

Content = dict[str, tuple[Decimal, Decimal | None]]


def units_of(chains: Chains, only: tuple[set[str], set[str]] | None = None) -> list[Unit]:
    """The units of facts, in the order of the record, events before lots.

    Takes: `only`, the events and the lots wanted; the facts must then hold everything around the
    lots those walk.
    """
    return sorted(_Maker(chains).all(only), key=lambda unit: (unit.stated, unit.at))


def contents_of(chains: Chains, lots: Iterable[str]) -> Iterator[tuple[str, Decimal, int]]:
    """Per material the least that these lots hold together, in kilograms, and how many hold it."""
    maker = _Maker(chains)
    kg: dict[str, Decimal] = {}
    count: dict[str, int] = {}
    for lot in sorted(lots):
        for material, least in maker.least(lot):
            kg[material] = kg.get(material, Decimal(0)) + least
            count[material] = count.get(material, 0) + 1
    yield from ((material, kg[material], count[material]) for material in sorted(kg))


class _Maker:
    """The units of some facts; who made what and who used it are read once."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains
        self._facts = chains.facts
        self._names = {lot.id for lot in self._facts.all(Lot)} | set(chains.makers)
        self._held = analyses(self._facts, self._names)
        self._steps = {event.id: chains.step(event) for event in chains.events.values()}
        self._brought = _brought(chains)
        self._users: dict[str, list[Event]] = {}
        for event in chains.events.values():
            came = self._steps[event.id][1]
            if len(came) == 1:
                self._users.setdefault(came[0], []).append(event)
        self._walked: set[str] = set()

    def all(self, only: tuple[set[str], set[str]] | None) -> Iterator[Unit]:
        for event in self._chains.events.values():
            if only is not None and event.id not in only[0]:
                continue
            step, _ = self._steps[event.id]
            if step.stage == "mine":
                self._walked = set()
                mined = tuple(self._of_event(event, step))
                first = self._facts.stated(Event, event.id)[0].ref
                at = (first.position, first.index, "")
                yield Unit(event.id, False, at, mined, frozenset(self._walked))
        for name in sorted(self._names if only is None else self._names & only[1]):
            stated = self._chains.stated(name)
            if stated is not None and stated.stage == "mine":
                self._walked = set()
                record = self._facts.get(Lot, name)
                year = _year(record.made) if record is not None else None
                found = self._content(name, None, 0)
                mined = tuple(_claims(self._facts, stated, name, year, found))
                yield Unit(name, True, (0, 0, name), mined, frozenset(self._walked))

    def least(self, lot: str) -> Iterator[tuple[str, Decimal]]:
        """What a lot holds at least, by material; nothing where none is told."""
        for material, (low, _) in self._content(lot, None, 0).items():
            if low > 0:
                yield material, low

    def _of_event(self, event: Event, step: Step) -> Iterator[Mined]:
        for flow in known(event.outputs) or ():
            if (lot := known(flow.lot)) is not None:
                moved = known(flow.mass)
                found = self._content(lot, moved, 0)
                # A share of a lot is told by its mass and the lot's assay, by nothing else.
                analysed = bool(self._held.of(lot))
                apart = analysed and moved is not None
                makers = [] if apart else self._brought[lot]
                found, among = _parted(found, makers, analysed=analysed)
                yield from _claims(self._facts, step, lot, _year(event.when), found, among)

    def _content(self, lot: str, moved: Mass | None, depth: int) -> Content:
        """What a lot holds of each material, in kilograms: by its assay, else by what was made.

        What was made of the lot alone held no more than the lot did, so it gives a lower bound.
        """
        self._walked.add(lot)
        record = self._facts.get(Lot, lot)
        mass = moved if moved is not None else known(record.mass) if record is not None else None
        assays = self._held.of(lot)
        if assays and mass is not None and mass.basis != "contained":
            moisture = known(record.moisture) if record is not None else None
            water = moisture.value if moisture is not None else None
            return _assayed(self._held, lot, mass, water)
        found: dict[str, Decimal] = {}
        for event in self._users.get(lot, ()) if depth < DEEP else ():
            for flow in known(event.outputs) or ():
                name = known(flow.lot)
                if name is None:
                    continue
                self._walked.add(name)
                apart = known(flow.mass) is not None and self._held.of(name)
                if not apart and len(self._chains.makers.get(name, ())) > 1:
                    continue  # others made it too, perhaps all of it
                inner = self._content(name, known(flow.mass), depth + 1)
                for material, (low, _) in inner.items():
                    found[material] = found.get(material, Decimal(0)) + low
        return {material: (low, None) for material, low in found.items()}


def _material(element: str) -> str:
    return "rare earths" if element in _OXIDES else _MATERIALS.get(element, "")


def _brought(chains: Chains) -> dict[str, list[tuple[str, Mass | None]]]:
    """Lot → each flow it came out of: its event, and its mass where that is said."""
    found: dict[str, list[tuple[str, Mass | None]]] = {}
    for event in chains.events.values():
        for flow in known(event.outputs) or ():
            if (lot := known(flow.lot)) is not None:
                found.setdefault(lot, []).append((event.id, known(flow.mass)))
    return found


def _parted(
    found: Content, makers: list[tuple[str, Mass | None]], *, analysed: bool
) -> tuple[Content, frozenset[str]]:
    """What one of a lot's makers that gives no mass brought at most, and all who made the lot."""
    if len(makers) < 2:
        return found, frozenset()
    if analysed and any(mass is not None for _, mass in makers):
        # What the others are known to have brought may be all of it.
        found = {material: (Decimal(0), high) for material, (_, high) in found.items()}
    return found, frozenset(ident for ident, _ in makers)


def _year(when: Maybe[When]) -> int | None:
    day = known(when)
    return int(day.text[:4]) if day is not None else None


def _claims(
    facts: Facts,
    step: Step,
    lot: str,
    year: int | None,
    found: Content,
    among: frozenset[str] = frozenset(),
) -> Iterator[Mined]:
    place = facts.get(Facility, step.facility or "")
    holder = (known(place.operator) if place is not None else None) or step.operator
    for material, (low, high) in found.items():
        yield Mined(
            step.id, lot, step.facility, holder, step.country, year, material, low, high, among
        )


def _assayed(held: Analyses, lot: str, mass: Mass, moisture: Decimal | None) -> Content:
    """Dry mass times grade, less two standard uncertainties below and as much more above."""
    dry_low, dry_high = dry(mass, moisture)
    found: dict[str, tuple[Decimal, Decimal | None]] = {}
    for element in sorted(elements_of(held.of(lot))):
        material = _material(element)
        read = readings(held.of(lot), element)
        if not material or not read or read[0].operator != "=":
            continue
        best = read[0]
        doubt = (best.grade.spread.standard() or Decimal(0)) * 2
        factor = best.factor
        if element in _OXIDES:
            factor /= oxide_to_element(_OXIDES[element])[1]
        low = max(best.grade.value - doubt, Decimal(0)) * factor * dry_low
        high = (best.grade.value + doubt) * factor * dry_high
        before = found.get(material, (Decimal(0), Decimal(0)))
        found[material] = (before[0] + low, (before[1] or Decimal(0)) + high)
    return found


def lots_in(event: Event) -> Collection[str]:
    """Every lot an event names, on whichever side."""
    flows = (known(event.inputs), known(event.outputs), known(event.subjects))
    names = {name for side in flows for f in side or () if (name := known(f.lot)) is not None}
    return names | ({box} if (box := known(event.container)) is not None else set())
