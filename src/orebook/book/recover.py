"""The lawful way back: a book that was lost or put back takes up the head its mirror holds.

Nothing is signed. The mirror's head is one this log has signed; every entry under it is checked
against it before the head cell is moved, and it moves forward only.
"""

from __future__ import annotations

from pathlib import Path

from orebook.book.errors import Fenced, Fork, RecordBroken, Rollback
from orebook.book.folder import Keys, Settings
from orebook.book.lease import Lease
from orebook.book.memory import Memory, keep_evidence
from orebook.book.mirror import Copied, copy_log
from orebook.book.ports import CHECKPOINT
from orebook.book.source import Source
from orebook.book.stores import Stores
from orebook.log.checkpoint import Checkpoint, open_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import Signer, Verifier
from orebook.log.reader import TileReader
from orebook.log.tree import EMPTY_ROOT, root_from


def recover(folder: Path, source: Source, heads: Path | None = None) -> Copied:
    """The book of that folder, brought up to the head of the mirror.

    Takes: a folder with `book.toml` and keys; `heads`, where heads are remembered outside.
    Refuses: Rollback where the mirror is behind the book or behind what is remembered; Fork where
    they contradict each other; RecordBroken for a mirror that does not lead to its own root.
    """
    settings = Settings.load(folder)
    keys = Keys.load(folder / "keys")
    verifier = settings.verifier()
    if Signer(settings.origin, keys.log).verifier != verifier:
        message = "keys/log.key: expected the key of this log, found another"
        raise RecordBroken(message)
    memory = Memory(verifier, heads, settings.mirrors, folder)
    memory.ask()
    try:
        note = source.get(CHECKPOINT)
        target = open_checkpoint(note, verifier)
        reader = TileReader(source.get, target.size, target.root)
        memory.confirm(target.size, note, lambda size: root_from(size, reader.read))
    except LookupError as error:
        message = f"{source.address}: expected a mirror, found no {error}"
        raise RecordBroken(message) from error
    except LogError as error:
        message = f"{source.address}: {error}"
        raise RecordBroken(message) from error
    stores = Stores.folder(folder, settings.where)
    try:
        lease = Lease(stores.head, stores.locks)
        with lease.hold():
            present = stores.head.get()
            before = _ahead(present, target, note, reader, verifier, heads)
            done = copy_log(
                source, heads or folder, verifier, lambda *_: _alive(lease), stores.shelf
            )
            if done.after != target.size:
                message = f"{source.address}: the mirror grew meanwhile; recover once more"
                raise RecordBroken(message)
            epoch = lease.beat()
            if lease.fenced():
                message = "the turn: expected to hold it, found that of another: stop it first"
                raise Fenced(message)
            # What the stage holds below the head is published now; above it nothing is truth.
            stores.entries.clear()
            if present != note:
                stores.head.swap(present, note, epoch)
    finally:
        stores.close()
    memory.keep(target.size, note)
    return Copied(target.origin, before, target.size, target.root.hex())


def _alive(lease: Lease) -> None:
    """Keeps the turn while a large log is copied. Refuses: Fenced where another has taken it."""
    lease.beat()


def _ahead(
    present: bytes | None,
    target: Checkpoint,
    note: bytes,
    reader: TileReader,
    verifier: Verifier,
    heads: Path | None,
) -> int:
    """The size of the book's head, once it is known to be an earlier head of the mirror's log."""
    if present is None:
        return 0
    try:
        head = open_checkpoint(present, verifier)
    except LogError as error:
        message = f"the head cell: {error}"
        raise RecordBroken(message) from error
    if head.size > target.size:
        message = (
            f"the mirror is behind: it holds {target.size} entries, this book {head.size};"
            " there is nothing to recover from it"
        )
        raise Rollback(message)
    root = root_from(head.size, reader.read) if head.size else EMPTY_ROOT
    if root != head.root:
        where = keep_evidence(heads, [present, note])
        message = (
            f"the mirror has another root at size {head.size} than this book: the log was signed"
            f" twice. Both heads are kept{where}. Stop, and tell everyone who relies on it."
        )
        raise Fork(message)
    return head.size
