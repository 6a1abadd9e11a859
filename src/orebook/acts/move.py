"""Carry a book to another store and prove that it arrived."""

from __future__ import annotations

from pathlib import Path

from orebook.book.folder import Settings
from orebook.book.move import Moved, Watch
from orebook.book.move import move as carry
from orebook.book.where import where_of


def move(
    source: Path, target: Path, store: str, schema: str = "", watch: Watch | None = None
) -> Moved:
    """The book of `source`, in the folder `target` with its parts in `store`; audited there.

    Takes: `store` and `schema` as `where_of` does.
    Refuses: as `book.move`; the source then stays as it was.
    """
    where = where_of(store, Settings.load(source).origin, schema)
    return carry(source, target, where, watch)
