"""Adds up the result files of the test runs and refuses skips that nobody agreed to.

The list of agreed skips has one per line: how many at most, a bar, a pattern of the reason.
Its last line printed is the count of all runs together, alone on a line.
"""

from __future__ import annotations

import argparse
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def read(path: Path, tally: Tally) -> None:
    """Adds one junit file to the tally; a file without any test counts as one failure."""
    cases = list(ET.parse(path).iter("testcase")) if path.is_file() else []
    if not cases:
        print(f"no test ran: {path}")
        tally.failed += 1
    for case in cases:
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skipped is not None:
            tally.reasons[skipped.get("message") or "no reason given"] += 1
        else:
            tally.passed += 1


def agreed(path: Path) -> dict[str, int]:
    """Pattern of the reason → how many skips of it are agreed to."""
    listed = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            count, _, pattern = line.partition("|")
            listed[pattern.strip()] = int(count)
    return listed


def unagreed(reasons: Counter[str], listed: dict[str, int]) -> list[str]:
    """One sentence per reason that is not on the list or occurs oftener than agreed."""
    seen: Counter[str] = Counter()
    faults = []
    for reason, count in sorted(reasons.items()):
        pattern = next((each for each in listed if re.search(each, reason)), None)
        if pattern is None:
            faults.append(f"{count} skipped without agreement: {reason}")
        else:
            seen[pattern] += count
    faults += [
        f"{count} skipped where {listed[pattern]} are agreed: {pattern}"
        for pattern, count in sorted(seen.items())
        if count > listed[pattern]
    ]
    return faults


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--skips", type=Path, required=True)
    parser.add_argument("--step", action="append", default=[], metavar="NAME=STATUS")
    told = parser.parse_args(arguments)
    tally = Tally()
    for path in told.results:
        read(path, tally)
    for step in told.step:
        name, _, status = step.partition("=")
        tally.passed += status == "0"
        tally.failed += status != "0"
        if status != "0":
            print(f"failed: {name}")
    for reason, count in sorted(tally.reasons.items()):
        print(f"skipped {count}: {reason}")
    faults = unagreed(tally.reasons, agreed(told.skips))
    print("\n".join(faults), end="\n" if faults else "")
    failed = tally.failed + len(faults)
    print(f"{tally.passed} passed, {failed} failed, {tally.reasons.total()} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
