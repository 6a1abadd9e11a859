"""Who may see what, decided once.

A `View` is one reader looking at one book at one head on one day. Every act asks it for `Facts`;
nobody else reads the book for a page, an export or an engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from orebook.acts.badge import Badge
from orebook.acts.record import Reader, Record
from orebook.model.entry import Entry
from orebook.model.facts import Facts, Head
from orebook.model.problem import ReaderError
from orebook.model.saying import Naming, Saying
from orebook.model.when import BadDate, when

READERS = ("public", "owner")


@dataclass(frozen=True, slots=True)
class View:
    """One reader, one book, one head, one day.

    `reader` is `public` (what anyone may see), `owner` (who keeps the book), or a party's
    identifier: it sees what is public and what is for it. `today` is an explicit day, never read
    from a clock in here. `size` asks at an earlier head, where what was revealed later is sealed.
    """

    book: Record
    reader: Reader
    today: str
    size: int | None = None

    def facts(
        self,
        *,
        kinds: Collection[str] | None = None,
        ids: Collection[str] | None = None,
        about: Collection[str] | None = None,
        lots: Collection[str] | None = None,
        steps: int | None = 1,
        down: int | None = -1,
    ) -> Facts:
        """The facts this reader may see.

        Takes: `ids`, facts with these ids; `about`, facts that name them; `lots`, the cone of
        events around lots, `steps` each way (None: all the way), with all they name, and `down`
        forward where that is another number of steps. Those add up; `kinds` narrows them, or alone
        takes everything of those kinds.
        """
        return self.book.slice(
            as_of=self.today,
            reader=self.reader,
            kinds=kinds,
            ids=ids,
            about=about,
            lots=lots,
            steps=steps,
            down=steps if down == -1 else down,
            size=self.size,
        )

    def entry(self, position: int) -> Entry:
        """One entry as this reader may see it. Refuses: NotFound beyond the head."""
        return self.book.entry(position, self.reader, self.size)

    def entries(self, start: int, stop: int) -> list[Entry]:
        """The entries of a range as this reader may see them, as far as there are any."""
        return self.book.entries(start, min(stop, self.head.size), self.reader, self.size)

    def places(
        self,
        kind: str,
        *,
        lots: Collection[str] | None = None,
        idents: Collection[str] | None = None,
        after: tuple[int, int] = (-1, 0),
        limit: int = 500,
    ) -> list[tuple[int, int]]:
        """Where facts of a kind hold, in order, those after a place; found by open values alone."""
        return self.book.places(
            kind, lots=lots, idents=idents, after=after, limit=limit, size=self.size
        )

    def facts_at(self, wanted: Iterable[tuple[int, int]]) -> list[tuple[Entry, int]]:
        """The facts at these places as this reader may see them: each as its entry and number."""
        return self.book.facts_at(wanted, self.reader, self.size)

    def sayings(self, kind: str, idents: Collection[str]) -> list[Saying]:
        """What each author states of these things, and the last entry that bears on it."""
        return self.book.sayings(kind, idents, self.reader, self.head.size)

    def naming(self, kind: str, lots: Collection[str]) -> list[Naming]:
        """Every assay or event that ever named one of these lots, in order."""
        return self.book.naming(kind, lots, self.head.size)

    def lots_named(self, *, after: str = "", limit: int = 500) -> list[str]:
        """Identifiers that events name as lots in the clear, in order, those after `after`."""
        return self.book.lots_named(after=after, limit=limit, size=self.size)

    def ids(self, kind: str, *, after: str = "", limit: int = 500) -> list[str]:
        """Identifiers of facts of a kind, in order, those after `after`."""
        return self.book.ids_of(kind, after=after, limit=limit, size=self.size)

    @property
    def head(self) -> Head:
        """The head this view looks at."""
        return self.book.head_of(size=self.size)


def reader_of(book: Record, badge: Badge | None) -> Reader:
    """As whom a badge reads: its organisation, or the public without one or where it may not read.

    Members of the operator's organisation read as the owner. An organisation that the book does not
    know as a party holds nothing, so it reads as the public.
    """
    if badge is None or not badge.may("read"):
        return "public"
    if badge.organisation == book.operator:
        return "owner"
    return badge.organisation if book.names_party(badge.organisation) else "public"


def view(book: Record, reader: str, today: str, size: int | None = None) -> View:
    """A view, its reader, day and head checked.

    Refuses: ReaderError for an unknown reader, a day that is none, or a head the book never had.
    """
    if reader == book.operator:
        reader = "owner"
    if reader not in READERS and not book.names_party(reader):
        message = f"a reader is {', '.join(READERS)} or a party of this book, not {reader[:80]}"
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


def pinned(view_: View) -> View:
    """The same view at its head of now: what is appended meanwhile is not seen."""
    return view_ if view_.size is not None else replace(view_, size=view_.head.size)


def on(view_: View, day: str) -> View:
    """The same reader on another day: only what the book knew by then.

    Refuses: ReaderError for no day, or when the book had no entry by then.
    """
    head = view_.book.head_of(known_by=day)
    if head.size == 0:
        message = f"this book has no entry as early as {day}"
        raise ReaderError(message)
    return replace(view_, today=day, size=head.size)
