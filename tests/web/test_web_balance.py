"""The balance page of a book: gaps, rivals side by side, what was assumed, what cannot be seen."""

from __future__ import annotations

import html
import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
ASSUMED = "/balance?used_up=1&assume=as-written;basis%3Ddry;moisture%3D8%25"


def test_the_smelter_has_its_rivals_side_by_side(client: Client) -> None:
    page = client.get(ASSUMED)
    assert page.status_code == 200
    for words in ("Does not add up", "cannot be told apart", "percentage points", "999.1 kg",
                  "half a unit of its last digit", "Balanced is not unbiased", "<svg"):  # fmt: skip
        assert words in page.text
    told = client.get(f"{ASSUMED}&format=json").json()
    (gap,) = told["data"]["explanations"] if "data" in told else told["explanations"]
    assert len(gap["equivalence_set"]) > 3
    assert not {e["kind"] for e in gap["equivalence_set"]} & {"party", "laboratory"}


def test_every_site_offered_can_be_weighed_or_says_why_not(client: Client) -> None:
    text = client.get("/balance", headers={"Accept": "text/html"}).text
    offered = {html.unescape(link) for link in re.findall(r'href="(/balance\?site=[^"]+)"', text)}
    assert offered
    assert {client.get(link).status_code for link in offered} == {200}


def test_unstated_figures_are_listed_and_no_step_without_them_adds_up(client: Client) -> None:
    page = client.get("/balance")
    assert page.status_code == 200
    assert "Figures that were not used" in page.text
    assert "Cannot be told" in page.text.partition("<h2>")[0]
    assert "Nothing can be told of 1 of 8 steps" in page.text
    unused = client.get("/balance?format=csv&list=unused").text
    assert "LME Grade A copper cathode, UN sample out of smelt, 5\xa0March\xa02025, Cu" in unused
    (found,) = client.get("/api/findings/network").json()["findings"]
    assert (found["verdict"], found["network"]["verdict"]) == ("cannot_be_told",) * 2
    assert [e.rpartition("/")[2] for e in found["network"]["unchecked"]] == [
        "make-cathode-2025-0305"
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?site=nowhere", 404),
        ("?assume=rubbish", 400),
        ("?period=1900", 404),
        ("?period=2025", 200),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(client: Client, query: str, code: int) -> None:
    assert client.get(f"/balance{query}").status_code == code


def test_the_same_finding_is_data_with_an_etag_of_its_head(client: Client) -> None:
    query = "used_up=1&assume=as-written&assume=basis%3Ddry&assume=moisture%3D8%25"
    answer = client.get(f"/api/findings/network?{query}")
    assert answer.status_code == 200
    (found,) = answer.json()["findings"]
    assert (found["subject"], found["verdict"]) == ("balance:all", "does_not_add_up")
    assert found["head"] == answer.json()["head"]
    gap = next(f for f in found["figures"] if f["name"] == "gap/1")
    assert float(gap["low"]) < float(gap["value"]) < float(gap["high"])
    assert found["network"]["explanations"][0]["sentence"] == gap["label"]
    again = client.get(
        f"/api/findings/network?{query}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    assert client.get("/api/findings/network?used_up=maybe").status_code == 400
    assert client.get("/api/findings/network?site=nowhere").status_code == 404
    assert "/findings/network" in client.get("/api/openapi.json").text


CATHODE = "https%3A%2F%2Fid.sample-refinery.example.com%2Fproduct%2Fcu-cathode-2025"
DRY = "assume=as-written;basis%3Ddry"


def test_the_chain_of_a_lot_is_weighed_together_and_reached_from_the_lot(client: Client) -> None:
    lot = client.get("/lots/lot:invented/ndpr-oxide").text
    (link,) = re.findall(r'href="(/balance\?lot=[^"]+)"', lot)
    page = client.get(html.unescape(link))
    assert page.status_code == 200
    for words in ("The chain of NdPr oxide", "Run-of-mine ore, north mine", "Event by event",
                  "as read, and as reconciled", "Provisional: computed from"):  # fmt: skip
        assert words in page.text
    assert not re.search(r"\de[+-]\d\d", re.sub(r"[0-9a-f]{12,}", "", page.text))
    data = client.get(f"{html.unescape(link)}&format=json").json()
    assert (data["verdict"], data["dof"]) == ("adds_up", 38)
    (event,) = data["events"]
    assert (event["subject"], event["version"]) == ("event:invented/separate", "balance/1")
    rows = client.get(f"{html.unescape(link)}&format=csv&list=readings-0").text.splitlines()
    assert rows[0] == "figure,read,reconciled,moved,class"
    assert len(rows) > 10
    assert "/balance?lot=" in client.get("/balance").text
    assert client.get("/balance?lot=lot:none").status_code == 404


def test_a_gap_is_drawn_with_its_rivals_and_what_the_passport_declares(client: Client) -> None:
    page = client.get(f"/balance?lot={CATHODE}&{DRY}").text
    picture = page.partition("Cu: what moved")[2].partition("</svg>")[0]
    assert re.search(r">999\s±\s170\skg<.*unexplained", picture)
    assert picture.count("as read") >= 2
    assert re.findall(r'<details class="behind"( open)?><summary>(dry mass|Cu)', page) == [
        ("", "dry mass"), (" open", "Cu"),
    ]  # fmt: skip
    order = [page.index(w) for w in ("scrap that the event does not list", "understated: 33.33")]
    assert order == sorted(order)
    assert "the passport&#39;s scrap more than covers it" in page
    lead = page.partition("<h2>")[0]
    assert "5 explanations" not in lead
    assert "6 explanations of it cannot be told apart" in lead
    assert re.search(r"At smelt, 5\sMarch\s2025, 999\skg more Cu came out than went in", lead)
    # Papers exchanged in part are none: it stands last, and not among what cannot be told apart.
    data = client.get(f"/balance?lot={CATHODE}&{DRY}&format=json").json()
    (gap,) = data["explanations"]
    assert "swapped" not in {e["kind"] for e in gap["equivalence_set"]}
    priced = client.get(
        "/balance?used_up=1&assume=as-written;basis%3Ddry&price=Cu%3D9800+USD/t+2025-10-01"
    )
    assert priced.status_code == 200
    assert client.get("/balance?price=rubbish").status_code == 400


def test_a_lot_as_data_names_its_standing_and_its_closings(client: Client) -> None:
    query = f"lot={CATHODE}&assume=as-written&assume=basis%3Ddry"
    (found,) = client.get(f"/api/findings/network?{query}").json()["findings"]
    assert found["verdict"] == "does_not_add_up"
    assert found["closings"] == []
    assert found["standing"].startswith("Provisional: computed from the first")
    assert client.get(f"/api/findings/network?{query}&site=x").status_code == 400


def test_a_reading_moved_far_is_drawn_where_it_went(client: Client) -> None:
    page = client.get(f"/balance?lot={CATHODE}&{DRY}").text
    picture = page.partition("Cu: as read, and as reconciled</h3>")[2].partition("</svg>")[0]
    assert "30 → 33.33 %" in picture
    assert ">+10<" in picture


def test_an_event_begins_with_one_plain_sentence_and_names_what_is_missing(client: Client) -> None:
    smelt = "/events/https://sample-refinery.example.com/events/make-cathode-2025-0305"
    page = client.get(smelt, headers={"Accept": "text/html"}).text
    lead = page.partition('<p class="lead">')[2].partition("</p>")[0]
    assert re.fullmatch(
        r"999\skg more Cu came out than went in as the figures stand; too little is stated .+", lead
    )
    missing = page.partition("<h3>Missing</h3>")[2].partition("</ul>")[0]
    assert "basis of the mass of lot Copper concentrate (Cu 30%), UN sample" in missing
    assert "https://" not in missing
    sound = client.get("/events/event:invented/separate", headers={"Accept": "text/html"}).text
    assert "What went in came out, within the stated doubt, of Ce, La, Nd, Pr." in sound


def test_each_month_in_which_something_happened_is_offered(client: Client) -> None:
    page = client.get("/balance", headers={"Accept": "text/html"}).text
    months = page.partition("<h2>By month</h2>")[2].partition("</ul>")[0]
    assert re.findall(r"period=([\d-]+)", months)[0] == "2025-03"
    assert "March\xa02026" in months
    page = client.get("/balance?period=2026-03", headers={"Accept": "text/html"}).text
    assert "The whole book, March" in page
