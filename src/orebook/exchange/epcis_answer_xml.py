"""Events as an EPCIS answer in XML: the same events as the JSON answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from orebook.exchange.epcis_xml_write import KNOWN, XSD, XSI, Spaces, element_of
from orebook.exchange.json_text import Object, Value

_QUERY = "urn:epcglobal:epcis-query:xsd:2"


def query_xml(
    events: Sequence[Object],
    created: str,
    *,
    contexts: Iterable[Value] = (),
    name: str = "SimpleEventQuery",
    left_out: int = 0,
) -> bytes:
    """One EPCISQueryDocument in XML; see `epcis_answer.query_document`.

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
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
