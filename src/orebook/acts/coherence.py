"""Where statements around some lots and events cannot all hold, and what might explain a gap."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.acts.see import View
from orebook.engines.balance.rivals import explain_with_scrap, rivals
from orebook.engines.coherence import contradictions
from orebook.model.assay import Assay
from orebook.model.event import Event
from orebook.model.finding import Finding
from orebook.model.lot import Lot
from orebook.model.problem import NotFound


def disagreements(view: View, lots: Sequence[str], about: Sequence[str]) -> Finding:
    """What in the record around those lots cannot all be true of the things named in `about`."""
    facts = view.facts(lots=list(lots), ids=list(about), steps=1)
    return contradictions(facts, about=about)


def contradicting(view: View, idents: Sequence[str] = ()) -> Finding:
    """What in the record cannot all be true: around these lots or events, or in all of it.

    Refuses: NotFound where the book knows none of that name.
    """
    if not idents:
        return contradictions(view.facts())
    facts = view.facts(lots=list(idents), ids=list(idents), steps=1)
    for ident in idents:
        if not any(facts.get(kind, ident) for kind in (Lot, Event, Assay)):
            message = f"{ident[:200]}: expected a lot, event or assay of this book, found none"
            raise NotFound(message)
    return contradictions(facts, about=idents)


def explanations(
    view: View, event: str, lots: Sequence[str], element: str
) -> tuple[Finding, Finding]:
    """What each single figure would have to be, and whether the declared scrap covers the gap."""
    facts = view.facts(lots=list(lots), ids=[event], steps=1)
    return (
        rivals(facts, event=event, element=element),
        explain_with_scrap(facts, event=event, element=element),
    )
