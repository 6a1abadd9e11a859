"""Pages: how long the portal takes to make one, and what it weighs on the wire."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from litestar import Litestar
from litestar.testing import TestClient

from orebook.acts.demo import build
from orebook.acts.featured import Featured
from orebook.web.portal import create_app
from orebook.wiring import Naming, create_book, example_files
from rows import Row, best

SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"
FEATURED = Featured(
    "agreement:fwo-ussm-mou",
    "shipment:first-shipment",
    ("state_of_movement", "sender"),
    SMELT,
    "shipment:invented/north-concentrate",
    ("as-written",),
)
PAGES = {
    "front page": "/",
    "agreement page": "/agreements/agreement:fwo-ussm-mou",
    "lot page": "/lots/lot:invented/blend",
    "claims, all of them": "/claims",
    "entry page": "/entries/3",
}
TIMES = 7
BROWSER = {"accept": "text/html", "accept-encoding": "identity"}


def run() -> list[Row]:
    book = create_book(None, Naming("bench.example/pages", "Bench"))
    build(book, example_files())
    app = create_app(book, featured=FEATURED, today=lambda: "2026-11-23")
    note = f"demo book of {book.head.size} entries in memory, one client in process"
    with TestClient(app) as client:
        rows = [row for name, path in PAGES.items() for row in _page(client, name, path, note)]
        style = client.get("/static/portal.css", headers=BROWSER).content
        rows.append(Row("style sheet", len(gzip.compress(style, 6)), "bytes, gzip"))
    book.close()
    return rows


def _page(client: TestClient[Litestar], name: str, path: str, note: str) -> Iterator[Row]:
    fresh = iter(range(10**6))

    def made() -> None:
        # A query of its own keeps the answer from being one that was made before.
        assert client.get(path, params={"n": next(fresh)}, headers=BROWSER).status_code == 200

    def kept() -> None:
        client.get(path, headers=BROWSER)

    made()
    yield Row(f"{name}, made", best(made, times=TIMES) * 1000, "ms", note)
    kept()
    yield Row(
        f"{name}, made before", best(kept, times=TIMES) * 1000, "ms", "same head and question"
    )
    size = len(gzip.compress(client.get(path, headers=BROWSER).content, 6))
    yield Row(f"{name}, on the wire", size, "bytes, gzip")
