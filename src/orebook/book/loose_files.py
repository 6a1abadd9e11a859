"""Captured files that no document names: left by a capture that a crash cut short before its head.

A file is kept before the entry that names it stands, so one that none names may be on its way; it
goes where it was found so a while ago and still is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from orebook.book.book import Book
from orebook.book.leaves import digests
from orebook.book.store_sqlite import connect, transaction
from orebook.log import b64, canon
from orebook.log.errors import LogError

_RUN = 256
_TABLE = "CREATE TABLE IF NOT EXISTS loose_files (name TEXT PRIMARY KEY, seen TEXT) WITHOUT ROWID"


def sweep_files(book: Book, memory: Path | None, now: str, before: str) -> tuple[int, int, int]:
    """How many files no document names: those deleted, those that wait, those unsure.

    Takes: the file that remembers when each was first found so and the times, as `loose.sweep`.
    Unknown: where only a party can open what a document says, any of them may be named in it.
    """
    left = set(book.stores.blobs.names())
    cited, shut = set[str](), False
    for said, closed in _cited(book) if left else ():
        cited |= said
        shut = shut or closed
    left -= {book.files.name(digest) for digest in cited}
    if left:  # the parts of large ones
        for digest in cited:
            left -= set(book.files.parts(digest))
    if shut:
        return 0, 0, len(left)
    with closing(connect(memory)) as database:
        return _let_go(book, database, left, now, before)


def _let_go(
    book: Book, database: sqlite3.Connection, left: set[str], now: str, before: str
) -> tuple[int, int, int]:
    with transaction(database, "loose files"):
        database.execute(_TABLE)
        known = {str(name) for (name,) in database.execute("SELECT name FROM loose_files")}
        _each(database, "DELETE FROM loose_files WHERE name = ?", ((n,) for n in known - left))
        _each(database, "INSERT INTO loose_files VALUES (?, ?)", ((n, now) for n in left - known))
        rows = database.execute("SELECT name FROM loose_files WHERE seen < ?", (before,))
        old = [str(name) for (name,) in rows.fetchall()]
    for name in old:
        book.stores.blobs.discard(name)
    with transaction(database, "loose files"):
        _each(database, "DELETE FROM loose_files WHERE name = ?", ((n,) for n in old))
    return len(old), len(left) - len(old), 0


def _each(database: sqlite3.Connection, statement: str, rows: Iterable[tuple[str, ...]]) -> None:
    database.executemany(statement, rows)


def _cited(book: Book) -> Iterator[tuple[set[str], bool]]:
    """The file digests that each run of documents names; True where one could not be opened."""
    size = book.head.size
    for start in range(0, size, _RUN):
        facts = [
            fact
            for leaf in book.stored(start, min(start + _RUN, size))
            if leaf.kind == "document"
            for fact in leaf.facts
        ]
        hidden = [digest for fact in facts for digest in digests(fact)]
        texts = book.custody.revealed(hidden, size) | book.vault.custody(hidden)
        said = {str(fact["sha256"]) for fact in facts if "sha256" in fact}
        said |= {value for text in texts.values() if (value := _digest_in(text))}
        yield said, bool(set(book.vault.audiences(hidden)) - set(texts))


def _digest_in(disclosure: str) -> str:
    """The value of a disclosure of a member `sha256`; empty for another."""
    try:
        parts = canon.decode(b64.decode(disclosure))
    except LogError:
        return ""
    named = isinstance(parts, list) and len(parts) == 3 and parts[1] == "sha256"
    return str(parts[2]) if named and isinstance(parts, list) else ""
