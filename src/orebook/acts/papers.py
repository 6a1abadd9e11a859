"""The papers of one shipment of a book, and whether they agree."""

from __future__ import annotations

from orebook.acts.papers_alone import KINDS, Papers, of_facts
from orebook.acts.see import View
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment


def of_shipment(view: View, shipment: str) -> Papers:
    """The papers of one shipment of a book. Refuses: NotFound where neither it nor any is known."""
    facts = view.facts(kinds=KINDS)
    found = of_facts(facts, shipment)
    if not found.papers and facts.get(Shipment, shipment) is None:
        message = f"this book has no shipment {shipment} and no paper of it"
        raise NotFound(message)
    return found
