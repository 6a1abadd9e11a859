"""Dates that cannot all be true."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orebook.engines.coherence.faults import Fault, Steps, surely_before
from orebook.model.absence import known
from orebook.model.facts import Facts
from orebook.model.finding import Figure
from orebook.model.lot import Lot


def made_before_its_event(facts: Facts, found: Steps) -> Iterator[Fault]:
    """A lot dated before the event that is said to have made it."""
    for lot_id, makings in found.made.items():
        lot = facts.get(Lot, lot_id)
        made = known(lot.made) if lot else None
        for step in makings:
            when = known(step.event.when)
            if lot and made and when and surely_before(made, when):
                least, most = made.days_to(when.first)
                span = f"{least}" if least == most else f"{least} to {most}"
                word = "day" if span == "1" else "days"
                yield Fault(
                    "made-before-its-event",
                    lot_id,
                    (lot_id, step.event.id),
                    f"Lot {lot_id} is dated {made.text}, {span} {word} before the event"
                    f" {step.event.id} that made it ({when.text}).",
                    (lot.ref.text(), step.event.ref.text()),
                    figures=(_days(least, most),),
                )


def _days(least: int, most: int) -> Figure:
    if least == most:
        return Figure("days", Decimal(least), "d", label="days between the two dates")
    ends = Decimal(least), Decimal(most)
    return Figure("days", None, "d", "derived", None, *ends, "days between the two dates")


def used_before_it_existed(facts: Facts, found: Steps) -> Iterator[Fault]:
    """An event dated before one of its inputs was made, by its own date or by its making event."""
    for lot_id, uses in found.consumed.items():
        lot = facts.get(Lot, lot_id)
        for use in uses:
            when = known(use.event.when)
            made = known(lot.made) if lot else None
            if lot and made and when and surely_before(when, made):
                yield Fault(
                    "used-before-it-existed",
                    use.event.id,
                    (use.event.id, lot_id),
                    f"Event {use.event.id} ({when.text}) uses lot {lot_id}, dated {made.text}.",
                    (use.event.ref.text(), lot.ref.text()),
                )
            for making in found.made.get(lot_id, ()):
                birth = known(making.event.when)
                if when and birth and surely_before(when, birth):
                    yield Fault(
                        "used-before-it-existed",
                        use.event.id,
                        (use.event.id, lot_id, making.event.id),
                        f"Event {use.event.id} ({when.text}) uses lot {lot_id}, which event"
                        f" {making.event.id} made later ({birth.text}).",
                        (use.event.ref.text(), making.event.ref.text()),
                    )
