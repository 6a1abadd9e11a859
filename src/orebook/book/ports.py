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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from orebook.book.turn import Turn
from orebook.log import b64
from orebook.log.tile import TileFile

CHECKPOINT = "checkpoint"
# What others say of a head: it proves itself, and no head rests on it.
BESIDE = re.compile(r"timestamps/[0-9]{1,19}\.(?:checkpoint|tsr)")
_WIDTH = "[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]"  # of a partial tile, 1 to 255
# Nothing else is ever published.
PUBLISHED = re.compile(
    rf"checkpoint|{BESIDE.pattern}"
    rf"|tile/[0-9a-z]+(?:/x?[0-9]{{3}})*/[0-9]{{3}}(?:\.p/(?:{_WIDTH}))?"
)


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

    def clear(self) -> None:
        """Forgets every leaf and epoch, and begins anew: all below the head is published."""

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

    def stream(self, path: str) -> BinaryIO:
        """The file, to be read in parts; who asks closes it. Refuses: as `get`."""

    def paths(self) -> Iterable[str]:
        """Every published path, sorted."""

    def discard(self, paths: Iterable[str]) -> None:
        """Drops partial tiles that a full tile has replaced; what is not there is no fault."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A disclosure as it lies in the vault for one audience.

    `box` is the X25519 key (hex) it is encrypted to, empty for the vault's own; what is public lies
    plain.
    """

    digest: str
    audience: str
    box: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stands where a disclosure was: since when it is gone, and on what ground."""

    digest: str
    date: str
    basis: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A draft that was sent: its keyed hash, where it was placed, the leaf hash found there.

    A claim on a place, not truth: it counts only where the record holds that leaf.
    """

    key: bytes
    position: int
    count: int
    leaf: str


class Disclosures(Protocol):
    """Where the vault lies: copies of disclosures, tombstones, and the places of what was sent."""

    def put(self, copies: Sequence[Copy], sent: Sequence[Sent] = ()) -> None:
        """Keeps them all or nothing; durable when it returns.

        A copy that is there, and a disclosure that was taken down, stay as they are; a place is
        replaced.
        """

    def sent(self, keys: Sequence[bytes]) -> dict[bytes, Sent]:
        """The places of these keyed hashes, as far as there are any."""

    def copies(self, digests: Sequence[str]) -> list[Copy]:
        """Every copy of these disclosures that is not gone, whoever it is for."""

    def totals(self, audiences: Sequence[str]) -> dict[str, bytes]:
        """The sum (see `summed`) of what each audience holds; none for one that never held any."""

    def take_down(self, digest: str, basis: str, date: str) -> None:
        """Deletes every copy and leaves a tombstone. Refuses: LookupError for what is not here."""

    def drop(self, digests: Sequence[str]) -> None:
        """Deletes every copy of these and leaves nothing; one that is gone keeps its tombstone."""

    def tombstones(self) -> dict[str, Tombstone]:
        """Every disclosure that is gone, by digest, with its earliest day."""

    def rows(self, table: str, after: tuple[object, ...], limit: int) -> list[tuple[object, ...]]:
        """Rows of `disclosures`, `sets` or `sent` as they lie, in the order of their keys.

        Takes: `after`, the key to go on from; empty to begin.
        """

    def load(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Puts rows that `rows` gave elsewhere in place, all or nothing; durable on return."""

    def close(self) -> None:
        """Lets go of files and connections; closing twice is no fault."""


class Blobs(Protocol):
    """Captured files, encrypted already, under names that say nothing."""

    def put(self, name: str, data: bytes) -> None:
        """Keeps the bytes under that name; durable when it returns. The first bytes stay."""

    def put_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """As `put`, several names with their bytes, in as few syncs as it can."""

    def get(self, name: str) -> bytes:
        """The bytes. Refuses: LookupError where there are none."""

    def discard(self, name: str) -> bool:
        """Deletes them; says whether they were there."""

    def names(self) -> Iterable[str]:
        """Every name, sorted."""


class Locks(Protocol):
    """Locks between processes that end with the process that holds them."""

    def attempt(self, name: str) -> Callable[[], None] | None:
        """What lets go of the lock again, or None where another holds it. Refuses: StoreFailed."""


class Queue(Protocol):
    """Where writers leave their work for the one whose turn it is, and find what became of it."""

    def offer(self, works: Sequence[bytes]) -> list[int]:
        """Leaves each work to be written, durably, and gives its ticket, in order."""

    def waiting(self, limit: int) -> dict[int, bytes]:
        """Works without an answer by ticket, the longest waiting first; at most `limit`."""

    def answer(self, answers: Mapping[int, bytes]) -> None:
        """Says what became of works, and wakes those who wait."""

    def collect(self, tickets: Sequence[int]) -> dict[int, bytes]:
        """The answers that are there; what is collected is gone from the queue."""

    def wait(self, seconds: float) -> None:
        """Returns when an answer was given, or after that time."""

    def close(self) -> None:
        """Lets go of connections; closing twice is no fault."""


def summed(total: bytes, digests: Iterable[str], sign: int) -> bytes:
    """The sum modulo 2^256 that names a set of disclosures, with some added (1) or taken (-1)."""
    value = int.from_bytes(total, "big")
    value += sign * sum(int.from_bytes(b64.decode(digest), "big") for digest in digests)
    return (value % 2**256).to_bytes(32, "big")
