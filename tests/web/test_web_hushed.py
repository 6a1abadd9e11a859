"""Read with ill will: no public page, file or answer makes a party or a motive the explanation."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from litestar import Litestar
from litestar.testing import TestClient

import orebook.web.portal
from orebook.acts.closing import close
from orebook.acts.featured import Featured
from orebook.acts.reconcile import reconcile_view
from orebook.acts.see import view
from orebook.book.book import Book
from orebook.model.entry import Draft
from orebook.web.limits import Brake
from orebook.wiring import Naming, create_book

from .conftest import TODAY, portal, sources

Client = TestClient[Litestar]
NORTH, HOUSE = "party:north", "party:assay-house"
NAMES = {NORTH: "North Ores (invented)", "party:south": "South Works (invented)",
         HOUSE: "Assay House (invented)"}  # fmt: skip
SAID = re.compile(r"What the party|[Tt]he laboratory [^.]{1,80} reports|[Tt]he scale party:")
MOTIVE = re.compile(
    r"\b(theft|thie(f|ves)|stole|stolen|steal\w*|fraud\w*|smuggl\w*|launder\w*|cheat\w*|conceal\w*"
    r"|dishonest\w*|skim\w*|divert\w*|liar|lied)\b",
    re.IGNORECASE,
)


def out(lot: str, kilograms: str, cause: str = "") -> dict[str, Any]:
    mass: dict[str, Any] = {"value": kilograms, "unit": "KGM", "basis": "dry"}
    mass["doubt"] = {"kind": "normal", "sd": str(int(kilograms) // 100)}
    return {"lot": lot, "mass": mass | ({"cause": cause} if cause else {})}


def drafts(operator: str) -> Iterator[Draft]:
    """What party:north weighs is a tenth too high, on a scale that bears its name; so is what its
    laboratory reads."""
    yield Draft("party", tuple({"id": i, "name": n} for i, n in NAMES.items()), operator)
    place = {"id": "plant:one", "name": "One plant", "country": "ZZ"}
    yield Draft("facility", (place,), operator)
    lots, events, assays = [], [], []
    for n in range(3):
        raw, mid, end = f"raw{n}", f"mid{n}", f"end{n}"
        lots += [{"id": i, "label": f"Lot {i}", "form": "concentrate"} for i in (raw, mid, end)]
        for lot, grade, by in ((raw, "20", "party:other"), (mid, "24", HOUSE), (end, "20", "p:o")):
            read = {"value": grade, "unit": "P1", "doubt": {"kind": "normal", "sd": "0.2"}}
            assays.append({"id": f"assay:{lot}", "lot": lot, "basis": "dry", "laboratory": by,
                           "results": [{"substance": "Cu", "grade": read}]})  # fmt: skip
        events.append({"id": f"crush:{n}", "kind": "crush", "party": NORTH, "when": "2026-01-10",
                       "facility": "plant:one", "inputs": [out(raw, "1000")],
                       "outputs": [out(mid, "1100", NORTH)]})  # fmt: skip
        events.append({"id": f"again:{n}", "kind": "crush", "party": "party:south",
                       "when": "2026-01-11", "facility": "plant:one",
                       "inputs": [out(mid, "1000")], "outputs": [out(end, "1000")]})  # fmt: skip
    yield from (Draft(k, tuple(v), operator) for k, v in
                (("lot", lots), ("assay", assays), ("event", events)))  # fmt: skip


@pytest.fixture(scope="module")
def book() -> Iterator[Book]:
    made = create_book(None, Naming("test.example/hush", "Hush", "party:keeper"), sources())
    made.append(list(drafts(made.operator)))
    close(view(made, "public", TODAY), "2026-01", used_up=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def public(book: Book) -> Iterator[Client]:
    with mock.patch.object(orebook.web.portal, "Brake", return_value=Brake(10**6)):
        app = portal(book, Featured())
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def questions() -> list[str]:
    asked = ["", "period=2026-01", "site=plant:one", "lot=mid0", "period=2026-01&site=plant:one"]
    return [f"{q}{'&' if q else ''}{more}" for q in asked for more in ("used_up=1", "")]


def kinds_of(value: Any) -> Iterator[str]:
    """The kinds of every explanation and suspicion, however deep they lie."""
    if isinstance(value, dict):
        if "kind" in value and {"size", "place"} <= set(value):
            kind = value["kind"]
            yield kind if isinstance(kind, str) else kind["text"]
        for inner in value.values():
            yield from kinds_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from kinds_of(inner)


def test_members_are_told_of_parties_and_laboratories(book: Book) -> None:
    """There is something to hush, else the test below would hold of anything."""
    told = reconcile_view(view(book, "owner", TODAY), used_up=True).as_json()
    assert {"party", "laboratory"} <= {s["kind"] for s in told["smallest_detectable"]}
    assert NORTH in {s["place"] for s in told["smallest_detectable"] if s["kind"] == "scale"}
    assert told["verdict"] == "does_not_add_up"
    # As its own scale it is one to a member, and none to the public.
    open_ = reconcile_view(view(book, "public", TODAY), used_up=True).as_json()
    assert open_["verdict"] == "does_not_add_up"
    assert not {s["place"] for s in open_["smallest_detectable"]} & set(NAMES)


def test_no_answer_about_a_balance_explains_it_by_a_party(public: Client, count: Any) -> None:
    for question in questions()[: count(1, 10)]:
        pages = {form: public.get(f"/balance?{question}{form}", headers={"Accept": "text/html"})
                 for form in ("", "&format=json", "&format=jsonl")}  # fmt: skip
        links = re.findall(r'href="([^"]*format=csv[^"]*)"', pages[""].text)
        assert len(links) > 4
        for link in dict.fromkeys(html.unescape(one) for one in links):
            pages[link] = public.get(link)
        if "&site" not in question:
            pages["api"] = public.get(f"/api/findings/network?{question}")
            pages["api"].raise_for_status()
        for form, page in pages.items():
            assert page.status_code == 200, (question, form)
            assert not SAID.search(page.text), (question, form)
            assert not MOTIVE.search(page.text), (question, form, MOTIVE.search(page.text))
            assert not [n for n in (*NAMES, *NAMES.values()) if n in page.text], (question, form)
        for form in ("&format=json", "api"):
            if form in pages:
                kinds = set(kinds_of(json.loads(pages[form].text)))
                assert not kinds & {"party", "laboratory"}, (question, form)
                if "used_up" in question and "lot" not in question:
                    assert kinds & {"reading", "assay", "loss"}


@pytest.mark.proof
def test_no_entry_event_lot_or_list_does_either(public: Client, book: Book) -> None:
    seen, found = set[str](), 0
    ring = ["/", "/events", "/lots", "/facilities", "/entries"]
    ring += [f"/entries/{n}" for n in range(book.head.size)]
    while ring and len(seen) < 90:
        address = ring.pop(0)
        if address in seen:
            continue
        seen.add(address)
        for form in ("", "?format=json"):
            page = public.get(f"{address}{form}", headers={"Accept": "text/html"})
            found += page.status_code == 200
            assert not SAID.search(page.text), address
            assert not MOTIVE.search(page.text), (address, MOTIVE.search(page.text))
        text = public.get(address, headers={"Accept": "text/html"}).text
        ring += [
            link for one in re.findall(r'href="(/[^"#?]+)"', text)
            if (link := html.unescape(one)).startswith(("/lots/", "/events/", "/facilities/"))
        ]  # fmt: skip
    assert found > 50
