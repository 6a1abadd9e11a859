"""Backward and forward from a lot over the events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.acts.see import View
from orebook.model.event import Event, sides
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot
from orebook.model.problem import NotFound


@dataclass(frozen=True, slots=True)
class Step:
    """One lot in a lineage: how many events away (negative is backward), and what hangs on it.

    `more_back` and `more_forward` count events that touch it and are not part of this answer.
    """

    lot: str
    record: Lot | None
    distance: int
    more_back: int
    more_forward: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """The lots and events around one lot; `cut` says that steps were left out."""

    lot: str
    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    head: Head
    as_of: str
    cut: bool

    def step(self, lot: str) -> Step | None:
        """The step of that lot, if it is part of the answer."""
        return next((s for s in self.steps if s.lot == lot), None)


def lineage(view: View, lot: str, *, back: int | None = 1, forward: int | None = 1) -> Lineage:
    """Where a lot came from and where it went, `back` and `forward` events away (None: all).

    Refuses: NotFound where neither a statement nor an event names the lot. A circle of events ends
    where it meets itself; it is a finding elsewhere. Withdrawn events are followed and marked.
    """
    reach = None if back is None or forward is None else max(back, forward) + 1
    facts = view.facts(lots=[lot], steps=reach)
    events = facts.all(Event)
    if not events and facts.get(Lot, lot) is None:
        message = f"no statement and no event in this book names the lot {lot}"
        raise NotFound(message)
    makers, users = _links(events)
    distance = {lot: 0}
    kept: dict[str, Event] = {}
    _walk(lot, makers, -1, back, distance, kept)
    _walk(lot, users, 1, forward, distance, kept)
    steps = tuple(
        _step(name, away, facts, makers, users, kept)
        for name, away in sorted(distance.items(), key=lambda item: (item[1], item[0]))
    )
    cut = any(s.more_back or s.more_forward for s in steps)
    ordered = tuple(e for e in events if e.id in kept)
    return Lineage(lot, steps, ordered, facts.head, facts.as_of, cut)


_Links = dict[str, list[tuple[Event, tuple[str, ...]]]]


def _links(events: Iterable[Event]) -> tuple[_Links, _Links]:
    """Lot → (event, other side): the events that made it, and the events that used it."""
    makers: _Links = {}
    users: _Links = {}
    for event in events:
        came, went = sides(event)
        for name in went:
            makers.setdefault(name, []).append((event, came))
        for name in came:
            users.setdefault(name, []).append((event, went))
    return makers, users


def _walk(
    lot: str,
    links: _Links,
    sign: int,
    limit: int | None,
    distance: dict[str, int],
    kept: dict[str, Event],
) -> None:
    ring = [lot]
    away = 0
    while ring and (limit is None or away < limit):
        away += 1
        following: list[str] = []
        for name in ring:
            for event, others in links.get(name, ()):
                kept[event.id] = event
                for other in others:
                    if other not in distance:
                        distance[other] = sign * away
                        following.append(other)
        ring = following


def _step(
    name: str, away: int, facts: Facts, makers: _Links, users: _Links, kept: dict[str, Event]
) -> Step:
    return Step(
        name,
        facts.get(Lot, name),
        away,
        sum(1 for event, _ in makers.get(name, ()) if event.id not in kept),
        sum(1 for event, _ in users.get(name, ()) if event.id not in kept),
    )
