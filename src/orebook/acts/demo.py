"""Build the demo book from its files, and ask it the questions it was made for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orebook.acts.balance import balance
from orebook.acts.capture import Captured, Wish, capture
from orebook.acts.deal import Deal, deal
from orebook.acts.front import Featured
from orebook.acts.see import View
from orebook.acts.shipments import Sheet, shipment
from orebook.book.book import Book
from orebook.engines.balance import rivals
from orebook.engines.coherence import contradictions
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.finding import Finding
from orebook.model.problem import KeeperError

STORIES = ("first-shipment", "copper-smelter", "rare-earth-chain")
_READ = (".jsonl", ".csv", ".json")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the demo book answers."""

    deal: Deal
    sheet: Sheet
    smelter: Finding
    assumed: Finding
    rivals: Finding
    contradictions: Finding
    chain: tuple[Finding, ...]


def sources(folder: Path) -> Iterator[Path]:
    """The demo's documents in the order they are captured.

    The shipment sheet is left for the reader to drop: its packages are in the chain's own files.
    """
    for story in STORIES:
        for path in sorted((folder / story).iterdir()):
            if path.suffix in _READ and path.name != "shipment-sheet.csv":
                yield path


def build(book: Book, folder: Path) -> tuple[Captured, ...]:
    """Capture every document of the demo. Refuses: KeeperError if any row of them is refused."""
    done = []
    for path in sources(folder):
        with path.open("rb") as stream:
            result = capture(book, stream, f"{path.parent.name}/{path.name}", Wish("rollback"))
        if result.problems:
            message = f"the demo's own file is refused: {result.problems[0].text()}"
            raise KeeperError(message)
        done.append(result)
    return tuple(done)


def findings(view: View, chosen: Featured) -> Findings:
    """The demo's findings for this reader on this day."""
    event = chosen.event
    facts = view.facts(kinds=["event", "lot", "assay", "facility"])
    invented = [
        e.id
        for e in facts.all(Event)
        if known(e.invented) and known(e.inputs) and known(e.outputs)
    ]
    return Findings(
        deal(view, chosen.agreement),
        shipment(view, chosen.shipment),
        balance(view, event=event)[0],
        balance(view, event=event, assumptions=chosen.assumptions)[0],
        rivals(facts, event=event, element="Cu"),
        contradictions(facts),
        tuple(balance(view, event=name)[0] for name in invented),
    )
