"""Claims: the list, and one claim with its source, its relays, its rivals and any answer to it."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.see import View
from orebook.engines.evidence.statements import Group, Line, group_claims
from orebook.model.absence import known
from orebook.model.claim import Claim, Notice, Reply, Source
from orebook.model.facts import Facts
from orebook.model.problem import NotFound

KINDS = ("claim", "source", "reply", "notice")


@dataclass(frozen=True, slots=True)
class ClaimSheet:
    """One claim: its line, the group of statements on the same property, replies and notices."""

    claim: Claim
    line: Line | None
    group: Group | None
    statements: tuple[Claim, ...]
    replies: tuple[Reply, ...]
    notices: tuple[Notice, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class SourceSheet:
    """One source: what it says here, what it repeats, and what repeats it."""

    source: Source
    claims: tuple[Claim, ...]
    repeated_by: tuple[Source, ...]
    facts: Facts


def groups(view: View) -> tuple[tuple[Group, ...], Facts]:
    """Every claim of the book grouped by subject and property, with the facts behind them."""
    facts = view.facts(kinds=KINDS)
    return group_claims(facts, _latest(facts)), facts


def claim(view: View, ident: str) -> ClaimSheet:
    """One claim. Refuses: NotFound."""
    facts = view.facts(kinds=KINDS)
    found = facts.get(Claim, ident)
    if found is None:
        message = f"this book has no claim {ident}"
        raise NotFound(message)
    for group in group_claims(facts, _latest(facts)):
        line = next((one for one in group.lines if one.claim.id == ident), None)
        if line is not None:
            break
    else:
        group, line = None, None
    return ClaimSheet(
        found,
        line,
        group,
        facts.stated(Claim, ident),
        tuple(r for r in facts.all(Reply) if ident in (known(r.to) or ())),
        tuple(n for n in facts.all(Notice) if ident in (known(n.about) or ())),
        facts,
    )


def source(view: View, ident: str) -> SourceSheet:
    """One source. Refuses: NotFound."""
    facts = view.facts(kinds=KINDS)
    found = facts.get(Source, ident)
    if found is None:
        message = f"this book has no source {ident}"
        raise NotFound(message)
    return SourceSheet(
        found,
        tuple(c for c in _latest(facts) if known(c.source) == ident),
        tuple(
            s
            for s in facts.all(Source)
            if any(known(r.source) == ident for r in known(s.relays) or ())
        ),
        facts,
    )


def _latest(facts: Facts) -> list[Claim]:
    return list({c.id: c for c in facts.all(Claim)}.values())
