"""An event of the book as a UNTP lifecycle event: what its words say, and nothing besides."""

from __future__ import annotations

from typing import cast

from orebook.exchange.json_text import Object, Value
from orebook.exchange.untp_measure import tolerances
from orebook.exchange.untp_statement import Statement, classed, describe, flows, made_up, text
from orebook.exchange.untp_words import implied_event
from orebook.model.vocabulary import event_kinds

_STEPS = "https://ref.gs1.org/cbv/BizStep"
_ROLES = {"MakeEvent": "processor", "MoveEvent": "consignor", "ModifyEvent": "operator"}
_SIDES = ("inputProduct", "outputProduct", "movedProduct", "modifiedProduct")
_PLACES = ("madeAtFacility", "fromFacility", "toFacility", "modifiedAtFacility")


def event(said: Statement) -> list[Value]:
    """The one lifecycle event, in a list as UNTP has it."""
    body = said.body
    subject = implied_event({**body, "foreign": None})
    kind = event_kinds()[str(body["kind"])]
    subject["name"] = kind.description
    subject["activityType"] = _activity(kind.kind, kind.epcis_biz_step)
    masses = {str(flow["lot"]): cast("Value", flow.get("mass")) for flow in flows(body)}
    for side in _SIDES:
        if isinstance(items := subject.get(side), list):
            for item in cast("list[Object]", items):
                tolerances(item, masses.get(str(cast("Object", item["product"])["id"])), "quantity")
            subject[side] = [_product(cast("Object", item), said) for item in items]
    describe(subject, _both_ends(subject, said), made_up(body))
    for place in _PLACES:
        if isinstance(at := subject.get(place), dict):
            subject[place] = said.named("Facility", str(at["id"]))
    if party := text(body, "party"):
        role = _ROLES[str(cast("list[Value]", subject["type"])[0])]
        subject["relatedParty"] = [{"role": role, "party": said.named("Party", party)}]
    for paper in cast("list[Object]", subject.get("relatedDocument") or []):
        paper["linkName"] = paper["linkURL"]
    return [subject]


def _both_ends(subject: Object, said: Statement) -> str:
    """The other end of a move, where another event of the book says it; and which one does."""
    end = next((n for n in ("fromFacility", "toFacility") if n not in subject), "")
    if not end or "MoveEvent" not in cast("list[Value]", subject["type"]):
        return ""
    place, source = said.around.other_end(said.body)
    if place:
        subject[end] = {"id": place}
    return f"{end} as stated in {source}" if place else ""


def _activity(kind: str, step: str) -> Object:
    """The business step of CBV where the kind is one, else our own kind."""
    own = not step or event_kinds()[kind].epcis_type == "TransformationEvent"
    if own:
        return classed("event-kinds", kind, kind, "Orebook kinds of events")
    return {
        "code": step,
        "name": step.replace("_", " "),
        "schemeId": _STEPS,
        "schemeName": "GS1 CBV Business Step",
    }


def _product(item: Object, said: Statement) -> Object:
    """A lot as a product; one whose granularity is not stated is one batch: a lot is."""
    ident = str(cast("Object", item["product"])["id"])
    lot = said.around.thing("lot", ident)
    product: Object = {
        "type": ["Product"],
        "id": ident,
        "name": text(lot, "label") or text(lot, "material") or ident,
        "idGranularity": text(lot, "granularity") or "batch",
    }
    if batch := text(lot, "batch"):
        product["batchNumber"] = batch
    return {**item, "product": product}
