"""Take many documents in: read by several processes, written in their order, several to a sync.

Each document is whole or not there, as with `capture`, and stands when its answer is given; tiles
and views follow within the publishing interval and are there when all is done.
"""

from __future__ import annotations

import gc
import hashlib
import io
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from orebook.acts.capture_apart import Clerk, Packed
from orebook.acts.capture_beside import Given, Readers
from orebook.acts.gather import (
    Captured,
    Gathered,
    Sheet,
    Wish,
    document_id,
    gather,
    sift,
    signed_by_parties,
)
from orebook.book.book import Book, Receipt
from orebook.book.query import standing
from orebook.model.entry import Draft

MANY = 8  # documents, and
WORTH = 8 << 20  # bytes; for fewer the start of a process costs more than it saves
LARGE = 8 << 20  # bytes; a document beyond is read by itself, from the disk
_AHEAD = 32  # documents
_TOGETHER = 16  # that are written at once, and stand under one head where they fit
_LEAST = 8  # that are waited for: nobody waits for one of them, and each write has its price
_AHEAD_BYTES = 32 << 20
_IDENTS_MAX = 500_000  # that are remembered until the views show them
_AT_START = 4  # documents that wait for the readers to start, while others are read here
_WHILE_STARTING = 512
_SWITCH_SECONDS = 0.0005
_OBJECTS_TO_A_LOOK = 50_000  # for those that refer to one another: rows and leaves do not
_FIRST = 8192


Sent = Packed | tuple[bytes, list[Draft]]  # sealed already, or a document's bytes and its drafts


@dataclass(slots=True)
class _Flight:
    """What is being written, in order, and the identifiers that it states.

    Takes: the answers by number, whose receipts are still to come; one thread, so that this one
    goes on while the disk is synced.
    """

    book: Book
    answers: list[Captured | None]
    writer: ThreadPoolExecutor
    idents: set[str] = field(default_factory=set)
    _next: list[tuple[int, Sent]] = field(default_factory=list)
    _going: Future[None] | None = None

    def add(self, number: int, sent: Sent, idents: set[str]) -> None:
        """Has it written soon, together with what comes while others are being written."""
        self.idents |= idents
        self._next.append((number, sent))
        idle = self._going is None or self._going.done()
        if len(self._next) >= (_LEAST if idle else _TOGETHER):
            self._go()

    def stand(self) -> None:
        """Returns when all of it stands. Raises what one of them raised."""
        while self._next or self._going is not None:
            self._go()
        self.idents.clear()

    def land(self) -> None:
        """As `stand`, and the views show it."""
        self.stand()
        self.book.refresh()

    def _go(self) -> None:
        """Begins to write what is next once what was before it stands."""
        going, self._going = self._going, None
        following, self._next = self._next, []
        if going is not None:
            going.result()  # where that failed, what follows it is not written
        if following:
            self._going = self.writer.submit(self._write, following)

    def _write(self, sent: list[tuple[int, Sent]]) -> None:
        packed: list[tuple[int, Packed]] = []
        for number, one in sent:
            if isinstance(one, Packed):
                packed.append((number, one))
                continue
            self._write_packed(packed)
            packed = []
            receipt = written(self.book, one, self._told(number).document)
            self.answers[number] = replace(self._told(number), receipt=receipt)
        self._write_packed(packed)

    def _write_packed(self, packed: list[tuple[int, Packed]]) -> None:
        self.book.files.put_boxed((one.held.sheet.digest, one.data) for _, one in packed)
        receipts = self.book.append_parcels((one.parcels, one.issued) for _, one in packed)
        for (number, _), receipt in zip(packed, receipts, strict=True):
            self.answers[number] = replace(self._told(number), receipt=receipt)

    def _told(self, number: int) -> Captured:
        told = self.answers[number]
        assert told is not None
        return told


@dataclass(slots=True)
class _Waiting:
    """A document that is being read, or has been, or why it could not be."""

    number: int
    size: int
    found: Given[Packed] | Found | Exception

    def ready(self) -> bool:
        """Whether it has been read."""
        return not isinstance(self.found, Given) or self.found.ready()


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a document says and its bytes, nothing of it sealed yet."""

    held: Gathered
    data: bytes

    @property
    def idents(self) -> set[str]:
        """The identifiers that it states."""
        return {str(item.body.get("id")) for item in self.held.facts}


Found = Packed | _Whole | None  # None for a document that goes its own way


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
    with ExitStack() as stack:
        # Who syncs the disk gives the interpreter back each time and waits for it: not for 5 ms.
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(_SWITCH_SECONDS)
        if not gc.get_freeze_count():  # what is loaded by now is not to be walked again and again
            gc.freeze()
            stack.callback(gc.unfreeze)
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(_OBJECTS_TO_A_LOOK)
        # a format that was made for these files cannot be handed to another process
        one = wish.door is not None
        clerk = clerk_of(book)
        worth = processes is not None or sum(map(_size, files)) >= WORTH
        workers = 1 if one or not worth else processes
        readers = _readers(stack, len(files), workers, clerk, wish)
        flight = _Flight(book, answers, stack.enter_context(ThreadPoolExecutor(1)))
        stack.callback(flight.stand)  # those before the one that raises
        read = 0
        for number, found in _Reading(book, files, wish, clerk, readers).documents():
            if found is None:  # large, or signed by parties: it goes its own way
                from orebook.acts.capture import capture

                flight.land()
                with files[number].open("rb") as stream:
                    answers[number] = capture(book, stream, files[number].name, wish)
                continue
            idents = found.idents
            read += len(idents)
            progress(read)
            if len(flight.idents) > _IDENTS_MAX or not flight.idents.isdisjoint(idents):
                flight.land()  # what it repeats must be seen before it is sifted
            sent, answers[number] = sifted(book, files[number], found, wish)
            if sent is not None:
                flight.add(number, sent, idents)
        flight.land()
    return [answer for answer in answers if answer is not None]


def _size(path: Path) -> int:
    """How large it is; one that is not there is told of in its turn."""
    return path.stat().st_size if path.exists() else 0


def clerk_of(book: Book) -> Clerk | None:
    """Who can read for a book in another process; None where nobody can."""
    sealer = book.apart()
    return None if sealer is None else Clerk(sealer, book.operator, book.files.box)


def sifted(
    book: Book, path: Path, found: Packed | _Whole, wish: Wish
) -> tuple[Sent | None, Captured]:
    """What is new of it, to be written, and the answer, its receipt still to come."""
    held, sheet = found.held, found.held.sheet
    if isinstance(found, Packed) and found.parcels:
        stand = book.stand(found.parcels)
        told = Captured(sheet.name, held.format, sheet.document, {}, 0, held.problems, None, False)
        told = replace(told, notes=held.notes)
        kinds = {parcel.kind for parcel in found.parcels}
        if not any(stand) and not standing(book, found.idents, kinds):
            return found, replace(told, appended=found.counts)
        if all(stand[: len(stand) - found.made]):
            return None, replace(told, known=found.stated)
        found = _whole(book, path, sheet.name, wish)  # some of it is known: fact by fact
    drafts, told = sift(book, found.held, wish)
    data = found.data if isinstance(found, _Whole) else b""
    return ((data, drafts) if drafts else None), told


def written(book: Book, sent: Sent, document: str) -> Receipt:
    """Where one document stands once this is written of it; tiles and views follow."""
    if isinstance(sent, Packed):
        book.files.put_boxed([(sent.held.sheet.digest, sent.data)])
        return book.append_parcels([(sent.parcels, sent.issued)])[0]
    data, drafts = sent
    book.file_put(data)
    return book.append(drafts, capture=document, checked=True, wait=False)


def _whole(book: Book, path: Path, name: str, wish: Wish) -> _Whole:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    sheet = Sheet(name, document_id(book, digest), digest, len(data))
    first = data[:_FIRST]
    held = gather(io.BytesIO(data), first, sheet, book.origin, book.operator, wish)
    return _Whole(held, data)


def _readers(
    stack: ExitStack, count: int, processes: int | None, clerk: Clerk | None, wish: Wish
) -> Readers[Packed] | None:
    workers = processes or os.cpu_count() or 1
    if count < MANY or workers < 2 or clerk is None:
        return None
    readers = Readers(workers, clerk, wish)
    stack.callback(readers.end)
    return readers


class _Reading:
    """The documents in order, some read ahead."""

    def __init__(
        self,
        book: Book,
        files: Sequence[Path],
        wish: Wish,
        clerk: Clerk | None,
        readers: Readers[Packed] | None,
    ) -> None:
        self._book = book
        self._files = enumerate(files)
        self._wish = wish
        self._clerk = clerk
        self._readers = readers
        self._waiting: deque[_Waiting] = deque()
        self._held = 0  # bytes of what waits
        self._started = False  # whether a reader has given anything back

    def documents(self) -> Iterator[tuple[int, Found]]:
        """The number of each and what it says."""
        while self._more() or self._waiting:
            first = self._waiting[0]
            # Until the readers have started nobody else would be at work.
            while not (self._started or first.ready() or self._full(_WHILE_STARTING)):
                if not self._next(aside=False):
                    break
            self._held -= self._waiting.popleft().size
            yield first.number, self._result(first.found)

    def _result(self, found: Given[Packed] | Found | Exception) -> Found:
        if isinstance(found, Exception):
            raise found
        if not isinstance(found, Given):
            return found
        assert self._readers is not None
        self._started = True
        return self._readers.take(found)

    def _more(self) -> bool:
        """Reads ahead as far as memory allows; whether there is any document that waits."""
        while not self._full(_AHEAD if self._started else _AT_START):
            if not self._next(aside=True):
                break
        return bool(self._waiting)

    def _full(self, most: int) -> bool:
        """Whether so many wait, or so many bytes."""
        return len(self._waiting) >= most or self._held >= _AHEAD_BYTES

    def _next(self, *, aside: bool) -> bool:
        """Begins to read one more, in another process or, where not `aside`, here."""
        number, path = next(self._files, (-1, None))
        if path is None:
            return False
        size = 0
        found: Given[Packed] | Found | Exception = None
        try:
            size = path.stat().st_size
            if size <= min(LARGE, self._wish.limit):
                found = self._begun(path, size, aside=aside)
        except Exception as error:  # noqa: BLE001 - raised in its turn: those before it stand
            found = error
        self._waiting.append(_Waiting(number, size, found))
        self._held += size
        return True

    def _begun(self, path: Path, size: int, *, aside: bool) -> Given[Packed] | Found:
        wish = self._wish
        if self._clerk is not None:  # sealed at once, so that many are written together
            now = self._book.now()
            if aside and self._readers is not None:
                return self._readers.give(str(path), path.name, now, size)
            return self._clerk.pack(path.read_bytes(), path.name, wish, now)
        with path.open("rb") as stream:
            signed = signed_by_parties(stream.read(_FIRST), wish)
        return None if signed else _whole(self._book, path, path.name, wish)
