"""Names in place of identifiers, in sentences about a network of lots and events."""

from __future__ import annotations

import re
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
    """The text with every identifier that has a name replaced by it.

    Only a whole one is: `e1` in `e12` is another's, and one that is a word or a number (`mass`,
    `100`) only as the end of a transfer.
    """
    if text in names_:
        return names_[text]
    there = sorted((i for i in names_ if i and i in text), key=len, reverse=True)
    if not there:
        return text
    ways = "|".join(map(_standing, there))
    return re.sub(ways, lambda match: names_[match[0]], text)


def _standing(ident: str) -> str:
    """The pattern of one identifier where it stands for itself."""
    escaped = re.escape(ident)
    if ident.isalpha() or ident.isdecimal():
        return rf"(?<= into ){escaped}\b|(?<= out of ){escaped}\b|\b{escaped}(?= into | out of )"
    return rf"(?<![\w:/#.-]){escaped}(?![\w/#-]|[:.]\w)"
