"""The one pass over plain events gives what the passes it stands for give together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange.carried import difference, foreign
from orebook.exchange.epcis_check import MEMBERS, event_faults
from orebook.exchange.epcis_plain import _as_written, _fits, _is_ident, _is_mass, _said, _way, plain
from orebook.exchange.epcis_shelf import shelve
from orebook.exchange.epcis_words import NAME, implied, words
from orebook.exchange.json_text import Number, Object, Value
from orebook.log import canon
from orebook.model.entry import Body
from orebook.model.shape import check, shelves

from .test_epcis_laws import damage, events

ID = "document:00ff#/epcisBody/eventList/0"
POINT = {"id": "urn:epc:id:sgln:0614141.07346.1234"}
LOT = "urn:epc:class:lgtin:4012345.012345."
PLAIN: dict[str, Value] = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-03-05T06:00:00.5Z",
    "eventTimeZoneOffset": "+05:00",
    "recordTime": "2026-03-05T06:00:01Z",
    "readPoint": POINT,
    "bizLocation": POINT,
    "epcList": ["urn:epc:id:sgtin:0614141.107346.1"],
    "quantityList": [
        {"epcClass": f"{LOT}1", "quantity": Number("1.50"), "uom": "KGM"},
        {"epcClass": f"{LOT}2", "quantity": Number("3")},
    ],
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:x:1"},
        {"bizTransaction": "urn:x:2"},
    ],
    "certificationInfo": ["https://a.example/1"],
}


def slowly(event: Object) -> Body:
    body = words(event, ID)
    if pairs := difference(event, implied(body)):
        body["foreign"] = foreign(NAME, *shelve(event, pairs))
    return body


def agrees(event: Object) -> bool:
    """Whether it is told at all; what is told is what the others tell."""
    told = plain(event, ID)
    if told is None:
        return False
    assert event_faults(event) is None
    assert told.body == slowly(event)
    assert told.encoded == canon.encode(told.body)
    assert check("event", told.body) == []
    assert shelves("event", told.body) == []
    return True


def test_the_tables_of_attributes_are_those_it_was_written_for() -> None:
    assert _as_written()


def test_a_plain_event_is_told_whatever_it_lacks_and_in_whatever_order() -> None:
    assert agrees(PLAIN)
    assert agrees(dict(reversed(PLAIN.items())))
    needed = {"type", "action", "eventTime", "eventTimeZoneOffset", "epcList"}
    for name in PLAIN.keys() - needed:
        assert agrees({n: v for n, v in PLAIN.items() if n != name}), name


@given(events())
def test_what_it_tells_of_any_event_is_what_is_told_without_it(event: Object) -> None:
    agrees({name: value for name, value in event.items() if ":" not in name})


@given(st.sampled_from(sorted(MEMBERS["ObjectEvent"])), damage)
def test_it_tells_nothing_of_a_damaged_event(name: str, value: Value) -> None:
    damaged: Object = {**PLAIN, name: value}
    if event_faults(damaged):
        assert not agrees(damaged)


def test_it_leaves_to_others_what_is_not_plain() -> None:
    more: list[Object] = [
        {"example:own": "x"},
        {"ilmd": {}},
        {"epcList": []},
        {"epcList": ["urn:x:1", "urn:x:1"]},
        {"readPoint": {**POINT, "example:who": "x"}},
        {"quantityList": [{"epcClass": "urn:x:1", "quantity": Number("1e2"), "uom": "KGM"}]},
        {"quantityList": [{"epcClass": "urn:x:1", "quantity": Number("1"), "uom": None}]},
        {"quantityList": [{"epcClass": "urn:x:1", "quantity": Number("1"), "uom": "LTR"}]},
        {"action": ["OBSERVE"]},
        {"type": "AggregationEvent"},
    ]
    assert [one for one in more if agrees({**PLAIN, **one})] == []
    assert plain([], ID) is None
    assert plain({**{n: v for n, v in PLAIN.items() if n != "eventID"}}, 'a"b') is None


def test_nothing_long_is_remembered_between_events() -> None:
    long = "urn:x:" + "a" * 2000
    more: list[Object] = [
        {"bizStep": long},
        {"action": long},
        {"disposition": long},
        {"eventTimeZoneOffset": long},
        {"readPoint": {"id": long}},
        {long: "x"},
        {"quantityList": [{"epcClass": "urn:x:1", "quantity": Number("1"), "uom": long}]},
    ]
    agrees(PLAIN)
    caches = (_way, _is_ident, _fits, _is_mass, _said)
    before = [one.cache_info().currsize for one in caches]
    assert [agrees({**PLAIN, **one}) for one in more] == [
        number == 2 for number in range(len(more))
    ]
    assert [one.cache_info().currsize for one in caches] == before
