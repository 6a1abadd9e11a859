"""Choke points of one lot: how many of the ways back to a mine end if one plant goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orebook.engines.rules.provenance import Chain


@dataclass(frozen=True, slots=True)
class Choke:
    """A plant and the ways back through it, out of all; every way cut is the lot severed."""

    place: str
    cut: int
    ways: int

    @property
    def severs(self) -> bool:
        """True where no way is left, False where the supply is thinned."""
        return self.cut == self.ways


def chokes(chain: Chain) -> tuple[Choke, ...]:
    """Every plant a way back passes, the one that most of them need first.

    Unknown: a step without a plant is nobody's choke point; circles are passed once.
    """
    places = sorted({step.facility for step in chain.steps.values() if step.facility})
    every = _ways(chain, ())
    found = []
    for place in places:
        gone = {step.id for step in chain.steps.values() if step.facility == place}
        found.append(Choke(place, every - _ways(chain, gone), every))
    return tuple(sorted((c for c in found if c.cut), key=lambda c: (-c.cut, c.place)))


def _ways(chain: Chain, gone: Collection[str]) -> int:
    """How many ways lead back from the lot to an end without a step that is gone."""
    counted: dict[str, int] = {}
    for root in chain.last:
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            ident, done = stack.pop()
            step = chain.steps.get(ident)
            if done and step is not None:
                counted[ident] = sum(counted.get(feed, 0) for feed in step.feeds)
            elif ident in counted:
                continue
            elif ident in gone:
                counted[ident] = 0
            elif step is None or not step.feeds:
                counted[ident] = 1
            else:
                counted[ident] = 0  # a circle that leads back here adds no way
                stack.append((ident, True))
                stack += [(feed, False) for feed in step.feeds if feed not in counted]
    return sum(counted.get(ident, 0) for ident in chain.last)
