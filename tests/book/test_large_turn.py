"""A large append beside others keeps its turn; its clock is of its end, its tiles replace all."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import time
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from orebook.book import append, move, publish, query, recover, write
from orebook.book.audit import audit, audit_folder
from orebook.book.book import Book
from orebook.book.errors import Fenced, Fork, RecordBroken
from orebook.book.files import _PARTS, PART, Files
from orebook.book.lease import Lease
from orebook.book.publish import FAR, Publisher
from orebook.book.source import Source
from orebook.book.store_memory import MemoryBlobs, MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.book.together import Together, _answered
from orebook.book.where import Where
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.keys import SigningKey
from orebook.log.note import Signer
from orebook.log.tree import Frontier, leaf_hash
from orebook.model.entry import Draft

ME = "example.org/keeper"
SECRET = b"\x05" * 32


def lot(name: str) -> Draft:
    return Draft("lot", ({"id": name, "note": f"about {name}"},), ME)


def test_a_large_append_keeps_its_turn_while_others_wait(
    make_book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(append, "STAGED_BYTES", 2000)
    monkeypatch.setattr(write, "KEPT_AT_ONCE", 8)
    large = make_book(tmp_path / "b")
    lease, entries, vault = large._writer._line._lease, large.stores.entries, large.vault
    lease._patience = 0.5
    stage, put = entries.stage, vault.put
    epochs: list[int] = []
    kept_within: list[int] = []
    staging = Event()

    def slow(start, leaves, epoch=0):
        staging.set()
        time.sleep(0.1)
        epochs.append(epoch)
        stage(start, leaves, epoch)

    def told(kept, sent=()):
        if lease._held is not None:
            kept_within.append(len(kept))
        put(kept, sent)

    monkeypatch.setattr(entries, "stage", slow)
    monkeypatch.setattr(vault, "put", told)
    with Book.open(tmp_path / "b") as small:
        small._writer._line._lease._patience = 0.5
        sizes: list[int] = []

        def beside() -> None:
            staging.wait(20)
            sizes.append(small.append([lot("lot:small")], wait=False).head.size)

        other = Thread(target=beside)
        other.start()
        with large.pending() as pending:
            for number in range(40):
                pending.add(lot(f"lot:{number}"))
            receipt = pending.append()
        other.join()
        small.refresh()
        assert len(epochs) > 8  # longer at work than a waiter is patient, and never fenced:
        assert epochs == sorted(epochs)
        assert epochs[-1] > epochs[0]
        assert sizes == [receipt.head.size + 2]
        assert kept_within
        assert not any(kept_within)  # what is disclosed was in the vault before the turn
        assert len(query.ids(small, "lot")) == 41
        assert audit(small) == []


def test_a_turn_that_was_lost_is_not_taken_anew_by_its_beat(tmp_path: Path) -> None:
    cell = MemoryHead()
    holder, waiting = Lease(cell, tmp_path, patience=0.05), Lease(cell, tmp_path, patience=0.05)
    with holder.hold() as epoch:
        assert holder.beat() == epoch  # at once there is nothing to show
        time.sleep(0.01)
        assert holder.beat() == epoch + 1
        with waiting.hold() as later:
            assert later == epoch + 2
            with pytest.raises(Fenced):
                holder.beat()
            with pytest.raises(Fenced):
                cell.swap(None, b"late", epoch + 1)
    with pytest.raises(Fenced, match="let go"):
        holder.beat()


def test_what_was_known_on_a_day_stays_when_a_long_append_ends_after_it() -> None:
    now = [dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)]
    made = {"origin": "example.org/b", "title": "B", "operator": ME}
    with Book.create(None, now=lambda: now[0], **made) as book:
        now[0] = dt.datetime(2026, 1, 1, 23, 50, tzinfo=dt.UTC)
        with book.pending() as pending:
            pending.add(lot("lot:long"))
            now[0] = dt.datetime(2026, 1, 2, 0, 10, tzinfo=dt.UTC)
            book.append([lot("lot:short")])
            known = query.head_of(book, known_by="2026-01-01")
            now[0] = dt.datetime(2026, 1, 2, 0, 20, tzinfo=dt.UTC)
            pending.append()
        assert query.head_of(book, known_by="2026-01-01") == known
        clocks = [str(row[2]) for row in book.views.table("clock")]
        assert clocks == ["2026-01-01T12:00:00Z", "2026-01-02T00:10:00Z", "2026-01-02T00:20:00Z"]


class FullAfter(MemoryBlobs):
    """A store that fails after so many files."""

    left = 99

    def put(self, name: str, data: bytes) -> None:
        """See `ports.Blobs`."""
        self.left -= 1
        if self.left < 0:
            raise OSError
        super().put(name, data)


def test_a_file_that_looks_like_the_mark_of_parts_is_a_file_like_any() -> None:
    blobs = FullAfter()
    files = Files(blobs, SECRET)
    other = files.put(b"other")
    for forged in (
        _PARTS + b"9" * 5000,
        _PARTS + b"999999999999",
        _PARTS + "\u0665".encode(),
        _PARTS + other.encode() + b" 3",
        _PARTS + b"0" * 64 + b" 999999",
    ):
        digest = files.put(forged)
        assert files.get(digest) == forged
        assert files.discard(digest)
        assert not files.discard(digest)
    assert files.get(other) == b"other"
    assert len(list(blobs.names())) == 1


def test_parts_that_a_crash_left_are_found_and_deleted() -> None:
    import hashlib

    data = b"a" * PART + b"b"
    digest = hashlib.sha256(data).hexdigest()
    blobs = FullAfter()
    files = Files(blobs, SECRET)
    blobs.left = 2  # both parts, and no closing entry
    with pytest.raises(OSError):
        files.put_stream(io.BytesIO(data), digest)
    with pytest.raises(LookupError):
        files.get(digest)
    assert files.discard(digest)
    assert list(blobs.names()) == []
    blobs.left = 3
    files.put_stream(io.BytesIO(data), digest)
    assert files.get(digest) == data
    # another file's mark under this digest, as a store that was tampered with may hold it
    *kept, last = blobs._blobs[files.name(digest)]
    blobs._blobs[files.name(digest)] = bytes([*kept, last ^ 1])  # never the byte it was
    with pytest.raises(RecordBroken):
        files.get(digest)
    assert files.discard(digest)
    assert list(blobs.names()) == []


def test_no_partial_tile_stays_beside_its_full_one_after_a_far_publish() -> None:
    signer = Signer("example.org/b", SigningKey.from_seed(SECRET))
    entries, cell, shelf = MemoryEntries(), MemoryHead(), MemoryShelf()
    publisher = Publisher(entries, cell, shelf, signer.verifier)
    frontier, signed = Frontier(), None
    for size in (65536 - 3 * FAR - 300, 65536 - 3 * FAR, 65536 + 2 * FAR + 300):
        leaves = [b"%d" % n for n in range(frontier.size, size)]
        entries.stage(frontier.size, leaves)
        frontier.extend(leaf_hash(leaf) for leaf in leaves)
        head = Checkpoint("example.org/b", size, frontier.root())
        before, signed = signed, sign_checkpoint(head, signer)
        cell.swap(before, signed)
        publisher.settle()
    partial = {path.partition(".p/")[0] for path in shelf.paths() if ".p/" in path}
    full = {path for path in shelf.paths() if ".p/" not in path}
    assert "tile/1/000" in full
    assert partial
    assert not partial & full


def test_what_another_process_wrote_and_let_go_is_known_when_sent_again(
    make_book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "STAGED_MAX", 4)
    monkeypatch.setattr(publish, "STAGED_KEPT", 2)
    one = make_book(tmp_path / "b")
    with Book.open(tmp_path / "b") as other:
        placed = other.append([lot(f"lot:{n}") for n in range(8)]).placed
        with pytest.raises(LookupError):
            other.stores.entries.read(2, 3)
    again = one.append([lot("lot:0"), lot("lot:5")])
    assert (again.again, again.placed) == ((0, 1), (placed[0], placed[5]))


def test_a_publisher_that_was_frozen_takes_no_later_head_back(
    make_book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "PATIENCE_SECONDS", 0.01)
    one = make_book(tmp_path / "b")
    with Book.open(tmp_path / "b") as other:
        put = one.stores.shelf.put

        def frozen(files):
            put(files)
            monkeypatch.setattr(one.stores.shelf, "put", put)
            other.append([lot("b")])  # while the first has its tiles out and not its checkpoint

        monkeypatch.setattr(one.stores.shelf, "put", frozen)
        one.append([lot("a")])
        shown = one.stores.shelf.get("checkpoint")
        assert shown == one.stores.head.get()
        one.append([lot("c")])
    assert audit(one) == []


def test_a_book_written_to_while_it_is_moved_is_not_moved(
    make_book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_book(tmp_path / "b").close()
    carried = move._carry

    def slow(book, *more):
        done = carried(book, *more)
        with Book.open(tmp_path / "b") as other:  # it waits, and takes the mover for frozen
            other._writer._line._lease._patience = 0.05
            other.append([lot("meanwhile")])
        return done

    monkeypatch.setattr(move, "_carry", slow)
    with pytest.raises(Fenced, match="Nothing was moved"):
        move.move(tmp_path / "b", tmp_path / "c", Where())
    with Book.open(tmp_path / "b") as book:
        assert query.ids(book, "lot") == ["meanwhile"]
    assert not (tmp_path / "c" / "book.toml").exists()


def test_a_recovery_that_lost_its_turn_clears_no_stage(
    make_book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, copied = tmp_path / "b", recover.copy_log
    make_book(folder).close()
    shutil.copytree(folder, tmp_path / "old")
    with Book.open(folder) as book:
        book.append([lot("a")])
    shutil.copytree(folder / "public", tmp_path / "mirror")

    def slow(*words, **more):
        with (
            closing(SqliteHead(tmp_path / "old" / "head.sqlite3")) as head,
            Lease(head, tmp_path / "old", 0.05).hold(),  # it waited, and took us for frozen
        ):
            return copied(*words, **more)

    monkeypatch.setattr(recover, "copy_log", slow)
    with pytest.raises(Fenced, match="stop it first"):
        recover.recover(tmp_path / "old", Source(str(tmp_path / "mirror")))
    stage = SqliteEntries(tmp_path / "old" / "stage.sqlite3")
    assert len(stage.read(0, 2)) == 2
    stage.close()
    monkeypatch.setattr(recover, "copy_log", copied)
    assert recover.recover(tmp_path / "old", Source(str(tmp_path / "mirror"))).after == 4
    # of disclosures no mirror has any
    assert [d.place for d in audit_folder(tmp_path / "old")] == ["the vault, entry 2"]


def test_evidence_of_a_recovery_lies_beside_what_is_published(make_book, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    make_book(folder).close()
    shutil.copytree(folder, tmp_path / "other")
    for place, name in ((folder, "a"), (tmp_path / "other", "b")):
        with Book.open(place) as book:
            book.append([lot(name)])
    with pytest.raises(Fork):
        recover.recover(folder, Source(str(tmp_path / "other")))
    assert audit_folder(folder) == []


def test_a_work_left_for_another_process_comes_back_stale_where_its_keys_have_changed() -> None:
    class Answers:
        def collect(self, tickets):
            return dict.fromkeys(tickets, answer)

    line = Together(Lease(MemoryHead()), Answers(), None, SECRET)  # type: ignore[arg-type]
    mine = write.Work([b"k"], {b"k": write.AsIs((b"leaf",))}, "2026-01-01T00:00:00Z", since=7)
    theirs = line._opened(line._sealed(mine))
    assert theirs is not None
    assert theirs.since == 7
    theirs.stale = True
    answer = _answered(theirs)
    assert line._collected({1: mine})
    assert mine.stale
