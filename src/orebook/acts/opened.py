"""An agreement laid open: its claims weighed, what is not public, what was promised and "
"delivered."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal

from orebook.acts.deal import KINDS, Deal, deal, none_such
from orebook.acts.deal_take import KEYS, Take, agreement_take
from orebook.acts.scale import agreement_scale
from orebook.acts.see import View
from orebook.engines.disclosure.cells import Matrix, matrix
from orebook.engines.disclosure.diff import Change, diff
from orebook.engines.disclosure.questions import BY_INTERVAL, BY_RULE, Draft, drafts
from orebook.engines.evidence.review import Review, review
from orebook.engines.promises.match import promises, royalty_tonnes
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.facts import Facts
from orebook.model.finding import Finding
from orebook.model.problem import ReaderError

MORE = ("payment", "facility", "document")


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything computed of one agreement for one reader, at one head on one day.

    `ranked_by` says how the questions are ordered. `versions` are earlier agreements this one
    amends, nearest first, each with its changes.
    """

    deal: Deal
    review: Review
    matrix: Matrix
    questions: tuple[Draft, ...]
    ranked_by: str
    promises: tuple[Finding, ...]
    royalty: Finding | None
    take: Take
    sizes: tuple[Finding, ...]
    versions: tuple[tuple[Agreement, tuple[Change, ...]], ...]

    @property
    def agreement(self) -> Agreement:
        """The agreement itself."""
        return self.deal.agreement


def opened(view: View, ident: str) -> Opened:
    """One agreement laid open.

    Refuses: NotFound. Unknown: what nobody stated, and why, stands in each finding.
    """
    found = deal(view, ident)
    facts = view.facts(kinds=(*KINDS, *MORE))
    agreement = found.agreement
    parties = {p.id for p, _ in found.parties if p is not None}
    claims = _claims(facts, {agreement.id, *(s.id for s in found.shipments)})
    owners = [c for c in _claims(facts, parties) if "beneficial" in (known(c.property) or "")]
    take = _take(view, facts, ident)
    shrinks = _shrinks(take)
    matched = matrix(agreement, facts, (*claims, *owners))
    names = tuple(
        dict.fromkeys(
            known(p.name) or p.id
            for p, role in found.parties
            if p is not None and role in {"signatory", "seller", "buyer", "party"}
        )
    )
    return Opened(
        found,
        review(facts, claims),
        matched,
        drafts(matched, agreement, names, shrinks),
        BY_INTERVAL if shrinks else BY_RULE,
        promises(agreement, facts),
        royalty_tonnes(agreement, facts),
        take,
        agreement_scale(view, ident),
        tuple(_versions(facts, agreement)),
    )


# Intervals take a second to search; what they depend on is the head, the reader and the agreement.
_TAKES: OrderedDict[tuple[str, ...], Take] = OrderedDict()
_TAKES_MOST = 64


def _take(view: View, facts: Facts, ident: str) -> Take:
    key = (facts.head.origin, facts.head.root, facts.disclosures, facts.as_of, ident)
    found = _TAKES.get(key)
    if found is None:
        found = _TAKES[key] = agreement_take(view, ident)
        while len(_TAKES) > _TAKES_MOST:
            _TAKES.popitem(last=False)
    return found


def _shrinks(take: Take) -> dict[str, str]:
    """Contract key → points of take by which its answer would narrow the interval, at least."""
    whole = next((i for i in take.worked.intervals if i.measure == "gov_take_undiscounted"), None)
    if whole is None:
        return {}
    keys = {k.pointer: k.key for k in KEYS}
    return {
        keys[q.pointer]: f"{(whole.width - q.widest) * 100:.1f}"
        for q in take.worked.questions
        if q.pointer in keys
    }


def compared(
    view: View, left: str, right: str
) -> tuple[Agreement, Agreement, tuple[Change, ...], Facts]:
    """Two agreements, term by term. Refuses: NotFound for either; ReaderError for one and the same.

    Unknown: a term that one side does not speak of is no difference.
    """
    if left == right:
        message = f'"{left[:80]}" would be compared with itself; name another agreement'
        raise ReaderError(message)
    facts = view.facts(kinds=["agreement"])
    found = []
    for ident in (left, right):
        one = facts.get(Agreement, ident)
        if one is None:
            raise none_such(facts, ident)
        found.append(one)
    return found[0], found[1], diff(found[0], found[1]), facts


def take_of(view: View, ident: str) -> tuple[Decimal, Decimal] | None:
    """What the state takes of a model mine's cash under an agreement, from least to most.

    Unknown: None where no interval could be found. Refuses: NotFound.
    """
    made = _take(view, view.facts(kinds=["agreement"]), ident)
    whole = next((i for i in made.worked.intervals if i.measure == "gov_take_undiscounted"), None)
    return (whole.low, whole.high) if whole is not None else None


def _claims(facts: Facts, concerned: set[str]) -> tuple[Claim, ...]:
    """The latest statement of every claim about one of those things."""
    latest = {c.id: c for c in facts.all(Claim)}
    return tuple(c for c in latest.values() if concerned & set(known(c.about) or ()))


def _versions(facts: Facts, agreement: Agreement) -> list[tuple[Agreement, tuple[Change, ...]]]:
    found: list[tuple[Agreement, tuple[Change, ...]]] = []
    here, seen = agreement, {agreement.id}
    while (before := facts.get(Agreement, known(here.amends) or "")) is not None:
        if before.id in seen:
            break
        seen.add(before.id)
        found.append((before, diff(before, here)))
        here = before
    return found
