"""A made list of flows that ask more of most lots than they held."""

from __future__ import annotations

import random


def overdrawn_list(lots: int) -> bytes:
    """Lots made of some of the four hundred before them, with masses that ask too much of most."""
    rnd = random.Random(1)
    first = lots // 5
    rows = ["from,to,mass,mine,facility"]
    for lot in range(first, lots):
        for source in rnd.sample(range(max(0, lot - 400), lot), rnd.choice([1, 2, 3, 4])):
            mine = f"M{source % 20}" if source < first else ""
            rows.append(f"l{source},l{lot},{rnd.randint(1, 1000)},{mine},P{lot % 30}")
    return "\n".join(rows).encode()
