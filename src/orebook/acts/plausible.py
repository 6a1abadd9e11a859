"""What the lots of a book claim to have been mined, held against capacity and known output."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.acts.chains import Chains, chains_around
from orebook.acts.see import View
from orebook.engines.balance.grades import Analyses, analyses, elements_of, readings
from orebook.engines.evidence.plausible import known_output
from orebook.engines.rules import Chain, Step
from orebook.engines.rules.plausible import KG_PER_T, Level, Limit, Mined, Sum, doubts, sums
from orebook.model.absence import Maybe, known
from orebook.model.event import Event
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.quantity import Mass
from orebook.model.substance import oxide_to_element
from orebook.model.vocabulary import table
from orebook.model.when import When

KINDS = ("event", "lot", "assay", "facility", "shipment", "trade_paper")
# Statistics speak of rare earths as oxides together; of these elements alone.
_OXIDES = {
    "La": "La2O3", "Ce": "CeO2", "Pr": "Pr6O11", "Nd": "Nd2O3", "Sm": "Sm2O3", "Eu": "Eu2O3",
    "Gd": "Gd2O3", "Tb": "Tb4O7", "Dy": "Dy2O3", "Ho": "Ho2O3", "Er": "Er2O3", "Tm": "Tm2O3",
    "Yb": "Yb2O3", "Lu": "Lu2O3", "Y": "Y2O3",
}  # fmt: skip
_MATERIALS = {"Sb": "antimony", "Cu": "copper", "Co": "cobalt", "Li": "lithium", "Ni": "nickel",
              "Ta": "tantalum", "W": "tungsten", "Au": "gold"}  # fmt: skip
_DEEP = 6
_KEPT_MOST = 4


Content = dict[str, tuple[Decimal, Decimal | None]]


@dataclass(frozen=True, slots=True)
class Plausible:
    """Every sum of a book, and for each step in an unexplained one why its origin is in doubt."""

    sums: tuple[Sum, ...]
    doubts: dict[str, str]
    head: Head

    def as_json(self) -> dict[str, object]:
        """Plain members; masses in kilograms as decimal text."""
        return {
            "head": self.head.as_json(),
            "sums": [
                {
                    "level": s.level,
                    "name": s.name,
                    "year": s.year,
                    "material": s.material,
                    "kind": s.kind,
                    "lots": len(s.steps),
                    "claimed_kg": {
                        "low": format(s.low_kg, "f"),
                        "high": None if s.high_kg is None else format(s.high_kg, "f"),
                    },
                    "limit_kg": None if s.limit is None else format(s.limit.kg, "f"),
                    "limit": None if s.limit is None else f"{s.limit.what}: {s.limit.source}",
                    "excess_kg": format(s.excess_kg, "f"),
                    "steps": list(s.steps),
                }
                for s in self.sums
            ],
        }


_kept: OrderedDict[tuple[str, int, str, str], Plausible] = OrderedDict()


def plausible(view: View) -> Plausible:
    """The sums of a whole book as this reader may see it.

    They are kept while the head and what the reader holds stay: the first question at a head reads
    the book once.
    """
    seen = view.facts(kinds=["book"])
    key = (seen.head.origin, seen.head.size, seen.head.root, f"{view.reader} {seen.disclosures}")
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = weighed(Chains(view.facts(kinds=KINDS)))
        while len(_kept) > _KEPT_MOST:
            _kept.popitem(last=False)
    return found


def chains_of(view: View, lot: str) -> Chains:
    """What the chain of a lot is read from, its steps in doubt where the book claims too much.

    Refuses: NotFound where nobody speaks of the lot.
    """
    chains = chains_around(view, lot)
    if chains.chain(lot).at(["mine"]):
        chains.doubts = plausible(view).doubts
    return chains


def chain_of_lot(view: View, lot: str) -> tuple[Chain, Facts]:
    """The chain of a lot as this reader may see it, and the facts it is from. Refuses: NotFound."""
    chains = chains_of(view, lot)
    return chains.chain(lot), chains.facts


def weighed(chains: Chains) -> Plausible:
    """The sums of the facts that the chains are read from."""
    facts = chains.facts
    mined = tuple(_mined(chains))
    found = sums(mined, _limits(facts, mined))
    return Plausible(found, doubts(found), facts.head)


def _material(element: str) -> str:
    return "rare earths" if element in _OXIDES else _MATERIALS.get(element, "")


@cache
def _known() -> dict[tuple[str, str], tuple[tuple[int, Limit], ...]]:
    """Material and country (alpha-2) → known output by year."""
    codes = {row["name"]: row["alpha_2"] for row in table("countries")}
    found: dict[tuple[str, str], list[tuple[int, Limit]]] = {}
    for row in known_output():
        code = codes.get(row.country)
        if row.measure == "output" and code is not None:
            what = f"the known output of {row.of} in {row.year}"
            limit = Limit(row.tonnes * KG_PER_T, what, row.source)
            found.setdefault((row.material, code), []).append((int(row.year), limit))
    return {key: tuple(sorted(rows, key=lambda r: r[0])) for key, rows in found.items()}


def _limits(facts: Facts, mined: tuple[Mined, ...]) -> dict[tuple[Level, str, str, int], Limit]:
    """Known outputs of countries; capacities of mines, and of holders whose mines all say one."""
    limits: dict[tuple[Level, str, str, int], Limit] = {}
    held: dict[str, set[str]] = {}
    for one in mined:
        if one.holder is not None and one.mine is not None:
            held.setdefault(one.holder, set()).add(one.mine)
    for one in mined:
        if one.year is None:
            continue
        if one.country is not None and (rows := _known().get((one.material, one.country))):
            # The latest year that is not later than the lot's, else the first there is.
            earlier = [limit for year, limit in rows if year <= one.year]
            limits["country", one.country, one.material, one.year] = (
                earlier[-1] if earlier else rows[0][1]
            )
        if one.mine is not None and (most := _capacity(facts, [one.mine])) is not None:
            limits["mine", one.mine, one.material, one.year] = most
        if one.holder is not None:
            most = _capacity(facts, sorted(held.get(one.holder, ())))
            if most is not None:
                limits["holder", one.holder, one.material, one.year] = most
    return limits


def _capacity(facts: Facts, mines: list[str]) -> Limit | None:
    total = Decimal(0)
    sources = []
    for mine in mines:
        place = facts.get(Facility, mine)
        capacity = known(place.capacity) if place is not None else None
        if capacity is None or place is None:
            return None
        total += capacity.value
        sources.append(f"entry {place.ref.position}")
    return Limit(total, "the capacity stated of it", ", ".join(sources)) if mines else None


def _mined(chains: Chains) -> Iterator[Mined]:
    """What each mining event, and each lot that only states its mine, brought of each material."""
    facts = chains.facts
    names = {lot.id for lot in facts.all(Lot)} | set(chains.makers)
    held = analyses(facts, names)
    steps = {event.id: chains.step(event) for event in chains.events.values()}
    brought = _brought(chains)
    users: dict[str, list[Event]] = {}
    for event in chains.events.values():
        came = steps[event.id][1]
        if len(came) == 1:
            users.setdefault(came[0], []).append(event)
    for event in chains.events.values():
        step, _ = steps[event.id]
        if step.stage == "mine":
            for flow in known(event.outputs) or ():
                if (lot := known(flow.lot)) is not None:
                    moved = known(flow.mass)
                    found = _content(chains, users, held, lot, moved, 0)
                    # A share of a lot is told by its mass and the lot's assay, by nothing else.
                    analysed = bool(held.of(lot))
                    apart = analysed and moved is not None
                    found, among = _parted(found, [] if apart else brought[lot], analysed=analysed)
                    yield from _claims(facts, step, lot, _year(event.when), found, among)
    for name in sorted(names):
        stated = chains.stated(name)
        if stated is not None and stated.stage == "mine":
            record = facts.get(Lot, name)
            year = _year(record.made) if record is not None else None
            yield from _claims(
                facts, stated, name, year, _content(chains, users, held, name, None, 0)
            )


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


def _content(
    chains: Chains,
    users: dict[str, list[Event]],
    held: Analyses,
    lot: str,
    moved: Mass | None,
    depth: int,
) -> Content:
    """What a lot holds of each material, in kilograms: by its assay, else by what was made of it.

    What was made of the lot alone held no more than the lot did, so it gives a lower bound.
    """
    record = chains.facts.get(Lot, lot)
    mass = moved if moved is not None else known(record.mass) if record is not None else None
    assays = held.of(lot)
    if assays and mass is not None:
        moisture = known(record.moisture) if record is not None else None
        return _assayed(held, lot, mass, moisture.value if moisture is not None else None)
    found: dict[str, Decimal] = {}
    for event in users.get(lot, ()) if depth < _DEEP else ():
        for flow in known(event.outputs) or ():
            name = known(flow.lot)
            if name is None:
                continue
            apart = known(flow.mass) is not None and held.of(name)
            if not apart and len(chains.makers.get(name, ())) > 1:
                continue  # others made it too, perhaps all of it
            inner = _content(chains, users, held, name, known(flow.mass), depth + 1)
            for material, (low, _) in inner.items():
                found[material] = found.get(material, Decimal(0)) + low
    return {material: (low, None) for material, low in found.items()}


def _assayed(held: Analyses, lot: str, mass: Mass, moisture: Decimal | None) -> Content:
    """Dry mass times grade, less two standard uncertainties below and as much more above."""
    dry_low, dry_high = _dry(mass, moisture)
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


def _dry(mass: Mass, moisture: Decimal | None) -> tuple[Decimal, Decimal]:
    """The least and most dry mass; a wet mass without moisture may be nearly all water."""
    doubt = (mass.spread.standard() or Decimal(0)) * 2
    low, high = max(mass.value - doubt, Decimal(0)), mass.value + doubt
    if mass.basis == "dry":
        return low, high
    if mass.basis == "wet" and moisture is not None:
        return low * (1 - moisture), high * (1 - moisture)
    return Decimal(0), high
