"""Ask the demo book the questions it was made for."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.balance import balance
from orebook.acts.deal import Deal, deal
from orebook.acts.featured import Featured
from orebook.acts.see import View
from orebook.acts.shipments import Sheet, shipment
from orebook.engines.balance.assumptions import parse_assumption
from orebook.engines.balance.ranked import ranked
from orebook.engines.balance.rivals import explain_with_scrap, rivals
from orebook.engines.coherence import contradictions
from orebook.engines.evidence.statements import Group
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.finding import Finding

_METAL = "Cu"
# Usual for a shipped copper concentrate; named in the answer as the supposition it is.
_USUAL_MOISTURE = "moisture=8%"
# Under this one the passport's scrap covers the gap; the ranking says so.
_DRY = "basis=dry"


@dataclass(frozen=True, slots=True)
class Findings:
    """What the demo book answers.

    `pairs` are the statements on the shipment that differ; `smelter` is weighed as the papers
    stand, `assumed` under the keeper's named assumptions; `scrap` says whether declared scrap
    covers the gap, `damp` the same of a concentrate of usual moisture,
    `ranked` its rivals in order; `order` holds what in the
    record cannot all be true; `chain` the events of the invented chain that change material.
    """

    deal: Deal
    sheet: Sheet
    pairs: tuple[Group, ...]
    smelter: Finding
    assumed: Finding
    rivals: Finding
    scrap: Finding
    damp: Finding
    ranked: Finding
    order: Finding
    chain: tuple[Finding, ...]


def findings(view: View, chosen: Featured) -> Findings:
    """The demo's findings for this reader on this day. Refuses: NotFound in any other book."""
    event = chosen.event
    facts = view.facts(kinds=["event", "lot", "assay", "facility"])
    invented = [
        e.id for e in facts.all(Event) if known(e.invented) and known(e.inputs) and known(e.outputs)
    ]
    sheet = shipment(view, chosen.shipment)
    groups = {g.topic: g for g in sheet.groups}
    supposed = [parse_assumption(text) for text in (*chosen.assumptions, _DRY)]
    usual = parse_assumption(_USUAL_MOISTURE)
    return Findings(
        deal(view, chosen.agreement),
        sheet,
        tuple(groups[name] for name in chosen.pairs if name in groups),
        balance(view, event=event)[0],
        balance(view, event=event, assumptions=chosen.assumptions)[0],
        rivals(facts, event=event, element=_METAL),
        explain_with_scrap(facts, event=event, element=_METAL),
        explain_with_scrap(facts, event=event, element=_METAL, assumptions=[usual]),
        ranked(facts, event=event, element=_METAL, assumptions=supposed),
        contradictions(facts),
        tuple(balance(view, event=name)[0] for name in invented),
    )
