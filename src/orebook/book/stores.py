"""Where the parts of a book lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orebook.book.ahead import Ahead
from orebook.book.closing import Closing, all_or_closed
from orebook.book.locks import FileLocks
from orebook.book.ports import Blobs, Disclosures, Entries, HeadCell, Locks, Queue, Shelf
from orebook.book.store_folder import FolderShelf
from orebook.book.store_memory import MemoryBlobs, MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.book.vault_sqlite import SqliteDisclosures
from orebook.book.where import HERE, Where


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
    ahead: Ahead = field(default_factory=lambda: Ahead([]))

    @classmethod
    def memory(cls) -> Stores:
        """Fresh stores in memory."""
        return cls(MemoryEntries(), MemoryHead(), MemoryShelf())

    @classmethod
    def folder(cls, root: Path, where: Where | None = None) -> Stores:
        """The stores of a book's folder, and of the database that holds parts of it.

        Refuses: StoreFailed where a file or the database does not open.
        """
        from orebook.book.store_blobs import NAME, SmallBlobs  # late: chains of imports stay short

        where = where or Where()
        stage, vault, files = root / "stage.sqlite3", root / "vault.sqlite3", root / "files"
        small = SmallBlobs(files)  # opens nothing before it is asked
        with all_or_closed() as keep:
            if where.database is not None:
                from orebook.book.store_postgres import PostgresParts

                parts = keep(PostgresParts(where.database))
            else:
                parts = None
            shared = parts if where.vault != HERE else None
            there = parts if where.head != HERE else None
            return cls(
                parts.entries()
                if parts is not None and where.entries != HERE
                else keep(SqliteEntries(stage)),
                there.head() if there else keep(SqliteHead(root / "head.sqlite3")),
                parts.shelf()
                if parts is not None and where.tiles != HERE
                else FolderShelf(root / "public"),
                root,
                shared.disclosures() if shared else keep(SqliteDisclosures(vault)),
                shared.blobs() if shared else small,
                there.locks() if there else FileLocks(root),
                there.queue() if there else None,
                (small,) if parts is None else (small, parts),
                Ahead([files / NAME, vault, stage]),
            )

    def file(self, name: str) -> Path | None:
        """A path in the book's folder, or None in memory."""
        return self.root / name if self.root else None

    def close(self) -> None:
        """Lets go of every store."""
        # Who lets go of a database last empties its write-ahead log: that is to be its writer.
        for part in (self.ahead, self.entries, self.head, self.disclosures, *self.others):
            if part is not None:
                part.close()
