"""UNTP events and products in our words, and the UNTP objects our words imply.

As with EPCIS, what the words do not imply is carried as written. A grade in a name ("Cu 30 %") is
never read as an assay: it stays a name.
"""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from orebook.exchange.carried import Pair
from orebook.exchange.epcis_check import mass_unit
from orebook.exchange.epcis_words import kind_of
from orebook.exchange.json_text import Number, Object, Value, steps
from orebook.exchange.untp_check import event_type
from orebook.exchange.untp_own import merged, told
from orebook.model.entry import Body
from orebook.model.vocabulary import event_kinds

NAME = "untp"
_STEPS = "https://ref.gs1.org/cbv/BizStep"
_MAKERS = ("manufacturer", "producer", "processor", "remanufacturer", "recycler", "operator")
_MOVERS = ("consignor", "carrier", "logisticsProvider")
_SIDES = {
    "MakeEvent": (("inputs", "inputProduct"), ("outputs", "outputProduct")),
    "MoveEvent": (("subjects", "movedProduct"),),
    "ModifyEvent": (("subjects", "modifiedProduct"),),
}
_PLACES = {
    "MakeEvent": "madeAtFacility",
    "MoveEvent": "fromFacility",
    "ModifyEvent": "modifiedAtFacility",
}
# Members whose values are codes, identifiers or numbers; all others may hold free text.
_CODES = frozenset(
    (
        "type",
        "code",
        "schemeId",
        "disposition",
        "idGranularity",
        "unit",
        "value",
        "upperTolerance",
        "lowerTolerance",
        "role",
        "countryCode",
        "mediaType",
        "linkType",
        "digestMultibase",
        "modelNumber",
        "batchNumber",
        "itemNumber",
        "consignmentId",
        "massFraction",
        "recycledMassFraction",
        "hazardous",
    )
)


def event_words(event: Object) -> Body:
    """One lifecycle event in our words. Takes: an event without faults."""
    type_ = event_type(event) or ""
    kind = _kind(type_, cast("Object", event["activityType"]))
    body: Body = {"id": event["id"], "kind": kind, "when": event["eventDate"]}
    place = "toFacility" if kind == "receive" else _PLACES[type_]
    body["facility"] = cast("Object", event[place])["id"]
    party = _actor(event.get("relatedParty"), _MOVERS if type_ == "MoveEvent" else _MAKERS)
    if party:
        body["party"] = party
    for name, member in _SIDES[type_]:
        products = cast("list[Object]", event[member])
        if products:
            body[name] = [flow(product) for product in products]
    papers = cast("list[Object]", event.get("relatedDocument") or [])
    if papers:
        body["documents"] = [paper["linkURL"] for paper in papers]
    return body


def _kind(type_: str, activity: Object) -> str:
    """The kind stated by the class of event and its business step; a make says not how."""
    if type_ == "MakeEvent":
        return "transform"
    step = cast("str", activity["code"]) if activity["schemeId"] == _STEPS else None
    kind = kind_of("ObjectEvent", step, "OBSERVE")
    if kind == "observe" and type_ == "MoveEvent":
        return "transit"
    return kind


def _actor(related: Value, roles: tuple[str, ...]) -> str | None:
    """The one party that has the first of these roles that any party has; none where two do."""
    parties = cast("list[Object]", related or [])
    for role in roles:
        ids = {cast("str", cast("Object", p["party"])["id"]) for p in parties if p["role"] == role}
        if ids:
            return ids.pop() if len(ids) == 1 else None
    return None


def flow(item: Object) -> Body:
    """One product of an event with its quantity: a mass of unstated basis, or a count."""
    told: Body = {"lot": cast("Object", item["product"])["id"]}
    quantity = item.get("quantity")
    if isinstance(quantity, dict):
        amount = cast("Number", quantity["value"])
        if mass_unit(quantity["unit"]):
            told["mass"] = _mass(quantity)
        elif quantity["unit"] == "C62":
            told["count"] = amount.text
    return told


def _mass(quantity: Object) -> Body:
    """A mass with its basis unstated; both tolerances together are a range."""
    amount = cast("Number", quantity["value"])
    mass: Body = {"value": amount.text, "unit": quantity["unit"]}
    upper, lower = quantity.get("upperTolerance"), quantity.get("lowerTolerance")
    if isinstance(upper, Number) and isinstance(lower, Number):
        above, below, value = upper.decimal(), lower.decimal(), amount.decimal()
        if above >= 0 and below >= 0:
            low, high = format(value - below, "f"), format(value + above, "f")
            mass["doubt"] = {"kind": "range", "low": low, "high": high}
    return mass


def implied_event(body: Body) -> Object:
    """The lifecycle event our words imply, before what it carried is laid over it."""
    kind = str(body["kind"])
    if event_kinds()[kind].epcis_type == "TransformationEvent":
        type_ = "MakeEvent"
    else:
        type_ = "MoveEvent" if kind in {"ship", "transit", "receive"} else "ModifyEvent"
    event: Body = {"type": [type_, "LifecycleEvent"], "id": body["id"]}
    if isinstance(body.get("when"), str):
        event["eventDate"] = body["when"]
    if isinstance(body.get("facility"), str):
        place = "toFacility" if kind == "receive" else _PLACES[type_]
        event[place] = {"id": body["facility"]}
    for name, member in _SIDES[type_]:
        flows = body.get(name)
        if isinstance(flows, list):
            event[member] = [_implied_flow(one) for one in flows]
    papers = body.get("documents")
    if isinstance(papers, list):
        event["relatedDocument"] = [{"linkURL": paper} for paper in papers]
    return cast("Object", event)


def _implied_flow(told: Body) -> Body:
    item: Body = {"product": {"id": told.get("lot")}}
    mass, count = told.get("mass"), told.get("count")
    if isinstance(mass, dict) and "value" in mass:
        item["quantity"] = _measure(mass)
    elif isinstance(count, str):
        item["quantity"] = {"value": Number(count), "unit": "C62"}
    return item


def _measure(mass: Body) -> Body:
    return {"value": Number(str(mass["value"])), "unit": mass["unit"]}


def lot_words(product: Object) -> Body:
    """A product of a passport as a lot.

    The weight of a passport for a model is that of one piece, not of a lot: it is carried and not
    read as the lot's mass. The recycled share is summed only where every material states its own
    and the fractions make up the whole. Words of ours among the characteristics add to them.
    """
    return merged("lot", plain_lot(product), told(product, "lot"))


def plain_lot(product: Object) -> Body:
    """The lot as UNTP's own members tell it."""
    body: Body = {"id": product["id"], "material": product["name"]}
    for theirs, ours in (
        ("batchNumber", "batch"),
        ("idGranularity", "granularity"),
        ("productionDate", "made"),
    ):
        if theirs in product:
            body[ours] = product[theirs]
    for theirs, ours, member in (
        ("producedAtFacility", "facility", "id"),
        ("countryOfProduction", "country", "countryCode"),
    ):
        if theirs in product:
            body[ours] = cast("Object", product[theirs])[member]
    weight = cast("Object", product.get("dimensions") or {}).get("weight")
    whole_lot = product.get("idGranularity", "model") != "model"
    if whole_lot and isinstance(weight, dict) and mass_unit(weight["unit"]):
        body["mass"] = _mass(weight)
    materials = cast("list[Object]", product.get("materialProvenance") or [])
    if materials:
        body["materials"] = [_material(material) for material in materials]
        recycled = _recycled(materials)
        if recycled is not None:
            body["recycled_share"] = _percent(recycled)
    return body


def _material(material: Object) -> Body:
    share: Body = {"name": material["name"]}
    if "originCountry" in material:
        share["country"] = cast("Object", material["originCountry"])["countryCode"]
    if "massFraction" in material:
        share["share"] = _percent(cast("Number", material["massFraction"]).decimal())
    mass = material.get("mass")
    if isinstance(mass, dict) and mass_unit(mass["unit"]):
        share["mass"] = _mass(mass)
    recycled = material.get("recycledMassFraction")
    if isinstance(recycled, Number):
        share["recycled"] = _percent(recycled.decimal())
    return share


def _recycled(materials: list[Object]) -> Decimal | None:
    total = whole = Decimal(0)
    for material in materials:
        share, recycled = material.get("massFraction"), material.get("recycledMassFraction")
        if not isinstance(share, Number) or not isinstance(recycled, Number):
            return None
        whole += share.decimal()
        total += share.decimal() * recycled.decimal()
    return total if whole == 1 else None


def _percent(fraction: Decimal) -> Body:
    return {"value": format(fraction.scaleb(2), "f"), "unit": "P1"}


def implied_lot(body: Body) -> Object:
    """The product our words imply, before what it carried is laid over it."""
    product: Body = {"type": ["Product"], "id": body["id"]}
    for ours, theirs in (
        ("material", "name"),
        ("batch", "batchNumber"),
        ("granularity", "idGranularity"),
        ("made", "productionDate"),
    ):
        if isinstance(body.get(ours), str):
            product[theirs] = body[ours]
    if isinstance(body.get("facility"), str):
        product["producedAtFacility"] = {"id": body["facility"]}
    if isinstance(body.get("country"), str):
        product["countryOfProduction"] = {"countryCode": body["country"]}
    mass = body.get("mass")
    if isinstance(mass, dict) and "value" in mass:
        product["dimensions"] = {"weight": _measure(mass)}
    materials = body.get("materials")
    if isinstance(materials, list):
        product["materialProvenance"] = [_implied_material(material) for material in materials]
    return cast("Object", product)


def _implied_material(share: Body) -> Body:
    material: Body = {"name": share.get("name")}
    if isinstance(share.get("country"), str):
        material["originCountry"] = {"countryCode": share["country"]}
    for ours, theirs in (("share", "massFraction"), ("recycled", "recycledMassFraction")):
        fraction = share.get(ours)
        if isinstance(fraction, dict) and "value" in fraction:
            value = Decimal(str(fraction["value"])).scaleb(-2)
            material[theirs] = Number(format(value, "f"))
    mass = share.get("mass")
    if isinstance(mass, dict) and "value" in mass:
        material["mass"] = _measure(mass)
    return material


def shelve(pairs: list[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The pairs that are codes and numbers, and those that may hold free text."""
    clear: list[Pair] = []
    free: list[Pair] = []
    for at, value in pairs:
        named = next((s for s in reversed(steps(at)) if not s.isdigit()), "")
        plain = named in _CODES and not isinstance(value, dict | list)
        (clear if value is None or plain or named == "type" else free).append((at, value))
    return clear, free
