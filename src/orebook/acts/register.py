"""Everything of one kind, and one thing with all that is stated of it and all that names it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic

from orebook.acts.see import View
from orebook.model.agreement import Agreement
from orebook.model.document import Document
from orebook.model.facts import Facts, R, Record
from orebook.model.lot import Lot
from orebook.model.party import Party
from orebook.model.place import Facility
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment, Thing
from orebook.model.trade_paper import TradePaper


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """One thing: the latest statement of it, every statement, and the facts around it."""

    id: str
    record: R
    statements: tuple[R, ...]
    facts: Facts


def every(view: View, kind: str, cls: type[R]) -> tuple[R, ...]:
    """Every thing of that kind, latest statement of each, by id."""
    latest = {r.id: r for r in view.facts(kinds=[kind]).all(cls)}
    return tuple(latest[ident] for ident in sorted(latest))


def one(view: View, kind: str, cls: type[R], ident: str) -> Known[R]:
    """One thing of that kind with all that names it. Refuses: NotFound."""
    facts = view.facts(ids=[ident], about=[ident])
    statements = facts.stated(cls, ident)
    if not statements:
        message = f"this book has no {kind} {ident}"
        raise NotFound(message)
    return Known(ident, statements[-1], statements, facts)


def names(view: View, idents: Iterable[str]) -> dict[str, str]:
    """What parties, places, lots and the like are called, by id; the nameless are left out."""
    wanted = sorted({ident for ident in idents if ident})
    if not wanted:
        return {}
    facts = view.facts(ids=wanted)
    found: dict[str, str] = {}
    for cls, attribute in _NAMED:
        for record in facts.all(cls):
            text = getattr(record, attribute)
            if isinstance(text, str) and text:
                found[record.id] = text
    return found


_NAMED: tuple[tuple[type[Record], str], ...] = (
    (Agreement, "title"),
    (Party, "name"),
    (Facility, "name"),
    (Lot, "label"),
    (Shipment, "label"),
    (Thing, "label"),
    (Document, "name"),
    (TradePaper, "number"),
)
