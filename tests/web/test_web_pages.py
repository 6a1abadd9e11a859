"""Every page of the demo book: it answers, says its head, and its twins hold the same numbers."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.book.book import Book

SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"
BROWSER = {"accept": "text/html,application/xhtml+xml"}
PAGES = {
    "front": "/",
    "agreements": "/agreements",
    "agreement": "/agreements/agreement:fwo-ussm-mou",
    "brief": "/agreements/agreement:fwo-ussm-mou/brief",
    "text": "/agreements/agreement:invented/offtake/text",
    "one key": "/agreements/agreement:invented/offtake/text?key=price-and-offtake",
    "compared": "/agreements/agreement:fwo-ussm-mou/compare?other=agreement:ukraine-us-fund-2025",
    "shipments": "/shipments",
    "shipment": "/shipments/shipment:first-shipment",
    "filled shipment": "/shipments/shipment:invented/north-concentrate",
    "lots": "/lots",
    "lot": "/lots/lot:invented/blend",
    "sample lot": "/lots/" + quote("https://id.sample-mine.example.com/product/cu-conc-2025", ""),
    "facilities": "/facilities",
    "facility": "/facilities/facility:announced-refinery",
    "claims": "/claims",
    "claim": "/claims/c061",
    "sources": "/sources",
    "objects": "/objects",
    "object": "/objects/object:white-house-box",
    "parties": "/parties",
    "party": "/parties/party:fwo",
    "events": "/events",
    "event": "/events/" + quote(SMELT, ""),
    "absent event": "/events/event:first-shipment-preparation",
    "documents": "/documents",
    "entries": "/entries",
    "entry": "/entries/3",
    "log": "/log",
    "check": "/check",
    "changed byte": "/check?position=3&byte=7",
    "pack": "/rules?pack=us-dfars-7052",
    "lot under every pack": "/rules?lot=lot:invented/ndpr-oxide",
    "lot under one pack": "/rules?lot=lot:invented/ndpr-oxide&pack=us-dfars-7052&law=2027-01-02",
    "buyers": "/reliance",
    "disclosure form": "/disclosure?lot=lot:invented/ndpr-oxide",
}
Client = TestClient[Litestar]


def words(markup: str) -> str:
    text = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_comparing_with_nothing_offers_what_there_is_to_compare_with(client: Client) -> None:
    answer = client.get("/agreements/agreement:fwo-ussm-mou/compare", headers=BROWSER)
    assert answer.status_code == 200
    assert "compare?other=agreement%3Aukraine-us-fund-2025" in answer.text
    assert "other=agreement%3Afwo-ussm-mou" not in answer.text
    assert client.get("/agreements/agreement:none/compare", headers=BROWSER).status_code == 404


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_page_answers_and_says_what_it_stands_on(
    client: Client, demo: Book, path: str
) -> None:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200
    said = words(answer.text)
    assert demo.head.root[:16] in said
    assert f"{demo.head.size} entries" in said
    assert "As of 23 November 2026" in said
    assert "No memory outside this book has confirmed this head" in said
    assert "jurisdiction: none" in said
    assert "keeper@example.org" in said
    assert "Unknown here" in said


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_page_is_whole_markup_with_nothing_inline(client: Client, path: str) -> None:
    text = client.get(path, headers=BROWSER).text
    assert text.startswith("<!doctype html>")
    assert '<html lang="en">' in text
    assert text.count("<h1") == 1
    assert 'href="#main"' in text
    assert " style=" not in text
    assert not re.search(r"\son[a-z]+=", re.sub(r">[^<]*<", "><", text))
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    for link in re.findall(r'(?:src|action)="([^"]+)"', text):
        assert link.startswith("/"), link
    for link in re.findall(r'<link[^>]+href="([^"]+)"', text):
        assert link.startswith("/"), link
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_the_twins_hold_the_same_numbers(client: Client, path: str) -> None:
    glue = "&" if "?" in path else "?"
    page = words(client.get(path, headers=BROWSER).text)
    body = client.get(f"{path}{glue}format=json").json()
    assert body["head"]["size"] > 100
    for key, shown in body["tables"].items():
        text = client.get(f"{path}{glue}format=csv&list={quote(key)}").text
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == len(shown["rows"])
        for row, line in zip(rows, shown["rows"], strict=True):
            for name, cell in line.items():
                bare = row[name].removeprefix("'")
                if cell.get("value"):
                    assert bare == cell["value"]
                    assert row.get(f"{name}_unit", "") == cell.get("unit", "")
                else:
                    assert bare.startswith(cell["text"])
        for line in shown["rows"]:
            if "mass" in line or "days" in line:
                for cell in line.values():
                    assert " ".join(cell["text"].split()) in page or not cell.get("value")


def test_links_between_pages_lead_somewhere(
    client: Client, count: Callable[[int, int], int]
) -> None:
    links: set[str] = set()
    for path in PAGES.values():
        text = client.get(path, headers=BROWSER).text
        links |= {html.unescape(found) for found in re.findall(r'href="(/[^"#]*)', text)}
    assert len(links) > 150
    tried = sorted(links)[:: count(5, 1)]
    broken = {link for link in tried if client.get(link, headers=BROWSER).status_code != 200}
    assert broken == set()


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_links_inside_a_page_lead_somewhere(client: Client, path: str) -> None:
    text = client.get(path, headers=BROWSER).text
    ids = set(re.findall(r'\sid="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids


def test_the_ladder_stands_on_the_page_of_the_agreement(client: Client) -> None:
    path = "/agreements/agreement:fwo-ussm-mou"
    body = client.get(f"{path}.json").json()["tables"]
    rungs = [r["rung"]["text"] for r in body["rungs"]["rows"]]
    assert rungs[:2] == ["in the ground, at a price", "after recovery at mine and plant"]
    assert body["rungs"]["rows"][0]["value"]["text"] == "USD\u00a0179.2\u00a0billion"
    assert body["rungs"]["rows"][1]["left"]["text"].startswith("85.4")
    # What nobody stated is no number, and says what would have to be.
    assert {r["value"]["text"] for r in body["rungs"]["rows"][2:]} == {"cannot be told"}
    assert "payable share" in body["rungs"]["rows"][2]["needs"]["text"]
    assert [r["claim"]["text"] for r in body["backed"]["rows"]] == ["c114", "c113", "c112", "c111"]
    assert all("not scaled" in r["rest"]["text"] for r in body["backed"]["rows"])
    assert {r["class"]["text"] for r in body["deposits"]["rows"]} >= {"mineral reserve (CRIRSCO)"}
    said = words(client.get(path, headers=BROWSER).text)
    assert "For the agreement itself the ladder does not run" in said
    other = client.get("/agreements/agreement:ukraine-us-fund-2025.json").json()["tables"]
    assert "backed" not in other


def test_the_first_page_asks_its_eight_questions_in_order(client: Client) -> None:
    said = words(client.get("/", headers=BROWSER).text.partition("<h1>")[2])
    order = [
        "This book shows whether statements agree",
        "It does not prove that the rock is the rock",
        "Not found is not hidden",
        "Your answer stands beside the claim",
        "What was shipped?",
        "441 days, no text found",
        "How the two instruments differ",
        "One amount, five meanings",
        "These are not added",
        "Many reports, how many voices?",
        "Dispatched or delivered, by whom?",
        "Does it add up? UN sample, not Pakistan",
        "Cannot be told",
        "If the facts were here invented example",
        "Check us",
        "Change one byte",
        "Drop your shipment sheet here",
    ]
    places = [said.find(" ".join(text.split())) for text in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places)


def test_the_smelter_says_gap_break_even_and_assumption(client: Client) -> None:
    said = words(client.get("/", headers=BROWSER).text)
    assert "999\u202fkg" in said or "999 kg" in said
    assert "33.33" in said
    assert "does not add up" in said
    assert "only if the inputs are dry" in said
    assert "4 days before the event" in said


def test_grade_moisture_and_scrap_can_be_tried_without_scripts(client: Client) -> None:
    path = "/events/" + quote(SMELT, "")
    damp = client.get(f"{path}?scrap=1200&moisture=8&format=json").json()["finding"]
    (copper,) = [p for p in damp["parts"] if p["subject"] == SMELT]
    (gap,) = [f for f in copper["figures"] if f["name"] == "gap"]
    assert gap["value"].startswith("519")
    assert any("8 %" in text for text in damp["assumptions"])
    same = words(client.get("/?scrap=1200&moisture=8", headers=BROWSER).text)
    assert "519" in same
    closed = client.get(f"{path}?grade=33.33&dry=1&format=json").json()["finding"]
    (gap,) = [f for f in closed["parts"][0]["figures"] if f["name"] == "gap"]
    assert float(gap["value"]) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("text", ["abc", "1e999", "-5", "130", "1/0", "ʔ", "9" * 50])
def test_a_figure_that_is_none_is_refused_beside_the_form(client: Client, text: str) -> None:
    answer = client.get("/", params={"grade": text}, headers=BROWSER)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "expected" in words(answer.text).lower()


def test_lineage_says_how_much_is_shown_and_expands(client: Client) -> None:
    one = words(client.get("/lots/lot:invented/blend", headers=BROWSER).text)
    assert "Shown 2 of 5 events" in one
    two = client.get("/lots/lot:invented/blend?back=2&forward=2&format=json").json()
    assert len(two["lineage"]["events"]) > 2
    assert client.get("/lots/lot:invented/blend?back=999999").status_code == 400


def test_unbuilt_places_are_hollow(client: Client) -> None:
    text = client.get("/facilities/facility:announced-refinery", headers=BROWSER).text
    assert 'class="status unbuilt"' in text
    built = client.get("/facilities/facility:invented/north-mine", headers=BROWSER).text
    assert 'class="status built"' in built


def test_samples_and_inventions_carry_their_badge(client: Client) -> None:
    for path, badge in (
        (PAGES["sample lot"], "UN sample, not Pakistan"),
        (PAGES["event"], "UN sample, not Pakistan"),
        (PAGES["lot"], "invented example"),
        (PAGES["filled shipment"], "invented example"),
    ):
        assert badge in words(client.get(path, headers=BROWSER).text)
    assert "invented example" not in client.get(PAGES["shipment"], headers=BROWSER).text


def test_the_brief_fits_its_four_parts(client: Client) -> None:
    said = words(client.get(PAGES["brief"], headers=BROWSER).text)
    places = [said.find(part) for part in ("Agreed", "Disputed", "Not found", "Five questions")]
    assert -1 not in places
    assert places == sorted(places)
    assert said.count("yardstick") == 5


def test_claims_can_be_filtered(client: Client) -> None:
    whole = client.get("/claims.json").json()["tables"]["claims"]["rows"]
    differ = client.get("/claims.json?state=differ").json()["tables"]["claims"]["rows"]
    found = client.get("/claims.json?q=delivered").json()["tables"]["claims"]["rows"]
    assert len(whole) == 132
    assert 0 < len(differ) < len(whole)
    assert all(r["group"]["text"] == "statements differ" for r in differ)
    assert "c061" in {r["claim"]["text"] for r in found}
    assert client.get("/claims.json?q=zzzz").json()["tables"]["claims"]["rows"] == []
