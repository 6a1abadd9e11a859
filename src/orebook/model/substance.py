"""Elements, compounds, and the exact factors between them.

Every factor comes from standard atomic weights (CIAAW, see tables/elements.csv), in Decimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.model.vocabulary import table

_TOKEN = re.compile(r"([A-Z][a-z]?)(\d*)|(\()|\)(\d*)", re.ASCII)
_ALIASES = {
    "TREO": "sum of rare-earth oxides",
    "REO": "sum of rare-earth oxides",
    "NdPr": "neodymium and praseodymium",
    "NdPrO": "neodymium and praseodymium oxides",
}


class UnknownSubstance(ValueError):
    """Neither an element nor a formula of known elements."""


@cache
def weights() -> dict[str, Decimal]:
    """Element symbol → standard atomic weight in g/mol. Source: CIAAW, per row of the table."""
    return {row["symbol"]: Decimal(row["weight"]) for row in table("elements")}


@cache
def element_names() -> dict[str, str]:
    """Element symbol → English name."""
    return {row["symbol"]: row["name"] for row in table("elements")}


@cache
def atoms(formula: str) -> dict[str, int]:
    """How many atoms of each element one formula unit holds.

    Refuses: UnknownSubstance when the text is not a formula of known elements.
    """
    stack: list[dict[str, int]] = [{}]
    position = 0
    while position < len(formula):
        match = _TOKEN.match(formula, position)
        if match is None:
            raise UnknownSubstance(_unknown(formula))
        position = match.end()
        symbol, count, opening, group = match.groups()
        if symbol:
            if symbol not in weights():
                raise UnknownSubstance(_unknown(formula))
            stack[-1][symbol] = stack[-1].get(symbol, 0) + int(count or 1)
        elif opening:
            stack.append({})
        elif len(stack) > 1:
            for key, value in stack.pop().items():
                stack[-1][key] = stack[-1].get(key, 0) + value * int(group or 1)
        else:
            raise UnknownSubstance(_unknown(formula))
    if len(stack) != 1 or not stack[0] or 0 in stack[0].values():
        raise UnknownSubstance(_unknown(formula))
    return stack[0]


def _unknown(formula: str) -> str:
    return f'"{formula}" is neither an element symbol nor a formula such as Nd2O3'


@dataclass(frozen=True, slots=True)
class Substance:
    """An element or a compound, or a named group (TREO) that has no single factor."""

    formula: str

    @property
    def is_group(self) -> bool:
        """True for sums such as TREO, whose element content needs the basket."""
        return self.formula in _ALIASES

    @property
    def elements(self) -> tuple[str, ...]:
        """The element symbols inside; empty for a group."""
        return () if self.is_group else tuple(atoms(self.formula))

    def factor(self, element: str) -> Decimal:
        """Mass fraction of `element` in this substance (0.857 356 for Nd in Nd2O3); 0 if absent.

        Refuses: UnknownSubstance for a group, whose composition is not a constant.
        Source: standard atomic weights, CIAAW.
        """
        if self.is_group:
            message = f"{self.formula} has no fixed content of {element}"
            raise UnknownSubstance(message)
        inside = atoms(self.formula)
        whole = sum((weights()[e] * n for e, n in inside.items()), Decimal(0))
        return weights()[element] * inside.get(element, 0) / whole


def substance(text: str) -> Substance:
    """The substance of that symbol, formula, or group name.

    Refuses: UnknownSubstance; nothing is guessed from a name in words.
    """
    cleaned = text.strip()
    if cleaned not in _ALIASES:
        atoms(cleaned)
    return Substance(cleaned)


def oxide_to_element(formula: str) -> tuple[str, Decimal]:
    """The one element an oxide is reported for, and its mass fraction.

    Nd2O3 → ("Nd", 0.857 356…). Refuses: UnknownSubstance where it is not an oxide of one element.
    """
    metals = [e for e in atoms(formula) if e != "O"]
    if len(metals) != 1:
        message = f"{formula} is not the oxide of one element"
        raise UnknownSubstance(message)
    return metals[0], Substance(formula).factor(metals[0])


@cache
def ceilings() -> dict[str, dict[str, Decimal]]:
    """Mineral → element → the most that mineral can hold (chalcopyrite: Cu 0.346)."""
    found: dict[str, dict[str, Decimal]] = {}
    for row in table("minerals"):
        pure = {e: Substance(row["formula"]).factor(e) for e in atoms(row["formula"])}
        for name in (row["mineral"], *filter(None, row["aliases"].split("|"))):
            found[name] = pure
    return found
