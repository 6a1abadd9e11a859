"""Whose turn it is to write, between processes: a lock file where it serves, a fence always.

A process that is alive holds the lock only while it writes one group. Who gets the lock after
another takes the next epoch in the head cell, which from then on refuses the swap of any earlier
one. A holder that is frozen with the lock in its hands is passed by after a while in which nothing
has moved: the next turn names a new lock file, and the frozen one finds itself fenced when it
wakes. No clock is compared between processes: each waiter measures by its own.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from orebook.book.errors import HeadMoved, StoreFailed
from orebook.book.ports import HeadCell
from orebook.book.turn import Turn

PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.002
_LOOK_MAX_SECONDS = 0.05


class Lease:
    """The turn of one writer. Threads of one process share it and pass it on among themselves.

    Takes: the head cell, and the folder of lock files (None where no other process can come).
    """

    def __init__(
        self, cell: HeadCell, folder: Path | None = None, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._cell = cell
        self._folder = folder
        self._patience = patience
        self._name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._lock = RLock()
        self._held: int | None = None

    @contextmanager
    def hold(self) -> Iterator[int]:
        """The epoch under which this process may stage and swap; others wait until it is let go.

        Refuses: StoreFailed where no lock file can be made.
        """
        with self._lock:
            if self._held is not None:  # a thread that has it already
                yield self._held
                return
            handle, self._held = self._take()
            try:
                yield self._held
            finally:
                self._held = None
                if handle is not None:
                    os.close(handle)

    def fenced(self) -> bool:
        """Whether another has taken the turn in the meantime."""
        return self._cell.turn().holder != self._name

    def advance(self, past: int) -> int:
        """A turn beyond one that a store has seen: its head cell was put back from a copy."""
        with self._lock:
            turn = self._cell.turn()
            own = Turn(max(past, turn.epoch) + 1, self._name, turn.lock)
            self._cell.take(turn, own)
            self._held = own.epoch
            return own.epoch

    def _take(self) -> tuple[int | None, int]:
        since, seen = time.monotonic(), self._cell.turn()
        head = self._cell.get()
        pause = _LOOK_SECONDS
        while True:
            turn = self._cell.turn()
            handle = self._try(turn.lock or _lock_name(0))
            if handle is None and self._folder is not None:
                if (turn, now := self._cell.get()) != (seen, head):
                    since, seen, head = time.monotonic(), turn, now
                if time.monotonic() - since < self._patience:
                    time.sleep(pause)
                    pause = min(pause * 2, _LOOK_MAX_SECONDS)
                    continue
                turn, handle = self._pass_by(turn)
                if handle is None:
                    continue
                return handle, turn.epoch
            # The lock file may be that of a turn that was passed by while we waited for it.
            if (present := self._cell.turn()).lock == turn.lock:
                if present.holder == self._name:
                    return handle, present.epoch
                own = Turn(present.epoch + 1, self._name, present.lock or _lock_name(0))
                with suppress(HeadMoved):
                    self._cell.take(present, own)
                    return handle, own.epoch
            if handle is not None:
                os.close(handle)

    def _pass_by(self, turn: Turn) -> tuple[Turn, int | None]:
        """The turn after that of a holder that no longer moves, under a lock file of its own."""
        own = Turn(turn.epoch + 1, self._name, _lock_name(turn.epoch + 1))
        handle = self._try(own.lock)
        if handle is None:
            return turn, None
        try:
            self._cell.take(turn, own)
        except HeadMoved:
            os.close(handle)
            return turn, None
        return own, handle

    def _try(self, name: str) -> int | None:
        if self._folder is None:
            return None
        path = self._folder / name
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            message = f"{path}: expected to hold the writer's lock, found: {error.strerror}"
            raise StoreFailed(message) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError as error:
            os.close(handle)
            message = f"{path}: expected to hold the writer's lock, found: {error.strerror}"
            raise StoreFailed(message) from error
        return handle


def _lock_name(epoch: int) -> str:
    return f"write-{epoch}.lock" if epoch else "write.lock"
