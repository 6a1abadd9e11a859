"""One entry: the leaf as it stands in the log, its proof, and who signed it."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.log.leaf import read_leaf
from orebook.model.entry import Entry
from orebook.model.facts import Head

PAGE = 100
_HASH_DIGITS = 20


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
    """The entry at that position, or of that leaf hash (with or without `#n`).

    Refuses: NotFound.
    """
    short = reference.isdecimal() and len(reference) < _HASH_DIGITS
    position = int(reference) if short else view.book.find(reference)
    found = view.entry(position)
    leaf = view.book.leaf(position)
    header, payload = read_leaf(leaf)
    return EntrySheet(
        found,
        leaf,
        dict(header),
        dict(payload),
        view.book.disclosures(position, view.reader),
        view.book.proof(position).decode("utf-8"),
        view.head,
    )


def page(view: View, before: int | None = None, count: int = PAGE) -> tuple[Entry, ...]:
    """Entries newest first, those below position `before`; at most `count`."""
    size = view.head.size
    stop = size if before is None else max(0, min(before, size))
    start = max(0, stop - count)
    return tuple(reversed(view.entries(start, stop)))
