"""Documents handed over at once: each its own outcome, none twice, whole or absent after a kill."""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import httpx
import pytest

from orebook.acts import jobs as jobs_module
from orebook.acts.intake import BURST, Intake, Recent
from orebook.acts.jobs import WORKERS, Jobs, Mode, Order
from orebook.acts.receive import told_of
from orebook.book import query
from orebook.book.audit import audit
from orebook.book.errors import StoreFailed
from orebook.book.office import Office
from orebook.book.opened import OpenBook
from orebook.wiring import OFFICE, Naming, create_book, open_book

DAY = "2026-06-01"
LOT = "urn:epc:class:lgtin:4012345.012345."


def event(ident: str, **more: object) -> dict[str, object]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "eventID": f"urn:uuid:{ident}",
        "eventTime": "2026-01-03T02:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "quantityList": [{"epcClass": f"{LOT}{ident}", "quantity": 1.5, "uom": "KGM"}],
        **more,
    }


def document(*events: dict[str, object], day: str = "04") -> bytes:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": f"2026-01-{day}T00:00:00Z",
            "epcisBody": {"eventList": list(events)},
        }
    ).encode()


def some(number: int, count: int = 3) -> bytes:
    return document(*(event(f"{number}-{n}") for n in range(count)))


@contextmanager
def opened(folder: Path, readers: int = 0, most: int = 0) -> Iterator[tuple[OpenBook, Intake]]:
    with create_book(folder / "book", Naming("example.org/intake", "Intake")) as book:
        intake = Intake(book, most, readers)
        try:
            yield book, intake
        finally:
            intake.close()


def handed(
    book: OpenBook, intake: Intake, folder: Path, sent: list[tuple[bytes, Mode]]
) -> list[dict[str, Any]]:
    """The jobs of documents that all wait before the first of them is taken up."""
    office, inbox = Office(None), folder / "inbox"
    go = Event()

    def take(stream: Any, order: Order) -> dict[str, object]:
        go.wait(30)
        return told_of(intake.take(stream, order))

    jobs = Jobs(take, book.operator, office, inbox, lambda: dt.datetime.now(dt.UTC))
    names = []
    for number, (data, mode) in enumerate(sent):
        (path := folder / f"{number}.json").write_bytes(data)
        with path.open("rb") as stream:
            names.append(
                jobs.take(stream, Order("capture.json", book.operator, mode, "epcis-json"))
            )
    go.set()
    while any(paper.body["running"] for paper in office.every("job")):
        time.sleep(0.005)
    jobs.close()
    assert list(inbox.iterdir()) == []
    book.refresh()
    papers = {paper.name: dict(paper.body) for paper in office.every("job")}
    office.close()
    return [papers[name] for name in names]


def events_of(book: OpenBook) -> list[str]:
    """The identifier of every event, as often as it is stated."""
    entries = query.entries(book, 0, book.head.size, "owner")
    return sorted(str(f["id"]) for e in entries if e.kind == "event" for f in e.facts)


def test_each_document_of_a_batch_has_its_own_outcome(tmp_path: Path) -> None:
    bad = document(event("x"), event("y", action="SOMETIMES"), event("z"))
    sent: list[tuple[bytes, Mode]] = [(some(n), "rollback") for n in range(4)]
    sent[2:2] = [
        (bad, "rollback"),
        (bad.replace(b"uuid:", b"uuid:p"), "proceed"),
        (b"{", "proceed"),
    ]
    sent.append((some(9, 8), "rollback"))
    with opened(tmp_path, most=7) as (book, intake):
        told = handed(book, intake, tmp_path, sent)
        assert [job["success"] for job in told] == [
            True,
            True,
            False,
            False,
            False,
            True,
            True,
            False,
        ]
        for job in (told[2], told[3]):
            assert [e["place"] for e in job["errors"]] == ["/epcisBody/eventList/1/action"]
        assert told[2]["receipt"] is None
        assert told[3]["appended"] == {"event": 2, "document": 1}
        assert told[4]["errors"]
        assert told[7]["errors"][0]["code"] == "too-large"
        good = [f"urn:uuid:{n}-{i}" for n in range(4) for i in range(3)]
        assert events_of(book) == sorted([*good, "urn:uuid:px", "urn:uuid:pz"])
        for job in told:
            if (receipt := job["receipt"]) is not None:
                assert book.leaf(receipt["first"])
                assert receipt["head"]["size"] > receipt["last"] >= receipt["first"]
        assert audit(book) == []


def test_what_stands_in_several_documents_of_a_batch_is_written_once(tmp_path: Path) -> None:
    same = some(1)
    partly = document(event("1-1"), event("2-0"), day="05")
    elsewhere = document(*(event(f"1-{n}") for n in range(3)), day="06")
    with opened(tmp_path) as (book, intake):
        sent: list[tuple[bytes, Mode]] = [(same, "rollback"), (same, "rollback")]
        told = handed(book, intake, tmp_path, [*sent, (partly, "proceed"), (elsewhere, "rollback")])
        assert all(job["success"] for job in told)
        assert events_of(book) == [f"urn:uuid:{n}" for n in ("1-0", "1-1", "1-2", "2-0")]
        assert sum(job["appended"].get("event", 0) for job in told) == 4
        again = handed(book, intake, tmp_path, sent)
        assert [(job["appended"], job["receipt"]) for job in again] == [({}, None)] * 2


def test_who_states_the_same_waits_and_sees_it_first() -> None:
    looks: list[int] = []
    folded = [0]

    def refresh() -> None:
        looks.append(folded[0])
        folded[0] = 10

    recent = Recent(refresh, lambda: folded[0])
    inside, leave = Barrier(2), Event()

    def first() -> None:
        with recent.alone({"a", "b"}) as written:
            inside.wait(10)
            assert leave.wait(10)
            written(7)

    def second() -> list[int]:
        with recent.alone({"b", "c"}):
            return list(looks)

    with ThreadPoolExecutor(2) as pool:
        going = pool.submit(first)
        inside.wait(10)
        with recent.alone({"other"}):
            assert looks == []  # nobody waits for what it does not state
        waiting = pool.submit(second)
        assert not waiting.done()
        leave.set()
        going.result()
        assert waiting.result() == [0]
    with recent.alone({"a"}):  # seen by now
        assert looks == [0]
    with pytest.raises(ZeroDivisionError), recent.alone({"a"}):
        raise ZeroDivisionError
    with recent.alone({"a"}) as written:  # let go of, whatever happened
        written(12)
    recent.seen()
    assert looks == [0, 10]


def test_after_what_names_nothing_whoever_comes_sees_it_first() -> None:
    looks: list[int] = []
    recent = Recent(lambda: looks.append(1), lambda: 20 * len(looks))
    for expected in (0, 1, 1):  # a large document, of which nobody knows what it states
        with recent.alone({"anything"}):
            assert len(looks) == expected
        if expected == 0:
            recent.unnamed(19)


def test_what_was_written_stands_where_the_views_cannot_be_asked() -> None:
    def folded() -> int:
        raise StoreFailed("views: expected to read them, found: disk I/O error")

    looks: list[str] = []
    recent = Recent(lambda: looks.append("look"), folded)
    for _ in range(2):
        with recent.alone({f"{n}" for n in range(5000)}) as written:  # more than are kept unasked
            written(7)
    assert looks == ["look"]  # still not known to be seen, so the second looked


@pytest.fixture
def office() -> Iterator[Office]:
    with closing(Office(None)) as made:
        yield made


def test_who_runs_a_job_again_knows_that_it_was_begun(office: Office, tmp_path: Path) -> None:
    inbox, tries = tmp_path / "inbox", count()
    taken: dict[int, list[bool]] = {0: [], 1: []}

    def jobs(number: int) -> Jobs:
        def take(_stream: Any, order: Order) -> dict[str, object]:
            taken[number].append(order.again)
            if number == 0 and next(tries) < 2:
                raise SystemExit  # nothing is told of it, as after a kill
            return {"by": number}

        return Jobs(take, "party:keeper", office, inbox, lambda: dt.datetime.now(dt.UTC))

    first, order = jobs(0), Order("capture.json", "party:keeper")
    for _ in range(5):
        first.take(io.BytesIO(b"{}"), order)
    waited(lambda: len(list(inbox.iterdir())) == 2)
    first.close()
    second = jobs(1)
    second.take(io.BytesIO(b"{}"), order)
    assert second.resume() >= 2
    waited(lambda: not any(inbox.iterdir()))
    second.close()
    assert taken[0] == [False] * 5
    assert sorted(taken[1]) == [False, True, True]
    assert sorted(paper.body["by"] for paper in office.every("job")) == [0, 0, 0, 1, 1, 1]


def test_of_two_servers_one_runs_a_job(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "AGAIN_SECONDS", 0.01)
    inbox, go = tmp_path / "inbox", Event()
    taken: list[int] = []

    def jobs(number: int) -> Jobs:
        def take(_stream: Any, _order: Order) -> dict[str, object]:
            taken.append(number)
            assert number or go.wait(10)
            return {"by": number}

        return Jobs(take, "party:keeper", office, inbox, lambda: dt.datetime.now(dt.UTC))

    first, second = jobs(0), jobs(1)
    names = [first.take(io.BytesIO(b"{}"), Order("capture.json", "me")) for _ in range(WORKERS + 1)]
    waited(lambda: len(taken) == WORKERS)
    assert second.resume() == WORKERS + 1  # it starts while the other is at work
    waited(lambda: len(taken) == WORKERS + 1)
    time.sleep(0.05)
    go.set()
    waited(lambda: not any(inbox.iterdir()))
    first.close()
    second.close()
    assert taken == [0] * WORKERS + [1]
    found = {paper.name: paper.body for paper in office.every("job")}
    assert [found[name]["by"] for name in names] == taken
    assert not any(body["running"] for body in found.values())


def test_a_job_that_cannot_be_begun_or_told_of_is_run_again(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, tries = tmp_path / "inbox", count()
    monkeypatch.setattr(jobs_module, "AGAIN_SECONDS", 0)
    put, get, lock = office.put, office.get, fcntl.flock
    fails = {
        "lock": OSError(errno.ENOLCK, "No locks available"),
        "paper": StoreFailed("office: expected to read it, found: disk I/O error"),
    }

    def at_first(name: str, work: Any) -> Any:
        def tried(*words: Any) -> Any:
            if (error := fails.pop(name, None)) is not None:
                raise error
            return work(*words)

        return tried

    monkeypatch.setattr(fcntl, "flock", at_first("lock", lock))
    monkeypatch.setattr(office, "get", at_first("paper", get))

    def full(room: str, name: str, body: Any, owner: str = "") -> None:
        if not body["running"] and next(tries) < 2:
            raise StoreFailed("office: expected the write to go through, found: disk is full")
        put(room, name, body, owner)

    monkeypatch.setattr(office, "put", full)
    jobs = Jobs(
        lambda *_: {"tried": next(tries)}, "me", office, inbox, lambda: dt.datetime.now(dt.UTC)
    )
    name = jobs.take(io.BytesIO(b"{}"), Order("capture.json", "me"))
    waited(lambda: not any(inbox.iterdir()))
    paper = office.get("job", name)
    assert paper is not None
    assert (paper.body["running"], paper.body["tried"], fails) == (False, 2, {})
    jobs.close()


@pytest.mark.parametrize("where", ["disk", "office"])
def test_of_a_document_that_was_not_promised_nothing_is_left(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    inbox = tmp_path / "inbox"
    jobs = Jobs(lambda *_: {}, "me", office, inbox, lambda: dt.datetime.now(dt.UTC))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if where == "disk" else (office, "put")), full)
    with pytest.raises(OSError, match="No space left"):
        jobs.take(io.BytesIO(b"{}"), Order("capture.json", "me"))
    assert list(inbox.iterdir()) == []
    jobs.close()


@pytest.mark.proof
def test_readers_beside_say_and_write_what_is_said_here(tmp_path: Path) -> None:
    bad = document(event("x"), event("y", action="SOMETIMES"))
    sent: list[tuple[bytes, Mode]] = [(some(n), "rollback") for n in range(2 * WORKERS)]
    sent += [(bad, "proceed"), (some(3), "proceed"), (some(70, 9), "rollback")]
    outcomes: list[Any] = []
    for readers in (0, 2):
        (folder := tmp_path / str(readers)).mkdir()
        with opened(folder, readers, 8) as (book, intake):
            assert BURST <= WORKERS
            if readers:
                intake._readers.wake()
                waited(lambda: len(intake._readers.idents) == readers)  # noqa: B023
                assert below(os.getpid())
            told = handed(book, intake, folder, sent)
            kept = ("success", "errors", "appended", "alreadyInTheBook", "format")
            twice = (3, 2 * WORKERS + 1)  # whichever of the two is written first
            first, second = sorted((told[n] for n in twice), key=lambda j: j["alreadyInTheBook"])
            told[twice[0]], told[twice[1]] = first, second
            outcomes.append(([{name: job[name] for name in kept} for job in told], events_of(book)))
            assert audit(book) == []
            if readers:  # in place of those that are killed others read
                killed = intake._readers.idents
                for ident in killed:
                    os.kill(ident, signal.SIGKILL)
                more: list[tuple[bytes, Mode]] = [(some(100 + n), "rollback") for n in range(3)]
                assert all(job["success"] for job in handed(book, intake, folder, more))
                assert len(events_of(book)) == len(outcomes[-1][1]) + 9
                assert len(intake._readers.idents) == readers
                assert set(intake._readers.idents).isdisjoint(killed)
    assert outcomes[0] == outcomes[1]


@pytest.mark.proof
def test_after_a_kill_each_document_is_whole_or_comes_again_and_no_reader_is_left(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "book"
    create_book(folder, Naming("example.org/killed", "Killed")).close()
    program = str(Path(sys.executable).parent / "orebook")
    made = [program, "token", "create", "load", "--role", "owner", "--book", str(folder)]
    token = subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    promised: dict[str, int] = {}
    kills = 0
    while kills < 2:
        with (
            serving(program, folder) as (server, address),
            closing(Office(folder / OFFICE)) as office,
            httpx.Client(base_url=address, headers=headers) as client,
            ThreadPoolExecutor(4) as pool,
        ):

            def sent(number: int) -> tuple[str, int]:
                answer = client.post("epcis/capture", content=some(number, 60))
                assert answer.status_code == 202
                return answer.headers["location"], number

            before = count_of(office, running=False)
            while count_of(office, running=False) == before:
                if count_of(office, running=True) < 2 * WORKERS:
                    numbers = range(len(promised), len(promised) + WORKERS)
                    promised |= dict(pool.map(sent, numbers))
                time.sleep(0.01)
            children = below(server.pid)
            server.kill()
            server.wait()
            kills += count_of(office, running=True) > 0  # some waited, or were at work
        waited(lambda: not any(Path(f"/proc/{child}").exists() for child in children))  # noqa: B023
    with serving(program, folder) as (_, address), httpx.Client(headers=headers) as client:
        for location in promised:
            job = f"{address.rstrip('/')}{location}"
            waited(lambda: not client.get(job).json()["running"])  # noqa: B023
            assert client.get(job).json()["success"]
    with open_book(folder) as book:
        assert events_of(book) == sorted(
            f"urn:uuid:{n}-{i}" for n in promised.values() for i in range(60)
        )
        assert audit(book) == []


def count_of(office: Office, *, running: bool) -> int:
    return sum(bool(paper.body["running"]) is running for paper in office.every("job"))


@contextmanager
def serving(program: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [program, "serve", "--book", str(folder), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            text = ""
            while "}" not in text:
                text += server.stdout.readline()
            yield server, json.loads(text)["url"]
        finally:
            server.terminate()


def below(pid: int) -> list[int]:
    """Every process that one has started, and those that these have."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *below(child)]
    return found


def waited(done: Callable[[], bool]) -> None:
    for _ in range(3000):
        if done():
            return
        time.sleep(0.01)
    raise AssertionError(done)
