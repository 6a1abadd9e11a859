"""The members around the events of an EPCIS document, as tables, and where the events stand."""

from __future__ import annotations

from orebook.exchange.epcis_check import CONTEXT
from orebook.exchange.json_check import (
    Check,
    anything,
    either,
    listing,
    number,
    pattern,
    record,
    text,
    time,
    uri,
    word,
)
from orebook.exchange.json_text import Object, Value

_URI = uri()
_ATTRIBUTE = record(
    {
        "id": _URI,
        "attribute": either(
            number, text, record({}, extra="any"), expected="a number, text or an object"
        ),
    },
    required=("id",),
    extra="any",
)
_ELEMENT = record(
    {"id": _URI, "attributes": listing(_ATTRIBUTE), "children": listing(_URI)},
    required=("id",),
    extra="any",
)
_VOCABULARIES = listing(
    record(
        {"type": _URI, "vocabularyElementList": listing(_ELEMENT)}, required=("type",), extra="any"
    )
)
_HEADER = record(
    {"epcisMasterData": record({"vocabularyList": _VOCABULARIES}, extra="any")}, extra="uri"
)
_EVENTS = listing(anything)  # each event is checked by itself, so that the good ones survive
_VERSION = pattern(r"[0-9]+(?:\.[0-9]+)*", "a version such as 2.0")
_COMMON: dict[str, Check] = {
    "@context": CONTEXT,
    "id": _URI,
    "schemaVersion": _VERSION,
    "creationDate": time,
}
_TEXTS = dict.fromkeys(("instanceIdentifier", "sender", "receiver"), text)
_RESULTS = record(
    {"eventList": _EVENTS, "vocabularyList": _VOCABULARIES}, required=("eventList",), extra="uri"
)
_QUERY_RESULTS = record(
    {"queryName": text, "subscriptionID": text, "resultsBody": _RESULTS},
    required=("queryName", "resultsBody"),
    extra="uri",
)

DOCUMENT = record(
    {
        **_COMMON,
        **_TEXTS,
        "type": word(("EPCISDocument",)),
        "epcisHeader": _HEADER,
        "epcisBody": record({"eventList": _EVENTS}, required=("eventList",), extra="any"),
    },
    required=("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
    extra="uri",
)
QUERY = record(
    {
        **_COMMON,
        "type": word(("EPCISQueryDocument",)),
        "epcisBody": record(
            {"queryResults": _QUERY_RESULTS}, required=("queryResults",), extra="uri"
        ),
    },
    required=("@context", "type", "epcisBody"),
    extra="uri",
)


def event_list_at(kind: str) -> str:
    """The pointer to the events of a document of that type."""
    if kind == "EPCISQueryDocument":
        return "/epcisBody/queryResults/resultsBody/eventList"
    return "/epcisBody/eventList"


def skeleton(document: Object, at: str) -> tuple[Object, list[Value]]:
    """The document with its list of events empty, and the events."""
    first, *rest = at.split("/")[1:]
    around = dict(document)
    here = around
    for step in (first, *rest[:-1]):
        inner = here[step]
        here[step] = inner = dict(inner) if isinstance(inner, dict) else inner
        here = inner  # type: ignore[assignment]  # the document has been checked
    events = here[rest[-1]]
    here[rest[-1]] = []
    return around, events if isinstance(events, list) else []
