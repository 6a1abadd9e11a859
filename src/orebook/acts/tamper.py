"""Change one byte of a copy and see the check name the entry: what a reader can try by hand.

Nothing of the book is touched: the published bytes are read as any mirror would read them, one
byte is turned over in memory, and the copy is checked against the signed head.
"""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.log.errors import LogError
from orebook.log.reader import TileReader
from orebook.log.tile import HASHES_PER_TILE, bundle_path, decode_bundle, tile_width
from orebook.model.facts import Head
from orebook.model.problem import NotFound

# A larger book checks the bundle in question alone; the answer says how many entries it checked.
WHOLE_BOOK_MAX = 8192
_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One byte turned over, and what the check said of the copy before and after.

    `offset` counts bytes in `path`; `sound` is True when the untouched copy agrees with the head;
    `place`, `expected` and `found` are what the check of the changed copy reports.
    """

    position: int
    byte: int
    path: str
    offset: int
    before: int
    after: int
    checked: int
    sound: bool
    place: str
    expected: str
    found: str
    head: Head

    @property
    def noticed(self) -> bool:
        """True when the changed copy was refused."""
        return bool(self.place)


def change_one_byte(view: View, position: int, byte: int) -> Change:
    """What the check says when byte `byte` of entry `position` is turned over in a copy.

    Takes: positions from 0; a byte beyond the end of the leaf counts on from its start.
    Refuses: NotFound for an entry this book does not have.
    """
    book = view.book
    head = book.head
    if not 0 <= position < head.size:
        message = f"entry {position}: expected a position from 0 below {head.size}"
        raise NotFound(message)
    index, within = divmod(position, HASHES_PER_TILE)
    width = tile_width(0, index, head.size)
    path = bundle_path(index, width)
    original = book.published(path)
    leaves = decode_bundle(original, width)
    at = byte % len(leaves[within])
    offset = sum(_LENGTH + len(leaf) for leaf in leaves[:within]) + _LENGTH + at
    changed = bytearray(original)
    changed[offset] ^= 0x01

    def fetch(wanted: str) -> bytes:
        return bytes(changed) if wanted == path else book.published(wanted)

    whole = head.size <= WHOLE_BOOK_MAX
    bundles = range((head.size + HASHES_PER_TILE - 1) // HASHES_PER_TILE) if whole else (index,)
    root = bytes.fromhex(head.root)
    untouched = _check(TileReader(book.published, head.size, root), bundles)
    fault = _check(TileReader(fetch, head.size, root), bundles)
    return Change(
        position,
        at,
        path,
        offset,
        original[offset],
        changed[offset],
        head.size if whole else width,
        untouched is None,
        fault.place if fault is not None else "",
        fault.expected if fault is not None else "",
        fault.found if fault is not None else "",
        head,
    )


def _check(reader: TileReader, bundles: range | tuple[int, ...]) -> LogError | None:
    """The first thing that does not lead to the signed root."""
    try:
        for index in bundles:
            reader.bundle(index)
    except LogError as error:
        return error
    return None
