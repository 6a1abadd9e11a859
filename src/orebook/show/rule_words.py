"""Rules and engines by their names in words, so that no page shows a bare code."""

from __future__ import annotations

from functools import cache

from orebook.model.vocabulary import table


def rule_text(rule: str) -> str:
    """A rule of evidence with what fires it: D1, one event or step with dates that cannot be one.

    Source: tables/evidence_rules.csv; a rule that it does not list stands alone.
    """
    words = _rules().get(rule)
    return f"{rule}, {words.replace('`', '')}" if words else rule


@cache
def _rules() -> dict[str, str]:
    return {row["rule"]: row["words"] for row in table("evidence_rules")}


_ENGINES = {
    "balance": "balance of masses",
    "reconcile": "reconciliation of a network",
    "origin": "origin of metal",
    "rules": "rule packs",
    "reliance": "reliance on sources",
    "settle": "settlement of a sale",
    "evidence": "weighing of claims",
    "disclosure": "disclosure matrix",
    "promises": "promises against deliveries",
    "fiscal": "who gets what",
    "ladder": "headline to bankable",
    "scale": "size of an amount",
    "coherence": "what cannot all hold",
    "papers": "papers of a shipment",
    "disclosure-form": "form of the four countries",
}


def engine_text(version: str) -> str:
    """An engine and its version in words: balance/1 is *balance of masses, version 1*."""
    name, slash, number = version.partition("/")
    told = _ENGINES.get(name, name.replace("-", " "))
    return f"{told}, version {number}" if slash else told
