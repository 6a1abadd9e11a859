"""The audit: everything re-derived, and the first thing that differs named.

From the tiles and the checkpoint alone anyone can run `audit_log`. The keeper's `audit` goes on to
the stage, the head cell, the vault and the views. It is the oracle of every fault test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orebook.book.audit_public import Checked, check_leaves
from orebook.book.audit_tiles import Difference, audit_log, strays
from orebook.book.book import Book
from orebook.book.errors import RecordBroken
from orebook.book.folds import VIEWS
from orebook.book.leaves import digests, entry_of, parse
from orebook.book.ports import CHECKPOINT
from orebook.book.publish import same_head
from orebook.book.stored import StoredLeaf
from orebook.book.views import Views
from orebook.log.checkpoint import Checkpoint, open_checkpoint
from orebook.log.errors import LogError
from orebook.log.tree import leaf_hash
from orebook.model.problem import OrebookError

__all__ = ["Difference", "audit", "audit_folder", "audit_log"]

_CHUNK = 1024


def audit(book: Book) -> list[Difference]:
    """Every difference in a book: published files, head, stage, signatures, vault, views."""
    shelf = book.stores.shelf
    # Nothing that is derived from a broken log says anything, and nothing is repaired from one.
    if wrong := audit_log(shelf, book.verifier, ahead=True):
        return wrong
    shown = shelf.get(CHECKPOINT)
    try:
        book.refresh()
    except OrebookError as error:
        return [Difference("head, stage and tiles", "that they agree", str(error))]
    if shelf.get(CHECKPOINT) == shown:
        wrong = strays(shelf, book.head.size, ahead=False)
    elif wrong := audit_log(shelf, book.verifier):
        return wrong
    wrong += _head(book)
    wrong += _stage(book)
    checked = check_leaves(shelf, book.head.size, book.origin)
    if not checked.clean:  # a file changed under the audit: say which
        return wrong + audit_log(shelf, book.verifier, ahead=True)
    entries = [*checked.differences, *_sealed(book, checked)]
    wrong += entries
    if not any(d.entry is not None for d in entries):
        wrong += _views(book)
    return wrong


def audit_folder(folder: Path) -> list[Difference]:
    """Every difference in a book's folder, also where the book would refuse to open."""
    with Book.open(folder, repair=False) as book:
        return audit(book)


def _head(book: Book) -> list[Difference]:
    cell, shown = book.stores.head.get(), book.stores.shelf.get(CHECKPOINT)
    if same_head(shown, cell):
        return []
    return [Difference("the head cell", "the published checkpoint", _named(book, cell))]


def _named(book: Book, signed: bytes | None) -> str:
    if signed is None:
        return "nothing"
    try:
        checkpoint: Checkpoint = open_checkpoint(signed, book.verifier)
    except LogError as error:
        return str(error)
    return f"size {checkpoint.size}, root {checkpoint.root.hex()}"


def _stage(book: Book) -> Iterator[Difference]:
    size = book.head.size
    for start in range(0, size, _CHUNK):
        stop = min(start + _CHUNK, size)
        staged = dict(_staged(book, start, stop))
        if not staged:
            continue
        for position, leaf in book.leaves(min(staged), stop):
            if staged.get(position, leaf) != leaf:
                place = f"the stage, entry {position}"
                yield Difference(
                    place, "the published leaf", leaf_hash(staged[position]).hex(), position
                )
                return


def _staged(book: Book, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """What the stage still holds of a range; what it has let go is published."""
    try:
        yield from enumerate(book.stores.entries.read(start, stop), start=start)
    except LookupError:
        if stop - start > 1:
            middle = (start + stop) // 2
            yield from _staged(book, start, middle)
            yield from _staged(book, middle, stop)


def _sealed(book: Book, checked: Checked) -> Iterator[Difference]:
    """The disclosures that each entry needs."""
    gone = set(book.vault.tombstones())
    for position in checked.sealed:
        stored = parse(position, book.leaf(position))
        yield from _vault(book, stored, gone, own=stored.key_id not in checked.operator)


def _vault(book: Book, stored: StoredLeaf, gone: set[str], *, own: bool) -> Iterator[Difference]:
    """Each disclosure there, or its tombstone; a party that signs for itself may keep its own."""
    wanted = digests(stored.payload)
    if not wanted:
        return
    place = f"the vault, entry {stored.position}"
    try:
        entry_of(stored, book.vault.custody(wanted))
    except RecordBroken as error:
        yield Difference(place, "disclosures that open", str(error), stored.position)
        return
    kept = book.vault.audiences(wanted)
    for digest in wanted:
        if digest not in kept and digest not in gone and not own:
            expected = f"disclosure {digest} or its tombstone"
            yield Difference(place, expected, "neither", stored.position)


def _views(book: Book) -> Iterator[Difference]:
    fresh = Views(None, book.stored)
    try:
        fresh.catch_up(book.head.size)
        for view in VIEWS:
            ours, theirs = fresh.table(view.name), book.views.table(view.name)
            if ours == theirs:
                continue
            pairs = enumerate(zip(ours, theirs, strict=False))
            at = next((i for i, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
            expected = str(ours[at]) if at < len(ours) else "no such row"
            found = str(theirs[at]) if at < len(theirs) else "no row"
            yield Difference(f"the view {view.name}, row {at}", expected, found)
    finally:
        fresh.close()
