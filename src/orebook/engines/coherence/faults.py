"""One contradiction inside the record, as a value; and what counts as making and consuming."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from orebook.model.absence import known
from orebook.model.event import Event, Flow
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Missing
from orebook.model.vocabulary import event_kinds
from orebook.model.when import When

CONTRADICTS = "contradicts"
CANNOT_BE_TOLD = "cannot_be_told"


@dataclass(frozen=True, slots=True)
class Fault:
    """Statements that cannot all hold, or could hold only within a doubt nobody stated."""

    code: str
    subject: str
    about: tuple[str, ...]
    reason: str
    sources: tuple[str, ...]
    verdict: str = CONTRADICTS
    figures: tuple[Figure, ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A lot made or consumed by an event that changes material."""

    event: Event
    flow: Flow
    lot: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Every making and consuming of every lot, in log order."""

    made: dict[str, list[Step]]
    consumed: dict[str, list[Step]]


def steps(facts: Facts) -> Steps:
    """The makings and consumings, of the latest statement of each event that was not withdrawn.

    Events through which a lot goes unchanged (ship, weigh, store) neither make nor consume it.
    """
    made: dict[str, list[Step]] = {}
    consumed: dict[str, list[Step]] = {}
    for event in events(facts):
        kind = event_kinds().get(known(event.kind) or "")
        if kind is None or (kind.elements not in {"conserved", "none"} and kind.kind != "lose"):
            continue
        for flows, side in ((event.inputs, consumed), (event.outputs, made)):
            for flow in known(flows) or ():
                lot = known(flow.lot)
                if lot:
                    side.setdefault(lot, []).append(Step(event, flow, lot))
    return Steps(made, consumed)


def events(facts: Facts) -> Iterator[Event]:
    """The latest statement of each event that nobody declared an error."""
    for event in facts.all(Event):
        if facts.get(Event, event.id) is event and known(event.withdrawn) is None:
            yield event


def surely_before(one: When | None, other: When | None) -> bool:
    """Whether the first is before the second whatever the precision and the place allow.

    A day without an offset may lie up to a day off an instant's day in UTC, so it takes two.
    """
    if one is None or other is None:
        return False
    if (one.instant is None) == (other.instant is None):
        return one.before(other) is True
    return other.first - one.last > dt.timedelta(days=1)
