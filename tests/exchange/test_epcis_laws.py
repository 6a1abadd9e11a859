"""Laws of the EPCIS door: whatever is taken comes out equal, whatever is sent never raises."""

from __future__ import annotations

import copy
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange import epcis_json, jsonl, untp
from orebook.exchange.carried import carry, lay_over
from orebook.exchange.epcis_check import MEMBERS, event_faults
from orebook.exchange.epcis_words import implied, kind_of, words
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import Number, Value
from orebook.exchange.json_text import read as json_read
from orebook.exchange.json_text import write as json_write
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check
from orebook.model.vocabulary import event_kinds

SOURCE = Source("file.json", "doc:1")
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
MOMENT = "2026-03-05T06:00:00Z"

numbers = st.from_regex(
    r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?(?:[eE][+-]?[0-9]{1,2})?", fullmatch=True
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers.map(Number), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
ids = st.integers(0, 99).map(lambda n: f"urn:epc:id:sgtin:0614141.107346.{n}")
lots = st.integers(0, 99).map(lambda n: f"urn:epc:class:lgtin:4012345.012345.{n}")
extensions = st.dictionaries(
    st.sampled_from(["ext:a", "ext:b~/c", "rdfs:comment", "example:myField"]), values, max_size=3
)
amounts = st.from_regex(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?", fullmatch=True).map(Number)
quantity = st.fixed_dictionaries(
    {"epcClass": lots},
    optional={"quantity": amounts, "uom": st.sampled_from(["KGM", "TNE", "LTR", "4K", "DMT"])},
)
points = st.builds(lambda id_, more: {"id": id_, **more}, ids, extensions)
sensors = st.builds(
    lambda value, text, more: [
        {"sensorReport": [{"type": "Mass", "value": value, "stringValue": text, **more}], **more}
    ],
    numbers.map(Number),
    texts,
    extensions,
)
shared = {
    "eventID": st.integers(0, 99).map(lambda n: f"urn:uuid:{n}"),
    "recordTime": st.just("2026-03-05T06:00:00.5Z"),
    "bizStep": st.sampled_from(["shipping", "packing", "commissioning", "https://a.example/x"]),
    "disposition": st.just("in_transit"),
    "readPoint": points,
    "bizLocation": points,
    "sensorElementList": sensors,
    "bizTransactionList": st.lists(
        st.fixed_dictionaries({"bizTransaction": ids}, optional={"type": st.just("po")}),
        min_size=1,
        max_size=2,
    ),
    "errorDeclaration": st.builds(
        lambda more: {
            "declarationTime": "2026-03-05T06:00:00Z",
            "reason": "incorrect_data",
            **more,
        },
        extensions,
    ),
}
epcs = st.lists(ids, max_size=3, unique=True)
quantities = st.lists(quantity, min_size=1, max_size=3)
own: dict[str, dict[str, st.SearchStrategy[Value]]] = {
    "ObjectEvent": {"epcList": epcs, "quantityList": quantities},
    "AggregationEvent": {"childQuantityList": quantities, "childEPCs": epcs, "parentID": ids},
    "AssociationEvent": {"childQuantityList": quantities, "parentID": ids},
    "TransactionEvent": {"quantityList": quantities, "epcList": epcs},
    "TransformationEvent": {"inputQuantityList": quantities, "outputQuantityList": quantities},
}


@st.composite
def events(draw: st.DrawFn) -> dict[str, Value]:
    type_ = draw(st.sampled_from(sorted(own)))
    event: dict[str, Value] = {
        "type": type_,
        "eventTime": draw(st.sampled_from([MOMENT, "2026-03-05T11:00:00.25+05:00"])),
        "eventTimeZoneOffset": "+05:00",
    }
    if type_ != "TransformationEvent":
        event["action"] = draw(st.sampled_from(["ADD", "OBSERVE", "DELETE"]))
    if type_ == "TransactionEvent":
        event["bizTransactionList"] = [{"bizTransaction": "urn:x:1"}]
    event |= draw(st.fixed_dictionaries(own[type_]))
    event |= draw(st.fixed_dictionaries({}, optional=shared))
    event |= draw(extensions)
    return event


def document(listed: list[Value]) -> dict[str, Value]:
    return {
        "@context": [CONTEXT, {"ext": "https://ext.example/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-05T06:00:00Z",
        "ext:around": {"n": Number("1.50")},
        "epcisBody": {"eventList": listed},
    }


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


@given(st.lists(values | st.text('"\\ /~é\x1f\x7f', max_size=5), min_size=1, max_size=4))
def test_what_is_carried_is_laid_over_as_it_was(carried: list[Value]) -> None:
    items = carry((f"/{n}", value) for n, value in enumerate(carried))
    assert lay_over({}, items) == {str(n): value for n, value in enumerate(carried)}


@given(st.lists(events(), min_size=1, max_size=3))
def test_any_document_taken_comes_out_equal(listed: list[dict[str, Value]]) -> None:
    sent = document(list(listed))
    facts, problems = read(json_write(sent).encode())
    assert problems == []
    assert [p for fact in facts for p in check(fact.kind, fact.body)] == []
    assert json_read(written(facts)) == sent
    lines = io.BytesIO(b"".join(jsonl.line(fact.kind, fact.body) for fact in facts))
    again = [item for item in jsonl.read(lines, SOURCE) if isinstance(item, Read)]
    assert json_read(written(again)) == sent


@given(events())
def test_free_text_never_lies_in_the_clear(event: dict[str, Value]) -> None:
    event["rdfs:comment"] = "Said by Bob"
    event["readPoint"] = {"id": "urn:x:1", "ext:who": "Said by Bob"}
    facts, _ = read(json_write(document([event])).encode())
    body = next(fact.body for fact in facts if fact.kind == "event")
    carried = body["foreign"]
    assert "Bob" not in json.dumps({**body, "foreign": carried.get("members", [])})
    assert json.dumps(carried["free"]).count("Bob") == 2


damage = st.one_of(
    values, st.sampled_from(["", "x", [], {}, [[]], [None], {"id": None}, Number("1e999")])
)


@given(events(), st.data())
def test_a_damaged_event_gives_problems_and_what_is_taken_is_sound(
    event: dict[str, Value], data: st.DataObject
) -> None:
    damaged = copy.deepcopy(event)
    name = data.draw(st.sampled_from(sorted({*MEMBERS[str(event["type"])], "type", "unknown"})))
    damaged[name] = data.draw(damage)
    good = copy.deepcopy(event)
    facts, problems = read(json_write(document([damaged, good])).encode())
    assert all(p.place.startswith("/epcisBody/eventList/0") for p in problems)
    assert [p for fact in facts for p in check(fact.kind, fact.body)] == []
    taken = [fact for fact in facts if fact.kind == "event"]
    assert len(taken) == (2 if not problems else 1)
    if not problems:
        assert json_read(written(facts)) == document([damaged, good])


@given(st.binary(max_size=200), st.sampled_from([epcis_json, jsonl, untp]))
def test_random_bytes_never_raise(data: bytes, door: object) -> None:
    items = list(door.read(io.BytesIO(data), SOURCE))
    assert all(isinstance(item, Problem) for item in items)
    assert items or not data.strip()


@given(events(), st.data(), st.sampled_from([epcis_json, jsonl, untp]))
def test_mutated_bytes_never_raise(
    event: dict[str, Value], data: st.DataObject, door: object
) -> None:
    sent = bytearray(json_write(document([event])).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(sent) - 1))
        sent[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for item in door.read(io.BytesIO(bytes(sent)), SOURCE):
        if isinstance(item, Read):
            assert check(item.kind, item.body) == []


def test_every_kind_is_written_with_a_step_that_reads_as_that_kind() -> None:
    for name, row in event_kinds().items():
        body = {"id": "urn:x:1", "kind": name, "when": "2026-03-05T06:00:00Z"}
        event = implied({**body, "timezone": "+00:00"})
        read_as = kind_of(str(event["type"]), event.get("bizStep"), event.get("action"))
        assert read_as == name, row


@pytest.mark.parametrize(
    ("type_", "step", "action", "kind"),
    [
        ("ObjectEvent", "shipping", "OBSERVE", "ship"),
        ("ObjectEvent", "https://ref.gs1.org/cbv/BizStep-shipping", "OBSERVE", "ship"),
        ("ObjectEvent", "inspecting", "OBSERVE", "observe"),
        ("ObjectEvent", None, "ADD", "observe"),
        ("ObjectEvent", "urn:orebook:step:weigh", "OBSERVE", "weigh"),
        ("AggregationEvent", "packing", "ADD", "pack"),
        ("AggregationEvent", "packing", "DELETE", "unpack"),
        ("AggregationEvent", "receiving", "OBSERVE", "receive"),
        ("TransformationEvent", "commissioning", None, "transform"),
        ("TransformationEvent", "urn:orebook:step:smelt", None, "smelt"),
        ("TransactionEvent", "shipping", "ADD", "transact"),
        ("AssociationEvent", "installing", "ADD", "associate"),
        ("https://a.example/Event", None, None, "observe"),
    ],
)
def test_kinds_come_from_type_step_and_action(
    type_: str, step: str | None, action: str | None, kind: str
) -> None:
    assert kind_of(type_, step, action) == kind


SMELT = {
    "id": "smelt-1",
    "kind": "smelt",
    "when": "2025-03-05T06:00:00Z",
    "facility": "smelter",
    "party": "did:web:smelter.example",
    "inputs": [
        {"lot": "lot 1", "mass": {"value": "30.0", "unit": "TNE", "basis": "dry"}, "role": "feed"}
    ],
    "outputs": [{"lot": "urn:x:2", "mass": {"value": "10", "unit": "TNE"}}],
}


def test_an_event_of_our_own_is_written_whole_and_valid() -> None:
    event = json_read(written([Read("event", SMELT, "")]))["epcisBody"]["eventList"][0]
    assert event_faults(event) is None
    assert event["bizStep"] == "urn:orebook:step:smelt"
    assert event["eventID"] == "urn:orebook:id:smelt-1"
    assert event["inputQuantityList"][0] == {
        "epcClass": "urn:orebook:id:lot%201",
        "quantity": Number("30.0"),
        "uom": "TNE",
    }
    assert event["orebook:fact"] == SMELT


def test_an_event_without_a_moment_is_not_written_as_epcis() -> None:
    with pytest.raises(ReaderError, match="smelt-1 has no moment"):
        written([Read("event", {**SMELT, "when": "2025-03-05"}, "")])
    with pytest.raises(ReaderError, match="no event to write"):
        written([])


def test_a_lot_added_with_its_mass_is_a_lot_of_its_own() -> None:
    event: dict[str, Value] = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-05T06:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "quantityList": [
            {"epcClass": "urn:epc:class:lgtin:1.2.3", "quantity": Number("1.50"), "uom": "TNE"}
        ],
        "ilmd": {"cbvmda:countryOfOrigin": "PK", "cbvmda:lotNumber": "A-7"},
    }
    facts, _ = read(json_write(document([event])).encode())
    assert facts[0].kind == "lot"
    assert facts[0].body == {
        "id": "urn:epc:class:lgtin:1.2.3",
        "mass": {"value": "1.50", "unit": "TNE"},
        "country": "PK",
        "batch": "A-7",
    }
    event["action"] = "OBSERVE"
    del event["ilmd"]
    assert "lot" not in {f.kind for f in read(json_write(document([event])).encode())[0]}


@pytest.mark.parametrize(("amount", "code"), [("-0.5", "negative-mass"), ("1e400", "not-a-number")])
def test_a_mass_that_cannot_be_is_refused(amount: str, code: str) -> None:
    element = {"epcClass": "urn:x:1", "quantity": Number(amount), "uom": "KGM"}
    event: dict[str, Value] = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-05T06:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "quantityList": [element],
    }
    _, problems = read(json_write(document([event])).encode())
    assert [(p.code, p.found) for p in problems] == [(code, amount)]
    assert problems[0].place == "/epcisBody/eventList/0/quantityList/0/quantity"


def test_a_member_longer_than_an_attribute_is_carried_in_parts() -> None:
    event: dict[str, Value] = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-05T06:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": [],
        "ext:long": "x" * 50_000 + " " * 50_000 + "y",
    }
    facts, problems = read(json_write(document([event])).encode())
    assert problems == []
    assert [p for fact in facts for p in check(fact.kind, fact.body)] == []
    assert json_read(written(facts)) == document([event])
    assert words(event, "i")["id"] == "i"
