"""Whose turn it is to write, between processes: a lock file where it serves, a fence always.

A process that is alive holds the lock only while it writes one group. Who gets the lock after
another takes the next epoch in the head cell, which from then on refuses the swap of any earlier
one. A holder that is frozen with the lock in its hands is passed by after a while in which nothing
has moved: the next turn names a new lock file, and the frozen one finds itself fenced when it
wakes. One that is at work for long takes its own turn anew from time to time, which waiters see.
No clock is compared between processes: each measures by its own.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from orebook.book.errors import Fenced, HeadMoved, StoreFailed
from orebook.book.ports import HeadCell, Locks
from orebook.book.turn import MOVED, Turn

PATIENCE_SECONDS = 10.0
_BEATS = 10  # signs of life within the patience of a waiter
_LOOK_SECONDS = 0.002
_LOOK_MAX_SECONDS = 0.05
_FIRST = "write.lock"


@dataclass(slots=True)
class Watch:
    """What a waiter has seen, and since when nothing has moved by its own clock."""

    seen: tuple[Turn, bytes | None] | None = None
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class _Held:
    epoch: int
    release: Callable[[], None] | None


class Lease:
    """The turn of one writer. Threads of one process share it and pass it on among themselves.

    Takes: the head cell, and the locks, or the folder of lock files (None where no other process
    can come).
    """

    def __init__(
        self, cell: HeadCell, locks: Locks | Path | None = None, patience: float = PATIENCE_SECONDS
    ) -> None:
        if isinstance(locks, Path):
            from orebook.book.locks import FileLocks

            locks = FileLocks(locks)
        self._cell = cell
        self._locks = locks
        self._patience = patience
        self._name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._lock = RLock()
        self._held: int | None = None
        self._moved = 0.0

    @contextmanager
    def hold(self) -> Iterator[int]:
        """The epoch under which this process may stage and swap; others wait until it is let go.

        Refuses: StoreFailed where no lock can be asked for, or where the book has moved away.
        """
        watch, pause = Watch(), _LOOK_SECONDS
        while True:
            with self.attempt(watch) as epoch:
                if epoch is not None:
                    yield epoch
                    return
            time.sleep(pause)
            pause = min(pause * 2, _LOOK_MAX_SECONDS)

    @contextmanager
    def attempt(self, watch: Watch) -> Iterator[int | None]:
        """The epoch, or None where another holds the turn and may still be at work.

        Takes: the waiter's watch; a holder that has not moved while it looked on is passed by.
        Refuses: as `hold`.
        """
        with self._lock:
            if self._held is not None:  # a thread that has it already
                yield self._held
                return
            held = self._take(watch)
            if held is None:
                yield None
                return
            self._held, self._moved = held.epoch, time.monotonic()
            try:
                yield self._held
            finally:
                self._held = None
                if held.release is not None:
                    held.release()

    def beat(self) -> int:
        """The epoch of the turn that this process holds; now and then a later one.

        Who works for long calls it between its steps: a waiter sees the turn move and waits on.
        Refuses: Fenced or HeadMoved where another has taken the turn.
        """
        with self._lock:
            if self._held is None:
                message = "the turn: expected to hold it, found that it was let go"
                raise Fenced(message, present=self._cell.turn().epoch)
            if time.monotonic() - self._moved < self._patience / _BEATS:
                return self._held
            turn = self._cell.turn()
            if turn.holder != self._name:
                message = f"the turn: expected to hold it, found turn {turn.epoch} of another"
                raise Fenced(message, present=turn.epoch)
            own = Turn(turn.epoch + 1, self._name, turn.lock)
            self._cell.take(turn, own)
            self._held, self._moved = own.epoch, time.monotonic()
            return own.epoch

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

    def leave(self) -> None:
        """Ends the turns of this head cell for good: the book lies elsewhere from now on.

        Refuses: Fenced where another has had the turn since this process took it.
        """
        with self._lock:
            turn = self._cell.turn()
            if turn.holder != self._name:
                message = (
                    f"the turn: expected to hold it to the end, found turn {turn.epoch} of another,"
                    " who may have written. Nothing was moved: stop the others and begin again"
                )
                raise Fenced(message, present=turn.epoch)
            self._cell.take(turn, Turn(turn.epoch + 1, "", MOVED))

    def _take(self, watch: Watch) -> _Held | None:
        while True:
            turn = self._present()
            release = self._try(turn.lock or _FIRST)
            if release is None and self._locks is not None:
                if (now := (turn, self._cell.get())) != watch.seen:
                    watch.seen, watch.since = now, time.monotonic()
                if time.monotonic() - watch.since < self._patience:
                    return None
                if (passed := self._pass_by(turn)) is not None:
                    return passed
                continue
            # The lock may be that of a turn that was passed by while we waited for it.
            if (present := self._present()).lock == turn.lock:
                if present.holder == self._name:
                    return _Held(present.epoch, release)
                own = Turn(present.epoch + 1, self._name, present.lock or _FIRST)
                with suppress(HeadMoved):
                    self._cell.take(present, own)
                    return _Held(own.epoch, release)
            if release is not None:
                release()

    def _present(self) -> Turn:
        turn = self._cell.turn()
        if turn.lock == MOVED:
            message = (
                "the head cell: expected the book to lie here, found that it was moved elsewhere"
                " (orebook move). Open it where it lies now; nothing was written"
            )
            raise StoreFailed(message)
        return turn

    def _pass_by(self, turn: Turn) -> _Held | None:
        """The turn after that of a holder that no longer moves, under a lock of its own."""
        own = Turn(turn.epoch + 1, self._name, f"write-{turn.epoch + 1}.lock")
        release = self._try(own.lock)
        if release is None:
            return None
        try:
            self._cell.take(turn, own)
        except HeadMoved:
            release()
            return None
        return _Held(own.epoch, release)

    def _try(self, name: str) -> Callable[[], None] | None:
        return self._locks.attempt(name) if self._locks is not None else None
