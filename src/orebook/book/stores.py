"""Where the parts of a book lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orebook.book.ports import Entries, HeadCell, Shelf
from orebook.book.store_folder import FolderShelf
from orebook.book.store_memory import MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the parts of a book lie. Without a root all of it is in memory."""

    entries: Entries
    head: HeadCell
    shelf: Shelf
    root: Path | None = None

    @classmethod
    def memory(cls) -> Stores:
        """Fresh stores in memory."""
        return cls(MemoryEntries(), MemoryHead(), MemoryShelf())

    @classmethod
    def folder(cls, root: Path) -> Stores:
        """The stores of a book's folder."""
        entries = SqliteEntries(root / "stage.sqlite3")
        return cls(entries, SqliteHead(root / "head.sqlite3"), FolderShelf(root / "public"), root)

    def file(self, name: str) -> Path | None:
        """A path in the book's folder, or None in memory."""
        return self.root / name if self.root else None
