"""Claims as the rules read them: what is said of what, by whom, when, and whom the source "
"repeats."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from orebook.engines.evidence.reading import Dated, Spanned, has, words
from orebook.model.claim import Relation
from orebook.model.when import When

FAMILIES = (
    "meaning",
    "party",
    "scope",
    "description",
    "state",
    "place",
    "forecast",
    "statement",
    "text",
    "money",
    "share",
    "whole",
    "single",
)
# How much a way of speaking weighs where one account must be put first, and nowhere else.
_STANDING = {"official": 3, "reported": 2, "denied": 1, "claimed": 1}


_TONNES = {
    "t": Decimal(1),
    "tonne": Decimal(1),
    "tonnes": Decimal(1),
    "ton": Decimal(1),
    "tons": Decimal(1),
    "mt": Decimal(10) ** 6,
    "kt": Decimal(1000),
    "kg": Decimal("0.001"),
    "g": Decimal("0.000001"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One claim, read. `roots` are the sources it goes back to in the end, relays collapsed."""

    id: str
    ref: str
    subject: str
    topic: str
    text: str
    unit: str
    standing: str
    note: str
    source: str
    publisher: str
    dated: When | None
    roots: tuple[str, ...]
    absent: bool
    relations: tuple[Relation, ...] = ()
    tokens: tuple[str, ...] = ()
    families: frozenset[str] = frozenset()
    figure: Decimal | None = None
    figures: tuple[Spanned, ...] = ()
    days: tuple[Dated, ...] = ()
    place: int = field(default=0, compare=False)

    @property
    def weight(self) -> int:
        """How much its way of speaking weighs: official over reported over a party's own word."""
        return _STANDING.get(self.standing, 0)

    @property
    def plain(self) -> str:
        """The value in one spelling, for comparison."""
        return " ".join(self.text.casefold().split())


def content(said: Said) -> frozenset[str]:
    """The content words of a value."""
    return frozenset(words(said.text))


def by_subject(every: Iterable[Said]) -> dict[str, list[Said]]:
    """Statements by what they are about, in the order first met."""
    found: dict[str, list[Said]] = {}
    for one in every:
        found.setdefault(one.subject, []).append(one)
    return found


def chains(group: Iterable[Said]) -> int:
    """How many independent sources stand behind those statements, relays collapsed."""
    return len({root for one in group for root in one.roots})


def span(said: Said) -> Spanned | None:
    """The one figure, or the range, a statement gives."""
    if said.figure is not None:
        low = bool(has(f"{said.text} {said.note}", "bound"))
        return Spanned(said.figure, said.figure, low)
    return said.figures[0] if len(said.figures) == 1 else None


def tonnes(unit: str) -> Decimal | None:
    """Tonnes in one unit of mass, a rate's time left aside; None for any other unit."""
    return _TONNES.get(re.split(r"[/ ]", unit.strip().casefold())[0])
