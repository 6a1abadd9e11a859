"""Parties: organisations and offices that own, make, move, sign and say."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation or an office. Attributes: tables/attributes.csv, kind `party`."""

    ref: Ref
    id: str
    name: Maybe[str] = None
    kind: Maybe[str] = None
    country: Maybe[str] = None
    identifiers: Maybe[tuple[str, ...]] = None
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
