"""The attributes of every kind of fact, as tables/attributes.csv lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.model.vocabulary import table

ID_MAX = 512
TEXT_MAX = 20_000
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a kind: its type, unit, where it lies (clear, public shelf, sealed)."""

    kind: str
    name: str
    type: str
    required: bool
    unit: str
    shelf: str
    description: str
    source: str


@cache
def shapes() -> dict[str, dict[str, Attribute]]:
    """Kind or nested record → attribute name → its description. Source: tables/attributes.csv."""
    found_shapes: dict[str, dict[str, Attribute]] = {}
    for row in table("attributes"):
        found_shapes.setdefault(row["kind"], {})[row["attribute"]] = Attribute(
            row["kind"],
            row["attribute"],
            row["type"],
            row["required"] == "yes",
            row["unit"],
            row["shelf"],
            row["description"],
            row["source"],
        )
    return found_shapes


def decimal(text: object) -> Decimal | None:
    """The decimal a canonical body holds as text, or None if it is not one. Never a float."""
    if isinstance(text, str) and _DECIMAL.fullmatch(text):
        return Decimal(text)
    return None
