"""The XML document around EPCIS events: what it must have, and putting events back into it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

from lxml import etree

from orebook.exchange.carried import lay_over
from orebook.exchange.epcis_write import (
    XML_NAME,
    XML_TEXT,
    contexts_of,
    events_and_documents,
    latest,
    own_xml,
)
from orebook.exchange.epcis_xml_event import EPCIS, EVENTS, MASTER, OWN_SPACES, QUERY
from orebook.exchange.epcis_xml_write import Spaces, declared, element_of
from orebook.exchange.json_text import Object
from orebook.exchange.xml_text import Element, line_of, safe, split
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError, found
from orebook.model.when import BadDate, when

PLACE = "orebook-at"  # stands where events stood, and says how many
_EARLIER = "orebook-event"  # stood where one did, and said its number
ONE = "orebook-events"  # stands where all of them stood, one after the other
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_DOCUMENTS = {
    "EPCISDocument": EPCIS,
    "EPCISQueryDocument": QUERY,
    "EPCISMasterDataDocument": MASTER,
}


def is_place(node: Element) -> bool:
    """Whether events stood there, one after another."""
    return node is not None and node.tag is etree.PI and node.target in {PLACE, _EARLIER}


def events_at(place: Element) -> int:
    """How many events stood at a place. What was read before it said so had one at each."""
    text = place.text or ""
    return int(text) if place.target == PLACE and text.isdecimal() else 1


def is_event_list(element: Element) -> bool:
    """Whether events stand directly in that element."""
    space, local = split(element.tag) if isinstance(element.tag, str) else ("", "")
    return local == "EventList" and space in {"", *OWN_SPACES}


def root_faults(root: Element) -> list[Problem]:
    """The faults of the outermost element: another document, or without what its kind requires."""
    space, local = split(root.tag)
    if local in EVENTS and space in {"", *OWN_SPACES}:
        return []
    if space not in _DOCUMENTS.get(local, ()):
        expected = "an EPCISDocument, EPCISQueryDocument or event of EPCIS 1.x or 2.0"
        step = "Send a document of events; jobs, exceptions and queries are not captured."
        return [Problem("unknown-document", line_of(root), expected, found(root.tag), step)]
    faults = []
    for name in ("schemaVersion", "creationDate"):
        text = root.get(name)
        if text is None:
            step = "Add it to the outermost element."
            place = f"{line_of(root)}, {local}"
            faults.append(
                Problem("missing-member", place, f"the attribute {name}", "nothing", step)
            )
        elif not (_VERSION.fullmatch(text) if name == "schemaVersion" else _moment(text)):
            expected = (
                "a version such as 2.0" if name == "schemaVersion" else "a moment with offset"
            )
            place = f"{line_of(root)}, {local}/@{name}"
            faults.append(Problem("bad-value", place, expected, found(text), "Correct it."))
    return faults


def _moment(text: str) -> bool:
    try:
        return when(text).instant is not None
    except BadDate:
        return False


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """One EPCIS 2.0 XML document with every event of the facts; other kinds are passed over.

    Gives: the document the facts were read from, where it was one XML document; an event read from
    XML as it came in. Refuses: ReaderError where there is no event, or one that EPCIS cannot say.
    """
    documents, events, native = events_and_documents(facts)
    spaces = Spaces(contexts_of(documents, native))
    elements = [_element(body, event, spaces) for body, event in events]
    around = _around(documents) if not native else None
    if around is not None:
        root = _put(around, elements)
    elif len(elements) == 1 and documents and _is_bare(documents):
        root = elements[0]
    else:
        if not elements:
            message = "there is no event to write. Ask for a selection that holds events."
            raise ReaderError(message)
        root = _fresh(elements, latest([event for _, event in events]))
    tree = etree.ElementTree(root)
    tree.write(stream, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _element(body: Body, event: Object, spaces: Spaces) -> Element:
    text = own_xml(body)
    return element_of(event, spaces) if text is None else etree.fromstring(text.encode(), safe())


def _around(documents: list[Body]) -> Element | None:
    """The outermost element of the one XML document the facts came from, with its places."""
    if len(documents) != 1 or documents[0].get("format") != XML_NAME:
        return None
    text = lay_over({}, documents[0].get("envelope")).get(XML_TEXT)
    return etree.fromstring(text.encode(), safe()) if isinstance(text, str) else None


def _is_bare(documents: list[Body]) -> bool:
    if len(documents) != 1 or documents[0].get("format") != XML_NAME:
        return False
    return XML_TEXT not in lay_over({}, documents[0].get("envelope"))


def _put(root: Element, elements: list[Element]) -> Element:
    """The events at their places; those without one after the last that has one."""
    places = [
        p for p in root.iter(etree.ProcessingInstruction) if p.target in {PLACE, _EARLIER, ONE}
    ]
    left = list(elements)
    held = [events_at(p) for p in places]
    if sum(held) == len(elements) and all(map(is_place, places)):
        for place, count in zip(places, held, strict=True):
            at, parent = place.getparent().index(place), place.getparent()
            parent.remove(place)
            for element in reversed(left[:count]):
                parent.insert(at, element)
            del left[:count]
        return root
    target: Element = places[0].getparent() if places else next(root.iter("{*}EventList"), None)
    for place in places:
        place.getparent().remove(place)
    if target is None and left:
        message = "the document fact does not hold a place for its events"
        raise ReaderError(message)
    for element in left:
        target.append(element)
    return root


def _fresh(elements: list[Element], created: str) -> Element:
    used: dict[str, str] = {}
    for element in elements:
        used.update(
            {p: s for p, s in element.nsmap.items() if p and p not in {"epcis", "xsi", "xsd"}}
        )
    root = etree.Element(f"{{{EPCIS[1]}}}EPCISDocument", nsmap=declared(used))
    root.set("schemaVersion", "2.0")
    root.set("creationDate", created)
    body = etree.SubElement(root, "EPCISBody")
    events = etree.SubElement(body, "EventList")
    for element in elements:
        events.append(element)
    return root
