"""No route shows a sealed or foreign private value: every route there is, for every reader."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar

from orebook.model.entry import Draft, Seal
from orebook.web.api import epcis_table, table
from orebook.web.api.call import Limits
from orebook.web.portal import ROOMS
from orebook.wiring import Naming, create_book

MASS, TEXT, PRICE, CREW = "98765.4321", "only the owner may read this", "187654321.99", "night-77"
SECRETS = (MASS, TEXT, PRICE, CREW)
EVENT, SHIP, LOT = "urn:uuid:sealed", "ship:one", "urn:lot:sealed"


def drafts(operator: str) -> list[Draft]:
    """Values sealed for the owner, and one for the mine alone."""
    event = {
        "id": EVENT,
        "kind": "ship",
        "when": "2025-03-01T12:00:00Z",
        "timezone": "+00:00",
        "subjects": [{"lot": LOT, "mass": {"value": MASS, "unit": "KGM", "basis": "wet"}}],
        "note": TEXT,
    }
    shipment = {"id": SHIP, "lots": [LOT], "value": {"value": PRICE, "currency": "USD"}}
    other = {"id": "urn:uuid:crew", "kind": "ship", "when": "2025-03-01T12:00:00Z"}
    other |= {"timezone": "+00:00", "subjects": [{"lot": LOT}], "note": CREW}
    return [
        Draft("event", (event,), operator, seal={0: ("/subjects/0/mass", "/note")}),
        Draft("shipment", (shipment,), operator, seal={0: ("/value",)}),
        Draft("event", (other,), operator, seal={0: (Seal("/note", ("party:mine",)),)}),
        Draft("lot", ({"id": LOT, "label": "a lot"},), operator),
    ]


@pytest.fixture(scope="module")
def sealed(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A served book that holds them."""
    serve = request.getfixturevalue("serving")
    book = create_book(None, Naming("example.org/sealed", "Sealed", "party:keeper"))
    book.append(drafts(book.operator))
    yield from serve(book)
    book.close()


def addresses(served: Any) -> list[str]:
    """Every address there is: of both doors by their tables, of the portal by its routes."""
    known = {
        "eventID": EVENT,
        "epc": LOT,
        "eventType": "ObjectEvent",
        "bizStep": "shipping",
        "bizLocation": "urn:here",
        "readPoint": "urn:here",
        "disposition": "active",
        "queryName": "all",
        "subscriptionID": "none",
        "captureID": "none",
        "token": "none",
    }
    found: list[str] = []
    doors = (
        (epcis_table.BASE, epcis_table.operations(Limits())),
        (
            table.BASE,
            table.operations(Limits()),
        ),
    )
    for base, operations in doors:
        for operation in operations:
            if operation.method != "GET":
                continue
            for ident in (EVENT, "urn:uuid:crew", SHIP, LOT, "2", "3", "4", "5"):
                parts = {**known, "id": ident, "reference": ident}
                path = operation.path
                for name, value in parts.items():
                    path = path.replace(f"{{{name}}}", quote(value, safe=""))
                found.append(f"{base}{path}".rstrip("/"))
    for room in ROOMS:
        for form in ("", ".json", ".csv", ".jsonl"):
            found.append(f"/{room}{form}")
            found += [f"/{room}/{quote(i, safe='')}{form}" for i in (EVENT, SHIP, LOT, "2", "3")]
    size = served.book.head.size
    plain = {r.path for r in served.client.app.routes if "{" not in r.path and "-" not in r.path}
    found += sorted(plain - {"/check/sheet", "/check/settlement"})
    found += [f"/receipts/{n}" for n in range(size)]
    found += [f"/tile/entries/000.p/{size}", "/api/findings/balance?event=" + quote(EVENT)]
    found += [f"/api/findings/coherence?lot={quote(LOT)}", "/lots/urn%3Alot%3Asealed?format=csv"]
    for lot in (LOT, "urn:lot:sealed"):
        asked = f"?lot={quote(lot)}"
        found += [f"/rules{asked}", f"/rules{asked}&pack=us-uflpa&format=json"]
        found += [f"/disclosure{asked}", f"/api/findings/rules{asked}&branch=*"]
        found += [f"/api/findings/origin{asked}", f"/api/findings/reach?of={quote(lot)}"]
        found += [f"/api/findings/recall?of={quote(lot)}"]
    return list(dict.fromkeys(found))


def seen(served: Any, address: str, who: str) -> str:
    answer = served.get(address, who)
    assert answer.status_code in {200, 302, 304, 400, 401, 403, 404, 501}, (address, answer.text)
    data = answer.content
    if address.startswith("/api/bulk") and answer.status_code == 200:
        data = gzip.decompress(data)
    return data.decode("utf-8", "replace") + str(answer.headers)


@pytest.mark.parametrize("who", ["", "rival", "mine"])
def test_no_route_shows_what_is_sealed_for_others(sealed: Any, who: str) -> None:
    every = addresses(sealed)
    assert len(every) > 150
    assert isinstance(sealed.client.app, Litestar)
    crew = 0
    for address in every:
        text = seen(sealed, address, who)
        for secret in (MASS, TEXT, PRICE):
            assert secret not in text, (address, secret)
        crew += CREW in text
    assert (crew > 0) == (who == "mine")  # it is for the mine, and it is shown to it


def test_the_owner_does_see_them(sealed: Any) -> None:
    text = seen(sealed, "/api/bulk", "keeper") + seen(sealed, "/epcis/events", "keeper")
    assert all(secret in text for secret in (MASS, TEXT, PRICE))
    assert CREW not in text


@pytest.mark.parametrize(
    "question",
    [
        "EQ_quantity_KGM={}",
        "GE_quantity_KGM={}",
        "LT_quantity_TNE={}",
        "EQ_orebook:fact={}",
        "EXISTS_INNER_orebook:note=true&EQ_quantity_KGM={}",
        "orderBy=eventTime&GT_quantity_KGM={}",
    ],
)
def test_no_filter_tells_a_sealed_value(sealed: Any, question: str) -> None:
    asked = [question.format(value) for value in (MASS, "1", "99999999")]
    for who in ("", "rival"):
        answers = [sealed.events(f"?{one}", who) for one in asked]
        assert answers == [[], [], []]
    found = sealed.events(f"?EQ_quantity_KGM={MASS}", "keeper")
    assert [e["eventID"] for e in found] == [EVENT]
    (shown,) = sealed.events(f"?EQ_eventID={EVENT}")
    assert "/subjects/0/mass" in shown["orebook:sealed"]


def test_answers_are_kept_apart_by_what_their_readers_hold(sealed: Any) -> None:
    tags = {
        who: sealed.get("/api/events/urn%3Auuid%3Acrew", who).headers["etag"]
        for who in ("", "rival", "mine", "keeper")
    }
    assert len({tags[""], tags["mine"], tags["keeper"]}) == 3
    for held in (tags[""], f'"x", {tags[""].removeprefix("W/")}'):
        known = {"if-none-match": held}
        answer = sealed.client.get("/api/events/urn%3Auuid%3Acrew", headers=known)
        assert (answer.status_code, answer.content) == (304, b"")
