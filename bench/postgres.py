"""Capture into a book on PostgreSQL: by one process, and by two that share the turn."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import postgres_server
import system
from capture import DOCUMENTS, EVENTS, documents
from orebook.acts.capture import capture
from orebook.wiring import Naming, create_book, open_book
from rows import Row

_WRITER = """
import sys
sys.path[:0] = sys.argv[4:]
import postgres
postgres.take(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


def take(folder: str, first: int, step: int) -> None:
    """Captures every `step`th document from `first` on, once told to begin."""
    book = open_book(Path(folder))
    made = documents()[first::step]
    print("open", flush=True)
    sys.stdin.readline()
    for number, data in enumerate(made):
        result = capture(book, io.BytesIO(data), f"{first}-{number}.json")
        if result.problems:
            raise ValueError(result.problems[0].text())
    book.close()


def seconds(socket: Path, processes: int) -> float:
    """The time until every document of all processes is durable and published."""
    root = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    naming = Naming(f"bench.example/postgres-{processes}-{time.monotonic_ns()}", "Bench")
    try:
        folder = root / "book"
        create_book(folder, naming, store=postgres_server.conninfo(socket)).close()
        here = Path(__file__).resolve().parent
        words = [str(here), str(here.parent / "tools")]
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, str(folder), str(n), str(processes), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(processes)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline().strip() == "open"
        begun = time.perf_counter()
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        codes = [writer.wait() for writer in writers]
        if any(codes):
            raise RuntimeError("a writer failed")
        return time.perf_counter() - begun
    finally:
        shutil.rmtree(root)


def run() -> list[Row]:
    if (reason := system.why_no_postgres()) is not None:
        raise RuntimeError(reason)
    with postgres_server.running() as socket:
        alone = min(seconds(socket, 1) for _ in range(2))
        shared = min(seconds(socket, 2) for _ in range(2))
    note = f"{DOCUMENTS} documents of {EVENTS} EPCIS events; durable: fsync, synchronous_commit"
    return [
        Row("events captured, one process", DOCUMENTS * EVENTS / alone, "per second", note),
        Row("events captured, two processes", DOCUMENTS * EVENTS / shared, "per second", note),
    ]
