"""Where the processor time of a captured EPCIS event goes: stage by stage, in one process."""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from capture import EVENTS, documents
from orebook.acts.capture_apart import Clerk, Packed
from orebook.acts.gather import Sheet, Wish, gather
from orebook.exchange.json_text import read as json_read
from orebook.wiring import Naming, create_book
from rows import Row

DOCUMENTS = 100
TOGETHER = 16


class _Later:
    """In place of the publishing interval: nothing is published until it is asked for."""

    def soon(self) -> None: ...
    def stop(self) -> None: ...


def run() -> list[Row]:
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    book = create_book(folder / "book", Naming("bench.example/stages", "Bench"))
    try:
        return _stages(book)
    finally:
        book.close()
        shutil.rmtree(folder)


def _stages(book: Any) -> list[Row]:
    book._pace = _Later()  # noqa: SLF001
    made, wish = documents(DOCUMENTS), Wish()
    sealer = book.apart()
    assert sealer is not None
    clerk = Clerk(sealer, book.operator, book.files.box)

    def gathered(data: bytes) -> object:
        sheet = Sheet("d.json", "document:bench", hashlib.sha256(data).hexdigest(), len(data))
        return gather(io.BytesIO(data), data[:8192], sheet, book.origin, book.operator, wish)

    def all_written() -> None:
        for begin in range(0, len(packs), TOGETHER):
            part = packs[begin : begin + TOGETHER]
            book.files.put_boxed((p.held.sheet.digest, p.data) for p in part)
            book.append_parcels((p.parcels, p.issued) for p in part)

    def published() -> None:
        book._show(book._publisher.settle())  # noqa: SLF001

    packs: list[Packed] = []
    parse = _least(lambda: [json_read(data) for data in made])
    read = _least(lambda: [gathered(data) for data in made])
    seal = _least(lambda: _packed(clerk, made, book.now()))
    packs += _packed(clerk, made, book.now())
    carry = _least(lambda: [pickle.loads(pickle.dumps(p, 5)) for p in packs])
    write, publish = _once(all_written), _once(published)
    fold = _once(lambda: book.views.catch_up(book.head.size))
    whole = seal + carry + write + publish + fold
    return [
        Row("parsing", parse, "µs", "JSON with numbers as written, names twice refused"),
        Row("checking and telling", read - parse, "µs", "EPCIS, our words, canonical bytes, sound"),
        Row("sealing", seal - read, "µs", "leaves signed, keyed hashes, the file encrypted"),
        Row("to the writer and back", carry, "µs", "pickled, as between processes"),
        Row("writing", write, "µs", f"vault, stage read back, head; {TOGETHER} documents at once"),
        Row("publishing", publish, "µs", "tiles and checkpoint, at once for all"),
        Row("views", fold, "µs", "leaves parsed, folded, rows and indexes written"),
        Row("one event in all", whole, "µs", "20,000 a second on two cores leave 100"),
    ]


def _packed(clerk: Clerk, made: list[bytes], now: str) -> list[Packed]:
    packs = [clerk.pack(data, "d.json", Wish(), now) for data in made]
    return [packed for packed in packs if packed is not None]


def _least(work: Callable[[], object]) -> float:
    return min(_once(work) for _ in range(4))


def _once(work: Callable[[], object]) -> float:
    """Processor time of this process for one event, in µs."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) / (DOCUMENTS * EVENTS) * 1e6
