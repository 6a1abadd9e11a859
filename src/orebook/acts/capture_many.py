"""Take many documents in: read by several processes, written in their order, several to a sync.

Each document is whole or not there, as with `capture`, and stands when its answer is given; tiles
and views follow within the publishing interval and are there when all is done.
"""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from orebook.acts.gather import (
    Captured,
    Gathered,
    Sheet,
    Wish,
    count_of,
    document_id,
    drafts_of,
    gather,
    papers,
    refuses,
    sift,
    signed_by_parties,
)
from orebook.book.book import Book
from orebook.book.query import standing
from orebook.book.seal import Apart, Parcel
from orebook.exchange.format import Read
from orebook.model.entry import Draft

MANY = 8  # documents; for fewer the start of a process costs more than it saves
LARGE = 8 << 20  # bytes; a document beyond is read by itself, from the disk
_AHEAD = 8
_WRITERS = 4
_FIRST = 8192
_PICKLED = b"\xff\xff\xff\xff"


@dataclass(slots=True)
class _Flight:
    """What is being written: its answers to come, and the identifiers that it states."""

    writes: list[Future[None]] = field(default_factory=list)
    idents: set[str] = field(default_factory=set)

    def land(self, book: Book) -> None:
        """Returns when all of it stands and the views show it. Raises what one of them raised."""
        for write in self.writes:
            write.result()
        self.writes.clear()
        self.idents.clear()
        book.refresh()


def capture_many(
    book: Book,
    files: Sequence[Path],
    wish: Wish | None = None,
    progress: Callable[[int], None] = lambda _count: None,
    processes: int | None = None,
) -> list[Captured]:
    """What became of each document, in their order.

    Takes: `progress`, told the facts read so far; `processes`, how many read: as many as there
    are processors unless told.
    Refuses: as `capture`; the documents before the one that raises stand.
    """
    wish = wish or Wish()
    answers: list[Captured | None] = [None] * len(files)
    flight = _Flight()
    with ExitStack() as stack:
        # a format that was made for these files cannot be handed to another process
        one = wish.door is not None
        readers = _readers(stack, len(files), 1 if one else processes, book.apart())
        writers = stack.enter_context(ThreadPoolExecutor(_WRITERS))
        read = 0
        for number, data, found in _gathered(book, files, wish, readers):
            if found is None:  # large, or signed by parties: it goes its own way
                from orebook.acts.capture import capture

                flight.land(book)
                with files[number].open("rb") as stream:
                    answers[number] = capture(book, stream, files[number].name, wish)
                continue
            idents = _idents(found)
            read += len(idents)
            progress(read)
            if not flight.idents.isdisjoint(idents):
                flight.land(book)  # what it repeats must be seen before it is sifted
            if isinstance(found, Packed) and _new(book, found):
                writing: list[Draft] | Packed = found
                answers[number] = _told(found)
            else:
                held = found.gathered() if isinstance(found, Packed) else found
                writing, answers[number] = sift(book, held, wish)
            if writing:
                flight.idents |= idents
                flight.writes.append(writers.submit(_write, book, data, writing, answers, number))
                while len(flight.writes) > _AHEAD:
                    flight.writes.pop(0).result()
        flight.land(book)
    return [answer for answer in answers if answer is not None]


def _idents(found: Gathered | Packed) -> set[str]:
    """The identifiers that a document states."""
    if isinstance(found, Gathered):
        return {str(item.body.get("id")) for item in found.facts}
    if found.parcels:
        return {ident for parcel in found.parcels for ident in parcel.idents}
    return _idents(found.gathered())


def _new(book: Book, packed: Packed) -> bool:
    """Whether all of it is sealed and nothing of it is known, so that it can go in as it is."""
    if not packed.parcels or book.stand(packed.parcels):
        return False
    return not standing(book, _idents(packed), {parcel.kind for parcel in packed.parcels})


def _told(packed: Packed) -> Captured:
    held, sheet = packed.held, packed.held.sheet
    named = (sheet.name, held.format, sheet.document, packed.counts, 0, held.problems)
    return Captured(*named, None, dry_run=False, notes=held.notes)


def _write(
    book: Book,
    data: bytes,
    writing: list[Draft] | Packed,
    answers: list[Captured | None],
    number: int,
) -> None:
    told = answers[number]
    assert told is not None
    book.file_put(data)
    if isinstance(writing, Packed):
        receipt = book.append_parcels(writing.parcels, writing.issued)
    else:
        receipt = book.append(writing, capture=told.document, checked=True, wait=False)
    answers[number] = replace(told, receipt=receipt)


def _readers(
    stack: ExitStack, count: int, processes: int | None, sealer: Apart | None
) -> ProcessPoolExecutor | None:
    workers = processes or os.cpu_count() or 1
    if count < MANY or workers < 2:
        return None
    # spawn: a fork would copy locks that threads hold
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_arm, initargs=(sealer,))
    return stack.enter_context(pool)


def _gathered(
    book: Book, files: Sequence[Path], wish: Wish, readers: ProcessPoolExecutor | None
) -> Iterator[tuple[int, bytes, Gathered | Packed | None]]:
    """Each document's bytes and what it says, in order; some are read ahead."""
    waiting: deque[tuple[int, bytes, Future[bytes] | Gathered | None]] = deque()

    def first() -> tuple[int, bytes, Gathered | Packed | None]:
        number, data, held = waiting.popleft()
        if isinstance(held, Future):
            return number, data, pickle.loads(held.result())  # noqa: S301 - our own process made it
        return number, data, held

    for number, path in enumerate(files):
        if path.stat().st_size > min(LARGE, wish.limit):
            waiting.append((number, b"", None))
        else:
            data = path.read_bytes()
            waiting.append((number, data, _begun(book, data, path.name, wish, readers)))
        while len(waiting) > _AHEAD:
            yield first()
    while waiting:
        yield first()


def _begun(
    book: Book, data: bytes, name: str, wish: Wish, readers: ProcessPoolExecutor | None
) -> Future[bytes] | Gathered | None:
    if signed_by_parties(data[:_FIRST], wish):
        return None
    digest = hashlib.sha256(data).hexdigest()
    sheet = Sheet(name, document_id(book, digest), digest, len(data))
    if readers is None:
        return gather(io.BytesIO(data), data[:_FIRST], sheet, book.origin, book.operator, wish)
    return readers.submit(_apart, data, sheet, book.origin, book.operator, wish, book.now())


_sealer: Apart | None = None  # in a reading process: what seals for the book


def _arm(sealer: Apart | None) -> None:
    global _sealer  # noqa: PLW0603 - a reading process has one task
    _sealer = sealer


@dataclass(frozen=True, slots=True)
class Packed:
    """What a reading process gives back: sealed as it will be written if all of it is new.

    `facts` are the facts themselves, as JSON or pickled, for where something of it is known.
    """

    held: Gathered
    parcels: list[Parcel]
    counts: dict[str, int]
    facts: bytes
    issued: str

    def gathered(self) -> Gathered:
        """As `gather` gives it."""
        if self.facts.startswith(_PICKLED):
            facts = pickle.loads(self.facts[len(_PICKLED) :])  # noqa: S301 - ours
            return replace(self.held, facts=facts)
        facts = [
            Read(kind, body, place, (), author, tuple(evidence), tuple(supersedes))
            for kind, body, place, author, evidence, supersedes in orjson.loads(self.facts)
        ]
        return replace(self.held, facts=facts)


def _apart(data: bytes, sheet: Sheet, origin: str, operator: str, wish: Wish, issued: str) -> bytes:
    """In a reading process: packed once, so that no other thread packs it again."""
    held = gather(io.BytesIO(data), data[:_FIRST], sheet, origin, operator, wish)
    parcels: list[Parcel] = []
    counts: dict[str, int] = {}
    if _sealer is not None and held.facts and not wish.dry_run and not refuses(held, wish):
        drafts = list(drafts_of(held.facts, sheet.document, held.author))
        drafts += papers(sheet, held.format, drafts)
        parcels, counts = _sealer.parcels(drafts, issued, sheet.document), count_of(drafts)
    if any(fact.seal for fact in held.facts):
        facts = _PICKLED + pickle.dumps(held.facts, protocol=pickle.HIGHEST_PROTOCOL)
    else:  # read many times faster than a pickle
        facts = orjson.dumps(
            [(f.kind, f.body, f.place, f.author, f.evidence, f.supersedes) for f in held.facts]
        )
    packed = Packed(replace(held, facts=[]), parcels, counts, facts, issued)
    return pickle.dumps(packed, protocol=pickle.HIGHEST_PROTOCOL)
