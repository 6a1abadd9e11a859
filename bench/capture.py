"""Capture: facts per second from files into a durable book (SQLite, synchronous FULL)."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from orebook.acts.capture import Captured, capture
from orebook.acts.capture_many import capture_many
from orebook.book import query
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.web.serve import at_rest
from orebook.wiring import Naming, create_book
from rows import Row, best

DOCUMENTS, EVENTS, MANY = 30, 100, 1000
LARGE = 5000
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


def documents(count: int = DOCUMENTS) -> list[bytes]:
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
        for document in range(count)
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


def together(files: list[bytes]) -> list[Row]:
    """Many files as the command line takes them; how far the views are behind when all stand."""
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    paths = []
    for number, data in enumerate(files):
        paths.append(folder / f"{number}.json")
        paths[-1].write_bytes(data)
    book = create_book(folder / "book", Naming("bench.example/many", "Bench"))
    stood = 0.0
    plain = book.refresh

    def refresh() -> Head:  # the last look is when all documents stand
        nonlocal stood
        stood = time.perf_counter()
        return plain()

    try:
        book.refresh = refresh  # type: ignore[method-assign]
        begun, used = time.perf_counter(), processor()
        for result in capture_many(book, paths):
            _kept(result)
        ended, used = time.perf_counter(), processor() - used
    finally:
        book.close()
        shutil.rmtree(folder)
    events = len(files) * EVENTS
    note = f"{len(files)} files of {EVENTS} events, read by several processes; durable and signed;"
    note += f" {used / events * 1e6:.0f} µs of processor time each, starting processes included"
    lag = "when the last stands: tiles, checkpoint and views; asked for under 2"
    return [
        Row("EPCIS events from many files", events / (stood - begun), "per second", note),
        Row("lag of the views at the end", ended - stood, "s", lag),
    ]


def processor() -> float:
    """Seconds of processor time of this process, its children, and those they have waited for."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = place.read_text().rpartition(") ")
        except OSError:
            continue  # it has ended
        told = rest.split()
        if os.getpid() in {int(name.split(" ", 1)[0]), int(told[1])}:
            ticks += sum(map(int, told[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def lookups(events: int) -> Row:
    """One lot's events in a large book: the slowest of a hundred but one."""
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    book = create_book(folder, Naming("bench.example/large", "Bench"))
    try:
        for begin in range(0, events, LARGE):
            facts: tuple[dict[str, object], ...] = tuple(
                {
                    "id": f"event:{n}",
                    "kind": "pack",
                    "when": "2026-01-03T02:00:00Z",
                    "inputs": [{"lot": f"lot:{n}"}],
                    "outputs": [{"lot": f"lot:box/{n // 20}"}],
                }
                for n in range(begin, min(begin + LARGE, events))
            )
            book.append([Draft("event", facts, book.operator)], wait=False)
        book.refresh()
        at_rest()
        chance, times = random.Random(4), []
        for _ in range(200):
            lot = f"lot:box/{chance.randrange(events // 20)}"
            begun = time.perf_counter()
            found = query.slice(book, as_of="2026-06-01", about=[lot], kinds=["event"])
            times.append(time.perf_counter() - begun)
            assert sum(map(len, found.records.values())) == 20
    finally:
        book.close()
        shutil.rmtree(folder)
    times.sort()
    note = f"20 events of one lot among {events:,}, a lot at random each time, in a process at rest"
    note += " as a server is; asked for under 20"
    return Row("events of one lot, p99", times[int(len(times) * 0.99)] * 1e3, "ms", note)


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
        *together(documents(MANY)),
        lookups(int(os.environ.get("LOOKUPS", "1000000"))),
        Row(
            "own JSONL lots captured",
            LOTS / lines,
            "per second",
            f"one document of {LOTS} lots; {durable}",
        ),
    ]
