"""What rare earths the known source minerals hold, in what proportions, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orebook.model.substance import oxide_to_element
from orebook.model.vocabulary import table

_TOLD = ("basket", "mineral", "place", "varies_percent", "standing", "source")


@dataclass(frozen=True, slots=True)
class Basket:
    """The rare earths of one deposit's mineral: mass of each element in the oxides' whole.

    `oxides` are the percentages of all oxides as the source gives them, `elements` the fractions of
    that mass each element is (exact factors); what the source leaves open is in neither. `varies`
    is the relative standard deviation that each share is granted within a deposit: no source states
    one, so it is an assumption, and said to be. `standing` tells how the row was typed: `read` from
    the source itself, `quoted` from a public copy of its figures that names it, or `recalled`.
    """

    name: str
    mineral: str
    place: str
    oxides: Mapping[str, Decimal]
    elements: Mapping[str, Decimal]
    varies: Decimal
    standing: str
    source: str


@cache
def baskets() -> tuple[Basket, ...]:
    """The baskets that come with the program. Source: tables/baskets.csv, a source in each row."""
    return tuple(_basket(row) for row in table("baskets"))


def _basket(row: Mapping[str, str]) -> Basket:
    oxides = {name: Decimal(text) for name, text in row.items() if name not in _TOLD and text}
    elements = {}
    for name, share in oxides.items():
        element, factor = oxide_to_element(name)
        elements[element] = share / 100 * factor
    return Basket(
        row["basket"], row["mineral"], row["place"], oxides, elements,
        Decimal(row["varies_percent"]) / 100, row["standing"], row["source"],
    )  # fmt: skip
