"""The sealed unit: a signed statement by a party that carries facts of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Body = dict[str, object]


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Where a fact stands: the leaf hash of its entry (hex), its number in it, its log position."""

    leaf: str
    index: int
    position: int

    def text(self) -> str:
        """The reference other entries use: leaf hash, `#`, number of the fact."""
        return f"{self.leaf}#{self.index}"


OWNER = "owner"
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Seal:
    """A value to be sealed, at a JSON pointer inside its fact, and for whom.

    An audience is a party's identifier, `owner` (who keeps the book) or `public` (the public
    shelf). Only those named can read it: the owner too must be named.
    """

    at: str
    audience: tuple[str, ...] = (OWNER,)


Seals = tuple[str | Seal, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement not yet sealed: facts of one kind that some party is about to make.

    `seal` maps a fact number to what the sender wants sealed inside that fact, beyond what the
    attribute tables seal by default: a JSON pointer (for the owner) or a `Seal`.
    """

    kind: str
    facts: tuple[Body, ...]
    author: str
    evidence: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    about: str = ""
    seal: Mapping[int, Seals] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    # The canonical bytes of each fact where they are known, so that none is written twice.
    encoded: tuple[bytes, ...] = field(default=(), compare=False, repr=False)
    # Whether its reader has established that every fact is sound and lies in the clear.
    plain: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sealed statement as read back: its place in the log, its envelope, and its facts.

    `facts` hold what this reader may see; a member still sealed is named in its object's `sealed`.
    """

    position: int
    leaf: str
    kind: str
    author: str
    issued: str
    key_id: str
    facts: tuple[Body, ...]
    evidence: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    about: str = ""
    capture: str = ""
    self_signed: bool = False

    def ref(self, index: int) -> Ref:
        """The reference to one of its facts."""
        return Ref(self.leaf, index, self.position)
