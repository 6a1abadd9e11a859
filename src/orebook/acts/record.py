"""What the acts need of a book, in one place: they know its promises and not its making.

`wiring` hands in the real one (`book.opened.OpenBook`). A protocol keeps the counter apart from
stores and tiles, so that an act can be read, and tried, without either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

from orebook.model.entry import Draft, Entry
from orebook.model.facts import Facts, Head

Reader = Literal["public", "owner"]


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
        size: int | None,
    ) -> Facts:
        """The facts that hold at one head; `lots` with `steps` each way (None: all the way)."""

    def head_of(self, *, size: int | None = None, known_by: str | None = None) -> Head:
        """The head of that size, or the last one known by that day."""

    def entry(self, position: int, reader: Reader) -> Entry:
        """One entry. Refuses: NotFound."""

    def entries(self, start: int, stop: int, reader: Reader) -> list[Entry]:
        """The entries of a range, as far as there are any."""

    def find(self, leaf: str) -> int:
        """The position of a leaf hash. Refuses: NotFound."""

    def leaf(self, position: int) -> bytes:
        """The bytes of one leaf."""

    def proof(self, position: int) -> bytes:
        """The `.tlog-proof` of one entry."""

    def disclosures(self, position: int, reader: Reader) -> tuple[str, ...]:
        """The disclosures of one entry that the reader holds."""

    def published(self, path: str) -> bytes:
        """A published file, such as `checkpoint` or a tile. Refuses: LookupError."""

    def refresh(self) -> Head:
        """The head as it is now, other processes' appends included."""

    def append(self, drafts: Sequence[Draft], capture: str = "") -> Receipt:
        """The drafts as entries under one new head; durable, or nothing is written."""

    @property
    def log_key(self) -> str:
        """The verifier key of the log, as a C2SP vkey."""

    @property
    def signed_head(self) -> bytes:
        """The checkpoint note of the head."""
