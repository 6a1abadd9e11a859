"""A bare list of flows in which most lots gave more than they held: one lot, all lots, readings."""

from __future__ import annotations

import time

from orebook.acts.origin_list import METHODS, origin, read, upstream
from overdrawn import overdrawn_list
from rows import Row, best

LOTS = 20_000


def run() -> list[Row]:
    """One size, in the form a user gives it: text in, shares with bounds out."""
    begun = time.perf_counter()
    flows = read(overdrawn_list(LOTS), "list")
    taken = time.perf_counter() - begun
    name = f"overdrawn list {LOTS:,} lots"
    last = f"l{LOTS - 1}"
    cone = len(upstream(flows, [last]).moves)
    note = f"core; {len(flows.moves):,} flows"
    rows = [Row(f"{name}: read", taken, "s", note)]
    one = best(lambda: origin(flows, lots=[last]), 2)
    about = f"core; {cone:,} flows bear on it; every question, ways and cuts"
    rows.append(Row(f"{name}: one lot with bounds", one, "s", about))
    for method in METHODS:
        took = best(lambda m=method: origin(flows, by=["mine"], method=m), 1)  # type: ignore[misc]
        rows.append(Row(f"{name}: all lots by mine, {method}", took, "s", note))
    return rows
