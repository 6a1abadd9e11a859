"""Parties: organisations and offices that own, make, move, sign and say."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.quantity import Fraction
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Shareholding:
    """An organisation that holds shares of another, and the share where it is told."""

    ref: Ref
    holder: Maybe[str] = None
    share: Maybe[Fraction] = None
    votes: Maybe[str] = None
    on: Maybe[When] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation or an office. Attributes: tables/attributes.csv, kind `party`."""

    ref: Ref
    id: str
    name: Maybe[str] = None
    kind: Maybe[str] = None
    country: Maybe[str] = None
    identifiers: Maybe[tuple[str, ...]] = None
    shareholders: Maybe[tuple[Shareholding, ...]] = None
    note: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Book:
    """What the first entry of a book says of it. Attributes: kind `book`."""

    ref: Ref
    id: str
    title: Maybe[str] = None
    operator: Maybe[str] = None
    jurisdiction: Maybe[str] = None
    contact: Maybe[str] = None
    log_key: Maybe[str] = None
