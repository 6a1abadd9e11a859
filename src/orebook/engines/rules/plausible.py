"""Is so much plausible? What lots claim to have been mined against what is known of the place.

A sum over all lots of a mine, its holder or its country in a year is held against a capacity or a
known output. What lies above it came from somewhere else, or the figure held against it is old:
which lots it is nobody can tell, so every lot of the sum shares the doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orebook.model.statistic import ZERO

Level = Literal["mine", "holder", "country"]
LEVELS: tuple[Level, ...] = ("mine", "holder", "country")
KG_PER_T = Decimal(1000)
# What is summed: at which level, of whom or what, which material, in which year.
Group = tuple[Level, str, str, int]


@dataclass(frozen=True, slots=True)
class Mined:
    """What one step of mining brought: at least `low_kg` of a material, `high_kg` at most.

    `step` is the event, or the lot where only its own statement says so. `among` are all events
    that made the lot where nobody says how much of it each brought: the figures are then of the
    whole lot. None: not known.
    """

    step: str
    lot: str
    mine: str | None
    holder: str | None
    country: str | None
    year: int | None
    material: str
    low_kg: Decimal
    high_kg: Decimal | None
    among: frozenset[str] = frozenset()

    def at(self, level: Level) -> str | None:
        """The mine, holder or country."""
        return {"mine": self.mine, "holder": self.holder, "country": self.country}[level]

    def group(self, level: Level) -> Group | None:
        """The sum it belongs to at that level; None where its place or year is not known."""
        name = self.at(level)
        known = name is not None and self.year is not None
        return (level, str(name), self.material, int(self.year or 0)) if known else None


@dataclass(frozen=True, slots=True)
class Unit:
    """What one mining event, or one lot that states its mine, brought.

    `at` is its place among the units; `walked` are the lots that were looked at for it.
    """

    id: str
    stated: bool
    at: tuple[int, int, str]
    mined: tuple[Mined, ...]
    walked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that is known to come from somewhere in a year, in kilograms, and who says so."""

    kg: Decimal
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Sum:
    """All lots of one place and year: how much they claim, and how that stands to what is known.

    `kind` is `explained` (all of it fits), `unexplained excess` (even the least is too much) or
    `cannot be told`. `excess_kg` is the least that has to come from elsewhere.
    """

    level: Level
    name: str
    year: int
    material: str
    steps: tuple[str, ...]
    low_kg: Decimal
    high_kg: Decimal | None
    limit: Limit | None

    @property
    def excess_kg(self) -> Decimal:
        """What even the least claimed is above the limit."""
        return max(self.low_kg - self.limit.kg, ZERO) if self.limit is not None else ZERO

    @property
    def kind(self) -> str:
        """The class of origin."""
        if self.limit is None:
            return "cannot be told"
        if self.excess_kg > 0:
            return "unexplained excess"
        fits = self.high_kg is not None and self.high_kg <= self.limit.kg
        return "explained" if fits else "cannot be told"

    def words(self) -> str:
        """The excess in a sentence; empty where there is none."""
        if self.limit is None or self.excess_kg <= 0:
            return ""
        share = self.excess_kg / self.low_kg
        claimed, most = tonnes_text(self.low_kg), tonnes_text(self.limit.kg)
        return (
            f"{len(self.steps)} lots claim {claimed} t of {self.material} from {self.name}"
            f" in {self.year}, and {self.limit.what} is {most} t: at least"
            f" {share:.0%} came from elsewhere or is not known of"
        )


def tonnes_text(kg: Decimal) -> str:
    """Kilograms as tonnes, in words."""
    tonnes = kg / KG_PER_T
    return f"{tonnes:,.0f}" if tonnes >= 100 else f"{tonnes.quantize(Decimal('0.001')):f}"


def sums(mined: Iterable[Mined], limits: Mapping[Group, Limit]) -> tuple[Sum, ...]:
    """Each mine, holder and country with each year and material, largest excess first.

    Unknown: what has no year or place joins no sum; a sum without a limit cannot be told.
    """
    groups: dict[Group, list[Mined]] = {}
    for one in mined:
        for level in LEVELS:
            if (group := one.group(level)) is not None:
                groups.setdefault(group, []).append(one)
    return summed(groups, limits)


def summed(
    groups: Mapping[Group, Sequence[Mined]], limits: Mapping[Group, Limit]
) -> tuple[Sum, ...]:
    """The same of groups that are whole, each in the order of the record."""
    found = []
    for (level, name, material, year), members in groups.items():
        low, high = _total(members)
        found.append(
            Sum(
                level,
                name,
                year,
                material,
                tuple(sorted({one.step for one in members})),
                low,
                high,
                limits.get((level, name, material, year)),
            )
        )
    return tuple(sorted(found, key=lambda s: (-s.excess_kg, s.level, s.name, s.year, s.material)))


def _total(members: Sequence[Mined]) -> tuple[Decimal, Decimal | None]:
    """The least and most they brought together.

    A lot that several events made counts once, at least where all of them belong here.
    """
    here = {one.step for one in members}
    low, high = ZERO, ZERO
    bounded = True
    shared: set[str] = set()
    for one in members:
        if one.among:
            if one.lot in shared:
                continue
            shared.add(one.lot)
        if one.among <= here:
            low += one.low_kg
        bounded = bounded and one.high_kg is not None
        high += one.high_kg or ZERO
    return low, high if bounded else None


def doubts(found: Iterable[Sum]) -> dict[str, str]:
    """Step → why its origin is in doubt: it belongs to a sum with an unexplained excess."""
    told: dict[str, str] = {}
    for one in found:
        if words := one.words():
            for step in one.steps:
                told.setdefault(step, words)
    return told
