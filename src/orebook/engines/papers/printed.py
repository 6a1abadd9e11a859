"""The papers of one shipment in the order they were stated, and how each is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from orebook.engines.papers.compared import Stated
from orebook.model.absence import Maybe, known
from orebook.model.facts import Facts
from orebook.model.shipment import Shipment
from orebook.model.trade_paper import TradePaper

# What a consignment of mineral needs on its way, in the order it is asked for.
EXPECTED = (
    "packing_list",
    "certificate_of_analysis",
    "invoice",
    "bill_of_lading",
    "customs_declaration",
    "certificate_of_origin",
)
_RECORD = "the shipment as recorded"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Printed:
    """One paper: what it is called, its kind, where it is stated, and what it prints."""

    name: str
    kind: str
    ref: str
    paper: TradePaper

    def states(self, value: Maybe[T], text: Callable[[T], str]) -> list[Stated[T]]:
        """The value with its text, or nothing where this reader knows none."""
        told = known(value)
        return [] if told is None else [Stated(self.name, self.ref, told, text(told))]


def printed(facts: Facts, shipment: str) -> list[Printed]:
    """The latest statement of each paper of the shipment, and the shipment's own statement last."""
    latest = {p.id: p for p in facts.all(TradePaper) if known(p.shipment) == shipment}
    found = [Printed(_name(p), known(p.kind) or "", p.ref.text(), p) for p in latest.values()]
    stated = facts.get(Shipment, shipment)
    if stated is not None:
        found.append(Printed(_RECORD, "", stated.ref.text(), _as_paper(stated)))
    return found


def _name(paper: TradePaper) -> str:
    kind = (known(paper.kind) or "paper").replace("_", " ")
    return f"{kind} {known(paper.number) or paper.id}"


def _as_paper(stated: Shipment) -> TradePaper:
    """What the record says of a shipment, as a paper would; nothing is worked out."""
    bags = known(stated.packages)
    seals = tuple(seal for bag in bags or () if (seal := known(bag.seal)) is not None)
    return TradePaper(
        stated.ref,
        stated.id,
        net=stated.mass,
        packages=len(bags) if bags else None,
        # Some seals unknown: what is known is not all of them.
        seals=seals if bags and len(seals) == len(bags) else None,
        hs_code=stated.hs_code,
        value=stated.value,
        incoterm=stated.incoterm,
        shipped=stated.dispatched,
    )
