"""BODS 0.4: parties out and in as entity records; owners that are not known, with the reason why.

Natural persons are never written, and their names are never read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.json_text import read_stream as json_read
from orebook.exchange.json_text import write as json_write
from orebook.exchange.ocds_ppp import fraction, items_of, text_of
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError, found
from orebook.model.shape import check

_STEP = "Correct it and send the document again."
_TYPES = {
    "company": "registeredEntity",
    "laboratory": "registeredEntity",
    "press": "registeredEntity",
    "state_body": "stateBody",
    "government": "state",
    "political_party": "legalEntity",
    "other": "legalEntity",
}
_KINDS = {"registeredEntity": "company", "stateBody": "state_body", "state": "government"}
_REASONS = {
    "not_found": "informationUnknownToPublisher",
    "undisclosed": "subjectUnableToConfirmOrIdentifyBeneficialOwner",
    "withheld": "interestedPartyHasNotProvidedInformation",
    "not_applicable": "noBeneficialOwners",
}


def sniff(start: bytes, name: str) -> int:
    """How sure it is that these are BODS statements."""
    del name
    return 92 if b'"recordDetails"' in start and b'"statementId"' in start else 0


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """One entity statement per organisation, and one relationship where owners were looked for.

    Refuses: ReaderError where nothing written is dated to the day, for a statement must be.
    Unknown: persons are left out; a country without a name is written by its code.
    """
    listed = list(facts)
    parties = {
        str(b["id"]): b for k, b in listed if k == "party" and b.get("kind") != "office_holder"
    }
    dates = [d for k, b in listed for d in _dates(k, b)]
    if not parties or not dates:
        message = "there is no party, or no date known to the day, to write as BODS statements"
        raise ReaderError(message)
    on = max(dates)
    statements = [_entity(b, on) for b in parties.values()]
    statements += [s for b in parties.values() for s in _holdings(b, parties, on)]
    for kind, body in listed:
        if kind == "claim" and "beneficial" in str(body.get("property", "")):
            statements += _unknown_owner(body, parties, on)
    stream.write(json_write(cast("Value", statements)).encode() + b"\n")


def _dates(kind: str, body: Body) -> list[str]:
    names = {"source": ("date",), "agreement": ("signed",), "payment": ("when",)}.get(kind, ())
    return [v for n in names if isinstance(v := body.get(n), str) and len(v) == 10 and v[4] == "-"]


def _statement(record: str, kind: str, subject: str, details: Object, on: str) -> Object:
    ident = hashlib.sha256(f"{kind}\n{record}\n{on}".encode()).hexdigest()[:40]
    return {
        "statementId": ident,
        "declarationSubject": subject,
        "statementDate": on,
        "recordId": record,
        "recordStatus": "new",
        "recordType": kind,
        "recordDetails": details,
    }


def _entity(party: Body, on: str) -> Object:
    ident = str(party["id"])
    details: Object = {
        "isComponent": False,
        "entityType": {"type": _TYPES.get(str(party.get("kind")), "legalEntity")},
    }
    if isinstance(name := party.get("name"), str):
        details["name"] = name
    if isinstance(country := party.get("country"), str):
        details["jurisdiction"] = {"name": country, "code": country}
    identifiers = party.get("identifiers")
    if isinstance(identifiers, list) and identifiers:
        details["identifiers"] = [_identifier(str(i)) for i in identifiers]
    return _statement(ident, "entity", ident, details, on)


def _holdings(party: Body, parties: dict[str, Body], on: str) -> list[Object]:
    """One relationship per organisation that holds shares of another, with the share if told."""
    subject = str(party["id"])
    found_: list[Object] = []
    for one in items_of(party, "shareholders"):
        holder = text_of(one, "holder")
        if holder not in parties:
            continue
        interest: Object = {"type": "shareholding", "beneficialOwnershipOrControl": False}
        if (share := fraction(one.get("share"))) is not None:
            interest["share"] = {"exact": Number(format(share * 100, "f"))}
        day = text_of(one, "on")
        if words := [w for w in (text_of(one, "votes"), day and f"as told of {day}") if w]:
            interest["details"] = "; ".join(words)
        details: Object = {
            "isComponent": False,
            "subject": subject,
            "interestedParty": holder,
            "interests": [interest],
        }
        found_.append(_statement(f"{subject}#{holder}", "relationship", subject, details, on))
    return found_


def _identifier(text: str) -> Object:
    scheme, colon, rest = text.partition(":")
    if colon and scheme and scheme.upper() == scheme:
        return {"scheme": scheme, "id": rest}
    return {"id": text, "schemeName": "as printed"}


def _unknown_owner(claim: Body, parties: dict[str, Body], on: str) -> list[Object]:
    """Owners looked for and not found: a relationship whose other side has a reason instead."""
    value = claim.get("value")
    about = claim.get("about")
    if not isinstance(value, dict) or "absent" not in value or not isinstance(about, list):
        return []
    reason = _REASONS.get(str(value["absent"]), "informationUnknownToPublisher")
    told = [str(value[n]) for n in ("until", "where", "note") if value.get(n)]
    description = f"{str(value['absent']).replace('_', ' ')}: {'; '.join(told)}"
    return [
        _statement(
            f"{subject}#owners",
            "relationship",
            str(subject),
            {
                "isComponent": False,
                "subject": str(subject),
                "interestedParty": {"reason": reason, "description": description},
                "interests": [],
            },
            on,
        )
        for subject in about
        if subject in parties
    ]


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """One party per entity record, and one claim per relationship, with a source that makes it.

    Refuses: statements of another version by their place. Unknown: a person is told as "a natural
    person": names of natural persons are not read.
    """
    value = json_read(stream)
    if isinstance(value, Problem):
        yield value.within("", source.name)
        return
    if not isinstance(value, list):
        expected = "a list of BODS 0.4 statements"
        yield Problem("not-bods", "", expected, found(value), _STEP, source.name)
        return
    names: dict[str, str] = {}
    for n, item in enumerate(value):
        for one in _facts(item, f"/{n}", names, source):
            yield one.within("", source.name) if isinstance(one, Problem) else one


def _facts(
    item: Value, place: str, names: dict[str, str], source: Source
) -> Iterator[Read | Problem]:
    if not isinstance(item, dict) or "statementType" in item or "recordType" not in item:
        expected = "a statement of BODS 0.4, with recordType and recordDetails"
        yield Problem("unread-version", place, expected, found(item), _STEP)
        return
    details, record = item.get("recordDetails"), item.get("recordId")
    if not isinstance(details, dict) or not isinstance(record, str):
        yield Problem(
            "missing-attribute", place, "recordId and recordDetails", "one or neither", _STEP
        )
        return
    kind = item["recordType"]
    if kind == "person":
        names[record] = "a natural person (not named here)"
    elif kind == "entity":
        yield from _party(details, record, place, names)
    elif kind == "relationship":
        yield from _owner(item, details, record, place, names, source)
    else:
        yield Problem(
            "unknown-word",
            f"{place}/recordType",
            "entity, person or relationship",
            found(kind),
            _STEP,
        )


def _party(
    details: Object, record: str, place: str, names: dict[str, str]
) -> Iterator[Read | Problem]:
    name = details.get("name")
    body: Body = {"id": record, "name": name if isinstance(name, str) and name else record}
    names[record] = str(body["name"])
    type_ = details.get("entityType")
    word = type_.get("type") if isinstance(type_, dict) else None
    body["kind"] = _KINDS.get(str(word), "other")
    place_ = details.get("jurisdiction")
    code = place_.get("code") if isinstance(place_, dict) else None
    if isinstance(code, str) and len(code) >= 2:
        body["country"] = code[:2]
    listed = details.get("identifiers")
    given = [
        ":".join(str(i[k]) for k in ("scheme", "id") if isinstance(i.get(k), str))
        for i in (listed if isinstance(listed, list) else [])
        if isinstance(i, dict)
    ]
    if any(given):
        body["identifiers"] = [g for g in given if g]
    faults = check("party", body)
    if faults:
        yield from (p.within(place) for p in faults)
    else:
        yield Read("party", body, place)


def _owner(
    item: Object, details: Object, record: str, place: str, names: dict[str, str], source: Source
) -> Iterator[Read | Problem]:
    subject, other = details.get("subject"), details.get("interestedParty")
    if not isinstance(subject, str) or subject not in names:
        expected = "the recordId of an entity told before it"
        yield Problem(
            "missing-subject", f"{place}/recordDetails/subject", expected, found(subject), _STEP
        )
        return
    told_by = f"s-{hashlib.sha256(source.name.encode()).hexdigest()[:12]}"
    on = item.get("statementDate")
    made: Body = {"id": told_by, "title": f"BODS statements in {source.name}"}
    if isinstance(on, str):
        made["date"] = on[:10]
    value: object
    if isinstance(other, str):
        value = names.get(other, other) + _share(details)
    else:
        reason = other.get("reason") if isinstance(other, dict) else None
        value = {"absent": "undisclosed", "note": f"BODS reason: {reason or 'none given'}"}
    claim: Body = {
        "id": record,
        "subject": names[subject],
        "about": [subject],
        "property": "beneficial_owners",
        "value": value,
        "source": told_by,
        "standing": "reported",
    }
    for kind, body in (("source", made), ("claim", claim)):
        faults = check(kind, body)
        if faults:
            yield from (p.within(place) for p in faults)
            return
        yield Read(kind, body, place)


def _share(details: Object) -> str:
    interests = details.get("interests")
    for one in interests if isinstance(interests, list) else ():
        share = one.get("share") if isinstance(one, dict) else None
        exact = share.get("exact") if isinstance(share, dict) else None
        if exact is not None:
            return f", {getattr(exact, 'text', exact)} %"
    return ""


BODS = Format(
    name="bods",
    title="BODS 0.4 statements (JSON)",
    media_types=("application/json",),
    suffixes=(".json",),
    sniff=sniff,
    read=read,
    write=write,
)
