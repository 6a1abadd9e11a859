"""The operations of our own door, one table."""

from __future__ import annotations

from orebook.web.addresses import KINDS
from orebook.web.api.call import JSON, Limits
from orebook.web.api.epcis_table import AS_OF, KEY, MODE, PAGE
from orebook.web.api.operation import MEMBER, Operation, Param

BASE = "/api"
# Kinds of things that are addressed by an identifier, by the room they have in the portal too.
ROOMS = {room: kind for room, kind in KINDS.items() if kind != "entry"} | {"assays": "assay"}
# What goes out as a credential, by its room.
CREDENTIALS = {
    "lots": "a product passport",
    "events": "a traceability event",
    "facilities": "a facility record",
    "assays": "a certificate of analysis",
    "claims": "a finding of conformity",
    "parties": "an identity anchor of a party with a key",
}
JWT, VC = "application/vc+jwt", "application/vc"
_PROBLEM = ("", "Problem", ("application/problem+json",))
Gives = dict[int, tuple[str, str, tuple[str, ...]]]


def operations(limits: Limits) -> tuple[Operation, ...]:
    """Every operation of the door."""
    return (
        Operation(
            *("GET", "/openapi.json", "openapi", "This document", "openapi.served"),
            _gives("the document", "any"),
            kept=True,
            tag="Book",
        ),
        Operation(
            *("GET", "/", "resources", "What stands below this door", "resources.index"),
            _gives("the resources", "Resources"),
            params=AS_OF,
            kept=True,
            tag="Book",
        ),
        Operation(
            *("GET", "/entries", "entries", "Entries in the order of the log", "resources.entries"),
            _gives("a page of entries", "Entries"),
            params=(Param("kind", "entries of that kind alone"), *PAGE, *AS_OF),
            kept=True,
            tag="Book",
        ),
        Operation(
            *("GET", "/entries/{reference}", "entry", "One entry with its proof"),
            "resources.one_entry",
            _gives("the entry", "EntryWithProof", 404),
            params=AS_OF,
            kept=True,
            tag="Book",
        ),
        *(operation for room in ROOMS for operation in _room(room)),
        *_findings(),
        Operation(
            *("GET", "/bulk", "bulk", "All that the reader may see, JSON Lines, compressed"),
            "resources.bulk",
            {**_gives("the book", ""), 200: ("the book", "binary", ("application/octet-stream",))},
            params=AS_OF,
            kept=True,
            tag="Book",
        ),
        *_credentials(),
        *_documents(limits),
        *_uploads(limits),
        *_office(),
    )


_OF = Param("of", "the lot, mine, plant or (of a recall) assay that is asked about")
_ELEMENT = Param("element", "this element alone")
_STAGE = Param("stage", "who it passed at this stage")
_MODEL = Param("model", "the custody model to read every event under; recorded if left out")


def _origins() -> tuple[Operation, ...]:
    """Where lots came from and where they went."""
    by = Param("by", "source, mine, country, facility or owner; all if left out", many=True)
    method = Param("method", "proportional, fifo, lifo or poison")
    lots = Param("lot", "a lot that is asked about", many=True)
    sets = ("source", "mine", "country", "facility", "owner")
    named = tuple(Param(name, f"a {name} of the set", many=True) for name in sets)
    asked = {
        "origin": (
            "Where did lots come from?",
            "Origins",
            (lots, by, _STAGE, _ELEMENT, method, _MODEL),
        ),
        "reach": ("Where did it go?", "Reaches", (_OF, _ELEMENT, _MODEL)),
        "exposure": (
            "What of each lot came from a set?",
            "Exposures",
            (*named, _STAGE, _ELEMENT, _MODEL),
        ),
        "recall": ("What is affected if it is wrong?", "Recalls", (_OF, _MODEL)),
    }
    return tuple(
        _finding(name, summary, f"findings.{name}", _gives("answers", shape, 404), *params)
        for name, (summary, shape, params) in asked.items()
    )


def _finding(name: str, asks: str, handler: str, gives: Gives, *params: Param) -> Operation:
    """A question that is answered from a head, which may be named."""
    return Operation(
        *("GET", f"/findings/{name}", name, asks, handler),
        gives,
        params=(*params, *AS_OF),
        kept=True,
        tag="Findings",
    )


def _dated() -> tuple[Operation, ...]:
    return (
        _finding(
            "reliance",
            "How concentrated is a stage?",
            "standings.reliance",
            _gives("how it stands", "Standing", 404),
            Param("mineral", "which mineral, as the statistics call it"),
            Param("stage", "which stage: mine, refinery, smelter"),
            Param("source", "whose statistics, where several speak of it"),
            Param("year", "which year; the latest if left out"),
            Param("bloc", "a party to count with others as one (ISO alpha-3)", many=True),
        ),
        _finding(
            "rules",
            "Which dated rules does a lot meet?",
            "findings.rules",
            _gives("verdicts", "Verdicts", 404),
            Param("lot", "the lot that is asked about"),
            Param("pack", "a pack that comes with the program; all if left out", many=True),
            Param("branch", "also under this branch of the law, * for all", many=True),
            Param("law", "the day whose law is asked of; today if left out"),
        ),
    )


def _findings() -> tuple[Operation, ...]:
    return (
        _finding(
            "balance",
            "Does it add up?",
            "resources.balance_findings",
            _gives("findings", "Findings", 404),
            Param("lot", "the events around this lot"),
            Param("event", "this event"),
            Param("assume", "a named assumption, such as as-written", many=True),
        ),
        _finding(
            "network",
            "Does a lot's chain, a site, a period or all add up?",
            "resources.network_findings",
            _gives(
                "one finding, with the whole answer as its member network", "NetworkFindings", 404
            ),
            Param("lot", "every event joined with this lot"),
            Param("site", "the events of this facility"),
            Param("period", "the events of a year, a month or a day"),
            Param("used_up", "1: suppose that lots went into events whole"),
            Param("assume", "a named assumption, such as as-written", many=True),
            Param("price", "a dated price, such as Cu=9800 USD/t 2025-10-01", many=True),
        ),
        _finding(
            "coherence",
            "What cannot all be true?",
            "resources.coherence_findings",
            _gives("findings", "Findings", 404),
            Param("lot", "around this lot"),
            Param("event", "around this event"),
        ),
        *_dated(),
        *_origins(),
    )


def _room(room: str) -> tuple[Operation, ...]:
    return (
        Operation(
            *("GET", f"/{room}", room, f"The {room}, the latest statement of each"),
            "resources.things",
            _gives("a page of statements", "Statements"),
            params=(*PAGE, *AS_OF),
            kept=True,
            tag="Things",
            about=room,
        ),
        Operation(
            *("GET", f"/{room}/{{id}}", f"{room}One", f"Every statement of one of the {room}"),
            "resources.thing",
            _gives("its statements", "Statements", 404),
            params=AS_OF,
            kept=True,
            tag="Things",
            about=room,
        ),
    )


def _credentials() -> tuple[Operation, ...]:
    """What the book states as UNTP credentials. Source: UNTP 0.7.0; Bitstring Status List 1.0."""
    faults: Gives = dict.fromkeys((400, 404, 406, 414, 429, 500), _PROBLEM)
    signed = {**faults, 200: ("the credential, signed by the keeper", "text", (JWT, VC))}
    one = tuple(
        Operation(
            *("GET", f"/credentials/{room}/{{id}}", f"{room}Credential"),
            f"One of the {room} as a signed UNTP credential: {title}",
            "credentials.credential",
            signed,
            tag="Credentials",
            about=ROOMS[room],
        )
        for room, title in CREDENTIALS.items()
    )
    verdict = Operation(
        *("GET", "/credentials/verdicts/{id}/{pack}", "verdictCredential"),
        "What dated rules say of a lot, as a signed conformity credential",
        "credentials.verdict",
        signed,
        tag="Credentials",
        about="lots",
    )
    listed = {**faults, 200: ("the list, signed by the keeper", "text", (JWT,))}
    still = Operation(
        *("GET", "/credentials/verdicts/{id}/{pack}/{law}/{state}", "verdictStates"),
        "Whether a verdict that was issued still comes out, as a Bitstring Status List",
        *("credentials.verdict_listed", listed),
        tag="Credentials",
        about="lots",
    )
    states = Operation(
        *("GET", "/credentials/status/{list}", "credentialStates"),
        "Which credentials were replaced or withdrawn since, as a Bitstring Status List",
        *("credentials.listed", listed),
        tag="Credentials",
    )
    return (*one, verdict, still, states)


def _documents(limits: Limits) -> tuple[Operation, ...]:
    taken: Gives = {202: ("taken; Location names its job", "", ())}
    faults: Gives = dict.fromkeys(
        (400, 401, 403, 404, 409, 413, 414, 415, 422, 429, 500, 503), _PROBLEM
    )
    return (
        Operation(
            *("POST", "/documents", "sendDocument", "Capture a document of any format"),
            "resources.post_document",
            taken | faults,
            params=(
                Param("name", "its file name"),
                Param("format", "the name of its format, where it cannot be told"),
                MODE,
                KEY,
            ),
            takes={"application/octet-stream": "binary", JSON: "any"},
            needs="write",
            size_max=limits.document_bytes,
            tag="Capture",
        ),
        Operation(
            *("GET", "/jobs", "jobs", "Capture jobs", "resources.list_jobs"),
            {**_gives("a page of jobs", "CaptureJobs", 401), 403: _PROBLEM},
            params=PAGE,
            needs=MEMBER,
            tag="Capture",
        ),
        Operation(
            *("GET", "/jobs/{captureID}", "job", "A capture job", "resources.one_job"),
            {**_gives("how it stands", "CaptureJob", 401), 403: _PROBLEM, 404: _PROBLEM},
            needs=MEMBER,
            tag="Capture",
        ),
    )


def _uploads(limits: Limits) -> tuple[Operation, ...]:
    """Documents in parts. Source: IETF draft-ietf-httpbis-resumable-upload."""
    faults: Gives = dict.fromkeys((400, 401, 403, 404, 409, 413, 414, 415, 429, 500, 503), _PROBLEM)
    taken: Gives = {202: ("whole; Location names its job", "", ())}
    complete = Param(
        "Upload-Complete",
        "?1 with the last part, else ?0",
        {"type": "string", "enum": ["?0", "?1"]},
        "header",
    )
    offset = Param(
        "Upload-Offset", "where this part begins", {"type": "integer", "minimum": 0}, "header"
    )
    # The draft's own application/partial-upload is taken too; client generators know only octets.
    at, part = "/uploads/{uploadID}", {"application/octet-stream": "binary"}
    return (
        Operation(
            *("GET", "/uploads", "uploads", "Your uploads under way", "uploads.going"),
            {**_gives("uploads", "[UploadUnderWay]", 401), 403: _PROBLEM},
            needs="write",
            tag="Capture",
        ),
        Operation(
            *("POST", "/uploads", "beginUpload", "Begin a document in parts", "uploads.begin"),
            {201: ("begun; Location", "", ()), **taken, **faults},
            params=(
                Param("name", "its file name"),
                Param("format", "the name of its format, where it cannot be told"),
                MODE,
                complete,
            ),
            takes=part,
            needs="write",
            size_max=limits.document_bytes,
            tag="Capture",
        ),
        Operation(
            *("GET", at, "upload", "How much of an upload has come", "uploads.stand"),
            {**_gives("how it stands", "Upload", 401), 403: _PROBLEM, 404: _PROBLEM},
            needs="write",
            tag="Capture",
        ),
        Operation(
            *("PATCH", at, "sendPart", "Put a part behind what has come", "uploads.append"),
            {204: ("taken", "", ()), **taken, **faults},
            params=(offset, complete),
            takes=part,
            needs="write",
            size_max=limits.document_bytes,
            resumes=True,
            tag="Capture",
        ),
        Operation(
            *("DELETE", at, "dropUpload", "Let go of an upload", "uploads.drop"),
            {204: ("gone", "", ()), **faults},
            needs="write",
            tag="Capture",
        ),
    )


def _office() -> tuple[Operation, ...]:
    faults: Gives = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 429, 500, 503), _PROBLEM)
    return (
        Operation(
            *("GET", "/members", "members", "Members and their roles", "office.list_members"),
            {**_gives("members", "[Member]", 401), 403: _PROBLEM},
            needs="manage",
            tag="Members",
        ),
        Operation(
            *("GET", "/tokens", "tokens", "Their tokens, never a secret", "office.list_tokens"),
            {**_gives("tokens", "[Token]", 401), 403: _PROBLEM},
            needs="manage",
            tag="Members",
        ),
        Operation(
            *("POST", "/tokens", "newToken", "A token for a member, shown once"),
            "office.new_token",
            {201: ("the token", "NewToken", (JSON,)), **faults},
            takes={JSON: "TokenAsked"},
            needs="manage",
            size_max=16 * 1024,
            tag="Members",
        ),
        Operation(
            *("DELETE", "/tokens/{tokenID}", "revokeToken", "End a token for good"),
            "office.revoke",
            {204: ("ended", "", ()), **faults},
            needs="manage",
            tag="Members",
        ),
    )


def _gives(meaning: str, schema: str, *more: int) -> Gives:
    own: Gives = {200: (meaning, schema, (JSON,))}
    return own | dict.fromkeys(sorted({400, 404, 406, 414, 429, 500, *more}), _PROBLEM)
