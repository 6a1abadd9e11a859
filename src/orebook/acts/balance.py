"""Does it add up: per event, per lot, or for every event that changes material."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.acts.see import View
from orebook.engines.balance.account import balance as weigh
from orebook.engines.balance.assumptions import parse_assumption
from orebook.engines.balance.words import ADDS_UP, DRY_MASS
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


@dataclass(frozen=True, slots=True)
class Near:
    """One event beside a lot: its own balance, and where that does not add up its rivals.

    `rivals` are the values at which each single figure would close the gap, ranked where they can
    be; `scrap` says whether declared recycled input covers it, None where none is declared.
    """

    finding: Finding
    rivals: Finding | None = None
    scrap: Finding | None = None

    def as_json(self) -> dict[str, object]:
        """The members of the event's finding, with its rivals in order and the declared scrap."""
        made = self.finding.as_json()
        if self.rivals is not None:
            made["rivals"] = [part.as_json() for part in self.rivals.parts]
        if self.scrap is not None:
            made["declared_scrap"] = self.scrap.as_json()
        return made


def near(view: View, lot: str, assumptions: Iterable[str] = ()) -> tuple[Near, ...]:
    """The events that make or use a lot, each on its own, with what would close its gap.

    Refuses: as `balance`.
    """
    from orebook.engines.balance.ranked import ranked
    from orebook.engines.balance.rivals import explain_with_scrap

    named = tuple(parse_assumption(text) for text in assumptions)
    facts, events = _events(view, None, lot)
    made = []
    for name in events:
        found = weigh(facts, event=name, assumptions=named)
        element = _open(found)
        if element is None:
            made.append(Near(found))
            continue
        scrap = explain_with_scrap(facts, event=name, element=element, assumptions=named)
        stated = scrap.figure("declared_scrap")
        declared = scrap if stated is not None and stated.value is not None else None
        others = ranked(facts, event=name, element=element, assumptions=named)
        made.append(Near(found, others, declared))
    return tuple(made)


def _open(found: Finding) -> str | None:
    """The element whose gap is the largest of those that do not add up or cannot be told."""
    gaps = {
        part.component: abs(gap.value)
        for part in found.parts
        if part.verdict != ADDS_UP
        and part.component not in {None, DRY_MASS}
        and (gap := part.figure("gap")) is not None
        and gap.value
    }
    return max(gaps, key=lambda name: gaps[name]) if gaps else None


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
