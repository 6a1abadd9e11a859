"""Stores in memory: for tests and throw-away books, and where failures are injected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import BinaryIO, Literal

from orebook.book.errors import Fenced, HeadMoved, RecordBroken, StoreFailed
from orebook.book.ports import CHECKPOINT
from orebook.book.turn import Turn
from orebook.log.tile import TileFile

Mode = Literal["before", "after", "partial"]
STEPS = ("vault", "stage", "swap", "tiles", "checkpoint", "discard")
MODES: tuple[Mode, ...] = ("before", "after", "partial")


class Injected(StoreFailed):
    """A failure a test has asked for."""

    code = "injected"


@dataclass(slots=True)
class Faults:
    """A table of failures: which call of which step fails, and what it has persisted by then.

    `before` persists nothing, `after` everything, `partial` the first half of a call's items
    (a step of one item then counts as `before`). Calls of a step are counted from 1.
    """

    plan: dict[tuple[str, int], Mode] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    hits: int = 0

    def hit(self, step: str) -> Mode | None:
        """What shall happen to this call."""
        self.calls[step] = self.calls.get(step, 0) + 1
        mode = self.plan.get((step, self.calls[step]))
        self.hits += mode is not None
        return mode


def fail(mode: Mode | None, when: Mode, step: str) -> None:
    """Raises where the mode says so."""
    if mode == when:
        message = f"{step}: a failure injected {when} persisting"
        raise Injected(message)


class MemoryEntries:
    """The stage in memory."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._leaves: list[bytes] = []
        self._base = 0
        self._epoch = 0
        self._faults = faults or Faults()
        self._lock = Lock()

    def stage(self, start: int, leaves: Sequence[bytes], epoch: int = 0) -> None:
        """See `ports.Entries`."""
        mode = self._faults.hit("stage")
        fail(mode, "before", "stage")
        with self._lock:
            if epoch < self._epoch:
                message = f"stage: expected the writer of turn {self._epoch}, found {epoch}"
                raise Fenced(message, present=self._epoch)
            self._epoch = epoch
            base = self._base if self._leaves else max(start, 0)
            if not base <= start <= base + len(self._leaves):
                end = base + len(self._leaves)
                message = f"stage: expected a start from {base} to {end}, found {start}"
                raise StoreFailed(message)
            self._base = base
            kept = list(leaves)[: len(leaves) // 2] if mode == "partial" else list(leaves)
            self._leaves[start - base :] = kept
        fail(mode, "partial", "stage")
        fail(mode, "after", "stage")

    def read(self, start: int, stop: int) -> list[bytes]:
        """See `ports.Entries`."""
        with self._lock:
            end = self._base + len(self._leaves)
            if start < stop and not self._base <= start < stop <= end:
                absent = start if not self._base <= start < end else end
                message = f"stage: no leaf at position {absent}"
                raise LookupError(message)
            return self._leaves[start - self._base : stop - self._base] if start < stop else []

    def release(self, below: int) -> None:
        """See `ports.Entries`."""
        with self._lock:
            count = min(max(below - self._base, 0), max(len(self._leaves) - 1, 0))
            del self._leaves[:count]
            self._base += count

    def clear(self) -> None:
        """See `ports.Entries`."""
        with self._lock:
            self._leaves, self._base, self._epoch = [], 0, 0

    def close(self) -> None:
        """See `ports.Entries`."""


class MemoryHead:
    """The head cell in memory."""

    def __init__(self, faults: Faults | None = None) -> None:
        self._note: bytes | None = None
        self._turn = Turn()
        self._faults = faults or Faults()
        self._lock = Lock()

    def get(self) -> bytes | None:
        """See `ports.HeadCell`."""
        return self._note

    def swap(self, expected: bytes | None, new: bytes, epoch: int = 0) -> None:
        """See `ports.HeadCell`."""
        mode = self._faults.hit("swap")
        fail(mode, "before", "swap")
        fail(mode, "partial", "swap")
        with self._lock:
            if epoch < self._turn.epoch:
                message = f"head: expected the writer of turn {self._turn.epoch}, found {epoch}"
                raise Fenced(message, present=self._turn.epoch)
            if self._note != expected:
                message = "the head is not the one expected: another writer has moved it"
                raise HeadMoved(message)
            self._note = new
        fail(mode, "after", "swap")

    def turn(self) -> Turn:
        """See `ports.HeadCell`."""
        return self._turn

    def take(self, expected: Turn, new: Turn) -> None:
        """See `ports.HeadCell`."""
        with self._lock:
            if self._turn != expected or new.epoch <= expected.epoch:
                message = "the turn is not the one expected: another writer has taken it"
                raise HeadMoved(message)
            self._turn = new

    def close(self) -> None:
        """See `ports.HeadCell`."""


class MemoryShelf:
    """Published files in memory."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self._faults = faults or Faults()
        self._lock = Lock()

    def put(self, files: Sequence[TileFile]) -> None:
        """See `ports.Shelf`."""
        step = "checkpoint" if any(f.path == CHECKPOINT for f in files) else "tiles"
        mode = self._faults.hit(step)
        fail(mode, "before", step)
        kept = files[: len(files) // 2] if mode == "partial" else files
        with self._lock:
            for path, data in kept:
                if path != CHECKPOINT and self.files.get(path, data) != data:
                    message = f"{path}: expected the bytes it was published with, found others"
                    raise RecordBroken(message)
                self.files[path] = data
        fail(mode, "partial", step)
        fail(mode, "after", step)

    def get(self, path: str) -> bytes:
        """See `ports.Shelf`."""
        return self.files[path]

    def stream(self, path: str) -> BinaryIO:
        """See `ports.Shelf`."""
        return BytesIO(self.get(path))

    def paths(self) -> Iterable[str]:
        """See `ports.Shelf`."""
        return sorted(self.files)

    def discard(self, paths: Iterable[str]) -> None:
        """See `ports.Shelf`."""
        mode = self._faults.hit("discard")
        fail(mode, "before", "discard")
        fail(mode, "partial", "discard")
        for path in paths:
            self.files.pop(path, None)
        fail(mode, "after", "discard")


class MemoryBlobs:
    """Captured files in memory."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> None:
        """See `ports.Blobs`."""
        self._blobs.setdefault(name, data)

    def put_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """See `ports.Blobs`."""
        for name, data in files:
            self.put(name, data)

    def get(self, name: str) -> bytes:
        """See `ports.Blobs`."""
        return self._blobs[name]

    def discard(self, name: str) -> bool:
        """See `ports.Blobs`."""
        return self._blobs.pop(name, None) is not None

    def names(self) -> Iterable[str]:
        """See `ports.Blobs`."""
        return sorted(self._blobs)
