"""The flow network of one element: nodes are lots and events, edges carry contained metal.

Node numbers are positions in whatever list the caller keeps; nothing here depends on their order
beyond the last bits of a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
INFINITE = float("inf")


class Circle(ValueError):
    """Flows that run in a circle and that no time order breaks; `nodes` names one circle."""

    def __init__(self, nodes: list[int]) -> None:
        super().__init__("the flows run in a circle")
        self.nodes = nodes


@dataclass(frozen=True, slots=True)
class Network:
    """Edges `src → dst` with the mass of one element that moved, in kilograms.

    Takes: `mass_kg`, the recorded mass, > 0 where it is told; `low_kg` and `high_kg`, hard bounds
    (None: every mass is exact; `high_kg` may be infinite); `told`, False where no mass is recorded
    and only the bounds hold; `ties`, per node the least and most that came in in all; `group`,
    per node an event whose outputs may share one composition (−1: none).

    What comes into a node in proportion is what the node is made of; a node with no edge in is a
    source. Every share is of the mass that came in, so losses need no edge.
    """

    nodes: int
    src: Ints
    dst: Ints
    mass_kg: Floats
    low_kg: Floats | None = None
    high_kg: Floats | None = None
    told: Bools | None = None
    ties: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    group: Ints | None = None

    def __post_init__(self) -> None:
        if not len(self.src) == len(self.dst) == len(self.mass_kg):
            message = "a network needs as many sources and masses as it has edges"
            raise ValueError(message)

    @property
    def soft(self) -> Bools:
        """Nodes whose mix is known within bounds only: an edge in is bounded, not told."""
        found = np.zeros(self.nodes, dtype=np.bool_)
        if self.low_kg is not None and self.high_kg is not None:
            bounded = (self.low_kg != self.mass_kg) | (self.high_kg != self.mass_kg)
            if self.told is not None:
                bounded |= ~self.told
            found[self.dst[bounded]] = True
        for node in self.ties:
            found[node] = True
        return found


def exact(nodes: int, src: Ints, dst: Ints, mass_kg: Floats, group: Ints | None = None) -> Network:
    """A network in which every mass is recorded."""
    return Network(
        nodes,
        np.ascontiguousarray(src, dtype=np.int32),
        np.ascontiguousarray(dst, dtype=np.int32),
        np.ascontiguousarray(mass_kg, dtype=np.float64),
        group=group,
    )


def ragged(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions of several runs in a row: run i is `counts[i]` long from `starts[i]`."""
    ends = np.cumsum(counts)
    if not len(ends) or not ends[-1]:
        return np.zeros(0, dtype=np.int64)
    shift = np.repeat(starts - (ends - counts), counts)
    return np.asarray(np.arange(ends[-1], dtype=np.int64) + shift)
