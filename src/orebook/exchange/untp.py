"""UN Transparency Protocol: the five credentials of 0.7.0 both ways, those of 0.6 and 0.5 read.

A credential is read bare, with a Data Integrity proof, or inside a compact JWS (`vc+jwt`); what was
found of its signature is said in the document fact, and one that does not hold is refused. Each
lifecycle event becomes an `event`, a passport a `lot`, a facility record a `facility`, a conformity
credential or identity anchor claims; parties, facilities and lots they name become facts too.
Source: UNTP 0.7.0 (4 May 2026); W3C VC-JOSE-COSE section 3.1; W3C Data Integrity EdDSA 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from orebook.exchange import status_list, untp_older, untp_older_check, untp_records, vc_proof
from orebook.exchange.carried import Pair, carry, difference, foreign, lay_over
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_check import Fault
from orebook.exchange.json_text import WHOLE_MAX, Object, Value, escape
from orebook.exchange.json_text import read as json_read
from orebook.exchange.json_text import write as json_text
from orebook.exchange.untp_check import PASSPORT, PRODUCT, SHAPES, event_faults
from orebook.exchange.untp_names import Named
from orebook.exchange.untp_words import (
    NAME,
    event_words,
    implied_event,
    implied_lot,
    lot_words,
    shelve,
)
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError

_SIGNS = (
    b"/untp/",
    b"untp-d",
    b"DigitalTraceabilityEvent",
    b"DigitalProductPassport",
    b"DigitalFacilityRecord",
    b"DigitalConformityCredential",
    b"DigitalIdentityAnchor",
)
_OTHERS = (
    b'"VerifiableCredential"',
    b'"VerifiablePresentation"',
    b"www.w3.org/ns/credentials/v",
)
_JWS = re.compile(rb"\s*eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\s*")
_SHAPES = {**SHAPES, **untp_records.SHAPES}
_VERSION = re.compile(r"/untp/(?:[a-z-]+/)?v?(\d+\.\d+\.\d+|working)")
_STEP = "Send it as UNTP 0.7.0, or send the same facts as JSON Lines."


def sniff(start: bytes, name: str) -> int:
    """How surely this is a UNTP credential, bare or signed: 0 to 100."""
    if any(
        sign in start for sign in _SIGNS
    ):  # an event of 0.6 bears the names of EPCIS inside a credential
        return 93 if b'"VerifiableCredential"' in start else 85
    if any(
        sign in start for sign in _OTHERS
    ):  # of another type: refused here, by the name of its type
        return 60
    if re.match(rb"\s*eyJ[A-Za-z0-9_-]+\.", start):
        return 70
    return 40 if name.lower().endswith((".jwt", ".vc")) else 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """The facts of one credential, or its faults, each at its place.

    Refuses: other versions and other types of credential, each by name.
    """
    data = stream.read(WHOLE_MAX + 1)
    if len(data) > WHOLE_MAX:
        step = "Send each credential by itself."
        expected = f"a credential of at most {WHOLE_MAX} bytes"
        yield Problem("too-large", "", expected, "more", step, source.name)
        return
    for item in _read(data, source):
        yield item.within("", source.name) if isinstance(item, Problem) else item


def _read(data: bytes, source: Source) -> Iterator[Read | Problem]:
    jwt = vc_proof.taken_apart(data) if _JWS.fullmatch(data) else None
    if isinstance(jwt, Problem):
        yield jwt
        return
    value = json_read(data if jwt is None else jwt.payload)
    if isinstance(value, Problem):
        yield value
        return
    told = _credential(value)
    if isinstance(told, Problem):
        yield told
        return
    kind, older = told
    document = cast("Object", value)
    faults = (untp_older_check.SHAPES if older else _SHAPES)[kind](document)
    if faults:
        yield from (fault.problem() for fault in faults)
        return
    find = cast("vc_proof.FindKey", source.find_key or vc_proof.no_keys)
    if jwt is None:
        outcome = vc_proof.proof_outcome(document, find)
    else:
        outcome = vc_proof.jwt_outcome(jwt, document, find)
    if isinstance(outcome, Problem):
        yield outcome
        return
    about = _about(document, source, outcome, signed=jwt is not None)
    lists = cast("status_list.FindList", source.find_list or status_list.ask_nobody)
    status = status_list.status_of(document, lists, find)
    if status:
        about["status"] = status
        source.notes.append(f"status of the credential: {status}")
    for item in _said(document, kind, older, about):
        withdrawn = isinstance(item, Read) and status_list.stopped(status)
        yield _withdrawn(cast("Read", item), status) if withdrawn else item


def _said(document: Object, kind: str, older: str, about: Body) -> Iterator[Read | Problem]:
    if older:
        return _older(document, kind, about | {"note": f"read as UNTP {older}"})
    if kind in untp_records.SUBJECTS:
        return _record(document, kind, about)
    return _facts(document, kind, about)


def _withdrawn(fact: Read, status: str) -> Read:
    """A claim of a credential that no longer stands: it was made, and has no standing any more."""
    if fact.kind != "claim":
        return fact
    body = {name: value for name, value in fact.body.items() if name != "standing"}
    said = f"the credential no longer stands: {status}"
    body["note"] = "; ".join(str(one) for one in (said, body.get("note")) if one)[:20_000]
    return replace(fact, body=body)


def _record(document: Object, kind: str, about: Body) -> Iterator[Read | Problem]:
    at = "/credentialSubject"
    faults = untp_records.SUBJECTS[kind](document["credentialSubject"])
    if faults:
        yield from (fault.problem(at) for fault in faults)
        return
    facts = untp_records.facts(document, kind)
    yield from _whole(document, about, facts, untp_records.carried(document, kind))


def _older(document: Object, kind: str, about: Body) -> Iterator[Read | Problem]:
    at = "/credentialSubject"
    faults = untp_older_check.SUBJECTS[kind](document["credentialSubject"])
    if faults:
        yield from (fault.problem(at) for fault in faults)
        return
    facts = untp_older.facts(document, kind, str(about["id"]))
    yield from _whole(document, about, facts, untp_older.carried(document, kind))


def _whole(
    document: Object, about: Body, facts: list[Read], carried: tuple[list[Pair], list[Pair]]
) -> Iterator[Read]:
    """The facts, and the document that carries the credential whole."""
    author = vc_proof.issuer_of(document)
    for fact in facts:
        yield Read(fact.kind, fact.body, fact.place, author=author)
    clear, sealed = carried
    about |= {"envelope": carry(clear), "facts": len(facts)}
    if sealed:
        about["withheld"] = carry(sealed)
    yield Read("document", about, "", author=author)


def _credential(value: Value) -> tuple[str, str] | Problem:
    """Which of the credentials we read this is, and its version where that is older than 0.7.0."""
    if not isinstance(value, dict):
        return Fault("", "wrong-type", "a UNTP credential, which is an object", value).problem()
    contexts = value.get("@context")
    listed = contexts if isinstance(contexts, list) else [contexts]
    versions = [_VERSION.search(item) for item in listed if isinstance(item, str)]
    version = next((match[1] for match in versions if match), None)
    older = version if version and untp_older.reads(version) else ""
    if version not in {None, "0.7.0"} and not older:
        expected = "UNTP 0.7.0 (4 May 2026), 0.6.x or 0.5.0"
        return Problem("unread-version", "/@context", expected, f"UNTP {version}", _STEP)
    types = value.get("type")
    named = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
    for kind in _SHAPES:
        if kind in named:
            return kind, older
    if "credentialSubject" not in value:
        expected = "a credential: its type, issuer and credentialSubject"
        step = "Send the credential as it was issued, not what is inside it."
        return Problem("no-credential", "", expected, f"{', '.join(named) or 'no type'}", step)
    expected = f"one of {', '.join(_SHAPES)}"
    what = ", ".join(named) or "no type"
    return Problem("unread-credential", "/type", expected, what, _STEP)


def _facts(document: Object, kind: str, about: Body) -> Iterator[Read | Problem]:
    issuer = cast("Object", document["issuer"])
    author = cast("str", issuer["id"])
    subjects = document["credentialSubject"]
    single = kind == PASSPORT
    at = "/credentialSubject"
    items = [(at, subjects)] if single else list(_numbered(at, cast("list[Value]", subjects)))
    named = Named()
    named.issuer(issuer, "/issuer")
    facts: list[Read] = []
    for place, subject in items:
        faults = PRODUCT(subject) if single else event_faults(subject)
        if faults:
            yield from (fault.problem(place) for fault in faults)
            continue
        fact = _lot(subject, place) if single else _event(subject, place)
        (named.product if single else named.event)(cast("Object", subject), place)
        facts.append(fact)
    if items and not facts:
        return
    for read_ in (*named.facts(), *facts):
        yield Read(read_.kind, read_.body, read_.place, author=author)
    yield Read("document", about | {"facts": len(facts)}, "", author=author)


def _numbered(at: str, items: list[Value]) -> Iterator[tuple[str, Value]]:
    for index, item in enumerate(items):
        yield f"{at}/{index}", item


def _event(subject: Value, place: str) -> Read:
    event = cast("Object", subject)
    body = event_words(event)
    body["foreign"] = foreign(NAME, *shelve(difference(event, implied_event(body))))
    return Read("event", body, place)


def _lot(subject: Value, place: str) -> Read:
    product = cast("Object", subject)
    body = lot_words(product)
    body["foreign"] = foreign(NAME, *shelve(difference(product, implied_lot(body))))
    return Read("lot", body, place)


def _about(document: Object, source: Source, outcome: str, *, signed: bool) -> Body:
    pairs: list[Pair] = [
        (f"/{escape(name)}", member)
        for name, member in document.items()
        if name != "credentialSubject"
    ]
    body: Body = {
        "id": source.document,
        "media_type": "application/vc+jwt" if signed else "application/vc",
        "format": NAME,
        "facts": 0,
        "envelope": carry(pairs),
        "proof": outcome,
    }
    if source.name.strip():
        body["name"] = source.name
    return body


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """The bare credential the facts were read from, equal in value, number text included.

    A credential of our own is a statement that someone signs: issuing one is an act, not a format.
    Refuses: ReaderError unless the facts hold exactly one UNTP document with what it says.
    """
    documents: list[Body] = []
    events: list[Value] = []
    lots: list[Value] = []
    for kind, body in facts:
        if kind == "document" and body.get("format") == NAME:
            documents.append(body)
        elif kind in {"event", "lot"} and _is_own(body):
            restored = implied_event(body) if kind == "event" else implied_lot(body)
            carried = cast("Body", body["foreign"])
            lay_over(restored, carried.get("members"))
            (events if kind == "event" else lots).append(lay_over(restored, carried.get("free")))
    if len(documents) != 1:
        message = f"expected the facts of one UNTP document, found {len(documents)}"
        raise ReaderError(message)
    credential = lay_over({}, documents[0].get("envelope"))
    if "credentialSubject" in credential:  # carried whole
        lay_over(credential, documents[0].get("withheld"))
    elif PASSPORT in cast("list[Value]", credential.get("type") or []):
        if len(lots) != 1:
            message = f"a passport speaks of one product, the facts hold {len(lots)}"
            raise ReaderError(message)
        credential["credentialSubject"] = lots[0]
    else:
        credential["credentialSubject"] = events
    stream.write(json_text(credential).encode("utf-8"))


def _is_own(body: Body) -> bool:
    carried = body.get("foreign")
    return isinstance(carried, dict) and carried.get("format") == NAME


FORMAT = Format(
    name=NAME,
    title="UNTP 0.7.0, 0.6 and 0.5: passport, event, facility, conformity, identity; also vc+jwt",
    media_types=("application/vc", "application/vc+jwt", "application/vc+ld+json"),
    suffixes=(".json", ".jsonld", ".jwt"),
    sniff=sniff,
    read=read,
    write=write,
)
