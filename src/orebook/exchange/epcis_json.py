"""EPCIS 2.0 in JSON and JSON-LD: documents, query results and bare events, both directions.

Each event becomes one `event` fact in our words; what it holds beyond them is carried, so that it
goes out equal in value, number text included. The members around the events go into a `document`
fact. Source: EPCIS 2.0 (GS1, 2022), section 10; GS1 EPCIS-JSON-Schema, 2023-05-16.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from orebook.exchange.carried import Pair, carry, difference, foreign
from orebook.exchange.epcis_assay import only_assay, stated
from orebook.exchange.epcis_check import event_faults
from orebook.exchange.epcis_document import DOCUMENT, QUERY, event_list_at, skeleton
from orebook.exchange.epcis_plain import Plain, plain
from orebook.exchange.epcis_shelf import shelve
from orebook.exchange.epcis_words import NAME, born, implied, words
from orebook.exchange.epcis_write import write
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_check import Fault
from orebook.exchange.json_stream import Around, around, items
from orebook.exchange.json_text import Object, Value, escape, read_stream
from orebook.model.entry import Body
from orebook.model.problem import Problem

_MEDIA = "application/ld+json"
_KINDS = ("EPCISDocument", "EPCISQueryDocument")
LARGE = 4 << 20  # bytes; in a larger document the events are read one by one
_SIGNS = re.compile(
    rb'EPCIS(?:Query)?Document|epcis-context|"(?:Object|Aggregation|Transaction|Transformation|'
    rb'Association)Event"|urn:epcglobal:epcis'
)


def sniff(start: bytes, name: str) -> int:
    """How surely this is an EPCIS document: 0 to 100."""
    if _SIGNS.search(start) and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return 90 if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else 60
    named = name.lower().endswith((".json", ".jsonld"))
    return 5 if named else 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """Every event as a fact or its faults, then the document around them.

    Refuses: the whole document where its own members are at fault; else only the events at fault.
    """
    if stream.seek(0, io.SEEK_END) > LARGE:
        yield from _large(stream, source)
        return
    stream.seek(0)
    yield from _read(read_stream(stream), source)


def _large(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """As `read`, the events one by one: first all of it is looked through, then they are read."""
    found = around(stream, [tuple(event_list_at(kind).split("/")[1:]) for kind in _KINDS])
    document = found.value if isinstance(found, Around) else None
    kind = str(document.get("type")) if isinstance(document, dict) else ""
    path = tuple(event_list_at(kind).split("/")[1:])
    if isinstance(found, Problem):
        yield found.within("", source.name)
    elif isinstance(document, dict) and kind in _KINDS and set(found.counts) == {path}:
        yield from _document(document, kind, source, items(stream, path))
    else:  # no document with its events where they belong: read whole, it is told what it is
        stream.seek(0)
        yield from _read(read_stream(stream), source)


def _read(value: Value | Problem, source: Source) -> Iterator[Read | Problem]:
    if isinstance(value, Problem):
        yield value.within("", source.name)
        return
    if not isinstance(value, dict):
        fault = Fault("", "wrong-type", "an EPCIS document or event, which is an object", value)
        yield fault.problem().within("", source.name)
        return
    kind = value.get("type")
    if kind in _KINDS:
        yield from _document(value, str(kind), source)
    else:
        yield from _bare(value, source)


def _document(
    document: Object, kind: str, source: Source, apart: Iterable[Value] | None = None
) -> Iterator[Read | Problem]:
    """Takes: `apart`, the events where the document is without them."""
    faults = (DOCUMENT if kind == "EPCISDocument" else QUERY)(document)
    if faults:
        yield from (fault.problem().within("", source.name) for fault in faults)
        return
    at = event_list_at(kind)
    around, events = skeleton(document, at)
    count, index = 0, -1
    for index, event in enumerate(events if apart is None else apart):
        place = f"{at}/{index}"
        if (told := plain(event, f"{source.document}#{place}")) is not None:
            count += 1
            yield from _plainly(cast("Object", event), told, place)
            continue
        found = event_faults(event)
        if found:
            yield from (fault.problem(place).within("", source.name) for fault in found)
            continue
        count += 1
        yield from _facts(cast("Object", event), place, source)
    if index >= 0 and not count:
        return  # nothing of it was read
    pairs: list[Pair] = [(f"/{escape(name)}", member) for name, member in around.items()]
    yield Read("document", _about(source, pairs, count), "")


def _bare(event: Object, source: Source) -> Iterator[Read | Problem]:
    faults = event_faults(event) or []
    if "@context" not in event:
        faults = [
            Fault("/@context", "missing-member", "the context that gives names meaning", None),
            *faults,
        ]
    if faults:
        yield from (fault.problem().within("", source.name) for fault in faults)
        return
    yield from _facts(event, "", source)
    yield Read("document", _about(source, (), 1), "")


def _about(source: Source, pairs: Iterable[Pair], count: int) -> Body:
    body: Body = {"id": source.document, "media_type": _MEDIA, "format": NAME, "facts": count}
    if source.name.strip():
        body["name"] = source.name
    envelope = carry(pairs)
    if envelope:
        body["envelope"] = envelope
    return body


def _facts(event: Object, place: str, source: Source) -> Iterator[Read | Problem]:
    if "sensorElementList" in event:
        yield from stated(event, place, source.name, NAME)
        if only_assay(event):
            return
    for lot in born(event):
        yield Read("lot", lot, place)
    body = words(event, f"{source.document}#{place}")
    pairs = difference(event, implied(body))
    if pairs:
        body["foreign"] = foreign(NAME, *shelve(event, pairs))
    yield Read("event", body, place)


def _plainly(event: Object, told: Plain, place: str) -> Iterator[Read]:
    if event.get("action") == "ADD":
        for lot in born(event):
            yield Read("lot", lot, place)
    yield Read("event", told.body, place, encoded=told.encoded, plain=True)


FORMAT = Format(
    name=NAME,
    title="EPCIS 2.0 JSON: document, query result or single event",
    media_types=("application/ld+json", "application/json"),
    suffixes=(".jsonld", ".json"),
    sniff=sniff,
    read=read,
    write=write,
)
