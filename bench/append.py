"""Appending: durable appends, group commit, batches, foreign leaves, publishing lag, bytes kept."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from orebook.book.audit import audit_log
from orebook.book.book import Book
from orebook.book.signed import admit
from orebook.log.keys import SigningKey
from orebook.log.leaf import make_leaf
from orebook.model.entry import Draft
from rows import Row

ORIGIN = "bench.example/append"
DURABLE = "SQLite WAL, synchronous FULL"
FULL, COUNT, THREADS = 255, 20, 8


@contextmanager
def book() -> Iterator[Book]:
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    opened = Book.create(folder / "b", origin=ORIGIN, title="Bench", operator="keeper")
    try:
        yield opened
    finally:
        opened.close()
        shutil.rmtree(folder)


def lot(name: str) -> Draft:
    mass = {"value": "21981.5", "unit": "KGM", "basis": "wet"}
    fact: dict[str, object] = {"id": f"lot:{name}", "mass": mass}
    fact["material"] = "copper concentrate"
    return Draft("lot", (fact,), "keeper")


def leaves(key: SigningKey, count: int) -> list[bytes]:
    return [
        make_leaf(
            {
                "orebook": 1,
                "book": ORIGIN,
                "kind": "lot",
                "author": "party:miner",
                "issued": "2026-01-01T00:00:00Z",
                "facts": list(lot(f"signed/{n}").facts),
            },
            key,
        )
        for n in range(count)
    ]


def single() -> list[Row]:
    with book() as opened:
        times = []
        for number in range(400):
            begun = time.perf_counter()
            opened.append([lot(str(number))], wait=False)
            times.append(time.perf_counter() - begun)
    times.sort()
    note = f"one caller, one fact and the clock entry each; {DURABLE}; asked for 250"
    return [
        Row("single durable append", len(times) / sum(times), "per second", note),
        Row("single durable append, p99", times[int(len(times) * 0.99)] * 1e3, "ms", "at most 25"),
    ]


def crowd() -> Row:
    with book() as opened:

        def write(thread: int) -> None:
            for number in range(100):
                opened.append([lot(f"{thread}/{number}")], wait=False)

        threads = [Thread(target=write, args=(n,)) for n in range(THREADS)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = THREADS * 100 / (time.perf_counter() - begun)
    return Row(f"durable appends, {THREADS} threads", rate, "per second", "they share each sync")


def batches() -> list[Row]:
    rows = []
    with book() as opened:
        drafts = [[lot(f"{b}/{n}") for n in range(FULL)] for b in range(COUNT)]
        begun = time.perf_counter()
        for batch in drafts:
            opened.append(batch, wait=False)
        rate = COUNT * FULL / (time.perf_counter() - begun)
        note = f"batches of {FULL}, sealed and signed on the way, publishing meanwhile; {DURABLE}"
        rows.append(Row("own entries in batches", rate, "per second", note))
    key = SigningKey(b"\x07" * 32)
    made = leaves(key, COUNT * FULL)

    def key_of(_kid: str, _author: str) -> bytes:
        return key.public

    with book() as opened:
        begun = time.perf_counter()
        for at in range(0, len(made), FULL):
            admit(made[at : at + FULL], ORIGIN, key_of)
            opened._writer.signed(made[at : at + FULL])  # noqa: SLF001 - publishing apart
        rate = len(made) / (time.perf_counter() - begun)
        note = "signature and form verified, appended durably; tiles not yet; asked for 5,000"
        rows.append(Row("foreign entries, before publishing", rate, "per second", note))
    with book() as opened:
        begun, used = time.perf_counter(), time.process_time()
        for at in range(0, len(made), FULL):
            opened.append_signed(made[at : at + FULL], key_of, wait=False)
        stood = time.perf_counter() - begun
        opened.refresh()
        took, used = time.perf_counter() - begun, time.process_time() - used
        note = f"the public call, batches of {FULL}: verified, durable, publishing meanwhile;"
        note += " asked for 8,000 self-signed, 5,000 foreign"
        rows.append(Row("self-signed entries in batches", len(made) / stood, "per second", note))
        note = "the same until tiles, checkpoint and views are there too"
        rows.append(Row("self-signed entries, published", len(made) / took, "per second", note))
        note = "all of it, verification too, by all threads"
        rows.append(Row("processor time of one", used / len(made) * 1e6, "µs", note))
        rows += kept(opened)
    return rows


def kept(opened: Book) -> list[Row]:
    opened.refresh()
    size = sum(len(opened.leaf(n)) for n in range(opened.head.size))
    root = opened.stores.root
    assert root is not None
    public = sum(p.stat().st_size for p in (root / "public").rglob("*") if p.is_file())
    begun = time.perf_counter()
    audit_log(opened.stores.shelf, opened.verifier)
    rate = opened.head.size / (time.perf_counter() - begun)
    working = sum(p.stat().st_size for p in root.rglob("*") if p.is_file())
    opened.close()
    whole = sum(p.stat().st_size for p in root.rglob("*") if p.is_file())
    return [
        Row(
            "public log", public / size, "x leaf bytes", f"{opened.head.size} entries; at most 1.1"
        ),
        Row("whole folder at rest", whole / size, "x leaf bytes", "closed, all in it; at most 2.5"),
        Row("whole folder at work", working / size, "x leaf bytes", "with write-ahead logs"),
        Row("published files audited", rate, "entries/s", "hashes and root, one process"),
    ]


def lag() -> Row:
    """From append to published checkpoint at 500 appends a second in groups of five."""
    with book() as opened:
        waits: list[tuple[int, float]] = []
        lags: list[float] = []
        begun = time.perf_counter()
        for number in range(300):
            due = begun + number * 0.01
            time.sleep(max(due - time.perf_counter(), 0))
            receipt = opened.append([lot(f"{number}/{n}") for n in range(5)], wait=False)
            waits.append((receipt.head.size, time.perf_counter()))
            now, size = time.perf_counter(), opened.head.size
            lags += [now - at for wanted, at in waits if wanted <= size]
            waits = [(wanted, at) for wanted, at in waits if wanted > size]
        while waits:
            time.sleep(0.001)
            now, size = time.perf_counter(), opened.head.size
            lags += [now - at for wanted, at in waits if wanted <= size]
            waits = [(wanted, at) for wanted, at in waits if wanted > size]
    lags.sort()
    note = "500 entries a second, looked for every 10 ms; at most 1,000"
    return Row("append to checkpoint, p99", lags[int(len(lags) * 0.99)] * 1e3, "ms", note)


def run() -> list[Row]:
    return [*single(), crowd(), *batches(), lag()]
