"""The tables of the model as values: words, stages, event kinds. The tables are the truth."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


def table(name: str) -> Iterator[dict[str, str]]:
    """Every row of `tables/NAME.csv`, by column name."""
    text = (files("orebook.model") / "tables" / f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


@dataclass(frozen=True, slots=True)
class EventKind:
    """What one kind of event does and what it conserves.

    `dry_mass` and `elements` are `conserved` (in = out), `open` (reagents, off-gas or reactions
    are not recorded, so nothing can be checked), `identity` (the lot goes through unchanged),
    `none` (material enters the chain) or `unknown` (what was done is not known).
    """

    kind: str
    stage: str
    dry_mass: str
    elements: str
    epcis_type: str
    epcis_biz_step: str
    description: str


@cache
def event_kinds() -> dict[str, EventKind]:
    """Every event kind by name. Source: tables/event_kinds.csv."""
    names = EventKind.__slots__
    return {row["kind"]: EventKind(**{n: row[n] for n in names}) for row in table("event_kinds")}


@cache
def stages() -> dict[str, int]:
    """Stage → its order in the chain. One vocabulary for lots, statistics and rules."""
    return {row["stage"]: int(row["order"]) for row in table("stages")}


@cache
def words(vocabulary: str) -> dict[str, str]:
    """Word → its meaning, for one closed vocabulary; an unknown vocabulary raises KeyError."""
    if vocabulary == "event_kind":
        return {k.kind: k.description for k in event_kinds().values()}
    if vocabulary == "stage":
        return {row["stage"]: row["description"] for row in table("stages")}
    if vocabulary == "contract_term":
        return {row["key"]: row["label"] for row in table("contract_terms")}
    rows = {r["word"]: r["description"] for r in table("words") if r["vocabulary"] == vocabulary}
    if not rows:
        raise KeyError(vocabulary)
    return rows
