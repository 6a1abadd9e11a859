"""A book with its questions at hand: what `wiring` gives to the acts."""

from __future__ import annotations

from collections.abc import Collection

from orebook.book import query
from orebook.book.book import Book
from orebook.book.vault import Reader
from orebook.model.entry import Entry
from orebook.model.facts import Facts, Head


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
        size: int | None,
    ) -> Facts:
        """See `query.slice`; `steps` both ways."""
        return query.slice(
            self,
            as_of=as_of,
            reader=reader,
            kinds=kinds,
            ids=ids,
            about=about,
            lots=lots,
            steps=query.Steps(steps, steps),
            size=size,
        )

    def head_of(self, *, size: int | None = None, known_by: str | None = None) -> Head:
        """See `query.head_of`."""
        return query.head_of(self, size=size, known_by=known_by)

    def entry(self, position: int, reader: Reader) -> Entry:
        """See `query.entry`."""
        return query.entry(self, position, reader)

    def entries(self, start: int, stop: int, reader: Reader) -> list[Entry]:
        """See `query.entries`."""
        return query.entries(self, start, stop, reader)

    def find(self, leaf: str) -> int:
        """See `query.find`."""
        return query.find(self, leaf)

    def published(self, path: str) -> bytes:
        """See `ports.Shelf.get`."""
        return self.stores.shelf.get(path)
