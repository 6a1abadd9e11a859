"""Capture: facts per second from files into a durable book (SQLite, synchronous FULL)."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from orebook.acts.capture import Captured, capture
from orebook.wiring import Naming, create_book
from rows import Row, best

DOCUMENTS, EVENTS = 30, 100
LOTS = 10_000


def event(document: int, number: int) -> dict[str, object]:
    """One aggregation, observation or transformation, as a mine's system would send it."""
    key = f"{document:04}{number:04}"
    lot = f"urn:epc:id:sgtin:0614141.107346.{key}"
    common: dict[str, object] = {
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{key:0>12}",
        "eventTime": f"2026-01-{number % 28 + 1:02}T{number % 24:02}:00:00.000Z",
        "eventTimeZoneOffset": "+05:00",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"},
        "bizLocation": {"id": "urn:epc:id:sgln:0614141.07346.0"},
    }
    if number % 3 == 0:
        return common | {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": "shipping",
            "disposition": "in_transit",
            "epcList": [lot],
            "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:{key}"}],
        }
    if number % 3 == 1:
        return common | {
            "type": "AggregationEvent",
            "action": "ADD",
            "bizStep": "packing",
            "parentID": f"urn:epc:id:sscc:0614141.1{key}9",
            "childEPCs": [lot, lot + "1"],
        }
    return common | {
        "type": "TransformationEvent",
        "bizStep": "commissioning",
        "inputQuantityList": [
            {
                "epcClass": f"urn:epc:class:lgtin:4012345.012345.{key}",
                "quantity": 21981.5,
                "uom": "KGM",
            }
        ],
        "outputQuantityList": [
            {
                "epcClass": f"urn:epc:class:lgtin:4012345.012346.{key}",
                "quantity": 417.25,
                "uom": "TNE",
            }
        ],
    }


def documents() -> list[bytes]:
    """EPCIS 2.0 documents of a hundred events each."""
    return [
        json.dumps(
            {
                "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
                "type": "EPCISDocument",
                "schemaVersion": "2.0",
                "creationDate": "2026-01-31T12:00:00.000Z",
                "epcisBody": {"eventList": [event(document, n) for n in range(EVENTS)]},
            }
        ).encode()
        for document in range(DOCUMENTS)
    ]


def lots() -> bytes:
    """Lots in our own form, one line each."""
    return b"".join(
        json.dumps(
            {
                "kind": "lot",
                "fact": {
                    "id": f"lot:bench/{n}",
                    "material": "copper concentrate",
                    "mass": {"value": f"{20000 + n}.5", "unit": "KGM", "basis": "wet"},
                    "moisture": {"value": "8.1", "unit": "P1"},
                    "made": "2026-01-15",
                },
            }
        ).encode()
        + b"\n"
        for n in range(LOTS)
    )


def seconds(files: Iterable[tuple[str, bytes]]) -> float:
    """The time to capture those files one by one, each durable before the next is begun."""
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    book = create_book(folder, Naming("bench.example/book", "Bench"))

    def take() -> None:
        for name, data in files:
            _kept(capture(book, io.BytesIO(data), name))

    try:
        return best(take, times=1)
    finally:
        book.close()
        shutil.rmtree(folder)


def _kept(result: Captured) -> None:
    if result.problems:
        raise ValueError(result.problems[0].text())


def run() -> list[Row]:
    made = documents()
    epcis = min(seconds([(f"{n}.json", data) for n, data in enumerate(made)]) for _ in range(2))
    own = lots()
    lines = min(seconds([("lots.jsonl", own)]) for _ in range(2))
    durable = "durable: SQLite, synchronous FULL"
    return [
        Row(
            "EPCIS events captured",
            DOCUMENTS * EVENTS / epcis,
            "per second",
            f"{DOCUMENTS} documents of {EVENTS} events, each durable before the next; {durable}",
        ),
        Row("EPCIS documents captured", DOCUMENTS / epcis, "per second", f"{EVENTS} events each"),
        Row(
            "own JSONL lots captured",
            LOTS / lines,
            "per second",
            f"one document of {LOTS} lots; {durable}",
        ),
    ]
