"""One entry: the leaf as it stands in the log, its proof, and who signed it."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.log.leaf import read_leaf
from orebook.log.tree import leaf_hash
from orebook.model.entry import Entry
from orebook.model.facts import Head
from orebook.model.problem import NotFound

PAGE = 100


@dataclass(frozen=True, slots=True)
class EntrySheet:
    """An entry with the bytes it stands on.

    `leaf` is the signed compact JWS; `header` and `payload` are what it says, sealed members as
    digests; `disclosures` are those this reader may see; `proof` is the `.tlog-proof` file.
    """

    entry: Entry
    leaf: bytes
    header: dict[str, object]
    payload: dict[str, object]
    disclosures: tuple[str, ...]
    proof: str
    head: Head


def entry(view: View, reference: str) -> EntrySheet:
    """The entry at that position, or of that leaf hash (whole, or its first 8 or more digits).

    Refuses: NotFound.
    """
    position = int(reference) if reference.isdecimal() and len(reference) < 12 else None
    if position is None:
        position = view.book.find(reference.partition("#")[0])
    if position is None or not 0 <= position < view.book.head.size:
        message = f"this book has no entry {reference}"
        raise NotFound(message)
    found = view.entry(position)
    leaf = view.book.leaf(position)
    header, payload = read_leaf(leaf)
    if leaf_hash(leaf).hex() != found.leaf:
        message = f"this book has no entry {reference}"
        raise NotFound(message)
    return EntrySheet(
        found,
        leaf,
        dict(header),
        dict(payload),
        tuple(view.book.disclosures(position, view.reader)),
        view.book.proof(position).decode("utf-8"),
        view.book.head,
    )


def page(view: View, before: int | None = None, count: int = PAGE) -> tuple[Entry, ...]:
    """Entries newest first, those below position `before`; at most `count`."""
    size = view.size or view.book.head.size
    stop = size if before is None else max(0, min(before, size))
    start = max(0, stop - count)
    return tuple(reversed(view.book.entries(start, stop, view.reader)))
