"""Assays as EPCIS sensor reports in both bindings, both directions; a bound is never a value."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from orebook.exchange import epcis_json, epcis_xml
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_text import Object
from orebook.exchange.json_text import read as json_read
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

SOURCE = Source("assays", "doc:1")
FORMATS = (epcis_json.FORMAT, epcis_xml.FORMAT)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BOUND: Body = {
    "id": "assay:lab/7",
    "lot": "lot:x/7",
    "when": "2026-03-05",
    "laboratory": "party:lab",
    "method": "ICP-OES; digestion in HF",
    "sample": "S-7",
    "split": "umpire",
    "standing": "umpire",
    "basis": "dry",
    "moisture": {"value": "8.20", "unit": "P1"},
    "results": [
        {"substance": "Sb", "operator": "<", "grade": {"value": "0.005", "unit": "P1"}},
        {
            "substance": "Nd2O3",
            "operator": "=",
            "grade": {
                "value": "10.490",
                "unit": "P1",
                "doubt": {"kind": "normal", "sd": "0.13"},
                "cause": "laboratory:x",
            },
        },
        {
            "substance": "Cu",
            "operator": "=",
            "grade": {
                "value": "28.4",
                "unit": "P1",
                "doubt": {"kind": "range", "low": "28.0", "high": "28.9"},
            },
        },
    ],
    "invented": True,
    "note": "read twice",
}


def written(format_: Format, facts: list[tuple[str, Body]]) -> bytes:
    stream = io.BytesIO()
    assert format_.write is not None
    format_.write(facts, stream)
    return stream.getvalue()


def read(format_: Format, data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(format_.read(io.BytesIO(data), SOURCE))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def examples() -> list[Body]:
    lines = (EXAMPLES / "rare-earth-chain" / "assays.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["fact"] for line in lines]


@pytest.mark.parametrize("format_", FORMATS, ids=lambda f: f.name)
def test_assays_come_back_as_they_were(format_: Format) -> None:
    bodies = [BOUND, *examples()]
    assert len(bodies) > 10
    data = written(format_, [("assay", body) for body in bodies])
    facts, problems = read(format_, data)
    assert problems == []
    assert [f.body for f in facts if f.kind == "assay"] == bodies
    assert [f.kind for f in facts if f.kind == "event"] == []
    assert [p for f in facts for p in check(f.kind, f.body)] == []


def test_others_read_a_bound_as_a_bound_and_a_value_with_its_spread() -> None:
    document = json_read(written(epcis_json.FORMAT, [("assay", BOUND)]))
    event = document["epcisBody"]["eventList"][0]
    below, exact, ranged = event["sensorElementList"][0]["sensorReport"]
    assert "value" not in below
    assert below["maxValue"].text == "0.005"
    assert (exact["value"].text, exact["sDev"].text, exact["uom"]) == ("10.490", "0.13", "P1")
    assert exact["chemicalSubstance"] == "urn:orebook:substance:Nd2O3"
    assert (ranged["minValue"].text, ranged["maxValue"].text) == ("28.0", "28.9")
    assert event["sensorElementList"][0]["orebook:basis"] == "dry"
    assert {"orebook": "urn:orebook:"} in document["@context"]


def _event(element: Object, *epcs: str) -> bytes:
    event = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"orebook": "urn:orebook:"},
        ],
        "type": "ObjectEvent",
        "eventTime": "2026-03-05T06:00:00+05:00",
        "eventTimeZoneOffset": "+05:00",
        "action": "OBSERVE",
        "epcList": list(epcs),
        "sensorElementList": [element],
    }
    return json.dumps(event).encode()


REPORT = {
    "type": "Dimensionless",
    "chemicalSubstance": "urn:orebook:substance:Cu",
    "meanValue": 28.40,
    "sDev": 0.2,
    "uom": "P1",
}


def test_a_sensor_element_of_others_that_names_itself_an_assay_is_one() -> None:
    element = {"orebook:assay": "urn:x:a", "orebook:basis": "dry", "sensorReport": [REPORT]}
    data = _event(element, "urn:x:lot")
    facts, problems = read(epcis_json.FORMAT, data)
    assert problems == []
    assay = next(f.body for f in facts if f.kind == "assay")
    assert (assay["lot"], assay["basis"]) == ("urn:x:lot", "dry")
    assert assay["when"] == "2026-03-05T06:00:00+05:00"
    grade = assay["results"][0]["grade"]
    assert grade["doubt"] == {"kind": "normal", "sd": "0.2"}
    assert [f.kind for f in facts] == ["assay", "event", "document"]
    again = written(epcis_json.FORMAT, [(f.kind, f.body) for f in facts])
    assert json_read(again) == json_read(data)  # said once: by the event it was read from


@pytest.mark.parametrize(
    ("element", "epcs", "place"),
    [
        ({"orebook:assay": 7, "sensorReport": [REPORT]}, ("urn:x:l",), "/id"),
        ({"orebook:assay": "urn:x:a", "sensorReport": [REPORT]}, ("urn:x:l", "urn:x:m"), "/lot"),
        (
            {"orebook:assay": "urn:x:a", "sensorReport": [{"type": "Mass", "value": 1}]},
            ("urn:x:l",),
            "/results/0",
        ),
        (
            {"orebook:assay": "urn:x:a", "orebook:basis": "oily", "sensorReport": [REPORT]},
            ("urn:x:l",),
            "/basis",
        ),
    ],
)
def test_an_assay_at_fault_is_refused_and_its_event_is_read(
    element: Object, epcs: tuple[str, ...], place: str
) -> None:
    facts, problems = read(epcis_json.FORMAT, _event(element, *epcs))
    assert problems
    assert problems[0].place.startswith(f"/sensorElementList/0{place}")
    assert [f.kind for f in facts] == ["event", "document"]


def test_an_assay_without_a_day_is_left_to_json_lines() -> None:
    body = {k: v for k, v in BOUND.items() if k != "when"}
    with pytest.raises(ReaderError):
        written(epcis_json.FORMAT, [("assay", body)])
