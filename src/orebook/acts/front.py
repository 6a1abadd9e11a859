"""The front page as facts: what was shipped, how long no text, who says so, does it add up.

Which agreement, shipment and event a book puts first is the keeper's choice (`portal.toml`); what
is said of them is computed from the facts the reader may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orebook.acts.balance import balance
from orebook.acts.deal import Deal, deal
from orebook.acts.see import View
from orebook.acts.shipments import Sheet, shipment
from orebook.engines.evidence import Group
from orebook.model.finding import Finding
from orebook.model.party import Book


@dataclass(frozen=True, slots=True)
class Featured:
    """What a book puts on its first page; every part may be missing."""

    agreement: str = ""
    shipment: str = ""
    pairs: tuple[str, ...] = ()
    event: str = ""
    example_shipment: str = ""
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Front:
    """The parts of the first page that this book has facts for."""

    book: Book | None
    deal: Deal | None
    sheet: Sheet | None
    pairs: tuple[Group, ...]
    finding: Finding | None
    assumed: Finding | None
    example: Sheet | None


def featured(settings: Mapping[str, object]) -> Featured:
    """The `[front]` part of a book's portal.toml; unknown names are left alone."""

    def text(name: str) -> str:
        value = settings.get(name, "")
        return value if isinstance(value, str) else ""

    def many(name: str) -> tuple[str, ...]:
        value = settings.get(name, ())
        return tuple(str(v) for v in value) if isinstance(value, list | tuple) else ()

    return Featured(
        text("agreement"),
        text("shipment"),
        many("pairs"),
        text("event"),
        text("example_shipment"),
        many("assumptions"),
    )


def front(view: View, chosen: Featured) -> Front:
    """The first page for this reader. Refuses: NotFound where a chosen thing is not in the book."""
    books = view.facts(kinds=["book"]).all(Book)
    the_deal = deal(view, chosen.agreement) if chosen.agreement else None
    sheet = shipment(view, chosen.shipment) if chosen.shipment else None
    groups = {g.topic: g for g in sheet.groups} if sheet is not None else {}
    event = chosen.event
    return Front(
        books[0] if books else None,
        the_deal,
        sheet,
        tuple(groups[name] for name in chosen.pairs if name in groups),
        balance(view, event=event)[0] if event else None,
        balance(view, event=event, assumptions=chosen.assumptions)[0] if event else None,
        shipment(view, chosen.example_shipment) if chosen.example_shipment else None,
    )
