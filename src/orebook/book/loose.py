"""Disclosures that no entry needs: left by a capture that a crash cut short before its head.

What a large work discloses is kept before its entries stand, so a disclosure that belongs to none
may be one of a work that is on its way. It is let go of only where it was found so a while ago and
still is. Nobody could erase it otherwise: no entry speaks of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from orebook.book.book import Book
from orebook.book.leaves import digests
from orebook.book.store_sqlite import connect, transaction
from orebook.log import b64, canon
from orebook.log.errors import LogError

_CHUNK = 500
_RUN = 256
_TABLES = (
    "CREATE TABLE IF NOT EXISTS loose (digest TEXT PRIMARY KEY, seen TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TEMP TABLE needed (digest TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE found (digest TEXT PRIMARY KEY) WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many disclosures belong to no entry: those let go of, those that wait, those unsure.

    Unsure is one that only its party can open while others of that kind stand in entries: it may
    lie inside one of those. The same of captured files that no document names; and how many files
    of any sort never came whole.
    """

    dropped: int
    waiting: int
    unsure: int
    files: int = 0
    files_waiting: int = 0
    files_unsure: int = 0
    asides: int = 0

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return asdict(self)


def sweep(book: Book, memory: Path | None, now: str, before: str) -> Swept:
    """Lets go of disclosures that belong to no entry and did not at an earlier look either.

    Takes: `memory`, the file that remembers when each was first found so; the time, and the time
    before which it must have been found, as entries write times.
    """
    database = connect(memory)
    place = memory.name if memory else "loose disclosures"
    try:
        with transaction(database, place):
            for statement in _TABLES:
                database.execute(statement)
            _need(database, _of_leaves(book))
            shut = _need_within(database, book)
            unsure = _look(database, book, shut=shut)
            _remember(database, now)
            rows = database.execute("SELECT digest FROM loose WHERE seen < ?", (before,)).fetchall()
        old = [str(digest) for (digest,) in rows]
        for begin in range(0, len(old), _CHUNK):
            book.vault.drop(old[begin : begin + _CHUNK])
        with transaction(database, place):
            database.executemany("DELETE FROM loose WHERE digest = ?", [(d,) for d in old])
        ((waiting,),) = database.execute("SELECT COUNT(*) FROM loose").fetchall()
    finally:
        database.close()
    return Swept(len(old), waiting, unsure)


def _of_leaves(book: Book) -> Iterator[str]:
    size = book.head.size
    for start in range(0, size, _RUN):
        for leaf in book.stored(start, min(start + _RUN, size)):
            yield from digests(leaf.payload)


def _need(database: sqlite3.Connection, names: Iterable[str]) -> None:
    database.executemany("INSERT OR IGNORE INTO needed VALUES (?)", ((name,) for name in names))


def _need_within(database: sqlite3.Connection, book: Book) -> bool:
    """What disclosures that are needed hold in turn; True where one could not be opened here."""
    shut, front = False, list[str]()
    after, first = "", True
    while first or front:
        if first:  # those of leaves, page by page; then what was found inside
            rows = database.execute(
                "SELECT digest FROM needed WHERE digest > ? ORDER BY digest LIMIT ?",
                (after, _CHUNK),
            ).fetchall()
            part = [str(digest) for (digest,) in rows]
            first, after = bool(part), part[-1] if part else ""
        else:
            part, front = front[:_CHUNK], front[_CHUNK:]
        texts = book.vault.custody(part)
        shut = shut or bool(set(book.vault.audiences(part)) - set(texts))
        within = [digest for text in texts.values() for digest in _inside(text)]
        _need(database, within)
        front += within
    return shut


def _inside(disclosure: str) -> list[str]:
    """The digests in the value that a disclosure opens."""
    try:
        parts = canon.decode(b64.decode(disclosure))
    except LogError:
        return []
    return digests(parts[-1]) if isinstance(parts, list) else []


def _look(database: sqlite3.Connection, book: Book, *, shut: bool) -> int:
    """Puts what is kept and not needed into `found`; says how many were left out as unsure."""
    unsure, after = 0, tuple[object, ...]()
    while rows := book.vault.rows(after, _CHUNK):
        after = (rows[-1][0], rows[-1][1])
        names = sorted({str(row[0]) for row in rows if row[3] is not None})
        marks = ",".join("?" * len(names))
        held = database.execute(f"SELECT digest FROM needed WHERE digest IN ({marks})", names)  # noqa: S608
        left = sorted(set(names) - {str(name) for (name,) in held})
        sure = set(book.vault.custody(left)) if shut else set(left)
        unsure += len(left) - len(sure)
        database.executemany("INSERT OR IGNORE INTO found VALUES (?)", [(name,) for name in sure])
    return unsure


def _remember(database: sqlite3.Connection, now: str) -> None:
    """What was found keeps the time of its first look; what is found no longer is forgotten."""
    database.execute("DELETE FROM loose WHERE digest NOT IN (SELECT digest FROM found)")
    database.execute("INSERT OR IGNORE INTO loose SELECT digest, ? FROM found", (now,))
