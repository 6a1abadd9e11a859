"""The balance page of a book: gaps, rivals side by side, what was assumed, what cannot be seen."""

from __future__ import annotations

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
