"""One huge document: events per second, and the memory that its capture takes.

The document has 200 MB, or 1 GB with OREBOOK_FULL=1; a tenth of it is captured beside it, so that
what grows with the document can be told from what does not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from capture import event
from rows import Row

SIZE = 1000 if os.environ.get("OREBOOK_FULL") == "1" else 200

_CAPTURE = """
import json, sys, time
from pathlib import Path
from orebook.acts.capture import capture
from orebook.wiring import Naming, create_book
book = create_book(Path(sys.argv[1]), Naming("bench.example/stream", "Bench"))
def most(): return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
idle = most()
begun = time.perf_counter()
with open(sys.argv[2], "rb") as stream:
    told = capture(book, stream, "large.json")
seconds = time.perf_counter() - begun
assert not told.problems, told.problems[0]
peak = most()
print(json.dumps([told.appended["event"], seconds, idle / 1024, peak / 1024]))
book.close()
"""


def write(path: Path, megabytes: int) -> None:
    """An EPCIS document of that size."""
    head = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-31T12:00:00.000Z",
    }
    with path.open("w") as file:
        file.write(json.dumps(head)[:-1] + ', "epcisBody": {"eventList": [')
        number = 0
        while file.tell() < megabytes * 1_000_000:
            texts = [json.dumps(event(number // 100, n)) for n in range(100)]
            file.write(("," if number else "") + ",".join(texts))
            number += 100
        file.write("]}}")


def taken(megabytes: int) -> tuple[int, float, float, float]:
    """Events, seconds, memory before and most memory (MiB) of a capture in its own process."""
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    try:
        write(folder / "large.json", megabytes)
        run = [sys.executable, "-c", _CAPTURE, str(folder / "b"), str(folder / "large.json")]
        done = subprocess.run(run, check=True, capture_output=True, text=True)
        events, seconds, idle, peak = json.loads(done.stdout)
        return events, seconds, idle, peak
    finally:
        shutil.rmtree(folder)


def run() -> list[Row]:
    rows = []
    for megabytes in (SIZE // 10, SIZE):
        events, seconds, idle, peak = taken(megabytes)
        size = f"one document of {megabytes} MB, {events:,} events; published, views caught up"
        rows += [
            Row(f"events of {megabytes} MB", events / seconds, "per second", size),
            Row(f"memory for {megabytes} MB", peak, "MiB", f"{idle:.0f} before it; {size}"),
        ]
    return rows
