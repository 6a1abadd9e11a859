"""Origin over HTTP: the blended lot's shares and bounds as data, and on its page."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.web.api.openapi import document

Client = TestClient[Litestar]
LOT = "lot:invented/ndpr-oxide"
MINE = "facility:invented/north-mine"
BROWSER = {"accept": "text/html"}


def told(client: Client, path: str, question: str) -> Any:
    answer = client.get(f"/api/findings/{path}?{question}")
    assert answer.status_code == 200, answer.text
    said = document()
    schema = said["paths"][f"/api/findings/{path}"]["get"]["responses"]["200"]["content"]
    whole = {**schema["application/json"]["schema"], "components": said["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer.json())
    again = client.get(
        f"/api/findings/{path}?{question}", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    return answer.json()


def test_the_blended_lot_has_shares_bounds_and_what_would_narrow_them(client: Client) -> None:
    body = told(client, "origin", f"lot={LOT}&element=Nd&by=mine")
    (lot,) = body["answers"][0]["lots"]
    (split,) = lot["splits"]
    assert {s["name"] for s in split["shares"]} == {
        "North mine (invented)",
        "South mine (invented)",
    }
    assert all(0 < s["low"] < s["value"] < s["high"] < 1 for s in split["shares"])
    narrows = [gap["narrows"] for gap in lot["missing"]]
    assert narrows
    assert narrows == sorted(narrows, reverse=True)
    assert lot["heaviest_way"]["lots"][-1] == LOT
    assert lot["smallest_cut"]["facilities"] == ["Chemical plant (invented)"]
    assert body["answers"][0]["custody"]
    assert body["head"]["size"] > 0


def test_reach_exposure_and_recall_name_lots_and_no_events(client: Client) -> None:
    reached = told(client, "reach", f"of={MINE}&element=Nd")["answers"]
    assert LOT in {row["lot"] for row in reached}
    assert not any(row["lot"].startswith("event:") for row in reached)
    shares = [row["share"] for row in reached]
    assert shares == sorted(shares, reverse=True)
    exposed = told(client, "exposure", "mine=North mine (invented)&element=Nd")["answers"]
    of_lot = next(row for row in exposed if row["lot"] == LOT)
    assert 0 < of_lot["low"] < of_lot["value"] < of_lot["high"] < 1
    recalled = told(client, "recall", f"of={MINE}")["answers"][0]
    assert LOT in {row["lot"] for row in recalled["affected"]}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("origin", 400),
        ("origin?lot=lot:none", 404),
        (f"origin?lot={LOT}&by=colour", 400),
        (f"origin?lot={LOT}&method=hope", 400),
        (f"origin?lot={LOT}&model=hope", 400),
        ("reach", 400),
        ("reach?of=nobody", 404),
        ("exposure", 400),
        ("recall?of=nobody", 404),
    ],
)
def test_a_question_without_an_answer_is_a_problem(client: Client, path: str, code: int) -> None:
    answer = client.get(f"/api/findings/{path}")
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_page_states_custody_and_reads_another_model(client: Client) -> None:
    page = client.get(f"/lots/{LOT}", headers=BROWSER).text
    assert "Custody of the flows behind it:" in page
    assert "least" in page
    data = client.get(f"/lots/{LOT}?format=json&element=Nd").json()["origin"]
    other = client.get(f"/lots/{LOT}?format=json&element=Nd&model=mass_balance_credit").json()[
        "origin"
    ]
    width = [
        max(s["high"] - s["low"] for p in told_["splits"] for s in p["shares"])
        for told_ in (data, other)
    ]
    assert width[0] < width[1]
    refused = client.get(f"/lots/{LOT}?model=hope", headers=BROWSER)
    assert refused.status_code == 400


def test_a_day_that_is_none_is_refused_on_the_page_of_a_lot(client: Client) -> None:
    told = client.get(f"/lots/{LOT}?until=someday")
    assert told.status_code == 400
    assert told.json()["detail"] == 'until: expected a day such as 2027-01-01, found "someday"'
    assert client.get(f"/lots/{LOT}?until=2026-01-08").status_code == 200
