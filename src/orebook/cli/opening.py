"""A book and a view of it, for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from orebook.acts.see import View, on, view
from orebook.cli.keys import seed_of
from orebook.cli.options import KEY, today


@contextmanager
def looking(folder: Path, reader: str, as_of: str | None) -> Iterator[View]:
    """The book in that folder as that reader sees it, today or on an earlier day."""
    from orebook.wiring import open_book

    book = open_book(folder)
    try:
        context = click.get_current_context(silent=True)
        if context is not None and (path := context.meta.get(KEY)) is not None:
            book.vault.unlock(seed_of(path))
        here = view(book, reader, today())
        yield on(here, as_of) if as_of else here
    finally:
        book.close()
