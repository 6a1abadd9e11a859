"""Shares of one stage among parties, and what they say of dependence, as intervals.

Let q_c be the amount of party c, R the amount nobody is named for, T = Σ q_c + R, s_c = q_c / T.
What is not known widens the answer: R is nobody in the lower bound and one single party in the
upper, so that no answer is sharper than its data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.model.statistic import ZERO, Interval, point

ONE = Decimal(1)


class NoShares(ValueError):
    """An index was asked of figures it is not defined for; the message says why."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much each named party holds of one thing, and how much nobody is named for.

    Amounts in one unit and basis, of one source and vintage. Refuses: NoShares for a negative
    amount, and where nothing at all is held.
    """

    named: Mapping[str, Decimal]
    rest: Decimal = ZERO

    def __post_init__(self) -> None:
        if any(amount < 0 for amount in self.named.values()) or self.rest < 0:
            message = "amounts of a share vector are not negative"
            raise NoShares(message)
        if self.total == 0:
            message = "nobody holds anything: there are no shares of nothing"
            raise NoShares(message)

    @property
    def total(self) -> Decimal:
        """Σ q_c + R, summed in the order of the parties' names."""
        return sum((self.named[party] for party in sorted(self.named)), ZERO) + self.rest

    def share(self, party: str) -> Interval:
        """The share of a party: a point where it is named, else from 0 to that of the rest."""
        total = self.total
        if party in self.named:
            return point(self.named[party] / total)
        return Interval(ZERO, self.rest / total)

    def ranked(self) -> tuple[tuple[str, Decimal], ...]:
        """The named parties and their shares, the largest first, equals by name."""
        total = self.total
        pairs = ((party, amount / total) for party, amount in self.named.items())
        return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def top(holdings: Holdings, count: int) -> Interval:
    """The share of the `count` largest parties (TOP-N).

    The lower bound is that of the named parties; in the upper, the rest is one party more.
    """
    shares = [share for _, share in holdings.ranked()]
    low = sum(shares[:count], ZERO)
    with_rest = sorted([*shares, holdings.rest / holdings.total], reverse=True)
    return Interval(low, max(low, sum(with_rest[:count], ZERO)))


def hhi(holdings: Holdings) -> Interval:
    """The Herfindahl-Hirschman index Σ s², from 0 to 1.

    Source: Rhoades 1993, Federal Reserve Bulletin 79, 188; the interval is ours (module text).
    """
    squares = sum((share * share for _, share in holdings.ranked()), ZERO)
    rest = holdings.rest / holdings.total
    return Interval(squares, squares + rest * rest)


def bloc(holdings: Holdings, parties: Collection[str]) -> Interval:
    """The share of a bloc: named members for certain, the whole rest at most.

    The rest may hold members only where some member is not named by itself.
    """
    total = holdings.total
    certain = sum((holdings.named[p] for p in sorted(parties) if p in holdings.named), ZERO)
    open_ = holdings.rest if any(p not in holdings.named for p in parties) else ZERO
    return Interval(certain / total, (certain + open_) / total)


def merged(holdings: Holdings, parties: Collection[str], name: str) -> Holdings:
    """The same holdings with a bloc counted as one party, for its HHI."""
    named = {party: amount for party, amount in holdings.named.items() if party not in parties}
    joint = sum((holdings.named[p] for p in sorted(parties) if p in holdings.named), ZERO)
    return Holdings({**named, name: joint}, holdings.rest)


def weighted_hhi(holdings: Holdings, weights: Mapping[str, Decimal], worst: Decimal) -> Interval:
    """Σ s² · w, with w the governance score times the trade factor of each party.

    Takes: a weight per party, and the largest weight that any party can have. Unknown: a named
    party without a weight counts 0 in the lower bound and `worst` in the upper; so does the rest,
    which is nobody in the lower.
    Source: European Commission 2017, Methodology for establishing the EU list of critical raw
    materials (doi 10.2873/769526), section 3.4, HHI with WGI and t.
    """
    low = high = ZERO
    for party, share in holdings.ranked():
        square = share * share
        weight = weights.get(party)
        low += square * (ZERO if weight is None else weight)
        high += square * (worst if weight is None else weight)
    rest = holdings.rest / holdings.total
    return Interval(low, high + rest * rest * worst)


def origin_gap(trade: Holdings, mines: Holdings) -> tuple[str, Interval]:
    """The top exporter, and its share of trade less its share of mine output.

    A large gap says that the last exporter is not the source.
    """
    leader = trade.ranked()[0][0]
    return leader, trade.share(leader) - mines.share(leader)
