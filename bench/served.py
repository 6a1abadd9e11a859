"""A served book under load: documents of 100 events, single events at 100 a second, questions.

The load comes from a process of its own beside the server, over loopback, on the same cores. No
public EPCIS repository can run beside it here: FasTnT needs the .NET SDK, OpenEPCIS and Oliot need
Java with Kafka, OpenSearch or MongoDB, and none of these is a package of the system this runs on.
"""

from __future__ import annotations

import http.client
import json
import os
import random
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

from disk import STILL, Silence, tells, watched
from orebook.acts.capture_many import capture_many
from orebook.wiring import open_book
from rows import Row

T = TypeVar("T")
DOCUMENTS, EVENTS, SENDERS = 300, 100, 2
SINGLES, RATE, CALLERS = 3000, 100, 8
SYNCS = 500
QUESTIONS, QUESTIONS_OF_MANY = 300, 1000
LARGE, PART = int(os.environ.get("LOOKUPS", "1000000")), 500
OF_ONE_LOT = 20  # events, each of another document
LOT = "urn:epc:class:lgtin:4012345.012345."


@dataclass(frozen=True, slots=True)
class Single:
    """When an event was due, and when its answer had come, in seconds."""

    due: float
    done: float

    @property
    def took(self) -> float:
        """Its latency."""
        return self.done - self.due

    def within(self, silence: Silence) -> bool:
        """Whether the disk stood still while it was on its way."""
        return self.due < silence[1] and silence[0] < self.done


@dataclass
class Server:
    """Where a served book answers, and the header that lets one write."""

    port: int
    token: str
    pid: int

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

    def processor(self) -> float:
        """Seconds of processor time of the server and of all processes that it has started."""
        ticks, ours = 0, {self.pid}
        stats = sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name))
        for place in stats:
            try:
                name, _, rest = place.read_text().rpartition(") ")
            except OSError:
                continue  # it has ended
            told, pid = rest.split(), int(name.split(" ", 1)[0])
            if pid in ours or int(told[1]) in ours:
                ours.add(pid)
                ticks += sum(map(int, told[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(fill: Callable[[Path], None] = lambda _book: None) -> Iterator[Server]:
    """A fresh book in a folder, filled, and served by a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    program = [sys.executable, "-c", "from orebook.cli import main; main()"]
    book = str(folder / "b")
    run = [*program, "init", book, "--origin", "bench.example/http", "--title", "Bench"]
    subprocess.run(run, check=True, capture_output=True)
    fill(Path(book))
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
        yield Server(port, made.stdout.strip(), process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


def event(key: str, lot: str = "") -> dict[str, object]:
    """One lot is shipped, its own unless told."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{key}",
        "eventTime": "2026-01-05T06:00:00Z",
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"},
        "quantityList": [{"epcClass": f"{LOT}{lot or key}", "quantity": 21981.5, "uom": "KGM"}],
    }


CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def document(number: int) -> bytes:
    """A document of 100 lot events."""
    return document_of([event(f"d{number}-{n}") for n in range(EVENTS)])


def document_of(events: list[dict[str, object]]) -> bytes:
    whole = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-06T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    return json.dumps(whole).encode()


def large(folder: Path) -> None:
    """Fills a book with a million events, those of one lot in documents far from one another."""
    lots = LARGE // OF_ONE_LOT
    files = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    with open_book(folder) as book:
        for begin in range(0, LARGE // EVENTS, PART):
            paths = []
            for number in range(begin, min(begin + PART, LARGE // EVENTS)):
                first = number * EVENTS
                events = [event(f"l{n}", f"l{n % lots}") for n in range(first, first + EVENTS)]
                paths.append(files / f"{number}.json")
                paths[-1].write_bytes(document_of(events))
            if faults := [fault for told in capture_many(book, paths) for fault in told.problems]:
                raise ValueError(faults[0].text())
            for path in paths:
                path.unlink()
    files.rmdir()


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


def send_singles(server: Server) -> list[Single]:
    """Single events sent at a steady rate, whether or not the last has come back."""
    bodies = [json.dumps({"@context": CONTEXT, **event(f"s{n}")}).encode() for n in range(SINGLES)]
    sent: list[Single] = []
    begun = time.perf_counter() + 0.2

    def caller(part: list[tuple[int, bytes]]) -> None:
        link = server.link()
        for number, body in part:
            due = begun + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            status, _, data = server.call(link, "POST", "/epcis/events", body)
            assert status == 201, data
            sent.append(Single(due, time.perf_counter()))  # a wait for a free caller counts too

    numbered = list(enumerate(bodies))
    together([numbered[n::CALLERS] for n in range(CALLERS)], caller)
    return sent


def ask(server: Server, lots: Sequence[str], count: int) -> list[float]:
    """Latencies of the question for one lot's events, of which there are so many."""
    link = server.link()
    took = []
    for lot in lots:
        path = f"/epcis/events?MATCH_anyEPCClass={quote(LOT + lot, safe='')}"
        begun = time.perf_counter()
        status, _, data = server.call(link, "GET", path)
        took.append(time.perf_counter() - begun)
        assert status == 200, data
        assert data.count(b'"eventID"') == count, data
    return took


def together(parts: Sequence[list[T]], work: Callable[[list[T]], None]) -> None:
    """Each part in a thread of its own; what one raises is raised here."""
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(work, parts))


def bare_syncs() -> list[float]:
    """Latencies of the disk alone: small writes at the rate of the events, each synced."""
    took = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
            time.sleep(1 / RATE)
    return took


def p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98] * 1000


def single_rows(singles: list[Single], silences: list[Silence], durable: str) -> list[Row]:
    """What one event took; and what those took during which the disk did not stand still."""
    took = [single.took for single in singles]
    moving = [s.took for s in singles if not any(map(s.within, silences))]
    still = [end - begin for begin, end in silences]
    if tells():
        stood = f"the disk answered nothing for over {STILL * 1000:.0f} ms with something on its"
        stood += f" way {len(still)} times, {sum(still) * 1000:.0f} ms in all, at most"
        stood += f" {max(still, default=0) * 1000:.0f}; {len(took) - len(moving)} events less"
    else:
        stood = "this system does not tell when the disk stands still"
    asked = f"{RATE} a second, {SINGLES:,} in all; {durable}; asked for under 50"
    return [
        Row("one event, median", statistics.median(took) * 1000, "ms", f"{RATE} a second"),
        Row("one event, p99", p99(took), "ms", asked),
        *(
            [Row("  of those while the disk did not stand still, p99", p99(moving), "ms", stood)]
            if len(moving) > 1
            else []
        ),
    ]


def run() -> list[Row]:
    with served() as server:
        used = server.processor()
        rate, lag = send_documents(server)
        used = (server.processor() - used) / (DOCUMENTS * EVENTS) * 1e6
        before = bare_syncs()
        with watched() as silences:
            singles = send_singles(server)
        after = bare_syncs()
        lots = [f"d{number % DOCUMENTS}-{number % EVENTS}" for number in range(QUESTIONS)]
        questions = ask(server, lots, 1)
    chance = random.Random(4)
    with served(large) as server:
        lots = [f"l{chance.randrange(LARGE // OF_ONE_LOT)}" for _ in range(QUESTIONS_OF_MANY)]
        many = ask(server, lots, OF_ONE_LOT)
    durable = "SQLite, synchronous FULL, signed; the load on the same cores"
    documents = f"{DOCUMENTS} documents of {EVENTS}, {SENDERS} senders, a server just started;"
    documents += f" {used:.0f} µs of its processors' time each; {durable}; asked for 3,000"
    far = f"{OF_ONE_LOT} events of one lot, each in another document, among {LARGE:,};"
    far += f" a lot at random each time, the first {QUESTIONS_OF_MANY:,} questions to a server"
    far += " just started; asked for under 20"
    return [
        Row("events captured over HTTP", rate, "per second", documents),
        Row("lag of the views at the end", lag, "seconds", "last event found by its id"),
        *single_rows(singles, silences, durable),
        Row(
            "  beside: a bare sync of 4 kB, p99",
            p99(before + after),
            "ms",
            f"{RATE} a second, {SYNCS} before and {SYNCS} after; at most"
            f" {max(before + after) * 1000:.0f} ms",
        ),
        Row("events of one lot, p99", p99(questions), "ms", f"{QUESTIONS} questions, one caller"),
        Row("events of one lot in a large book, median", statistics.median(many) * 1e3, "ms", far),
        Row("events of one lot in a large book, p99", p99(many), "ms", far),
    ]
