"""A book and a view of it, for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orebook.acts.see import View, on, view
from orebook.cli.options import today
from orebook.wiring import open_book


@contextmanager
def looking(folder: Path, reader: str, as_of: str | None) -> Iterator[View]:
    """The book in that folder as that reader sees it, today or on an earlier day."""
    book = open_book(folder)
    try:
        here = view(book, reader, today())
        yield on(here, as_of) if as_of else here
    finally:
        book.close()
