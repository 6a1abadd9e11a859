"""UNTP 0.5.0 and 0.6.x: their credentials, said in the members of 0.7.0 so that one reader does.

The credential itself is carried whole with its document and goes out as it came in. What an older
version has no member for stays unknown: an event of 0.6 names no party that acted and no basis of a
mass, an assessment may have no date, an identity no register.
Source: UNTP 0.6.0 data models (November 2025), DPP, DTE, DFR, DCC and DIA; RFC 7946, 3.1.1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from orebook.exchange import untp_records
from orebook.exchange.carried import Pair
from orebook.exchange.epcis_words import kind_of, side_of
from orebook.exchange.format import Read
from orebook.exchange.json_text import Object, Value, escape
from orebook.exchange.untp_check import EVENTS, PASSPORT
from orebook.exchange.untp_names import Named
from orebook.exchange.untp_older_check import LISTS, event_type, inner
from orebook.exchange.untp_records import CONFORMITY, FACILITY
from orebook.exchange.untp_words import flow, lot_words
from orebook.model.entry import Body

_AT = "/credentialSubject"
_COUNT = "C62"  # a quantity without a unit is a number of pieces, as in EPCIS


def reads(version: str) -> bool:
    """Whether this is an older version that is read; `working` is the draft 0.6.0 names itself."""
    return version in {"0.5.0", "0.6.0", "0.6.1", "working"}


def facts(document: Object, kind: str, known_as: str) -> list[Read]:
    """What the credential says, as facts.

    Takes: a credential without faults; `known_as` cites it where it has no identifier of its own.
    """
    subject = document["credentialSubject"]
    issuer = cast("Object", document["issuer"])
    whole: Object = {"id": known_as, "name": kind, **document}
    whole["issuer"] = _some(issuer, "id", "name", "issuerAlsoKnownAs")
    if isinstance(subject, dict) and "name" not in document:
        whole["name"] = subject.get("name", kind)
    if kind in {PASSPORT, EVENTS}:
        named = Named()
        named.issuer(cast("Object", whole["issuer"]), "/issuer")
        said = list((_passport if kind == PASSPORT else _events)(whole, named))
        return [*named.facts(), *said]
    told = cast("Object", subject)
    if kind == FACILITY:
        whole["credentialSubject"] = _facility(inner(told, "facility"))
    elif kind == CONFORMITY:
        whole["credentialSubject"] = _attestation(told, str(whole["id"]), str(whole["name"]))
    else:
        whole["credentialSubject"] = _identity(told)
    said = untp_records.facts(whole, kind)
    return [replace(one, place=_where(one.place, kind)) for one in said]


def _where(place: str, kind: str) -> str:
    """The place in the credential as it came in, from the place in what it says now."""
    if kind == CONFORMITY:
        return place.replace("/conformityAssessment/", "/assessment/")
    return place.replace("/relatedParty/0/party", "/operatedByParty")


def carried(document: Object, kind: str) -> tuple[list[Pair], list[Pair]]:
    """The members of the credential that lie open, and those that say where places are."""
    if kind == FACILITY:
        nested = "facility" in cast("Object", document["credentialSubject"])
        return untp_records.carried(document, kind, within="facility" if nested else "")
    return [(f"/{escape(name)}", one) for name, one in document.items()], []


def _some(whole: Object, *names: str) -> Object:
    return {name: whole[name] for name in names if name in whole}


def _party(party: Value) -> Object:
    return _some(cast("Object", party), "id", "name", "registeredId")


def _passport(document: Object, named: Named) -> list[Read]:
    subject = cast("Object", document["credentialSubject"])
    old = inner(subject, "product")
    at = f"{_AT}/product" if old is not subject else _AT
    product = _some(old, "id", "name", "batchNumber", "productionDate", "dimensions")
    if "granularityLevel" in subject:
        product["idGranularity"] = subject["granularityLevel"]
    if "countryOfProduction" in old:
        product["countryOfProduction"] = {"countryCode": old["countryOfProduction"]}
    if "producedByParty" in old:
        named.party(_party(old["producedByParty"]), f"{at}/producedByParty")
    if "producedAtFacility" in old:
        product["producedAtFacility"] = _party(old["producedAtFacility"])
        named.product(product, at)
    listed = cast("list[Object]", subject.get("materialsProvenance") or [])
    if listed:
        product["materialProvenance"] = [_material(material) for material in listed]
    return [Read("lot", lot_words(product), at)]


def _material(old: Object) -> Object:
    """A material; what 0.5.0 calls `recycledAmount` says neither mass nor share and is not read."""
    material = _some(old, "name", "massFraction", "recycledMassFraction")
    if "originCountry" in old:
        material["originCountry"] = {"countryCode": old["originCountry"]}
    mass = old.get("mass", old.get("massAmount"))
    if mass is not None:
        material["mass"] = mass
    return material


def _events(document: Object, named: Named) -> list[Read]:
    seen: set[str] = set()
    said: list[Read] = []
    for index, event in enumerate(cast("list[Object]", document["credentialSubject"])):
        place = f"{_AT}/{index}"
        id_ = cast("str", event.get("id", ""))
        if not id_ or id_ in seen:  # two events under one identifier are not one event
            id_ = f"{document['id']}#{place}"
        seen.add(id_)
        said.append(Read("event", _event(event, id_, named, place), place))
    return said


def _event(event: Object, id_: str, named: Named, place: str) -> Body:
    type_ = event_type(event) or ""
    step = cast("str | None", event.get("bizStep"))
    action = cast("str", event.get("action", "observe")).upper()
    body: Body = {"id": id_, "kind": kind_of(type_, step, action)}
    for theirs, ours in (("eventTime", "when"), ("bizLocation", "facility")):
        if theirs in event:
            body[ours] = event[theirs]
    for side, prefix in LISTS[type_]:
        flows = _flows(event, prefix, named, place)
        if flows:
            body[side or side_of(str(body["kind"]))] = flows
    parent = event.get("parentEPC")
    if isinstance(parent, dict):
        body["container"] = parent["id"]
        _lot(parent["id"], parent.get("name"), named, f"{place}/parentEPC")
    paper = event.get("bizTransaction")
    if isinstance(paper, str) and paper.strip() and "/cbv/BTT" not in paper:  # a type is no paper
        body["documents"] = [paper]
    return body


def _flows(event: Object, prefix: str, named: Named, place: str) -> list[Body]:
    """The lots of one side; one that has a quantity too is not listed a second time without."""
    first = "epcList" if not prefix else f"{prefix}EPCList"
    second = "quantityList" if not prefix else f"{prefix}QuantityList"
    measured: list[Body] = []
    for i, one in enumerate(cast("list[Object]", event.get(second) or [])):
        _lot(one["productId"], one.get("productName"), named, f"{place}/{second}/{i}")
        amount: Object = {"value": one["quantity"], "unit": one.get("uom", _COUNT)}
        measured.append(flow({"product": {"id": one["productId"]}, "quantity": amount}))
    told = {one["lot"] for one in measured}
    bare: list[Body] = []
    for i, one in enumerate(cast("list[Object]", event.get(first) or [])):
        _lot(one["id"], one.get("name"), named, f"{place}/{first}/{i}")
        if one["id"] not in told:
            told.add(one["id"])
            bare.append({"lot": one["id"]})
    return [*bare, *measured]


def _lot(id_: Value, name: Value, named: Named, place: str) -> None:
    body: Body = {"id": id_}
    if name:
        body["material"] = name
    named.note("lot", body, place)


def _facility(old: Object) -> Object:
    """The facility; a GeoJSON point gives longitude before latitude."""
    facility: Object = {"id": old["id"], "name": old["name"], "address": {}}
    if "countryOfOperation" in old:
        facility["countryOfOperation"] = {"countryCode": old["countryOfOperation"]}
    address = old.get("address")
    if isinstance(address, dict) and "addressRegion" in address:
        facility["address"] = {"addressRegion": address["addressRegion"]}
    if "operatedByParty" in old:
        facility["relatedParty"] = [{"role": "operator", "party": _party(old["operatedByParty"])}]
    where = old.get("locationInformation")
    point = where.get("geoLocation") if isinstance(where, dict) else None
    facility["locationInformation"] = {}
    if isinstance(point, dict):
        longitude, latitude, *_ = cast("list[Value]", point["coordinates"])
        found: Object = {"latitude": latitude, "longitude": longitude}
        facility["locationInformation"] = {"geoLocation": found}
    return facility


def _attestation(old: Object, id_: str, title: str) -> Object:
    """The attestation. Identifiers of assessments repeat here, so each is named by its place."""
    new: Object = {"id": old["id"], "name": old.get("name", title)}
    new["attestationType"] = old["attestationType"]
    new["issuedToParty"] = _party(old["issuedToParty"])
    official = old.get("assessmentLevel") == "GovtApproval"
    new["assessmentLevel"] = "authority-mandate" if official else "no-endorsement"
    new["assessorLevel"] = "self" if old.get("assessorLevel") == "Self" else "unspecified"
    listed = cast("list[Object]", old.get("assessment") or [])
    new["conformityAssessment"] = [
        _assessment(one, f"{id_}#{_AT}/assessment/{i}") for i, one in enumerate(listed)
    ]
    return new


def _assessment(old: Object, id_: str) -> Object:
    new = _some(old, "name", "assessmentDate", "conformance", "assessmentCriteria")
    new["id"] = id_
    for name, member in (("assessedFacility", "facility"), ("assessedProduct", "product")):
        found: list[Value] = []
        for one in cast("list[Object]", old.get(name) or []):
            what = inner(one, member)
            if "id" not in what or "name" not in what:
                continue
            said: Object = {member: _party(what)}
            if "IDverifiedByCAB" in one:
                said["idVerifiedByCAB"] = one["IDverifiedByCAB"]
            found.append(said)
        new[name] = found
    if "assessedOrganisation" in old:
        new["assessedOrganisation"] = _party(old["assessedOrganisation"])
    return new


def _identity(old: Object) -> Object:
    new = _some(old, "id", "registeredId", "idScheme")
    new["registeredName"] = old["name"]
    if "registerType" in old:
        new["registerType"] = cast("str", old["registerType"]).lower()
    return new
