"""A document read, checked, sealed and signed in a process beside the one that has the book."""

from __future__ import annotations

import gc
import hashlib
import io
import multiprocessing
import os
import pickle
import signal
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread

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

READY = "orebook.acts.capture_ready"
_FIRST = 8192
_DOCUMENTS_TO_A_LOOK = 64  # between two looks for objects that refer to one another


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
        digest = hashlib.sha256(data).hexdigest()
        sheet = Sheet(name, document_id(self, digest), digest, len(data))
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


def readers(count: int, clerk: Clerk) -> ProcessPoolExecutor:
    """So many processes that read for a book; each starts when there is work for it."""
    # A fork of this process would copy locks that threads hold; one that has read what readers
    # need, and nothing else, is forked instead, so that it is read once for all of them.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([READY])
    return ProcessPoolExecutor(count, context, initializer=arm, initargs=(clerk,))


_clerk: Clerk | None = None  # in a reading process: for whom it reads
_packed = 0


def arm(clerk: Clerk) -> None:
    """Makes this process one that reads for a book."""
    global _clerk  # noqa: PLW0603 - a reading process has one task
    _clerk = clerk
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    Thread(target=_end_with_parent, daemon=True).start()
    # Of a document nothing is left when it is packed: the collector would walk it in vain.
    gc.freeze()
    gc.disable()


def _end_with_parent() -> None:
    """A process that was killed cannot end those it has started: they end by themselves."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def packed(path: str, name: str, wish: Wish, issued: str) -> bytes:
    """In a reading process: what `pack` gives, pickled, so that no other thread does it again."""
    global _packed  # noqa: PLW0603
    assert _clerk is not None
    _packed += 1
    if _packed % _DOCUMENTS_TO_A_LOOK == 0:
        gc.collect()
    found = _clerk.pack(Path(path).read_bytes(), name, wish, issued)
    return pickle.dumps(found, protocol=pickle.HIGHEST_PROTOCOL)
