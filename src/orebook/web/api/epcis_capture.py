"""The EPCIS capture interface: documents as jobs, single events at once.

Source: EPCIS 2.0 (GS1, 2022) section 12; openapi.json of 16 May 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any, BinaryIO, cast
from urllib.parse import quote

import orjson

from orebook.acts.counted import too_many
from orebook.acts.jobs import Order
from orebook.acts.paging import per_page
from orebook.acts.see import View
from orebook.exchange.epcis_check import event_faults
from orebook.exchange.epcis_document import DOCUMENT, QUERY, event_list_at
from orebook.exchange.json_check import Fault
from orebook.exchange.json_stream import around
from orebook.exchange.json_text import Value, read
from orebook.exchange.registry import formats
from orebook.model.problem import Problem, SenderError, TooLarge
from orebook.web.api.call import JSON, LD_JSON, XML, Call, Conflict, Reply, Unsupported, accepted
from orebook.web.api.counter import Counter
from orebook.web.api.replies import behaviour, paged, plain

# A document as small as this is checked whole before its job is promised.
SMALL = 16 * 1024
LARGE = 4 * 1024**2
VAST = 64 * 1024**2
_KINDS = ("EPCISDocument", "EPCISQueryDocument")
_LISTS = [tuple(event_list_at(kind).split("/")[1:]) for kind in _KINDS]
_STEP = "Correct it and send the document again."


def post_capture(counter: Counter, call: Call) -> Reply:
    """Takes a document and answers with the job that captures it."""
    who = counter.require(call, "write")
    mode = behaviour(call)
    form = _format(call)
    body = _body(call)
    if form == "epcis-json":
        _sound(body, call.size, counter.limits.document_events)

    def act() -> Reply:
        name = f"capture.{'json' if form == 'epcis-json' else 'xml'}"
        job = counter.jobs.take(body, Order(name, who.organisation, mode, form))
        return Reply(202, b"", "", {"Location": f"{call.base}/capture/{job}"})

    return counter.once(call, act)


def list_jobs(counter: Counter, call: Call) -> Reply:
    """The capture jobs of the caller's organisation."""
    count, token = per_page(call.one("perPage")), call.one("nextPageToken")
    found = counter.jobs.listed(call.member(), token, count + 1)
    shown = found[:count]
    follows = str(shown[-1]["captureID"]) if len(found) > count else ""
    return paged(plain(call, shown), call, follows)


def one_job(counter: Counter, call: Call) -> Reply:
    """How a capture job stands."""
    job = counter.jobs.told(call.member(), call.parts["captureID"])
    media = accepted(call.header("accept"), (JSON, LD_JSON, *XML))
    if media in XML:
        from orebook.exchange.epcis_answer_xml import job_xml

        return Reply(200, job_xml(job), media)
    return plain(call, job)


def post_event(counter: Counter, call: Call) -> Reply:
    """Captures one event at once."""
    who = counter.require(call, "write")
    if _format(call) != "epcis-json":
        message = f"expected one event as {JSON} or {LD_JSON}, found {call.media}"
        raise Unsupported(message)
    body = _body(call)
    event = _event(read(body.read()))
    body.seek(0)

    def act() -> Reply:
        ident = str(event.get("eventID", ""))

        def look() -> None:
            if ident and "errorDeclaration" not in event:
                _refuse_twice(counter, call, ident)

        order = Order("event.json", who.organisation, "rollback", "epcis-json")
        done = counter.receive(body, order, ident, look)
        if done.problems:
            refused(done.problems)
        where = _location(call, ident or f"{done.document}#")
        if not done.facts:
            message = "this event stands in the book already, as it was sent"
            raise Conflict(message, location=where)
        return Reply(201, b"", "", {"Location": where})

    return counter.once(call, act)


def refused(problems: Sequence[Problem]) -> None:
    """Refuses: SenderError with every fault."""
    raise SenderError(problems[0].text(), problems)


def _format(call: Call) -> str:
    """The name of the format of what was sent. Refuses: Unsupported."""
    media = call.media
    if media in {JSON, LD_JSON}:
        return "epcis-json"
    if media in XML:
        for known in formats():
            if known.name.startswith("epcis") and set(XML) & set(known.media_types):
                return known.name
    message = f"Content-Type: expected {JSON} or {LD_JSON}, found {media[:80] or 'none'}"
    raise Unsupported(message)


def _body(call: Call) -> BinaryIO:
    body: IO[bytes] | None = call.body
    if body is None or call.size == 0:
        problem = Problem("empty-document", "", "a document", "nothing", "Send one.")
        raise SenderError(problem.text(), [problem])
    return cast("BinaryIO", body)


def _sound(body: BinaryIO, size: int, most: int) -> None:
    """Refuses: SenderError for what is no JSON document of EPCIS; TooLarge for too many events.

    A small document is checked whole; of a larger one the text and the number of its events, with
    memory that does not grow with it; of a vast one both are left to its job.
    """
    if size <= LARGE:
        data = body.read()
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            value = None
        if size <= SMALL or value is None:
            _checked(data)
        if len(_list_of(value)) > most:
            raise too_many(event_list_at(value["type"]), most)
    elif size <= VAST:
        found = around(body, _LISTS, most)
        if isinstance(found, Problem):
            kind = TooLarge if found.code == "too-large" else SenderError
            raise kind(found.text(), [found])
    body.seek(0)


def _list_of(value: Any) -> list[Any]:
    found = value
    kind = value.get("type") if isinstance(value, dict) else None
    for name in event_list_at(str(kind)).split("/")[1:] if kind in _KINDS else ():
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) and kind in _KINDS else []


def _checked(data: bytes) -> None:
    value = read(data)
    if isinstance(value, Problem):
        raise SenderError(value.text(), [value])
    if not isinstance(value, dict):
        _at_fault([Fault("", "wrong-type", "an EPCIS document, which is an object", value)])
        return
    kind = value.get("type")
    if kind not in {"EPCISDocument", "EPCISQueryDocument"}:
        _event(value)
        return
    faults = (DOCUMENT if kind == "EPCISDocument" else QUERY)(value)
    if faults:
        _at_fault(faults)


def _event(value: Value | Problem) -> dict[str, Value]:
    """One event that stands. Refuses: SenderError with every fault."""
    if isinstance(value, Problem):
        raise SenderError(value.text(), [value])
    if not isinstance(value, dict):
        _at_fault([Fault("", "wrong-type", "an event, which is an object", value)])
    event = cast("dict[str, Value]", value)
    if event.get("type") in {"EPCISDocument", "EPCISQueryDocument"}:
        step = "Send a document to /capture."
        kind = str(event["type"])
        problem = Problem("not-an-event", "/type", "one event", f"an {kind}", step)
        raise SenderError(problem.text(), [problem])
    if faults := event_faults(event):
        _at_fault(faults)
    return event


def _at_fault(faults: list[Fault]) -> None:
    refused(tuple(fault.problem() for fault in faults))


def _refuse_twice(counter: Counter, call: Call, ident: str) -> None:
    """Refuses: Conflict where an event of that id stands that no declaration of error speaks of."""
    owner = View(counter.book, "owner", counter.today())
    if owner.places("event", idents=[ident], limit=1):
        message = (
            f"there is an event {ident[:200]} already. Say what is wrong with it by an"
            " errorDeclaration under the same eventID, or give this event its own."
        )
        raise Conflict(message, location=_location(call, ident))


def _location(call: Call, ident: str) -> str:
    return f"{call.base}/events/{quote(ident, safe='')}"
