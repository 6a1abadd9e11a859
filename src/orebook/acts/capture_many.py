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
    document_id,
    gather,
    sift,
    signed_by_parties,
)
from orebook.book.book import Book, Receipt
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
        readers = _readers(stack, len(files), 1 if wish.door is not None else processes)
        writers = stack.enter_context(ThreadPoolExecutor(_WRITERS))
        read = 0
        for number, data, held in _gathered(book, files, wish, readers):
            if held is None:  # large, or signed by parties: it goes its own way
                from orebook.acts.capture import capture

                flight.land(book)
                with files[number].open("rb") as stream:
                    answers[number] = capture(book, stream, files[number].name, wish)
                continue
            read += len(held.facts)
            progress(read)
            idents = {str(item.body.get("id")) for item in held.facts}
            if not flight.idents.isdisjoint(idents):
                flight.land(book)  # what it repeats must be seen before it is sifted
            fresh, told = sift(book, held, wish)
            answers[number] = told
            if fresh:
                flight.idents |= idents
                flight.writes.append(writers.submit(_write, book, data, fresh, answers, number))
                while len(flight.writes) > _AHEAD:
                    flight.writes.pop(0).result()
        flight.land(book)
    return [answer for answer in answers if answer is not None]


def _write(
    book: Book, data: bytes, fresh: list[Draft], answers: list[Captured | None], number: int
) -> None:
    told = answers[number]
    assert told is not None
    book.file_put(data)
    receipt: Receipt = book.append(fresh, capture=told.document, checked=True, wait=False)
    answers[number] = replace(told, receipt=receipt)


def _readers(stack: ExitStack, count: int, processes: int | None) -> ProcessPoolExecutor | None:
    workers = processes or os.cpu_count() or 1
    if count < MANY or workers < 2:
        return None
    # spawn: a fork would copy locks that threads hold
    context = multiprocessing.get_context("spawn")
    return stack.enter_context(ProcessPoolExecutor(workers, mp_context=context))


def _gathered(
    book: Book, files: Sequence[Path], wish: Wish, readers: ProcessPoolExecutor | None
) -> Iterator[tuple[int, bytes, Gathered | None]]:
    """Each document's bytes and what it says, in order; some are read ahead."""
    waiting: deque[tuple[int, bytes, Future[bytes] | Gathered | None]] = deque()

    def first() -> tuple[int, bytes, Gathered | None]:
        number, data, held = waiting.popleft()
        if isinstance(held, Future):
            return number, data, _unpacked(held.result())
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
    return readers.submit(_apart, data, sheet, book.origin, book.operator, wish)


def _apart(data: bytes, sheet: Sheet, origin: str, operator: str, wish: Wish) -> bytes:
    """What a reading process gives back: packed once, so that no other thread packs it again."""
    held = gather(io.BytesIO(data), data[:_FIRST], sheet, origin, operator, wish)
    if any(fact.seal for fact in held.facts):
        return _PICKLED + pickle.dumps(held, protocol=pickle.HIGHEST_PROTOCOL)
    facts = [(f.kind, f.body, f.place, f.author, f.evidence, f.supersedes) for f in held.facts]
    rest = pickle.dumps(replace(held, facts=[]), protocol=pickle.HIGHEST_PROTOCOL)
    return len(rest).to_bytes(4, "big") + rest + orjson.dumps(facts)


def _unpacked(data: bytes) -> Gathered:
    """What `_apart` has packed: facts as JSON, which is read many times faster than a pickle."""
    if data.startswith(_PICKLED):
        return pickle.loads(data[len(_PICKLED) :])  # type: ignore[no-any-return]  # noqa: S301 - ours
    size = int.from_bytes(data[:4], "big")
    held: Gathered = pickle.loads(data[4 : 4 + size])  # noqa: S301 - our own process made it
    for kind, body, place, author, evidence, supersedes in orjson.loads(data[4 + size :]):
        held.facts.append(Read(kind, body, place, (), author, tuple(evidence), tuple(supersedes)))
    return held
