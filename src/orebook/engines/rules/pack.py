"""A rule pack: dated rules beside the clause they implement, in words a lawyer can check.

A pack is data and never code. What it asks is put together from the closed set of predicates, and
what changes with time is keyed by the day it starts on, with its status and source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["in_force", "enacted_future", "suspended", "pending", "lapsed"]
STATUSES: tuple[Status, ...] = ("in_force", "enacted_future", "suspended", "pending", "lapsed")
Kind = Literal["qualification", "control", "screen", "disclosure"]
KINDS: tuple[Kind, ...] = ("qualification", "control", "screen", "disclosure")


@dataclass(frozen=True, slots=True)
class Force:
    """What holds from one day to another: a status, or the value of a parameter; with its source.

    `until` is the day a suspension or an arrangement ends if nobody prolongs it; once that day is
    over, what comes next is not known.
    """

    start: str
    status: Status
    source: str
    end: str | None = None
    until: str | None = None
    value: object = None

    def holds(self, day: str) -> bool:
        """Whether the day lies between start and end, both included."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Verification:
    """Who read the clause, when, and where; without it a rule cannot prove anything."""

    clause: str
    date: str
    reader: str
    source: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A rule that defeats the rule: where it holds, the outcome is `effect`."""

    id: str
    text: str
    when: Mapping[str, object]
    effect: Literal["proved", "refuted"]


@dataclass(frozen=True, slots=True)
class Branch:
    """The law as it would stand if something pending happened: forces in place of those enacted."""

    name: str
    text: str
    source: str
    force: Mapping[str, tuple[Force, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its clause in our words, since when it holds, and what it asks."""

    id: str
    title: str
    clause: str
    text: str
    kind: Kind
    force: tuple[Force, ...]
    test: Mapping[str, object]
    applies: Mapping[str, object] | None = None
    parameters: Mapping[str, tuple[Force, ...]] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    verification: Verification | None = None

    def at(self, day: str, force: tuple[Force, ...] | None = None) -> Force | None:
        """What holds on a day: the last one begun; None before the first and after an end."""
        begun = [f for f in (force or self.force) if f.start <= day]
        return begun[-1] if begun and begun[-1].holds(day) else None


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list of parties or places that others keep, at one version."""

    name: str
    version: str
    source: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Example:
    """A made-up lot and what each rule must say of it on a day."""

    name: str
    day: str
    chain: Mapping[str, object]
    expect: Mapping[str, str]
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its identity, rules, lists, branches and examples; `digest` of its files (hex)."""

    id: str
    title: str
    jurisdiction: str
    citation: str
    publisher: str
    version: str
    recheck: str
    rules: tuple[Rule, ...]
    lists: Mapping[str, NamedList] = field(default_factory=dict)
    branches: Mapping[str, Branch] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    digest: str = ""

    def rule(self, ident: str) -> Rule | None:
        """The rule of that id, if the pack has one."""
        return next((rule for rule in self.rules if rule.id == ident), None)
