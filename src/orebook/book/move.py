"""A book carried from one store to another, with both heads proved equal before it counts.

The turn is held at the old place for the whole of it; where another takes it all the same nothing
is moved. Only once the copy has been audited are the
turns of the old place ended for good, so that at no moment two places could both be written.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from orebook.book.book import Book
from orebook.book.errors import BookExists, Fork, RecordBroken
from orebook.book.folder import SETTINGS, Keys, Settings
from orebook.book.lease import Lease
from orebook.book.mirror import copy_log
from orebook.book.ports import BESIDE, Disclosures, Shelf
from orebook.book.store_sqlite import connect, reading
from orebook.book.stores import Stores
from orebook.book.turn import MOVED
from orebook.book.where import Where
from orebook.log.checkpoint import open_checkpoint
from orebook.log.errors import LogError
from orebook.log.tile import TileFile
from orebook.model.facts import Head
from orebook.model.problem import ReaderError

_ROWS = 500
_WIDTHS = {"disclosures": 2, "sets": 1, "sent": 1}  # of each table's key
_STORES = ("stage.sqlite3", "head.sqlite3", "vault.sqlite3", "views.sqlite3")

Watch = Callable[[int, int], None]
Beat = Callable[[], object]  # shows who waits for the turn that the move is at work


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: the head that both places hold, and how many disclosures and files."""

    head: Head
    disclosures: int
    files: int


@dataclass(frozen=True, slots=True)
class _Shown:
    address: str
    shelf: Shelf

    def get(self, path: str) -> bytes:
        return self.shelf.get(path)


def move(source: Path, target: Path, where: Where, watch: Watch | None = None) -> Moved:
    """The book of one folder, in another folder and where its parts shall lie from now on.

    A move that was cut short is taken up again by the same call.
    Takes: a target folder with no book in it; `watch`, told how many entries of how many are there.
    Refuses: BookExists; Fork where the target holds another log; RecordBroken where the copy does
    not pass its audit, and then the source stays as it was.
    """
    from orebook.book.audit import audit

    old = Settings.load(source)
    new = replace(old, where=where)
    if (target / SETTINGS).exists() or source.resolve() == target.resolve():
        message = f"{target}: expected a folder with no book in it, found one"
        raise BookExists(message)
    if where.database is not None and where.database == old.where.database:
        message = f"schema {where.database.schema}: expected another place than the book has now"
        raise ReaderError(message)
    keys = Keys.load(source / "keys")
    with Book.open(source) as book:
        lease = Lease(book.stores.head, book.stores.locks)
        ended = book.stores.head.turn().lock == MOVED  # by an earlier try
        beat: Beat = (lambda: None) if ended else lease.beat
        with nullcontext() if ended else lease.hold():
            head = book.refresh()
            _copy_files(source, target)
            copy = Book(new, keys, Stores.folder(target, where))
            try:
                done = _carry(book, copy, source, target, watch, beat)
                if copy.refresh() != head:
                    message = f"the copy: expected the head {head.root}, found {copy.head.root}"
                    raise RecordBroken(message)
                if wrong := audit(copy):
                    message = f"the copy does not pass its audit: {wrong[0].text()}"
                    raise RecordBroken(message)
            finally:
                copy.close()
            if not ended:
                lease.leave()
            new.save(target)
            old.save(source, moved=str(target.resolve()))
    return Moved(head, *done)


def _carry(
    book: Book, copy: Book, source: Path, target: Path, watch: Watch | None, beat: Beat
) -> tuple[int, int]:
    def told(entries: int, of: int) -> None:
        beat()
        if watch is not None:
            watch(entries, of)

    there = copy.stores
    before = there.head.get()
    _same_log(book, before)
    shown = _Shown(str(source), book.stores.shelf)
    copy_log(shown, target, book.verifier, told, shelf=there.shelf)
    beside = [p for p in book.stores.shelf.paths() if BESIDE.fullmatch(p)]
    there.shelf.put([TileFile(p, book.stores.shelf.get(p)) for p in beside])
    ours, theirs = book.stores.disclosures, there.disclosures
    assert ours is not None
    assert theirs is not None
    counts = {table: _rows(ours, theirs, table, beat) for table in _WIDTHS}
    files = 0
    for name in book.stores.blobs.names():
        beat()
        there.blobs.put(name, book.stores.blobs.get(name))
        files += 1
    signed = book.stores.head.get()
    assert signed is not None
    with Lease(there.head, there.locks).hold() as epoch:
        there.entries.clear()
        if before != signed:
            there.head.swap(before, signed, epoch)
    return counts["disclosures"], files


def _rows(ours: Disclosures, theirs: Disclosures, table: str, beat: Beat) -> int:
    count = 0
    after: tuple[object, ...] = ()
    while rows := ours.rows(table, after, _ROWS):
        beat()
        theirs.load(table, rows)
        count += len(rows)
        after = rows[-1][: _WIDTHS[table]]
    return count


def _same_log(book: Book, before: bytes | None) -> None:
    """What an earlier try left at the target is an earlier head of this very log."""
    if before is None:
        return
    try:
        head = open_checkpoint(before, book.verifier)
    except LogError:
        head = None
    if (
        head is None
        or head.size > book.head.size
        or (head.size and book.head_at(head.size).root != head.root.hex())
    ):
        message = "the target: expected nothing, or an earlier head of this log; found another log"
        raise Fork(message)


def _copy_database(path: Path, target: Path) -> None:
    """A database as it is at one moment, also while others write to it."""
    with reading(path.name), closing(connect(path)) as ours, closing(connect(target)) as theirs:
        ours.backup(theirs)


def _copy_files(source: Path, target: Path) -> None:
    """What lies in the folder beside the stores: keys, policy, what witnesses said, the front."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.name in {SETTINGS, "public", "files"} or path.name.endswith(".lock"):
            continue
        if path.name.startswith(_STORES) or path.name.endswith(("-wal", "-shm")):
            continue
        if path.is_dir():
            shutil.copytree(path, target / path.name, dirs_exist_ok=True)
        elif path.suffix == ".sqlite3":
            _copy_database(path, target / path.name)
        else:
            shutil.copy2(path, target / path.name)
    if not Keys.there(target / "keys"):
        message = f"{target / 'keys'}: expected the keys of the book there, found them missing"
        raise RecordBroken(message)
