"""Hostile names and questions: nothing breaks, nothing runs, nothing sealed gets out."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from orebook.book.book import Book
from orebook.web.addresses import ROOMS, address, read_rest
from orebook.web.limits import Brake, TooMany
from orebook.web.tables import harmless

BROWSER = {"accept": "text/html"}
Client = TestClient[Litestar]
LISTS = sorted(ROOMS.values())
SECRETS = ("187654321", "only the owner may read")


def hostile(book: Book) -> list[str]:
    from orebook.acts.register import every
    from orebook.acts.see import view
    from orebook.model.lot import Lot

    return [lot.id for lot in every(view(book, "public", "2026-11-23"), "lot", Lot)]


def test_every_hostile_name_has_its_page(small_client: Client, small: Book) -> None:
    names = hostile(small)
    assert len(names) > 20
    for ident in names:
        answer = small_client.get(address("lot", ident), headers=BROWSER)
        assert answer.status_code == 200, ident
        told = small_client.get(address("lot", ident, "", format="json")).json()
        assert told["lot"]["id"] == ident
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "onerror=alert(1)>" not in answer.text


def test_lists_of_hostile_names_link_to_them(small_client: Client) -> None:
    for room in ("lots", "parties"):
        text = small_client.get(f"/{room}", headers=BROWSER).text
        assert "<script>alert" not in text
        assert "49" not in re.findall(r"label of ([^<]*)", text)
        links = re.findall(rf'href="(/{room}[/?][^"]*)"', text)
        assert len(set(links)) >= 25
        for link in set(links):
            answer = small_client.get(link.replace("&amp;", "&"), headers=BROWSER)
            assert answer.status_code == 200, unquote(link)


def test_a_link_that_could_run_a_script_is_dropped(small_client: Client) -> None:
    text = small_client.get("/sources/src", headers=BROWSER).text
    assert 'href="javascript' not in text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_an_address_reads_back_as_the_name_it_was_made_of(ident: str) -> None:
    path = address("lot", ident)
    if path.startswith("/lots?"):
        assert ident in {".", ".."}
        return
    assert re.fullmatch(r"[!-~]+", path)
    assert "//" not in path
    rest = read_rest(path.removeprefix("/lots/").encode())
    assert rest is not None
    assert (rest.ident, rest.tail, rest.form) == (ident, "", "")


@pytest.mark.parametrize(
    "path",
    [
        "/lots/%ff%fe",
        "/lots/%00",
        "/lots/" + "a" * 5000,
        "/lots/nothing-of-that-name",
        "/entries/-1",
        "/entries/999999999",
        "/entries/99999999999999999999999999",
        "/entries/zz",
        "/entries/" + "0" * 64,
        "/entries?before=x",
        "/lots?head=x",
        "/lots?head=0",
        "/lots?head=99999999",
        "/lots?on=1800-01-01",
        "/lots?on=never",
        "/lots?format=xml",
        "/lots?format=csv&list=nope",
        "/check?position=x",
        "/check?position=99999999",
        "/check?position=1&byte=99999999",
        "/tile/0/../../keys",
        "/tile/%2e%2e/book.toml",
        "/tile/9/000",
        "/tile/entries/999",
        "/static/../portal.py",
        "/static/none.css",
        "/nowhere",
        "/agreements/none/brief",
        "/lots/plain?back=-1",
        "/entries/1?file=keys",
    ],
)
def test_a_question_without_an_answer_is_a_problem(small_client: Client, path: str) -> None:
    page = small_client.get(path, headers=BROWSER)
    assert 400 <= page.status_code < 500
    assert "Traceback" not in page.text
    assert "site-packages" not in page.text
    told = small_client.get(path, headers={"accept": "application/json"})
    assert told.status_code == page.status_code
    assert told.headers["content-type"].startswith("application/problem+json")
    body = told.json()
    assert body["status"] == told.status_code
    assert set(body) >= {"type", "title", "status", "detail", "instance", "next_step"}


def test_other_methods_are_refused(small_client: Client) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = small_client.request(method, "/lots")
        assert answer.status_code == 405
        assert answer.json()["detail"]


def test_no_page_tells_what_is_sealed(small_client: Client, small: Book) -> None:
    pages = ["/", "/log", "/check", *(f"/{room}" for room in LISTS)]
    pages += [address("shipment", "ship/one"), address("claim", "=1+1")]
    pages += [address("entry", str(n)) for n in range(small.head.size)]
    for path in pages:
        for form in ("html", "json", "csv"):
            glue = "&" if "?" in path else "?"
            text = small_client.get(f"{path}{glue}format={form}").text
            assert not any(secret in text for secret in SECRETS), (path, form)
    shown = small_client.get(address("shipment", "ship/one"), headers=BROWSER).text
    assert "sealed" in shown
    assert "since entry" in shown


def test_an_entry_shows_sealed_members_and_who_signed(small_client: Client, small: Book) -> None:
    from orebook.acts.see import view

    entries = view(small, "public", "2026-11-23").entries(0, small.head.size)
    position = next(e.position for e in entries if e.kind == "shipment")
    body = small_client.get(f"/entries/{position}.json").json()
    members = {row["member"]["text"] for row in body["tables"]["sealed"]["rows"]}
    assert {"/0/value", "/0/incoterm"} <= members
    page = small_client.get(f"/entries/{position}", headers=BROWSER).text
    assert "on behalf of" in page
    leaf = small_client.get(f"/entries/{position}?file=leaf")
    assert leaf.content == small.leaf(position)
    proof = small_client.get(f"/entries/{position}?file=proof")
    assert proof.content == small.proof(position)
    assert small_client.get(f"/entries/{entries[position].leaf}").status_code == 200


def test_csv_holds_no_formula(small_client: Client) -> None:
    for path in ("/lots.csv", "/claims.csv", "/parties.csv"):
        rows = list(csv.reader(io.StringIO(small_client.get(path).text)))
        assert len(rows) > 1
        for row in rows[1:]:
            for value in row:
                assert value[:1] not in {"=", "+", "@", "\t"}, value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1", "'=1"),
        ("-1", "-1"),
        ("-1+2", "'-1+2"),
        ("+1.5", "+1.5"),
        ("@a", "'@a"),
        ("a", "a"),
        ("＝1", "'＝1"),
    ],
)
def test_numbers_stay_numbers_in_csv(text: str, told: str) -> None:
    assert harmless(text) == told


def test_a_table_for_a_browser_begins_as_excel_wants_it_and_for_a_program_it_does_not(
    small_client: Client,
) -> None:
    told = {
        name: small_client.get(f"/lots.csv{query}", headers=headers)
        for name, query, headers in (
            ("program", "", {"accept": "*/*"}),
            ("browser", "", BROWSER),
            ("asked", "?bom=1", {"accept": "text/csv"}),
            ("declined", "?bom=0", BROWSER),
        )
    }
    begins = {name for name, answer in told.items() if answer.content.startswith(b"\xef\xbb\xbf")}
    assert begins == {"browser", "asked"}
    assert told["browser"].content[3:] == told["program"].content
    assert told["browser"].headers["etag"] != told["program"].headers["etag"]
    assert "Accept" in told["program"].headers["vary"].split(",")
    assert small_client.get("/lots.json?bom=1").json()["tables"]
    assert small_client.get("/lots.csv?bom=yes").status_code == 400


def test_names_ending_like_a_format_are_found(small_client: Client) -> None:
    assert small_client.get("/lots/list.json", headers=BROWSER).status_code == 200
    told = small_client.get("/lots/" + quote("list.json") + ".json").json()
    assert told["lot"]["id"] == "list.json"


def test_a_brake_lets_so_many_pass_and_forgets() -> None:
    now = [0.0]
    brake = Brake(2, 10, lambda: now[0])
    brake.take("a")
    brake.take("a")
    brake.take("b")
    with pytest.raises(TooMany) as caught:
        brake.take("a")
    assert 1 <= caught.value.seconds <= 11
    now[0] = 11
    brake.take("a")


def test_nothing_the_portal_does_writes(small_client: Client, small: Book, tmp_path: Path) -> None:
    before: Any = (small.head, small.signed_head)
    sheet = tmp_path / "s.csv"
    sheet.write_text("bag,net (kg)\nB1,10\n", encoding="utf-8")
    with sheet.open("rb") as stream:
        small_client.post("/check/sheet", files={"sheet": ("s.csv", stream, "text/csv")})
    small_client.get("/check?position=0&byte=1")
    assert (small.head, small.signed_head) == before
