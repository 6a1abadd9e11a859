"""Events as an EPCIS answer in XML: the same events as the JSON answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from lxml import etree

from orebook.exchange.epcis_xml_words import spelled
from orebook.exchange.epcis_xml_write import KNOWN, NOT_XML, XSD, XSI, Spaces, element_of
from orebook.exchange.json_text import Object, Value
from orebook.exchange.xml_text import Element

_QUERY = "urn:epcglobal:epcis-query:xsd:2"
_EPCIS = "urn:epcglobal:epcis:xsd:2"


def query_xml(
    events: Sequence[Object],
    created: str,
    *,
    contexts: Iterable[Value] = (),
    name: str = "SimpleEventQuery",
    left_out: int = 0,
    follows: str = "",
    words: Literal["", "urn", "web"] = "",
) -> bytes:
    """One EPCISQueryDocument in XML; see `epcis_answer.query_document`.

    Takes: `words`, whether words of CBV are written as URN or web URI; as EPCIS has them if empty.
    Source: EPCIS 2.0, EPCglobal-epcis-query-2_0.xsd.
    """
    spaces = Spaces(contexts)
    root = etree.Element(
        f"{{{_QUERY}}}EPCISQueryDocument",
        {"schemaVersion": "2.0", "creationDate": created},
        nsmap={"epcisq": _QUERY, "xsi": XSI, "xsd": XSD, "orebook": KNOWN["orebook"]},
    )
    results = etree.SubElement(etree.SubElement(root, "EPCISBody"), f"{{{_QUERY}}}QueryResults")
    etree.SubElement(results, "queryName").text = name
    listed = etree.SubElement(etree.SubElement(results, "resultsBody"), "EventList")
    for event in events:
        own = event.get("@context")
        listed.append(element_of(event, spaces if own is None else Spaces([*contexts, own])))
    if left_out:
        root.set(f"{{{KNOWN['orebook']}}}leftOut", str(left_out))
    if follows:
        root.set(f"{{{KNOWN['orebook']}}}next", follows)
    if words:
        _spell(listed, words)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _spell(listed: Element, form: Literal["urn", "web"]) -> None:
    """Writes the words of CBV in that form; extensions, which have namespaces, stay as they are."""
    for element in listed.iter("{}*"):
        if element.text and not len(element):
            element.text = spelled(element.text, form)
        for name, value in element.attrib.items():
            element.set(name, spelled(value, form))


def job_xml(job: Mapping[str, object]) -> bytes:
    """How a capture job stands, in XML. Source: EPCglobal-epcis-2_0.xsd, EPCISCaptureJob."""
    own = KNOWN["orebook"]
    root = etree.Element(
        f"{{{_EPCIS}}}EPCISCaptureJob",
        {name: _said(job[name]) for name in ("running", "success", "captureID")},
        nsmap={"epcis": _EPCIS, "orebook": own},
    )
    for name in ("captureErrorBehaviour", "createdAt", "finishedAt"):
        if name in job:
            etree.SubElement(root, name).text = _said(job[name])
    errors = job["errors"]
    if isinstance(errors, list) and errors:
        listed = etree.SubElement(root, "errors")
        for one in errors:
            error = etree.SubElement(listed, "error")
            for name in ("type", "title", "status", "detail"):
                etree.SubElement(error, name).text = _said(one[name])
            if "place" in one:
                etree.SubElement(error, f"{{{own}}}place").text = _said(one["place"])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _said(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return NOT_XML.sub("\ufffd", text)
