"""A document read, checked, sealed and signed in a process beside the one that has the book."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, replace

from orebook.acts.gather import (
    Gathered,
    Sheet,
    Wish,
    count_of,
    document_id,
    drafts_of,
    gather,
    papers,
    refuses,
    signed_by_parties,
)
from orebook.book.files import boxed
from orebook.book.seal import Apart, Parcel
from orebook.model.entry import Draft
from orebook.model.problem import Problem

_FIRST = 8192


@dataclass(frozen=True, slots=True)
class Packed:
    """A document on its way: sealed as it will be written if all of it is new.

    `held` has its facts only where nothing was sealed. `stated` counts what the parcels state
    beside the paper that is made for them, `data` is the document as the book keeps it.
    """

    held: Gathered
    issued: str
    data: bytes
    parcels: list[Parcel] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    stated: int = 0
    made: int = 0  # how many of the parcels are papers, the last ones

    def __reduce__(self) -> tuple[type[Packed], tuple[object, ...]]:
        """Of a class with slots the standard way asks for its fields each time it is unpickled."""
        told = (self.held, self.issued, self.data, self.parcels, self.counts)
        return Packed, (*told, self.stated, self.made)

    @property
    def idents(self) -> set[str]:
        """The identifiers that it states."""
        if not self.parcels:
            return {str(item.body.get("id")) for item in self.held.facts}
        return {ident for parcel in self.parcels for ident in parcel.idents}


@dataclass(frozen=True, slots=True)
class Clerk:
    """Reads and seals for a book as the book would. It holds keys: for our own process alone.

    Takes: the book's operator; the public key that its files are encrypted to.
    """

    sealer: Apart
    operator: str
    box: bytes

    def sent_key(self, draft: Draft) -> bytes:
        """The keyed hash of a draft's full envelope."""
        return self.sealer.sent_key(draft)

    def pack(self, data: bytes, name: str, wish: Wish, issued: str) -> Packed | None:
        """What a document says, sealed; None where parties have signed it themselves."""
        if signed_by_parties(data[:_FIRST], wish):
            return None
        sheet = self._sheet(data, name)
        origin = self.sealer.sealing.book
        held = gather(io.BytesIO(data), data[:_FIRST], sheet, origin, self.operator, wish)
        if not held.facts or wish.dry_run or refuses(held, wish):
            return Packed(held, issued, b"")
        drafts = list(drafts_of(held.facts, sheet.document, held.author))
        made = papers(sheet, held.format, drafts)
        parcels = self.sealer.parcels([*drafts, *made], issued, sheet.document)
        counts, stated = count_of([*drafts, *made]), len(held.facts)
        kept = boxed(data, self.box)
        return Packed(replace(held, facts=[]), issued, kept, parcels, counts, stated, len(made))

    def refused(self, data: bytes, name: str, wish: Wish, issued: str, problem: Problem) -> Packed:
        """A document of which nothing is read, and why."""
        held = Gathered(self._sheet(data, name), "", wish.author or self.operator, [], (problem,))
        return Packed(held, issued, b"")

    def _sheet(self, data: bytes, name: str) -> Sheet:
        digest = hashlib.sha256(data).hexdigest()
        return Sheet(name, document_id(self, digest), digest, len(data))
