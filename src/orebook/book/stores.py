"""Where the parts of a book lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from orebook.book.locks import FileLocks
from orebook.book.ports import Blobs, Disclosures, Entries, HeadCell, Locks, Queue, Shelf
from orebook.book.store_folder import FolderShelf
from orebook.book.store_memory import MemoryBlobs, MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.book.vault_sqlite import SqliteDisclosures
from orebook.book.where import HERE, Where


class Closing(Protocol):
    """What holds connections open."""

    def close(self) -> None:
        """Lets go of them."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the parts of a book lie. Without a root all of it is in memory.

    `locks` is None where no other process can come, `queue` where processes take turns without one.
    """

    entries: Entries
    head: HeadCell
    shelf: Shelf
    root: Path | None = None
    disclosures: Disclosures | None = None
    blobs: Blobs = field(default_factory=MemoryBlobs)
    locks: Locks | None = None
    queue: Queue | None = None
    others: tuple[Closing, ...] = ()

    @classmethod
    def memory(cls) -> Stores:
        """Fresh stores in memory."""
        return cls(MemoryEntries(), MemoryHead(), MemoryShelf())

    @classmethod
    def folder(cls, root: Path, where: Where | None = None) -> Stores:
        """The stores of a book's folder, and of the database that holds parts of it.

        Refuses: StoreFailed where a file or the database does not open.
        """
        from orebook.book.store_blobs import SmallBlobs  # late: chains of imports stay short

        where = where or Where()
        if where.database is not None:
            from orebook.book.store_postgres import PostgresParts

            parts = PostgresParts(where.database)
        else:
            parts = None
        shared = parts if parts is not None and where.vault != HERE else None
        small = SmallBlobs(root / "files")  # opens nothing before it is asked
        there = parts if parts is not None and where.head != HERE else None
        return cls(
            parts.entries()
            if parts is not None and where.entries != HERE
            else SqliteEntries(root / "stage.sqlite3"),
            there.head() if there else SqliteHead(root / "head.sqlite3"),
            parts.shelf()
            if parts is not None and where.tiles != HERE
            else FolderShelf(root / "public"),
            root,
            parts.disclosures()
            if parts is not None and where.vault != HERE
            else SqliteDisclosures(root / "vault.sqlite3"),
            small if shared is None else shared.blobs(),
            there.locks() if there else FileLocks(root),
            there.queue() if there else None,
            (small,) if parts is None else (small, parts),
        )

    def file(self, name: str) -> Path | None:
        """A path in the book's folder, or None in memory."""
        return self.root / name if self.root else None

    def close(self) -> None:
        """Lets go of every store."""
        for part in (self.entries, self.head, self.disclosures, *self.others):
            if part is not None:
                part.close()
