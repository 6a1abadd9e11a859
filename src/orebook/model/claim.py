"""Claims and the sources that make or repeat them; replies and notices stand beside them."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Relay:
    """A source that another repeats: stated by the article, or inferred by us."""

    ref: Ref
    source: Maybe[str] = None
    basis: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Source:
    """An article, release or record. Attributes: tables/attributes.csv, kind `source`."""

    ref: Ref
    id: str
    title: Maybe[str] = None
    publisher: Maybe[str] = None
    date: Maybe[When] = None
    url: Maybe[str] = None
    relays: Maybe[tuple[Relay, ...]] = None
    document: Maybe[str] = None
    checked: Maybe[tuple[str, ...]] = None
    note: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Relation:
    """How one claim stands to another: it supports, contradicts, corrects, denies it and so on.

    `scope` says how much of the other it reaches, as for a denial of a part.
    """

    ref: Ref
    kind: Maybe[str] = None
    claim: Maybe[str] = None
    scope: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Subject, property, value or absence, and the source that says it. Kind `claim`.

    `standing` is how the source says it (claimed, reported, official, denied, not found); the
    status of a claim is computed by rule elsewhere and never typed in.
    """

    ref: Ref
    id: str
    subject: Maybe[str] = None
    about: Maybe[tuple[str, ...]] = None
    property: Maybe[str] = None
    value: Maybe[str] = None
    unit: Maybe[str] = None
    source: Maybe[str] = None
    standing: Maybe[str] = None
    speaker: Maybe[str] = None
    locator: Maybe[str] = None
    when: Maybe[When] = None
    relations: Maybe[tuple[Relation, ...]] = None
    note: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A named party's answer; it stands beside the claim at the same size. Kind `reply`."""

    ref: Ref
    id: str
    to: Maybe[tuple[str, ...]] = None
    party: Maybe[str] = None
    when: Maybe[When] = None
    text: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A party was asked on a day; without a reply it reads "asked on D, no answer recorded"."""

    ref: Ref
    id: str
    to: Maybe[str] = None
    about: Maybe[tuple[str, ...]] = None
    when: Maybe[When] = None
    text: Maybe[str] = None
