"""Names of properties in words: a claim's `party_pakistan` reads *party for Pakistan*."""

from __future__ import annotations

import re
from functools import cache

from orebook.model.vocabulary import table


@cache
def topic_text(topic: str) -> str:
    """A property's name in words, names of countries spelt as names.

    Source: tables/property_labels.csv, the first row that fits; else the name, its words apart.
    """
    for pattern, label in _labels():
        if match := pattern.fullmatch(topic):
            rest = _words(match[1]) if match.groups() else ""
            return label.replace("*", rest)
    return _words(topic)


@cache
def _labels() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.escape(row["property"]).replace(r"\*", "(.+)")), row["label"])
        for row in table("property_labels")
    )


def _words(text: str) -> str:
    return " ".join(_names().get(word, word) for word in text.split("_"))


@cache
def _names() -> dict[str, str]:
    """Words that are written as names: countries of one word, and a few short forms."""
    countries = {r["name"].casefold(): r["name"] for r in table("countries")}
    more = {"mou": "MoU", "mous": "MoUs", "us": "the US", "hs": "HS", "usgs": "USGS",
            "eiti": "EITI", "exim": "EXIM", "balochistan": "Balochistan"}  # fmt: skip
    return {name: spelt for name, spelt in countries.items() if " " not in name} | more
