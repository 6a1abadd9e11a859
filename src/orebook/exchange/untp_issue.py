"""A fact of this book as a UNTP 0.7.0 traceability event: what its words say, and nothing besides.

What the credential must say and the book does not know is told, never made up. Source: UNTP 0.7.0,
DigitalTraceabilityEvent (4 May 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.untp_check import EVENTS, SHAPES, event_faults
from orebook.exchange.untp_words import implied_event
from orebook.model.entry import Body
from orebook.model.hidden import clear
from orebook.model.problem import Problem
from orebook.model.vocabulary import event_kinds
from orebook.model.when import BadDate, when

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://vocabulary.uncefact.org/untp/0.7.0/context/",
)
_KINDS = "urn:orebook:event-kinds"
_STEPS = "https://ref.gs1.org/cbv/BizStep"
_ROLES = {"MakeEvent": "processor", "MoveEvent": "consignor", "ModifyEvent": "operator"}
_SIDES = ("inputProduct", "outputProduct", "movedProduct", "modifiedProduct")
_PLACES = ("madeAtFacility", "fromFacility", "toFacility", "modifiedAtFacility")
_STEP = "State it in this book, or leave the credential out."


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who states it: a DID, and a name."""

    did: str
    name: str


def event_credential(
    event: Body, things: Mapping[str, Body], issuer: Issuer, ident: str, since: str
) -> Object | list[Problem]:
    """The credential, or what it must say and is not known.

    Takes: the event and, by identifier, the lots, facilities and parties it names, as the reader of
    the credential may see them; the identifier of the credential; from when it is in force.
    """
    body = clear(event)
    subject = implied_event({**body, "foreign": None})
    kind = event_kinds()[str(body["kind"])]
    subject["name"] = kind.description
    subject["activityType"] = _activity(kind.kind, kind.epcis_biz_step)
    masses = {str(flow["lot"]): cast("Value", flow.get("mass")) for flow in _flows(body)}
    for side in _SIDES:
        if isinstance(items := subject.get(side), list):
            for item in cast("list[Object]", items):
                _tolerances(item, masses.get(str(cast("Object", item["product"])["id"])))
            subject[side] = [_product(cast("Object", item), things) for item in items]
    for place in _PLACES:
        if isinstance(at := subject.get(place), dict):
            subject[place] = _named("Facility", str(at["id"]), things)
    if isinstance(party := body.get("party"), str):
        role = _ROLES[str(cast("list[Value]", subject["type"])[0])]
        subject["relatedParty"] = [{"role": role, "party": _named("Party", party, things)}]
    for paper in cast("list[Object]", subject.get("relatedDocument") or []):
        paper["linkName"] = paper["linkURL"]
    faults = [*_time(body), *(event_faults(subject) or ())]
    credential: Object = {
        "type": [EVENTS, "VerifiableCredential"],
        "@context": list(CONTEXTS),
        "id": ident,
        "issuer": {"type": ["CredentialIssuer"], "id": issuer.did, "name": issuer.name},
        "validFrom": since,
        "name": f"{kind.kind}: {body['id']}",
        "credentialSubject": [subject],
    }
    faults += SHAPES[EVENTS](credential) or ()
    if not faults:
        return credential
    told = [fault if isinstance(fault, Problem) else fault.problem() for fault in faults]
    return [Problem(p.code, p.place, p.expected, p.found, _STEP) for p in told]


def _activity(kind: str, step: str) -> Object:
    """The business step of CBV where the kind is one, else our own kind."""
    own = not step or event_kinds()[kind].epcis_type == "TransformationEvent"
    return {
        "code": kind if own else step,
        "name": kind if own else step.replace("_", " "),
        "schemeId": _KINDS if own else _STEPS,
        "schemeName": "Orebook kinds of events" if own else "GS1 CBV Business Step",
    }


def _product(item: Object, things: Mapping[str, Body]) -> Object:
    """A lot as a product; one whose granularity is not stated is one batch: a lot is."""
    ident = str(cast("Object", item["product"])["id"])
    lot = clear(things.get(ident, {}))
    product: Object = {
        "type": ["Product"],
        "id": ident,
        "name": str(lot.get("label") or lot.get("material") or ident),
        "idGranularity": str(lot.get("granularity") or "batch"),
    }
    if isinstance(batch := lot.get("batch"), str):
        product["batchNumber"] = batch
    return {**item, "product": product}


def _flows(body: Body) -> Iterator[Body]:
    for side in ("inputs", "outputs", "subjects"):
        flows = body.get(side)
        yield from (flow for flow in (flows if isinstance(flows, list) else ()) if flow.get("lot"))


def _tolerances(item: Object, mass: Value) -> None:
    """A range of doubt as what UNTP has for it; any other doubt it cannot say."""
    doubt, measure = (mass.get("doubt") if isinstance(mass, dict) else None), item.get("quantity")
    if not isinstance(doubt, dict) or doubt.get("kind") != "range" or not isinstance(measure, dict):
        return
    value = Decimal(str(cast("Object", mass)["value"]))
    low, high = Decimal(str(doubt["low"])), Decimal(str(doubt["high"]))
    measure["lowerTolerance"] = Number(format(value - low, "f"))
    measure["upperTolerance"] = Number(format(high - value, "f"))


def _named(type_: str, ident: str, things: Mapping[str, Body]) -> Object:
    name = clear(things.get(ident, {})).get("name")
    return {"type": [type_], "id": ident, "name": str(name or ident)}


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
