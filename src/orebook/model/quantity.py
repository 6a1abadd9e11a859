"""Quantities whose dimension and basis are in the type: wet, dry and contained do not add.

Values are Decimal in the canonical unit (kilogram, fraction of one); what was written, its unit and
its digits are kept for display and tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from orebook.model.uncertainty import Doubt, Exact, Spread


class BasisMismatch(TypeError):
    """Two quantities that are not of one basis were put together."""


NO_DOUBT = Spread()


@dataclass(frozen=True, slots=True)
class Written:
    """A figure as it was written: its digits and its unit."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure in its canonical unit with its spread."""

    value: Decimal
    spread: Spread = NO_DOUBT
    written: Written | None = None

    def __post_init__(self) -> None:
        if not self.value.is_finite():
            message = "a quantity is a finite number"
            raise ValueError(message)

    def _same(self, other: Self) -> None:
        if type(self) is not type(other):
            message = f"{type(self).__name__} and {type(other).__name__} do not add"
            raise BasisMismatch(message)

    def __add__(self, other: Self) -> Self:
        self._same(other)
        return replace(
            self,
            value=self.value + other.value,
            spread=self.spread.plus(other.spread),
            written=None,
        )

    def __sub__(self, other: Self) -> Self:
        return self + other.times(Decimal(-1))

    def times(self, factor: Decimal) -> Self:
        """The quantity multiplied by an exact factor."""
        return replace(
            self, value=self.value * factor, spread=self.spread.times(factor), written=None
        )


@dataclass(frozen=True, slots=True)
class Fraction(Quantity):
    """A fraction of one: a grade, a moisture, a share."""


@dataclass(frozen=True, slots=True)
class Mass(Quantity):
    """A mass in kilograms whose basis nobody stated. It joins no sum and holds no metal yet.

    Naming the basis is the caller's visible act: `as_wet()`, `as_dry()`.
    """

    @property
    def basis(self) -> str:
        """wet, dry, contained or unstated."""
        return "unstated"

    def as_wet(self) -> WetMass:
        """The same figure under the named assumption that it is wet."""
        return WetMass(self.value, self.spread, self.written)

    def as_dry(self) -> DryMass:
        """The same figure under the named assumption that it is dry."""
        return DryMass(self.value, self.spread, self.written)

    def _same(self, other: Self) -> None:
        if type(self) is Mass:
            message = "masses of unstated basis do not add"
            raise BasisMismatch(message)
        Quantity._same(self, other)  # noqa: SLF001 - slots dataclasses break zero-argument super


@dataclass(frozen=True, slots=True)
class WetMass(Mass):
    """A mass as it lies, moisture included, in kilograms."""

    @property
    def basis(self) -> str:
        """Always wet."""
        return "wet"

    def dry(self, moisture: Fraction) -> DryMass:
        """Dry mass = wet mass × (1 − moisture); moisture is a fraction of wet mass.

        Source: ISO 10251:2006 (definition of moisture content).
        """
        kept = 1 - moisture.value
        spread = self.spread.times(kept).plus(moisture.spread.times(-self.value))
        return DryMass(self.value * kept, spread)


@dataclass(frozen=True, slots=True)
class DryMass(Mass):
    """A mass without moisture, in kilograms."""

    @property
    def basis(self) -> str:
        """Always dry."""
        return "dry"

    def contained(self, grade: Fraction, of: str) -> ContainedMass:
        """The mass of `of` inside: dry mass × grade on dry basis, in kilograms."""
        spread = self.spread.times(grade.value).plus(grade.spread.times(self.value))
        return ContainedMass(self.value * grade.value, spread, None, of)


@dataclass(frozen=True, slots=True)
class ContainedMass(Mass):
    """The mass of one element or compound inside a lot, in kilograms."""

    of: str = ""

    @property
    def basis(self) -> str:
        """Always contained."""
        return "contained"

    def _same(self, other: Self) -> None:
        Quantity._same(self, other)  # noqa: SLF001 - slots dataclasses break zero-argument super
        if self.of != other.of:
            message = f"contained {self.of} and contained {other.of} do not add"
            raise BasisMismatch(message)


@dataclass(frozen=True, slots=True)
class Money(Quantity):
    """An amount in one currency (ISO 4217)."""

    currency: str = ""

    def _same(self, other: Self) -> None:
        Quantity._same(self, other)  # noqa: SLF001 - slots dataclasses break zero-argument super
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} do not add"
            raise BasisMismatch(message)


def exactly(value: Decimal | int | str) -> Fraction:
    """A fraction without doubt, for definitions and tests."""
    return Fraction(Decimal(value), Spread.of(Exact(), Decimal(value), ""))


_MASS = {"wet": WetMass, "dry": DryMass, "unstated": Mass}


def mass(
    value: Decimal, basis: str, doubt: Doubt, figure: str, cause: str = "", of: str = ""
) -> Mass:
    """A mass in kilograms of the named basis. Refuses: ValueError for another word."""
    spread = Spread.of(doubt, value, figure, cause)
    if basis == "contained" and of:
        return ContainedMass(value, spread, None, of)
    if basis not in _MASS:
        message = f'basis is wet, dry, contained (with its substance) or unstated, not "{basis}"'
        raise ValueError(message)
    return _MASS[basis](value, spread)
