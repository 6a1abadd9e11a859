"""Reliance and what-if over the statistics that come with the project."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.acts.market import Market
from orebook.acts.reliance import standing, what_if
from orebook.model.problem import ReaderError, SenderError

MARKET = Path(__file__).resolve().parents[2] / "examples" / "market"
OVERLAY = MARKET / "pakistan-antimony.json"


def test_pakistani_antimony_moves_the_mine_stage_a_little_and_no_other() -> None:
    answer = what_if(OVERLAY.read_bytes(), OVERLAY.name, MARKET)
    by_key = {(e.stage, e.year): e for e in answer.effects}
    index = by_key["mine", 2028].indices[0]
    assert index.name == "HHI"
    assert index.before.low is not None
    assert index.after.low is not None
    assert round((index.before.low - index.after.low) * 10000) == 45
    china = next(i for i in by_key["mine", 2028].indices if i.name == "share of CHN")
    assert china.before.low is not None
    assert china.after.low is not None
    assert round((china.before.low - china.after.low) * 100, 1) == Decimal("0.3")
    assert all(not e.indices and e.why for key, e in by_key.items() if key[0] != "mine")


def test_two_publishers_are_never_mixed() -> None:
    with pytest.raises(ReaderError, match="name one with --source"):
        standing(Market(MARKET), "copper", "mine")
    found = standing(Market(MARKET), "copper", "mine", source="USGS MCS")
    assert dict(found.indices)["HHI"].width
    assert found.rest > 0


@pytest.mark.parametrize(
    ("mineral", "stage", "words"),
    [
        ("unobtainium", "mine", "it has: nothing"),
        ("antimony", "smelter", "it has: mine, reserves"),
    ],
)
def test_what_the_data_lacks_is_named(mineral: str, stage: str, words: str) -> None:
    with pytest.raises(ReaderError, match=words):
        standing(Market(MARKET), mineral, stage)


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("mineral", "", "/mineral"),
        ("years", [], "/years"),
        ("changes", [], "/changes"),
        ("stages", "mine", "/stages"),
        ("changes", [{"kind": "wish", "stage": "mine", "party": "PAK"}], "/changes/0/kind"),
        ("changes", [{"kind": "ban", "stage": "mine", "party": "PAK"}], "/changes/0/ramp"),
        (
            "changes",
            [{"kind": "ban", "stage": "mine", "party": "PAK", "ramp": {"2027": "-1"}}],
            "/changes/0/ramp/2027",
        ),
        (
            "changes",
            [{"kind": "ban", "stage": "moon", "party": "PAK", "ramp": {"2027": "1"}}],
            "/changes/0/stage",
        ),
    ],
)
def test_an_overlay_at_fault_is_refused_with_a_pointer(
    member: str, value: object, place: str
) -> None:
    overlay = json.loads(OVERLAY.read_text())
    overlay[member] = value
    with pytest.raises(SenderError) as refused:
        what_if(json.dumps(overlay).encode(), "overlay.json", MARKET)
    assert place in {p.place for p in refused.value.problems}
