"""The smelter sample: the figures that the balance must find open."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.model.entry import Body

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "copper-smelter"
SAMPLES = "untp-0.7.0/samples-rc-april-2026"


@pytest.fixture(scope="module")
def told() -> dict[str, Body]:
    lines = [
        json.loads(line)
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {line["fact"]["id"]: line["fact"] for line in lines}


def _smelt(told: dict[str, Body]) -> Body:
    return next(body for body in told.values() if body.get("kind") == "smelt")


def test_the_copper_does_not_close(told: dict[str, Body]) -> None:
    event = _smelt(told)
    grade = {
        str(b["lot"]): Decimal(b["results"][0]["grade"]["value"]) / 100
        for b in told.values()
        if "results" in b
    }
    went_in, came_out = (
        sum(Decimal(f["mass"]["value"]) * grade[f["lot"]] for f in event[side])
        for side in ("inputs", "outputs")
    )
    assert (went_in, came_out) == (Decimal(9000), Decimal(9999))
    assert round(came_out / 30000 * 100, 2) == Decimal("33.33")


def test_no_doubt_and_no_basis_is_claimed_for_the_sample() -> None:
    for path in FOLDER.glob("*.jsonl"):
        text = path.read_text(encoding="utf-8")
        assert '"doubt"' not in text
        assert '"basis": "dry"' not in text
        assert '"basis": "wet"' not in text


def test_the_cathode_is_dated_before_the_event_that_made_it(told: dict[str, Body]) -> None:
    event = _smelt(told)
    cathode = told[event["outputs"][0]["lot"]]
    assert (cathode["made"], event["when"]) == ("2025-03-01", "2025-03-05T06:00:00Z")
    assert [m["share"]["value"] for m in cathode["materials"]] == ["88", "12"]


def test_every_event_and_lot_says_that_it_is_a_sample(told: dict[str, Body]) -> None:
    marked = [b for b in told.values() if "inputs" in b or "subjects" in b or "granularity" in b]
    assert len(marked) == 4
    assert {b["sample_data"] for b in marked} == {"UN UNTP 0.7.0 sample; not Pakistan"}


def test_the_figures_are_those_of_the_sample(told: dict[str, Body], standards: Path) -> None:
    event = _smelt(told)
    file = standards / SAMPLES / "dte" / "DigitalTraceabilityEvent_smelter_make_instance.json"
    subject = json.loads(file.read_text(encoding="utf-8"), parse_int=str)["credentialSubject"][0]
    assert (event["id"], event["when"]) == (subject["id"], subject["eventDate"])
    for ours, theirs in (("inputs", "inputProduct"), ("outputs", "outputProduct")):
        assert [(f["lot"], f["mass"]["value"], f["mass"]["unit"]) for f in event[ours]] == [
            (p["product"]["id"], p["quantity"]["value"], p["quantity"]["unit"])
            for p in subject[theirs]
        ]
        lots = [told[f["lot"]] for f in event[ours]]
        assert [(b["batch"], b["granularity"]) for b in lots] == [
            (p["product"]["batchNumber"], p["product"]["idGranularity"]) for p in subject[theirs]
        ]


@pytest.mark.parametrize("name", ["_cathode_instance", "_instance"])
def test_the_materials_are_those_of_the_passport(
    told: dict[str, Body], standards: Path, name: str
) -> None:
    file = standards / SAMPLES / "dpp" / f"DigitalProductPassport{name}.json"
    text = file.read_text(encoding="utf-8")
    subject = json.loads(text, parse_int=Decimal, parse_float=Decimal)["credentialSubject"]
    lot = told[subject["id"]]
    assert lot["made"] == subject["productionDate"]
    ours = [
        tuple(Decimal(m[k]["value"]) for k in ("share", "mass", "recycled"))
        for m in lot["materials"]
    ]
    assert ours == [
        (m["massFraction"] * 100, m["mass"]["value"], m["recycledMassFraction"] * 100)
        for m in subject["materialProvenance"]
    ]
