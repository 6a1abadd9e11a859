"""What the EPCIS 2.0 JSON binding allows, as tables: each event type, each part, each word.

In line with the GS1 EPCIS-JSON-Schema of 16 May 2023 and a little stricter where our words need
it: a time must be a moment of the calendar, an identifier has at most 512 characters, a mass is
not negative and has at most 30 digits. docs/reference/formats.md lists these.
"""

from __future__ import annotations

import re

from orebook.exchange.epcis_terms import (
    ALERTS,
    BIZ_STEPS,
    COMPONENTS,
    DISPOSITIONS,
    MEASURES,
    PARTIES,
    REASONS,
    REPORT_NUMBERS,
    REPORT_URIS,
    TRANSACTIONS,
)
from orebook.exchange.json_check import (
    Check,
    Fault,
    Faults,
    boolean,
    either,
    is_uri,
    listing,
    number,
    pattern,
    record,
    text,
    time,
    uri,
    word,
)
from orebook.exchange.json_text import Number, Object, Value
from orebook.model.shape import decimal
from orebook.model.units import Unit, UnknownUnit, unit

# A standard's own word is written short; its long form is refused so that one word has one form.
_CBV = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_WEB_VOC = re.compile(r"https?://(www\.)?gs1\.org/voc/")
OWN = uri(but=_CBV)
_OWN_MEASURE = uri(but=_WEB_VOC)
_URI = uri()
IDENT = uri(512, expected="an identifier in the form of a URI")
_DISPOSITION = word(DISPOSITIONS, or_uri=OWN)
_OFFSET = pattern(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)", "an offset such as +05:00")


def mass_unit(code: Value) -> Unit | None:
    """The unit of mass of that Recommendation 20 code; None for any other code or spelling.

    DMT and WMT are usage of the concentrate trade here, but DMT is a decimetre there.
    """
    if not isinstance(code, str) or code in {"DMT", "WMT"}:
        return None
    try:
        known = unit(code)
    except UnknownUnit:
        return None
    return known if known.dimension == "mass" and known.code == code else None


QUANTITY = record(
    {
        "epcClass": IDENT,
        "quantity": number,
        "uom": pattern("[A-Z0-9]{2,3}", "a unit code such as KGM (UN/CEFACT Rec 20)"),
    },
    required=("epcClass",),
)


def _quantity(value: Value) -> Faults | None:
    faults = QUANTITY(value)
    if faults or not isinstance(value, dict):
        return faults
    amount = value.get("quantity")
    if not isinstance(amount, Number):
        return None
    figure = decimal(amount.text)
    if figure is None:
        expected = "a number of at most 30 digits before and after the point"
        return [Fault("/quantity", "not-a-number", expected, amount)]
    if figure < 0 and mass_unit(value.get("uom")):
        return [Fault("/quantity", "negative-mass", "a mass of zero or more", amount)]
    return None


CONTEXT = either(
    _URI,
    record({}, extra="any"),
    listing(either(_URI, record({}, extra="any"), expected="a URI or an object"), distinct=True),
    expected="a URI, an object, or a list of them, none twice",
)
ERROR = record(
    {
        "declarationTime": time,
        "reason": word(REASONS, or_uri=OWN),
        "correctiveEventIDs": listing(IDENT),
    },
    required=("declarationTime",),
    extra="uri",
)
EVENT: dict[str, Check] = {
    "@context": CONTEXT,
    "type": text,
    "eventTime": time,
    "recordTime": time,
    "eventTimeZoneOffset": _OFFSET,
    "eventID": IDENT,
    "certificationInfo": either(_URI, listing(_URI), expected="a URI or a list of URIs"),
    "errorDeclaration": ERROR,
}
_POINT = record({"id": IDENT}, required=("id",), extra="any")
METADATA: dict[str, Check] = {
    "time": time,
    "deviceID": _URI,
    "deviceMetadata": _URI,
    "rawData": _URI,
    "startTime": time,
    "endTime": time,
    "dataProcessingMethod": _URI,
    "bizRules": _URI,
}
REPORT: dict[str, Check] = {
    "type": word(MEASURES, or_uri=_OWN_MEASURE),
    "exception": word(ALERTS, or_uri=_OWN_MEASURE),
    "component": word(COMPONENTS, or_uri=OWN),
    "time": time,
    "stringValue": text,
    "booleanValue": boolean,
    "hexBinaryValue": pattern("[A-Fa-f0-9]+", "hexadecimal digits"),
    "uom": text,
    **dict.fromkeys(REPORT_URIS, _URI),
    **dict.fromkeys(REPORT_NUMBERS, number),
}
_SENSOR: dict[str, Check] = {
    "sensorMetadata": record(METADATA, extra="uri"),
    "sensorReport": listing(record(REPORT, required=("type",), extra="uri"), least=1),
}
_WHERE: dict[str, Check] = {
    "bizStep": word(BIZ_STEPS, or_uri=OWN),
    "disposition": _DISPOSITION,
    "readPoint": _POINT,
    "bizLocation": _POINT,
    "bizTransactionList": listing(
        record(
            {"type": word(TRANSACTIONS, or_uri=OWN), "bizTransaction": _URI},
            required=("bizTransaction",),
        )
    ),
    "sourceList": listing(
        record({"type": word(PARTIES, or_uri=OWN), "source": _URI}, required=("type", "source"))
    ),
    "destinationList": listing(
        record(
            {"type": word(PARTIES, or_uri=OWN), "destination": _URI},
            required=("type", "destination"),
        )
    ),
    "sensorElementList": listing(record(_SENSOR, required=("sensorReport",), extra="uri")),
}
_ACTION = {"action": word(("ADD", "OBSERVE", "DELETE"))}
_ILMD = {"ilmd": record({}, extra="uri")}


def _persistent(value: Value) -> Faults | None:
    states = listing(_DISPOSITION, least=1, distinct=True)
    faults = record({"set": states, "unset": states})(value)
    if not faults and isinstance(value, dict) and not value:
        return [Fault("/set", "missing-member", "the member set or unset", None)]
    return faults


_PERSISTENT: dict[str, Check] = {"persistentDisposition": _persistent}
_EPCS = listing(IDENT, distinct=True)
_IDS = listing(IDENT)
_QUANTITIES = listing(_quantity)
_CHILDREN: dict[str, Check] = {
    "parentID": IDENT,
    "childEPCs": _IDS,
    "childQuantityList": _QUANTITIES,
}
_TIMES = ("type", "eventTime", "eventTimeZoneOffset")

MEMBERS: dict[str, dict[str, Check]] = {
    "ObjectEvent": {
        **EVENT,
        **_ACTION,
        **_WHERE,
        **_PERSISTENT,
        **_ILMD,
        "epcList": _EPCS,
        "quantityList": _QUANTITIES,
    },
    "AggregationEvent": {**EVENT, **_ACTION, **_WHERE, **_PERSISTENT, **_CHILDREN},
    "TransactionEvent": {
        **EVENT,
        **_ACTION,
        **_WHERE,
        **_PERSISTENT,
        "parentID": IDENT,
        "epcList": _IDS,
        "quantityList": _QUANTITIES,
    },
    "TransformationEvent": {
        **EVENT,
        **_WHERE,
        **_PERSISTENT,
        **_ILMD,
        "inputEPCList": _EPCS,
        "inputQuantityList": _QUANTITIES,
        "outputEPCList": _EPCS,
        "outputQuantityList": _QUANTITIES,
        "transformationID": _URI,
    },
    "AssociationEvent": {**EVENT, **_ACTION, **_WHERE, **_PERSISTENT, **_CHILDREN},
}
REQUIRED = {
    "ObjectEvent": (*_TIMES, "action"),
    "AggregationEvent": (*_TIMES, "action"),
    "TransactionEvent": (*_TIMES, "action", "bizTransactionList"),
    "TransformationEvent": _TIMES,
    "AssociationEvent": (*_TIMES, "action", "parentID"),
}
_SHAPES = {
    name: record(members, required=REQUIRED[name], extra="uri") for name, members in MEMBERS.items()
}
_EXTENDED = record(EVENT, required=_TIMES, extra="any")


def event_faults(event: Value) -> Faults | None:
    """The faults of one event, by pointers relative to it; None when there are none.

    An event of a type that is not EPCIS's own must name it by a URI; of its members only those
    every event has are checked.
    Source: EPCIS 2.0, 7.4 and 10; GS1 EPCIS-JSON-Schema, 2023-05-16.
    """
    if not isinstance(event, dict):
        return [Fault("", "wrong-type", "an event, which is an object", event)]
    name = event.get("type")
    if name is None and "type" not in event:
        return [Fault("/type", "missing-member", "the type of the event", None)]
    if not isinstance(name, str) or (name not in _SHAPES and not is_uri(name)):
        expected = f"one of {', '.join(_SHAPES)} or a URI of your own"
        return [Fault("/type", "unknown-word", expected, name)]
    if name not in _SHAPES:
        return _EXTENDED(event)
    faults = _SHAPES[name](event) or []
    faults += lacks(name, event)
    return faults or None


def _filled(event: Object, *names: str) -> bool:
    return any(event.get(name) for name in names)


def _missing(names: str) -> Faults:
    at = "/" + names.split(" ", maxsplit=1)[0]
    return [Fault(at, "missing-member", f"at least one item in {names}", None)]


def lacks(name: str, event: Object) -> Faults:
    """The faults that only several members together show."""
    action = event.get("action") if isinstance(event.get("action"), str) else None
    match name:
        case "ObjectEvent":
            faults: Faults = []
            sensed = _filled(event, "sensorElementList") and "readPoint" in event
            if "epcList" not in event and not _filled(event, "quantityList") and not sensed:
                expected = "epcList, quantityList, or sensorElementList with readPoint"
                faults.append(Fault("/epcList", "missing-member", expected, None))
            if "ilmd" in event and action in {"OBSERVE", "DELETE"}:
                expected = "lot data (ilmd) with the action ADD alone"
                faults.append(Fault("/ilmd", "not-allowed-here", expected, f"action {action}"))
            return faults
        case "TransactionEvent":
            if event.get("bizTransactionList") == []:
                return _missing("bizTransactionList")
            if "epcList" in event or _filled(event, "quantityList") or action == "DELETE":
                return []
            return _missing("epcList or quantityList")
        case "TransformationEvent":
            came = _filled(event, "inputEPCList", "inputQuantityList")
            went = _filled(event, "outputEPCList", "outputQuantityList")
            if (came and went) or ("transformationID" in event and (came or went)):
                return []
            missing = "outputEPCList or outputQuantityList"
            return _missing(missing if came else "inputEPCList or inputQuantityList")
        case _:
            if _filled(event, "childEPCs", "childQuantityList") or action == "DELETE":
                return []
            return _missing("childEPCs or childQuantityList")
