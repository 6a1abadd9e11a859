"""A project and its terms as the fiscal engine takes them.

A number is a decimal, as JSON number or text. A term nobody has published is `"unknown"`, and
`ranges` says over what it runs; nothing is guessed and nothing has a silent default. Every fault is
named with its JSON pointer. The form is in docs/reference/fiscal.md and case.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

FACTORS = ("price", "grade", "operating_cost", "capital", "delay_years")
LAST_YEARS = 200
LAST_DELAY = 40


@dataclass(frozen=True, slots=True)
class Levy:
    """A royalty, surcharge or export duty: flat, sliding in steps, or by the unit."""

    name: str
    kind: str
    base: str = "gross"
    measure: str = ""
    steps: int = 0
    deductible: bool = True
    creditable: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """Money owed whatever the profit: named amounts, a step by price, a share above a price."""

    name: str
    kind: str
    amounts: tuple[Decimal, ...] = ()
    steps: int = 0
    deductible: bool = True


@dataclass(frozen=True, slots=True)
class Advance:
    """Payments before production; creditable where later royalties are reduced by them."""

    amounts: tuple[Decimal, ...]
    creditable: bool


@dataclass(frozen=True, slots=True)
class Tax:
    """Income tax: how capital is deducted and how long losses live (None: for ever, 0: not)."""

    method: str
    from_production: bool
    carry_forward: int | None


@dataclass(frozen=True, slots=True)
class Equity:
    """A state holding: free, paid, carried or loan (`years` of repayment)."""

    kind: str
    years: int = 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number of the case: its value, or the bounds it runs between while nobody stated it."""

    low: Decimal
    high: Decimal
    known: bool = True
    whole: bool = False
    mode: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A project under terms. `leaves` are the numbers by pointer, `series` the yearly ones."""

    id: str
    title: str
    money: str
    years: int
    first_year: int
    first_period: Decimal
    discount_rate: str
    series: Mapping[str, tuple[Decimal, ...]]
    leaves: Mapping[str, Leaf]
    levies: tuple[Levy, ...] = ()
    payments: tuple[Payment, ...] = ()
    advance: Advance | None = None
    tax: Tax | None = None
    sharing: int | None = None
    equity: tuple[Equity, ...] = ()
    first_production: int = 0
    seed: int = 20251002
    draws: int = 10_000
    sources: tuple[str, ...] = field(default=())

    @property
    def unknown(self) -> tuple[str, ...]:
        """Pointers of the terms (and discount rate) nobody stated, in the order of the case."""
        return tuple(
            p for p, leaf in self.leaves.items() if not (leaf.known or p.startswith("/factors/"))
        )

    @property
    def doubted(self) -> tuple[str, ...]:
        """Pointers of price, grade, cost and delay factors that are given as a range."""
        return tuple(
            p for p, leaf in self.leaves.items() if not leaf.known and p.startswith("/factors/")
        )

    @property
    def delayed(self) -> bool:
        """Whether first production may come later than the profile says."""
        leaf = self.leaves["/factors/delay_years"]
        return leaf.high > 0
