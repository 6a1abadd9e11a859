"""A fact of this book as a UNTP 0.7.0 credential: what its words say, and nothing besides.

One table says which kind of fact becomes which credential. What a credential must say and the book
does not know is told, never made up. Source: UNTP 0.7.0 (4 May 2026), DTE, DPP, DFR, DCC, DIA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from orebook.exchange.json_check import Faults
from orebook.exchange.json_text import Object, Value
from orebook.exchange.untp_check import (
    CONTEXTS,
    EVENTS,
    PASSPORT,
    PRODUCT,
    SHAPES,
    event_faults,
)
from orebook.exchange.untp_issue_attest import finding, testing
from orebook.exchange.untp_issue_event import event
from orebook.exchange.untp_issue_things import facility, identity, product
from orebook.exchange.untp_records import ANCHOR, CONFORMITY, FACILITY, SUBJECTS
from orebook.exchange.untp_records import SHAPES as RECORD_SHAPES
from orebook.exchange.untp_statement import Statement
from orebook.model.entry import Body
from orebook.model.problem import Problem
from orebook.model.when import BadDate, when

_STEP = "State it in this book, or leave the credential out."
# What to state, where UNTP's own name of a member does not say it.
_MEANT = {
    "/countryOfProduction": "the country of the lot, or that of the facility where it was made",
    "/producedAtFacility": "the facility where the lot was made",
    "/countryOfOperation": "the country of the facility",
    "/address": "the country of the facility",
    "/issuedToParty": "the owner of the lot, or who states it",
    "/conformityAssessment/0/assessmentDate": "the day of the analysis or finding",
    "/fromFacility": "where the lots left: the facility of the one event `ship` of the same lots",
    "/toFacility": "where the lots came: the facility of the one event `receive` of the same lots",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of fact goes out: type of credential, its title, what makes its subject."""

    type: str
    title: str
    subject: Callable[[Statement], Value]


def _events_faults(subjects: Value) -> Faults | None:
    return event_faults(cast("list[Value]", subjects)[0])


_SUBJECTS = {PASSPORT: PRODUCT, EVENTS: _events_faults, **SUBJECTS}
KINDS: dict[str, Kind] = {
    "lot": Kind(PASSPORT, "Passport", product),
    "event": Kind(EVENTS, "Event", event),
    "facility": Kind(FACILITY, "Facility", facility),
    "assay": Kind(CONFORMITY, "Analysis", testing),
    "claim": Kind(CONFORMITY, "Finding", finding),
    "party": Kind(ANCHOR, "Identity", identity),
}


def credential(
    kind: str, said: Statement, ident: str, since: str, status: Object
) -> Object | list[Problem]:
    """The credential, or what it must say and is not known.

    Takes: the kind of fact; the statement; the identifier of the credential; from when it is in
    force; its entry in a list of states.
    """
    way = KINDS[kind]
    title = f"{way.title}: {said.body['id']}"
    told = _time(said.body) if kind == "event" else []
    return envelope(way.type, title, way.subject(said), said, (ident, since, status), told)


def envelope(
    type_: str,
    title: str,
    subject: Value,
    said: Statement,
    around: tuple[str, str, Object],
    told: Iterable[Problem] = (),
) -> Object | list[Problem]:
    """The subject in a credential of that type, or what it must say and is not known.

    Takes: `around`, the identifier of the credential, from when it is in force, and its entry in a
    list of states; `told`, what is known to be missing.
    """
    ident, since, status = around
    issuer: Object = {
        "type": ["CredentialIssuer"],
        "id": said.issuer.did,
        "name": said.issuer.name,
    }
    if said.issuer.party:
        known = {"type": ["Party"], "id": said.issuer.party, "name": said.issuer.name}
        issuer["issuerAlsoKnownAs"] = [cast("Value", known)]
    made: Object = {
        "type": [type_, "VerifiableCredential"],
        "@context": list(CONTEXTS),
        "id": ident,
        "issuer": issuer,
        "validFrom": since,
        "name": title,
        "credentialStatus": status,
        "credentialSubject": subject,
    }
    within = _SUBJECTS[type_](subject) or ()
    faults = [*within, *({**SHAPES, **RECORD_SHAPES}[type_](made) or ())]
    missing = [*told, *(fault.problem() for fault in faults)]
    if not missing:
        return made
    found: dict[str, Problem] = {}
    for one in missing:
        expected = _MEANT.get(one.place, one.expected)
        found.setdefault(expected, Problem(one.code, one.place, expected, one.found, _STEP))
    return list(found.values())


def _time(body: Body) -> list[Problem]:
    """UNTP asks for the moment; a day is none."""
    text = body.get("when")
    try:
        moment = when(text).instant if isinstance(text, str) else None
    except BadDate:
        moment = None
    if moment is not None:
        return []
    found = f'"{text}"' if isinstance(text, str) else "nothing"
    return [Problem("bad-time", "/eventDate", "a moment with offset", found, _STEP)]
