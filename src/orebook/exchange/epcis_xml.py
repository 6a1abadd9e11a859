"""EPCIS in XML: 2.0 both directions, 1.x read; documents, query results and bare events.

An event is read as the event of the JSON binding, so that one set of checks and words serves both.
Where our own writing of it would not give the same XML, its canonical text is carried beside it, so
that it goes out as it came in. Source: EPCIS 2.0 (GS1, 2022), section 9; EPCglobal-epcis-2_0.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from lxml import etree

from orebook.exchange.carried import Pair, carry, difference, foreign
from orebook.exchange.epcis_assay import only_assay, stated
from orebook.exchange.epcis_check import event_faults
from orebook.exchange.epcis_shelf import shelve
from orebook.exchange.epcis_words import born, implied, words
from orebook.exchange.epcis_write import XML_NAME as NAME
from orebook.exchange.epcis_write import XML_TEXT
from orebook.exchange.epcis_xml_document import (
    ONE,
    PLACE,
    events_at,
    is_event_list,
    is_place,
    root_faults,
    write,
)
from orebook.exchange.epcis_xml_event import (
    EPC_LISTS,
    EVENTS,
    OWN_SPACES,
    QUERY,
    Names,
    Reading,
    children,
)
from orebook.exchange.epcis_xml_words import ORDER, misplaced
from orebook.exchange.epcis_xml_write import Spaces, element_of
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_check import Fault
from orebook.exchange.json_text import Object, Value
from orebook.exchange.xml_text import BadXml, Element, canonical, line_of, pieces, split
from orebook.model.entry import Body
from orebook.model.problem import Problem

_MEDIA = "application/xml"
_SIGNS = re.compile(rb"urn:epcglobal:epcis|EPCIS(?:Query)?Document|<(?:\w+:)?\w+Event[\s>]")


def sniff(start: bytes, name: str) -> int:
    """How surely this is an EPCIS document in XML: 0 to 100."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith(b"<") and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return 0
    if _SIGNS.search(text.replace(b"\0", b"")):
        return 90
    return 5 if name.lower().endswith(".xml") else 0


@dataclass(slots=True)
class _State:
    """What of a document has been read so far."""

    source: Source
    names: Names = field(default_factory=Names)
    root: Element = None
    lists: int = 0
    events: int = 0
    good: int = 0
    lists_open: int = 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """Every event as a fact or its faults, then the document around them.

    Events are read as they come and let go, so that memory does not grow with the document.
    Refuses: a document that is no XML, of another kind, or without what its kind requires; else
    only the events at fault. After a fault of the XML itself what stood before it is kept.
    """
    state = _State(source)
    try:
        for step, element in pieces(stream):
            if step == "start":
                if state.root is None:
                    state.root = element
                    if faults := root_faults(element):
                        yield from (fault.within("", source.name) for fault in faults)
                        return
                if is_event_list(element):
                    state.lists += 1
                    state.lists_open += 1
            elif is_event_list(element):
                state.lists_open -= 1
            elif _is_event(element, state):
                yield from _event(element, state)
        yield from _end(state)
    except BadXml as bad:
        yield bad.problem.within("", source.name)


def _is_event(element: Element, state: _State) -> bool:
    space, local = split(element.tag)
    if local not in EVENTS or space not in {"", *OWN_SPACES}:
        return False
    if element is state.root:
        return True
    above = element.getparent()
    while above is not None and split(above.tag)[1] == "extension":
        above = above.getparent()
    return above is not None and is_event_list(above)


def _event(element: Element, state: _State) -> Iterator[Read | Problem]:
    number = state.events
    state.events += 1
    reading = Reading(state.names)
    event = reading.event(element)
    local = split(element.tag)[1]
    at = local if element is state.root else f"{local} {number + 1}"
    faults = (fault for fault in event_faults(event) or [] if not _allowed_in_xml(fault))
    problems = [_problem(fault, reading, at) for fault in faults]
    if wrong := _out_of_order(element, local):
        problems.append(wrong)
    if problems:
        yield from (problem.within("", state.source.name) for problem in problems)
    else:
        state.good += 1
        yield from _facts(event, element, number, state)
    if element is not state.root:
        _let_go(element)


def _let_go(element: Element) -> None:
    """A place in the document stands for the event; one place for events that follow one another.

    So memory grows neither with the events nor with their places.
    """
    before, parent = element.getprevious(), element.getparent()
    blank = not (element.tail or "").strip()
    if is_place(before) and blank and not (before.tail or "").strip():
        before.text = str(events_at(before) + 1)
        parent.remove(element)
        return
    place = etree.ProcessingInstruction(PLACE, "1")
    place.tail = element.tail
    parent.replace(element, place)


def _allowed_in_xml(fault: Fault) -> bool:
    """What the schema of the XML binding allows and JSON's does not.

    An EPC may stand twice in a list, and a sensor report may leave its type out.
    """
    *_, above, last = ("", "", *fault.at.split("/"))
    if fault.code == "item-twice":
        return above in EPC_LISTS
    return fault.code == "missing-member" and last == "type" and "/sensorReport/" in fault.at


def _out_of_order(element: Element, local: str) -> Problem | None:
    """EPCIS 2.0 fixes the order of elements; readers of 1.x differ, and none is judged there."""
    version_1 = any(
        space == "urn:epcglobal:epcis:xsd:1" or space == QUERY[0]
        for space in element.getroottree().getroot().nsmap.values()
    )
    if version_1 or local not in ORDER:
        return None
    named = [child for child in children(element) if split(child.tag)[0] in {"", *OWN_SPACES}]
    pair = misplaced(local, [split(child.tag)[1] for child in named])
    if pair is None:
        return None
    child = next(child for child in named if split(child.tag)[1] == pair[0])
    step = "Put the elements into the order of the schema."
    place = f"{line_of(child)}, {local}/{pair[0]}"
    return Problem("wrong-order", place, f"{pair[0]} before {pair[1]}", f"it after {pair[1]}", step)


def _problem(fault: Fault, reading: Reading, at: str) -> Problem:
    problem = fault.problem()
    pointer = problem.place
    while pointer not in reading.lines and pointer:
        pointer = pointer.rpartition("/")[0]
    line = reading.lines.get(pointer, reading.lines[""])
    return Problem(
        problem.code,
        f"line {line}, {at}{problem.place}",
        problem.expected,
        problem.found,
        problem.next_step,
        problem.file,
    )


def _facts(event: Object, element: Element, number: int, state: _State) -> Iterator[Read | Problem]:
    place = f"line {element.sourceline}"
    if "sensorElementList" in event:
        yield from stated(event, f"{place}, ", state.source.name, NAME)
        if only_assay(event):
            return
    for lot in born(event):
        yield Read("lot", lot, place)
    body = words(event, f"{state.source.document}#{number}")
    pairs = difference(event, implied(body))
    text = canonical(element)
    spaces = Spaces(state.names.context())
    if canonical(element_of(event, spaces)) != text:
        pairs.append((f"/{XML_TEXT}", text.decode("utf-8")))
    if pairs:
        body["foreign"] = foreign(NAME, *shelve(event, pairs))
    yield Read("event", body, place)


def _end(state: _State) -> Iterator[Read | Problem]:
    """The document around the events, its own faults first."""
    root = state.root
    local = split(root.tag)[1]
    bare = local in EVENTS
    if not bare and not state.lists and not local.startswith("EPCISMasterData"):
        step = "Send the events in an EventList inside the EPCISBody."
        place = f"{line_of(root)}, {local}"
        missing = Problem("missing-member", place, "an EventList", "nothing", step)
        yield missing.within("", state.source.name)
        return
    if state.events and not state.good:
        return  # nothing of it was read
    around: Object = {"@context": [*_STANDARD, *state.names.context()]}
    if not bare:
        around |= {"type": local, "schemaVersion": "2.0"}
        around |= _outside(root, local)
    pairs: list[Pair] = [(f"/{name}", value) for name, value in around.items()]
    if not bare:
        _join(root)
        pairs.append((f"/{XML_TEXT}", canonical(root).decode("utf-8")))
    body: Body = {
        "id": state.source.document,
        "media_type": _MEDIA,
        "format": NAME,
        "facts": state.good,
        "envelope": carry(pairs),
    }
    if state.source.name.strip():
        body["name"] = state.source.name
    yield Read("document", body, "")


_STANDARD: list[Value] = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]


def _outside(root: Element, local: str) -> Object:
    """The members the JSON binding has around the events."""
    found_: Object = {}
    if (created := root.get("creationDate")) is not None:
        found_["creationDate"] = str(created)
    if local != "EPCISQueryDocument":
        return found_ | {"epcisBody": {"eventList": []}}
    results: Object = {}
    for element in root.iter():
        if isinstance(element.tag, str) and split(element.tag)[1] in {
            "queryName",
            "subscriptionID",
        }:
            results[split(element.tag)[1]] = (element.text or "").strip()
    results["resultsBody"] = {"eventList": []}
    return found_ | {"epcisBody": {"queryResults": results}}


def _join(root: Element) -> None:
    """One place for all events where nothing but events stands among them."""
    places = [p for p in root.iter(etree.ProcessingInstruction) if p.target == PLACE]
    if not places:
        return
    parent = places[0].getparent()
    if all(place.getparent() is parent for place in places) and len(parent) == len(places):
        for place in places:
            parent.remove(place)
        parent.text = None
        parent.append(etree.ProcessingInstruction(ONE))


FORMAT = Format(
    name=NAME,
    title="EPCIS XML: 2.0 document, query result or single event; 1.x read",
    media_types=("application/xml", "text/xml"),
    suffixes=(".xml",),
    sniff=sniff,
    read=read,
    write=write,
)
