"""The gap of one component: its value, how far doubt can move it, and what would close it.

Hard bounds (ranges) are added in full and standard uncertainties in quadrature at k = 2, with the
part that products of doubts add beyond first order. A gap is judged against that reach; where
something is not known, against what is known from one side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.engines.balance.parts import Contribution, Factor
from orebook.engines.balance.words import (
    ADDS_UP,
    CANNOT_BE_TOLD,
    COVERAGE,
    DOES_NOT_ADD_UP,
    EXACT,
    NEAR,
)
from orebook.model.uncertainty import Range, Spread, Term, standard_deviation

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Side:
    """A sum of contributions: its value, its spread, and what lies beyond first order."""

    value: Decimal
    spread: Spread
    curvature: Decimal | None

    def reach(self) -> tuple[Decimal, Decimal] | None:
        """How far down and up doubt can move it, at k = 2.

        Unknown: None while any doubt is unstated, or where a doubtful divisor bounds nothing.

        Source: JCGM 100:2008, 5.1.2 and 5.2.2 (correlated), 6.2.1 (coverage); ranges in full.
        """
        if self.spread.unstated or self.curvature is None:
            return None
        hard = Spread(tuple(t for t in self.spread.terms if isinstance(t.doubt, Range)))
        soft = Spread(tuple(t for t in self.spread.terms if not isinstance(t.doubt, Range)))
        ends, standard = hard.bounds(), soft.standard()
        assert ends is not None
        assert standard is not None
        wide = COVERAGE * standard + self.curvature
        return ends[0] - wide, ends[1] + wide

    def hard(self) -> tuple[Decimal, Decimal] | None:
        """The least and most it can be, where every doubt is a range or none; else None."""
        ends = self.spread.bounds()
        if ends is None or self.curvature is None:
            return None
        return self.value + ends[0] - self.curvature, self.value + ends[1] + self.curvature


def value_of(contribution: Contribution) -> Decimal | None:
    """The mass it brings, in kilograms, at the values as stated; None where it is not known."""
    if contribution.factors is None:
        return None
    return _product(contribution.constant, contribution.factors)


def _product(constant: Decimal, factors: Iterable[Factor]) -> Decimal:
    result = constant
    for factor in factors:
        term = factor.term
        result = result * term if factor.power == 1 else result / term
    return result


def slopes(contribution: Contribution) -> list[tuple[Factor, Decimal]]:
    """How the contribution moves with each of its figures."""
    factors = contribution.factors or ()
    found = []
    for i, factor in enumerate(factors):
        rest = _product(contribution.constant, (*factors[:i], *factors[i + 1 :]))
        inner = rest if factor.power == 1 else -rest / (factor.term * factor.term)
        found.append((factor, -inner if factor.complement else inner))
    return found


def side(contributions: Iterable[Contribution], *, signed: bool = False) -> Side | None:
    """The sum of the contributions (out positive, in negative where `signed`).

    Unknown: None where one of them is not known.
    """
    value = ZERO
    terms: list[Term] = []
    curvature: Decimal | None = ZERO
    for contribution in contributions:
        own = value_of(contribution)
        if own is None:
            return None
        sign = contribution.sign if signed else 1
        value += sign * own
        more = _curvature(contribution)
        curvature = None if curvature is None or more is None else curvature + more
        for factor, slope in slopes(contribution):
            terms += factor.quantity.spread.times(sign * slope).terms
    merged = Spread().plus(Spread(tuple(terms)))
    return Side(value, Spread(tuple(t for t in merged.terms if t.sensitivity)), curvature)


def _extent(factor: Factor) -> Decimal:
    """The farthest a figure can lie from its value, at k = 2 where it is not bounded."""
    far = ZERO
    for term in factor.quantity.spread.terms:
        if isinstance(term.doubt, Range):
            width = max(term.doubt.high - term.value, term.value - term.doubt.low)
        else:
            width = COVERAGE * (standard_deviation(term.doubt, term.value) or ZERO)
        far += abs(term.sensitivity) * width
    return far


def _curvature(contribution: Contribution) -> Decimal | None:
    """What the product gains beyond first order when every figure is at its far end.

    Unknown: None where a divisor can come to nil.
    """
    factors = contribution.factors or ()
    moved = [(f, s, _extent(f)) for f, s in slopes(contribution)]
    if sum(1 for _, _, extent in moved if extent) < 2 and all(f.power == 1 for f in factors):
        return ZERO
    top, linear = contribution.constant, _product(contribution.constant, factors)
    for factor, slope, extent in moved:
        if factor.power == 1:
            top *= factor.term + extent
        elif factor.term > extent:
            top /= factor.term - extent
        else:
            return None
        linear += abs(slope) * extent
    return max(top - linear, ZERO)


def least(contribution: Contribution) -> Contribution | None:
    """The contribution as known from below, or None for "zero or more"."""
    known = contribution.factors is not None and contribution.settled
    if not known or any(f.quantity.spread.unstated for f in contribution.factors or ()):
        return None
    return contribution


def most(contribution: Contribution) -> tuple[Contribution, ...] | None:
    """The contribution as known from above, or None where nothing bounds it.

    A grade or dry share nobody vouches for is at most one; no flow holds more metal than mass.
    """
    capped = _cap(contribution)
    if contribution.factors is None or not contribution.ceiling_holds:
        return capped
    sure = []
    for factor in contribution.factors:
        if not factor.quantity.spread.unstated:
            sure.append(factor)
        elif factor.what == "mass":
            return None
        elif factor.power != 1:
            return capped
    return (_with(contribution, tuple(sure)),)


def _cap(contribution: Contribution) -> tuple[Contribution, ...] | None:
    mass = contribution.mass
    if mass is None or mass.quantity.spread.unstated:
        return None
    return (_with(contribution, (mass,), ONE),)


def _with(
    contribution: Contribution, factors: tuple[Factor, ...], constant: Decimal | None = None
) -> Contribution:
    own = contribution.constant if constant is None else constant
    return replace(contribution, factors=factors, constant=own)


def lower_edge(contributions: tuple[Contribution, ...]) -> Side | None:
    """The least the gap can be: what surely came out less the most that can have gone in."""
    edge = [c for c in map(least, (c for c in contributions if c.side == "out")) if c]
    for contribution in contributions:
        if contribution.side == "in":
            top = most(contribution)
            if top is None:
                return None
            edge += top
    return side(edge, signed=True)


def upper_edge(contributions: tuple[Contribution, ...]) -> Side | None:
    """The most the gap can be: the most that can have come out less what surely went in."""
    edge = [c for c in map(least, (c for c in contributions if c.side == "in")) if c]
    for contribution in contributions:
        if contribution.side == "out":
            top = most(contribution)
            if top is None:
                return None
            edge += top
    return side(edge, signed=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentence that says why."""

    verdict: str
    reason: str


def judge(contributions: tuple[Contribution, ...], whole: Side | None) -> Judgement:
    """What can be said of a gap, given all its contributions.

    Unknown: while a figure is missing, its basis unstated or its doubt unstated, the answer is
    "does not add up" only where that holds whatever the unknown may be, and never "adds up".
    """
    scale = sum((abs(v) for c in contributions if (v := value_of(c)) is not None), ZERO)
    open_ = (
        whole is None
        or any(not c.settled or not c.ceiling_holds for c in contributions)
        or whole.reach() is None
    )
    if not open_ and whole is not None:
        return _closed(whole, scale)
    low, high = lower_edge(contributions), upper_edge(contributions)
    if low is not None and (reach := low.reach()) and low.value + reach[0] > NEAR * scale:
        reason = "More comes out than can have gone in, whatever the unknown figures are."
        return Judgement(DOES_NOT_ADD_UP, reason)
    if high is not None and (reach := high.reach()) and high.value + reach[1] < -NEAR * scale:
        reason = "Less comes out than surely went in, whatever the unknown figures are."
        return Judgement(DOES_NOT_ADD_UP, reason)
    return Judgement(CANNOT_BE_TOLD, "The unknown figures could close the gap or open it.")


def _closed(whole: Side, scale: Decimal) -> Judgement:
    reach = whole.reach()
    assert reach is not None
    low, high = whole.value + reach[0], whole.value + reach[1]
    if whole.value == 0 or (low < -NEAR * scale and high > NEAR * scale):
        return Judgement(ADDS_UP, "The gap is within its doubt.")
    if low > NEAR * scale or high < -NEAR * scale:
        return Judgement(DOES_NOT_ADD_UP, "The gap is larger than its doubt.")
    reason = "The gap is nearer to the limit of its doubt than one part in 10⁹."
    return Judgement(CANNOT_BE_TOLD, reason)


def closing(contributions: tuple[Contribution, ...]) -> dict[str, Decimal | None]:
    """Figure → the value at which the gap is nil, the others held; None where none closes it.

    Solved exactly: the gap is a·y + b + c/y in y, the figure or one minus it.
    Unknown: empty where a contribution is not known.
    """
    gap = ZERO
    met: dict[str, list[tuple[Contribution, Factor]]] = {}
    for contribution in contributions:
        own = value_of(contribution)
        if own is None:
            return {}
        gap += contribution.sign * own
        for factor in contribution.factors or ():
            met.setdefault(factor.figure, []).append((contribution, factor))
    return {name: _close(gap, pairs) for name, pairs in met.items() if name}


def _close(gap: Decimal, pairs: list[tuple[Contribution, Factor]]) -> Decimal | None:
    a, b, c = ZERO, gap, ZERO
    for contribution, factor in pairs:
        b -= contribution.sign * (value_of(contribution) or ZERO)
        rest = tuple(f for f in contribution.factors or () if f is not factor)
        coefficient = contribution.sign * _product(contribution.constant, rest)
        if factor.power == 1:
            a += coefficient
        else:
            c += coefficient
    factor = pairs[0][1]
    y = _root(a, b, c, factor.term)
    if y is None:
        return None
    return ONE - y if factor.complement else y


def _root(a: Decimal, b: Decimal, c: Decimal, near: Decimal) -> Decimal | None:
    if c == 0:
        return EXACT.divide(-b, a) if a else None
    if a == 0:
        return EXACT.divide(-c, b) if b else None
    inside = b * b - 4 * a * c
    if inside < 0:
        return None
    roots = [(-b + sign * inside.sqrt()) / (2 * a) for sign in (1, -1)]
    return min(roots, key=lambda r: abs(r - near))


def metal(flows: Iterable[Contribution], which: str) -> Decimal | None:
    """The metal on one side at the values as stated, or None where a flow is not known."""
    values = [value_of(c) for c in flows if c.side == which]
    return None if None in values else sum((v for v in values if v is not None), Decimal(0))
