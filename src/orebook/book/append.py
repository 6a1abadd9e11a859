"""The only writer: stage durable, swap the signed head, then publish. Recovery is the same path.

After any write whose outcome is not known, the sequencer drops all it believed and reads the
head again. It never goes on from memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.book.errors import HeadMoved, OutcomeUnknown, RecordBroken, Rollback, StoreFailed
from orebook.book.ports import CHECKPOINT, Entries, HeadCell, Shelf
from orebook.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import NoteSigner, NoteVerifier
from orebook.log.reader import TileReader
from orebook.log.tile import (
    HASHES_PER_TILE,
    Edge,
    TileFile,
    grow_bundles,
    grow_tiles,
)
from orebook.log.tree import leaf_hash


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree after some leaves: its edge, the leaves of its last bundle, the files it adds."""

    edge: Edge
    last: tuple[bytes, ...]
    files: tuple[TileFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A head that is published whole: its signed note, what it says, and the tree under it."""

    signed: bytes | None
    checkpoint: Checkpoint
    growth: Growth


def grown(growth: Growth, leaves: Sequence[bytes]) -> Growth:
    """The tree with these leaves added, and the files that publish them. Pure."""
    size = growth.edge.size
    edge, tiles = grow_tiles(growth.edge, [leaf_hash(leaf) for leaf in leaves])
    bundles = list(grow_bundles(size, growth.last, leaves))
    pending = [*growth.last, *leaves]
    last = tuple(pending[len(pending) - edge.size % HASHES_PER_TILE :])
    return Growth(edge, last, (*bundles, *tiles))


class Sequencer:
    """Appends leaves to a log: durable on return, published, and whole again after any fault.

    Takes: the ports, the log's signer and verifier. One caller at a time.
    """

    def __init__(
        self,
        entries: Entries,
        cell: HeadCell,
        shelf: Shelf,
        verifier: NoteVerifier,
        signer: NoteSigner | None = None,
    ) -> None:
        self._entries = entries
        self._cell = cell
        self._shelf = shelf
        self._verifier = verifier
        self._signer = signer
        self._settled: Settled | None = None

    def settle(self) -> Settled:
        """The present head, with everything up to it published. Run at start and before writes.

        Refuses: Rollback where the head is older than what is published; RecordBroken where head,
        stage and tiles do not agree; StoreFailed.
        """
        signed = self._cell.get()
        if self._settled is not None and self._settled.signed == signed:
            return self._settled
        self._settled = None
        head = self._open(signed, "the head cell")
        base = self._published()
        if base.checkpoint.size > head.size:
            message = (
                f"the head cell: expected at least the published size {base.checkpoint.size},"
                f" found {head.size}: it was restored from an older copy"
            )
            raise Rollback(message)
        try:
            leaves = self._entries.read(base.checkpoint.size, head.size)
        except LookupError as error:
            message = f"the stage: expected every leaf up to the head {head.size}, found {error}"
            raise RecordBroken(message) from error
        growth = grown(base.growth, leaves)
        self._settled = self._publish(signed, head, growth, fresh=signed != base.signed)
        return self._settled

    def append(self, leaves: Sequence[bytes]) -> tuple[bytes, bool]:
        """The signed head that now holds the leaves, and whether it is already published.

        Refuses: StoreFailed when nothing was appended, HeadMoved when another writer was first,
        OutcomeUnknown when neither can be said. Whatever is refused, the next call starts anew
        from the head.
        """
        settled = self.settle()
        growth = grown(settled.growth, leaves)
        checkpoint = Checkpoint(self._verifier.name, growth.edge.size, growth.edge.root())
        if self._signer is None:
            message = "the log: expected its signing key, found none: this book is read here only"
            raise StoreFailed(message)
        signed = sign_checkpoint(checkpoint, self._signer)
        self._settled = None  # from here on memory is worth nothing until the head says so
        self._entries.stage(settled.checkpoint.size, leaves)
        self._swap(settled.signed, signed)
        try:
            self._settled = self._publish(signed, checkpoint, growth, fresh=True)
        except StoreFailed:
            return signed, False  # it stands; the next settle() publishes it from the stage
        return signed, True

    def _swap(self, expected: bytes | None, signed: bytes) -> None:
        try:
            self._cell.swap(expected, signed)
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

    def _publish(
        self, signed: bytes | None, head: Checkpoint, growth: Growth, *, fresh: bool
    ) -> Settled:
        found = growth.edge.root()
        if found != head.root:
            message = (
                f"the tree of {head.size}: expected the signed root {head.root.hex()},"
                f" found {found.hex()} from stage and tiles"
            )
            raise RecordBroken(message)
        if signed is not None and fresh:
            # Tiles first: a checkpoint that anyone can see never names a tile that is not there.
            self._shelf.put(growth.files)
            self._shelf.put([TileFile(CHECKPOINT, signed)])
            self._shelf.discard(self._replaced(growth))
        return Settled(signed, head, Growth(growth.edge, growth.last))

    def _replaced(self, growth: Growth) -> list[str]:
        """Partial tiles whose full tile is among the files of this growth."""
        full = [file.path for file in growth.files if ".p/" not in file.path]
        return [f"{path}.p/{width}" for path in full for width in range(1, HASHES_PER_TILE)]

    def _published(self) -> Settled:
        """The head that the shelf shows, checked tile by tile where growth needs it."""
        try:
            signed = self._shelf.get(CHECKPOINT)
        except LookupError:
            signed = None
        head = self._open(signed, "the published checkpoint")
        if head.size == 0:
            return Settled(signed, head, Growth(Edge(), ()))
        reader = TileReader(self._shelf.get, head.size, head.root)
        try:
            last = (
                reader.bundle(head.size // HASHES_PER_TILE) if head.size % HASHES_PER_TILE else []
            )
            return Settled(signed, head, Growth(reader.edge(), tuple(last)))
        except LogError as error:
            message = f"published tiles: {error}"
            raise RecordBroken(message) from error
        except LookupError as error:
            message = f"published tiles: expected {error}, found nothing"
            raise RecordBroken(message) from error

    def _open(self, signed: bytes | None, place: str) -> Checkpoint:
        if signed is None:
            return Checkpoint(self._verifier.name, 0, Edge().root())
        try:
            return open_checkpoint(signed, self._verifier)
        except LogError as error:
            message = f"{place}: {error}"
            raise RecordBroken(message) from error
