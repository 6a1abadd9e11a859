"""Where statements around some lots and events cannot all hold, and what might explain a gap."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.acts.see import View
from orebook.engines.balance.rivals import explain_with_scrap, rivals
from orebook.engines.coherence import contradictions
from orebook.model.finding import Finding


def disagreements(view: View, lots: Sequence[str], about: Sequence[str]) -> Finding:
    """What in the record around those lots cannot all be true of the things named in `about`."""
    facts = view.facts(lots=list(lots), ids=list(about), steps=1)
    return contradictions(facts, about=about)


def explanations(
    view: View, event: str, lots: Sequence[str], element: str
) -> tuple[Finding, Finding]:
    """What each single figure would have to be, and whether the declared scrap covers the gap."""
    facts = view.facts(lots=list(lots), ids=[event], steps=1)
    return (
        rivals(facts, event=event, element=element),
        explain_with_scrap(facts, event=event, element=element),
    )
