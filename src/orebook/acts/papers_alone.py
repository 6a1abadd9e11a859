"""Papers compared among facts that are at hand, with or without a book."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.exchange.format import Read
from orebook.model.absence import known
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, Record, facts_of
from orebook.model.finding import Finding
from orebook.model.read import record
from orebook.model.trade_paper import TradePaper

UNNAMED = "the shipment of these papers"
KINDS = ("trade_paper", "shipment")


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of a shipment, latest statement of each, and whether they agree."""

    shipment: str
    papers: tuple[TradePaper, ...]
    finding: Finding


def of_facts(facts: Facts, shipment: str) -> Papers:
    """The papers of one shipment among facts that are at hand."""
    from orebook.engines.papers import compare  # late: chains of imports stay short

    latest = {p.id: p for p in facts.all(TradePaper) if known(p.shipment) == shipment}
    return Papers(shipment, tuple(latest.values()), compare(facts, shipment))


def compared(reads: Iterable[Read], name: str, today: str) -> tuple[Papers, ...]:
    """The papers among these facts, compared shipment by shipment; none where there are none."""
    records: list[Record] = []
    shipments: dict[str, None] = {}
    for number, item in enumerate(reads):
        if item.kind in KINDS:
            records.append(_record(item, number, shipments))
    facts = facts_of(Head(name, 0, ""), "", today, records)
    return tuple(of_facts(facts, s) for s in shipments)


def _record(item: Read, number: int, shipments: dict[str, None]) -> Record:
    body = dict(item.body)
    if item.kind == "trade_paper":
        body.setdefault("shipment", UNNAMED)
        shipments.setdefault(str(body["shipment"]))
    return record(item.kind, body, Ref(item.place or f"row {number + 1}", 0, number))
