"""UNTP facility records, conformity credentials and identity anchors: shapes, and our words.

The credential is carried whole with its document, so that it goes out as it came in; places are
sealed. What it says becomes facts: a facility, a party, or claims with the credential as source.
An assessment that states no result is a claim without a value, never a pass.
Source: UNTP 0.7.0 (4 May 2026), DFR, DCC and DIA.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from orebook.exchange.carried import Pair
from orebook.exchange.format import Read
from orebook.exchange.json_check import (
    Check,
    boolean,
    date,
    filled,
    listing,
    record,
    text,
    uri,
    word,
)
from orebook.exchange.json_text import Object, Value, escape
from orebook.exchange.untp_check import (
    ADDRESS,
    CLAIM,
    CLASS,
    COUNTRY,
    IMAGE,
    LINK,
    MATERIALS,
    PARTIES,
    PRODUCT_MEMBERS,
    SCORE,
    TOPIC,
    credential,
    degrees,
    identified,
    performances,
    typed,
)
from orebook.exchange.untp_measure import performances as performances_of
from orebook.exchange.untp_names import Named
from orebook.exchange.untp_own import merged, told
from orebook.model.entry import Body
from orebook.model.shape import check

FACILITY = "DigitalFacilityRecord"
CONFORMITY = "DigitalConformityCredential"
ANCHOR = "DigitalIdentityAnchor"
_URI = uri()
_ID = uri(512, expected="an identifier in the form of a URI")
_PLACES = ("locationInformation", "address")
_OWN_SCHEMES = {"urn:orebook:facility-kinds": "kind", "urn:orebook:stages": "stage"}
_COORDINATE = record(
    {"latitude": degrees(90), "longitude": degrees(180)}, required=("latitude", "longitude")
)
_LOCATION = record(
    {"plusCode": _URI, "geoLocation": _COORDINATE, "geoBoundary": listing(_COORDINATE)}, extra="any"
)
_PERIOD = record(
    {"startDate": date, "endDate": date, "periodInformation": text},
    required=("startDate", "endDate"),
)
_FACILITY = record(
    {
        "type": typed("Facility"),
        "id": _ID,
        "name": filled,
        "description": text,
        "registeredId": text,
        "idScheme": identified("IdentifierScheme"),
        "countryOfOperation": COUNTRY,
        "processCategory": listing(CLASS),
        "relatedParty": PARTIES,
        "relatedDocument": listing(LINK),
        "facilityAlsoKnownAs": listing(identified("Facility", registeredId=text)),
        "locationInformation": _LOCATION,
        "address": ADDRESS,
        "materialUsage": record(
            {"applicablePeriod": _PERIOD, "materialConsumed": MATERIALS},
            required=("materialConsumed",),
        ),
        "performanceClaim": listing(CLAIM),
    },
    required=(
        "id",
        "name",
        "countryOfOperation",
        "processCategory",
        "locationInformation",
        "address",
    ),
    extra="any",
)


def _words(text_: str) -> tuple[str, ...]:
    return tuple(text_.split())


def _assessed(name: str, what: Check) -> Check:
    return listing(record({name: what, "idVerifiedByCAB": boolean}, required=(name,), extra="any"))


_ASSESSMENT = record(
    {
        "type": typed("ConformityAssessment"),
        "id": _ID,
        "name": text,
        "description": text,
        "assessmentCriteria": listing(identified("Criterion")),
        "assessmentDate": date,
        "assessedPerformance": listing(performances),
        "assessedProduct": _assessed("product", identified("Product", **PRODUCT_MEMBERS)),
        "assessedFacility": _assessed("facility", identified("Facility", registeredId=text)),
        "assessedOrganisation": identified("Party", registeredId=text),
        "referenceStandard": listing(identified("Standard")),
        "referenceRegulation": listing(identified("Regulation")),
        "specifiedCondition": listing(text),
        "evidence": listing(LINK),
        "conformityTopic": listing(TOPIC),
        "conformance": boolean,
    },
    required=(
        "id",
        "name",
        "assessmentCriteria",
        "assessmentDate",
        "assessedPerformance",
        "conformityTopic",
    ),
    extra="any",
)
_ATTESTATION = record(
    {
        "type": typed("ConformityAttestation"),
        "id": _ID,
        "name": filled,
        "description": text,
        "assessorLevel": word(
            _words("self commercial buyer membership unspecified 3rdParty hybrid")
        ),
        "assessmentLevel": word(
            _words(
                "authority-benchmark authority-mandate authority-globalmra authority-peer "
                "authority-extended-mra scheme-self scheme-cab no-endorsement"
            )
        ),
        "attestationType": word(
            _words(
                "certification declaration inspection testing verification validation calibration"
            )
        ),
        "issuedToParty": identified("Party", registeredId=text),
        "authorisation": listing(
            record(
                {
                    "name": text,
                    "trustmark": IMAGE,
                    "issuingAuthority": identified("Party", registeredId=text),
                    "endorsementEvidence": LINK,
                },
                required=("name", "issuingAuthority"),
                extra="any",
            )
        ),
        "referenceScheme": identified("ConformityScheme"),
        "referenceProfile": identified("ConformityProfile"),
        "profileScore": SCORE,
        "trustmark": IMAGE,
        "conformityCertificate": LINK,
        "auditableEvidence": LINK,
        "conformityAssessment": listing(_ASSESSMENT),
    },
    required=(
        "id",
        "name",
        "assessorLevel",
        "assessmentLevel",
        "attestationType",
        "issuedToParty",
        "referenceScheme",
    ),
    extra="any",
)
_IDENTITY = record(
    {
        "type": typed("RegisteredIdentity"),
        "id": _ID,
        "registeredName": filled,
        "registeredId": filled,
        "registeredDate": date,
        "publicInformation": _URI,
        "idScheme": identified("IdentifierScheme"),
        "registrar": identified("Party", registeredId=text),
        "registerType": word(_words("product facility business trademark land accreditation")),
        "registrationScope": listing(_URI),
    },
    required=(
        "id",
        "registeredName",
        "registeredId",
        "registeredDate",
        "idScheme",
        "registerType",
    ),
    extra="any",
)
SUBJECTS: dict[str, Check] = {
    FACILITY: _FACILITY,
    CONFORMITY: _ATTESTATION,
    ANCHOR: _IDENTITY,
}
SHAPES = {kind: credential(kind) for kind in SUBJECTS}


def facts(document: Object, kind: str) -> list[Read]:
    """What the credential says, as facts. Takes: a credential without faults."""
    subject = cast("Object", document["credentialSubject"])
    named = Named()
    named.issuer(cast("Object", document["issuer"]), "/issuer")
    readers = {FACILITY: _facility, CONFORMITY: _attestation, ANCHOR: _identity}
    said = list(readers[kind](document, subject, named))
    return [*named.facts(), *said]


def carried(document: Object, kind: str, within: str = "") -> tuple[list[Pair], list[Pair]]:
    """The members of the credential that lie open, and those that say where places are.

    Takes: `within`, the member of the subject that holds the facility, where the subject is not it.
    """
    subject = cast("Object", document["credentialSubject"])
    hidden = _PLACES if kind == FACILITY else ()
    site = cast("Object", subject[within]) if within else subject
    shown: Object = {name: one for name, one in site.items() if name not in hidden}
    whole = {**document, "credentialSubject": {**subject, within: shown} if within else shown}
    at = f"/credentialSubject/{within}" if within else "/credentialSubject"
    sealed = [(f"{at}/{n}", site[n]) for n in hidden if n in site]
    return [(f"/{escape(name)}", one) for name, one in whole.items()], sealed


def _facility(_document: Object, subject: Object, named: Named) -> Iterator[Read]:
    at = "/credentialSubject"
    named.product(subject, at)
    body: Body = {"id": subject["id"], "name": subject["name"]}
    if "countryOfOperation" in subject:
        body["country"] = cast("Object", subject["countryOfOperation"])["countryCode"]
    region = cast("Object", subject["address"]).get("addressRegion")
    if isinstance(region, str) and region.strip():
        body["region"] = region
    for one in cast("list[Object]", subject.get("processCategory") or []):
        for scheme, member in _OWN_SCHEMES.items():
            if one["schemeId"] == scheme and not check("facility", body | {member: one["code"]}):
                body.setdefault(member, one["code"])
    related = cast("list[Object]", subject.get("relatedParty") or [])
    running = {cast("Object", one["party"])["id"] for one in related if one["role"] == "operator"}
    if len(running) == 1:
        body["operator"] = running.pop()
    point = cast("Object", subject["locationInformation"]).get("geoLocation")
    if isinstance(point, dict):
        body["position"] = {
            name: _number(point[name]) for name in ("latitude", "longitude") if name in point
        }
    yield Read("facility", body, at)


def _number(value: Value) -> str:
    from orebook.exchange.json_text import Number

    return format(value.decimal(), "f") if isinstance(value, Number) else ""


def _source(document: Object) -> Body:
    """The credential as the source of what it claims."""
    issuer = cast("Object", document["issuer"])
    body: Body = {"id": document["id"], "title": document["name"], "publisher": issuer["name"]}
    return body | _dated("date", document.get("validFrom")) | {"url": document["id"]}


def _dated(name: str, moment: Value) -> Body:
    """The day of a moment under that name; nothing where the credential gives none."""
    return {name: moment[:10]} if isinstance(moment, str) else {}


def _attestation(document: Object, subject: Object, named: Named) -> Iterator[Read]:
    at = "/credentialSubject"
    named.party(cast("Object", subject["issuedToParty"]), f"{at}/issuedToParty")
    yield Read("source", _source(document), "")
    assessments = cast("list[Object]", subject.get("conformityAssessment") or [])
    standing = _standing(subject)
    holder = cast("Object", subject["issuedToParty"])
    attested: Body = {
        "id": subject["id"],
        "subject": holder["name"],
        "about": [holder["id"]],
        "property": "attestation",
        "value": f"{subject['attestationType']}: {subject['name']}",
        "source": document["id"],
        **_dated("when", document.get("validFrom")),
        **standing,
    }
    yield Read("claim", attested, at)
    for index, assessment in enumerate(assessments):
        place = f"{at}/conformityAssessment/{index}"
        if analysis := _analysis(subject, assessment):
            yield Read("assay", analysis, place)
        else:
            yield Read("claim", _assessment(document, holder, assessment) | standing, place)


def _analysis(subject: Object, assessment: Object) -> Body:
    """An analysis that is told in our words, where they say what the assessment says; else none."""
    things = cast("list[Object]", assessment.get("assessedProduct") or [])
    if subject["attestationType"] != "testing" or len(things) != 1:
        return {}
    what = cast("Object", things[0]["product"])
    words = told(what, "assay")
    plain: Body = {"id": assessment["id"], "lot": what["id"], "when": assessment["assessmentDate"]}
    if not words or "results" not in words or words.get("id") != plain["id"]:
        return {}
    found = merged("assay", plain, words)
    same = found is not plain and performances_of(found) == assessment["assessedPerformance"]
    return found if same else {}


def _standing(subject: Object) -> Body:
    """How it is said: by a government body, or about the speaker's own case; else unsaid."""
    if subject["assessmentLevel"] == "authority-mandate":
        return {"standing": "official"}
    return {"standing": "claimed"} if subject["assessorLevel"] == "self" else {}


def _assessment(document: Object, holder: Object, assessment: Object) -> Body:
    about: list[Object] = []
    checked: list[str] = []
    for name, member in (("assessedFacility", "facility"), ("assessedProduct", "product")):
        for one in cast("list[Object]", assessment.get(name) or []):
            what = cast("Object", one[member])
            about.append(what)
            said = {True: "verified", False: "not verified"}.get(
                cast("bool", one.get("idVerifiedByCAB")), "not said to be verified"
            )
            checked.append(f"identity of {what['name']} {said} by the assessor")
    organisation = assessment.get("assessedOrganisation")
    if isinstance(organisation, dict):
        about.append(organisation)
    about = about or [holder]
    body: Body = {
        "id": assessment["id"],
        "subject": "; ".join(dict.fromkeys(str(one["name"]) for one in about)),
        "about": list(dict.fromkeys(str(one["id"]) for one in about)),
        "property": "conformity",
        "source": document["id"],
        **_dated("when", assessment.get("assessmentDate")),
    }
    if "conformance" in assessment:
        body["value"] = "conforms" if assessment["conformance"] else "does not conform"
    listed = cast("list[Object]", assessment.get("assessmentCriteria") or [])
    criteria = ", ".join(str(one["id"]) for one in listed if "id" in one)
    named = [str(assessment.get("name") or ""), f"criteria: {criteria}" if criteria else ""]
    note = "; ".join(one for one in (*named, *checked) if one.strip())[:20_000]
    if note:
        body["note"] = note
    return body


def _identity(document: Object, subject: Object, named: Named) -> Iterator[Read]:
    at = "/credentialSubject"
    registrar = subject.get("registrar")
    if isinstance(registrar, dict):
        named.party(registrar, f"{at}/registrar")
    register = subject.get("registerType")
    if register == "business":
        known: Body = {"id": subject["id"], "name": subject["registeredName"]}
        if "registeredId" in subject:
            known["identifiers"] = [subject["registeredId"]]
        yield Read("party", known, at)
    yield Read("source", _source(document), "")
    body: Body = {
        "id": f"{document['id']}#identity",
        "subject": subject["registeredName"],
        "about": [subject["id"]],
        "property": f"registered {register} identity" if register else "registered identity",
        "source": document["id"],
        **_dated("when", subject.get("registeredDate")),
    }
    if "registeredId" in subject:
        scheme = cast("Object", subject.get("idScheme") or {})
        named_ = f"{scheme.get('name', 'a register')} ({scheme.get('id', 'not named')})"
        body["value"] = f"{subject['registeredId']} in {named_}"
    yield Read("claim", body, at)
