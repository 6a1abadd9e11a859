"""Where the time of one run goes, by the functions that do the work."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from rows import Row

Found = TypeVar("Found")


def spent(
    work: Callable[[], Found], name: str, parts: Mapping[str, tuple[str, ...]]
) -> tuple[Found, float, list[Row]]:
    """What the work gave, its seconds, and a row for each part and for the rest.

    Takes: per part the names of functions, whose time counts with all they call; no part may call
    another. A profile of so few and so long calls costs less than a hundredth.
    """
    profile = cProfile.Profile()
    begun = time.perf_counter()
    profile.enable()
    found = work()
    profile.disable()
    seconds = time.perf_counter() - begun
    part_of = {function: part for part, names in parts.items() for function in names}
    told = dict.fromkeys(parts, 0.0)
    for (_, _, function), figures in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if function in part_of:
            told[part_of[function]] += figures[3]
    told["the rest"] = seconds - sum(told.values())
    rows = [
        Row(f"  of it {part}, {name}", used, "s", f"{100 * used / seconds:.0f} %")
        for part, used in told.items()
    ]
    return found, seconds, rows
