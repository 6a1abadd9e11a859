"""What UNTP 0.7.0 allows in a traceability event and a product passport, as tables.

In line with the released schemas of 4 May 2026 (DigitalTraceabilityEvent, DigitalProductPassport),
and stricter where our words need it: times are moments of the calendar, identifiers have at most
512 characters, a mass is not negative and has at most 30 digits.
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
from orebook.exchange.json_text import Number, Value
from orebook.model.shape import decimal

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://vocabulary.uncefact.org/untp/0.7.0/context/",
)
_URI = uri()
_ID = uri(512, expected="an identifier in the form of a URI")
_ROLES = (
    "owner producer manufacturer processor remanufacturer recycler operator serviceProvider "
    "inspector certifier logisticsProvider carrier consignor consignee importer exporter "
    "distributor retailer brandOwner regulator"
)
_STATES = "new inTransit active repaired recalled expired consumed recycled disposed"


def typed(*names: str) -> Check:
    """A list of type names that contains these."""
    expected = " and ".join(names)

    def check(value: Value) -> Faults | None:
        if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
            return [Fault("", "wrong-type", f"a list of type names with {expected}", value)]
        if all(name in value for name in names):
            return None
        return [Fault("", "unknown-word", f"the type {expected}", value)]

    return check


def _contexts(value: Value) -> Faults | None:
    if isinstance(value, list) and tuple(value[:2]) == CONTEXTS:
        return listing(text, distinct=True)(value)
    return [Fault("", "bad-context", f"a list that begins with {' and '.join(CONTEXTS)}", value)]


def decimal_number(value: Value) -> Faults | None:
    """A number we can hold without rounding."""
    if not isinstance(value, Number):
        return [Fault("", "wrong-type", "a number", value)]
    if decimal(value.text) is None:
        expected = "a number of at most 30 digits before and after the point"
        return [Fault("", "not-a-number", expected, value)]
    return None


def share(value: Value) -> Faults | None:
    """A fraction of a whole."""
    faults = decimal_number(value)
    if not faults and isinstance(value, Number) and not 0 <= value.decimal() <= 1:
        return [Fault("", "fraction-out-of-range", "a fraction from 0 to 1", value)]
    return faults


def _whole(value: Value) -> Faults | None:
    if isinstance(value, Number) and value.decimal() % 1 == 0:
        return None
    return [Fault("", "wrong-type", "a whole number", value)]


def _index(value: Value) -> Faults | None:
    faults = _whole(value)
    if not faults and isinstance(value, Number) and value.decimal() < 0:
        return [Fault("", "wrong-type", "a whole number from 0", value)]
    return faults


_measure = record(
    {
        "value": decimal_number,
        "upperTolerance": decimal_number,
        "lowerTolerance": decimal_number,
        "unit": text,
    },
    required=("value", "unit"),
)


def _amount(value: Value) -> Faults | None:
    faults = _measure(value)
    if faults or not isinstance(value, dict) or not mass_unit(value["unit"]):
        return faults
    amount = value["value"]
    if isinstance(amount, Number) and amount.decimal() < 0:
        return [Fault("/value", "negative-mass", "a mass of zero or more", amount)]
    return None


def identified(kind: str, **others: Check) -> Check:
    """Something with an identifier and a name."""
    members = {"type": typed(kind), "id": _ID, "name": filled, **others}
    return record(members, required=("id", "name"), extra="any")


CLASS = record(
    {"code": text, "name": text, "definition": text, "schemeId": _URI, "schemeName": text},
    required=("code", "name", "schemeId", "schemeName"),
)
LINK = record(
    dict.fromkeys(("linkName", "digestMultibase", "mediaType", "linkType"), text)
    | {"linkURL": _URI},
    required=("linkURL", "linkName"),
)
_IMAGE_NAMES = ("name", "imageData", "mediaType")
IMAGE = record(dict.fromkeys((*_IMAGE_NAMES, "description"), text), required=_IMAGE_NAMES)
COUNTRY = record(
    {
        "countryCode": pattern("[A-Z]{2}", "two capital letters (ISO 3166-1)"),
        "countryName": text,
    },
    required=("countryCode",),
)
_ADDRESS_NAMES = ("streetAddress", "postalCode", "addressLocality", "addressRegion")
ADDRESS = record(
    dict.fromkeys(_ADDRESS_NAMES, text) | {"addressCountry": COUNTRY},
    required=(*_ADDRESS_NAMES, "addressCountry"),
)
_FACILITY = identified("Facility", registeredId=text)
PARTY = identified(
    "Party",
    description=text,
    registeredId=text,
    idScheme=identified("IdentifierScheme"),
    registrationCountry=COUNTRY,
    partyAddress=ADDRESS,
    organisationWebsite=_URI,
    industryCategory=listing(CLASS),
    partyAlsoKnownAs=listing(identified("Party", registeredId=text)),
)
PARTIES = listing(
    record({"role": word(_ROLES.split()), "party": PARTY}, required=("role", "party"))
)
PRODUCT_MEMBERS: dict[str, Check] = {
    "idGranularity": word(("model", "batch", "item")),
    "modelNumber": text,
    "batchNumber": filled,
    "itemNumber": text,
}
_REFERENCE = record(
    {"type": typed("Product"), "id": _ID, "name": filled, **PRODUCT_MEMBERS},
    required=("id", "name", "idGranularity"),
    extra="any",
)
_EVENT_PRODUCTS = listing(
    record(
        {"product": _REFERENCE, "quantity": _amount, "disposition": word(_STATES.split())},
        required=("product",),
    )
)


def degrees(most: int) -> Check:
    """Degrees of a circle, no more than `most` either way."""

    def check(value: Value) -> Faults | None:
        faults = decimal_number(value)
        if not faults and isinstance(value, Number) and abs(value.decimal()) > most:
            return [Fault("", "out-of-range", f"degrees from -{most} to {most}", value)]
        return faults

    return check


_SENSOR = record(
    {
        "metric": identified("PerformanceMetric"),
        "measure": listing(_measure),
        "rawData": listing(LINK),
        "sensor": identified("Product"),
        "geoLocation": record(
            {"latitude": degrees(90), "longitude": degrees(180)},
            required=("latitude", "longitude"),
        ),
    },
    required=("metric", "measure"),
)
_EVENT: dict[str, Check] = {
    "id": _ID,
    "name": text,
    "description": text,
    "eventDate": time,
    "sensorData": listing(_SENSOR),
    "relatedDocument": listing(LINK),
    "activityType": CLASS,
    "relatedParty": PARTIES,
}
_EVENT_NEEDS = ("id", "name", "eventDate", "activityType")
_OWN_MEMBERS: dict[str, dict[str, Check]] = {
    "MakeEvent": {
        "inputProduct": _EVENT_PRODUCTS,
        "outputProduct": _EVENT_PRODUCTS,
        "madeAtFacility": _FACILITY,
    },
    "MoveEvent": {
        "movedProduct": _EVENT_PRODUCTS,
        "fromFacility": _FACILITY,
        "toFacility": _FACILITY,
    },
    "ModifyEvent": {"modifiedProduct": _EVENT_PRODUCTS, "modifiedAtFacility": _FACILITY},
}
_EVENTS = {
    name: record(
        {"type": typed(name, "LifecycleEvent"), **_EVENT, **members, "consignmentId": _URI},
        required=(*_EVENT_NEEDS, *members),
        extra="any",
    )
    for name, members in _OWN_MEMBERS.items()
}


def event_type(event: Value) -> str | None:
    """Which of the three lifecycle events this is, by its type; None when it does not say."""
    named = event.get("type") if isinstance(event, dict) else None
    if isinstance(named, list):
        return next((name for name in _EVENTS if name in named), None)
    return None


def event_faults(event: Value) -> Faults | None:
    """The faults of one lifecycle event, by pointers relative to it. Source: UNTP 0.7.0, DTE."""
    name = event_type(event)
    if name is None:
        expected = f"a type with one of {', '.join(_EVENTS)}"
        found = event.get("type") if isinstance(event, dict) else event
        return [Fault("/type", "unknown-word", expected, found)]
    return _EVENTS[name](event)


MATERIALS = listing(
    record(
        {
            "name": filled,
            "originCountry": COUNTRY,
            "materialType": CLASS,
            "massFraction": share,
            "mass": _amount,
            "recycledMassFraction": share,
            "hazardous": boolean,
            "symbol": IMAGE,
            "materialSafetyInformation": LINK,
        },
        required=("name", "originCountry", "materialType", "massFraction"),
        extra="any",
    )
)
_DIMENSIONS = record(
    {"weight": _amount} | dict.fromkeys(("length", "width", "height", "volume"), _measure),
    extra="any",
)
SCORE = record({"code": text, "rank": _whole, "definition": text}, required=("code",))
_performance = record(
    {
        "metric": identified("PerformanceMetric"),
        "measure": _measure,
        "score": SCORE,
    }
)


def performances(value: Value) -> Faults | None:
    """A performance: what is measured, the measure, a score."""
    faults = _performance(value)
    if not faults and isinstance(value, dict) and "measure" in value and "metric" not in value:
        return [Fault("/metric", "missing-member", "the metric that is measured", None)]
    return faults


TOPIC = record(
    {"type": typed("ConformityTopic"), "id": _ID, "name": text, "definition": text},
    required=("id", "name"),
)
CLAIM = record(
    {
        "type": typed("Claim"),
        "id": _ID,
        "name": text,
        "description": text,
        "referenceCriteria": listing(identified("Criterion")),
        "referenceRegulation": listing(identified("Regulation")),
        "referenceStandard": listing(identified("Standard")),
        "claimDate": date,
        "applicablePeriod": record(
            {"startDate": date, "endDate": date, "periodInformation": text},
            required=("startDate", "endDate"),
        ),
        "claimedPerformance": listing(performances),
        "evidence": listing(LINK),
        "conformityTopic": listing(TOPIC),
    },
    required=(
        "id",
        "name",
        "referenceCriteria",
        "claimDate",
        "claimedPerformance",
        "conformityTopic",
    ),
    extra="any",
)
PRODUCT = record(
    {
        "type": typed("Product"),
        "id": _ID,
        "name": filled,
        "description": text,
        "idScheme": identified("IdentifierScheme"),
        **PRODUCT_MEMBERS,
        "productImage": LINK,
        "characteristics": record({}, extra="any"),
        "productCategory": listing(CLASS),
        "relatedDocument": listing(LINK),
        "relatedParty": PARTIES,
        "producedAtFacility": _FACILITY,
        "productionDate": date,
        "expiryDate": date,
        "countryOfProduction": COUNTRY,
        "dimensions": _DIMENSIONS,
        "materialProvenance": MATERIALS,
        "packaging": record(
            {
                "description": text,
                "dimensions": _DIMENSIONS,
                "materialUsed": MATERIALS,
                "packageLabel": listing(IMAGE),
                "performanceClaim": listing(CLAIM),
            },
            required=("description", "dimensions", "materialUsed"),
            extra="any",
        ),
        "productLabel": listing(IMAGE),
        "performanceClaim": listing(CLAIM),
    },
    required=(
        "id",
        "name",
        "idScheme",
        "idGranularity",
        "productCategory",
        "producedAtFacility",
        "countryOfProduction",
    ),
    extra="any",
)


def credential(kind: str) -> Check:
    """The members around the subject of a credential of that type; the subject is anything."""
    return record(
        {
            "type": typed(kind, "VerifiableCredential"),
            "@context": _contexts,
            "id": _URI,
            "issuer": identified(
                "CredentialIssuer",
                issuerAlsoKnownAs=listing(identified("Party", registeredId=text)),
            ),
            "validFrom": time,
            "validUntil": time,
            "name": text,
            "credentialStatus": record(
                {
                    "type": word(("BitstringStatusListEntry",)),
                    "id": _URI,
                    "statusPurpose": word(("refresh", "revocation", "suspension", "message")),
                    "statusListIndex": _index,
                    "statusListCredential": _URI,
                },
                required=("type", "statusPurpose", "statusListIndex", "statusListCredential"),
            ),
            "renderMethod": listing(
                record(
                    {"type": typed("RenderTemplate2024"), "url": _URI}
                    | dict.fromkeys(
                        ("name", "mediaQuery", "template", "mediaType", "digestMultibase"), text
                    )
                )
            ),
            "credentialSubject": listing(anything) if kind == EVENTS else anything,
            "issuingSoftware": record(
                {
                    "id": _URI,
                    "name": text,
                    "version": text,
                    "vendor": record({"id": _URI, "name": text}, required=("id", "name")),
                },
                required=("id", "name", "version", "vendor"),
            ),
        },
        required=("@context", "id", "issuer", "validFrom", "name", "credentialSubject"),
        extra="any",
    )


EVENTS = "DigitalTraceabilityEvent"
PASSPORT = "DigitalProductPassport"
SHAPES = {kind: credential(kind) for kind in (EVENTS, PASSPORT)}
