"""Capture into a book on PostgreSQL: by one process, and by two that share the turn.

Many files are taken as the command line takes them; one by one, each is published before the next.
"""

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
from orebook.acts.capture_many import capture_many
from orebook.wiring import Naming, create_book, open_book
from rows import Row

MANY = 100
_WRITER = """
import sys
sys.path[:0] = sys.argv[5:]
import postgres
if __name__ == "__main__":
    postgres.take(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
"""


def take(folder: str, files: str, first: int, step: int) -> None:
    """Captures every `step`th file from `first` on, once told to begin; 0 takes one by one."""
    book = open_book(Path(folder))
    paths = sorted(Path(files).glob("*.json"))[first :: step or 1]
    print("open", flush=True)
    sys.stdin.readline()
    if step:
        results = capture_many(book, paths, processes=None if step == 1 else 1)
    else:
        results = [capture(book, io.BytesIO(path.read_bytes()), path.name) for path in paths]
    book.close()
    if problems := [problem for result in results for problem in result.problems]:
        raise ValueError(problems[0].text())


def seconds(socket: Path, count: int, step: int) -> float:
    """The time until that many documents of all processes are durable and published."""
    root = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    naming = Naming(f"bench.example/postgres-{step}-{time.monotonic_ns()}", "Bench")
    for number, data in enumerate(documents(count)):
        (root / f"{number:04}.json").write_bytes(data)
    try:
        folder = root / "book"
        create_book(folder, naming, store=postgres_server.conninfo(socket)).close()
        here = Path(__file__).resolve().parent
        program = root / "writer.py"  # a file, as a reading process looks for its first module
        program.write_text(_WRITER)
        words = [str(here), str(here.parent / "tools")]
        writers = [
            subprocess.Popen(
                [sys.executable, str(program), str(folder), str(root), str(n), str(step), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(max(step, 1))
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
        alone = min(seconds(socket, MANY, 1) for _ in range(2))
        shared = min(seconds(socket, MANY, 2) for _ in range(2))
        single = min(seconds(socket, DOCUMENTS, 0) for _ in range(2))
    note = (
        f"files of {EVENTS} EPCIS events; durable: fsync, synchronous_commit; published at the end"
    )
    many = f"{MANY} {note}; asked for 2,000"
    one = f"{DOCUMENTS} {note}, each before the next is begun"
    return [
        Row("events captured, one process", MANY * EVENTS / alone, "per second", many),
        Row("events captured, two processes", MANY * EVENTS / shared, "per second", many),
        Row("events captured one file by one", DOCUMENTS * EVENTS / single, "per second", one),
    ]
