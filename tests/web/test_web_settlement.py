"""The settlement page: terms and lots handed in, every step shown, nothing kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
HERE = Path(__file__).parents[2] / "examples/settlement"
TERMS, LOTS = (json.loads((HERE / n).read_text()) for n in ("terms.json", "assays.json"))
BROWSER = {"Accept": "text/html"}


def files(terms: object = TERMS, lots: object = LOTS) -> dict:
    return {
        name: (f"{name}.json", json.dumps(value).encode())
        for name, value in (("terms", terms), ("lots", lots))
    }


def test_every_step_of_an_invoice_is_on_the_page(fresh_client: Client) -> None:
    page = fresh_client.post("/check/settlement", files=files(), headers=BROWSER)
    assert page.status_code == 200
    for words in ("226.681875", "minimum deduction", "penalty, As", "The buyer pays",
                  "mean of 2 quotes of invented Cu, 2026-04-01 to 2026-04-30"):  # fmt: skip
        assert words in page.text
    # No address gives this page again, so it leads to none of its forms; it says how to ask.
    assert 'href="/check/settlement' not in page.text
    assert "/check/settlement?format=json" in page.text
    assert "/check/settlement" in fresh_client.get("/check", headers=BROWSER).text
    told = fresh_client.post("/check/settlement?format=json", files=files()).json()
    (invoice,) = told["invoices"]
    assert (invoice["stage"], invoice["money"]) == ("final", "USD")
    early = fresh_client.post(
        "/check/settlement?format=json", files=files(), data={"as_of": "2026-04-10"}
    ).json()
    assert early["invoices"][0]["stage"] == "provisional"
    assert "its period runs to 2026-04-30" in early["invoices"][0]["missing"][0]


@pytest.mark.parametrize(
    ("terms", "lots", "code", "place"),
    [
        ({**TERMS, "money": "dollars"}, LOTS, 422, "/money"),
        ({**TERMS, "rebate": 1}, LOTS, 422, "/rebate"),
        (TERMS, {"lots": [{**LOTS["lots"][0], "wmt": -1}]}, 422, "/lots/0/wmt"),
        (TERMS, {"lots": [LOTS["lots"][0]] * 2}, 200, "/lots/1/id"),
        (TERMS, {"lots": [{**LOTS["lots"][0], "provisional_paid": -5}]}, 422, "provisional_paid"),
    ],
)
def test_bad_terms_and_lots_are_named_by_place(
    fresh_client: Client, terms: object, lots: object, code: int, place: str
) -> None:
    answer = fresh_client.post("/check/settlement", files=files(terms, lots), headers=BROWSER)
    assert (answer.status_code, place in answer.text) == (code, True)


def test_a_form_without_files_and_a_shipment_nobody_knows_are_refused(fresh_client: Client) -> None:
    none = fresh_client.post("/check/settlement", data={"shipment": "x"}, headers=BROWSER)
    assert none.status_code == 422
    only = {"terms": files()["terms"]}
    lost = fresh_client.post(
        "/check/settlement", files=only, data={"shipment": "shipment:none"}, headers=BROWSER
    )
    assert lost.status_code == 404
