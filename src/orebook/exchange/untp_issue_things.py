"""Lots, facilities and registered parties of the book as the subjects of UNTP credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.untp_measure import performances, tolerances
from orebook.exchange.untp_own import beyond, open_words, tell
from orebook.exchange.untp_statement import Statement, classed, describe, made_up, text
from orebook.exchange.untp_words import implied_lot, plain_lot
from orebook.model.entry import Body
from orebook.model.vocabulary import table

_ANALYSES_MAX = 100
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def product(said: Statement) -> Object:
    """A lot as the product of a passport."""
    body = open_words("lot", said.body)
    told = {**body, "id": said.body["id"]}
    if not _DAY.fullmatch(text(body, "made")):
        told.pop("made", None)
    if not all(_whole(one) for one in cast("list[Body]", told.get("materials") or [])):
        told.pop("materials")
    made: Object = implied_lot(told)
    made["name"] = text(body, "material") or text(body, "label") or str(said.body["id"])
    made["idScheme"] = _scheme(said)
    made["idGranularity"] = text(body, "granularity") or "batch"
    made["productCategory"] = _category(body)
    place = text(body, "facility")
    if place:
        made["producedAtFacility"] = said.named("Facility", place)
    country = text(body, "country") or text(said.around.thing("facility", place), "country")
    if country:
        made["countryOfProduction"] = {"countryCode": country}
    tolerances(cast("Object", made.get("dimensions") or {}), cast("Value", body.get("mass")),
               "weight")  # fmt: skip
    for material in cast("list[Object]", made.get("materialProvenance") or []):
        name = str(material["name"])
        material["materialType"] = classed("materials", name, name, "Materials as stated")
    if owner := text(body, "owner"):
        made["relatedParty"] = [{"role": "owner", "party": said.named("Party", owner)}]
    assays = said.around.assays(str(said.body["id"]))
    dated = [assay for assay in assays if _DAY.fullmatch(text(assay, "when"))]
    if claims := [_claim(assay) for assay in dated[:_ANALYSES_MAX]]:
        made["performanceClaim"] = cast("Value", claims)
    describe(made, made_up(body), _not_all(len(dated)))
    tell(made, "lot", beyond(body, plain_lot(made)))
    return made


def _not_all(analyses: int) -> str:
    """That there are more analyses than are listed, where there are."""
    more = analyses > _ANALYSES_MAX
    return f"{_ANALYSES_MAX} of its {analyses} dated analyses are listed" if more else ""


def _whole(material: object) -> bool:
    """Whether a declared material says all that UNTP asks of one."""
    named = isinstance(material, dict) and "name" in material and "country" in material
    share = material.get("share") if isinstance(material, dict) else None
    return named and isinstance(share, dict) and share.get("unit") == "P1" and "value" in share


def _scheme(said: Statement) -> Object:
    """Whose identifiers they are: the issuer's own, as UNTP has it for self-issued ones."""
    return {"type": ["IdentifierScheme"], "id": said.issuer.did, "name": said.issuer.name}


def _category(body: Body) -> list[Value]:
    """The customs code where one is stated, and the stage of the chain; else none."""
    found: list[Value] = []
    if code := text(body, "hs_code"):
        found.append(
            {
                "code": code,
                "name": text(body, "material") or code,
                "schemeId": "https://www.wcoomd.org/",
                "schemeName": "Harmonized System",
            }
        )
    if stage := text(body, "stage"):
        found.append(_stage(stage))
    return found


def _stage(stage: str) -> Object:
    names = {row["stage"]: row["description"] for row in table("stages")}
    return classed("stages", stage, names.get(stage, stage), "Orebook stages of the chain")


def _claim(assay: Body) -> Object:
    """An analysis that the issuer states of the lot, as a claim of what was measured."""
    return {
        "type": ["Claim"],
        "id": str(assay["id"]),
        "name": f"Analysis {assay['id']}",
        "referenceCriteria": [],
        "claimDate": text(assay, "when"),
        "claimedPerformance": performances(assay),
        "conformityTopic": [],
    }


def facility(said: Statement) -> Object:
    """A place as the facility of a record. Lines of the address that nobody states are empty."""
    body = open_words("facility", said.body)
    country, region = text(body, "country"), text(body, "region")
    made: Object = {
        "type": ["Facility"],
        "id": str(said.body["id"]),
        "name": text(body, "name"),
        "processCategory": [],
        "locationInformation": {},
    }
    titles = {(row["vocabulary"], row["word"]): row["description"] for row in table("words")}
    if kind := text(body, "kind"):
        title = titles.get(("facility_kind", kind), kind)
        named = classed("facility-kinds", kind, title, "Orebook kinds of facilities")
        made["processCategory"] = [named]
    if stage := text(body, "stage"):
        cast("list[Value]", made["processCategory"]).append(_stage(stage))
    describe(made, *_statuses(said.body))
    if operator := text(body, "operator"):
        made["relatedParty"] = [{"role": "operator", "party": said.named("Party", operator)}]
    position = said.body.get("position")
    if isinstance(position, dict) and {"latitude", "longitude"} <= position.keys():
        point = {n: Number(str(position[n])) for n in ("latitude", "longitude")}
        made["locationInformation"] = {"geoLocation": point}  # type: ignore[dict-item]
    if country:
        made["countryOfOperation"] = {"countryCode": country}
        lines: Object = dict.fromkeys(("streetAddress", "postalCode", "addressLocality"), "")
        made["address"] = {
            **lines,
            "addressRegion": region,
            "addressCountry": {"countryCode": country},
        }
    return made


def _statuses(body: Body) -> Iterator[str]:
    """Each stated status with its day: a place that is announced is not one that runs."""
    for one in cast("list[Body]", body.get("status") or []):
        if isinstance(one, dict) and (word := text(one, "status")):
            day = text(one, "when")
            yield f"stated as {word}{f' on {day}' if day else ''}"


def identity(said: Statement) -> Object:
    """A party as its keeper's register knows it: which DID is whose."""
    return {
        "type": ["RegisteredIdentity"],
        "id": said.did,
        "registeredName": text(said.body, "name"),
        "registeredId": str(said.body["id"]),
        "registeredDate": said.since,
        "idScheme": {
            "type": ["IdentifierScheme"],
            "id": f"https://{said.origin}",
            "name": f"the book {said.origin}",
        },
        "registrar": {"type": ["Party"], "id": said.keeper.did, "name": said.keeper.name},
        "registerType": "business",
    }
