"""A lot's lineage as a picture: one step each way first, the rest a link away."""

from __future__ import annotations

from collections.abc import Callable

from orebook.acts.trace import Lineage, Step
from orebook.model.absence import known
from orebook.model.event import lots_of
from orebook.show.html import Html
from orebook.show.lineage import Event, Lot, State, lineage
from orebook.show.svg import responsive
from orebook.show.values import say

Address = Callable[[str, str], str]


def graph(
    found: Lineage, address: Address, more: str
) -> tuple[tuple[Lot | Event, ...], tuple[tuple[str, str], ...]]:
    """Lots and events with the edges between them.

    Takes: `more`, the address that shows more of this lineage.
    """
    items: list[Lot | Event] = [_lot(step, found.lot, address, more) for step in found.steps]
    drawn = {step.lot for step in found.steps}
    edges: list[tuple[str, str]] = []
    for event in found.events:
        name = f"event {event.id}"
        gone = known(event.withdrawn) is not None
        kind = say(event.kind).text + (" (withdrawn)" if gone else "")
        items.append(Event(name, kind, address("event", event.id)))
        ends = [(f"lot {lot}", name) for lot in lots_of(known(event.inputs)) if lot in drawn]
        ends += [(name, f"lot {lot}") for lot in lots_of(known(event.outputs)) if lot in drawn]
        edges += ends
    return tuple(items), tuple(dict.fromkeys(edges))


def _lot(step: Step, focus: str, address: Address, more: str) -> Lot:
    label = known(step.record.label) if step.record is not None else None
    mass = say(step.record.mass).text if step.record is not None else "not described"
    state: State = "focus" if step.lot == focus else "normal"
    beyond = step.more_back + step.more_forward
    return Lot(
        f"lot {step.lot}",
        label or step.lot,
        mass,
        address("lot", step.lot),
        state,
        f"+{beyond}" if beyond else "",
        more if beyond else None,
    )


def lineage_picture(key: str, found: Lineage, address: Address, more: str) -> Html | None:
    """The lineage for a wide and a narrow page; None where no event touches the lot."""
    if not found.events:
        return None
    items, edges = graph(found, address, more)
    title = "What it was made of and what became of it"
    return responsive(key, lambda k, width: lineage(k, items, edges, width=width, title=title))


def shown_of(found: Lineage) -> tuple[int, int]:
    """How many events are drawn, and how many touch the lots that are drawn."""
    beyond = sum(step.more_back + step.more_forward for step in found.steps)
    return len(found.events), len(found.events) + beyond
