"""The narrow ports between the book and where it lies, with their contract.

A store is anything that keeps these promises; `orebook.testing` holds the suites that check them.
Stores share behaviour, not code. There is no update, no delete below the head, and no query
language: searching is a view's business.

Durability: when a call returns, what it wrote survives a crash of the machine.
Atomicity: a call that raises may have written all of it or none of it, and which of the two is
settled before the next call on that store returns. No store may let a failed write land later.
Concurrency: calls may come from many threads; one writer at a time is the book's duty, not the
store's, save that `HeadCell.swap` must be atomic against every other process.
Retry: a store retries what is worth retrying by itself; what it raises is final for that call.
Absence: nothing is ever invented. An absent head is None, an absent leaf or file a LookupError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from orebook.book.turn import Turn
from orebook.log.tile import TileFile

CHECKPOINT = "checkpoint"
# What others say of a head: it proves itself, and no head rests on it.
BESIDE = re.compile(r"timestamps/\d{1,19}\.(?:checkpoint|tsr)")


class Entries(Protocol):
    """The stage: leaves by position, on their way into the published tiles.

    Positions come from the head, never from the store. What lies at or above the head is not
    truth and may be replaced; below the head nothing changes.
    """

    def stage(self, start: int, leaves: Sequence[bytes], epoch: int = 0) -> None:
        """Keeps the leaves at `start`, `start + 1`, … and drops all that lay at or above `start`.

        Durable when it returns. An empty stage begins anywhere: what lies below is published.
        Refuses: StoreFailed where `start` would leave a hole or lies below its first leaf; Fenced,
        and changes nothing, for an epoch below the highest it has staged under.
        """

    def read(self, start: int, stop: int) -> list[bytes]:
        """The leaves at `[start, stop)`. Refuses: LookupError naming the first absent position."""

    def release(self, below: int) -> None:
        """May let go of leaves below that position, all but the last: they are published."""

    def close(self) -> None:
        """Lets go of files and connections; closing twice is no fault."""


class HeadCell(Protocol):
    """One cell that holds the signed head (a checkpoint note), swapped against what was expected.

    It lies apart from the stage, so that restoring one from a backup does not restore the other.
    It also says whose turn it is: a writer whose turn has passed can swap nothing any more.
    """

    def get(self) -> bytes | None:
        """The signed head, or None before the first."""

    def swap(self, expected: bytes | None, new: bytes, epoch: int = 0) -> None:
        """Puts `new` in place of exactly `expected`; durable when it returns.

        Refuses: HeadMoved, and changes nothing, when something else is there; Fenced, and changes
        nothing, for an epoch below that of the present turn.
        """

    def turn(self) -> Turn:
        """Whose turn it is; epoch 0 before the first."""

    def take(self, expected: Turn, new: Turn) -> None:
        """Gives the turn to another, with a higher epoch; durable when it returns.

        Refuses: HeadMoved, and changes nothing, when it is not the turn expected.
        """

    def close(self) -> None:
        """Lets go of files and connections; closing twice is no fault."""


class Shelf(Protocol):
    """Published files: the checkpoint and the tiles, served unchanged to anyone.

    Every path but `checkpoint` is written once. The same bytes again are no fault.
    """

    def put(self, files: Sequence[TileFile]) -> None:
        """Publishes the files, each whole or not at all; durable when it returns.

        Refuses: RecordBroken where a file already stands with other bytes; it stays as it was.
        """

    def get(self, path: str) -> bytes:
        """The bytes of a file. Refuses: LookupError where there is none."""

    def paths(self) -> Iterable[str]:
        """Every published path, sorted."""

    def discard(self, paths: Iterable[str]) -> None:
        """Drops partial tiles that a full tile has replaced; what is not there is no fault."""
