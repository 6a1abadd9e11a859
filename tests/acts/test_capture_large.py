"""A large document goes in as a small one does: same entries, same faults, flat memory."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest

from orebook.acts import capture as acts_capture
from orebook.acts import capture_large
from orebook.acts.capture import Captured, Wish, capture
from orebook.acts.rules import Rule
from orebook.book import append, files, pending, publish, query, seal
from orebook.book.audit_public import audit_public
from orebook.book.book import Book, Stores
from orebook.book.store_memory import Faults, MemoryEntries, MemoryHead, MemoryShelf
from orebook.exchange import epcis_json
from orebook.model.facts import Head
from orebook.model.problem import KeeperError
from orebook.wiring import Naming, Sources, create_book

NAMING = Naming("example.org/large", "Large", "party:keeper")


def event(number: int) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{number}",
        "eventTime": "2026-01-05T06:00:00Z",
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": [f"urn:epc:id:sgtin:0614141.107346.{number}"],
        "example:remark": f"free text {number} {'x' * 400}",
    }


def document(events: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "epcisBody": {"eventList": events},
            "schemaVersion": "2.0",
            "creationDate": "2026-01-31T12:00:00Z",
            "type": "EPCISDocument",
        }
    ).encode()


def lines(count: int) -> bytes:
    return b"".join(
        json.dumps({"kind": "lot", "fact": {"id": f"lot:{n}", "label": "l" * 200}}).encode() + b"\n"
        for n in range(count)
    )


def large(patch: pytest.MonkeyPatch) -> None:
    """From now on every document is taken in as a large one."""
    patch.setattr(acts_capture, "LARGE", 0)
    patch.setattr(epcis_json, "LARGE", 0)
    patch.setattr(pending, "_SPOOL", 1000)


def take(
    sources: Sources, sent: list[tuple[bytes, str, Wish]]
) -> tuple[list[Captured], Head, dict[str, int]]:
    with create_book(None, NAMING, sources) as book:
        told = [capture(book, io.BytesIO(data), name, wish) for data, name, wish in sent]
        return told, book.refresh(), query.counts(book)


@pytest.fixture
def both(injected: Callable[[], Sources]) -> Callable[..., list[Captured]]:
    """What became of documents, by the small way and the large one, which are the same."""

    def captured(*sent: tuple[bytes, str, Wish]) -> list[Captured]:
        small = take(injected(), list(sent))
        with pytest.MonkeyPatch.context() as patch:
            large(patch)
            assert take(injected(), list(sent)) == small
        return small[0]

    return captured


def test_the_large_way_writes_what_the_small_one_does(both: Callable[..., list[Captured]]) -> None:
    events = [event(n) for n in range(40)]
    bad = document([*events[:30], {**event(30), "action": "BURN"}, event(31)])
    sealing = Wish(seal=(Rule("/timezone", ident="urn:uuid:77"),))
    told = both(
        (bad, "bad.json", Wish()),
        (document(events), "all.json", Wish(dry_run=True)),
        (document(events), "all.json", Wish("rollback")),
        (document(events), "all.json", Wish("rollback")),
        (document([event(77), event(78)]), "seal.json", sealing),
        (document([event(79), event(3)])[:-9], "cut.json", Wish()),
        (lines(2500), "lots.jsonl", Wish()),
        (b"neither", "what.bin", Wish()),
    )
    assert [bool(t.problems) for t in told] == [True, *[False] * 4, True, False, True]
    assert [t.facts for t in told] == [32, 10, 10, 0, 3, 0, 2501, 0]
    assert [t.known for t in told] == [0, 31, 31, 41, 0, 0, 0, 0]


def test_the_large_way_refuses_what_the_small_one_does(both: Callable[..., list[Captured]]) -> None:
    bad = document([event(1), {**event(30), "action": "BURN"}])
    loose = Wish(seal=(Rule("/nowhere"), Rule("/timezone")))
    for data, wish in ((bad, Wish("rollback")), (document([event(1)]), loose)):
        (told,) = both((data, "bad.json", wish))
        assert told.problems
        assert told.facts == 0
        assert told.receipt is None


def test_a_large_file_comes_back_from_its_parts(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(monkeypatch)
    monkeypatch.setattr(files, "PART", 1000)
    data = document([event(n) for n in range(9)])
    capture(book, io.BytesIO(data), "a.json")
    assert len(list(book.stores.blobs.names())) == len(data) // 1000 + 2
    digest = sha256(data).hexdigest()
    assert book.files.get(digest) == data
    assert book.files.discard(digest)
    assert not list(book.stores.blobs.names())


@pytest.mark.parametrize(
    ("step", "call", "mode"),
    [("stage", 2, "after"), ("swap", 1, "before"), ("tiles", 2, "before"), ("tiles", 3, "after")],
)
def test_a_fault_on_the_way_leaves_the_book_whole(
    monkeypatch: pytest.MonkeyPatch, step: str, call: int, mode: Literal["before", "after"]
) -> None:
    large(monkeypatch)
    monkeypatch.setattr(append, "STAGED_BYTES", 100_000)
    monkeypatch.setattr(publish, "FAR", 256)
    monkeypatch.setattr(seal, "PAYLOAD_MAX", 760)  # hundreds of entries
    faults = Faults()
    stores = Stores(MemoryEntries(faults), MemoryHead(faults), MemoryShelf(faults))
    with Book.create(
        None, origin="example.org/large", title="Large", operator="party:keeper", stores=stores
    ) as book:
        before = book.refresh()
        data = document([event(n) for n in range(560)])
        faults.plan[step, faults.calls.get(step, 0) + call] = mode
        with contextlib.suppress(KeeperError):
            capture(book, io.BytesIO(data), "a.json")
        assert faults.hits == 1
        after = book.refresh()
        told = capture(book, io.BytesIO(data), "a.json")
        assert (told.facts, after == before) in {(561, True), (0, False)}
        assert query.counts(book)["event"] == 560
        shelf = audit_public(book.stores.shelf, book.verifier, processes=1)
        assert not shelf.differences
        assert book.refresh().size > 560


def test_very_many_faults_are_counted(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    large(monkeypatch)
    monkeypatch.setattr(capture_large, "PROBLEMS_MAX", 2)
    data = document([{**event(n), "action": "BURN"} for n in range(5)])
    told = capture(book, io.BytesIO(data), "bad.json")
    assert [p.code for p in told.problems[2:]] == ["more-faults"]
    assert told.problems[-1].found == "3 more"


_MEASURED = """
import io, sys
from pathlib import Path
from orebook.acts.capture import capture
from orebook.wiring import Naming, create_book
book = create_book(Path(sys.argv[1]), Naming("example.org/large", "Large"))
# Of this program alone: ru_maxrss would carry over the peak of whatever process began it.
def peak(): return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
peaks = []
for path in sys.argv[2:]:
    with open(path, "rb") as stream:
        told = capture(book, stream, path)
    assert not told.problems, told.problems[0]
    peaks.append(peak())
print(*peaks)
book.close()
"""


@pytest.mark.proof
def test_memory_stays_flat_while_a_large_document_streams_in(tmp_path: Path) -> None:
    paths = []
    for name, count in (("small", 13_000), ("large", 39_000)):  # 9 and 27 MB
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_bytes(
            document([{**event(n), "eventID": f"urn:{name}:{n}"} for n in range(count)])
        )
    run = [sys.executable, "-c", _MEASURED, str(tmp_path / "book"), *map(str, paths)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    small, large = map(int, done.stdout.split())
    assert large - small < 30  # MB, for 18 MB more, which take ten times that as objects
    assert large < 250, (small, large)
