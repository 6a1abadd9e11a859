"""Flags on the way of lots: where they left and passed, against where they are from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from orebook.acts.chains import Chains, chains_around
from orebook.acts.mined import contents_of, lots_in
from orebook.acts.see import View
from orebook.engines.evidence.plausible import known_output
from orebook.engines.rules.plausible import KG_PER_T, Limit
from orebook.engines.rules.transit import PASSING, Flag, Leg, export_flags, route_flags
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.facts import Facts
from orebook.model.place import Facility
from orebook.model.shipment import Shipment
from orebook.model.trade_paper import TradePaper
from orebook.model.vocabulary import event_kinds, table

KINDS = ("event", "lot", "assay", "facility", "shipment", "trade_paper")


def lot_flags(view: View, lot: str) -> tuple[Flag, ...]:
    """The flags on the way of one lot and all it was made of. Refuses: NotFound."""
    return way_flags(chains_around(view, lot), lot)


def way_flags(
    chains: Chains, lot: str, seen: Mapping[str, Sequence[Event]] | None = None
) -> tuple[Flag, ...]:
    """The same out of what the chain of the lot is read from.

    Takes: `seen`, the events that name each lot, where they are at hand.
    """
    chain = chains.steps(lot)
    mines = {s.country for s in chain.at(["mine"]) if s.country}
    made = {s.country for s in chain.steps.values() if s.country and s.stage}
    inside = {lot, *chains.upstream([lot])}
    shipments = {s.id: s for name in sorted(inside) for s in chains.shipments(name)}
    goes = {c for s in shipments.values() if (c := _country(chains.facts, known(s.destination)))}
    legs = [*_exports(chains.facts, shipments.values()), *_papers(chains.facts, shipments),
            *_passing(chains, inside, seen or _seen(chains))]  # fmt: skip
    return tuple(dict.fromkeys(route_flags(legs, mines, made, goes)))


def book_flags(view: View) -> tuple[Flag, ...]:
    """The flags of a whole book: what left countries, and the way of every lot that was shipped."""
    if not view.ids("shipment", limit=1):
        return ()
    chains = Chains(view.facts(kinds=KINDS))
    seen = _seen(chains)
    shipped = sorted({n for s in chains.facts.all(Shipment) for n in known(s.lots) or ()})
    ways = [flag for lot in shipped for flag in way_flags(chains, lot, seen)]
    return (*export_flags(*_left(chains)), *dict.fromkeys(ways))


def _country(facts: Facts, place: str | None) -> str | None:
    found = facts.get(Facility, place or "")
    return known(found.country) if found is not None else None


def _exports(facts: Facts, shipments: Iterable[Shipment]) -> Iterator[Leg]:
    """Shipments that cross a border: a country they leave, and another they go to, or none told."""
    for one in shipments:
        left, goes = _country(facts, known(one.origin)), _country(facts, known(one.destination))
        if left is not None and left != goes:
            yield Leg("export", one.id, left, entry=one.ref.text())


def _papers(facts: Facts, shipments: Mapping[str, Shipment]) -> Iterator[Leg]:
    for paper in {p.id: p for p in facts.all(TradePaper)}.values():
        origin = known(paper.origin)
        if origin is not None and known(paper.shipment) in shipments:
            yield Leg("paper", paper.id, origin, entry=paper.ref.text())


def _seen(chains: Chains) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in chains.events.values():
        for lot in lots_in(event):
            found.setdefault(lot, []).append(event)
    return found


def _passing(
    chains: Chains, lots: Iterable[str], seen: Mapping[str, Sequence[Event]]
) -> Iterator[Leg]:
    """Events that only move or hold a lot, and those at a port, border, warehouse or free zone."""
    every = {event.id: event for lot in sorted(lots) for event in seen.get(lot, ())}
    for event in every.values():
        row = event_kinds().get(known(event.kind) or "")
        place = chains.facts.get(Facility, known(event.facility) or "")
        kind = (known(place.kind) if place is not None else None) or ""
        country = _country(chains.facts, known(event.facility))
        moves = row is not None and not row.stage and row.dry_mass == "identity"
        if country is not None and (moves or kind in PASSING):
            yield Leg("passing", event.id, country, kind if kind in PASSING else "",
                      event.ref.text())  # fmt: skip


_Amounts = dict[tuple[str, str, int], tuple[Decimal, int]]


def _left(chains: Chains) -> tuple[_Amounts, dict[tuple[str, str, int], Limit], dict[str, str]]:
    """What left each country by material and year, what is known of it, and of which materials."""
    groups: dict[tuple[str, int], set[str]] = {}
    for one in {s.id: s for s in chains.facts.all(Shipment)}.values():
        left, goes = (_country(chains.facts, known(p)) for p in (one.origin, one.destination))
        day = known(one.dispatched)
        if left is not None and left != goes and day is not None:
            groups.setdefault((left, int(day.text[:4])), set()).update(known(one.lots) or ())
    amounts: _Amounts = {}
    for (country, year), lots in groups.items():
        # What was made of a lot that left too is the same metal again.
        first = [n for n in lots if not (chains.upstream([n]) - {n}) & lots]
        for material, kg, count in contents_of(chains, first):
            amounts[country, material, year] = kg, count
    return amounts, _known(amounts), {r.material: r.source for r in known_output()}


def _known(asked: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str, int], Limit]:
    """The known output of a country: of the latest year not later, else the first there is."""
    codes = {row["name"]: row["alpha_2"] for row in table("countries")}
    rows = [r for r in known_output() if r.measure == "output" and r.country in codes]
    found: dict[tuple[str, str, int], Limit] = {}
    for country, material, year in asked:
        mine = sorted(
            (r for r in rows if (r.material, codes[r.country]) == (material, country)),
            key=lambda r: int(r.year),
        )
        if mine:
            earlier = [r for r in mine if int(r.year) <= year]
            row = earlier[-1] if earlier else mine[0]
            what = f"the known output of {row.of} in {row.year}"
            found[country, material, year] = Limit(row.tonnes * KG_PER_T, what, row.source)
    return found
