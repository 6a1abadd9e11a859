"""Rules over HTTP: packs, a lot under them with its witness drawn, the form, the same as data."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.acts import packs

Client = TestClient[Litestar]
LOT = "lot:invented/ndpr-oxide"
BROWSER = {"accept": "text/html"}
SCHEMA = json.loads(files("orebook.engines.rules").joinpath("schemas", "verdict.json").read_text())


def test_a_lot_page_says_what_every_pack_says_and_leads_to_each(client: Client) -> None:
    page = client.get(f"/lots/{LOT}", headers=BROWSER).text
    rows = client.get(f"/lots/{LOT}?format=json").json()["tables"]["rules"]["rows"]
    assert {row["pack"]["text"] for row in rows} == {packs.pack(n).title for n in packs.names()}
    assert {row["outcome"]["text"] for row in rows} >= {"? unknown", "does not apply"}
    for name in packs.names():
        assert f"pack={name}" in page


def test_the_witness_is_drawn_with_what_is_missing_dashed(client: Client) -> None:
    where = f"/rules?lot={LOT}&pack=us-dfars-7052&law=2027-01-02"
    page = client.get(where, headers=BROWSER).text
    assert page.count("box-absent") >= 2
    assert "lacks alloy or make" in page
    assert "no rule in force" in page  # under the branch that repeals step B
    assert "1 April 2027" in page.replace("\u00a0", " ")
    data = client.get(f"{where}&format=json").json()["verdicts"][0]
    jsonschema.validate(data, SCHEMA)
    early = client.get(where.replace("2027-01-02", "2026-12-31"), headers=BROWSER).text
    assert "Step A, melted or produced: what decides it" in early


def test_the_form_leaves_open_what_nobody_recorded(client: Client) -> None:
    page = client.get(f"/disclosure?lot={LOT}", headers=BROWSER).text
    assert page.count("blank") == 5
    answers = client.get(f"/disclosure?lot={LOT}&format=json").json()["answers"]
    assert [a["complete"] for a in answers] == [True, True, False, False]
    assert [a["countries"] for a in answers] == [["ZZ"], ["ZZ"], [], []]
    assert all("the way back ends before this stage" in a["open"][0] for a in answers[2:])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/rules?pack=nowhere", 404),
        ("/rules?lot=lot:none", 404),
        (f"/rules?lot={LOT}&law=tomorrow", 400),
        ("/disclosure", 400),
        ("/disclosure?lot=lot:none", 404),
        ("/api/findings/rules", 400),
        ("/api/findings/rules?lot=lot:none", 404),
        (f"/api/findings/rules?lot={LOT}&pack=nowhere", 404),
        (f"/api/findings/rules?lot={LOT}&pack=us-uflpa&branch=nowhere", 400),
        (f"/api/findings/rules?lot={LOT}&law=2027-02-30", 400),
    ],
)
def test_a_question_at_fault_is_answered_with_its_place(
    client: Client, path: str, code: int
) -> None:
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code == code
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"]


def test_the_same_verdicts_as_data_with_an_etag_of_the_head(client: Client) -> None:
    where = f"/api/findings/rules?lot={LOT}&pack=us-dfars-7052&pack=us-uflpa&branch=*"
    answer = client.get(f"{where}&law=2027-01-02")
    assert answer.status_code == 200
    body = answer.json()
    for verdict in body["verdicts"]:
        jsonschema.validate(verdict, SCHEMA)
    assert [v["verdicts"][0]["pack"] for v in body["verdicts"]] == ["us-dfars-7052", "us-uflpa"]
    again = {"if-none-match": answer.headers["etag"]}
    assert client.get(f"{where}&law=2027-01-02", headers=again).status_code == 304
    assert client.get(f"{where}&law=2027-01-03", headers=again).status_code == 200
