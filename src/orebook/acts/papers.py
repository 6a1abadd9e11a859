"""The papers of one shipment, latest statement of each, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.engines.papers import compare
from orebook.model.absence import known
from orebook.model.facts import Facts
from orebook.model.finding import Finding
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment
from orebook.model.trade_paper import TradePaper

KINDS = ("trade_paper", "shipment")


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of a shipment, latest statement of each, and whether they agree."""

    shipment: str
    papers: tuple[TradePaper, ...]
    finding: Finding


def of_shipment(view: View, shipment: str) -> Papers:
    """The papers of one shipment of a book. Refuses: NotFound where neither it nor any is known."""
    facts = view.facts(kinds=KINDS)
    found = of_facts(facts, shipment)
    if not found.papers and facts.get(Shipment, shipment) is None:
        message = f"this book has no shipment {shipment} and no paper of it"
        raise NotFound(message)
    return found


def of_facts(facts: Facts, shipment: str) -> Papers:
    """The papers of one shipment among facts that are at hand."""
    latest = {p.id: p for p in facts.all(TradePaper) if known(p.shipment) == shipment}
    return Papers(shipment, tuple(latest.values()), compare(facts, shipment))
