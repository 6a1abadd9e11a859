"""The stage and the head cell in SQLite: WAL, synchronous FULL, one file each.

NORMAL would be faster and may lose the last commits when the power goes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.errors import Fenced, HeadMoved, StoreFailed
from orebook.book.turn import Turn

BUSY_SECONDS = 30.0
PAGE = 16384  # bytes, where rows are whole leaves and files: each page is written by itself
_FREE_PAGES_MAX = 4
_A_MOMENT = 0.01  # seconds
_JOURNAL_MAX = 256 * 1024  # what a write-ahead log keeps on disk once it is written back
AHEAD_MAX = 32 << 20  # bytes of a write-ahead log that a writer carries over itself: see `ahead`


def connect(
    path: Path | None,
    synchronous: str = "FULL",
    page: int = 4096,
    *,
    erases: bool = False,
    carried: bool = False,
) -> sqlite3.Connection:
    """An open database with explicit transactions; in memory without a path.

    Takes: `page`, the bytes of a page where the file is made now; large ones where rows are large;
    `erases`, whether what is deleted is overwritten. That is said of each database, since systems
    differ in what they take for granted, and of published leaves it would only hold up writers;
    `carried`, whether what is written ahead is carried over beside the writers.
    Refuses: StoreFailed where the file cannot be opened or is no database.
    """
    try:
        database = sqlite3.connect(
            path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        with all_or_closed(database):
            database.execute(f"PRAGMA page_size={page}")
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(f"PRAGMA synchronous={synchronous}")
            database.execute(f"PRAGMA journal_size_limit={_JOURNAL_MAX}")
            database.execute(f"PRAGMA secure_delete={'ON' if erases else 'OFF'}")
            if carried:
                database.execute(f"PRAGMA wal_autocheckpoint={AHEAD_MAX // page}")
    except sqlite3.Error as error:
        message = (
            f"{path or 'memory'}: expected a database that opens, found: {error}."
            " What is lost with it, and what to do: docs/reference/book.md, The folder"
        )
        raise StoreFailed(message) from error
    return database


@contextmanager
def transaction(database: sqlite3.Connection, place: str) -> Iterator[sqlite3.Connection]:
    """One transaction that holds the write lock from its start: all of it or nothing.

    Refuses: StoreFailed for what the database refuses.
    """
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")
    except sqlite3.Error as error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        message = f"{place}: expected the write to go through, found: {error}"
        raise StoreFailed(message) from error


@contextmanager
def reading(place: str) -> Iterator[None]:
    """A look into a database; a page that was torn is told as the store's fault.

    Refuses: StoreFailed.
    """
    try:
        yield
    except sqlite3.Error as error:
        message = (
            f"{place}: expected to read it, found: {error}."
            " What is lost with it, and what to do: docs/reference/book.md, The folder"
        )
        raise StoreFailed(message) from error


def emptied(database: sqlite3.Connection, place: str) -> None:
    """Returns only when the write-ahead log holds nothing any more: what was deleted is gone.

    Refuses: StoreFailed where another reads from it for long.
    """
    until = time.monotonic() + BUSY_SECONDS
    with reading(place):
        while database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            # It waits for readers by itself, and not at all for one who carries over meanwhile.
            if time.monotonic() > until:
                break
            time.sleep(_A_MOMENT)
        else:
            return
    message = (
        f"{place}: expected to empty its write-ahead log, found that another is reading it."
        " What was deleted lies in it until then: do the same again"
    )
    raise StoreFailed(message)


def passed(place: str, present: int, own: int) -> str:
    """What a store says to a writer whose turn has passed."""
    return f"{place}: expected the writer of turn {present}, found that of turn {own}"


class SqliteEntries:
    """The stage in one SQLite file."""

    def __init__(self, path: Path | None) -> None:
        self._database = connect(path, page=PAGE, carried=True)
        self._place = path.name if path else "stage"
        self._lock = RLock()
        with all_or_closed(self._database), transaction(self._database, self._place) as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS stage"
                " (position INTEGER PRIMARY KEY, leaf BLOB NOT NULL)"
            )
            database.execute("CREATE TABLE IF NOT EXISTS fence (epoch INTEGER NOT NULL)")

    def stage(self, start: int, leaves: Sequence[bytes], epoch: int = 0) -> None:
        """See `ports.Entries`."""
        with self._lock, transaction(self._database, self._place) as database:
            (seen,) = database.execute("SELECT MAX(epoch) FROM fence").fetchone()
            if epoch < (seen or 0):
                raise Fenced(passed(self._place, seen, epoch), present=seen)
            if epoch > (seen or 0):
                database.execute("DELETE FROM fence")
                database.execute("INSERT INTO fence VALUES (?)", (epoch,))
            begin, end = database.execute(  # each by itself: both at once would read every row
                "SELECT (SELECT MIN(position) FROM stage), (SELECT MAX(position) + 1 FROM stage)"
            ).fetchone()
            if begin is None:
                begin = end = max(start, 0)
            if not begin <= start <= end:
                message = (
                    f"{self._place}: expected a start from {begin} to {end}, found {start}: it was"
                    " put back from a copy, or is another book's. Everything up to the head is"
                    " published: put the file and its -wal aside, and it begins anew"
                )
                raise StoreFailed(message)
            database.execute("DELETE FROM stage WHERE position >= ?", (start,))
            database.executemany(
                "INSERT INTO stage VALUES (?, ?)", list(enumerate(leaves, start=start))
            )

    def read(self, start: int, stop: int) -> list[bytes]:
        """See `ports.Entries`."""
        with self._lock, reading(self._place):
            rows = self._database.execute(
                "SELECT position, leaf FROM stage WHERE position >= ? AND position < ? ORDER BY 1",
                (start, stop),
            ).fetchall()
        for expected, (position, _) in zip(range(start, stop), rows, strict=False):
            if position != expected:
                message = f"{self._place}: no leaf at position {expected}"
                raise LookupError(message)
        if len(rows) < stop - start:
            message = f"{self._place}: no leaf at position {start + len(rows)}"
            raise LookupError(message)
        leaves = [leaf for _, leaf in rows]
        if None in leaves:  # a page of zeros reads as rows of nothing
            message = (
                f"{self._place}: expected leaf {start + leaves.index(None)}, found a page that"
            )
            raise StoreFailed(f"{message} was torn")
        return leaves

    def release(self, below: int) -> None:
        """See `ports.Entries`."""
        with self._lock, transaction(self._database, self._place) as database:
            database.execute(
                "DELETE FROM stage WHERE position < MIN(?, (SELECT MAX(position) FROM stage))",
                (below,),
            )

    def clear(self) -> None:
        """See `ports.Entries`."""
        with self._lock, transaction(self._database, self._place) as database:
            database.execute("DELETE FROM stage")
            database.execute("DELETE FROM fence")

    def close(self) -> None:
        """See `ports.Entries`. What was let go of takes no room at rest."""
        with self._lock:
            with suppress(sqlite3.Error):  # a closed one, a full disk: it can wait
                (free,) = self._database.execute("PRAGMA freelist_count").fetchone()
                if free > _FREE_PAGES_MAX:
                    self._database.execute("VACUUM")
            self._database.close()


class SqliteHead:
    """The head cell in an SQLite file of its own."""

    def __init__(self, path: Path | None) -> None:
        self._database = connect(path)
        self._place = path.name if path else "head"
        self._lock = RLock()
        with all_or_closed(self._database), transaction(self._database, self._place) as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS head"
                " (one INTEGER PRIMARY KEY CHECK (one = 1), note BLOB NOT NULL)"
            )
            database.execute(
                "CREATE TABLE IF NOT EXISTS turn (one INTEGER PRIMARY KEY CHECK (one = 1),"
                " epoch INTEGER NOT NULL, holder TEXT NOT NULL, lock TEXT NOT NULL)"
            )

    def get(self) -> bytes | None:
        """See `ports.HeadCell`."""
        with self._lock, reading(self._place):
            row = self._database.execute("SELECT note FROM head").fetchone()
        return bytes(row[0]) if row else None

    def swap(self, expected: bytes | None, new: bytes, epoch: int = 0) -> None:
        """See `ports.HeadCell`."""
        with self._lock, transaction(self._database, self._place) as database:
            if epoch < (present := self._turn().epoch):
                raise Fenced(passed(self._place, present, epoch), present=present)
            row = database.execute("SELECT note FROM head").fetchone()
            if (bytes(row[0]) if row else None) != expected:
                message = "the head is not the one expected: another writer has moved it"
                raise HeadMoved(message)
            database.execute("INSERT OR REPLACE INTO head VALUES (1, ?)", (new,))

    def turn(self) -> Turn:
        """See `ports.HeadCell`."""
        with self._lock, reading(self._place):
            return self._turn()

    def take(self, expected: Turn, new: Turn) -> None:
        """See `ports.HeadCell`."""
        with self._lock, transaction(self._database, self._place) as database:
            if self._turn() != expected or new.epoch <= expected.epoch:
                message = "the turn is not the one expected: another writer has taken it"
                raise HeadMoved(message)
            database.execute(
                "INSERT OR REPLACE INTO turn VALUES (1, ?, ?, ?)", (new.epoch, new.holder, new.lock)
            )

    def _turn(self) -> Turn:
        row = self._database.execute("SELECT epoch, holder, lock FROM turn").fetchone()
        if row and None in row:  # a page of zeros reads as rows of nothing
            message = f"{self._place}: expected the turn of a writer, found a page that was torn"
            raise StoreFailed(message)
        return Turn(*row) if row else Turn()

    def close(self) -> None:
        """See `ports.HeadCell`."""
        with self._lock:
            self._database.close()
