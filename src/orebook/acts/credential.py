"""A credential of others checked: who signed it, whether it still stands and is in force."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Literal

from orebook.acts.resolve import Resolver
from orebook.exchange import status_list, vc_proof
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.model.entry import Body
from orebook.model.problem import Problem, found
from orebook.model.when import BadDate, When, when

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
    term, runs = _term(document, resolver.day, token=jwt is not None)
    judged = _outcome(proof, status, runs=runs)
    return Checked(judged, vc_proof.issuer_of(document), proof, status or "states none", term)


def _outcome(proof: str, status: str, *, runs: bool | None) -> Outcome:
    if proof.startswith("refused:") or status_list.stopped(status) or runs is False:
        return "refused"
    if not vc_proof.verified(proof) or status_list.NOT_CHECKED in status or runs is None:
        return "undecided"
    return "stands"


def _term(document: Object, day: str, *, token: bool) -> tuple[str, bool | None]:
    """Whether that day lies within what the credential says of its validity; None for no day.

    Takes: `token`, whether it came as a JWT, whose own claims count too.
    Source: VC Data Model 2.0, 4.9, and 1.1, 4.6; RFC 7519 4.1.4, 4.1.5; VC Data Integrity 1.0, 2.1.
    """
    told: list[str] = []
    runs: bool | None = True
    for name, early, value in _limits(document, token=token):
        try:
            moment, today = _moment(name, value), when(day)
        except (BadDate, ArithmeticError):
            stated = value.text if isinstance(value, Number) else found(value)
            return f"{name} is {stated[:60]}, which is no time", None
        of = "" if name.startswith("valid") else f" ({name})"
        told.append(f"{'from' if early else 'until'} {moment.text}{of}")
        outside = moment.first > today.last if early else moment.last < today.first
        runs = False if outside else runs
    said = " ".join(told) or "states none"
    return (f"not in force on {day}: {said}" if runs is False else said), runs


def _limits(document: Object, *, token: bool) -> list[tuple[str, bool, Value]]:
    """Each stated limit: its name, whether it is the beginning, and what is written there."""
    names = [("validFrom", True), ("validUntil", False), ("issuanceDate", True)]
    names += [("expirationDate", False), *([("nbf", True), ("exp", False)] if token else [])]
    proofs = document.get("proof")
    listed = proofs if isinstance(proofs, list) else [proofs]
    stated = [(name, early, document.get(name)) for name, early in names]
    stated += [("proof expires", False, p.get("expires")) for p in listed if isinstance(p, dict)]
    return [limit for limit in stated if limit[2] is not None]


def _moment(name: str, value: Value) -> When:
    """The time that is written there. Refuses: BadDate, ArithmeticError for none."""
    if name not in {"nbf", "exp"}:
        return when(value if isinstance(value, str) else "")
    if not isinstance(value, Number) or len(value.text) > 20:
        raise BadDate
    seconds = value.decimal()
    if abs(seconds) >= 10**12:
        raise BadDate
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=int(seconds))
    return when(at.isoformat().replace("+00:00", "Z"))
