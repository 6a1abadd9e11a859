"""What others made, read with an end: in time, in size, and plain files alone."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import BinaryIO, TypeVar, cast

T = TypeVar("T")
FILE_MAX = 32 * 1024 * 1024  # of a published file: a full bundle of the largest entries is half


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives or raises, if it does so in time.

    A timeout of a socket counts anew with every byte; the thread is what bounds the whole.
    Refuses: TimeoutError; the thread is then left to end by itself.
    """
    found: list[T] = []
    fault: list[Exception] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - raised again for the caller below
            fault.append(error)

    worker = Thread(target=run, name="orebook-asking", daemon=True)
    worker.start()
    worker.join(seconds)
    if fault:
        raise fault[0]
    if not found:
        message = f"no answer within {seconds:g} seconds"
        raise TimeoutError(message)
    return found[0]


def open_plain(path: Path) -> BinaryIO:
    """A file to be read, as whoever made the folder left it; no device, and no pipe that waits.

    Refuses: FileNotFoundError where there is no plain file; another OSError as the system does.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(errno.ENOENT, "no plain file", str(path))
    return cast("BinaryIO", os.fdopen(handle, "rb", buffering=0))
