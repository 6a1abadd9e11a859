"""Locks between processes, as files; and one for work that may be done twice."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orebook.book.errors import StoreFailed
from orebook.book.ports import Locks


class FileLocks:
    """Lock files of one folder; the system lets go of them when their process ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def attempt(self, name: str) -> Callable[[], None] | None:
        """See `ports.Locks`."""
        path = self._folder / name
        handle = -1
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError as error:
            if handle >= 0:
                os.close(handle)
            message = f"{path}: expected to hold the lock, found: {error.strerror}"
            raise StoreFailed(message) from error
        return lambda: os.close(handle)


@contextmanager
def brief_lock(locks: Locks | None, name: str, patience: float) -> Iterator[None]:
    """Holds a lock against other processes, for work that does no harm when done twice.

    A holder that does not let go within `patience` seconds is not waited for any longer.
    Refuses: StoreFailed where the lock cannot be asked for.
    """
    if locks is None:
        yield
        return
    end = time.monotonic() + patience
    while (release := locks.attempt(name)) is None and time.monotonic() < end:
        time.sleep(0.002)
    try:
        yield
    finally:
        if release is not None:
            release()
