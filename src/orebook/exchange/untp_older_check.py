"""What UNTP 0.5.0 and 0.6.x must say for our words, as tables: the members that are read.

Wider than their schemas in all else, which is carried. Source: UNTP 0.6.0 data models (November
2025); UNTP 0.5.0 as the British Columbia copper pilot issued it.
"""

from __future__ import annotations

from orebook.exchange.epcis_check import mass_unit
from orebook.exchange.json_check import (
    Check,
    Fault,
    Faults,
    anything,
    boolean,
    date,
    filled,
    listing,
    pattern,
    record,
    text,
    time,
    uri,
    word,
)
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.untp_check import EVENTS, PASSPORT, decimal_number, share, typed
from orebook.exchange.untp_records import ANCHOR, CONFORMITY, FACILITY

_ID = uri(512, expected="an identifier in the form of a URI")
_COUNTRY = pattern("[A-Z]{2}", "two capital letters (ISO 3166-1)")
_NAMED = record(
    {"id": _ID, "name": filled, "registeredId": text}, required=("id", "name"), extra="any"
)
_SOME = record({"id": _ID, "name": filled}, extra="any")
_MEASURE = record({"value": decimal_number, "unit": text}, required=("value", "unit"), extra="any")
_AMOUNT = record(
    {"productId": _ID, "productName": filled, "quantity": decimal_number, "uom": text},
    required=("productId", "quantity"),
    extra="any",
)
LISTS = {
    "TransformationEvent": (("inputs", "input"), ("outputs", "output")),
    "ObjectEvent": (("", ""),),
    "TransactionEvent": (("", ""),),
    "AggregationEvent": (("", "child"),),
    "AssociationEvent": (("", "child"),),
}


def _moment(value: Value) -> Faults | None:
    """A moment; in 0.5.0 also one without its offset, of which only the day is read."""
    if time(value) is None or (isinstance(value, str) and date(value[:10]) is None):
        return None
    return [Fault("", "bad-date", "a time such as 2025-10-02T06:00:00Z", value)]


def _weight(value: Value) -> Faults | None:
    faults = _MEASURE(value)
    if faults or not isinstance(value, dict):
        return faults
    number = value["value"]
    if mass_unit(value["unit"]) and isinstance(number, Number) and number.decimal() < 0:
        return [Fault("/value", "negative-mass", "a mass of zero or more", number)]
    return None


def _quantity(value: Value) -> Faults | None:
    faults = _AMOUNT(value)
    if faults or not isinstance(value, dict):
        return faults
    number = value["quantity"]
    if isinstance(number, Number) and number.decimal() < 0:
        return [Fault("/quantity", "negative-mass", "a quantity of zero or more", number)]
    return None


def _envelope(kind: str) -> Check:
    return record(
        {
            "type": typed(kind, "VerifiableCredential"),
            "id": _ID,
            "name": filled,
            "issuer": record(
                {"id": _ID, "name": filled, "issuerAlsoKnownAs": listing(_NAMED)},
                required=("id", "name"),
                extra="any",
            ),
            "validFrom": _moment,
            "validUntil": _moment,
            "credentialSubject": listing(anything) if kind == EVENTS else anything,
        },
        required=("@context", "issuer", "credentialSubject"),
        extra="any",
    )


SHAPES = {kind: _envelope(kind) for kind in (EVENTS, PASSPORT, FACILITY, CONFORMITY, ANCHOR)}
_MATERIALS = listing(
    record(
        {
            "name": filled,
            "originCountry": _COUNTRY,
            "massFraction": share,
            "recycledMassFraction": share,
            "mass": _weight,
            "massAmount": _weight,
        },
        required=("name",),
        extra="any",
    )
)
_GRANULARITY = word(("item", "batch", "model"))
_PRODUCT: dict[str, Check] = {
    "id": _ID,
    "name": filled,
    "batchNumber": filled,
    "producedByParty": _NAMED,
    "producedAtFacility": _NAMED,
    "productionDate": date,
    "countryOfProduction": _COUNTRY,
    "dimensions": record({"weight": _weight}, extra="any"),
}
_PASSPORT: dict[str, Check] = {"granularityLevel": _GRANULARITY, "materialsProvenance": _MATERIALS}
_POINT = record(
    {
        "type": word(("Point",)),
        "coordinates": listing(decimal_number, least=2),
    },
    required=("coordinates",),
    extra="any",
)
_SITE = record(
    {
        "id": _ID,
        "name": filled,
        "countryOfOperation": _COUNTRY,
        "operatedByParty": _NAMED,
        "locationInformation": record({"geoLocation": _POINT}, extra="any"),
        "address": record({"addressRegion": text}, extra="any"),
    },
    required=("id", "name"),
    extra="any",
)
_ASSESSED = listing(
    record(
        {
            "id": _ID,
            "name": filled,
            "product": _NAMED,
            "facility": _NAMED,
            "IDverifiedByCAB": boolean,
        },
        extra="any",
    )
)
_ATTESTATION = record(
    {
        "id": _ID,
        "name": filled,
        "assessorLevel": text,
        "assessmentLevel": text,
        "attestationType": filled,
        "issuedToParty": _NAMED,
        "assessment": listing(
            record(
                {
                    "name": text,
                    "assessmentDate": date,
                    "assessmentCriteria": listing(_SOME),
                    "conformance": boolean,
                    "assessedProduct": _ASSESSED,
                    "assessedFacility": _ASSESSED,
                    "assessedOrganisation": _NAMED,
                },
                extra="any",
            )
        ),
    },
    required=("id", "attestationType", "issuedToParty"),
    extra="any",
)
_IDENTITY = record(
    {"id": _ID, "name": filled, "registeredId": filled, "registerType": filled, "idScheme": _SOME},
    required=("id", "name"),
    extra="any",
)
_QUANTITIES = listing(_quantity)
_ITEMS = listing(record({"id": _ID, "name": filled}, required=("id",), extra="any"))
_EVENT = record(
    {
        "type": listing(text, least=1),
        "id": _ID,
        "eventTime": time,
        "action": word(("observe", "add", "delete")),
        "bizStep": text,
        "bizLocation": _ID,
        "parentEPC": record({"id": _ID, "name": filled}, required=("id",), extra="any"),
        "bizTransaction": text,
    }
    | {f"{at}EPCList": _ITEMS for at in ("input", "output", "child")}
    | {f"{at}QuantityList": _QUANTITIES for at in ("input", "output", "child")}
    | {"epcList": _ITEMS, "quantityList": _QUANTITIES},
    required=("type",),
    extra="any",
)


def inner(subject: Object, name: str) -> Object:
    """The product or facility of 0.6; in 0.5.0 the subject itself is it."""
    inner = subject.get(name)
    return inner if isinstance(inner, dict) else subject


def _nested(name: str, within: Check, outer: Check) -> Check:
    def check(value: Value) -> Faults | None:
        faults = outer(value)
        if faults or not isinstance(value, dict):
            return faults
        found = within(inner(value, name))
        at = f"/{name}" if isinstance(value.get(name), dict) else ""
        return [Fault(at + f.at, f.code, f.expected, f.value, f.step) for f in found or ()] or None

    return check


def event_type(event: Value) -> str | None:
    """Which of the five events of 0.6 this is, by its type; None when it does not say."""
    named = event.get("type") if isinstance(event, dict) else None
    return next((t for t in LISTS if isinstance(named, list) and t in named), None)


def _event(value: Value) -> Faults | None:
    if event_type(value) is None:
        found = value.get("type") if isinstance(value, dict) else value
        return [Fault("/type", "unknown-word", f"a type with one of {', '.join(LISTS)}", found)]
    return _EVENT(value)


SUBJECTS: dict[str, Check] = {
    PASSPORT: _nested(
        "product",
        record(_PRODUCT, required=("id", "name"), extra="any"),
        record(_PASSPORT, extra="any"),
    ),
    EVENTS: listing(_event),
    FACILITY: _nested("facility", _SITE, record({}, extra="any")),
    CONFORMITY: _ATTESTATION,
    ANCHOR: _IDENTITY,
}
