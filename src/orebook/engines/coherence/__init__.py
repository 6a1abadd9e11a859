"""Does the record agree with itself? What takes two documents to see is found, not refused."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.engines.coherence.amounts import above_its_mineral, consumed_beyond
from orebook.engines.coherence.dates import made_before_its_event, used_before_it_existed
from orebook.engines.coherence.faults import CANNOT_BE_TOLD, CONTRADICTS, Fault, steps
from orebook.engines.coherence.identity import cycles, made_twice, one_name_for_many
from orebook.engines.coherence.transit import moved_too_fast
from orebook.model.facts import Facts
from orebook.model.finding import Finding

VERSION = "coherence/2"
_NOTHING = (
    "No two statements that were compared exclude one another; what is not stated was not compared."
)
NONE_FOUND = "none_found"

__all__ = ["CANNOT_BE_TOLD", "CONTRADICTS", "NONE_FOUND", "VERSION", "contradictions"]


def contradictions(facts: Facts, *, about: Iterable[str] | None = None) -> Finding:
    """Every place where statements in the record cannot all hold, each with its sources.

    Takes: identifiers of lots, events or assays to keep to, or None for the whole record.
    Gives: one part per contradiction; its `component` is the kind, such as
    `made-before-its-event`. Verdict `contradicts`, or `cannot_be_told` where only a doubt nobody
    stated stands between the figures, or `none_found`, which is no promise that all is well.
    Unknown: what is not stated contradicts nothing, and is not counted as agreement either.
    """
    found = steps(facts)
    faults: list[Fault] = [
        *made_before_its_event(facts, found),
        *used_before_it_existed(facts, found),
        *moved_too_fast(facts),
        *consumed_beyond(facts, found),
        *made_twice(facts, found),
        *cycles(found),
        *one_name_for_many(facts),
        *above_its_mineral(facts),
    ]
    if about is not None:
        wanted = set(about)
        faults = [f for f in faults if wanted & set(f.about)]
    parts = tuple(_part(facts, fault) for fault in faults)
    verdicts = {p.verdict for p in parts}
    verdict = next((v for v in (CONTRADICTS, CANNOT_BE_TOLD) if v in verdicts), NONE_FOUND)
    reasons = tuple(r for p in parts for r in p.reasons) or (_NOTHING,)
    return Finding(
        "coherence",
        VERSION,
        "Does the record agree with itself?",
        "",
        verdict,
        facts.head,
        facts.as_of,
        (),
        reasons,
        tuple(dict.fromkeys(m for p in parts for m in p.missing)),
        sources=tuple(dict.fromkeys(s for p in parts for s in p.sources)),
        parts=parts,
    )


def _part(facts: Facts, fault: Fault) -> Finding:
    return Finding(
        "coherence",
        VERSION,
        "Can these statements all hold?",
        fault.subject,
        fault.verdict,
        facts.head,
        facts.as_of,
        fault.figures,
        (fault.reason,),
        fault.missing,
        sources=fault.sources,
        component=fault.code,
    )
