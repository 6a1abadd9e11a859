"""Rules: five packs over every lot of a book of 100,000 lots, and over one of them."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from orebook.acts import packs
from orebook.acts.capture import Wish, capture
from orebook.acts.plausible import plausible
from orebook.acts.qualify import qualify
from orebook.acts.qualify_all import every
from orebook.acts.see import view
from orebook.wiring import Naming, create_book, open_book
from rows import Row

LOTS = 100_000
CHAIN = ("mine", "concentrate", "crack_leach", "separate", "reduce", "alloy", "make")
COUNTRIES = ("PK", "AU", "MY", "JP", "US", "CN", "VN", "DE", "KZ", "TJ")
PLANTS = 400
PACKS = ("us-dfars-7052", "us-magnet-disclosure", "us-uflpa", "cn-rare-earths", "oecd-cahra")
DAY = "2027-01-02"


def run() -> list[Row]:
    folder = Path(tempfile.mkdtemp())
    try:
        book = create_book(folder / "book", Naming("bench.example/rules", "Bench"))
        done = capture(book, io.BytesIO(facts(LOTS)), "facts.jsonl", Wish(limit=1 << 30))
        assert not done.problems, done.problems[0].text()
        here = view(book, "owner", DAY)
        chosen = [packs.pack(name) for name in PACKS]
        begun, used = time.perf_counter(), time.process_time()
        with Path(os.devnull).open("w") as out:
            count = 0
            for row in every(here, chosen, DAY):
                out.write(row.text() + "\n")
                count += 1
        took = time.perf_counter() - begun
        spent = time.process_time() - used
        note = f"{count} verdicts as JSON Lines, five packs, book on disk, one process"
        rows = [
            Row("every lot of 100,000", took, "s", note),
            Row("every lot of 100,000, processor time", spent, "s", "one process, one core"),
        ]
        last = f"lot:{LOTS // len(CHAIN) * len(CHAIN) - 1}"
        begun = time.perf_counter()
        qualify(here, last, chosen)
        first = time.perf_counter() - begun
        note = "of the book's life: reads all lots, to hold what mines are claimed for against"
        rows.append(Row("first question", first, "s", f"{note} known output, and keeps the sums"))
        book.close()
        book = open_book(folder / "book")
        here = view(book, "owner", DAY)
        qualify(view(book, "public", DAY, 1000), "lot:1", chosen[:1])  # packs and tables are loaded
        begun = time.perf_counter()
        qualify(here, last, chosen)
        again = (time.perf_counter() - begun) * 1e3
        rows.append(Row("first question of a process", again, "ms", "book on disk, just opened"))
        afters = []
        for number in range(5):
            more = _event(LOTS + 7 * number, f"2026-03-0{number + 1}")
            done = capture(book, io.BytesIO(more.encode()), "more.jsonl")
            assert not done.problems, done.problems[0].text()
            here = view(book, "owner", DAY)
            begun = time.perf_counter()
            qualify(here, last, chosen)
            afters.append((time.perf_counter() - begun) * 1e3)
        note = "a mine's new lot, five times, five packs, book on disk"
        rows.append(Row("first question after an entry, longest", max(afters), "ms", note))
        begun = time.perf_counter()
        doubtful = sum(s.excess_kg > 0 for s in plausible(here).sums)
        took = time.perf_counter() - begun
        rows.append(
            Row("all sums of the book", took, "s", f"{doubtful} with an unexplained excess")
        )
        times = []
        for number in range(LOTS // 2, LOTS, LOTS // 40):
            begun = time.perf_counter()
            qualify(here, f"lot:{number}", chosen)
            times.append((time.perf_counter() - begun) * 1e3)
        times.sort()
        note = "with witness and papers, five packs, book on disk"
        rows += [
            Row("one lot of 100,000, median", times[len(times) // 2], "ms", note),
            Row("one lot of 100,000, longest", times[-1], "ms", note),
        ]
        book.close()
        return rows
    finally:
        shutil.rmtree(folder)


def facts(lots: int) -> bytes:
    """A chain of seven steps a line, a blend of two lines at every tenth alloy, assayed ends.

    Every mined lot is weighed and assayed, so that each belongs to the sums of its mine, holder and
    country, some of which claim more than is known.
    """
    lines = []
    for n in range(PLANTS):
        plant = {"id": f"plant:{n}", "name": f"Plant {n}", "operator": f"party:{n % 150}"}
        lines.append(_line("facility", plant | {"country": COUNTRIES[n % len(COUNTRIES)]}))
    lines += list(_lots(lots))
    return "".join(lines).encode()


def _lots(lots: int) -> Iterator[str]:
    for number in range(lots):
        line, step = divmod(number, len(CHAIN))
        last = step == len(CHAIN) - 1
        mass = {"value": "20", "unit": "TNE", "basis": "dry"}
        fact = {"id": f"lot:{number}", "form": "component" if last else "compound", "mass": mass}
        yield _line("lot", fact)
        yield _event(number, "2026-03-01")
        if not step:
            yield _line("assay", _assay(number, "Nd" if line % 2 else "Sb", "5"))
        if last:
            yield _line("assay", _assay(number, "Nd", "27"))


def _event(number: int, day: str) -> str:
    line, step = divmod(number, len(CHAIN))
    sources = [{"lot": f"lot:{number - 1}"}] if step else []
    if CHAIN[step] == "alloy" and line % 10 == 0 and line:
        sources.append({"lot": f"lot:{number - 1 - len(CHAIN)}"})
    event = {
        "id": f"event:{number}", "kind": CHAIN[step], "when": day,
        "facility": f"plant:{(line * 7 + step * 13) % PLANTS}",
        "outputs": [{"lot": f"lot:{number}"}],
    } | ({"inputs": sources} if sources else {})  # fmt: skip
    return _line("event", event)


def _assay(number: int, substance: str, percent: str) -> dict[str, object]:
    result = {"substance": substance, "grade": {"value": percent, "unit": "P1"}}
    return {"id": f"assay:{number}", "lot": f"lot:{number}", "basis": "dry", "results": [result]}


def _line(kind: str, fact: Mapping[str, object]) -> str:
    return json.dumps({"kind": kind, "fact": fact}) + "\n"
