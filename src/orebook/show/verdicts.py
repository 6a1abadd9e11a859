"""A verdict in the words of an auditor's note."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from orebook.engines.rules import Chain, Covers, Judged, Pack, Rule, Verdict, covers
from orebook.engines.rules.provenance import ALL, DRY, Held
from orebook.show.numbers import number, percent

_WHOLE = {
    "proved": "meets every rule in force that applies to it",
    "refuted": "does not meet a rule in force that applies to it",
    "unknown": "cannot be told from the facts at hand",
}


def verdict_lines(verdict: Verdict, chain: Chain) -> Iterator[str]:
    """The lines of one verdict: what was asked, the answer, what decides it, what is missing."""
    pack = verdict.pack
    branch = verdict.branch or "law as enacted"
    yield f"{pack.title} ({pack.id}, {pack.version}); {branch}; on {verdict.day}"
    yield f"  {verdict.lot}: {verdict.outcome}. It {_WHOLE[verdict.outcome]}."
    for judged in verdict.rules:
        yield from _rule(judged, chain)
    if verdict.change:
        yield f"  The next day on which this could change: {verdict.change}."


def _rule(judged: Judged, chain: Chain) -> Iterator[str]:
    rule = judged.rule
    yield f"  - {rule.title} [{rule.id}; {rule.clause}]: {judged.value}"
    for reason in judged.reasons:
        yield f"      because {reason}"
    if judged.exemption:
        yield f"      by the exemption {judged.exemption}"
    for gap in judged.gaps[:12]:
        why = f" ({gap.why})" if gap.why else ""
        covered = _covered(covers(chain, judged.law, [gap]))
        yield f"      missing: {gap.what} of {gap.about}{why}{covered}"
    if len(judged.gaps) > 12:
        yield f"      missing: {len(judged.gaps) - 12} more facts; --json lists them"
    if len(judged.gaps) > 1 and (together := covers(chain, judged.law, judged.gaps)) is not None:
        yield f"      the facts missing cover {covers_text(together)}, taken together"
    for assumption in judged.assumptions:
        yield f"      assuming the {assumption}"


def _covered(found: Covers | None) -> str:
    return f"; it covers {covers_text(found)}" if found is not None else ""


def covers_text(found: Covers, *, short: bool = False) -> str:
    """The share of the lot and its mass, dry and of each element: from, to.

    Takes: `short`, without the elements.
    """
    low, high = found.share
    share = "all of the lot" if found.share == ALL else f"{_span(low, high, percent)} of the lot"
    names = sorted(found.kg, key=lambda name: (name != DRY, name))[: 1 if short else None]
    masses = [f"{_kilograms(found.kg[name])}\u00a0kg {name}" for name in names]
    return f"{share} ({', '.join(masses)})" if masses else share


def _kilograms(held: Held) -> str:
    low, high = held
    return f"{number(low, sig=3)} or more" if high is None else _span(low, high, number)


def _span(low: Decimal, high: Decimal, text: Callable[..., str]) -> str:
    one, other = text(low, sig=3), text(high, sig=3)
    return one if one == other else f"{one} to {other}"


def pack_json(pack: Pack, day: str) -> dict[str, Any]:
    """A pack as plain members: each rule with its clause, its status on a day and all dates."""
    return {
        "id": pack.id,
        "title": pack.title,
        "version": pack.version,
        "jurisdiction": pack.jurisdiction,
        "citation": pack.citation,
        "publisher": pack.publisher,
        "recheck": pack.recheck,
        "branches": {name: branch.text for name, branch in pack.branches.items()},
        "rules": [_rule_json(rule, day) for rule in pack.rules],
    }


def _outside(rule: Rule, day: str) -> str:
    return "not yet" if not rule.force or day < rule.force[0].start else "ended"


def _rule_json(rule: Rule, day: str) -> dict[str, Any]:
    now = rule.at(day)
    dates = [f.start for f in rule.force] + [e for f in rule.force for e in (f.end, f.until) if e]
    return {
        "id": rule.id,
        "title": rule.title,
        "kind": rule.kind,
        "clause": rule.clause,
        "status": now.status if now is not None else _outside(rule, day),
        "until": (now.until or now.end) if now is not None else None,
        "next": min((d for d in dates if d > day), default=None),
        "read": rule.verification.date if rule.verification is not None else None,
        "force": [
            {"from": f.start, "to": f.end, "until": f.until, "status": f.status, "source": f.source}
            for f in rule.force
        ],
        "exemptions": [{"id": e.id, "text": e.text} for e in rule.exemptions],
    }
