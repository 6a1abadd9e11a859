"""Documents by digest, and the members of a foreign format carried as written."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref


@dataclass(frozen=True, slots=True)
class Carried:
    """One foreign member: where it stood, its JSON type, and its text as written."""

    ref: Ref
    at: Maybe[str] = None
    type: Maybe[str] = None
    text: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a foreign record holds beyond our words, so that it goes out as it came in."""

    ref: Ref
    format: Maybe[str] = None
    members: Maybe[tuple[Carried, ...]] = None
    free: Maybe[tuple[Carried, ...]] = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was captured or cited. Attributes: kind `document`.

    The digest is sealed by default: the digest of a guessable value can be guessed.
    """

    ref: Ref
    id: str
    name: Maybe[str] = None
    media_type: Maybe[str] = None
    size: Maybe[int] = None
    sha256: Maybe[str] = None
    format: Maybe[str] = None
    envelope: Maybe[tuple[Carried, ...]] = None
    withheld: Maybe[tuple[Carried, ...]] = None
    proof: Maybe[str] = None
    status: Maybe[str] = None
    facts: Maybe[int] = None
    note: Maybe[str] = None
