"""Start-up: CPU time of `orebook --help` in a fresh process (promised: under 0.2 s)."""

from __future__ import annotations

import sys
from pathlib import Path

from rows import Row, cpu


def run() -> list[Row]:
    command = str(Path(sys.executable).with_name("orebook"))
    bare_best, _ = cpu([sys.executable, "-c", ""])
    best, median = cpu([command, "--help"])
    return [
        Row("orebook --help, best", best, "s CPU", "seven fresh processes, bytecode cached"),
        Row("orebook --help, median", median, "s CPU"),
        Row("of it the bare interpreter", bare_best, "s CPU", "python -c ''"),
    ]
