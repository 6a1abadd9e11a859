"""Who holds what: values opened or erased, and the keys of parties. Stated by acts alone."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.when import When

# Reads leaves alone: nothing sealed is opened for it. It is no party, and nothing is kept for it.
NOBODY = "\0nobody"


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
class Hidden:
    """One hidden value of a fact as its keeper knows it: where it stands and who it is for.

    `at` is its JSON pointer, empty where nobody here can tell which value it is. `text` is the
    disclosure where it can be opened here. `gone` is the day and ground of its erasure, `opened`
    the position of the entry that revealed it to everyone.
    """

    at: str
    digest: str
    audiences: tuple[str, ...] = ()
    text: str | None = None
    gone: tuple[str, str] | None = None
    opened: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A disclosure to be kept for one audience: its digest, who may read it, its text."""

    digest: str
    audience: str
    text: str


@dataclass(frozen=True, slots=True)
class PartyKey:
    """A key of a party: registered by entry `since`, ended by entry `until` where it has ended.

    `vouched` is `operator` or `earlier key`; `ended` is empty, `replaced` or `revoked`.
    """

    party: str
    kid: str
    public: bytes
    since: int
    vouched: str
    until: int | None = None
    ended: str = ""

    def holds(self, position: int) -> bool:
        """Whether it may sign the entry at that position."""
        return self.since < position and (self.until is None or position <= self.until)


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
