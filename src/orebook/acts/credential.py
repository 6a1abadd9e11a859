"""A credential of others checked: who signed it, whether it still stands and is in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from orebook.acts.resolve import Resolver
from orebook.exchange import status_list, vc_proof
from orebook.exchange.json_text import read as json_read
from orebook.exchange.vc_term import term_of
from orebook.model.entry import Body
from orebook.model.problem import Problem

Outcome = Literal["stands", "refused", "undecided", "unreadable"]
SIZE_MAX = 4 * 1024 * 1024
EXIT = {"stands": 0, "refused": 1, "undecided": 3, "unreadable": 4}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one credential: in one word, and line by line."""

    outcome: Outcome
    issuer: str
    proof: str
    status: str
    term: str

    def as_json(self) -> Body:
        """For machines."""
        return {
            "outcome": self.outcome,
            "issuer": self.issuer,
            "proof": self.proof,
            "status": self.status,
            "term": self.term,
        }


def is_credential(data: bytes) -> bool:
    """Whether these bytes are a credential, as JSON or as a token, and nothing else of ours."""
    start = data.strip()[:1]
    if start == b"e":
        return isinstance(vc_proof.taken_apart(data), vc_proof.Jwt)
    if start != b"{" or b'"credentialSubject"' not in data:
        return False
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "credentialSubject" in value


def check(data: bytes, resolver: Resolver) -> Checked:
    """What is found of the credential's signature, status and term.

    Takes: a credential; `resolver`, the keys that are known and whether hosts may be asked, with
    the day on which it is checked.
    Unknown: a signature or status that could not be judged makes it `undecided`, never `stands`.
    """
    jwt = vc_proof.taken_apart(data) if data.strip().startswith(b"e") else None
    if isinstance(jwt, Problem):
        return Checked("unreadable", "", jwt.text(), "", "")
    document = json_read(data if jwt is None else jwt.payload)
    if isinstance(document, Problem):
        return Checked("unreadable", "", document.text(), "", "")
    if not isinstance(document, dict):
        return Checked("unreadable", "", "expected a credential, which is an object", "", "")
    find = resolver.find_key
    outcome = (
        vc_proof.proof_outcome(document, find)
        if jwt is None
        else vc_proof.jwt_outcome(jwt, document, find)
    )
    proof = f"refused: {outcome.text()}" if isinstance(outcome, Problem) else outcome
    status = status_list.status_of(document, resolver.find_list, find)
    term, runs = term_of(document, resolver.day, token=jwt is not None)
    judged = _outcome(proof, status, runs=runs)
    return Checked(judged, vc_proof.issuer_of(document), proof, status or "states none", term)


def _outcome(proof: str, status: str, *, runs: bool | None) -> Outcome:
    if proof.startswith("refused:") or status_list.stopped(status) or runs is False:
        return "refused"
    if not vc_proof.verified(proof) or status_list.NOT_CHECKED in status or runs is None:
        return "undecided"
    return "stands"
