"""Many documents at once: the same book as one by one, each whole or not there, none twice."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orebook.acts import capture_beside
from orebook.acts import capture_many as module
from orebook.acts.capture import Captured, Wish, capture
from orebook.acts.capture_apart import Clerk, Packed
from orebook.acts.capture_many import capture_many
from orebook.acts.gather import Gathered, Sheet
from orebook.book import query
from orebook.book.audit import audit
from orebook.book.errors import StoreFailed
from orebook.book.opened import OpenBook
from orebook.book.seal import Apart, Sealing
from orebook.exchange.registry import formats
from orebook.model.problem import TooLarge
from orebook.wiring import Naming, Sources, create_book

DAY = "2026-06-01"


def epcis(number: int, lots: range) -> bytes:
    """One document; lots of other documents may be named in it."""
    events = [
        {
            "type": "ObjectEvent",
            "action": "ADD",
            "bizStep": "commissioning",
            "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:06}{lot:06}",
            "eventTime": "2026-01-03T02:00:00.000Z",
            "eventTimeZoneOffset": "+05:00",
            "quantityList": [
                {"epcClass": f"urn:epc:class:lgtin:4012345.012345.{lot}", "quantity": 1.50,
                 "uom": "KGM"}
            ],
            "example:note": "kept as written",
        }
        for lot in lots
    ]  # fmt: skip
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-01-31T12:00:00.000Z",
            "epcisBody": {"eventList": events},
        }
    ).encode()


def documents(folder: Path) -> list[Path]:
    """Sound ones, one that repeats a lot as it was, one with a bad row, one no format knows."""
    files = {f"{n}.json": epcis(n, range(n * 3, n * 3 + 3)) for n in range(8)}
    files["again.json"] = files["2.json"].replace(b"31T12", b"31T13")  # the same facts elsewhere
    files["bad.json"] = epcis(90, range(90, 93)).replace(b'"KGM"', b'"kg"', 1)
    files["unknown.bin"] = b"\x00\x01\x02"
    rows = [{"kind": "lot", "fact": {"id": "lot:own", "note": "free text"}, "seal": ["/note"]}]
    files["own.jsonl"] = json.dumps(rows[0]).encode() + b"\n"
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def made(sources: Callable[[], Sources]) -> OpenBook:
    return create_book(None, Naming("test.example/many", "Many", "party:keeper"), sources())


def one_by_one(book: OpenBook, files: list[Path], wish: Wish) -> list[Captured]:
    answers = []
    for path in files:
        with path.open("rb") as stream:
            answers.append(capture(book, stream, path.name, wish))
    return answers


def told(answers: list[Captured]) -> list[Any]:
    return [(a.name, a.format, a.appended, a.known, a.problems, a.receipt is None) for a in answers]


def facts(book: OpenBook) -> list[Any]:
    found = query.slice(book, as_of=DAY, reader="owner")
    bodies = [query.entry(book, p, "owner") for p in range(book.head.size)]
    stated = sorted(
        json.dumps(fact, sort_keys=True) for e in bodies if e.kind != "clock" for fact in e.facts
    )
    return [sorted(kind.__name__ for kind in found.records), stated]


@pytest.mark.parametrize(
    ("mode", "processes", "remembered"), [("proceed", 1, 4), ("proceed", 2, 99), ("rollback", 2, 4)]
)
def test_many_at_once_say_and_write_what_they_do_one_by_one(
    tmp_path: Path,
    injected: Callable[[], Sources],
    monkeypatch: pytest.MonkeyPatch,
    mode: Any,
    processes: int,
    remembered: int,
) -> None:
    monkeypatch.setattr(module, "_IDENTS_MAX", remembered)
    files, wish = documents(tmp_path), Wish(mode)
    with made(injected) as one, made(injected) as many:
        single = one_by_one(one, files, wish)
        heard: list[int] = []
        together = capture_many(many, files, wish, heard.append, processes)
        assert told(together) == told(single)
        assert facts(many) == facts(one)
        assert heard == sorted(heard)
        again = together[8]
        assert (again.name, again.known, again.appended) == ("again.json", 6, {"document": 1})
        places = [a.receipt for a in together if a.receipt is not None]
        assert all(r.head.size <= many.head.size for r in places)
        for receipt in places:
            assert many.leaf(receipt.first)
        assert audit(many) == []
        repeated = capture_many(many, files, wish, processes=1)
        assert all(a.receipt is None for a in repeated)


def test_what_another_process_seals_is_what_the_book_would(
    injected: Callable[[], Sources],
) -> None:
    names = ("example.org/apart", "Apart", "party:keeper")
    files = [(f"{n}.json", epcis(n, range(n * 3, n * 3 + 3))) for n in range(3)]
    with create_book(None, Naming(*names), injected()) as plain:
        assert plain.apart() is None  # its salts are given: two processes would give the same
        told = [capture(plain, io.BytesIO(data), name) for name, data in files]
    given = injected()
    with create_book(None, Naming(*names), given) as book:
        keys = given.keys
        assert keys is not None
        sealer = Apart(Sealing(book.origin, keys.author, given.salt), keys.idempotency)
        clerk = pickle.loads(pickle.dumps(Clerk(sealer, book.operator, book.files.box)))
        for (name, data), one in zip(files, told, strict=True):
            packed = pickle.loads(pickle.dumps(clerk.pack(data, name, Wish(), book.now())))
            assert packed.held.sheet.document == one.document
            assert packed.counts == one.appended
            assert not any(book.stand(packed.parcels))
            book.files.put_boxed([(packed.held.sheet.digest, packed.data)])
            (receipt,) = book.append_parcels([(packed.parcels, packed.issued)])
            assert one.receipt is not None
            assert (receipt.leaves, receipt.head) == (one.receipt.leaves, one.receipt.head)
            assert all(book.stand(packed.parcels))
            assert book.files.get(packed.held.sheet.digest) == data


@pytest.mark.parametrize("kind", [Sheet, Gathered, Packed])
def test_what_is_handed_over_names_each_of_its_fields(kind: Any) -> None:
    """They are pickled by hand: one that is forgotten would be its default on the other side."""
    told = [object() for _ in fields(kind)]
    assert kind(*told).__reduce__() == (kind, tuple(told))


def test_what_readers_need_is_read_before_they_are_forked() -> None:
    readied = importlib.import_module(capture_beside.READY)
    assert readied.capture_beside is capture_beside
    assert formats.cache_info().currsize == 1


@pytest.mark.proof
def test_processes_beside_say_and_write_what_one_does(
    tmp_path: Path, injected: Callable[[], Sources]
) -> None:
    """With salts of the system's own, so that others may seal."""
    files, wish = documents(tmp_path), Wish()
    own = replace(injected(), salt=Sources().salt)
    names = Naming("test.example/many", "Many", "party:keeper")
    with made(injected) as one, create_book(None, names, own) as many:
        single = one_by_one(one, files, wish)
        assert told(capture_many(many, files, wish, processes=2)) == told(single)
        assert facts(many) == facts(one)
        digest = hashlib.sha256(files[3].read_bytes()).hexdigest()
        assert many.files.get(digest) == files[3].read_bytes()
        assert audit(many) == []
        repeated = capture_many(many, files, wish, processes=2)
        assert told(repeated) == told(one_by_one(one, files, wish))
        assert all(a.receipt is None for a in repeated)


def test_few_small_documents_share_their_writes_as_many_do(
    tmp_path: Path, injected: Callable[[], Sources], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too few to be worth a process beside; on PostgreSQL each write is a score of round trips."""
    files = [tmp_path / f"{number:02}.json" for number in range(20)]
    for number, path in enumerate(files):
        path.write_bytes(epcis(number, range(number, number + 1)))
    own = replace(injected(), salt=Sources().salt)
    with create_book(None, Naming("test.example/few", "Few", "party:keeper"), own) as book:
        stage, writes = book.stores.entries.stage, list[int]()

        def counted(start: int, leaves: Sequence[bytes], epoch: int = 0) -> None:
            writes.append(len(leaves))
            stage(start, leaves, epoch)

        monkeypatch.setattr(book.stores.entries, "stage", counted)
        answers = capture_many(book, files)
        assert len(writes) <= 3
        assert sum(writes) >= 40
        assert [a.appended["event"] for a in answers] == [1] * 20
        assert audit(book) == []


def test_a_dry_run_of_many_writes_nothing(tmp_path: Path, injected: Callable[[], Sources]) -> None:
    files = documents(tmp_path)
    with made(injected) as book:
        before = book.head
        answers = capture_many(book, files, Wish(dry_run=True), processes=1)
        assert sum(a.facts for a in answers) > 20
        assert book.head == before


def test_one_that_is_too_large_ends_it_and_those_before_stand(
    tmp_path: Path, injected: Callable[[], Sources]
) -> None:
    files = documents(tmp_path)[:3]
    large = tmp_path / "large.json"
    large.write_bytes(epcis(50, range(200, 220)))
    with made(injected) as book:
        with pytest.raises(TooLarge):
            capture_many(book, [*files, large], Wish(limit=4000), processes=1)
        assert query.counts(book)["event"] == 9


def test_one_that_the_disk_refuses_ends_it_and_none_after_it_is_written(
    tmp_path: Path, injected: Callable[[], Sources], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = documents(tmp_path)[:8]
    with made(injected) as book:
        stage, calls = book.stores.entries.stage, count(1)

        def full(start: int, leaves: Sequence[bytes], epoch: int = 0) -> None:
            if next(calls) == 3:
                message = "stage: expected the write to go through, found: disk full"
                raise StoreFailed(message)
            stage(start, leaves, epoch)

        monkeypatch.setattr(book.stores.entries, "stage", full)
        with pytest.raises(StoreFailed, match="disk full"):
            capture_many(book, files)
        book.refresh()
        assert query.counts(book)["event"] == 6
        assert audit(book) == []
        capture_many(book, files)
        assert query.counts(book)["event"] == 24


def test_one_that_is_gone_ends_it_in_its_turn_and_those_before_stand(
    tmp_path: Path, injected: Callable[[], Sources]
) -> None:
    files = [*documents(tmp_path)[:2], tmp_path / "gone.json"]
    with made(injected) as book:
        with pytest.raises(FileNotFoundError):
            capture_many(book, files)
        book.refresh()
        assert query.counts(book)["event"] == 6
