"""Claims grouped by what they are about, with a rule that says whether statements differ.

The rule: two values of one property differ when no single source gives both (a source that gives
several is giving a list). This is a statement about texts, not about who is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.engines.evidence.voices import Relays, voices
from orebook.model.absence import Absent, known
from orebook.model.claim import Claim, Source
from orebook.model.facts import Facts
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Line:
    """One claim with its source and the earliest date among the sources it goes back to."""

    claim: Claim
    source: Source | None
    first_seen: When | None
    relays: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All claims on one property of one subject.

    `state`: not_found (only absences), differ (values no single source gives together), agree (one
    value from two or more independent voices), one_voice (one independent voice, one value or a
    list). `voices` counts independent voices following stated and inferred relays.
    """

    subject: str
    topic: str
    state: str
    lines: tuple[Line, ...]
    voices: int

    @property
    def values(self) -> tuple[str, ...]:
        """The distinct values said, in the order first met."""
        return tuple(dict.fromkeys(v for line in self.lines if (v := known(line.claim.value))))


def group_claims(facts: Facts, claims: Iterable[Claim]) -> tuple[Group, ...]:
    """Claims grouped by subject and property, in the order first met.

    Unknown: a claim whose subject or property this reader may not see is left out of the groups;
    a claim whose value is sealed stands in its group and joins no comparison.
    """
    grouped: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        subject, prop = known(claim.subject), known(claim.property)
        if subject is not None and prop is not None:
            grouped.setdefault((subject, prop), []).append(claim)
    relays = Relays(facts)
    return tuple(_group(facts, relays, *key, members) for key, members in grouped.items())


def _group(facts: Facts, relays: Relays, subject: str, prop: str, claims: list[Claim]) -> Group:
    said = [c for c in claims if known(c.value) is not None]
    heard = voices(facts, claims, relays).inferred
    if not said:
        absent = any(isinstance(c.value, Absent) for c in claims)
        state = "not_found" if absent else "sealed"
    elif _differ(said):
        state = "differ"
    else:
        state = "agree" if heard > 1 else "one_voice"
    return Group(subject, prop, state, tuple(_line(facts, c) for c in claims), heard)


def _differ(claims: list[Claim]) -> bool:
    """True when two values are given that no single source gives together."""
    by_value: dict[str, set[str]] = {}
    for claim in claims:
        value = " ".join((known(claim.value) or "").casefold().split())
        by_value.setdefault(value, set()).add(known(claim.source) or claim.id)
    values = list(by_value)
    return any(not by_value[a] & by_value[b] for i, a in enumerate(values) for b in values[i + 1 :])


def _line(facts: Facts, claim: Claim) -> Line:
    source = facts.get(Source, known(claim.source) or "")
    relays = () if source is None else tuple(known(source.relays) or ())
    pairs = tuple((known(r.source) or "", known(r.basis) or "") for r in relays)
    chain = [source, *(facts.get(Source, name) for name, _ in pairs)]
    dates = [d for s in chain if s is not None and (d := known(s.date)) is not None]
    return Line(claim, source, min(dates, key=lambda d: d.first) if dates else None, pairs)
