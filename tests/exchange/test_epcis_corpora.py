"""Every official and public EPCIS JSON file: read and written again equal, or refused by place."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from orebook.exchange import epcis_json, jsonl
from orebook.exchange.epcis_check import event_faults
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.model.problem import Problem
from orebook.model.shape import check

SOURCE = Source("file.json", "doc:1")
NEWER = {  # words that came after the schema of May 2023, with the events that use them
    "SensorData_with_combined_events.json": {7, 8, 10},
}
# What each invalid file must be refused for; the other events of the file are read.
INVALID = {
    "ObjectEvent_with_non_standard_bizStep.json": {"0/bizStep"},
    "ObjectEvent_with_quantity_as_text.json": {"0/quantityList/0/quantity"},
    "ObjectEvent_with_invalid_eventTime_format.json": {"0/eventTime"},
    "EPCISDocument_without_context.json": {"/@context"},
    "ObjectEvent_with_invalid_certificationInfo.json": {"0/certificationInfo"},
    "Combination_of_multiple_invalid_fields.json": {
        "0/bizStep",
        "1/disposition",
        "2/sourceList/0/type",
        "3/ilmd/materialType",
        "4/eventTime",
        "4/action",
    },
    "ObjectEvent_without_identifier_list.json": {"0/epcList"},
    "ObjectEvent_with_ilmd_field_without_namespace.json": {"0/ilmd/materialType"},
    "ObjectEvent_with_non_standard_disposition.json": {"0/disposition"},
    "Combination_of_events_with_missing_mandatory_fields.json": {
        "0/action",
        "1/eventTimeZoneOffset",
        "1/action",
    },
    "Combination_of_non_standard_bizStep_and_disposition.json": {"0/bizStep", "1/disposition"},
    "ObjectEvent_with_non_standard_bizStep_in_second_event.json": {"1/bizStep"},
    "QueryDocument_with_invalid_action.json": {"0/action"},
}


def corpus(standards: Path) -> list[Path]:
    """Every EPCIS JSON file of the three public collections."""
    return [
        *sorted((standards / "epcis-gs1" / "JSON").rglob("*.jsonld")),
        *sorted((standards / "epcis-openepcis-tests" / "2.0").rglob("*.json")),
        *sorted((standards / "epcis-event-hash").rglob("*.json*")),
    ]


def read(data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(epcis_json.read(io.BytesIO(data), SOURCE))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def written(facts: list[Read]) -> bytes:
    stream = io.BytesIO()
    epcis_json.write(((fact.kind, fact.body) for fact in facts), stream)
    return stream.getvalue()


def through_lines(facts: list[Read]) -> list[Read]:
    """The facts after a way through our own JSON Lines."""
    stream = io.BytesIO()
    jsonl.write(((fact.kind, fact.body) for fact in facts), stream)
    stream.seek(0)
    again = list(jsonl.read(stream, SOURCE))
    assert all(isinstance(item, Read) for item in again), again
    return [item for item in again if isinstance(item, Read)]


def events_of(document: object) -> list[object]:
    if document["type"] == "EPCISDocument":
        return document["epcisBody"]["eventList"]
    if document["type"] == "EPCISQueryDocument":
        return document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return [document]


def test_every_valid_file_comes_out_equal_in_value_with_its_number_text(standards: Path) -> None:
    files = [f for f in corpus(standards) if "Invalid" not in f.parts and f.name not in NEWER]
    gs1 = [f for f in files if "epcis-gs1" in f.parts]
    for file in files:
        data = file.read_bytes()
        facts, problems = read(data)
        assert problems == [], file
        assert [p for f in facts for p in check(f.kind, f.body)] == [], file
        assert json_read(written(facts)) == json_read(data), file
        assert json_read(written(through_lines(facts))) == json_read(data), file
    assert len(gs1) == 26
    assert len(files) == 26 + 29 + 18


def test_newer_words_are_refused_by_place_while_the_other_events_are_read(standards: Path) -> None:
    seen = 0
    for file in corpus(standards):
        if file.name in NEWER:
            seen += 1
            facts, problems = read(file.read_bytes())
            number = r"/eventList/(\d+)/"
            assert {int(re.search(number, p.place)[1]) for p in problems} == NEWER[file.name]
            document = json.loads(file.read_bytes())
            events = [fact for fact in facts if fact.kind == "event"]
            assert len(events) == len(events_of(document)) - len(NEWER[file.name])
    assert seen == 2


@pytest.mark.parametrize("name", sorted(INVALID))
def test_each_invalid_file_names_the_member_at_fault(standards: Path, name: str) -> None:
    file = next(f for f in corpus(standards) if f.name == name)
    facts, problems = read(file.read_bytes())
    assert {re.sub(r"^/epcisBody/.*eventList/", "", p.place) for p in problems} == INVALID[name]
    assert all(p.expected and p.found and p.next_step for p in problems)
    bad = {at.split("/")[0] for at in INVALID[name]}
    total = len(events_of(json.loads(file.read_bytes())))
    survivors = 0 if "" in bad else total - len(bad)
    assert len([fact for fact in facts if fact.kind == "event"]) == survivors


def _schema(standards: Path, definition: str) -> jsonschema.Draft7Validator:
    """The official schema with the two formats it leaves to the validator."""
    schema = json.loads((standards / "epcis-gs1" / "EPCIS-JSON-Schema.json").read_bytes())
    formats = jsonschema.FormatChecker(formats=[])
    unreserved = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]"

    @formats.checks("uri")
    def is_uri(value: object) -> bool:
        form = rf"[A-Za-z][A-Za-z0-9+\-.]*:({unreserved}|%[0-9A-Fa-f][0-9A-Fa-f])*"
        return not isinstance(value, str) or bool(re.fullmatch(form, value))

    @formats.checks("date-time", raises=ValueError)
    def is_time(value: object) -> bool:
        if not isinstance(value, str):
            return True
        moment = dt.datetime.fromisoformat(value)
        return "T" in value and moment.tzinfo is not None

    part = {"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]}
    return jsonschema.Draft7Validator(part, format_checker=formats)


def later(event: dict[str, object]) -> bool:
    """Whether the XML schema of 2.0 has a member there that the JSON schema left out."""
    return "persistentDisposition" in event and event["type"] not in {
        "ObjectEvent",
        "TransformationEvent",
    }


def test_the_verdict_on_every_event_is_that_of_the_official_schema(
    standards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    official = _schema(standards, "EPCIS-Document-Event")
    count: Counter[tuple[str, str]] = Counter()
    for file in corpus(standards):
        data = file.read_bytes()
        ours = events_of(json_read(data))
        for event, mine in zip(events_of(json.loads(data)), ours, strict=True):
            without = {k: v for k, v in event.items() if k != "persistentDisposition"}
            sound = official.is_valid(without if later(event) else event)
            assert (event_faults(mine) is None) == sound, (file, event_faults(mine))
            count[str(event["type"]), "sound" if sound else "at fault"] += 1
    with capsys.disabled():
        print("\nevents by verdict, ours and the schema's alike:")
        for (type_, verdict), number in sorted(count.items()):
            print(f"  {type_:<22}{verdict:<10}{number:>5}")
    assert sum(count.values()) > 130


@pytest.mark.parametrize("action", [[], ["ADD"], {}, 7, None, True])
def test_an_action_of_another_type_is_refused_at_its_place(action: object) -> None:
    event = {"type": "ObjectEvent", "action": action, "ilmd": {"x:a": "b"}, "epcList": ["urn:x:a"]}
    places = {fault.at for fault in event_faults(json_read(json.dumps(event).encode()))}
    assert "/action" in places
