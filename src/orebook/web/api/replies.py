"""Replies that both doors give: plain data, problems with their types, settings as headers."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

import orjson

from orebook.acts.jobs import Mode, validation
from orebook.acts.uploads import WrongOffset
from orebook.book.errors import StoreFailed
from orebook.model.problem import OrebookError, SenderError
from orebook.web.api.call import (
    JSON,
    LD_JSON,
    XML,
    Call,
    Conflict,
    NoSuchMethod,
    NotAcceptable,
    Reply,
    accepted,
)
from orebook.web.limits import TooMany
from orebook.web.problems import PROBLEM_JSON, problem

# What the keeper's disk, and no fault of the program, refuses.
_REFUSED = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
_LOG = logging.getLogger("orebook.web")
PROBLEM_XML = "application/problem+xml"
_PROBLEM_SPACE = "urn:ietf:rfc:7807"
BEHAVIOURS = ("rollback", "proceed")
# What went wrong → status and EPCIS type. Source: openapi.json, components/responses.
EPCIS = {
    "not-found": (404, "NoSuchResourceException"),
    "bad-question": (400, "QueryParameterException"),
    "bad-query": (400, "QueryValidationException"),
    "query-too-large": (413, "QueryTooLargeException"),
    "query-too-complex": (413, "QueryTooComplexException"),
    "bad-document": (400, "ValidationException"),
    "too-large": (413, "CaptureLimitExceededException"),
    "wrong-offset": (409, "ValidationException"),
    "already-there": (409, "ResourceAlreadyExistsException"),
    "idempotency-key-reused": (422, "ValidationException"),
    "unauthorized": (401, "SecurityException"),
    "forbidden": (403, "SecurityException"),
    "not-acceptable": (406, "NotAcceptableException"),
    "unsupported-media-type": (415, "UnsupportedMediaTypeException"),
    "uri-too-long": (414, "URITooLongException"),
    "method-not-allowed": (405, "ImplementationException"),
    "too-many-requests": (429, "ImplementationException"),
    "too-many-uploads": (429, "ImplementationException"),
    "not-implemented": (501, "ImplementationException"),
    "busy": (503, "ImplementationException"),
}
_BRANCH = {
    "sender": (400, "ValidationException"),
    "reader": (400, "QueryParameterException"),
    "keeper": (500, "ImplementationException"),
    "tampering": (500, "ImplementationException"),
}


def plain(call: Call, value: object) -> Reply:
    """Plain data as JSON."""
    media = accepted(call.header("accept"), (JSON, LD_JSON))
    return Reply(200, orjson.dumps(value, option=orjson.OPT_INDENT_2), media)


def paged(reply: Reply, call: Call, follows: str) -> Reply:
    """The reply with the address of the page that follows, if one does. Source: RFC 8288."""
    if not follows:
        return reply
    kept = [(n, v) for n, v in call.question if n != "nextPageToken"]
    address = f"{call.base}{call.path}?{urlencode([*kept, ('nextPageToken', follows)])}"
    headers = {**reply.headers, "Link": f'<{address}>; rel="next"'}
    return Reply(reply.status, reply.data, reply.media, headers)


def behaviour(call: Call) -> Mode:
    """Whether a fault refuses the whole document or its own row. Refuses: SenderError."""
    given = call.header("gs1-capture-error-behaviour") or call.header(
        "gs1-epcis-capture-error-behaviour"
    )
    text = given or "rollback"
    if text not in BEHAVIOURS:
        message = f"GS1-Capture-Error-Behaviour: expected rollback or proceed, found {text[:40]!r}"
        raise SenderError(message)
    return cast("Mode", text)


def fault(error: Exception, path: str, *, epcis: bool, accept: str = "") -> Reply:
    """A fault as an RFC 9457 body; what went wrong inside goes to the log alone.

    Below EPCIS it is XML for a caller who takes XML alone (openapi.json: application/problem+xml).
    """
    if isinstance(error, OSError) and error.errno in _REFUSED:
        _LOG.error("the disk refused what a call needs: %s", error.strerror)
        error = StoreFailed(f"the disk: {error.strerror}")
    elif not isinstance(error, OrebookError):
        _LOG.error("a call could not be answered", exc_info=error)
    told = problem(error, path)
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if isinstance(error, OrebookError):
        status, kind = EPCIS.get(error.code) or _BRANCH[error.move]
        if epcis:
            told["type"] = f"epcisException:{kind}"
            if error.problems and error.move == "sender":
                told["errors"] = [validation(p) for p in error.problems[:1000]]
        elif error.code not in EPCIS or error.move in {"keeper", "tampering"}:
            status = int(str(told["status"]))
        told |= {"status": status, "title": HTTPStatus(status).phrase}
    elif epcis:
        told["type"] = "epcisException:ImplementationException"
    headers |= _headers(error)
    status = int(str(told["status"]))
    if epcis and _wants_xml(accept):
        return Reply(status, problem_xml(told), PROBLEM_XML, headers)
    data = orjson.dumps(told, option=orjson.OPT_INDENT_2)
    return Reply(status, data, PROBLEM_JSON, headers)


def _wants_xml(accept: str) -> bool:
    """Whether XML is asked for and JSON is not, or less."""
    offered = (PROBLEM_JSON, JSON, PROBLEM_XML, *XML)
    try:
        return accepted(accept, offered) in {PROBLEM_XML, *XML}
    except NotAcceptable:
        return False


def problem_xml(told: Mapping[str, object]) -> bytes:
    """The same members in XML. Source: RFC 9457, appendix B; an item of a list is an `i`."""
    from lxml import etree

    root = etree.Element(f"{{{_PROBLEM_SPACE}}}problem", nsmap=cast("Any", {None: _PROBLEM_SPACE}))
    _put(root, told)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _put(parent: Any, value: object) -> None:
    from lxml import etree

    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [("i", one) for one in value]
    else:
        text = "" if value is None else str(value)
        parent.text = "".join(
            c if (c >= " " or c in "\t\n") and c not in "\ufffe\uffff" else "\ufffd" for c in text
        )
        return
    for name, one in pairs:
        _put(etree.SubElement(parent, f"{{{_PROBLEM_SPACE}}}{name}"), one)


def _headers(error: Exception) -> Mapping[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, WrongOffset):
        return {"Upload-Offset": str(error.offset), "Upload-Complete": "?0"}
    if isinstance(error, NoSuchMethod):
        return {"Allow": error.allow}
    if isinstance(error, Conflict) and error.location:
        return {"Location": error.location}
    if isinstance(error, OrebookError) and error.code == "unauthorized":
        return {"WWW-Authenticate": 'Bearer realm="orebook"'}
    if isinstance(error, OrebookError) and error.code == "busy":
        return {"Retry-After": "1"}
    return {}
