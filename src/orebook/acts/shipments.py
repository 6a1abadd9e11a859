"""One shipment: what is stated, what was not found, who says what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.engines.evidence.statements import Group, group_claims
from orebook.engines.evidence.voices import Voices, voices
from orebook.model.absence import Absent, Maybe, known
from orebook.model.assay import Assay
from orebook.model.claim import Claim, Source
from orebook.model.event import Event
from orebook.model.facts import Facts, Head
from orebook.model.place import Facility
from orebook.model.problem import NotFound
from orebook.model.shipment import Content, Shipment, Thing

KINDS = (
    "shipment",
    "trade_paper",
    "claim",
    "source",
    "object",
    "facility",
    "assay",
    "event",
    "lot",
    "party",
)


@dataclass(frozen=True, slots=True)
class Box:
    """One thing a reader of a shipment asks for: its name, what stands there, and who says so.

    `value` is the typed value, `Absent`, `Sealed`, or None where no statement speaks of it.
    """

    name: str
    value: Maybe[object]
    claims: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """True where no value is known to this reader."""
        return known(self.value) is None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One shipment with its boxes, its contents by sayer, its claims and its events."""

    shipment: Shipment
    boxes: tuple[Box, ...]
    contents: tuple[tuple[Content, Claim | None, Source | None], ...]
    groups: tuple[Group, ...]
    voices: Voices
    things: tuple[Thing, ...]
    events: tuple[Event, ...]
    facts: Facts

    @property
    def head(self) -> Head:
        """The head all of it was read at."""
        return self.facts.head

    def box(self, name: str) -> Box | None:
        """The box of that name."""
        return next((b for b in self.boxes if b.name == name), None)


def shipments(view: View) -> tuple[Shipment, ...]:
    """Every shipment, latest statement of each, by id."""
    latest = {s.id: s for s in view.facts(kinds=["shipment"]).all(Shipment)}
    return tuple(latest[name] for name in sorted(latest))


def shipment(view: View, ident: str) -> Sheet:
    """One shipment. Refuses: NotFound."""
    facts = view.facts(kinds=KINDS)
    stated = facts.get(Shipment, ident)
    if stated is None:
        message = f"this book has no shipment {ident}"
        raise NotFound(message)
    claims = [c for c in facts.all(Claim) if ident in (known(c.about) or ())]
    carried = set(known(stated.lots) or ())
    prepared = tuple(
        e for e in facts.all(Event) if ident in (known(e.documents) or ()) or carried & _subjects(e)
    )
    contents = tuple(_content(facts, item) for item in known(stated.contents) or ())
    things = {t.id: t for t in facts.all(Thing)}.values()
    return Sheet(
        stated,
        boxes(facts, stated, claims),
        contents,
        group_claims(facts, claims),
        voices(facts, claims),
        tuple(things),
        prepared,
        facts,
    )


def boxes(facts: Facts, stated: Shipment, claims: list[Claim]) -> tuple[Box, ...]:
    """Mass, grade, mine, HS code and receipt, in that order, filled or empty."""
    assay = facts.get(Assay, known(stated.assay) or "")
    mine = facts.get(Facility, known(stated.mine) or "")
    values: list[tuple[str, Maybe[object]]] = [
        ("mass", stated.mass),
        ("grade", assay if assay is not None else stated.assay),
        ("mine", mine if mine is not None else stated.mine),
        ("hs_code", stated.hs_code),
        ("received", stated.received),
    ]
    absent = [c.id for c in claims if isinstance(c.value, Absent)]
    return tuple(Box(n, v, tuple(absent) if isinstance(v, Absent) else ()) for n, v in values)


def _content(facts: Facts, item: Content) -> tuple[Content, Claim | None, Source | None]:
    claim = facts.get(Claim, known(item.claim) or "")
    source = facts.get(Source, known(claim.source) or "") if claim is not None else None
    return item, claim, source


def _subjects(event: Event) -> set[str]:
    flows = (*(known(event.subjects) or ()), *(known(event.outputs) or ()))
    return {name for f in flows if (name := known(f.lot)) is not None}
