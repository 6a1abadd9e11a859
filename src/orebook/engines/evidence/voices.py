"""Many reports, how many voices: articles collapse to the sources they repeat.

A source that relays others adds no voice of its own. Two counts are given, because some relays are
stated by the article and others are only inferred from shared wording.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.model.absence import known
from orebook.model.claim import Claim, Source
from orebook.model.facts import Facts


@dataclass(frozen=True, slots=True)
class Chain:
    """One report and what it repeats in the end. `roots` is itself where it repeats nobody.

    `via` lists the relays followed, as (from, to, basis), basis being stated or inferred.
    """

    source: str
    roots: tuple[str, ...]
    via: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Voices:
    """Reports on a subject and the independent voices behind them.

    `stated` counts the ends reached when only relays the articles state are followed; `inferred`
    when the inferred ones are followed too.
    """

    reports: tuple[str, ...]
    chains: tuple[Chain, ...]
    stated: int
    inferred: int


class Relays:
    """Who repeats whom among the sources of the facts, read once for many questions."""

    def __init__(self, facts: Facts) -> None:
        self.all = _relays(facts)
        self.stated = {
            source: [(to, basis) for to, basis in out if basis == "stated"]
            for source, out in self.all.items()
        }


def voices(facts: Facts, claims: Iterable[Claim], relays: Relays | None = None) -> Voices:
    """Reports and voices behind those claims; absences are no reports.

    Takes: `relays` of the same facts, where they are read already. Unknown: a source that says
    nothing of relays counts as its own voice, so the counts are upper bounds. A circle of relays
    counts as one voice.
    """
    reports = sorted(
        {s for c in claims if known(c.value) is not None and (s := known(c.source)) is not None}
    )
    read = relays or Relays(facts)
    chains = tuple(_chain(report, read.all) for report in reports)
    return Voices(
        tuple(reports),
        chains,
        len({r for report in reports for r in _chain(report, read.stated).roots}),
        len({r for chain in chains for r in chain.roots}),
    )


def _relays(facts: Facts) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for source in facts.all(Source):
        for relay in known(source.relays) or ():
            to, basis = known(relay.source), known(relay.basis)
            if to is not None and basis is not None and to != source.id:
                found.setdefault(source.id, []).append((to, basis))
    return found


def _chain(report: str, relays: dict[str, list[tuple[str, str]]]) -> Chain:
    """Follow relays to where they end; a circle ends at its smallest member."""
    via: list[tuple[str, str, str]] = []
    reach: dict[str, None] = {report: None}
    queue = [report]
    while queue:
        here = queue.pop()
        for to, basis in sorted(relays.get(here, ())):
            via.append((here, to, basis))
            if to not in reach:
                reach[to] = None
                queue.append(to)
    ends = sorted(s for s in reach if not relays.get(s))
    return Chain(report, tuple(ends) or (min(reach),), tuple(sorted(set(via))))


def origins(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Every source of the facts → the sources it goes back to, all relays followed."""
    relays = _relays(facts)
    return {s.id: _chain(s.id, relays).roots for s in facts.all(Source)}


def circles(facts: Facts) -> tuple[tuple[str, ...], ...]:
    """Sources that repeat one another in a circle: each circle once, its smallest member first."""
    relays = {source: [to for to, _ in out] for source, out in _relays(facts).items()}
    reach = {source: _reached(source, relays) for source in relays}
    found: dict[tuple[str, ...], None] = {}
    for source in sorted(relays):
        ring = tuple(sorted(o for o in reach[source] if source in reach.get(o, ())))
        if source in reach[source]:
            found.setdefault(ring, None)
    return tuple(found)


def _reached(start: str, relays: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    queue = list(relays.get(start, ()))
    while queue:
        here = queue.pop()
        if here not in found:
            found.add(here)
            queue += relays.get(here, ())
    return found
