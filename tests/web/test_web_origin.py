"""Origin over HTTP: the blended lot's shares and bounds as data, and on its page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.acts.origin_flow import LotFlow, Passage, Step
from orebook.acts.origin_list import LotOrigin, Share, Split
from orebook.engines.origin.labels import Question
from orebook.model.absence import Sealed
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.place import Facility, Position
from orebook.web.api.openapi import document
from orebook.web.origin_map_parts import map_of

Client = TestClient[Litestar]
LOT = "lot:invented/ndpr-oxide"
MINE = "facility:invented/north-mine"
HEAD = Head("book", 1, "ab" * 32)
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


CATHODE = "https%3A%2F%2Fid.sample-refinery.example.com%2Fproduct%2Fcu-cathode-2025"


def test_the_map_has_the_plants_in_their_countries_and_says_so(client: Client) -> None:
    page = client.get(f"/lots/{CATHODE}", headers=BROWSER).text
    drawn = page.split('id="origin-map-w"')[1].split("</svg>")[0]
    assert "Zambia: 100 %" in drawn
    assert "Japan: 100 %" in drawn
    assert 'class="route"' in drawn
    rows = client.get(f"/lots/{CATHODE}?format=json").json()["tables"]["origin-map"]["rows"]
    assert {r["point"]["text"] for r in rows} == {"middle of its country"}
    # An invented country lies nowhere, and nothing is drawn for it.
    nowhere = client.get(f"/lots/{LOT}", headers=BROWSER).text
    assert "origin-map-w" not in nowhere
    assert "No map:" in nowhere


class _Seen:
    """A reader who sees these facilities."""

    def __init__(self, *found: Facility) -> None:
        self.found = found

    def facts(self, ids: Any = ()) -> Facts:
        return facts_of(HEAD, "", "2026-01-01", [f for f in self.found if f.id in ids])


def test_a_plant_stands_at_its_own_position_only_for_those_who_see_it() -> None:
    ref = Ref("0" * 64, 0, 0)
    sited = Facility(ref, "f:p", position=Position(ref, Decimal("-23.5"), Decimal("-68.25")))
    sealed = Facility(ref, "f:p", position=Sealed(3, "owner"))
    steps = (
        Step("mine P", "P", "mine", "CL", "2026-01-01", "f:p"),
        Step("refine Q", "Q", "refine", "CL", "2026-01-02"),
        Step("lot", "x", "", "", ""),
    )
    ways = (Passage("mine P", "refine Q", 1.0), Passage("refine Q", "lot", 1.0))
    split = Split(Question("facility", "mine", True), (Share("P", 0.5, 0.5, 1.0),), 0.5, None)
    flow = LotFlow(LotOrigin("x", "Cu", (split,)), steps, ways, (), ())
    points = {}
    for name, facility in (("sited", sited), ("sealed", sealed)):
        picture, rows = map_of(_Seen(facility), flow, "A map")  # type: ignore[arg-type]
        points[name] = [row[4].text for row in rows.rows]
        assert ('class="route"' in (picture or "")) is (name == "sited")
    assert points["sited"] == ["its own position", "middle of its country"]
    assert points["sealed"] == ["middle of its country", "middle of its country"]


def test_days_of_the_flow_are_links_that_a_script_may_make_a_slider(client: Client) -> None:
    page = client.get(f"/lots/{LOT}?until=2026-01-05", headers=BROWSER).text
    live = page.split('<div id="origin-flow" data-live>')[1].split("</div>")[0]
    assert "data-slider" in live
    assert 'aria-current="step"' in live
    assert live.count("until=") >= 3


def test_the_recall_page_is_the_list_to_send(client: Client) -> None:
    page = client.get(f"/recall?of={MINE}", headers=BROWSER).text
    assert "North mine (invented)" in page
    assert "Who is to be told" in page
    assert f"/recall?of={MINE.replace(':', '%3A').replace('/', '%2F')}" in client.get(
        f"/facilities/{MINE}", headers=BROWSER
    ).text.replace("/recall?of=facility%3Ainvented/", "/recall?of=facility%3Ainvented%2F")
    told_ = client.get(f"/recall?of={MINE}&format=json").json()
    rows = told_["tables"]["affected"]["rows"]
    assert len(rows) == len(told_["affected"]) > 3
    assert client.get("/recall", headers=BROWSER).status_code == 200
    assert client.get("/recall?of=nobody", headers=BROWSER).status_code == 404


def test_a_day_that_is_none_is_refused_on_the_page_of_a_lot(client: Client) -> None:
    told = client.get(f"/lots/{LOT}?until=someday")
    assert told.status_code == 400
    assert told.json()["detail"] == 'until: expected a day such as 2027-01-01, found "someday"'
    assert client.get(f"/lots/{LOT}?until=2026-01-08").status_code == 200
