"""Do the papers of one shipment agree, before the bank or customs asks?"""

from __future__ import annotations

from orebook.engines.papers.compared import AGREES, CANNOT_BE_TOLD, DISAGREES, Compared
from orebook.engines.papers.days import days
from orebook.engines.papers.figures import figures
from orebook.engines.papers.printed import EXPECTED, printed
from orebook.engines.papers.texts import texts
from orebook.model.facts import Facts
from orebook.model.finding import Finding, Missing

VERSION = "papers/1"

__all__ = ["AGREES", "CANNOT_BE_TOLD", "DISAGREES", "VERSION", "compare"]


def compare(facts: Facts, shipment: str) -> Finding:
    """Every attribute that two papers of a shipment state, and whether they state the same.

    Takes: the facts a reader may see; the identifier of the shipment. What the record itself says
    of the shipment counts as one more paper.
    Gives: one part per attribute, the disagreements first; verdict `disagrees`, `cannot_be_told`
    or `agrees`, which holds for what is printed on two papers and for nothing else.
    Unknown: an attribute on one paper alone, a sealed one, wet against dry without a moisture, and
    names that are only alike are told as such, and never as agreement.
    """
    found = printed(facts, shipment)
    compared = [*figures(found), *texts(found), *days(found)]
    order = (DISAGREES, CANNOT_BE_TOLD, AGREES)
    compared.sort(key=lambda c: order.index(c.verdict))
    verdict = next((v for v in order if any(c.verdict == v for c in compared)), CANNOT_BE_TOLD)
    there = {paper.kind for paper in found}
    missing = [
        Missing(name.replace("_", " "), shipment, "no such paper of it is in the record")
        for name in EXPECTED
        if name not in there
    ]
    few = () if len(found) > 1 else ("Fewer than two papers of it: there is nothing to compare.",)
    return Finding(
        "papers",
        VERSION,
        "Do the papers of this shipment agree?",
        shipment,
        verdict,
        facts.head,
        facts.as_of,
        (),
        tuple(c.reason for c in compared if c.verdict == DISAGREES) or few,
        tuple(missing),
        sources=tuple(paper.ref for paper in found),
        parts=tuple(_part(facts, shipment, c) for c in compared),
    )


def _part(facts: Facts, shipment: str, compared: Compared) -> Finding:
    return Finding(
        "papers",
        VERSION,
        f"Is the {compared.name} the same on every paper?",
        shipment,
        compared.verdict,
        facts.head,
        facts.as_of,
        (),
        (compared.reason,),
        compared.missing,
        sources=compared.sources,
        component=compared.name,
    )
