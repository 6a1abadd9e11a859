"""The only writer: stage durable, read back, sign, swap the head. Publishing follows apart.

After any write whose outcome is not known, the sequencer drops all it believed and reads the
head again. It never goes on from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from orebook.book.errors import (
    HeadMoved,
    OutcomeUnknown,
    RecordBroken,
    StoreFailed,
    other_root,
)
from orebook.book.ports import Entries, HeadCell
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.note import NoteSigner
from orebook.log.tree import Frontier, leaf_hash
from orebook.model.facts import Head

STAGED_BYTES = 16 << 20  # what is staged in one write


class AtRest(Protocol):
    """What the writer needs to know of what is published; the publisher answers it."""

    def opened(self, signed: bytes | None, place: str) -> Checkpoint:
        """The checkpoint of a signed head, or of the empty log. Refuses: RecordBroken."""

    def frontier(self, head: Checkpoint, beat: Callable[[], object] = ...) -> Frontier:
        """The tree of what is published, checked, grown by what is staged from there to the head.

        Takes: `beat`, called between its steps.
        Refuses: Rollback; RecordBroken where a leaf is missing.
        """


@dataclass(frozen=True, slots=True)
class Standing:
    """The head as the writer knows it: signed note, what it says, the right edge of its tree."""

    signed: bytes | None
    checkpoint: Checkpoint
    frontier: Frontier

    @property
    def head(self) -> Head:
        """The head as answers name it."""
        return Head(self.checkpoint.origin, self.checkpoint.size, self.checkpoint.root.hex())


class Sequencer:
    """Appends leaves to a log: when it returns, they stand under a signed head.

    Takes: the ports, what knows the tree at rest (the publisher), the log's signer. One caller
    at a time, who holds the lease.
    """

    def __init__(
        self,
        entries: Entries,
        cell: HeadCell,
        at_rest: AtRest,
        signer: NoteSigner | None = None,
    ) -> None:
        self._entries = entries
        self._cell = cell
        self._at_rest = at_rest
        self._signer = signer
        self._standing: Standing | None = None

    @property
    def size(self) -> int:
        """The size of the head as last seen, without a look; 0 where nothing is known."""
        standing = self._standing
        return standing.checkpoint.size if standing else 0

    def head(self, beat: Callable[[], object] = lambda: None) -> Head:
        """The present head. Takes, Refuses: as `look`."""
        return self.look(beat).head

    def look(self, beat: Callable[[], object] = lambda: None) -> Standing:
        """The present head. What is known of it is used only while the head cell still says so.

        Takes: `beat`, called between the steps of a long look.
        Refuses: Rollback; RecordBroken where head, stage and tiles do not agree; StoreFailed.
        """
        signed = self._cell.get()
        if self._standing is not None and self._standing.signed == signed:
            return self._standing
        self._standing = None
        head = self._at_rest.opened(signed, "the head cell")
        frontier = self._at_rest.frontier(head, beat)
        if frontier.root() != head.root:
            raise RecordBroken(other_root(head.size, head.root, frontier.root()))
        self._standing = Standing(signed, head, frontier)
        return self._standing

    def append(self, leaves: Iterable[bytes], beat: Callable[[], int]) -> Head:
        """The head that now holds the leaves.

        Takes: `beat`, which gives the epoch of the turn that is held, asked before each step.
        Refuses: StoreFailed when nothing was appended, HeadMoved (Fenced) when another writer was
        first, OutcomeUnknown when neither can be said. Whatever is refused, the next call starts
        anew from the head.
        """
        standing = self.look()
        if self._signer is None:
            message = "the log: expected its signing key, found none: this book is read here only"
            raise StoreFailed(message)
        self._standing = None  # from here on memory is worth nothing until the head says so
        frontier = standing.frontier.copy()
        # What is staged above the head is not truth: of very many leaves part after part goes
        # there, and only the swap makes entries of them, of all at once.
        for part in _parts(leaves):
            start = frontier.size
            self._entries.stage(start, part, beat())
            # What is signed is what was read back: a bit that fell is not sealed for ever.
            kept = self._entries.read(start, start + len(part))
            if kept != part:
                message = f"the stage: expected the leaves just staged at {start}, found others"
                raise StoreFailed(message)
            frontier.extend(leaf_hash(leaf) for leaf in kept)
        checkpoint = Checkpoint(standing.checkpoint.origin, frontier.size, frontier.root())
        signed = sign_checkpoint(checkpoint, self._signer)
        self._swap(standing.signed, signed, beat())
        self._standing = Standing(signed, checkpoint, frontier)
        return self._standing.head

    def _swap(self, expected: bytes | None, signed: bytes, epoch: int) -> None:
        try:
            self._cell.swap(expected, signed, epoch)
        except HeadMoved:
            raise
        except StoreFailed as error:
            try:
                now = self._cell.get()
            except StoreFailed:
                now = None
            if now == signed:
                return  # it failed to answer, yet it stands
            message = "the head could not be swapped: send it again; nothing is written twice"
            raise OutcomeUnknown(message) from error


def _parts(leaves: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The leaves in runs that memory holds with ease; most writes are one run."""
    part: list[bytes] = []
    size = 0
    for leaf in leaves:
        if part and size + len(leaf) > STAGED_BYTES:
            yield part
            part, size = [], 0
        part.append(leaf)
        size += len(leaf)
    if part:
        yield part
