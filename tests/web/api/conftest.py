"""A served book with members: an operator, a mine that writes, a rival that reads."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.acts import members
from orebook.acts.featured import Featured
from orebook.book.office import Office
from orebook.book.opened import OpenBook
from orebook.model.entry import Draft
from orebook.web.api.call import Limits
from orebook.web.portal import LIMITS, create_app
from orebook.wiring import Naming, create_book

TODAY = "2026-11-23"
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
PARTIES = tuple({"id": f"party:{name}", "name": name} for name in ("mine", "rival"))
LOT = "urn:epc:class:lgtin:4012345.012345."


def event(ident: str, **more: Any) -> dict[str, Any]:
    """An event of one lot."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{ident}",
        "eventTime": "2025-03-01T12:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "quantityList": [{"epcClass": f"{LOT}{ident}", "quantity": 1, "uom": "TNE"}],
        **more,
    }


def document(*events: dict[str, Any], context: Any = ()) -> dict[str, Any]:
    """An EPCIS document of these events."""
    return {
        "@context": [*CONTEXT, *context],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2025-03-02T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


def listed(answer: httpx.Response) -> Any:
    """The events of an answer."""
    assert answer.status_code == 200, answer.text
    return answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


@dataclass
class Served:
    """A client, and headers for each member."""

    client: TestClient[Litestar]
    book: OpenBook
    office: Office
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    context = CONTEXT
    lot = LOT
    event = staticmethod(event)
    document = staticmethod(document)
    listed = staticmethod(listed)

    def capture(self, body: Any, who: str = "mine", **headers: str) -> dict[str, Any]:
        """Sends a document and waits for its job."""
        sent = self.client.post(
            "/epcis/capture", json=body, headers={**self.tokens[who], **headers}
        )
        assert sent.status_code == 202, sent.text
        return self.job(sent.headers["location"], who)

    def job(self, where: str, who: str = "mine") -> dict[str, Any]:
        """A job once it is done."""
        for _ in range(400):
            job: dict[str, Any] = self.client.get(where, headers=self.tokens[who]).json()
            if not job["running"]:
                self.book.refresh()
                return job
            time.sleep(0.01)
        raise AssertionError(job)

    def events(self, question: str = "", who: str = "", base: str = "/epcis/events") -> Any:
        """The events of an answer, as they stand in it."""
        return listed(self.get(f"{base}{question}", who))

    def broken_off(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> list[Any]:
        """What is answered where the connection breaks after these bytes of a longer body."""
        sent = iter(
            [
                {"type": "http.request", "body": data, "more_body": True},
                {"type": "http.disconnect"},
            ]
        )
        said: list[Any] = []

        async def receive() -> Any:
            return next(sent)

        async def send(message: Any) -> None:
            said.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [
                (n.encode("latin-1"), v.encode("latin-1"))
                for n, v in {**self.tokens["mine"], **headers}.items()
            ],
            "client": ("127.0.0.1", 1),
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "root_path": "",
            "asgi": {"version": "3.0"},
            "extensions": {},
        }
        # In a thread of its own: a browser's session elsewhere in this process may hold a loop.
        with ThreadPoolExecutor(1) as alone:
            alone.submit(lambda: asyncio.run(self.client.app(scope, receive, send))).result()
        return said

    def get(self, address: str, who: str = "") -> httpx.Response:
        """An answer to a member, or to anyone."""
        return self.client.get(address, headers=self.tokens.get(who, {}))

    def post(self, address: str, who: str = "mine", **more: Any) -> httpx.Response:
        """Sends as a member."""
        headers = {**self.tokens.get(who, {}), **more.pop("headers", {})}
        return self.client.post(address, headers=headers, **more)


def serve(book: OpenBook, limits: Limits = LIMITS) -> Iterator[Served]:
    """A book behind a client, with its members."""
    office = Office(None)
    now = dt.datetime.now(dt.UTC)
    book.append([Draft("party", PARTIES, book.operator)])
    tokens = {}
    for name, organisation, role in (
        ("keeper", book.operator, "owner"),
        ("mine", "party:mine", "submitter"),
        ("rival", "party:rival", "reader"),
        ("auditor", book.operator, "auditor"),
    ):
        members.set_member(office, organisation, name, role)
        text, _ = members.new_token(office, organisation, name, now)
        tokens[name] = {"authorization": f"Bearer {text}"}
    app = create_app(book, featured=Featured(), today=lambda: TODAY, office=office, limits=limits)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Served(client, book, office, tokens)
    office.close()


@pytest.fixture
def served() -> Iterator[Served]:
    """A fresh served book."""
    book = create_book(None, Naming("example.org/served", "Served", "party:keeper"))
    yield from serve(book)
    book.close()


@pytest.fixture(scope="session")
def serving() -> Callable[..., Iterator[Served]]:
    """Serves a book of the test's own."""
    return serve
