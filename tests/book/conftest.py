"""Books with an injected clock, keys and salts, so that every byte is the same in every run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from orebook.book.book import Book, Stores
from orebook.book.folder import Keys
from orebook.model.entry import Draft

ORIGIN = "example.org/test-book"
OPERATOR = "example.org/keeper"


class Clock:
    """A clock that moves a minute at each look."""

    def __init__(self) -> None:
        self.moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        self.moment += dt.timedelta(minutes=1)
        return self.moment


class Salts:
    """Salts that differ from one another and not from run to run."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return sha256(b"salt %d" % self.count).digest()[:16]


def test_keys() -> Keys:
    return Keys.from_seeds([sha256(name.encode()).digest() for name in ("log", "a", "v", "i")])


test_keys.__test__ = False  # type: ignore[attr-defined]

MakeBook = Callable[..., Book]


@pytest.fixture
def make_book() -> Iterator[MakeBook]:
    """A fresh book: in memory, or in `folder`; closed when the test ends."""
    made: list[Book] = []

    def make(folder: Path | None = None, stores: Stores | None = None) -> Book:
        book = Book.create(
            folder,
            origin=ORIGIN,
            title="A test book",
            operator=OPERATOR,
            keys=test_keys(),
            now=Clock(),
            salt=Salts(),
            stores=stores,
        )
        made.append(book)
        return book

    yield make
    for book in made:
        book.close()


@pytest.fixture
def chain() -> list[Draft]:
    """A small chain: ore crushed and floated, concentrate sold in two bags; some of it sealed."""
    mass = {"value": "10", "unit": "TNE"}
    lots = tuple(
        {"id": f"lot:{name}", "label": name, "mass": mass, "note": f"words about {name}"}
        for name in ("ore", "crushed", "concentrate", "tailings", "other")
    )
    events = (
        {
            "id": "event:crush",
            "kind": "crush",
            "when": "2025-01-01",
            "facility": "site:mill",
            "inputs": [{"lot": "lot:ore", "mass": mass}],
            "outputs": [{"lot": "lot:crushed", "mass": mass}],
        },
        {
            "id": "event:float",
            "kind": "concentrate",
            "inputs": [{"lot": "lot:crushed"}],
            "outputs": [{"lot": "lot:concentrate"}, {"lot": "lot:tailings", "role": "tailings"}],
        },
        {
            "id": "event:pack",
            "kind": "pack",
            "subjects": [{"lot": "lot:concentrate"}],
            "container": "lot:bag",
        },
    )
    sites = (
        {
            "id": "site:mill",
            "name": "The mill",
            "operator": "party:miller",
            "position": {"latitude": "31.0001", "longitude": "71.0002"},
        },
    )
    assay = {
        "id": "assay:1",
        "lot": "lot:concentrate",
        "results": [{"substance": "Cu", "grade": {"value": "25", "unit": "P1"}}],
    }
    return [
        Draft("lot", lots, OPERATOR, seal={4: ("/mass",)}),
        Draft("event", events, OPERATOR),
        Draft("facility", sites, OPERATOR),
        Draft("party", ({"id": "party:miller", "name": "Miller"},), OPERATOR),
        Draft("assay", (assay,), OPERATOR),
    ]
