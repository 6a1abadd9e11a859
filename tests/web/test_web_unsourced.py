"""A claim may cite a source that the book does not hold: named as such, never as not stated."""

from __future__ import annotations

import io
import json

from litestar.testing import TestClient

from orebook.acts.capture import Wish, capture
from orebook.acts.featured import Featured
from orebook.web.portal import create_app
from orebook.wiring import Naming, create_book


def test_a_source_that_is_not_in_the_book_is_named_and_no_link() -> None:
    claim = {
        "id": "claim:one",
        "subject": "X",
        "about": ["agreement:x"],
        "property": "amount",
        "value": "5",
        "standing": "reported",
    }
    rows = [
        {"kind": "agreement", "fact": {"id": "agreement:x", "title": "X"}},
        {"kind": "claim", "fact": claim | {"source": "source:nowhere"}},
    ]
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    shown = {"accept": "text/html"}
    with create_book(None, Naming("test.example/unsourced", "T")) as book:
        capture(book, io.BytesIO(body), "facts.jsonl", Wish())
        app = create_app(book, featured=Featured(), today=lambda: "2026-11-23")
        with TestClient(app) as client:
            for path in ("/claims/claim:one", "/claims", "/agreements/agreement:x"):
                said = client.get(path, headers=shown).text
                assert "cites source:nowhere, which is not in this book" in said
                assert "sources/source:nowhere" not in said, path
