"""Publishing: tiles, then the checkpoint, from what is staged below the head. Always repeatable.

The daily path and recovery are the same code: read the head, check what is published, publish the
rest. It signs nothing, so any process may do it, and two that do it at once do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock

from orebook.book.errors import RecordBroken, Rollback, StoreFailed, other_root
from orebook.book.locks import brief_lock
from orebook.book.ports import CHECKPOINT, Entries, HeadCell, Locks, Shelf
from orebook.log.checkpoint import Checkpoint, open_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import NoteVerifier
from orebook.log.reader import TileReader
from orebook.log.tile import HASHES_PER_TILE, Edge, TileFile, edge_tiles, grow_bundles, grow_tiles
from orebook.log.tree import Frontier, leaf_hash

STAGED_MAX = 1024
STAGED_KEPT = 256
FAR = 1024  # leaves, at least one bundle: a head further ahead is published run by run
PATIENCE_SECONDS = 10.0
_LOCK = "publish.lock"
_LOWEST = ("tile/0/", "tile/entries/")


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


class Publisher:
    """Brings what is published up to the head. Calls may come from many threads.

    Takes: the ports, the log's verifier, the locks (None where no other process can come);
    `seen(root, start, leaves)`, told what was published under a root.
    """

    def __init__(
        self,
        entries: Entries,
        cell: HeadCell,
        shelf: Shelf,
        verifier: NoteVerifier,
        locks: Locks | None = None,
        seen: Callable[[bytes, int, Sequence[bytes]], None] = lambda _root, _start, _leaves: None,
    ) -> None:
        self._entries = entries
        self._cell = cell
        self._shelf = shelf
        self._verifier = verifier
        self._locks = locks
        self._seen = seen
        self._lock = RLock()
        self._settled: Settled | None = None
        self._released = 0

    def settle(self, size: int | None = None) -> Settled:
        """The present head, with everything up to it published; or any head of at least `size`.

        Refuses: Rollback where the head is older than what is published; RecordBroken where head,
        stage and tiles do not agree; StoreFailed.
        """
        with self._lock:
            settled = self._settled
            if size is not None and settled is not None and settled.checkpoint.size >= size:
                return settled
            signed = self._cell.get()
            if settled is not None and settled.signed == signed:
                return settled
            try:
                with brief_lock(self._locks, _LOCK, PATIENCE_SECONDS):
                    signed = self._cell.get()
                    head = self.opened(signed, "the head cell")
                    base = self._base(head)
                    growth, replaced = self._far(base, head)
                    start = growth.edge.size
                    leaves = self._staged(start, head.size, head)
                    growth = grown(growth, leaves)
                    if replaced:
                        growth = _with_edge(growth)
                    fresh = not same_head(base.signed, signed)
                    settled = self._publish(signed, head, growth, fresh=fresh)
                    self._shelf.discard(replaced)
                    self._seen(head.root, start, leaves)
            except BaseException:
                self._settled = None  # what is published now is not known: look at every tile
                raise
            self._settled = settled
            self._release(settled.checkpoint.size)
            return settled

    def _release(self, size: int) -> None:
        """Lets the stage go of what is published, in large pieces; the newest leaves stay."""
        if size - self._released >= STAGED_MAX:
            with suppress(StoreFailed):
                self._entries.release(size - STAGED_KEPT)
                self._released = size

    def shown(self, signed: bytes) -> bytes:
        """The head's note with the cosignatures it is shown with, if any."""
        with suppress(LookupError):
            shown = self._shelf.get(CHECKPOINT)
            if signed and same_head(shown, signed):
                return shown
        return signed

    def show_cosigned(self, signed: bytes, cosigned: bytes) -> bool:
        """Publishes the head's note with cosignatures; False when it is no longer the head."""
        with self._lock, brief_lock(self._locks, _LOCK, PATIENCE_SECONDS):
            shown = self._shelf.get(CHECKPOINT)
            if not (same_head(shown, signed) and same_head(cosigned, signed)):
                return False
            self._shelf.put([TileFile(CHECKPOINT, cosigned)])
            return True

    def frontier(self, head: Checkpoint, beat: Callable[[], object] = lambda: None) -> Frontier:
        """The tree of what is published, checked, grown by what is staged from there to the head.

        Takes: `beat`, called between its steps.
        Refuses: as `settle`.
        """
        base = self._base(head)
        try:
            return self._grown(base, head, beat)
        except RecordBroken:
            if self._base(head).checkpoint.size > base.checkpoint.size:
                return self.frontier(head, beat)  # published and let go while we looked
            raise

    def _grown(
        self, base: Settled, head: Checkpoint, beat: Callable[[], object] = lambda: None
    ) -> Frontier:
        frontier = base.growth.edge.frontier()
        while frontier.size < head.size:
            beat()
            stop = min(frontier.size + FAR, head.size)
            frontier.extend(leaf_hash(leaf) for leaf in self._staged(frontier.size, stop, head))
        return frontier

    def _staged(self, start: int, stop: int, head: Checkpoint) -> list[bytes]:
        try:
            return self._entries.read(start, stop)
        except LookupError as error:
            message = f"the stage: expected every leaf up to the head {head.size}, found {error}"
            raise RecordBroken(message) from error

    def _base(self, head: Checkpoint) -> Settled:
        """What is published, checked tile by tile. Refuses: as `settle`."""
        base = self._published()
        if base.checkpoint.size > head.size:
            message = (
                f"the head cell: expected at least the published size {base.checkpoint.size},"
                f" found {head.size}: it was restored from an older copy."
                " The lawful way back: orebook recover --from MIRROR"
            )
            raise Rollback(message)
        return base

    def _far(self, base: Settled, head: Checkpoint) -> tuple[Growth, list[str]]:
        """Where the head is far ahead: full tiles up to near it, published run by run.

        Gives: the growth to go on from, and the partial tiles that are replaced. The root is
        worked out before the first tile is written, so that no wrong one ever is.
        """
        growth = base.growth
        if head.size - growth.edge.size <= FAR:
            return growth, []
        frontier = self._grown(base, head)
        if frontier.root() != head.root:
            raise RecordBroken(other_root(head.size, head.root, frontier.root()))
        replaced: list[str] = []
        while head.size - growth.edge.size > FAR:
            stop = (growth.edge.size // HASHES_PER_TILE + 1) * HASHES_PER_TILE
            growth = grown(growth, self._staged(growth.edge.size, stop, head))
            self._shelf.put([file for file in growth.files if ".p/" not in file.path])
            # A partial hash tile of any level may fill in any run; partial tiles of the lowest
            # level and bundles lie near what was published, also where a crash left them behind.
            near = stop - base.growth.edge.size <= FAR + HASHES_PER_TILE
            replaced += _replaced(growth, lowest=near)
            growth = Growth(growth.edge, growth.last)
        return growth, replaced

    def opened(self, signed: bytes | None, place: str) -> Checkpoint:
        """The checkpoint of a signed head, or of the empty log. Refuses: RecordBroken."""
        if signed is None:
            return Checkpoint(self._verifier.name, 0, Edge().root())
        try:
            return open_checkpoint(signed, self._verifier)
        except LogError as error:
            message = f"{place}: {error}"
            raise RecordBroken(message) from error

    def _publish(
        self, signed: bytes | None, head: Checkpoint, growth: Growth, *, fresh: bool
    ) -> Settled:
        found = growth.edge.root()
        if found != head.root:
            raise RecordBroken(other_root(head.size, head.root, found))
        if signed is not None and fresh:
            # Tiles first: a checkpoint that anyone can see never names a tile that is not there.
            self._shelf.put(growth.files)
            if not self._passed(head):
                self._shelf.put([TileFile(CHECKPOINT, signed)])
            self._shelf.discard(_replaced(growth))
        return Settled(signed, head, Growth(growth.edge, growth.last))

    def _passed(self, head: Checkpoint) -> bool:
        """Whether a later head is shown by now: this process was frozen, and another went on."""
        try:
            shown = self._shelf.get(CHECKPOINT)
        except LookupError:
            return False
        return self.opened(shown, "the published checkpoint").size > head.size

    def _published(self) -> Settled:
        """The head that the shelf shows, checked tile by tile where growth needs it."""
        try:
            signed = self._shelf.get(CHECKPOINT)
        except LookupError:
            signed = None
        known = self._settled
        if known is not None and same_head(signed, known.signed):
            return known
        head = self.opened(signed, "the published checkpoint")
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


def same_head(shown: bytes | None, signed: bytes | None) -> bool:
    """Whether what is shown is this signed head, with or without cosignatures after it."""
    if shown is None or signed is None:
        return shown is signed
    return shown.startswith(signed)


def _with_edge(growth: Growth) -> Growth:
    """The growth with every partial hash tile of its tree among its files."""
    there = {file.path for file in growth.files}
    tiles = [
        TileFile(span.path, b"".join(growth.edge.levels[span.level]))
        for span in edge_tiles(growth.edge.size)
        if span.path not in there
    ]
    return Growth(growth.edge, growth.last, (*growth.files, *tiles))


def _replaced(growth: Growth, *, lowest: bool = True) -> list[str]:
    """Partial tiles whose full tile is among the files of this growth.

    Takes: whether those of the lowest level, and bundles, are asked for.
    """
    full = [file.path for file in growth.files if ".p/" not in file.path]
    if not lowest:
        full = [path for path in full if not path.startswith(_LOWEST)]
    return [f"{path}.p/{width}" for path in full for width in range(1, HASHES_PER_TILE)]
