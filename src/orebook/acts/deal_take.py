"""Who gets what under an agreement of a book: its terms as known or unknown, over a model mine."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files

from orebook.acts.case import plain
from orebook.acts.deal import none_such
from orebook.acts.fiscal import Worked, finding, term_name, work
from orebook.acts.see import View
from orebook.engines.fiscal.terms import read
from orebook.exchange import json_text
from orebook.model.absence import known
from orebook.model.agreement import Agreement, Term
from orebook.model.finding import Finding, Missing
from orebook.model.problem import SenderError

_ONE_SHARE = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d+)?|100) ?(?:%|per ?cent)(?![\d.])")
_ABROAD = re.compile(r"\b(?:net profit|profit split|revenue)\b")


@dataclass(frozen=True, slots=True)
class Key:
    """A term of the contract standard, where it enters the plan, and its range while unknown."""

    key: str
    pointer: str
    words: str
    low: Decimal
    high: Decimal


# Ranges wide enough for the agreements of examples/deals; ours, and named in every answer.
_RANGES = (
    ("royalties", "/terms/levies/0/rate", "royalty on gross revenue", "0.10"),
    ("income-tax-rate", "/terms/income_tax/rate", "income tax", "0.35"),
    ("withholding-tax", "/terms/withholding/dividends", "withholding on dividends", "0.20"),
    ("state-participation", "/terms/state_equity/0/share", "free share of the state", "0.25"),
)
KEYS = tuple(Key(key, at, words, Decimal(0), Decimal(most)) for key, at, words, most in _RANGES)


@dataclass(frozen=True, slots=True)
class Take:
    """The run of an agreement's terms, which of them a text states, and the finding."""

    worked: Worked
    stated: tuple[tuple[Key, Decimal, Term], ...]
    finding: Finding


def agreement_take(view: View, ident: str) -> Take:
    """Who gets what under an agreement, as intervals over what its text leaves unknown.

    The profile is a model mine of round figures, so it tells what the *terms* do and nothing about
    a deposit. A term is taken as known where its public text holds one percentage; else it is
    unknown and runs over the range named in the finding. `worked.questions` ranks which answer
    would narrow the take most. Refuses: NotFound.
    """
    facts = view.facts(kinds=["agreement"])
    agreement = facts.get(Agreement, ident)
    if agreement is None:
        raise none_such(facts, ident)
    terms = {known(t.key): t for t in known(agreement.terms) or ()}
    stated = []
    for key in KEYS:
        term = terms.get(key.key)
        share = _share(term)
        if term is not None and share is not None:
            stated.append((key, share, term))
    worked = _worked(tuple((k.pointer, v) for k, v, _ in stated))
    made = finding(worked, ident, facts.head, facts.as_of)
    return Take(worked, tuple(stated), _named(made, stated, ident))


def _share(term: Term | None) -> Decimal | None:
    """The one percentage a term's text holds, as a fraction; None for none or several."""
    text = known(term.value) if term is not None else None
    found = _ONE_SHARE.findall(text or "")
    if len(found) != 1 or _ABROAD.search(text or ""):
        return None
    return Decimal(found[0]) / 100


@cache
def _worked(values: tuple[tuple[str, Decimal], ...]) -> Worked:
    """The model mine under these stated terms; the same terms are run once."""
    plan, problems = read(_case(dict(values)))
    if plan is None:
        raise SenderError("; ".join(p.text() for p in problems), problems)
    return work(plan)


def _case(values: dict[str, Decimal]) -> dict[str, object]:
    raw = (files("orebook.engines.fiscal") / "model_mine.json").read_bytes()
    mine = plain(json_text.read(raw))
    at = {k.pointer: values.get(k.pointer, "unknown") for k in KEYS}
    royalty = {"name": "royalty", "kind": "flat", "base": "gross"}
    return {
        **mine,
        "id": "model-mine",
        "terms": {
            "levies": [{**royalty, "rate": at[KEYS[0].pointer]}],
            "income_tax": {
                "rate": at[KEYS[1].pointer],
                "depreciation": {"method": "straight_line", "years": 8, "from": "first_production"},
                "losses": {"years": "unlimited"},
            },
            "withholding": {"dividends": at[KEYS[2].pointer]},
            "state_equity": [{"kind": "free", "share": at[KEYS[3].pointer]}],
        },
        "ranges": {
            k.pointer: {"low": k.low, "high": k.high} for k in KEYS if k.pointer not in values
        },
    }  # fmt: skip


def _named(made: Finding, stated: list[tuple[Key, Decimal, Term]], ident: str) -> Finding:
    """The finding in the agreement's words: which terms were stated and which were supposed."""
    told = {k.pointer for k, _, _ in stated}
    missing = tuple(
        Missing(k.words, ident, f"no public text states it; run from {k.low:%} to {k.high:%}")
        for k in KEYS
        if k.pointer not in told
    )
    words = tuple(f"{k.words}: {v:%}, as the text of the term {k.key} says" for k, v, _ in stated)
    assumed = (
        "a model mine of round figures, no estimate of any deposit: it tells what terms do",
        "tax on straight-line depreciation over eight years, losses carried forward for ever",
        *words,
        *made.assumptions,
    )
    cites = tuple(t.ref.text() for _, _, t in stated)
    # A pointer of the plan is no word of the agreement.
    reasons = tuple(_in_words(reason) for reason in made.reasons)
    made = replace(made, reasons=reasons)
    return replace(made, missing=missing, assumptions=assumed, sources=(*made.sources, *cites))


def _in_words(reason: str) -> str:
    for key in KEYS:
        reason = reason.replace(term_name(key.pointer), key.words)
    return reason
