"""Writing events as one EPCIS 2.0 JSON document.

Facts that were read from EPCIS go out equal in value to what came in. Facts of any other origin are
written in EPCIS's words; what these cannot say (doubt, basis, role, party, custody model) goes
along whole in the extension `orebook:fact`, so that nothing is lost in silence. Assays are written
as events with sensor reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, cast
from urllib.parse import quote

from orebook.exchange.carried import lay_over
from orebook.exchange.epcis_assay import assay_event
from orebook.exchange.epcis_check import event_faults
from orebook.exchange.epcis_document import event_list_at
from orebook.exchange.epcis_terms import OWN_SPACE
from orebook.exchange.epcis_words import NAME, implied, words
from orebook.exchange.json_check import is_uri
from orebook.exchange.json_text import Number, Object, Value, steps
from orebook.exchange.json_text import write as json_text
from orebook.model.entry import Body
from orebook.model.problem import ReaderError
from orebook.model.when import BadDate, When, when

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OWN: Object = {"orebook": OWN_SPACE}
XML_NAME = "epcis-xml"
XML_TEXT = "orebook:xml"  # carried beside an event or document that was read from XML
_FAMILY = {NAME, XML_NAME}
_ID = "urn:orebook:id:"


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """One EPCIS document with every event of the facts; other kinds of fact are passed over.

    Gives: the document the facts were read from, where there is exactly one; else a document of
    its own, whose creation date is the latest time its events name.
    Refuses: ReaderError when there is no event, or for an event without the moment EPCIS requires.
    """
    documents, events, native = events_and_documents(facts)
    listed = [event for _, event in events]
    stream.write(json_text(_document(documents, listed, native)).encode("utf-8"))


def events_and_documents(
    facts: Iterable[tuple[str, Body]],
) -> tuple[list[Body], list[tuple[Body, Object]], bool]:
    """The EPCIS documents among the facts, each event with its body, and whether one is our own.

    Refuses: ReaderError for an event that EPCIS cannot say.
    """
    documents: list[Body] = []
    events: list[tuple[Body, Object]] = []
    native = False
    for kind, body in facts:
        if kind == "document" and body.get("format") in _FAMILY:
            documents.append(body)
        elif kind == "event":
            own = _is_own(body)
            native = native or not own
            events.append((body, _restored(body) if own else _native(body)))
        elif kind == "assay" and not _is_foreign(body):
            event = assay_event(body)
            if event is not None:
                native = True
                events.append((body, event))
    return documents, events, native


def event_of(body: Body) -> Object:
    """One event fact as an EPCIS event. Refuses: ReaderError where EPCIS has no form for it."""
    return _restored(body) if _is_own(body) else _native(body)


def _is_foreign(body: Body) -> bool:
    """Whether an assay was read from an event, which says it already."""
    foreign = body.get("foreign")
    return isinstance(foreign, dict) and foreign.get("format") in _FAMILY


def _is_own(body: Body) -> bool:
    foreign = body.get("foreign")
    plain = body.get("timezone") is not None and foreign is None and body.get("when") is not None
    return plain or (isinstance(foreign, dict) and foreign.get("format") in _FAMILY)


def _restored(body: Body) -> Object:
    foreign = cast("Body", body.get("foreign", {}))
    event = implied(body)
    lay_over(event, foreign.get("members"))
    lay_over(event, foreign.get("free"))
    event.pop(XML_TEXT, None)
    return event


def own_xml(body: Body) -> str | None:
    """The XML text that an event was read from, where it is carried and may be read; else None."""
    foreign = body.get("foreign")
    if not isinstance(foreign, dict) or foreign.get("format") != XML_NAME:
        return None
    items = foreign.get("free")
    mine = (
        [i for i in items if isinstance(i, dict) and i.get("at") == f"/{XML_TEXT}"]
        if isinstance(items, list)
        else []
    )
    text = lay_over({}, mine).get(XML_TEXT)
    return text if isinstance(text, str) else None


def _native(body: Body) -> Object:
    """An event of our own in EPCIS's words, checked against them."""
    known = _with_uris(body)
    _moment(body, str(body.get("when", "")))
    if "timezone" not in known:
        text = str(known["when"])
        known["timezone"] = "+00:00" if text.endswith("Z") else text[-6:]
    event = implied(known)
    if words(event, "") != body:
        event["orebook:fact"] = _value(body)
    faults = event_faults(event)
    if faults:
        problems = [fault.problem() for fault in faults]
        message = f"event {body.get('id')} cannot be written as EPCIS: {problems[0].text()}"
        raise ReaderError(message, problems)
    return event


def _moment(body: Body, text: str) -> When:
    try:
        moment = when(text)
    except BadDate:
        moment = None
    if moment is None or moment.instant is None:
        message = (
            f"event {body.get('id')} has no moment with offset, which EPCIS requires. "
            "Write it as JSON Lines, or leave it out."
        )
        raise ReaderError(message)
    return moment


def _with_uris(body: Body) -> Body:
    """The body with every identifier that is no URI written as one."""
    known = dict(body)
    for name in ("id", "facility", "container"):
        if isinstance(known.get(name), str):
            known[name] = _uri(str(known[name]))
    papers = known.get("documents")
    if isinstance(papers, list):
        known["documents"] = [_uri(str(paper)) for paper in papers]
    for name in ("inputs", "outputs", "subjects"):
        flows = known.get(name)
        if isinstance(flows, list):
            known[name] = [{**flow, "lot": _uri(str(flow.get("lot")))} for flow in flows]
    return known


def _uri(text: str) -> str:
    return text if is_uri(text) else _ID + quote(text, safe="")


def _value(value: object) -> Value:
    """A body as JSON value: whole numbers by their text."""
    if isinstance(value, dict):
        return {name: _value(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_value(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Number(str(value))
    return cast("Value", value)


def _document(documents: list[Body], events: list[Object], native: bool) -> Object:
    if len(documents) == 1 and not native:
        envelope = documents[0].get("envelope")
        if envelope:
            around = lay_over({}, envelope)
            around.pop(XML_TEXT, None)
            if "type" in around:
                return _enveloped(around, events)
            if len(events) == 1 and "@context" not in events[0]:
                return {**around, **events[0]}
        if len(events) == 1 and "@context" in events[0]:
            return events[0]
    contexts = contexts_of(documents, native)
    return {
        "@context": contexts,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": latest(events),
        "epcisBody": {"eventList": cast("Value", events)},
    }


def _enveloped(document: Object, events: list[Object]) -> Object:
    here: Value = document
    *path, last = steps(event_list_at(str(document.get("type"))))
    for step in path:
        here = here.get(step) if isinstance(here, dict) else None
    if not isinstance(here, dict):
        message = "the document fact does not hold the members around its events"
        raise ReaderError(message)
    here[last] = cast("Value", events)
    return document


def contexts_of(documents: list[Body], native: bool) -> list[Value]:
    """The contexts of all documents the events came from, each once, ours last."""
    found: list[Value] = [CONTEXT]
    for body in documents:
        context = lay_over({}, body.get("envelope")).get("@context", [])
        for item in context if isinstance(context, list) else [context]:
            if item not in found:
                found.append(item)
    if native:
        found.append(OWN)
    return found


def latest(events: list[Object]) -> str:
    """The latest time the events name, as written. Refuses: ReaderError where there is no event."""
    times = [str(e.get(n)) for e in events for n in ("eventTime", "recordTime") if n in e]
    if not times:
        message = "there is no event to write. Ask for a selection that holds events."
        raise ReaderError(message)
    return max(times, key=lambda text: when(text).instant or when(text).first)
