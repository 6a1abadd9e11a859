"""The yardsticks as values: items of the EITI Standard 2023 and keys of the public contract "
"list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from orebook.model.vocabulary import table

LIMITS = (
    "EITI Standard 2023, items that bear on one deal. It is a yardstick here: it binds "
    "countries that "
    "implement it, only what it requires counts in validation, and a memorandum may lie outside "
    "2.4. "
    "No grade is computed."
)
KEYS_LIMITS = (
    "Terms by the keys of the public contract list (ResourceContracts): the 49 of its check list, "
    "as its source code of 15 May 2024 has it; beside it, those that move what each side gets or "
    "that the agreement speaks of. It was made for readers of contracts; no law asks for it."
)
# The course of a deal: what is due at one of these is not asked before it.
STAGES = (
    "memorandum",
    "contract",
    "licence",
    "exploration",
    "construction",
    "production",
    "export",
)
_OF_INSTRUMENT = {
    "memorandum": "memorandum",
    "contract": "contract",
    "offtake": "contract",
    "loan": "contract",
    "treaty": "contract",
    "licence": "licence",
    "statute": "licence",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the standard: what it asks, how binding its words are, from which stage on."""

    item: str
    title: str
    level: str
    due: str
    asks: str
    evidence: tuple[str, ...]
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the contract list, the item it serves, and how much it moves what each side "
    "gets."""

    key: str
    label: str
    group: str
    listed: bool
    item: str
    due: str
    weight: int


@cache
def items() -> tuple[Item, ...]:
    """Every item. Source: tables/disclosure_items.csv, which says where each was read."""
    return tuple(
        Item(
            r["item"],
            r["title"],
            r["level"],
            r["due"],
            r["asks"],
            tuple(r["evidence"].split()),
            r["basis"],
            r["source"],
        )
        for r in table("disclosure_items")
    )


@cache
def keys() -> dict[str, Key]:
    """Every key by name. Source: tables/contract_terms.csv."""
    return {
        r["key"]: Key(
            r["key"],
            r["label"],
            r["group"],
            r["checklist"] == "yes",
            r["item"],
            r["due"],
            int(r["weight"]),
        )
        for r in table("contract_terms")
    }


def stage_of(instrument: str | None) -> str:
    """The stage an instrument stands at by its kind; a memorandum where the kind is not known."""
    return _OF_INSTRUMENT.get(instrument or "", "memorandum")
