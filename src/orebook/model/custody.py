"""Who holds what: values opened or erased, and the keys of parties. Stated by acts alone."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Reveal:
    """A sealed value opened to everyone: the disclosures that hash to digests in an earlier leaf.

    It can never be erased again. `of` is the fact, `at` the JSON pointer of the value in it.
    """

    ref: Ref
    id: str
    of: Maybe[str] = None
    at: Maybe[str] = None
    disclosures: Maybe[tuple[str, ...]] = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """A value that is gone: its leaf and every proof stay, the disclosure is deleted."""

    ref: Ref
    id: str
    of: Maybe[str] = None
    at: Maybe[str] = None
    digests: Maybe[tuple[str, ...]] = None
    how: Maybe[str] = None
    when: Maybe[When] = None
    basis: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a party, from the entry that states it. Whether it holds is the registry's word."""

    ref: Ref
    id: str
    party: Maybe[str] = None
    public_key: Maybe[str] = None
    possession: Maybe[str] = None
    replaces: Maybe[str] = None
    endorsed_by: Maybe[str] = None
    endorsement: Maybe[str] = None
    reason: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key that ends at the entry that states it, by itself or by the operator."""

    ref: Ref
    id: str
    key: Maybe[str] = None
    party: Maybe[str] = None
    signature: Maybe[str] = None
    reason: Maybe[str] = None
