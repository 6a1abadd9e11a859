"""A served book under load: documents of 100 events, single events at 100 a second, questions.

The load comes from a process of its own beside the server, over loopback, on the same cores. No
public EPCIS repository can run beside it here: FasTnT needs the .NET SDK, OpenEPCIS and Oliot need
Java with Kafka, OpenSearch or MongoDB, and none of these is a package of the system this runs on.
"""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from rows import Row

T = TypeVar("T")
DOCUMENTS, EVENTS, SENDERS = 60, 100, 2
SINGLES, RATE, CALLERS = 500, 100, 8
QUESTIONS = 300
LOT = "urn:epc:class:lgtin:4012345.012345."


@dataclass
class Server:
    """Where a served book answers, and the header that lets one write."""

    port: int
    token: str

    def call(
        self, link: http.client.HTTPConnection, method: str, path: str, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        link.request(method, path, body or None, headers)
        answer = link.getresponse()
        data = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, data

    def link(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)


@contextmanager
def served() -> Iterator[Server]:
    """A fresh book in a folder, served by a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    program = [sys.executable, "-c", "from orebook.cli import main; main()"]
    book = str(folder / "b")
    run = [*program, "init", book, "--origin", "bench.example/http", "--title", "Bench"]
    subprocess.run(run, check=True, capture_output=True)
    create = [*program, "token", "create", "load", "--role", "owner", "--book", book]
    made = subprocess.run(create, check=True, capture_output=True, text=True)
    serve = [*program, "serve", "--book", book, "--json"]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        text = ""
        while "}" not in text:
            text += next(lines)
        port = int(json.loads(text)["url"].rstrip("/").rpartition(":")[2])
        yield Server(port, made.stdout.strip())
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


def event(key: str) -> dict[str, object]:
    """One lot is shipped."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{key}",
        "eventTime": "2026-01-05T06:00:00Z",
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"},
        "quantityList": [{"epcClass": f"{LOT}{key}", "quantity": 21981.5, "uom": "KGM"}],
    }


CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def document(number: int) -> bytes:
    """A document of 100 lot events."""
    events = [event(f"d{number}-{n}") for n in range(EVENTS)]
    whole = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-06T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    return json.dumps(whole).encode()


def send_documents(server: Server) -> tuple[float, float]:
    """Events per second until the last is durable, and the lag of the views after that."""
    bodies = [document(n) for n in range(DOCUMENTS)]
    jobs: list[str] = []

    def sender(part: list[bytes]) -> None:
        link = server.link()
        for body in part:
            status, headers, data = server.call(link, "POST", "/epcis/capture", body)
            assert status == 202, data
            jobs.append(headers["location"])

    begun = time.perf_counter()
    together([bodies[n::SENDERS] for n in range(SENDERS)], sender)
    link = server.link()
    for job in jobs:
        while (told := json.loads(server.call(link, "GET", job)[2]))["running"]:
            time.sleep(0.02)
        assert told["success"], told
    seconds = time.perf_counter() - begun
    done = time.perf_counter()
    last = quote(f"urn:uuid:d{DOCUMENTS - 1}-{EVENTS - 1}", safe="")
    while server.call(link, "GET", f"/epcis/events/{last}")[0] != 200:
        time.sleep(0.02)
    return DOCUMENTS * EVENTS / seconds, time.perf_counter() - done


def send_singles(server: Server) -> list[float]:
    """Latencies of single events sent at a steady rate, whether or not the last has come back."""
    bodies = [json.dumps({"@context": CONTEXT, **event(f"s{n}")}).encode() for n in range(SINGLES)]
    took: list[float] = []
    begun = time.perf_counter() + 0.2

    def caller(part: list[tuple[int, bytes]]) -> None:
        link = server.link()
        for number, body in part:
            due = begun + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            status, _, data = server.call(link, "POST", "/epcis/events", body)
            assert status == 201, data
            took.append(time.perf_counter() - due)  # waiting for a free caller counts too

    numbered = list(enumerate(bodies))
    together([numbered[n::CALLERS] for n in range(CALLERS)], caller)
    return took


def ask(server: Server) -> list[float]:
    """Latencies of the question for one lot's events."""
    link = server.link()
    took = []
    for number in range(QUESTIONS):
        lot = quote(f"{LOT}d{number % DOCUMENTS}-{number % EVENTS}", safe="")
        begun = time.perf_counter()
        status, _, data = server.call(link, "GET", f"/epcis/events?MATCH_anyEPCClass={lot}")
        took.append(time.perf_counter() - begun)
        assert status == 200, data
    return took


def together(parts: Sequence[list[T]], work: Callable[[list[T]], None]) -> None:
    """Each part in a thread of its own; what one raises is raised here."""
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(work, parts))


def p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98] * 1000


def run() -> list[Row]:
    with served() as server:
        rate, lag = send_documents(server)
        singles = send_singles(server)
        questions = ask(server)
    durable = "SQLite, synchronous FULL, signed; the load on the same cores"
    return [
        Row("events captured over HTTP", rate, "per second", f"{EVENTS} a document; {durable}"),
        Row("lag of the views at the end", lag, "seconds", "last event found by its id"),
        Row("one event, median", statistics.median(singles) * 1000, "ms", f"{RATE} a second"),
        Row("one event, p99", p99(singles), "ms", f"{RATE} a second, {SINGLES} in all; {durable}"),
        Row("events of one lot, p99", p99(questions), "ms", f"{QUESTIONS} questions, one caller"),
    ]
