"""Events: what consumes and yields lots, moves them, or merely sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from orebook.model.absence import Maybe, known
from orebook.model.document import Foreign
from orebook.model.entry import Ref
from orebook.model.quantity import Mass
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Flow:
    """A lot on its way into or out of an event, with the mass moved where it is stated."""

    ref: Ref
    lot: Maybe[str] = None
    mass: Maybe[Mass] = None
    count: Maybe[Decimal] = None
    role: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An error declaration: the event is said to be wrong; the original stays.

    Source: EPCIS 2.0, 7.4.1.1.
    """

    ref: Ref
    when: Maybe[When] = None
    reason: Maybe[str] = None
    corrected_by: Maybe[tuple[str, ...]] = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to lots. Attributes: tables/attributes.csv, kind `event`.

    What it conserves is a property of its kind: `vocabulary.event_kinds()`.
    """

    ref: Ref
    id: str
    kind: Maybe[str] = None
    when: Maybe[When] = None
    recorded: Maybe[When] = None
    timezone: Maybe[str] = None
    facility: Maybe[str] = None
    party: Maybe[str] = None
    inputs: Maybe[tuple[Flow, ...]] = None
    outputs: Maybe[tuple[Flow, ...]] = None
    subjects: Maybe[tuple[Flow, ...]] = None
    container: Maybe[str] = None
    custody_model: Maybe[str] = None
    custody_period: Maybe[str] = None
    custody_boundary: Maybe[str] = None
    withdrawn: Maybe[Withdrawal] = None
    documents: Maybe[tuple[str, ...]] = None
    invented: Maybe[bool] = None
    sample_data: Maybe[str] = None
    note: Maybe[str] = None
    foreign: Maybe[Foreign] = None


def lots_of(flows: Iterable[Flow] | None) -> list[str]:
    """The lots of some flows, without the ones this reader may not see."""
    return [name for f in flows or () if (name := known(f.lot)) is not None]


def sides(event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lots on either side of an event; what is packed goes into its container."""
    came = lots_of(known(event.inputs))
    went = lots_of(known(event.outputs))
    container = known(event.container)
    if container is not None:
        came += lots_of(known(event.subjects))
        went.append(container)
    return tuple(came), tuple(went)
