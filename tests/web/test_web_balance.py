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


def test_unstated_figures_are_listed_and_never_used(client: Client) -> None:
    page = client.get("/balance")
    assert page.status_code == 200
    assert "Figures that were not used" in page.text


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
