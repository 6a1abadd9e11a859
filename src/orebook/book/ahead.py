"""What SQLite files have written ahead, carried over into them beside their writers.

SQLite lets the writer whose write makes a write-ahead log long enough carry all of it over, and
sync the file, before that write returns: one caller in some hundreds waits for the pages of all the
others. Here it is done in small pieces, often, by a thread that nobody waits for. The writers keep
a limit of their own, far higher, so that no log grows for ever where they leave no moment between
two writes.

Source: SQLite, Write-Ahead Logging (checkpointing), and `PRAGMA wal_checkpoint`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from orebook.book.closing import all_or_closed


class Ahead:
    """The write-ahead logs of these files; one that is not there yet is passed over.

    They are carried over through connections of its own, so that no writer waits for its turn. What
    cannot be carried over now stands where it is, and is durable there.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._open: dict[Path, sqlite3.Connection] = {}
        self._lock = Lock()

    def after(self, work: Callable[[], object]) -> Callable[[], None]:
        """That work, and then this."""

        def both() -> None:
            work()
            self.carry()

        return both

    def carry(self) -> None:
        """Carries over what no reader holds back. Refuses nothing: the next time will do."""
        with self._lock:
            for path in self._paths:
                with suppress(sqlite3.Error):  # a torn file, a full disk: its writer tells of it
                    if path not in self._open and path.exists():
                        self._open[path] = _opened(path)
                    if path in self._open and not _carried(self._open[path]):
                        self._open.pop(path).close()  # its writer is making it: looked at anew

    def close(self) -> None:
        """Lets go of the files."""
        with self._lock:
            for database in self._open.values():
                database.close()
            self._open = {}


def _opened(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing of a file that its writer is just making."""
    place = f"{path.resolve().as_uri()}?mode=rw"
    database = sqlite3.connect(
        place, uri=True, timeout=0, isolation_level=None, check_same_thread=False
    )
    with all_or_closed(database):
        database.execute("PRAGMA synchronous=FULL")
    return database


def _carried(database: sqlite3.Connection) -> bool:
    """Whether that database writes ahead at all, as far as this connection knows."""
    (_, length, _) = database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return bool(length >= 0)
