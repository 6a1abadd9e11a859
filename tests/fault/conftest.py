"""Books for the fault tests, on a disk of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orebook.book.book import Book


@pytest.fixture
def make_book() -> Iterator[Callable[[Path], Book]]:
    """A fresh book in a folder, with keys of its own."""
    made: list[Book] = []

    def make(folder: Path) -> Book:
        made.append(Book.create(folder, origin="example.org/faults", title="Faults", operator="me"))
        return made[-1]

    yield make
    for book in made:
        book.close()
