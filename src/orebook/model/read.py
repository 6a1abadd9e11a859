"""From a sealed body to a typed record, as one reader may see it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import cast

from orebook.model import (
    agreement,
    assay,
    claim,
    custody,
    document,
    event,
    lot,
    party,
    place,
    shipment,
    trade_paper,
)
from orebook.model.absence import Absent, sealed_for
from orebook.model.clock import Clock
from orebook.model.edtf import edtf
from orebook.model.entry import Body, Ref
from orebook.model.facts import Record
from orebook.model.quantity import Fraction, Money, Written, mass
from orebook.model.shape import decimal, shapes
from orebook.model.uncertainty import (
    Doubt,
    Exact,
    Lognormal,
    Normal,
    Range,
    Spread,
    Unstated,
)
from orebook.model.units import unit
from orebook.model.when import when

RECORDS: dict[str, type] = {
    "book": party.Book,
    "clock": Clock,
    "party": party.Party,
    "shareholding": party.Shareholding,
    "facility": place.Facility,
    "facility_status": place.FacilityStatus,
    "position": place.Position,
    "lot": lot.Lot,
    "material_share": lot.MaterialShare,
    "lot_source": lot.LotSource,
    "assay": assay.Assay,
    "result": assay.Result,
    "event": event.Event,
    "flow": event.Flow,
    "withdrawal": event.Withdrawal,
    "foreign": document.Foreign,
    "carried": document.Carried,
    "document": document.Document,
    "shipment": shipment.Shipment,
    "content": shipment.Content,
    "package": shipment.Package,
    "trade_paper": trade_paper.TradePaper,
    "lot_line": trade_paper.LotLine,
    "object": shipment.Thing,
    "agreement": agreement.Agreement,
    "role": agreement.Role,
    "roadmap_stage": agreement.RoadmapStage,
    "commitment": agreement.Commitment,
    "amount": agreement.Amount,
    "legal_step": agreement.LegalStep,
    "term": agreement.Term,
    "clause": agreement.Clause,
    "charge": agreement.Charge,
    "paper": agreement.Paper,
    "payment": agreement.Payment,
    "source": claim.Source,
    "relay": claim.Relay,
    "relation": claim.Relation,
    "claim": claim.Claim,
    "reply": claim.Reply,
    "notice": claim.Notice,
    "reveal": custody.Reveal,
    "erasure": custody.Erasure,
    "key": custody.Key,
    "revocation": custody.Revocation,
}


def record(kind: str, body: Body, ref: Ref) -> Record:
    """The typed record of one fact whose body has passed `shape.check`.

    Unknown: an attribute the statement does not speak of is None, one said to be absent is
    `Absent`, one this reader may not see is `Sealed`.
    """
    return cast("Record", _record(kind, body, ref, f"{kind}:{body.get('id', '')}"))


def _record(kind: str, body: Body, ref: Ref, figure: str) -> object:
    shape = shapes()[kind]
    values: dict[str, object] = {"ref": ref}
    sealed = body.get("sealed")
    if isinstance(sealed, dict):
        for name, audience in sealed.items():
            values[name] = sealed_for(ref.position, audience)
    for name, value in body.items():
        if name != "sealed":
            values[name] = _value(shape[name].type, value, ref, f"{figure}/{name}")
    return RECORDS[kind](**values)


def _value(type_: str, value: object, ref: Ref, figure: str) -> object:
    if isinstance(value, dict) and "absent" in value:
        parts = {k: str(v) for k, v in value.items() if k != "absent"}
        return Absent(str(value["absent"]), **parts)
    head, _, rest = type_.partition(":")
    match head:
        case "list":
            items = cast("list[object]", value)
            return tuple(_value(rest, v, ref, f"{figure}/{i}") for i, v in enumerate(items))
        case "record":
            return _record(rest, cast("Body", value), ref, figure)
        case "date":
            return edtf(str(value))
        case "time" | "when":
            return when(str(value))
        case "decimal":
            return _number(value)
        case "mass" | "fraction" | "money":
            return _figure(head, cast("Body", value), figure)
        case _:
            return value


def _number(value: object) -> Decimal:
    number = decimal(value)
    if number is None:
        message = f"{value!r} is not a decimal number as text"
        raise ValueError(message)
    return number


def _figure(head: str, body: Body, figure: str) -> object:
    written = _number(body["value"])
    cause = str(body.get("cause", ""))
    if head == "money":
        spread = Spread.of(_doubt(body, Decimal(1)), written, figure, cause)
        text = Written(str(body["value"]), str(body["currency"]))
        return Money(written, spread, text, str(body["currency"]))
    measured = unit(str(body["unit"]))
    value = measured.to_canonical(written)
    doubt = _doubt(body, measured.factor)
    text = Written(str(body["value"]), measured.code)
    if head == "fraction":
        return Fraction(value, Spread.of(doubt, value, figure, cause), text)
    basis = str(body.get("basis") or measured.basis or "unstated")
    return replace(mass(value, basis, doubt, figure, cause, str(body.get("of", ""))), written=text)


def _doubt(body: Body, factor: Decimal) -> Doubt:
    stated = body.get("doubt")
    if not isinstance(stated, dict):
        return Unstated()
    match stated["kind"]:
        case "exact":
            return Exact()
        case "range":
            return Range(_number(stated["low"]) * factor, _number(stated["high"]) * factor)
        case "normal":
            return Normal(_number(stated["sd"]) * factor)
        case "lognormal":
            return Lognormal(_number(stated["sigma"]))
        case _:
            return Unstated()
