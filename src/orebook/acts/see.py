"""Who may see what, decided once.

A `View` is one reader looking at one book at one head on one day. Every act asks it for `Facts`;
nobody else reads the book for a page, an export or an engine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from orebook.book.book import Book
from orebook.book.query import slice_
from orebook.model.entry import Entry
from orebook.model.facts import Facts
from orebook.model.problem import ReaderError
from orebook.model.when import BadDate, when

READERS = ("public", "owner")


@dataclass(frozen=True, slots=True)
class View:
    """One reader, one book, one head, one day.

    `reader` is `public` (what anyone may see) or `owner` (who holds the book's vault key). `today`
    is an explicit day, never read from a clock in here. `size` asks at an earlier head.
    """

    book: Book
    reader: str
    today: str
    size: int | None = None

    def facts(
        self,
        *,
        kinds: Iterable[str] | None = None,
        ids: Iterable[tuple[str, str]] | None = None,
        lots: Iterable[str] | None = None,
        steps: int | None = 1,
        about: Iterable[str] | None = None,
    ) -> Facts:
        """The facts this reader may see.

        Takes: `kinds` for everything of those kinds; `ids` for (kind, id) pairs; `lots` for the
        cone of events around lots, `steps` each way (None: all the way); `about` for facts that
        name those ids. Given together they add up.
        """
        return slice_(
            self.book,
            reader=self.reader,
            as_of=self.today,
            size=self.size,
            kinds=kinds,
            ids=ids,
            lots=lots,
            steps=steps,
            about=about,
        )

    def entry(self, position: int) -> Entry:
        """One entry as this reader may see it. Refuses: NotFound beyond the head."""
        return self.book.entry(position, self.reader)


def view(book: Book, reader: str, today: str, size: int | None = None) -> View:
    """A view, its reader, day and head checked.

    Refuses: ReaderError for an unknown reader, a day that is none, or a head the book never had.
    """
    if reader not in READERS:
        message = f"a reader is one of {', '.join(READERS)}, not {reader}"
        raise ReaderError(message)
    try:
        when(today)
    except BadDate as error:
        message = f"the day to answer for: {error}"
        raise ReaderError(message) from error
    if size is not None and not 0 < size <= book.head.size:
        message = f"this book has heads of 1 to {book.head.size} entries, not {size}"
        raise ReaderError(message)
    return View(book, reader, today, size)


def on(view_: View, day: str) -> View:
    """The same reader on another day: only entries the book knew by then.

    Refuses: ReaderError when the book had no entry by that day.
    """
    dt.date.fromisoformat(when(day).last.isoformat())
    size = view_.book.size_on(day)
    if size == 0:
        message = f"this book has no entry as early as {day}"
        raise ReaderError(message)
    return replace(view_, today=day, size=size)
