"""A guessing reader who fetches all the portal serves: every page in every form, export and tile.

Two books alike but for their sealed values are walked from the front page on. What is served must
be the same in both, once what is salted, keyed or signed is struck out, so that no page, list,
picture, entity tag or length tells one value from another; and no spelling of the sealed values,
nor a plain hash of one, stands anywhere. A clear value that differs is noticed by the same walk.
"""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from unittest import mock
from urllib.parse import urljoin, urlsplit

import pytest
from litestar.testing import TestClient

from orebook.acts.capture import Wish, capture
from orebook.acts.featured import Featured
from orebook.book.folder import Keys
from orebook.book.ports import CHECKPOINT
from orebook.log.tile import decode_bundle
from orebook.web import portal
from orebook.web.limits import Brake
from orebook.web.portal import create_app
from orebook.wiring import Naming, Sources, create_book

DAY = "2026-06-01"
_LINK = re.compile(r"""(?:href|src|action)=["']([^"'#]+)""")
_NAMED = (
    r"[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86,}={0,2}|[0-9a-f]{64}|[A-Za-z0-9_-]{86}|[A-Za-z0-9_-]{43}"
    r"|document:[0-9a-f]{32}|[0-9a-f]{16,}"
)
_SALTED = re.compile(rf"(?<![0-9A-Za-z_/+-])(?:{_NAMED})(?![0-9A-Za-z_/+=-])")
_SHORT = re.compile(r"\b[0-9a-f]{8,15}…")
_LONG = re.compile(r"[A-Za-z0-9_-]{100,}")
_ROOMS = {
    "agreements", "documents", "entries", "events", "facilities", "lots", "parties", "receipts",
    "shipments", "tile",
}  # fmt: skip
_MOST = 900


def document(mass: str, grade: str, price: str) -> bytes:
    """A mass, a grade, a price and a share that are sealed, with all that hangs on them."""
    dry = {"value": mass, "unit": "KGM", "basis": "dry"}
    known = {"value": "1000", "unit": "KGM", "basis": "dry"}
    money = {"value": price, "currency": "XTS"}
    result = {"substance": "Cu", "grade": {"value": grade, "unit": "P1"}}
    flow = {"inputs": [{"lot": "lot:in", "mass": dry}], "outputs": [{"lot": "lot:out"}]}
    facts: list[tuple[str, dict[str, object], list[str]]] = [
        ("party", {"id": "party:a", "name": "A"}, []),
        ("facility", {"id": "place:mill", "name": "Mill", "operator": "party:a"}, []),
        ("lot", {"id": "lot:in", "label": "in", "mass": dry}, ["/mass"]),
        ("lot", {"id": "lot:out", "mass": known}, []),
        ("assay", {"id": "assay:in", "lot": "lot:in", "basis": "dry", "results": [result]},
         ["/results/0/grade"]),
        ("event", {"id": "event:crush", "kind": "crush", "when": DAY, "facility": "place:mill",
                   "inputs": flow["inputs"], "outputs": [{"lot": "lot:out", "mass": known}]},
         ["/inputs/0/mass"]),
        ("shipment", {"id": "ship:1", "lots": ["lot:out"], "value": money}, []),
        ("agreement", {"id": "agreement:1", "title": "Offtake",
                       "amounts": [{"meaning": "deal_value", "amount": money}]},
         ["/amounts/0/amount"]),
    ]  # fmt: skip
    return b"".join(
        json.dumps({"kind": kind, "fact": fact, "seal": seal}).encode() + b"\n"
        for kind, fact, seal in facts
    )


def walked(data: bytes) -> dict[str, str]:
    """Address → all that was answered there, headers included, as one text."""
    keys = Keys.from_seeds([sha256(name).digest() for name in (b"log", b"author", b"v", b"i")])
    count = iter(range(10**6))
    sources = Sources(
        lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        lambda: sha256(b"%d" % next(count)).digest()[:16],
        keys,
    )
    with create_book(None, Naming("t.example/b", "B", "party:k"), sources) as book:
        done = capture(book, io.BytesIO(data), "rows.jsonl", Wish())
        assert done.problems == ()
        # A patient reader comes back when the brake lets go; the walk does not wait.
        with mock.patch.object(portal, "Brake", return_value=Brake(10**6)):
            app = create_app(book, featured=Featured(), today=lambda: DAY)
        paths = [f"/{path}" for path in book.stores.shelf.paths()]
        with TestClient(app, raise_server_exceptions=False) as client:
            return _walk(client, ["/", "/robots.txt", "/verify", f"/{CHECKPOINT}", *paths])


def _walk(client: TestClient[object], waiting: list[str]) -> dict[str, str]:
    seen: dict[str, str] = {}
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        assert len(seen) < _MOST, "the walk does not end"
        answer = client.get(at, headers={"accept": "text/html", "accept-encoding": "identity"})
        if answer.status_code == 429:  # the portal's own limit: a patient reader comes back
            raise AssertionError(at)
        told = "\n".join(f"{n}: {v}" for n, v in sorted(answer.headers.items()) if n != "date")
        body = answer.content
        seen[at] = f"{answer.status_code}\n{told}\n{_text(at, body)}"
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in _LINK.findall(answer.text):
            target = urlsplit(
                urljoin(f"http://testserver{answer.url.raw_path.decode()}", html.unescape(link))
            )
            if target.netloc != "testserver":
                continue
            where = target.path + (f"?{target.query}" if target.query else "")
            waiting.append(where)
            files = target.path.startswith("/tile/")
            if not files and not target.query and "." not in target.path.rpartition("/")[2]:
                waiting += [f"{target.path}{form}" for form in (".json", ".csv")]
    return seen


def _text(at: str, body: bytes) -> str:
    """What a reader can read in it: the payloads of a bundle, else the text; a tile is hashes."""
    if at.startswith("/tile/entries/"):
        width = int(at.partition(".p/")[2] or 256)
        leaves = decode_bundle(body, width)
        parts = [leaf.split(b".")[1] for leaf in leaves]
        return "\n".join(b64decode(p + b"==", b"-_").decode() for p in parts)
    if at.startswith("/tile/"):
        return f"{len(body)} bytes of hashes"
    return _LONG.sub(_opened, body.decode("utf-8"))


def _opened(found: re.Match[str]) -> str:
    """A leaf is shown in base64url here and there: its payload is what is compared."""
    try:
        return b64decode(found[0] + "==", b"-_").decode()
    except ValueError:
        return found[0]


def struck(text: str) -> str:
    """Without what rests on salts and keys; `_sd` is sorted by digest, so order tells nothing."""
    return _SHORT.sub("…", _SALTED.sub("…", text.replace("\\n", "\n")))


@pytest.mark.proof
def test_every_page_list_export_and_tile_is_the_same_whatever_was_sealed() -> None:
    one, two = walked(document("7317", "23", "918273")), walked(document("8946", "31", "645546"))
    rooms = {path.split("/")[1].partition(".")[0] for path in one}
    assert rooms >= _ROOMS
    assert any(path.endswith(".json") for path in one)
    assert any(path.endswith(".csv") for path in one)
    names = [{struck(path): struck(text) for path, text in walk.items()} for walk in (one, two)]
    assert names[0].keys() == names[1].keys()
    for path, text in names[0].items():
        assert text == names[1][path], path
    everything = "\n".join(one.values())
    for value in ("7317", "918273", "918,273", "7,317", "7.317"):
        assert not re.search(rf"(?<![0-9a-f]){re.escape(value)}(?![0-9a-f])", everything), value
    for guess in ("7317", "23", "918273"):
        raw = sha256(guess.encode()).digest()
        assert raw.hex() not in everything
        assert urlsafe_b64encode(raw).decode().rstrip("=") not in everything


@pytest.mark.proof
def test_the_same_walk_notices_a_value_that_is_not_sealed() -> None:
    data = document("7317", "23", "918273")
    one, two = walked(data), walked(data.replace(b'"value": "1000"', b'"value": "1001"'))
    differ = [path for path in one if struck(one[path]) != struck(two.get(path, ""))]
    assert any(path.startswith("/lots") for path in differ)
    assert any(path.startswith("/events") for path in differ)
    assert any(path.startswith("/tile/entries/") for path in differ)
