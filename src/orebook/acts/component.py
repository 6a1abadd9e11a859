"""Everything that meets a lot through any event: what its balance is computed from."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.claim import Notice, Reply
from orebook.model.entry import Ref
from orebook.model.event import Event, sides
from orebook.model.facts import Facts, Record, facts_of
from orebook.model.lot import Lot
from orebook.model.problem import NotFound, Problem, TooLarge

MOST = 5000


def component(view: View, lot: str, *, most: int | None = None) -> Facts:
    """The facts of all events joined with a lot through lots, upstream, downstream and sideways.

    Takes: `most`, the events a page waits for; None for all there are. Notices and replies of the
    book come along, for who may be named depends on them.
    Refuses: NotFound where nobody speaks of the lot, or no event makes or uses it; TooLarge.
    """
    asked: set[str] = set()
    wanted = {lot}
    kept: dict[Ref, Record] = {}
    while wanted - asked:
        asked |= wanted
        found = view.facts(lots=sorted(wanted), steps=None)
        kept.update((r.ref, r) for rs in found.records.values() for r in rs)
        events = found.all(Event)
        wanted = {n for e in events for side in sides(e) for n in side} - asked
        reached = sum(isinstance(r, Event) for r in kept.values())
        if most is not None and reached > most:
            raise _too_large(lot, reached, most)
    facts = facts_of(found.head, found.disclosures, found.as_of, kept.values())
    if not facts.all(Event):
        message = f"no event in this book makes or uses the lot {lot}"
        if facts.get(Lot, lot) is None:
            message = f"no statement and no event in this book names the lot {lot}"
        raise NotFound(message)
    asides = view.facts(kinds=("notice", "reply"))
    told: list[Record] = [*asides.all(Notice), *asides.all(Reply)]
    return facts_of(facts.head, facts.disclosures, facts.as_of, [*kept.values(), *told])


def _too_large(lot: str, reached: int, most: int) -> TooLarge:
    step = "Ask for a site or a period, or run orebook balance --lot beside the book."
    expected = f"at most {most} events joined with the lot"
    problem = Problem("too-large", lot, expected, f"{reached} and more", step)
    return TooLarge(problem.text(), [problem])


def chains(events: Iterable[Event]) -> tuple[tuple[str, ...], ...]:
    """Per chain that nothing joins with another, the lots at its ends that no event used, sorted.

    The largest chain comes first; an event that was withdrawn or has one side alone joins none.
    """
    top: dict[str, str] = {}

    def find(name: str) -> str:
        while top.setdefault(name, name) != name:
            top[name] = top[top[name]]
            name = top[name]
        return name

    made, used = set[str](), set[str]()
    for event in events:
        if known(event.withdrawn) is not None or not (known(event.inputs) and known(event.outputs)):
            continue
        came, went = sides(event)
        used.update(came)
        made.update(went)
        for name in (*came, *went):
            top[find(name)] = find((*came, *went)[0])
    grouped: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for name in sorted(top):
        sizes[find(name)] = sizes.get(find(name), 0) + 1
        if name in made - used:
            grouped.setdefault(find(name), []).append(name)
    ordered = sorted(grouped, key=lambda g: (-sizes[g], grouped[g]))
    return tuple(tuple(grouped[g]) for g in ordered)
