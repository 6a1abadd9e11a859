"""When the disk stood still: it had been asked for something, and answered nothing for a while.

A disk that many share stops at times for tenths of a second, whoever asks. Nothing durable is
answered meanwhile. Linux tells of each device how much it has answered and what is on its way.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Event, Process, Queue
from multiprocessing.queues import Queue as QueueOf
from multiprocessing.synchronize import Event as EventOf
from pathlib import Path

EVERY, STILL = 0.004, 0.03  # seconds: of a look, and of a silence that counts
Silence = tuple[float, float]  # from and to, by the clock of `time.perf_counter`
_STATS = Path("/proc/diskstats")
_ANSWERED, _ON_ITS_WAY = (3, 7, 14, 18), 11  # columns: reads, writes, discards, flushes


@contextmanager
def watched() -> Iterator[list[Silence]]:
    """The silences of the disk that holds temporary files, told once the block has ended.

    Gives: none at all on a system that does not tell, or for a disk it does not list.
    """
    told: list[Silence] = []
    if _columns(_device()) is None:
        yield told
        return
    ended = Event()
    found: QueueOf[list[Silence]] = Queue()
    other = Process(target=_look, args=(_device(), ended, found), daemon=True)
    other.start()
    try:
        yield told
    finally:
        ended.set()
        told += found.get(timeout=30)
        other.join()


def tells() -> bool:
    """Whether this system tells of that disk."""
    return _columns(_device()) is not None


def _device() -> tuple[str, str]:
    number = Path(tempfile.gettempdir()).stat().st_dev
    return str(os.major(number)), str(os.minor(number))


def _columns(device: tuple[str, str]) -> list[str] | None:
    lines = _STATS.read_text().splitlines() if _STATS.exists() else []
    return next((c for c in map(str.split, lines) if tuple(c[:2]) == device), None)


def _look(device: tuple[str, str], ended: EventOf, found: QueueOf[list[Silence]]) -> None:
    silences: list[Silence] = []
    before: list[str] = []
    since, waits = time.perf_counter(), False
    while not ended.is_set():
        columns = _columns(device)
        now = time.perf_counter()
        if columns is None:
            break
        answered = [columns[at] for at in _ANSWERED]
        if answered != before:
            if waits and now - since > STILL:
                silences.append((since, now))
            before, since = answered, now
        if not waits:
            since = now  # a silence begins with what waits, not with the last answer
        waits = columns[_ON_ITS_WAY] != "0"
        time.sleep(EVERY)
    found.put(silences)


if __name__ == "__main__":
    with watched() as silences:
        time.sleep(float(sys.argv[1]))
    print([round(end - begin, 3) for begin, end in silences])
