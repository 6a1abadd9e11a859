"""What rules say of a lot, as an attestation of who asked them. What they could not tell is none.

Source: UNTP 0.7.0 (4 May 2026), DCC.
"""

from __future__ import annotations

from dataclasses import dataclass

from orebook.exchange.json_text import Object, Value
from orebook.exchange.untp_issue import envelope
from orebook.exchange.untp_records import CONFORMITY
from orebook.exchange.untp_statement import Statement, describe, made_up, text
from orebook.model.problem import Problem

RULES = "urn:orebook:rules"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict told apart from its engine: the pack, the days, and how each rule came out.

    `rules` hold id, title, clause and outcome; `conforms` whether the pack was proved or refuted.
    """

    pack: str
    title: str
    citation: str
    version: str
    law: str
    asked: str
    head: int
    conforms: bool
    rules: tuple[tuple[str, str, str, str], ...]


def verdict_credential(
    said: Statement, ruling: Ruling, ident: str, since: str, status: Object
) -> Object | list[Problem]:
    """The credential, or what it must say and is not known. Takes: as `credential`."""
    lot = str(said.body["id"])
    known = said.around.thing("lot", lot)
    name = text(known, "material") or text(known, "label") or lot
    rules: list[Value] = []
    found: list[Value] = []
    for rule, title, clause, outcome in ruling.rules:
        where = f"{RULES}:{ruling.pack}:{rule}"
        rules.append({"type": ["Criterion"], "id": where, "name": f"{title} ({clause})"})
        metric: Object = {"type": ["PerformanceMetric"], "id": where, "name": title}
        found.append({"metric": metric, "score": {"code": outcome}})
    assessment: Object = {
        "type": ["ConformityAssessment"],
        "id": f"{ident}#assessment",
        "name": ruling.title,
        "assessmentCriteria": rules,
        "assessmentDate": ruling.asked,
        "assessedPerformance": found,
        "assessedProduct": [{"product": {"type": ["Product"], "id": lot, "name": name}}],
        "conformityTopic": [],
        "conformance": ruling.conforms,
    }
    asked = f"by the law of {ruling.law}, asked of entries 0 to {ruling.head - 1}"
    describe(assessment, asked, made_up(known))
    holder = said.around.holder("lot", lot)
    subject: Object = {
        "type": ["ConformityAttestation"],
        "id": f"{ident}#attestation",
        "name": f"{ruling.title}: {'met' if ruling.conforms else 'not met'}",
        "description": "What dated rules say of the statements in a book; no inspection of the lot",
        "assessorLevel": "self" if holder and holder == said.issuer.party else "unspecified",
        "assessmentLevel": "no-endorsement",
        "attestationType": "verification",
        "referenceScheme": {
            "type": ["ConformityScheme"],
            "id": f"{RULES}:{ruling.pack}",
            "name": f"{ruling.citation} (pack {ruling.pack}, version {ruling.version})",
        },
        "conformityAssessment": [assessment],
    }
    if holder:
        subject["issuedToParty"] = said.named("Party", holder)
    title = f"Verdict: {lot} under {ruling.pack}"
    return envelope(CONFORMITY, title, subject, said, (ident, since, status))
