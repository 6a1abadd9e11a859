"""The operations of the EPCIS door, one table. Source: openapi.json of EPCIS 2.0, 16 May 2023."""

from __future__ import annotations

from orebook.exchange.epcis_filters import TABLE
from orebook.web.api.call import JSON, LD_JSON, XML, Limits
from orebook.web.api.epcis_headers import ASKS, CBV_FORM, EPC_FORM, SENDS
from orebook.web.api.operation import MEMBER, Operation, Param

BASE = "/epcis"
_JSON = (JSON, LD_JSON)
_PROBLEMS = ("application/problem+json", "application/problem+xml")
_WHOLE: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": 1000}
PAGE = (
    Param("perPage", "how many a page holds at most (30)", _WHOLE),
    Param("nextPageToken", "the token of the page before, from its Link header"),
)
AS_OF = (
    Param("head", "answer at the head of that many entries", {"type": "integer", "minimum": 1}),
    Param("on", "answer as the book stood on that day", {"type": "string", "format": "date"}),
)
_PREFIXES = Param("GS1-Extensions", "what prefixes mean: ex=https://ns.example/", place="header")
MODE = Param(
    "GS1-Capture-Error-Behaviour",
    "rollback (nothing of a document with a fault) or proceed (its good events)",
    {"type": "string", "enum": ["rollback", "proceed"]},
    "header",
)
KEY = Param(
    "Idempotency-Key",
    "the same document under the same key is taken once",
    {"type": "string", "maxLength": 255},
    "header",
)
_PLAIN = (*ASKS, _PREFIXES)
_READS = (*_PLAIN, EPC_FORM, CBV_FORM)
_CONTROLS = (
    Param("orderBy", "eventTime, recordTime or an extension"),
    Param("orderDirection", "", {"type": "string", "enum": ["ASC", "DESC"]}),
    Param("eventCountLimit", "the first so many, in order", {"type": "integer", "minimum": 1}),
    Param("maxEventCount", "refuse where more fit", {"type": "integer", "minimum": 1}),
)

PARTS = {
    "eventTypes": "eventType",
    "epcs": "epc",
    "bizSteps": "bizStep",
    "bizLocations": "bizLocation",
    "readPoints": "readPoint",
    "dispositions": "disposition",
}
FORMS_OF = dict.fromkeys(("epcs", "bizLocations", "readPoints"), (EPC_FORM,)) | dict.fromkeys(
    ("bizSteps", "dispositions"), (CBV_FORM,)
)
# What would make a subscription of a named query; none is built.
STANDING = (
    *("reportIfEmpty", "initialRecordTime", "second", "minute", "hour", "dayOfMonth", "month"),
    *("dayOfWeek", "stream"),
)
# Names with fixed spelling, for the OpenAPI document; the table of parameters reads many more.
FIXED = (
    *("eventType", "GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime"),
    *("EQ_action", "EQ_bizStep", "EQ_disposition"),
    *("EQ_persistentDisposition_set", "EQ_persistentDisposition_unset"),
    *("EQ_readPoint", "WD_readPoint", "EQ_bizLocation", "WD_bizLocation", "EQ_transformationID"),
    *("MATCH_epc", "MATCH_parentID", "MATCH_inputEPC", "MATCH_outputEPC", "MATCH_anyEPC"),
    *("MATCH_epcClass", "MATCH_inputEPCClass", "MATCH_outputEPCClass", "MATCH_anyEPCClass"),
    *("EQ_quantity", "GT_quantity", "GE_quantity", "LT_quantity", "LE_quantity"),
    *("EQ_eventID", "EXISTS_errorDeclaration", "GE_errorDeclarationTime"),
    *("LT_errorDeclarationTime", "EQ_errorReason", "EQ_correctiveEventID"),
    *("EXISTS_sensorElementList", "GE_time", "LT_time"),
    *("GE_startTime", "LT_startTime", "GE_endTime", "LT_endTime", "EQ_type", "EQ_deviceID"),
    *("EQ_dataProcessingMethod", "EQ_microorganism", "EQ_chemicalSubstance", "EQ_bizRules"),
    *("EQ_stringValue", "EQ_hexBinaryValue", "EQ_uriValue", "EQ_booleanValue"),
    *("GE_percRank", "GT_percRank", "LT_percRank", "LE_percRank"),
)
_SCHEMAS: dict[str, dict[str, object]] = {
    "time": {"type": "string", "format": "date-time"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
}
SENT = (400, 401, 403, 409, 413, 415, 422, 503)
Gives = dict[int, tuple[str, str, tuple[str, ...]]]


def operations(limits: Limits) -> tuple[Operation, ...]:
    """Every operation of the door."""
    return (
        Operation(
            *("GET", "/", "epcis", "The resources of this door", "epcis_query.top"),
            _gives(200, "the resources", "Collection", more=(400,)),
            params=_PLAIN,
            tag="EPCIS query",
        ),
        *_capture(limits),
        *_events(limits),
        *(operation for name in PARTS for operation in _browsable(name)),
        *_queries(limits),
    )


def _capture(limits: Limits) -> tuple[Operation, ...]:
    sent = dict.fromkeys(_JSON, "Document") | dict.fromkeys(XML, "text")
    tag = "EPCIS capture"
    return (
        Operation(
            *("POST", "/capture", "capture", "Capture a document", "epcis_capture.post_capture"),
            _gives(202, "taken; Location names its job", more=SENT),
            params=(MODE, KEY, *SENDS, _PREFIXES),
            takes=sent,
            needs="write",
            size_max=limits.document_bytes,
            tag=tag,
        ),
        Operation(
            *("GET", "/capture", "captureJobs", "Capture jobs", "epcis_capture.list_jobs"),
            _gives(200, "jobs", "[CaptureJob]", more=(400, 401, 403)),
            params=(*PAGE, *_PLAIN),
            needs=MEMBER,
            tag=tag,
        ),
        Operation(
            *(
                "GET",
                "/capture/{captureID}",
                "captureJob",
                "A capture job",
                "epcis_capture.one_job",
            ),
            _gives(200, "how it stands", "CaptureJob", more=(400, 401, 403, 404)),
            params=_PLAIN,
            needs=MEMBER,
            tag=tag,
        ),
        Operation(
            *("POST", "/events", "captureEvent", "Capture one event", "epcis_capture.post_event"),
            _gives(201, "captured; Location", more=SENT),
            params=(KEY, *SENDS, _PREFIXES),
            takes=dict.fromkeys(_JSON, "Event"),
            needs="write",
            size_max=limits.event_bytes,
            tag=tag,
        ),
    )


def _events(limits: Limits) -> tuple[Operation, ...]:
    del limits
    tag = "EPCIS query"
    return (
        Operation(
            *("GET", "/events", "events", "Events that fit", "epcis_query.find_events"),
            _gives(200, "events", "QueryDocument", more=(400, 413)),
            params=(*event_params(), *_CONTROLS, *PAGE, *AS_OF, *_READS),
            kept=True,
            any_parameter=True,
            tag=tag,
        ),
        Operation(
            *("GET", "/events/{eventID}", "event", "One event", "epcis_query.one_event"),
            _gives(200, "the event", "QueryDocument", more=(400, 404)),
            params=(*AS_OF, *_READS),
            kept=True,
            tag=tag,
        ),
        Operation(
            *("DELETE", "/nextPageToken/{token}", "dropToken", "Nothing is held for a token"),
            "epcis_query.drop_token",
            _gives(204, "nothing to release"),
            tag=tag,
        ),
    )


def _browsable(name: str) -> tuple[Operation, ...]:
    part = PARTS[name]
    at, tag = f"/{name}/{{{part}}}", "EPCIS query"
    return (
        Operation(
            *("GET", f"/{name}", name, f"The {name} in this book", "epcis_query.collection"),
            _gives(200, "members", "Collection", more=(400,)),
            params=(*PAGE, *AS_OF, *_PLAIN, *FORMS_OF.get(name, ())),
            kept=True,
            tag=tag,
            about=name,
        ),
        Operation(
            *("GET", at, f"{name}Member", "What stands below it", "epcis_query.member"),
            _gives(200, "events", "Collection", more=(400, 404)),
            params=(*PAGE, *AS_OF, *_PLAIN),
            kept=True,
            tag=tag,
            about=name,
        ),
        Operation(
            *("GET", f"{at}/events", f"{name}Events", "Events that name it"),
            "epcis_query.member_events",
            _gives(200, "events", "QueryDocument", more=(400, 404, 413)),
            params=(*event_params(), *_CONTROLS, *PAGE, *AS_OF, *_READS),
            kept=True,
            any_parameter=True,
            tag=tag,
            about=name,
        ),
    )


def _queries(limits: Limits) -> tuple[Operation, ...]:
    tag = "EPCIS named queries"
    below = "/queries/{queryName}"
    return (
        Operation(
            *("GET", "/queries", "queries", "Named queries", "epcis_query.list_queries"),
            _gives(200, "queries", "[NamedQuery]", more=(400,)),
            params=(*PAGE, *_PLAIN),
            tag=tag,
        ),
        Operation(
            *("POST", "/queries", "defineQuery", "Keep a question", "epcis_query.define_query"),
            _gives(201, "kept; Location", more=(400, 409, 413, 415)),
            params=(*SENDS, _PREFIXES),
            takes={JSON: "NamedQuery"},
            needs="read",
            size_max=limits.question_bytes * 4,
            tag=tag,
        ),
        Operation(
            *("GET", below, "query", "One named query", "epcis_query.one_query"),
            _gives(200, "the query", "NamedQuery", more=(400, 404)),
            params=_PLAIN,
            tag=tag,
        ),
        Operation(
            *("DELETE", below, "dropQuery", "Let go of a named query", "epcis_query.drop_query"),
            _gives(204, "gone", more=(401, 403, 404)),
            needs="read",
            tag=tag,
        ),
        Operation(
            *(
                "GET",
                f"{below}/events",
                "queryEvents",
                "Events that fit it",
                "epcis_query.query_events",
            ),
            _gives(200, "events", "QueryDocument", more=(400, 404, 413, 501)),
            params=(*PAGE, *AS_OF, *_READS, *(Param(name, "not built: 501") for name in STANDING)),
            tag=tag,
        ),
        *(
            Operation(
                *(
                    method,
                    f"{below}/subscriptions{tail}",
                    name,
                    "Not built yet",
                    "epcis_query.not_yet",
                ),
                _gives(501, "not built"),
                takes={JSON: "NamedQuery"} if method == "POST" else {},
                size_max=limits.question_bytes,
                any_parameter=True,
                tag=tag,
            )
            for method, tail, name in (
                ("GET", "", "subscriptions"),
                ("POST", "", "subscribe"),
                ("GET", "/{subscriptionID}", "subscription"),
                ("DELETE", "/{subscriptionID}", "unsubscribe"),
            )
        ),
    )


def event_params() -> tuple[Param, ...]:
    """The parameters of events whose names are fixed, each from the line of the table it fits."""
    found = []
    for name in FIXED:
        line = next(row for row in TABLE if row.pattern.fullmatch(name))
        schema = _SCHEMAS.get(line.kind)
        many = schema is None
        found.append(Param(name, line.meaning, schema or {"type": "string"}, many=many))
    return tuple(found)


def _gives(status: int, meaning: str, schema: str = "", more: tuple[int, ...] = ()) -> Gives:
    """What an operation gives: its own status, and the faults it may tell of."""
    xml = schema in {"QueryDocument", "CaptureJob"}
    media = (*_JSON, *XML) if xml else _JSON if schema else ()
    own: Gives = {status: (meaning, schema, media)} if status < 400 else {}
    any_call = {401, 403, 404, 406, 414, 429, 500}
    faults = sorted({*more, *any_call, *([status] if status >= 400 else [])})
    return own | dict.fromkeys(faults, ("", "Problem", _PROBLEMS))
