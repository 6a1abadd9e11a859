"""An EPCIS event in our words, and the EPCIS event our words imply.

`words` and `implied` are each other's counterpart: what `implied(words(event))` does not give back
is carried as written. So nothing is stored twice, and nothing is lost.
"""

from __future__ import annotations

import re
from functools import cache
from typing import cast

from orebook.exchange.epcis_check import MEMBERS, mass_unit
from orebook.exchange.epcis_terms import BIZ_STEPS
from orebook.exchange.json_text import Number, Object
from orebook.model.entry import Body
from orebook.model.vocabulary import event_kinds

NAME = "epcis-json"
STEP = "urn:orebook:step:"  # a business step of ours that CBV has no word for
_CBV_STEPS = ("https://ref.gs1.org/cbv/BizStep-", "cbv:BizStep-")
_LOT = re.compile(r"urn:epc:class:lgtin:|https?://[^?#]+/01/[0-9]{14}/10/[^/]+$")
_COUNTRY = re.compile("[A-Z]{2}")
_BATCH_MAX = 512
_FALLBACK = {
    "ObjectEvent": "observe",
    "TransactionEvent": "transact",
    "TransformationEvent": "transform",
    "AssociationEvent": "associate",
}
_AGGREGATION = {"ADD": "pack", "DELETE": "unpack", "OBSERVE": "observe"}
_ACTIONS = {"mine": "ADD", "pack": "ADD", "stuff": "ADD", "associate": "ADD"}
_ACTIONS |= {"unpack": "DELETE", "lose": "DELETE"}
LISTS = {
    "ObjectEvent": ("epcList", "quantityList"),
    "TransactionEvent": ("epcList", "quantityList"),
    "AggregationEvent": ("childEPCs", "childQuantityList"),
    "AssociationEvent": ("childEPCs", "childQuantityList"),
}


@cache
def _kinds() -> dict[tuple[str, str], str]:
    """(EPCIS type, business step) → the one kind that has both; none where several do."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind in event_kinds().values():
        step = kind.epcis_biz_step
        if step in BIZ_STEPS:
            found.setdefault((kind.epcis_type, step), []).append(kind.kind)
        found[kind.epcis_type, STEP + kind.kind] = [kind.kind]
    return {pair: kinds[0] for pair, kinds in found.items() if len(kinds) == 1}


@cache
def implied_step(kind: str) -> str | None:
    """The business step a kind is written with; none where the kind says nothing of the step."""
    row = event_kinds()[kind]
    if kind == _FALLBACK.get(row.epcis_type):
        return None
    step = row.epcis_biz_step
    return step if _kinds().get((row.epcis_type, step)) == kind else STEP + kind


def implied_action(kind: str) -> str | None:
    """The action a kind is written with; none for a transformation, which has none."""
    if event_kinds()[kind].epcis_type == "TransformationEvent":
        return None
    return _ACTIONS.get(kind, "OBSERVE")


def kind_of(type_: str, step: str | None, action: str | None) -> str:
    """The kind of event that type, business step and action state; never a guess from names.

    Source: tables/event_kinds.csv, columns epcis_type and epcis_biz_step.
    """
    for prefix in _CBV_STEPS:
        if step and step.startswith(prefix):
            step = step.removeprefix(prefix)
    seen = action == "OBSERVE" and type_ == "AggregationEvent"
    kind = _kinds().get(("ObjectEvent" if seen else type_, step or ""))
    if kind and _ACTIONS.get(kind, "OBSERVE") in {"OBSERVE", action}:
        return kind
    if type_ == "AggregationEvent":
        return _AGGREGATION[action or "OBSERVE"]
    return _FALLBACK.get(type_, "observe")


def words(event: Object, id_: str) -> Body:
    """The event in our words, without what it carries beyond them.

    Takes: an event without faults; `id_` for one that has no eventID.
    Gives: masses with their basis unstated, as EPCIS has no word for it.
    """
    get = event.get
    type_ = cast("str", event["type"])
    kind = kind_of(type_, cast("str | None", get("bizStep")), cast("str | None", get("action")))
    body: Body = {"id": get("eventID", id_), "kind": kind, "when": event["eventTime"]}
    if "recordTime" in event:
        body["recorded"] = event["recordTime"]
    body["timezone"] = event["eventTimeZoneOffset"]
    if type_ in MEMBERS:
        place = get("bizLocation") or get("readPoint")
        if isinstance(place, dict):
            body["facility"] = place["id"]
        _flows(event, type_, kind, body)
        papers = get("bizTransactionList")
        if papers:
            listed = cast("list[Object]", papers)
            body["documents"] = [paper["bizTransaction"] for paper in listed]
    error = get("errorDeclaration")
    if isinstance(error, dict):
        body["withdrawn"] = _withdrawal(error)
    return body


def _flows(event: Object, type_: str, kind: str, body: Body) -> None:
    if type_ == "TransformationEvent":
        for name, side in (("inputs", "input"), ("outputs", "output")):
            flows = _flow_list(event, f"{side}EPCList", f"{side}QuantityList")
            if flows:
                body[name] = flows
        return
    flows = _flow_list(event, *LISTS[type_])
    if flows:
        body[side_of(kind)] = flows
    if "parentID" in event:
        body["container"] = event["parentID"]


def side_of(kind: str) -> str:
    """Where the lots of an event without two sides stand: born, gone, or merely seen."""
    if event_kinds()[kind].dry_mass == "none":
        return "outputs"
    return "inputs" if kind == "lose" else "subjects"


def _flow_list(event: Object, epcs: str, quantities: str) -> list[Body]:
    flows: list[Body] = [{"lot": epc} for epc in cast("list[str]", event.get(epcs, ()))]
    for element in cast("list[Object]", event.get(quantities, ())):
        flow: Body = {"lot": element["epcClass"]}
        amount, code = element.get("quantity"), element.get("uom")
        if isinstance(amount, Number):
            if code is None:
                flow["count"] = amount.text
            elif mass_unit(code):
                flow["mass"] = {"value": amount.text, "unit": code}
        flows.append(flow)
    return flows


def _withdrawal(error: Object) -> Body:
    body: Body = {"when": error["declarationTime"]}
    if "reason" in error:
        body["reason"] = error["reason"]
    if "correctiveEventIDs" in error:
        body["corrected_by"] = error["correctiveEventIDs"]
    return body


def born(event: Object) -> list[Body]:
    """The lots that an ObjectEvent ADD states with their mass, where the identifier names a lot.

    Of the lot data only the country of origin and the lot number are read, and only where the event
    speaks of one lot; everything is carried with the event in any case.
    """
    if event["type"] != "ObjectEvent" or event["action"] != "ADD":
        return []
    elements = cast("list[Object]", event.get("quantityList", ()))
    lots: list[Body] = []
    for element in elements:
        amount, id_ = element.get("quantity"), cast("str", element["epcClass"])
        if isinstance(amount, Number) and mass_unit(element.get("uom")) and _LOT.match(id_):
            lots.append({"id": id_, "mass": {"value": amount.text, "unit": element["uom"]}})
    data = event.get("ilmd")
    if len(lots) == 1 and len(elements) == 1 and not event.get("epcList"):
        known = data if isinstance(data, dict) else {}
        country, number = known.get("cbvmda:countryOfOrigin"), known.get("cbvmda:lotNumber")
        if isinstance(country, str) and _COUNTRY.fullmatch(country):
            lots[0]["country"] = country
        if isinstance(number, str) and number.strip() and len(number) <= _BATCH_MAX:
            lots[0]["batch"] = number
    return lots


def implied(body: Body) -> Object:
    """The EPCIS event that our words imply, before what it carried is laid over it.

    A lot with a mass or a count goes to the quantity list, any other to the list of EPCs.
    """
    kind = cast("str", body["kind"])
    row = event_kinds()[kind]
    event: dict[str, object] = {"type": row.epcis_type, "eventID": body["id"]}
    for ours, theirs in (
        ("when", "eventTime"),
        ("recorded", "recordTime"),
        ("timezone", "eventTimeZoneOffset"),
        ("container", "parentID"),
    ):
        value = body.get(ours)
        if isinstance(value, str):
            event[theirs] = value
    action = implied_action(kind)
    if action:
        event["action"] = action
    step = implied_step(kind)
    if step:
        event["bizStep"] = step
    facility = body.get("facility")
    if isinstance(facility, str):
        event["bizLocation"] = {"id": facility}
    papers = body.get("documents")
    if isinstance(papers, list):
        event["bizTransactionList"] = [{"bizTransaction": paper} for paper in papers]
    withdrawn = body.get("withdrawn")
    if isinstance(withdrawn, dict) and "absent" not in withdrawn:
        event["errorDeclaration"] = _declaration(withdrawn)
    _implied_lists(body, row.epcis_type, event)
    return cast("Object", event)


def _implied_lists(body: Body, type_: str, event: dict[str, object]) -> None:
    if type_ == "TransformationEvent":
        for name, side in (("inputs", "input"), ("outputs", "output")):
            _implied_flows(body.get(name), f"{side}EPCList", f"{side}QuantityList", event)
        return
    for name in ("inputs", "outputs", "subjects"):
        _implied_flows(body.get(name), *LISTS[type_], event)


def _implied_flows(flows: object, epcs: str, quantities: str, event: dict[str, object]) -> None:
    if not isinstance(flows, list):
        return
    for flow in flows:
        lot, mass, count = flow.get("lot"), flow.get("mass"), flow.get("count")
        if isinstance(mass, dict) and "value" in mass:
            element = {"epcClass": lot, "quantity": Number(mass["value"]), "uom": mass["unit"]}
            _append(event, quantities, element)
        elif isinstance(count, str):
            _append(event, quantities, {"epcClass": lot, "quantity": Number(count)})
        else:
            _append(event, epcs, lot)


def _append(event: dict[str, object], name: str, item: object) -> None:
    listed = event.setdefault(name, [])
    cast("list[object]", listed).append(item)


def _declaration(withdrawn: Body) -> Body:
    names = {"when": "declarationTime", "reason": "reason", "corrected_by": "correctiveEventIDs"}
    return {names[name]: value for name, value in withdrawn.items() if name in names}
