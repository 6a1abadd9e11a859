"""Names in place of identifiers, in sentences about a network of lots and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orebook.acts.register import names
from orebook.acts.see import View
from orebook.model.event import Event
from orebook.show.values import say


def ends_of(edges: Iterable[str]) -> tuple[set[str], set[str]]:
    """The lots and the events that transfers of a book are named after."""
    lots, events = set[str](), set[str]()
    for edge in edges:
        for mark in (" into ", " out of "):
            lot, found, event = edge.partition(mark)
            if found:
                lots.add(lot)
                events.add(event)
    return lots, events


def called(view: View, edges: Iterable[str]) -> dict[str, str]:
    """What the lots, events, parties and facilities around those transfers are called.

    An event is its kind and its day; one whose kind and day another has too keeps its identifier.
    """
    lots, events = ends_of(edges)
    stated = view.facts(ids=sorted(events)).all(Event)
    said = {e.id: f"{say(e.kind).text}, {_day(e)}" for e in stated}
    often = list(said.values())
    found = names(view, sorted(lots | events))
    return {**found, **{i: text for i, text in said.items() if often.count(text) == 1}}


def _day(event: Event) -> str:
    return say(event.when).text.partition(", ")[0]


def plain(text: str, names_: Mapping[str, str]) -> str:
    """The text with every identifier that has a name replaced by it, the longest first."""
    for ident in sorted(names_, key=len, reverse=True):
        if ident in text:
            text = text.replace(ident, names_[ident])
    return text
