"""Analyses and findings of conformity as attestations. Who may say so is the caller's to judge.

An attestation names its scheme; a laboratory's certificate has none, and says that it has none.
"""

from __future__ import annotations

from orebook.exchange.json_text import Object
from orebook.exchange.untp_measure import performances
from orebook.exchange.untp_own import open_words, tell
from orebook.exchange.untp_statement import Statement, describe, made_up, text

NO_SCHEME = "urn:orebook:no-scheme"
RESULTS = {"conforms": True, "does not conform": False}
_ASSESSED = {"lot": "assessedProduct", "facility": "assessedFacility"}


def testing(said: Statement) -> Object:
    """A certificate of analysis, as the laboratory's own attestation of what it measured."""
    body = open_words("assay", said.body)
    ident, lot = str(said.body["id"]), text(body, "lot")
    what = _thing(said, "lot", lot)
    tell(what, "assay", {"id": ident, **body})
    by = f" by {text(body, 'method')}" if text(body, "method") else ""
    assessment: Object = {
        "type": ["ConformityAssessment"],
        "id": ident,
        "name": f"Analysis of {lot}{by}",
        "assessmentCriteria": [],
        "assessedPerformance": performances(body),
        "assessedProduct": [{"product": what}],
        "conformityTopic": [],
    }
    describe(assessment, made_up(body))
    if day := text(body, "when"):
        assessment["assessmentDate"] = day
    return _attestation(
        said, "testing", f"Analysis {ident}", assessment, said.around.holder("lot", lot)
    )


def finding(said: Statement) -> Object:
    """What a party finds of the conformity of lots, facilities or parties, as its declaration."""
    body = said.body
    ident = str(body["id"])
    listed = body.get("about")
    about = [str(one) for one in listed] if isinstance(listed, list) else []
    kinds = {one: said.around.kind(one) for one in about}
    assessment: Object = {
        "type": ["ConformityAssessment"],
        "id": ident,
        "name": f"Conformity of {', '.join(about)}",
        "assessmentCriteria": [],
        "assessedPerformance": [],
        "conformityTopic": [],
    }
    for kind, member in _ASSESSED.items():
        things = [one for one in about if kinds[one] == kind]
        name = "product" if kind == "lot" else kind
        if things:
            assessment[member] = [{name: _thing(said, kind, one)} for one in things]
    if parties := [one for one in about if kinds[one] == "party"]:
        assessment["assessedOrganisation"] = said.named("Party", parties[0])
    if (value := text(body, "value")) in RESULTS:
        assessment["conformance"] = RESULTS[value]
    if day := text(body, "when"):
        assessment["assessmentDate"] = day
    holder = next(iter(parties or [said.around.holder(kinds[one], one) for one in about]), "")
    return _attestation(said, "declaration", f"Finding {ident}", assessment, holder)


def _thing(said: Statement, kind: str, ident: str) -> Object:
    if kind != "lot":
        return said.named("Facility", ident)
    lot = said.around.thing("lot", ident)
    name = text(lot, "material") or text(lot, "label") or ident
    made: Object = {"type": ["Product"], "id": ident, "name": name}
    if batch := text(lot, "batch"):
        made["batchNumber"] = batch
    return made


def _attestation(said: Statement, type_: str, name: str, assessment: Object, holder: str) -> Object:
    """Takes: `holder`, to whom it is issued. Unknown: without one the member is left out."""
    own = bool(holder) and holder == said.issuer.party
    made: Object = {
        "type": ["ConformityAttestation"],
        "id": f"{assessment['id']}#attestation",
        "name": name,
        "assessorLevel": "self" if own else "unspecified",
        "assessmentLevel": "no-endorsement",
        "attestationType": type_,
        "referenceScheme": {
            "type": ["ConformityScheme"],
            "id": NO_SCHEME,
            "name": "no conformity scheme: the statement stands by itself",
        },
        "conformityAssessment": [assessment],
    }
    if holder:
        made["issuedToParty"] = said.named("Party", holder)
    return made
