"""What the acts need of a book, in one place: they know its promises and not its making.

`wiring` hands in the real one (`book.opened.OpenBook`). A protocol keeps the counter apart from
stores and tiles, so that an act can be read, and tried, without either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from orebook.model.custody import Hidden, Kept, PartyKey
from orebook.model.entry import Body, Draft, Entry
from orebook.model.facts import Facts, Head
from orebook.model.saying import Naming, Saying

# `public`, `owner` (who keeps the book), or the identifier of a party.
Reader = str


class Receipt(Protocol):
    """What an append did: the positions it took, and the head that holds them."""

    @property
    def first(self) -> int:
        """The first position."""

    @property
    def last(self) -> int:
        """The last position."""

    @property
    def head(self) -> Head:
        """The head that holds them."""

    @property
    def again(self) -> tuple[int, ...]:
        """The numbers of those that stood already and were not written a second time."""


class Memory(Protocol):
    """Something outside the book that knew its log at some size, or did not."""

    @property
    def kind(self) -> str:
        """What kind of memory."""

    @property
    def size(self) -> int | None:
        """The size it knew, or None."""


class SecretKey(Protocol):
    """A key that signs with Ed25519, and its public half."""

    @property
    def public(self) -> bytes:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """The signature over these bytes."""


class Record(Protocol):
    """One open book: read as a reader may see it, written only by appending."""

    @property
    def origin(self) -> str:
        """The name of the log."""

    @property
    def operator(self) -> str:
        """Who keeps the book and signs for others."""

    @property
    def head(self) -> Head:
        """The published head."""

    def slice(
        self,
        *,
        as_of: str,
        reader: Reader,
        kinds: Collection[str] | None,
        ids: Collection[str] | None,
        about: Collection[str] | None,
        lots: Collection[str] | None,
        steps: int | None,
        down: int | None,
        size: int | None,
    ) -> Facts:
        """The facts that hold at one head; `lots` with `steps` back, `down` forward (None: all)."""

    def head_of(self, *, size: int | None = None, known_by: str | None = None) -> Head:
        """The head of that size, or the last one known by that day."""

    def entry(self, position: int, reader: Reader, size: int | None = None) -> Entry:
        """One entry, at the head of that size. Refuses: NotFound."""

    def entries(
        self, start: int, stop: int, reader: Reader, size: int | None = None
    ) -> list[Entry]:
        """The entries of a range, as far as there are any, at the head of that size."""

    def places(
        self,
        kind: str,
        *,
        lots: Collection[str] | None = None,
        idents: Collection[str] | None = None,
        after: tuple[int, int] = (-1, 0),
        limit: int,
        size: int | None = None,
    ) -> list[tuple[int, int]]:
        """Where facts of a kind hold, in order: position and number in the entry."""

    def facts_at(
        self, wanted: Iterable[tuple[int, int]], reader: Reader, size: int | None = None
    ) -> list[tuple[Entry, int]]:
        """The facts at these places as the reader may see them: each as its entry and number."""

    def sayings(
        self, kind: str, idents: Collection[str], reader: Reader, size: int
    ) -> list[Saying]:
        """What each author states of these things, and the last entry that bears on it."""

    def naming(self, kind: str, lots: Collection[str], size: int) -> list[Naming]:
        """Every assay or event below that head that ever named one of these lots, in order."""

    def known_since(self, position: int, size: int) -> str:
        """The time by the book's own clock at which an entry came into it."""

    def lots_named(self, *, after: str = "", limit: int, size: int | None = None) -> list[str]:
        """Identifiers that events name as lots in the clear, in order, those after `after`."""

    def ids_of(self, kind: str, *, after: str, limit: int, size: int | None = None) -> list[str]:
        """Identifiers of a kind in order, those after `after`."""

    def names_party(self, ident: str) -> bool:
        """Whether that is a party of this book: stated, registered, or given something to read."""

    def hidden(self, position: int, index: int) -> tuple[Hidden, ...]:
        """Every hidden value of a fact, as its keeper knows it. Refuses: NotFound."""

    def share(self, values: Sequence[Hidden], audience: str) -> None:
        """Keeps a copy of these disclosures for that audience too."""

    def forget(self, values: Sequence[Hidden], basis: str, date: str) -> None:
        """Deletes the disclosures of these values for good; a dated tombstone stays."""

    def forget_document(self, document: str) -> bool:
        """Deletes the captured file of that document; says whether there was one."""

    def file(self, digest: str) -> bytes:
        """The captured file of that SHA-256, checked. Refuses: LookupError where none is held."""

    @property
    def keeper_key(self) -> SecretKey:
        """The key with which the keeper signs statements and credentials."""

    def party_keys(self) -> tuple[PartyKey, ...]:
        """Every key of every party at the present head, those that have ended too."""

    def key_fault(self, kind: str, body: Body, signer: str = "") -> str:
        """Why a statement about keys would not count; empty where it would.

        Takes: `signer`, the key that signs its leaf; the operator's when left out.
        """

    def take_signed(self, leaves: Sequence[bytes], kept: Sequence[Kept]) -> Receipt:
        """Leaves that parties signed themselves, as they are, and their disclosures.

        Refuses: BadDraft for the first leaf that is not of this book's form or not signed by a key
        of its author that holds.
        """

    def find(self, leaf: str) -> int:
        """The position of a leaf hash. Refuses: NotFound."""

    def leaf(self, position: int) -> bytes:
        """The bytes of one leaf."""

    def proof(self, position: int) -> bytes:
        """The `.tlog-proof` of one entry."""

    def disclosures(self, position: int, reader: Reader) -> tuple[str, ...]:
        """The disclosures of one entry that the reader holds."""

    def aside(self, name: str) -> Path | None:
        """A path beside the views, for what can be made again from the record; None in memory."""

    def published(self, path: str) -> bytes:
        """A published file, such as `checkpoint` or a tile. Refuses: LookupError."""

    def refresh(self) -> Head:
        """The head as it is now, other processes' appends included."""

    def append(
        self, drafts: Sequence[Draft], capture: str = "", *, since: int | None = None
    ) -> Receipt:
        """The drafts as entries under one new head; durable, or nothing is written.

        Takes: `since`, the size of the head whose keys they were checked against, if they were.
        """

    @property
    def log_key(self) -> str:
        """The verifier key of the log, as a C2SP vkey."""

    @property
    def signed_head(self) -> bytes:
        """The checkpoint note of the head."""

    def memory(self) -> Sequence[Memory]:
        """What outside the book was asked about its head at start."""
