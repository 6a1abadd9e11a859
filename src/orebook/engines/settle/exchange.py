"""Exchange of assays: who is close enough, what the umpire's reading makes final, who pays for it.

A difference equal to the splitting limit counts as agreed. The forms of umpire clauses are data
(tables/umpire_rules.csv): what is final where the umpire lies between the parties, ends included,
and where it lies outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from orebook.model.vocabulary import table

WORDS = ("umpire", "nearer", "mean_nearer", "mean_of_three", "mean_of_two_closest", "mean")
COSTS = ("farther", "shared", "seller", "buyer")


@dataclass(frozen=True, slots=True)
class Reading:
    """One assay of one substance by one side, in its unit."""

    substance: str
    by: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Rule:
    """An umpire clause: what is final with the umpire between the parties, and outside them."""

    inside: str
    outside: str


@dataclass(frozen=True, slots=True)
class Clause:
    """How assays of one substance are exchanged."""

    limit: Decimal
    rule: Rule
    cost: str = "farther"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is final, how, and who bears the umpire's fee (seller, buyer, both).

    Unknown: `final` is None while an assay that the clause needs is not there; `how` says which.
    """

    final: Decimal | None
    how: str
    umpire_called: bool
    payer: str | None


def rules() -> dict[str, Rule]:
    """The usual umpire clauses by name. Source: tables/umpire_rules.csv."""
    return {r["rule"]: Rule(r["inside"], r["outside"]) for r in table("umpire_rules")}


def exchange(
    seller: Decimal | None, buyer: Decimal | None, umpire: Decimal | None, clause: Clause
) -> Outcome:
    """The final assay of one substance. Ties: as near to one party as to the other is both."""
    if seller is None or buyer is None:
        lacking = "seller's" if seller is None else "buyer's"
        return Outcome(None, f"the {lacking} assay is not there", umpire_called=False, payer=None)
    gap = abs(seller - buyer)
    if gap <= clause.limit:
        how = f"difference {gap} within the splitting limit {clause.limit}: the mean"
        return Outcome((seller + buyer) / 2, how, umpire_called=False, payer=None)
    if umpire is None:
        how = f"difference {gap} beyond the splitting limit {clause.limit}: an umpire is needed"
        return Outcome(None, how, umpire_called=True, payer=None)
    inside = min(seller, buyer) <= umpire <= max(seller, buyer)
    word = clause.rule.inside if inside else clause.rule.outside
    final = _FINAL[word](seller, buyer, umpire)
    where = "between the parties" if inside else "outside the parties"
    how = f"difference {gap} beyond {clause.limit}; umpire {umpire} {where}: {_SAID[word]}"
    return Outcome(final, how, umpire_called=True, payer=_payer(seller, buyer, umpire, clause.cost))


def _payer(seller: Decimal, buyer: Decimal, umpire: Decimal, cost: str) -> str:
    if cost != "farther":
        return "both" if cost == "shared" else cost
    from_seller, from_buyer = abs(seller - umpire), abs(buyer - umpire)
    if from_seller == from_buyer:
        return "both"
    return "seller" if from_seller > from_buyer else "buyer"


def _nearer(seller: Decimal, buyer: Decimal, umpire: Decimal) -> Decimal:
    """The party's assay nearer to the umpire; as near to both: their mean."""
    from_seller, from_buyer = abs(seller - umpire), abs(buyer - umpire)
    if from_seller == from_buyer:
        return (seller + buyer) / 2
    return seller if from_seller < from_buyer else buyer


def _two_closest(seller: Decimal, buyer: Decimal, umpire: Decimal) -> Decimal:
    """The mean of the two closest of three; equally spaced: the middle one."""
    low, middle, high = sorted((seller, buyer, umpire))
    if middle - low == high - middle:
        return middle
    return (low + middle) / 2 if middle - low < high - middle else (middle + high) / 2


_SAID = {
    "umpire": "the umpire's is final",
    "nearer": "the nearer party's is final",
    "mean_nearer": "the mean of the umpire's and the nearer party's",
    "mean_of_three": "the mean of all three",
    "mean_of_two_closest": "the mean of the two closest",
    "mean": "the mean of both parties'",
}
_FINAL: dict[str, Callable[[Decimal, Decimal, Decimal], Decimal]] = {
    "umpire": lambda _s, _b, u: u,
    "nearer": _nearer,
    "mean_nearer": lambda s, b, u: (u + _nearer(s, b, u)) / 2,
    "mean_of_three": lambda s, b, u: (s + b + u) / 3,
    "mean_of_two_closest": _two_closest,
    "mean": lambda s, b, _u: (s + b) / 2,
}
