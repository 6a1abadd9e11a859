"""Does it add up: per event, per lot, or for every event that changes material."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.acts.see import View
from orebook.engines.balance.account import balance as weigh
from orebook.engines.balance.assumptions import parse_assumption
from orebook.model.absence import known
from orebook.model.event import Event, lots_of
from orebook.model.facts import Facts
from orebook.model.finding import Finding
from orebook.model.problem import NotFound

KINDS = ("event", "lot", "assay", "facility", "party")


def balance(
    view: View,
    *,
    event: str | None = None,
    lot: str | None = None,
    assumptions: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """One finding per event: of that event, of the events around that lot, or of all.

    Takes: assumptions as text, such as `as-written` or `basis=dry`; each is printed in the answer.
    Refuses: NotFound, ReaderError for an assumption that is none. Unknown: an event whose facts are
    missing or sealed for this reader cannot be told, and says what is missing.
    """
    named = tuple(parse_assumption(text) for text in assumptions)
    facts, events = _events(view, event, lot)
    return tuple(weigh(facts, event=name, assumptions=named) for name in events)


def _events(view: View, event: str | None, lot: str | None) -> tuple[Facts, list[str]]:
    if lot is not None:
        facts = view.facts(lots=[lot], steps=1)
        around = [e for e in facts.all(Event) if lot in _lots(e)]
        if not around:
            message = f"no event in this book makes or uses the lot {lot}"
            raise NotFound(message)
        return facts, _names(around)
    if event is not None:
        found = view.facts(ids=[event]).get(Event, event)
        if found is None:
            message = f"this book has no event {event}"
            raise NotFound(message)
        return view.facts(lots=_lots(found), steps=1, ids=[event]), [event]
    facts = view.facts(kinds=KINDS)
    return facts, _names(e for e in facts.all(Event) if known(e.inputs) and known(e.outputs))


def _lots(event: Event) -> list[str]:
    return [*lots_of(known(event.inputs)), *lots_of(known(event.outputs))]


def _names(events: Iterable[Event]) -> list[str]:
    return list(dict.fromkeys(e.id for e in events))
