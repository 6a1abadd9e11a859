"""The front page as facts: what was shipped, how long no text, who says so, does it add up.

Which agreement, shipment and event a book puts first is the keeper's choice (`portal.toml`); what
is said of them is computed from the facts the reader may see.
"""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.balance import balance
from orebook.acts.deal import Deal, deal
from orebook.acts.featured import Featured
from orebook.acts.see import View
from orebook.acts.shipments import Sheet, shipment
from orebook.engines.evidence.statements import Group
from orebook.model.finding import Finding
from orebook.model.party import Book


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
