"""Signs that material only passed through: flags for somebody who looks, and never an origin.

A flag changes no verdict and no share. Each comes from what the facts say of places, and from the
known output of countries; no country is named in here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.rules.plausible import Limit, tonnes_text

KINDS = {
    "export country": "the country it was exported from is none of its mines'",
    "stated origin": "a paper names a country of origin that is none of its mines'",
    "passing place": "it passed a place in a country where nothing was mined or made of it",
    "beyond known output": "more left a country than it is known to mine",
    "no known output": "it left a country that no statistics name as a mine of it",
}
# Kinds of places through which material passes, rather than in which it is made.
PASSING = frozenset({"port", "border", "free_zone", "warehouse"})


@dataclass(frozen=True, slots=True)
class Flag:
    """One sign: its kind, what it is about (a shipment, event, paper, or a country and year)."""

    kind: str
    about: str
    country: str
    words: str
    entry: str = ""
    source: str = ""

    def as_json(self) -> dict[str, str | None]:
        """Plain members."""
        return {
            "kind": self.kind,
            "about": self.about,
            "country": self.country,
            "words": self.words,
            "entry": self.entry or None,
            "source": self.source or None,
        }


@dataclass(frozen=True, slots=True)
class Leg:
    """One thing said of the way of a lot: who says it, what it is about, and which country.

    `what` is `export` (a shipment leaves), `paper` (a country of origin on a paper) or `passing`
    (an event in a place of a `kind`).
    """

    what: str
    about: str
    country: str
    kind: str = ""
    entry: str = ""


def route_flags(
    legs: Iterable[Leg], mines: Collection[str], made: Collection[str], goes: Collection[str]
) -> Iterator[Flag]:
    """The flags on the way of one lot.

    Takes: the countries of its mines, of every step made of it, and where it goes. Unknown: where
    no mine's country is known, nothing differs from it.
    """
    if not mines:
        return
    home = ", ".join(sorted(mines))
    for leg in legs:
        if leg.what == "export" and leg.country not in mines:
            words = f"{leg.about} leaves {leg.country}; its mines are in {home}"
            if leg.country in made:
                words += f", and something was made of it in {leg.country}"
            yield Flag("export country", leg.about, leg.country, words, leg.entry)
        elif leg.what == "paper" and leg.country not in mines:
            words = f"{leg.about} names {leg.country} as its origin; its mines are in {home}"
            yield Flag("stated origin", leg.about, leg.country, words, leg.entry)
        elif leg.what == "passing" and leg.country not in {*mines, *made, *goes}:
            where = leg.kind.replace("_", " ") or "place"
            words = f"{leg.about} passes a {where} in {leg.country}, where nothing was made of it"
            yield Flag("passing place", leg.about, leg.country, words, leg.entry)


def export_flags(
    left: Mapping[tuple[str, str, int], tuple[Decimal, int]],
    known: Mapping[tuple[str, str, int], Limit],
    told: Mapping[str, str],
) -> Iterator[Flag]:
    """The flags on what left each country of a material in a year, largest excess first.

    Takes: (country, material, year) → least kilograms and number of lots; the known outputs; the
    materials of which outputs are known, with their source. Unknown: a material nobody has outputs
    of raises no flag.
    """
    over: list[tuple[Decimal, Flag]] = []
    for (country, material, year), (kg, lots) in left.items():
        about = f"{country} {year} {material}"
        limit = known.get((country, material, year))
        lots_ = f"{lots} lot{'' if lots == 1 else 's'}"
        said = f"{lots_} with {tonnes_text(kg)} t of {material} left {country} in {year}"
        if limit is not None and kg > limit.kg:
            words = f"{said}, and {limit.what} is {tonnes_text(limit.kg)} t"
            flag = Flag("beyond known output", about, country, words, "", limit.source)
            over.append((kg - limit.kg, flag))
        elif limit is None and material in told:
            words = f"{said}, and no output of {country} is known"
            flag = Flag("no known output", about, country, words, "", told[material])
            over.append((kg, flag))
    for _, flag in sorted(over, key=lambda pair: (-pair[0], pair[1].about)):
        yield flag
