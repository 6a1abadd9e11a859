"""A book with its questions at hand: what `wiring` gives to the acts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from orebook.book import query
from orebook.book.book import Book, Receipt
from orebook.book.errors import KeysMoved
from orebook.book.registry import KeyStatement
from orebook.book.vault import Reader
from orebook.book.withheld import files_of, hidden
from orebook.log.keys import SigningKey
from orebook.model.custody import Hidden, Kept, PartyKey
from orebook.model.entry import Body, Entry
from orebook.model.facts import Facts, Head
from orebook.model.saying import Naming, Saying

_TRIES = 3


class OpenBook(Book):
    """The writer and the queries of one book, joined. See `query` for what each one promises."""

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
        """See `query.slice`; `steps` back and `down` forward."""
        return query.slice(
            self,
            as_of=as_of,
            reader=reader,
            kinds=kinds,
            ids=ids,
            about=about,
            lots=lots,
            steps=query.Steps(steps, down),
            size=size,
        )

    def head_of(self, *, size: int | None = None, known_by: str | None = None) -> Head:
        """See `query.head_of`."""
        return query.head_of(self, size=size, known_by=known_by)

    def entry(self, position: int, reader: Reader, size: int | None = None) -> Entry:
        """See `query.entry`."""
        return query.entry(self, position, reader, size=size)

    def entries(
        self, start: int, stop: int, reader: Reader, size: int | None = None
    ) -> list[Entry]:
        """See `query.entries`."""
        return query.entries(self, start, stop, reader, size=size)

    def places(
        self,
        kind: str,
        *,
        lots: Collection[str] | None = None,
        idents: Collection[str] | None = None,
        after: tuple[int, int] = (-1, 0),
        limit: int = query.PAGE_MAX,
        size: int | None = None,
    ) -> list[tuple[int, int]]:
        """See `query.places`."""
        return query.places(
            self, kind, lots=lots, idents=idents, after=after, limit=limit, size=size
        )

    def facts_at(
        self, wanted: Iterable[tuple[int, int]], reader: Reader, size: int | None = None
    ) -> list[tuple[Entry, int]]:
        """See `query.facts_at`."""
        return query.facts_at(self, wanted, reader, size=size)

    def sayings(
        self, kind: str, idents: Collection[str], reader: Reader, size: int
    ) -> list[Saying]:
        """See `bearing.sayings`."""
        from orebook.book import bearing

        return bearing.sayings(self, kind, idents, reader, size)

    def naming(self, kind: str, lots: Collection[str], size: int) -> list[Naming]:
        """See `bearing.naming`."""
        from orebook.book import bearing

        return bearing.naming(self, kind, lots, size)

    def known_since(self, position: int, size: int) -> str:
        """See `bearing.known_since`."""
        from orebook.book import bearing

        return bearing.known_since(self, position, size)

    def lots_named(self, *, after: str = "", limit: int, size: int | None = None) -> list[str]:
        """See `query.lots_named`."""
        return query.lots_named(self, after=after, limit=limit, size=size)

    def ids_of(self, kind: str, *, after: str, limit: int, size: int | None = None) -> list[str]:
        """See `query.ids`."""
        return query.ids(self, kind, after=after, limit=limit, size=size)

    def names_party(self, ident: str) -> bool:
        """Whether that is a party of this book: stated, registered, or given something to read."""
        stated = "party" in query.kinds_of(self, ident)
        return stated or bool(self.custody.registry().of(ident)) or self.vault.known(ident)

    def hidden(self, position: int, index: int) -> tuple[Hidden, ...]:
        """See `withheld.hidden`."""
        return hidden(self, position, index)

    def share(self, values: Sequence[Hidden], audience: str) -> None:
        """Keeps a copy of these disclosures for that audience too; durable on return."""
        self.vault.put([Kept(v.digest, audience, v.text) for v in values if v.text is not None])

    def forget(self, values: Sequence[Hidden], basis: str, date: str) -> None:
        """Deletes the disclosures of these values for good; durable on return."""
        for value in values:
            self.vault.take_down(value.digest, basis, date)

    def forget_document(self, document: str) -> bool:
        """Deletes the captured file of that document; says whether there was one."""
        gone = [self.files.discard(digest) for digest in files_of(self, document)]
        return any(gone)

    def file(self, digest: str) -> bytes:
        """See `Files.get`."""
        return self.files.get(digest)

    @property
    def keeper_key(self) -> SigningKey:
        """The key with which the keeper signs statements and credentials."""
        return self._keys.author

    def party_keys(self) -> tuple[PartyKey, ...]:
        """Every key of every party at the present head, those that have ended too."""
        return tuple(self.custody.registry().keys.values())

    def key_fault(self, kind: str, body: Body, signer: str = "") -> str:
        """Why a statement about keys would not count as the next entry; empty where it would."""
        self.views.catch_up(self.head.size)
        registry = self.custody.registry()
        signer = signer or min(registry.operator, default="")
        return registry.refusal(KeyStatement(self.head.size, kind, body, signer))

    def take_signed(self, leaves: Sequence[bytes], kept: Sequence[Kept]) -> Receipt:
        """See `Book.append_signed`; the keys are those of the record itself."""
        for _ in range(_TRIES):
            with suppress(KeysMoved):
                return self._take_signed(leaves, kept)
            self.refresh()
        return self._take_signed(leaves, kept)

    def _take_signed(self, leaves: Sequence[bytes], kept: Sequence[Kept]) -> Receipt:
        size = self.head.size
        self.views.catch_up(size)  # then the keys are those of this head, or of a later one
        known = self.custody.registry()

        def key_of(kid: str, author: str) -> bytes | None:
            return known.public(author, kid, size)

        return self.append_signed(leaves, key_of, kept, since=size)

    def find(self, leaf: str) -> int:
        """See `query.find`."""
        return query.find(self, leaf)

    def aside(self, name: str) -> Path | None:
        """A path beside the views, for what can be made again from the record; None in memory."""
        return self.stores.file(name)

    def published(self, path: str) -> bytes:
        """See `ports.Shelf.get`."""
        return self.stores.shelf.get(path)
