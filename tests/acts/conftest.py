"""Books in memory with an injected clock, keys and salts, and documents handed to them."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest

from orebook.acts.capture import Captured, Wish, capture
from orebook.acts.see import View, view
from orebook.book.book import Book, Stores
from orebook.book.folder import Keys
from orebook.wiring import Naming, Sources, create_book

Keep = Callable[..., Captured]
KEEPER = "party:keeper"


class Ticks:
    """A clock that moves an hour at each look."""

    def __init__(self, start: str = "2026-01-01T00:00:00Z") -> None:
        self.moment = dt.datetime.fromisoformat(start)

    def __call__(self) -> dt.datetime:
        self.moment += dt.timedelta(hours=1)
        return self.moment


class Salts:
    """Salts that differ from one another and not from run to run."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return sha256(b"salt %d" % self.count).digest()[:16]


def sources() -> Sources:
    seeds = [sha256(name).digest() for name in (b"log", b"author", b"vault", b"sent")]
    return Sources(Ticks(), Salts(), Keys.from_seeds(seeds))


def stores_of(entries: Any, head: Any, shelf: Any) -> Stores:
    return Stores(entries, head, shelf)


@pytest.fixture
def injected() -> Callable[[], Sources]:
    """Fresh sources of time and randomness, the same in every run."""
    return sources


@pytest.fixture
def book() -> Iterator[Book]:
    naming = Naming("test.example/acts", "A test book", KEEPER)
    with create_book(None, naming, sources()) as made:
        yield made


@pytest.fixture
def keep(book: Book) -> Keep:
    """Capture bytes, text or facts into the book."""

    def put(content: Any, name: str = "facts.jsonl", into: Book | None = None, **wish: Any):
        return capture(into or book, io.BytesIO(as_bytes(content)), name, Wish(**wish))

    return put


def as_bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return b"".join(json.dumps(row).encode() + b"\n" for row in content)


@pytest.fixture
def look(book: Book) -> Callable[..., View]:
    def at(reader: str = "owner", today: str = "2026-06-01", size: int | None = None) -> View:
        return view(book, reader, today, size)

    return at
