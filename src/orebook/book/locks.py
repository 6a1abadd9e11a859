"""A lock file between processes, for work that may be done twice."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orebook.book.errors import StoreFailed


@contextmanager
def brief_lock(path: Path | None, patience: float = 10.0) -> Iterator[None]:
    """Holds a lock file against other processes, for work that does no harm when done twice.

    A holder that does not let go within `patience` seconds is not waited for any longer.
    Refuses: StoreFailed where the file cannot be opened.
    """
    if path is None:
        yield
        return
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"{path}: expected to hold the lock, found: {error.strerror}"
        raise StoreFailed(message) from error
    try:
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    break
                time.sleep(0.002)
        yield
    finally:
        os.close(handle)
