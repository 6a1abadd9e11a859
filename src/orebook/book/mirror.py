"""A copy of a public log that never believes it: every byte is derived again before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orebook.book.errors import Fork, RecordBroken, Rollback
from orebook.book.memory import keep_evidence
from orebook.book.ports import CHECKPOINT, Shelf
from orebook.book.publish import Growth, grown
from orebook.book.source import Published
from orebook.book.store_folder import FolderShelf
from orebook.log.checkpoint import Checkpoint, open_checkpoint
from orebook.log.errors import LogError, Tampered
from orebook.log.note import Verifier
from orebook.log.reader import TileReader
from orebook.log.tile import HASHES_PER_TILE, Edge, TileFile
from orebook.log.tree import root_from

_BUNDLES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Copied:
    """What a mirror did: the size it held before, the size it holds now, the head's root (hex)."""

    origin: str
    before: int
    after: int
    root: str


def copy_log(
    source: Published,
    folder: Path,
    verifier: Verifier,
    watch: Callable[[int, int], None] | None = None,
    shelf: Shelf | None = None,
) -> Copied:
    """Brings the copy in that folder up to the log's head, each leaf and hash checked.

    Takes: `watch`, told how many entries of how many are there; `shelf`, where the copy lies if
    not in the folder (which then holds the evidence alone).
    Refuses: RecordBroken for a log that does not lead to its own signed root; Rollback and Fork,
    with both heads kept in `evidence/`, where it contradicts what is held. The copy then stays as
    it was.
    """
    shelf = shelf or FolderShelf(folder)
    held_note, held = _head(shelf.get, verifier)
    new_note, new = _head(source.get, verifier)
    if new_note is None:
        message = f"{source.address}: expected a checkpoint of {verifier.name}, found none"
        raise RecordBroken(message)
    reader = TileReader(source.get, new.size, new.root)
    try:
        _agree(held, held_note, new, new_note, reader, folder)
        if new.size > held.size:
            _grow(shelf, held, new, new_note, reader, watch)
    except LogError as error:
        message = f"{source.address}: {error}"
        raise RecordBroken(message) from error
    except LookupError as error:
        message = f"{source.address}: expected {error}, found nothing"
        raise RecordBroken(message) from error
    return Copied(new.origin, held.size, new.size, new.root.hex())


def _head(get: Callable[[str], bytes], verifier: Verifier) -> tuple[bytes | None, Checkpoint]:
    try:
        note = get(CHECKPOINT)
        return note, open_checkpoint(note, verifier)
    except LookupError:
        return None, Checkpoint(verifier.name, 0, Edge().root())
    except LogError as error:
        message = f"checkpoint: {error}"
        raise RecordBroken(message) from error


def _agree(
    held: Checkpoint,
    held_note: bytes | None,
    new: Checkpoint,
    new_note: bytes,
    reader: TileReader,
    folder: Path,
) -> None:
    """The new head is the held one grown."""
    notes = [note for note in (held_note, new_note) if note]
    if new.size < held.size:
        where = keep_evidence(folder, notes)
        message = (
            f"the log shows a head of {new.size}, this copy has one of {held.size}:"
            f" it was rolled back. Both heads are kept{where}. Tell those who rely on it."
        )
        raise Rollback(message)
    root = new.root if new.size == held.size else root_from(held.size, reader.read)
    if held.size and root != held.root:
        where = keep_evidence(folder, notes)
        message = (
            f"the log has another root at size {held.size} than this copy: it was signed twice."
            f" Both heads are kept{where}. Tell those who rely on it."
        )
        raise Fork(message)


def _grow(
    shelf: Shelf,
    held: Checkpoint,
    new: Checkpoint,
    note: bytes,
    reader: TileReader,
    watch: Callable[[int, int], None] | None,
) -> None:
    growth = Growth(Edge(), ())
    if held.size:
        ours = TileReader(shelf.get, held.size, held.root)
        partial = held.size % HASHES_PER_TILE
        last = ours.bundle(held.size // HASHES_PER_TILE) if partial else []
        growth = Growth(ours.edge(), tuple(last))
    ends = -(-new.size // HASHES_PER_TILE)
    at = held.size // HASHES_PER_TILE
    replaced: list[str] = []
    while at < ends:
        leaves: list[bytes] = []
        for index in range(at, min(at + _BUNDLES_AT_ONCE, ends)):
            skip = max(growth.edge.size - index * HASHES_PER_TILE, 0) if index == at else 0
            leaves += reader.bundle(index)[skip:]
        at = min(at + _BUNDLES_AT_ONCE, ends)
        growth = grown(growth, leaves)
        shelf.put(growth.files)
        replaced += [f.path for f in growth.files if ".p/" not in f.path]
        if watch is not None:
            watch(growth.edge.size, new.size)
    if growth.edge.root() != new.root:
        raise Tampered("the copied entries", new.root.hex(), growth.edge.root().hex())
    shelf.put([TileFile(CHECKPOINT, note)])
    shelf.discard(f"{p}.p/{width}" for p in replaced for width in range(1, HASHES_PER_TILE))
