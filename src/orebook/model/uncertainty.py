"""Doubt as a closed set, and its spreading through sums and products.

Stated doubt is one of exact, range, normal, lognormal, unstated. A computed figure carries a
`Spread`: one term per stated doubt with its sensitivity, so that what shares a cause (one scale,
one laboratory) is added in full and what does not in quadrature (JCGM 100:2008, 5.1.2 and 5.2.2).
Unstated is neither zero nor exact: it spreads until a caller names the assumption that resolves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

ZERO = Decimal(0)
_SQRT3 = Decimal(3).sqrt()


@dataclass(frozen=True, slots=True)
class Exact:
    """No doubt: a count, a definition."""


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between two bounds, in the canonical unit of the figure."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Normal:
    """A standard deviation, in the canonical unit of the figure (coverage factor 1)."""

    sd: Decimal


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A standard deviation of the logarithm: 0.05 is about 5 % either way."""

    sigma: Decimal


@dataclass(frozen=True, slots=True)
class Unstated:
    """Nobody said how good the figure is."""


Doubt = Exact | Range | Normal | Lognormal | Unstated


def standard_deviation(doubt: Doubt, value: Decimal) -> Decimal | None:
    """The standard uncertainty of a figure, or None where it is unstated.

    A range counts as rectangular: half its width over √3 (JCGM 100:2008, 4.3.7).
    """
    match doubt:
        case Exact():
            return ZERO
        case Normal(sd):
            return sd
        case Range(low, high):
            return (high - low) / 2 / _SQRT3
        case Lognormal(sigma):
            return abs(value) * ((sigma * sigma).exp() - 1).sqrt()
        case Unstated():
            return None


@dataclass(frozen=True, slots=True)
class Term:
    """One stated doubt inside a computed figure."""

    figure: str
    cause: str
    doubt: Doubt
    value: Decimal
    sensitivity: Decimal

    def reach(self) -> tuple[Decimal, Decimal] | None:
        """How far this term alone can move the result, or None unless it has hard bounds."""
        if isinstance(self.doubt, Exact):
            return ZERO, ZERO
        if not isinstance(self.doubt, Range):
            return None
        ends = sorted(
            (
                self.sensitivity * (self.doubt.low - self.value),
                self.sensitivity * (self.doubt.high - self.value),
            )
        )
        return ends[0], ends[1]


@dataclass(frozen=True, slots=True)
class Spread:
    """The doubt of a computed figure, as terms that remember their figure and their cause."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def of(cls, doubt: Doubt, value: Decimal, figure: str, cause: str = "") -> Spread:
        """The spread of one stated figure; a figure with no cause of its own is its own cause."""
        if isinstance(doubt, Exact):
            return cls()
        return cls((Term(figure, cause or figure, doubt, value, Decimal(1)),))

    def times(self, factor: Decimal) -> Spread:
        """The spread of the figure multiplied by an exact factor."""
        return Spread(tuple(replace(t, sensitivity=t.sensitivity * factor) for t in self.terms))

    def plus(self, other: Spread) -> Spread:
        """The spread of a sum; the same figure met twice is one term, not two."""
        merged: dict[tuple[str, str], Term] = {}
        for term in (*self.terms, *other.terms):
            key = (term.figure, term.cause)
            seen = merged.get(key)
            merged[key] = (
                term
                if seen is None
                else replace(seen, sensitivity=seen.sensitivity + term.sensitivity)
            )
        return Spread(tuple(merged.values()))

    @property
    def unstated(self) -> tuple[str, ...]:
        """The figures whose doubt nobody stated and which still bear on the result, sorted."""
        return tuple(
            sorted(
                {t.figure for t in self.terms if isinstance(t.doubt, Unstated) and t.sensitivity}
            )
        )

    def standard(self) -> Decimal | None:
        """The standard uncertainty, or None while any term is unstated."""
        if self.unstated:
            return None
        by_cause: dict[str, Decimal] = {}
        for term in self.terms:
            sd = standard_deviation(term.doubt, term.value)
            if sd is not None:
                by_cause[term.cause] = by_cause.get(term.cause, ZERO) + term.sensitivity * sd
        return sum((v * v for v in by_cause.values()), ZERO).sqrt()

    def bounds(self) -> tuple[Decimal, Decimal] | None:
        """The least and most the result can move, where every term has hard bounds; else None."""
        low = high = ZERO
        for term in self.terms:
            reach = term.reach()
            if reach is None:
                return None
            low, high = low + reach[0], high + reach[1]
        return low, high

    def resolve(self, assumed: Mapping[str, Doubt]) -> Spread:
        """The spread under named assumptions, one doubt per figure that had none stated."""
        return Spread(
            tuple(
                replace(t, doubt=assumed[t.figure])
                if isinstance(t.doubt, Unstated) and t.figure in assumed
                else t
                for t in self.terms
            )
        )


def total(spreads: Iterable[Spread]) -> Spread:
    """The spread of a sum of figures."""
    result = Spread()
    for spread in spreads:
        result = result.plus(spread)
    return result


def as_written(value_text: str) -> Decimal:
    """Half a unit of the last digit written: of "30" it is 0.5, of "30.0" 0.05, of "1.2e3" 50.

    Trailing zeros of a whole number count as digits written, as they stand.
    """
    exponent = Decimal(value_text).as_tuple().exponent
    if not isinstance(exponent, int):
        message = f"{value_text} is not a finite number"
        raise ValueError(message)  # noqa: TRY004 - a value, not a type, is wrong
    return Decimal(5).scaleb(exponent - 1)
