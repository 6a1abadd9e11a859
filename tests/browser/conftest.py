"""A portal over the demo book on a port of its own, and Debian's Chromium to look at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from orebook.acts.demo import build
from orebook.acts.featured import Featured
from orebook.web.portal import create_app
from orebook.web.serve import listen
from orebook.wiring import Naming, create_book, example_files

SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the portal of a fresh demo book answers."""
    naming = Naming(
        "example.org/demo", "The first book", "party:register-keepers", "none", "keeper@example.org"
    )
    book = create_book(None, naming)
    build(book, example_files())
    featured = Featured(
        "agreement:fwo-ussm-mou",
        "shipment:first-shipment",
        ("state_of_movement", "sender"),
        SMELT,
        "shipment:invented/north-concentrate",
        ("as-written",),
        str(example_files() / "deals" / "reko-diq-waterfall.json"),
    )
    app = create_app(book, featured=featured, today=lambda: "2026-11-23")
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    book.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where pictures of the pages are left for whoever wants to look."""
    folder = Path(__file__).resolve().parent / "shots"
    folder.mkdir(exist_ok=True)
    return folder
