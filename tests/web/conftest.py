"""Portals over two books: the demo's own, and a small one of hostile names and sealed values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from hashlib import sha256
from unittest import mock

import pytest
from litestar import Litestar
from litestar.testing import TestClient

import orebook.web.portal
from orebook.acts.demo import build
from orebook.acts.featured import Featured
from orebook.book.book import Book
from orebook.book.folder import Keys
from orebook.model.entry import Draft
from orebook.web.limits import Brake
from orebook.web.portal import create_app
from orebook.wiring import Naming, Sources, create_book, example_files

TODAY = "2026-11-23"
SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"
FEATURED = Featured(
    "agreement:fwo-ussm-mou",
    "shipment:first-shipment",
    ("state_of_movement", "sender"),
    SMELT,
    "shipment:invented/north-concentrate",
    ("as-written",),
    str(example_files() / "deals" / "reko-diq-waterfall.json"),
)
SECRET_PRICE = "187654321.99"
SECRET_TEXT = "only the owner may read this sentence"
HOSTILE = (
    "plain",
    "a/b",
    "//two",
    "/lead",
    "trail/",
    "..",
    ".",
    "../../etc/passwd",
    "x/brief",
    "list.json",
    "sheet.csv",
    "50%",
    "%2F",
    "a?b=c#d",
    "a b",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "=cmd|' /C calc'!A0",
    "لوٹ-۱",
    "铜精矿",
    "javascript:alert(1)",
    "https://id.example.com/lot?x=1&y=2#z",
    "a\u202eb",
    "n" * 400,
)


def keys() -> Keys:
    return Keys.from_seeds([sha256(name.encode()).digest() for name in ("l", "a", "v", "i")])


def sources() -> Sources:
    count = iter(range(1, 10**9))
    return Sources(
        lambda: dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC),
        lambda: sha256(b"salt %d" % next(count)).digest()[:16],
        keys(),
    )


def portal(book: Book, featured: Featured) -> Litestar:
    return create_app(book, featured=featured, today=lambda: TODAY)


@pytest.fixture(scope="session")
def demo() -> Iterator[Book]:
    naming = Naming(
        "example.org/demo", "The first book", "party:register-keepers", "none", "keeper@example.org"
    )
    book = create_book(None, naming, sources())
    build(book, example_files())
    yield book
    book.close()


@pytest.fixture(scope="session")
def client(demo: Book) -> Iterator[TestClient[Litestar]]:
    """One portal for very many tests: how many of them ask at once does not count."""
    with mock.patch.object(orebook.web.portal, "Brake", return_value=Brake(10**6)):
        app = portal(demo, FEATURED)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def fresh_client(demo: Book) -> Iterator[TestClient[Litestar]]:
    """A portal of its own: how often one has asked elsewhere does not count here."""
    with TestClient(portal(demo, FEATURED), raise_server_exceptions=False) as opened:
        yield opened


def hostile_drafts() -> list[Draft]:
    lots = tuple({"id": ident, "label": f"label of {ident}"} for ident in HOSTILE)
    parties = tuple({"id": ident, "name": f"party {ident}"} for ident in HOSTILE)
    shipment = {
        "id": "ship/one",
        "label": "<b>bold</b>",
        "value": {"value": SECRET_PRICE, "currency": "USD"},
        "incoterm": SECRET_TEXT,
        "lots": ["a/b"],
        "contents": [{"text": "<script>alert(2)</script>"}],
    }
    claim = {
        "id": "=1+1",
        "subject": "<i>subject</i>",
        "property": "weight",
        "value": "=HYPERLINK(1)",
        "source": "src",
        "about": ["ship/one"],
    }
    source = {"id": "src", "title": "A title", "url": "javascript:alert(3)"}
    return [
        Draft("lot", lots, "example.org/other"),
        Draft("party", parties, "example.org/other"),
        Draft("shipment", (shipment,), "example.org/other"),
        Draft("source", (source,), "example.org/keeper"),
        Draft("claim", (claim,), "example.org/keeper"),
    ]


@pytest.fixture(scope="session")
def small() -> Iterator[Book]:
    book = create_book(
        None, Naming("example.org/small", "Small <b>", "example.org/keeper"), sources()
    )
    book.append(hostile_drafts())
    yield book
    book.close()


@pytest.fixture(scope="session")
def small_client(small: Book) -> Iterator[TestClient[Litestar]]:
    with TestClient(portal(small, Featured()), raise_server_exceptions=False) as opened:
        yield opened
