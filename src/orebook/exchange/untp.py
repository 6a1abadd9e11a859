"""UN Transparency Protocol 0.7.0: traceability events and product passports, both directions.

A credential is read bare or inside a compact JWS (`vc+jwt`), whose payload is taken as it is: the
signature is not judged here and the document fact says so. Each lifecycle event becomes an `event`,
a passport a `lot`; parties, facilities and lots they name become facts of their own.
Source: UNTP 0.7.0 (4 May 2026), DTE and DPP; W3C VC-JOSE-COSE section 3.1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from orebook.exchange.carried import Pair, carry, difference, foreign, lay_over
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_check import Fault
from orebook.exchange.json_text import Object, Value, escape
from orebook.exchange.json_text import read as json_read
from orebook.exchange.json_text import write as json_text
from orebook.exchange.untp_check import EVENTS, PASSPORT, PRODUCT, SHAPES, event_faults
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

_SIGN = re.compile(rb"/untp/|untp-d|DigitalTraceabilityEvent|DigitalProductPassport")
_JWS = re.compile(rb"\s*(eyJ[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\s*")
_VERSION = re.compile(r"/untp/(?:[a-z-]+/)?v?(\d+\.\d+\.\d+|working)")
_OTHERS = {
    "DigitalConformityCredential": "conformity credential",
    "DigitalFacilityRecord": "facility record",
    "DigitalIdentityAnchor": "identity anchor",
}
_STEP = "Send it as UNTP 0.7.0, or send the same facts as JSON Lines."
_UNJUDGED = "came inside a signed vc+jwt; the signature has not been judged"


def sniff(start: bytes, name: str) -> int:
    """How surely this is a UNTP credential, bare or signed: 0 to 100."""
    if _SIGN.search(start):
        return 85
    if re.match(rb"\s*eyJ[A-Za-z0-9_-]+\.", start):
        return 70
    return 40 if name.lower().endswith((".jwt", ".vc")) else 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """The facts of one credential, or its faults, each at its place.

    Refuses: other versions and other types of credential, each by name.
    """
    for item in _read(stream.read(), source):
        yield item.within("", source.name) if isinstance(item, Problem) else item


def _read(data: bytes, source: Source) -> Iterator[Read | Problem]:
    signed = _JWS.fullmatch(data)
    if signed:
        payload = _payload(signed)
        if isinstance(payload, Problem):
            yield payload
            return
        data = payload
    value = json_read(data)
    if isinstance(value, Problem):
        yield value
        return
    kind = _credential(value)
    if isinstance(kind, Problem):
        yield kind
        return
    document = cast("Object", value)
    faults = SHAPES[kind](document)
    if faults:
        yield from (fault.problem() for fault in faults)
        return
    yield from _facts(document, kind, source, signed=signed is not None)


def _payload(signed: re.Match[bytes]) -> bytes | Problem:
    """The payload of a compact JWS whose header says it is a credential."""
    parts: list[bytes] = []
    for number, place in ((1, "JWS header"), (2, "JWS payload")):
        try:
            padded = signed[number] + b"=" * (-len(signed[number]) % 4)
            parts.append(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            return Problem("bad-jws", place, "base64url without padding", "other text", _STEP)
    header = json_read(parts[0])
    if isinstance(header, Problem) or not isinstance(header, dict):
        return Problem("bad-jws", "JWS header", "a JSON object", "other text", _STEP)
    named = header.get("typ")
    if named not in {"vc+jwt", "vc+ld+json+jwt", "application/vc+jwt"}:
        return Fault("/typ", "not-a-credential", "the type vc+jwt", named, _STEP).problem(
            "JWS header "
        )
    return parts[1]


def _credential(value: Value) -> str | Problem:
    """Which of the two credentials we read this is; else the Problem that names what it is."""
    if not isinstance(value, dict):
        return Fault("", "wrong-type", "a UNTP credential, which is an object", value).problem()
    contexts = value.get("@context")
    listed = contexts if isinstance(contexts, list) else [contexts]
    versions = [_VERSION.search(item) for item in listed if isinstance(item, str)]
    version = next((match[1] for match in versions if match), None)
    if version not in {None, "0.7.0"}:
        expected = "UNTP 0.7.0, the release of 4 May 2026"
        found = "a working draft of UNTP" if version == "working" else f"UNTP {version}"
        return Problem("unread-version", "/@context", expected, found, _STEP)
    types = value.get("type")
    named = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
    for kind in SHAPES:
        if kind in named:
            return kind
    expected = f"a {EVENTS} or a {PASSPORT}"
    other = next((f"a {_OTHERS[t]} ({t})" for t in named if t in _OTHERS), None)
    what = other or ", ".join(named) or "no type"
    return Problem("unread-credential", "/type", expected, what, _STEP)


def _facts(
    document: Object, kind: str, source: Source, *, signed: bool
) -> Iterator[Read | Problem]:
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
    yield Read("document", _about(document, source, len(facts), signed=signed), "", author=author)


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


def _about(document: Object, source: Source, count: int, *, signed: bool) -> Body:
    pairs: list[Pair] = [
        (f"/{escape(name)}", member)
        for name, member in document.items()
        if name != "credentialSubject"
    ]
    body: Body = {
        "id": source.document,
        "media_type": "application/vc+jwt" if signed else "application/vc",
        "format": NAME,
        "facts": count,
        "envelope": carry(pairs),
    }
    if source.name.strip():
        body["name"] = source.name
    if signed:
        body["note"] = _UNJUDGED
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
    if PASSPORT in cast("list[Value]", credential.get("type") or []):
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
    title="UNTP 0.7.0: traceability event or product passport, bare or as vc+jwt",
    media_types=("application/vc", "application/vc+jwt", "application/vc+ld+json"),
    suffixes=(".json", ".jsonld", ".jwt"),
    sniff=sniff,
    read=read,
    write=write,
)
