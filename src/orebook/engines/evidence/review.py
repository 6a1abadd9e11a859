"""A register weighed: groups that disagree, flags, statuses, chains of relays, and what is "
"missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.evidence.contradictions import contradictions, flags
from orebook.engines.evidence.disagreement import Disagreement
from orebook.engines.evidence.said import Said
from orebook.engines.evidence.status import Status, statuses
from orebook.engines.evidence.taken import read
from orebook.engines.evidence.voices import circles
from orebook.model.absence import Absent, known
from orebook.model.claim import Claim, Source
from orebook.model.facts import Facts

VERSION = "evidence/1"


@dataclass(frozen=True, slots=True)
class Relayed:
    """One root and the reports that go back to it, with their claims."""

    root: str
    sources: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything the rules say of a set of claims."""

    said: tuple[Said, ...]
    groups: tuple[Disagreement, ...]
    flags: tuple[Disagreement, ...]
    statuses: dict[str, Status]
    relays: tuple[Relayed, ...]
    circles: tuple[tuple[str, ...], ...]
    undated: tuple[str, ...]

    def of(self, claims: Iterable[str]) -> tuple[Disagreement, ...]:
        """The groups that hold one of those claims."""
        wanted = set(claims)
        return tuple(g for g in self.groups if wanted & set(g.claims))


def review(facts: Facts, claims: Iterable[Claim]) -> Review:
    """The claims weighed by every rule.

    Gives: groups, flags and statuses with the rules that fired; `undated` lists sources without a
    date, `circles` sources that repeat one another in a ring. Unknown: what a rule cannot compare
    it leaves alone.
    """
    listed = list(claims)
    said = read(facts, listed)
    groups = contradictions(said)
    absences = {c.id: c.value.kind for c in listed if isinstance(c.value, Absent)}
    cited = {known(c.source) for c in listed} - {None}
    return Review(
        said,
        groups,
        flags(said),
        statuses(facts, said, groups, absences),
        _relays(said),
        circles(facts),
        tuple(s.id for s in facts.all(Source) if s.id in cited and known(s.date) is None),
    )


def _relays(said: Sequence[Said]) -> tuple[Relayed, ...]:
    found: dict[str, list[Said]] = {}
    for one in said:
        for root in one.roots:
            if root != one.source and not one.absent:
                found.setdefault(root, []).append(one)
    return tuple(
        Relayed(root, tuple(dict.fromkeys(s.source for s in group)), tuple(s.id for s in group))
        for root, group in found.items()
    )


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of claimed amounts, or None with the reasons it is refused."""

    value: Decimal | None
    unit: str
    reasons: tuple[str, ...]


def total(found: Review, claims: Iterable[str]) -> Total:
    """The sum of amounts that claims give, refused where any of them has no settled meaning.

    Refuses: an amount in a value-meaning, magnitude or plausibility group, or whose subject has
    several meanings for one amount; different units; a range; a value that is no figure.
    """
    by_id = {s.id: s for s in found.said}
    wanted = [by_id[c] for c in dict.fromkeys(claims) if c in by_id]
    reasons: list[str] = []
    unsettled = {g.subject: g for g in found.groups if g.kind == "value-meaning"}
    for one in wanted:
        if one.figure is None:
            reasons.append(f"{one.id}: “{one.text}” is no single figure")
        group = unsettled.get(one.subject)
        if group is not None and _meant(one, group, by_id):
            reasons.append(
                f"{one.id}: what the amount means is unsettled ({', '.join(group.claims)})"
            )
        reasons += [
            f"{one.id}: {g.kind} ({', '.join(g.claims)}): {g.advice}"
            for g in found.of([one.id])
            if g.kind in {"magnitude", "plausibility", "unit"}
        ]
    units = {s.unit for s in wanted}
    if len(units) > 1:
        reasons.append(f"different units: {', '.join(sorted(units))}")
    if not wanted or reasons:
        return Total(None, "", tuple(dict.fromkeys(reasons)) or ("no amount given",))
    return Total(sum((s.figure or Decimal(0) for s in wanted), Decimal(0)), wanted[0].unit, ())


def _meant(one: Said, group: Disagreement, by_id: dict[str, Said]) -> bool:
    """True where the group is about this claim's property: value, for value_meaning."""
    stems = {by_id[c].topic for c in group.claims}
    return one.topic in stems or any(t.startswith(f"{one.topic}_") for t in stems)
