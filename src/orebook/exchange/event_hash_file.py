"""The event hash IDs of a document's events, in JSON or XML."""

from __future__ import annotations

import io
from dataclasses import dataclass

from orebook.exchange.epcis_xml_document import is_event_list
from orebook.exchange.epcis_xml_event import EVENTS, OWN_SPACES, Names, Reading, children
from orebook.exchange.event_hash import event_hash, pre_hash
from orebook.exchange.json_check import Fault
from orebook.exchange.json_text import Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.exchange.xml_text import BadXml, Element, pieces, split
from orebook.model.problem import Problem

_DEFAULT = {"cbvmda": "urn:epcglobal:cbv:mda"}
_IGNORE = "ignoreFields"
_STEP = "Send an EPCIS document, query result or single event, in JSON or XML."


@dataclass(frozen=True, slots=True)
class Hashed:
    """One event of a document: its place, its own id where it has one, its hash ID and the text
    that was hashed."""

    place: str
    event_id: str
    hash_id: str
    pre_hash: str


def hashes(data: bytes, version: str) -> list[Hashed] | Problem:
    """The event hash ID of every event of a document, in document order.

    The events are not judged here: an event that a capture would refuse is hashed as it stands.
    Refuses: what is neither sound JSON nor sound XML, or holds no events.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _of_xml(data, version)
    return _of_json(data, version)


def _of_json(data: bytes, version: str) -> list[Hashed] | Problem:
    document = json_read(data)
    if isinstance(document, Problem):
        return document
    if not isinstance(document, dict):
        return Fault("", "wrong-type", "an EPCIS document, which is an object", document).problem()
    at, events, around = _events(document)
    if events is None:
        return Problem("no-events", at, "a list of events", "none", _STEP)
    outer = _DEFAULT | _spaces(document.get("@context"))
    leave = _left_out(document) | _left_out(around)
    found: list[Hashed] = []
    for index, event in enumerate(events):
        place = f"{at}/{index}" if at else ""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            expected = "an event, which is an object with a type"
            return Fault(place, "wrong-type", expected, event).problem()
        spaces = outer | _spaces(event.get("@context"))
        found.append(_hashed(event, version, spaces, leave, place))
    return found


def _events(document: Object) -> tuple[str, list[Value] | None, Object]:
    """Where the events stand, the events, and the object around their list."""
    if document.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        return "", [document], {}
    body = document.get("epcisBody")
    here: Object = body if isinstance(body, dict) else {}
    results = here.get("queryResults")
    at = "/epcisBody"
    around = here
    if isinstance(results, dict):
        around = results
        inner = results.get("resultsBody")
        here = inner if isinstance(inner, dict) else {}
        at += "/queryResults/resultsBody"
    listed = here.get("eventList")
    if isinstance(here.get("event"), dict):
        return f"{at}/event", [here["event"]], around
    return f"{at}/eventList", listed if isinstance(listed, list) else None, around


def _spaces(context: Value) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in context if isinstance(context, list) else [context]:
        if isinstance(item, dict):
            for prefix, term in item.items():
                uri = term.get("@id") if isinstance(term, dict) else term
                if isinstance(uri, str):
                    found[prefix] = uri
    return found


def _left_out(document: Object) -> frozenset[str]:
    """Members that a repository says are its own and no part of the event."""
    return frozenset(
        name
        for key, names in document.items()
        if key.rpartition(":")[2] == _IGNORE and isinstance(names, list)
        for name in names
        if isinstance(name, str)
    )


def _of_xml(data: bytes, version: str) -> list[Hashed] | Problem:
    names = Names()
    leave: set[str] = set()
    found: list[Hashed] = []
    try:
        for step, element in pieces(io.BytesIO(data)):
            if step != "end":
                continue
            space, local = split(element.tag)
            if local == _IGNORE and space not in OWN_SPACES:
                leave |= {names.of(child) for child in children(element)}
            elif _is_event(element, local, space):
                event = Reading(names, shorten=False).event(element)
                spaces = {prefix: uri for uri, prefix in names.by_space.items()}
                place = f"line {element.sourceline}, {local}"
                found.append(_hashed(event, version, spaces, frozenset(leave), place))
    except BadXml as bad:
        return bad.problem
    if not found:
        return Problem("no-events", "line 1", "an EventList with events", "none", _STEP)
    return found


def _is_event(element: Element, local: str, space: str) -> bool:
    if local not in EVENTS or (space and space not in OWN_SPACES):
        return False
    above = element.getparent()
    while above is not None and split(above.tag)[1] == "extension":
        above = above.getparent()
    return above is None or is_event_list(above)


def _hashed(
    event: Object, version: str, spaces: dict[str, str], leave: frozenset[str], place: str
) -> Hashed:
    id_ = event.get("eventID")
    return Hashed(
        place,
        id_ if isinstance(id_, str) else "",
        event_hash(event, version, spaces, leave),
        pre_hash(event, version, spaces, leave),
    )
