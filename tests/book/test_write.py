"""Many writers at once: threads that share a write, processes that take turns, a frozen holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from orebook.book import query
from orebook.book.audit import audit, audit_folder
from orebook.book.book import Book, Receipt, Stores
from orebook.book.errors import BadDraft, Fenced, RecordBroken
from orebook.book.group import GROUP_ENTRIES_MAX, Group
from orebook.book.lease import Lease
from orebook.book.pace import Pace
from orebook.book.store_memory import MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.turn import Turn
from orebook.log import keys
from orebook.log.leaf import make_leaf
from orebook.log.tree import leaf_hash
from orebook.model.entry import Draft

ME = "example.org/keeper"
ORIGIN = "example.org/test-book"


def lot(name: str) -> Draft:
    return Draft("lot", ({"id": name, "note": f"about {name}"},), ME)


def test_threads_share_writes_and_each_gets_its_own_places(make_book, tmp_path: Path) -> None:
    book = make_book(tmp_path / "b")
    receipts: dict[str, Receipt] = {}

    def write(number: int) -> None:
        for turn in range(6):
            name = f"lot:{number}:{turn}"
            receipts[name] = book.append([lot(name)], wait=turn % 2 == 0)

    threads = [Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book.refresh()
    assert audit(book) == []
    assert len(receipts) == 36
    for name, receipt in receipts.items():
        ((position,),) = receipt.placed
        assert query.entry(book, position).facts[0]["id"] == name
        assert receipt.leaves[0] == leaf_hash(book.leaf(position)).hex()
        assert book.head_at(receipt.head.size).root == receipt.head.root
    firsts = sorted(receipt.first for receipt in receipts.values())
    assert len(set(firsts)) == 36


def test_a_draft_sent_by_many_threads_stands_once(make_book) -> None:
    book = make_book()
    receipts: list[Receipt] = []
    threads = [Thread(target=lambda: receipts.append(book.append([lot("a")]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.placed for receipt in receipts}) == 1
    assert sum(not receipt.again for receipt in receipts) == 1
    assert query.ids(book, "lot") == ["a"]
    assert audit(book) == []


def test_an_append_that_does_not_wait_is_published_soon(make_book, tmp_path: Path) -> None:
    book = make_book(tmp_path / "b")
    receipt = book.append([lot("a")], wait=False)
    assert receipt.head.size == 4
    end = time.monotonic() + 20
    while book.head.size < receipt.head.size and time.monotonic() < end:
        time.sleep(0.01)
    assert book.head == receipt.head
    assert book.append([lot("a")], wait=False).again == (0,)
    assert audit(book) == []


def test_what_was_not_yet_published_is_published_when_the_book_closes(make_book, tmp_path) -> None:
    folder = tmp_path / "b"
    book = make_book(folder)
    book.append([lot("a")], wait=False)
    receipt = book.append([lot("b")], wait=False)
    book.close()
    with Book.open(folder, repair=False) as again:
        assert again.head == receipt.head
    assert audit_folder(folder) == []


def test_what_was_sent_is_known_again_before_it_is_published(make_book) -> None:
    book = make_book(stores=Stores(MemoryEntries(), MemoryHead(), MemoryShelf()))
    first = book.append([lot("a")], wait=False)
    again = book.append([lot("a"), lot("b")], wait=False)
    assert (again.again, again.placed[0]) == ((0,), first.placed[0])
    book.refresh()
    assert query.ids(book, "lot") == ["a", "b"]


def test_a_group_holds_at_most_its_entries_and_at_least_one_caller() -> None:
    seen: list[list[int]] = []
    group: Group[int] = Group(lambda works: seen.append(list(works)))
    group.run(1, 10 * GROUP_ENTRIES_MAX)
    assert seen == [[1]]

    def refuse(_: object) -> None:
        raise RecordBroken("no")

    refusing: Group[int] = Group(refuse)
    with pytest.raises(RecordBroken):
        refusing.run(1, 1)


def test_a_fault_of_the_publisher_stops_the_writer() -> None:
    def work() -> None:
        raise RecordBroken("tiles do not agree")

    pace = Pace(work, 0.0)
    pace.soon()
    pace.stop()
    with pytest.raises(RecordBroken, match="do not agree"):
        pace.soon()


def test_the_turn_passes_and_the_earlier_holder_is_fenced(tmp_path: Path) -> None:
    cell = MemoryHead()
    first, second = Lease(cell, tmp_path), Lease(cell, tmp_path)
    with first.hold() as epoch:
        assert epoch == 1
        with first.hold() as same:
            assert same == 1
    with first.hold() as epoch:
        assert epoch == 1
    with second.hold() as epoch:
        assert epoch == 2
        assert first.fenced()
        with pytest.raises(Fenced):
            cell.swap(None, b"late", 1)
        cell.swap(None, b"head", 2)


def test_a_holder_that_no_longer_moves_is_passed_by(tmp_path: Path) -> None:
    cell = MemoryHead()
    frozen, waiting = Lease(cell, tmp_path), Lease(cell, tmp_path, patience=0.05)
    with frozen.hold() as old:
        with waiting.hold() as epoch:
            assert epoch == old + 1
            with pytest.raises(Fenced):
                cell.swap(None, b"late", old)
        with waiting.hold() as again:
            assert again == epoch
    with frozen.hold() as epoch:
        assert epoch == old + 2


def test_a_head_cell_put_back_from_a_copy_still_lets_its_writer_in(make_book) -> None:
    stores = Stores(MemoryEntries(), MemoryHead(), MemoryShelf())
    book = make_book(stores=stores)
    staged = stores.entries.read(0, 2)
    stores.entries.stage(0, staged, 9)  # the stage has seen later turns than the cell knows
    receipt = book.append([lot("a")])
    assert receipt.head == book.head
    assert stores.head.turn() == Turn(10, stores.head.turn().holder, "write.lock")
    assert audit(book) == []


WRITER = """
import sys
from pathlib import Path
from orebook.book import book, store_sqlite
from orebook.model.entry import Draft
folder, name, freeze = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if freeze:
    import os, signal
    def frozen(work):
        def stop(*values):
            print("frozen", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
            return work(*values)
        return stop
    owner, method = {
        "stage": (store_sqlite.SqliteEntries, "stage"),
        "swap": (store_sqlite.SqliteHead, "swap"),
    }[freeze]
    setattr(owner, method, frozen(getattr(owner, method)))
with book.Book.open(folder) as opened:
    receipt = opened.append([Draft("lot", ({"id": name, "note": "w"},), "me")])
    print(receipt.head.size, receipt.head.root, flush=True)
"""


def frozen(holder: subprocess.Popen[str]) -> None:
    """Returns once the process has said that it will stop, and has stopped."""
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "frozen"
    stat = Path(f"/proc/{holder.pid}/stat")
    end = time.monotonic() + 20
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < end, "it does not stop"
        time.sleep(0.005)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see it stopped")
@pytest.mark.parametrize("step", ["stage", "swap"])
@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL], ids=["wakes", "dies"])
def test_a_holder_frozen_in_the_middle_forks_nothing(make_book, tmp_path, step, end) -> None:
    folder = tmp_path / "b"
    make_book(folder).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), "lot:frozen", step],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    frozen(holder)
    with Book.open(folder) as book:
        book._writer._line._lease._patience = 0.1
        mine = book.append([lot("lot:mine")])
        os.kill(holder.pid, end)
        if end == signal.SIGCONT:
            # it is fenced, takes its turn anew and freezes again before the same step
            frozen(holder)
            os.kill(holder.pid, signal.SIGCONT)
        said = holder.stdout.read()
        holder.stdout.close()
        holder.wait()
        book.refresh()
        assert book.head_at(mine.head.size).root == mine.head.root
        names = ["lot:frozen", "lot:mine"] if end == signal.SIGCONT else ["lot:mine"]
        assert query.ids(book, "lot") == names
        if end == signal.SIGCONT:
            assert said.split() == [str(book.head.size), book.head.root]
    assert audit_folder(folder) == []


def signed_leaf(key: keys.SigningKey, **more: object) -> bytes:
    payload: dict[str, object] = {
        "orebook": 1,
        "book": ORIGIN,
        "kind": "lot",
        "author": "party:miner",
        "issued": "2026-01-01T00:00:00Z",
        "facts": [{"id": "lot:theirs"}],
    }
    return make_leaf(payload | more, key)


def test_leaves_that_parties_signed_are_verified_and_kept_as_they_are(make_book) -> None:
    book = make_book()
    key = keys.SigningKey(b"\x07" * 32)

    def key_of(kid: str, author: str) -> bytes | None:
        return key.public if (kid, author) == (key.kid, "party:miner") else None

    leaves = [signed_leaf(key, facts=[{"id": f"lot:{n}"}]) for n in range(150)]
    receipt = book.append_signed(leaves, key_of)
    assert [book.leaf(position) for (position,) in receipt.placed] == leaves
    assert book.append_signed(leaves[:2], key_of).again == (0, 1)
    sealed = {"id": "lot:s", "sealed": {"note": "public"}, "_sd": ["A" * 43]}
    book.append_signed([signed_leaf(key, facts=[sealed], _sd_alg="sha-256")], key_of)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"book": "example.org/other"}, "other-book"),
        ({"kind": "clock"}, "kept-back"),
        ({"facts": []}, "empty-draft"),
        ({"author": "party:other"}, "unknown-key"),
        ({"facts": [{"id": "a", "note": "in the clear"}]}, "shown"),
        ({"facts": [{"id": "a", "colour": "red"}]}, "unknown-attribute"),
        ({"facts": "none"}, "not-a-leaf"),
    ],
)
def test_a_leaf_that_is_not_in_order_is_refused_and_never_logged(make_book, more, code) -> None:
    book = make_book()
    key = keys.SigningKey(b"\x07" * 32)

    def key_of(kid: str, author: str) -> bytes | None:
        return key.public if author == "party:miner" else None

    with pytest.raises(BadDraft) as refused:
        book.append_signed([signed_leaf(key, **more)], key_of)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert book.head.size == 2


def test_a_signature_by_another_key_is_refused(make_book) -> None:
    book = make_book()
    other = keys.SigningKey(b"\x08" * 32)
    leaf = signed_leaf(keys.SigningKey(b"\x07" * 32))
    with pytest.raises(BadDraft) as refused:
        book.append_signed([leaf], lambda kid, author: other.public)
    assert refused.value.problems[0].code == "bad-signature"
    assert book.head.size == 2
