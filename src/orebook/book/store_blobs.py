"""Captured files of a folder: small ones in a database, many to a sync, large ones alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.group import Group
from orebook.book.store_folder import FolderBlobs
from orebook.book.store_sqlite import PAGE, connect, emptied, reading, transaction

SMALL = 256 << 10  # bytes; what is larger is a file of its own
NAME = "small.sqlite3"
_PLACE = f"files/{NAME}"


class SmallBlobs:
    """The captured files below one folder. Many threads may use it: they share each sync.

    A file that lies there by itself, as all did once, is read as well.
    """

    def __init__(self, root: Path) -> None:
        self._folder = FolderBlobs(root)
        self._root = root
        self._lock = RLock()
        self._opened = False
        self._group: Group[tuple[str, bytes]] = Group(self._write)

    def put(self, name: str, data: bytes) -> None:
        """See `ports.Blobs`."""
        if len(data) > SMALL or self._folder.holds(name):
            self._folder.put(name, data)
        else:
            self._group.run((name, data), 1)

    def put_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """See `ports.Blobs`."""
        alone: list[tuple[str, bytes]] = []
        small: list[tuple[tuple[str, bytes], int]] = []
        for name, data in dict(reversed(files)).items():  # the first bytes of each name
            if len(data) > SMALL or self._folder.holds(name):
                alone.append((name, data))
            else:
                small.append(((name, data), 1))
        self._group.run_all(small)
        self._folder.put_all(alone)

    def get(self, name: str) -> bytes:
        """See `ports.Blobs`."""
        if self._there():
            with self._lock, reading(_PLACE):
                row = self._database.execute(
                    "SELECT data FROM files WHERE name = ?", (name,)
                ).fetchone()
            if row:
                return bytes(row[0])
        return self._folder.get(name)

    def discard(self, name: str) -> bool:
        """See `ports.Blobs`. The bytes are overwritten."""
        gone = self._folder.discard(name)
        if self._there():
            with self._lock:
                with transaction(self._database, _PLACE) as database:
                    done = database.execute("DELETE FROM files WHERE name = ?", (name,))
                    gone = done.rowcount == 1 or gone
                emptied(self._database, _PLACE)  # nor must they live on there
        return gone

    def names(self) -> Iterable[str]:
        """See `ports.Blobs`."""
        found = set(self._folder.names())
        if self._there():
            with self._lock, reading(_PLACE):
                found |= {row[0] for row in self._database.execute("SELECT name FROM files")}
        return sorted(found)

    def close(self) -> None:
        """Lets go of the database."""
        with self._lock:
            if self._opened:
                self._database.close()
                self._opened = False

    def _write(self, files: Sequence[tuple[str, bytes]]) -> None:
        with self._lock:
            self._open()
            with transaction(self._database, _PLACE) as database:
                database.executemany("INSERT OR IGNORE INTO files VALUES (?, ?)", files)

    def _there(self) -> bool:
        """Whether the database is there; it is opened, and made by the first file alone."""
        with self._lock:
            if not self._opened and (self._root / NAME).exists():
                self._open()
            return self._opened

    def _open(self) -> None:
        if self._opened:
            return
        self._root.mkdir(parents=True, exist_ok=True)
        # Made, never opened and closed where it is there: that would let go of the locks that this
        # process holds on it through another connection (POSIX), and who closes next would believe
        # itself to be the last and delete the write-ahead log.
        with suppress(FileExistsError):
            os.close(os.open(self._root / NAME, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        self._database = connect(self._root / NAME, page=PAGE, erases=True, carried=True)
        with all_or_closed(self._database), transaction(self._database, _PLACE) as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, data BLOB NOT NULL)"
            )
        self._opened = True
