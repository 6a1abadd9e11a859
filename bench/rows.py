"""What a bench gives back, and the two clocks it may use."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, how much, in which unit, and what to know about it."""

    measure: str
    value: float
    unit: str
    note: str = ""


def best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest wall time of some runs, in seconds: the one least disturbed by others."""
    return min(_wall(work) for _ in range(times))


def _wall(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cpu(command: Sequence[str], times: int = 7) -> tuple[float, float]:
    """Best and median CPU time (user and system) of a command in a fresh process, in seconds."""
    figures = sorted(_cpu(command) for _ in range(times))
    return figures[0], statistics.median(figures)


def _cpu(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
