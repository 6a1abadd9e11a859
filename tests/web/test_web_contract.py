"""The reader of a contract: pages, clauses with notes, one term across agreements, what is shut."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from made_pdf import made_pdf
from orebook.acts.capture import Wish, capture
from orebook.acts.contract_keep import keep
from orebook.acts.featured import Featured
from orebook.acts.reveal import reveal
from orebook.model.entry import OWNER, Draft
from orebook.wiring import Naming, create_book

from .conftest import portal, sources

PAGES = (
    ("Invented Mine Agreement", "1. Scope", "The north mine.", "2. Royalty", "2.1 Five per cent."),
    ("2.2 It is paid each quarter.", "3. Term. Ten years."),
    (),
)
DEAL = "agreement:made/mine"
TEXT = f"/agreements/{DEAL}/text"
Client = TestClient[Litestar]


def paper(document: str, public: str = "") -> dict[str, object]:
    told: dict[str, object] = {"document": document, "role": "text"}
    return told | ({"public": public} if public else {})


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    book = create_book(None, Naming("example.org/made", "Made", "example.org/keeper"), sources())
    data = made_pdf(PAGES)
    for name in ("open", "closed", "later"):
        # Each a file of its own, so that what is read of one is not what is kept of another.
        keep(book, data + b"%" * len(name), f"../{name}\r\n.pdf", f"document:made/{name}")
    clause = {"number": "2.1", "text": "Five per cent.", "keys": ["royalties"], "note": "of gross"}
    deal = {
        "id": DEAL,
        "title": "Made mine agreement",
        "instrument": "contract",
        "signed": "2026-01-20",
        "papers": [
            paper("document:made/open", "2026-02-01"),
            paper("document:made/closed"),
            paper("document:made/later", "2027-01-01"),
        ],
        "clauses": [clause],
    }
    other = {
        "id": "agreement:made/other",
        "title": "Another",
        "clauses": [{"number": "9", "text": "Six per cent.", "keys": ["royalties"]}],
    }
    book.append([Draft("agreement", (deal, other), "example.org/keeper")])
    with TestClient(portal(book, Featured()), raise_server_exceptions=False) as opened:
        yield opened
    book.close()


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_what_is_stated_of_a_clause_stands_beside_what_is_found(client: Client) -> None:
    rows = client.get(f"{TEXT}.json").json()["tables"]["clauses"]["rows"]
    told = {r["number"]["text"]: (r["page"]["text"], r["read"]["text"]) for r in rows}
    assert told == {
        "1": ("1", "found by its number"),
        "2": ("1", "found by its number"),
        "2.1": ("1", "stated in the agreement"),
        "2.2": ("2", "found by its number"),
        "3": ("2", "found by its number"),
    }
    page = client.get(TEXT, headers={"accept": "text/html"}).text
    assert "nobody has checked them" in words(page)
    assert "Pages without words, which are pictures and not read: 3." in words(page)
    one = words(client.get(f"{TEXT}?clause=2.2", headers={"accept": "text/html"}).text)
    assert "It is paid each quarter." in one
    assert "Ten years" not in one


def test_a_page_shows_how_it_looks_beside_the_clauses_on_it(client: Client) -> None:
    at = f"{TEXT}?document=document%3Amade%2Fopen&page=2"
    told = client.get(at, headers={"accept": "text/html"}).text
    assert "2.2" in words(told)
    assert "page 1" in words(told)
    (source,) = re.findall(r'<img src="([^"]+)"', told)
    drawn = client.get(html.unescape(source), headers={"accept": "image/*"})
    assert drawn.headers["content-type"] == "image/png"
    assert drawn.content.startswith(b"\x89PNG")
    bare = client.get(at.replace("page=2", "page=3"), headers={"accept": "text/html"}).text
    assert "This page holds no words" in words(bare)
    file = client.get(f"{at}&as=file")
    assert file.content.startswith(b"%PDF-")
    assert file.headers["content-disposition"] == 'attachment; filename="open__.pdf"'


def test_one_term_is_read_across_agreements(client: Client) -> None:
    rows = client.get(f"{TEXT}.json?key=royalties").json()["tables"]["across"]["rows"]
    told = [(r["agreement"]["text"], r["where"]["text"], r["text"]["text"]) for r in rows]
    assert told == [
        ("Made mine agreement", "clause 2.1", "Five per cent."),
        ("Another", "clause 9", "Six per cent."),
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "document=document:made/closed",
        "document=document:made/closed&as=file",
        "document=document:made/later&page=1",
        "document=document:made/none",
        "document=document:made/open&page=4",
        "document=document:made/open&page=0",
        "document=document:made/open&page=4&as=png",
        "clause=99",
    ],
)
def test_what_is_not_public_or_not_there_is_not_served(client: Client, asked: str) -> None:
    answer = client.get(f"{TEXT}?{asked}")
    assert answer.status_code == 404
    assert b"%PDF" not in answer.content


def test_a_page_number_that_is_none_is_the_readers_to_mend(client: Client) -> None:
    answer = client.get(f"{TEXT}?document=document:made/open&page=two")
    assert answer.status_code == 400
    assert "page: expected a whole number" in answer.text


def test_nobody_else_can_call_a_file_public() -> None:
    """A file may hold what its sender sealed; any party may name any document with any day."""
    secret = b'{"kind": "lot", "fact": {"id": "lot:x", "label": "187654321.99"}}'
    rival = "party:rival"
    naming = Naming("example.org/shut", "Shut", "example.org/keeper")
    with create_book(None, naming, sources()) as book:
        keep(book, made_pdf(PAGES), "contract.pdf", "document:kept")
        taken = capture(book, io.BytesIO(secret), "lots.jsonl", Wish())
        sent = taken.document
        held = sha256(secret).hexdigest()
        forged = {"id": "document:forged", "name": "x", "sha256": held, "format": "contract"}
        digest = book.append([Draft("document", (forged,), rival)]).first
        reveal(book, book.entry(digest, OWNER).ref(0).text(), "/sha256", "public")
        named = [paper(d, "2025-01-01") for d in (sent, "document:forged", "document:kept")]
        deals = [{"id": f"agreement:{n}", "title": "T", "papers": named} for n in ("evil", "good")]
        book.append([Draft("agreement", (deals[0],), rival)])
        book.append([Draft("agreement", (deals[1],), "example.org/keeper")])
        with TestClient(portal(book, Featured()), raise_server_exceptions=False) as opened:
            for deal, document, status in (
                ("evil", sent, 404),
                ("evil", "document:forged", 404),
                ("evil", "document:kept", 404),
                ("good", sent, 404),
                ("good", "document:forged", 404),
                ("good", "document:kept", 200),
            ):
                where = f"/agreements/agreement:{deal}/text?document={quote(document, '')}&as=file"
                answer = opened.get(where)
                assert (answer.status_code, b"187654321" in answer.content) == (status, False)


def test_a_stated_media_type_reaches_no_header() -> None:
    for stated in ("\u6587/\u672c", "text/html\r\nx-evil: 1", "te\u2028xt"):
        with create_book(
            None, Naming("example.org/m", "M", "example.org/keeper"), sources()
        ) as book:
            data = made_pdf(PAGES)
            keep(book, data, "a.pdf", "document:a")
            again = {
                "id": "document:a",
                "name": "a.pdf",
                "sha256": sha256(data).hexdigest(),
                "format": "contract",
                "media_type": stated,
            }
            at = book.append([Draft("document", (again,), "example.org/keeper")]).first
            reveal(book, book.entry(at, OWNER).ref(0).text(), "/sha256", "public")
            deal = {
                "id": "agreement:a",
                "title": "A",
                "papers": [paper("document:a", "2025-01-01")],
            }
            book.append([Draft("agreement", (deal,), "example.org/keeper")])
            with TestClient(portal(book, Featured()), raise_server_exceptions=False) as opened:
                answer = opened.get("/agreements/agreement:a/text?document=document:a&as=file")
                assert answer.status_code == 200
                assert answer.headers["content-type"] == "application/pdf"
                assert "x-evil" not in answer.headers
