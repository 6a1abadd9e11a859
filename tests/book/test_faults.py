"""Failures at every step of a write: what was answered stands, and the book comes back whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orebook.book import query
from orebook.book.audit import audit, audit_folder
from orebook.book.book import Book, Stores
from orebook.book.errors import OutcomeUnknown
from orebook.book.store_memory import (
    MODES,
    Faults,
    Injected,
    MemoryEntries,
    MemoryHead,
    MemoryShelf,
    Mode,
)
from orebook.model.entry import Draft
from orebook.model.problem import KeeperError

ME = "example.org/keeper"
STEPS = ("stage", "swap", "tiles", "checkpoint", "discard")


def lot(name: str) -> Draft:
    return Draft("lot", ({"id": name, "note": f"about {name}"},), ME)


def faulty(make_book) -> tuple[Book, Faults]:
    faults = Faults()
    stores = Stores(MemoryEntries(faults), MemoryHead(faults), MemoryShelf(faults))
    return make_book(stores=stores), faults


def plan(faults: Faults, step: str, mode: Mode, ahead: int = 1) -> None:
    faults.plan[step, faults.calls.get(step, 0) + ahead] = mode


@pytest.fixture
def reopened() -> Iterator[Callable[[Book], Book]]:
    """The same stores as a new process would find them: nothing is carried over in memory."""
    with ExitStack() as opened:

        def made(book: Book) -> Book:
            again = Book(book.settings, book._keys, book.stores, book._now, book._salt)
            opened.callback(again.close)
            again.vault.close()
            again.vault = again._writer._vault = book.vault
            again.refresh()
            return again

        yield made


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fresh", [False, True], ids=["same-process", "new-process"])
def test_whatever_fails_the_book_comes_back_whole(
    make_book, reopened, step: str, mode: Mode, fresh
) -> None:
    book, faults = faulty(make_book)
    before = book.append([lot("before")])
    plan(faults, step, mode)
    answered = False
    try:
        receipt = book.append([lot("a"), lot("b")])
        answered = True
        assert receipt.published is (step not in {"tiles", "checkpoint", "discard"})
    except KeeperError:
        assert step in {"stage", "swap"}
    assert faults.hits == 1
    again = reopened(book) if fresh else book
    again.refresh()
    assert audit(again) == []
    assert again.leaf(before.first) is not None
    stands = [bool(places) for places in again.idempotent([lot("a"), lot("b")])]
    assert stands[0] == stands[1]
    assert stands[0] or not answered
    receipt = again.append([lot("a"), lot("b"), lot("c")])
    assert receipt.again == ((0, 1) if stands[0] else ())
    assert query.ids(again, "lot") == ["a", "b", "before", "c"]
    assert audit(again) == []


def test_a_swap_that_fails_and_yet_stands_is_answered(make_book) -> None:
    book, faults = faulty(make_book)
    plan(faults, "swap", "after")
    receipt = book.append([lot("a")])
    assert receipt.head == book.head
    assert faults.hits == 1


def test_a_swap_of_unknown_outcome_says_so(make_book) -> None:
    book, faults = faulty(make_book)
    plan(faults, "swap", "before")
    with pytest.raises(OutcomeUnknown, match="send it again"):
        book.append([lot("a")])
    assert book.append([lot("a")]).again == ()


@pytest.mark.parametrize("first", STEPS)
@pytest.mark.parametrize("second", STEPS)
def test_two_failures_in_a_row(make_book, reopened, first: str, second: str) -> None:
    book, faults = faulty(make_book)
    plan(faults, first, "after")
    plan(faults, second, "before", 2 if first == second else 1)
    for name in ("a", "b", "c"):
        for _ in range(4):
            try:
                book.append([lot(name)])
                break
            except KeeperError:
                continue
    assert audit(reopened(book)) == []
    book.append([lot("last")])
    assert query.ids(book, "lot") == ["a", "b", "c", "last"]
    assert audit(book) == []


def test_what_stood_unpublished_is_published_at_the_next_start(make_book, reopened) -> None:
    book, faults = faulty(make_book)
    size = book.head.size
    plan(faults, "tiles", "before")
    receipt = book.append([lot("a")])
    assert not receipt.published
    assert book.head.size == size
    again = reopened(book)
    assert again.head == receipt.head
    assert audit(again) == []


def test_a_vault_that_fails_writes_nothing_to_the_log(make_book, monkeypatch) -> None:
    book, _ = faulty(make_book)
    head = book.head

    def refuse(*_: object) -> None:
        raise Injected("the vault: a failure injected")

    with monkeypatch.context() as patch:
        patch.setattr(book.vault, "put", refuse)
        with pytest.raises(Injected):
            book.append([lot("a")])
    assert book.refresh() == head
    assert book.append([lot("a")]).again == ()
    assert audit(book) == []


def test_views_that_fail_do_not_undo_what_stands(make_book, monkeypatch) -> None:
    book, _ = faulty(make_book)

    def refuse(*_: object) -> None:
        raise Injected("views: a failure injected")

    with monkeypatch.context() as patch:
        real, calls = book.views.catch_up, []

        def second_time(*values: int) -> None:
            calls.append(values)
            return real(*values) if len(calls) == 1 else refuse()

        patch.setattr(book.views, "catch_up", second_time)
        receipt = book.append([lot("a")])
    assert book.refresh() == receipt.head
    assert query.ids(book, "lot") == ["a"]
    assert audit(book) == []


def test_a_creation_cut_short_is_taken_up_again(tmp_path: Path, monkeypatch) -> None:
    from orebook.book.folder import Settings

    folder = tmp_path / "b"

    def create() -> Book:
        return Book.create(folder, origin="example.org/b", title="t", operator="op")

    def refuse(*_: object) -> None:
        raise Injected("book.toml: a failure injected")

    with monkeypatch.context() as patch:
        patch.setattr(Settings, "save", refuse)
        with pytest.raises(Injected):
            create()
    keys = {p.name: p.read_bytes() for p in (folder / "keys").iterdir()}
    with create() as book:
        assert book.head.size == 2
        assert audit(book) == []
    assert {p.name: p.read_bytes() for p in (folder / "keys").iterdir()} == keys


@pytest.mark.parametrize("name", ["stage", "views"])
def test_a_part_that_holds_no_truth_may_be_lost(make_book, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "b"
    with make_book(folder) as book:
        book.append([lot("a")])
    for path in folder.glob(f"{name}.sqlite3*"):
        path.unlink()
    assert audit_folder(folder) == []
    with Book.open(folder) as book:
        book.append([lot("b")])
        assert query.ids(book, "lot") == ["a", "b"]
    assert audit_folder(folder) == []


WRITER = """
import sys
from pathlib import Path
from orebook.book.book import Book
from orebook.model.entry import Draft
number = int(sys.argv[2])
with Book.open(Path(sys.argv[1])) as book:
    print("open", flush=True)
    while True:
        drafts = [Draft("lot", ({"id": f"lot:{number}:{n}", "note": "w"},), "me") for n in range(9)]
        receipt = book.append(drafts)
        print(number, receipt.head.size, receipt.head.root, flush=True)
        number += 1
"""


def test_a_writer_killed_at_any_moment_loses_nothing_it_answered(
    make_book, tmp_path: Path, count
) -> None:
    folder = tmp_path / "b"
    make_book(folder).close()
    chance = random.Random(7)
    number, answered = 0, (2, "")
    for _ in range(count(3, 40)):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == "open"
        seen = [writer.stdout.readline() for _ in range(chance.randint(0, 5))]
        try:
            writer.wait(chance.random() * 0.05)
        except subprocess.TimeoutExpired:
            os.kill(writer.pid, signal.SIGKILL)
        lines = [*seen, *writer.stdout.read().splitlines()]
        writer.stdout.close()
        writer.wait()
        for line in lines:
            if len(parts := line.split()) == 3:  # the last line may be cut
                number, answered = int(parts[0]) + 1, (int(parts[1]), parts[2])
        number += 1
        assert audit_folder(folder) == []
        with Book.open(folder) as book:
            size, root = answered
            assert book.head.size >= size
            if root:
                assert book.head_at(size).root == root
    assert answered[0] > 2
