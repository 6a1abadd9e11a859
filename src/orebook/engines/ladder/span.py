"""A figure between two bounds, and the steps between such figures.

Every figure enters a ladder once and every step is monotone, so the ends of the result belong to
ends of the figures: the bounds are exact for independent figures, and sound for any others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """A figure from `low` to `high`; a single figure has both alike."""

    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, value: Decimal | int | str) -> Span:
        """A single figure."""
        one = Decimal(value)
        return cls(one, one)

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Span) -> Span:
        return Span(self.low - other.high, self.high - other.low)

    def times(self, other: Span) -> Span:
        """The product; the other is not negative."""
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Span(min(ends), max(ends))

    def over(self, whole: Decimal) -> Span:
        """Divided by one positive figure."""
        return Span(self.low / whole, self.high / whole)


ONE = Span.of(1)
NOTHING = Span.of(0)
