"""A move while its network is put together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Edge:
    """A move while its network is put together; `mass` is None where it is not recorded."""

    source: str
    target: str
    mass: float | None
    low: float
    high: float
    event: str = ""
    time: str = ""
    custody: str = ""
    place: str = ""
    share: bool = False
    tie: tuple[float, float] | None = None
