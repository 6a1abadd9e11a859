"""A flow as a product of stated figures: what the arithmetic of a balance works on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.model.finding import Missing
from orebook.model.quantity import Quantity

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Factor:
    """One stated figure in a product: itself, or one minus itself, to the power 1 or −1."""

    figure: str
    what: str
    lot: str
    quantity: Quantity
    complement: bool = False
    power: int = 1
    state: str = "known"
    bound: bool = False
    source: str = ""

    @property
    def term(self) -> Decimal:
        """The number that is multiplied or divided by."""
        return ONE - self.quantity.value if self.complement else self.quantity.value


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one flow brings of one component; `factors` is None where it is not known.

    `mass` bounds it from above where the rest is unknown. `settled` is False while a basis is
    unstated; `ceiling_holds` is False where even the as-if-dry figure is no upper bound.
    """

    side: str
    index: int
    lot: str
    label: str
    constant: Decimal = ONE
    factors: tuple[Factor, ...] | None = None
    mass: Factor | None = None
    settled: bool = True
    ceiling_holds: bool = True
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    mineral: str = ""

    @property
    def sign(self) -> int:
        """+1 for what comes out, −1 for what goes in."""
        return 1 if self.side == "out" else -1

    @property
    def name(self) -> str:
        """in/0, out/1."""
        return f"{self.side}/{self.index}"
