"""A verdict in the words of an auditor's note."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.engines.rules import Judged, Verdict

_WHOLE = {
    "proved": "meets every rule in force that applies to it",
    "refuted": "does not meet a rule in force that applies to it",
    "unknown": "cannot be told from the facts at hand",
}


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """The lines of one verdict: what was asked, the answer, what decides it, what is missing."""
    pack = verdict.pack
    branch = verdict.branch or "law as enacted"
    yield f"{pack.title} ({pack.id}, {pack.version}); {branch}; on {verdict.day}"
    yield f"  {verdict.lot}: {verdict.outcome}. It {_WHOLE[verdict.outcome]}."
    for judged in verdict.rules:
        yield from _rule(judged)
    if verdict.change:
        yield f"  The next day on which this could change: {verdict.change}."


def _rule(judged: Judged) -> Iterator[str]:
    rule = judged.rule
    yield f"  - {rule.title} [{rule.id}; {rule.clause}]: {judged.value}"
    for reason in judged.reasons:
        yield f"      because {reason}"
    if judged.exemption:
        yield f"      by the exemption {judged.exemption}"
    for gap in judged.gaps[:12]:
        why = f" ({gap.why})" if gap.why else ""
        yield f"      missing: {gap.what} of {gap.about}{why}"
    if len(judged.gaps) > 12:
        yield f"      missing: {len(judged.gaps) - 12} more facts; --json lists them"
    for assumption in judged.assumptions:
        yield f"      assuming the {assumption}"
