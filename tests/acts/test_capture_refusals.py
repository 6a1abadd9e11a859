"""Only what the document alone shows to be wrong is refused, with its place and the next step."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orebook.engines.coherence import contradictions
from orebook.model.lot import Lot

LOT = '{"kind": "lot", "fact": {"id": "lot:good", "material": "antimony ore"}}\n'
EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-01-01T00:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"],
}


def epcis(*events: Any) -> str:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-01-01T00:00:00Z",
            "epcisBody": {"eventList": list(events)},
        }
    )


def line(kind: str, **fact: Any) -> str:
    return LOT + json.dumps({"kind": kind, "fact": fact}) + "\n"


def mass(value: Any, unit: str = "TNE") -> str:
    return line("lot", id="lot:bad", mass={"value": value, "unit": unit})


def assay(grade: str) -> str:
    result = {"substance": "Sb", "grade": {"value": grade, "unit": "P1"}}
    return line("assay", id="assay:1", lot="lot:good", results=[result])


SHEET = """Shipment,S-1
Lot,L-1
Basis,wet

bag,gross (kg),tare (kg),net (kg),assay
1,102,2,100,Sb 30 %
2,102,2,{net},Sb {grade}
"""

# what is wrong: file name, document, place, a word of what was expected and found
ROWS = {
    "truncated JSON": ("d.json", epcis(EVENT)[:-40], "line 1", "", ""),
    "truncated line": ("d.jsonl", LOT + LOT[:30], "line 2", "", ""),
    "wrong type": ("d.jsonl", line("lot", id=["x"]), "line 2, /fact/id", "identifier", "list"),
    "text for a list": ("d.jsonl", line("event", id="e", inputs="x"), "/fact/inputs", "list", "x"),
    "unknown unit": ("d.jsonl", mass("3", "bags"), "/fact/mass/unit", "KGM", "bags"),
    "negative mass": ("d.jsonl", mass("-3"), "/fact/mass/value", "zero or more", "-3"),
    "grade of 130 %": ("d.jsonl", assay("130"), "/fact/results/0/grade", "100", "130"),
    "unknown kind": ("d.jsonl", line("mineral", id="x"), "line 2, /kind", "lot", "mineral"),
    "EPCIS quantity as text": (
        "d.json",
        epcis({**EVENT, "quantityList": [{"epcClass": "urn:x:y", "quantity": "3"}]}, EVENT),
        "/epcisBody/eventList/0/quantityList/0/quantity",
        "number",
        "3",
    ),
    "sheet grade": (
        "s.csv",
        SHEET.format(net=100, grade="130 %"),
        "line 7, column E",
        "100",
        "130",
    ),
    "sheet mass": ("s.csv", SHEET.format(net=-100, grade="3 %"), "line 7, column D", "", "-100"),
    "not JSON": ("d.json", "{'a': 1, \"EPCISDocument\"}", "line 1", "", ""),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_bad_input_is_refused_with_place_expected_found_and_next_step(row, keep) -> None:
    name, document, place, expected, found = row
    done = keep(document, name)
    assert done.problems, done
    told = [p for p in done.problems if place in p.place]
    assert told, done.problems
    problem = told[0]
    assert problem.file == name
    assert expected in problem.expected
    assert found in problem.found
    assert problem.next_step.endswith(".")
    assert problem.found


@pytest.mark.parametrize(
    "name", ["truncated line", "wrong type", "unknown unit", "negative mass", "grade of 130 %"]
)
def test_the_good_rows_survive(name: str, keep, look) -> None:
    keep(ROWS[name][1], ROWS[name][0])
    assert [x.id for x in look().facts(kinds=["lot"]).all(Lot)] == ["lot:good"]


def test_the_good_events_of_a_document_survive(keep, look) -> None:
    done = keep(ROWS["EPCIS quantity as text"][1], "d.json")
    assert done.appended["event"] == 1


XML = '<?xml version="1.0"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2"/>'


def test_xml_is_known_by_itself_whatever_its_name(keep, book) -> None:
    head = book.head
    done = keep(XML, "events.json")
    assert (done.format, book.head, done.receipt) == ("epcis-xml", head, None)
    assert [p.expected for p in done.problems] == [
        "the attribute schemaVersion",
        "the attribute creationDate",
    ]


def test_xml_sent_as_json_is_refused_in_a_sentence(keep, book) -> None:
    head = book.head
    done = keep(XML, "events.json", wanted="epcis-json")
    assert (book.head, done.receipt) == (head, None)
    assert len(done.problems) == 1
    assert "JSON" in done.problems[0].expected
    assert "XML" in done.problems[0].found + done.problems[0].next_step


@pytest.mark.parametrize(
    "data",
    [b"", b" \n", bytes(range(256)) * 40, b"\xff\xfe\x00\x01", b"[" * 100_000, b"PK\x03\x04" * 99],
    ids=["empty", "blank", "binary", "utf-16 mark", "deep", "broken zip"],
)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.csv", "x.xlsx", "x"])
def test_rubbish_is_refused_and_never_raises(data: bytes, name: str, keep, book) -> None:
    head = book.head
    done = keep(data, name)
    assert book.head == head
    assert done.problems
    assert all(p.text() for p in done.problems)


@pytest.mark.parametrize(
    "wanted", ["epcis-json", "jsonl", "shipment-sheet", "claims-csv", "untp", "nonsense"]
)
def test_rubbish_under_any_format_is_refused_and_never_raises(wanted: str, keep, book) -> None:
    head = book.head
    for data in (b"", bytes(range(256)), b"{" * 9999, b'{"a":' * 9999, b"a,b\n1", b"null", b"0"):
        assert keep(data, "x", wanted=wanted).problems, data
    assert book.head == head


def event(ident: str, when: str, came: str, went: str) -> dict[str, Any]:
    body = {
        "id": ident,
        "kind": "crush",
        "when": when,
        "inputs": [{"lot": came}],
        "outputs": [{"lot": went}],
    }
    return {"kind": "event", "fact": body}


ACROSS = {
    "consumed-twice": [
        event("e:1", "2026-01-01", "lot:a", "lot:b"),
        event("e:2", "2026-01-02", "lot:a", "lot:c"),
    ],
    "used-before-it-existed": [
        event("e:1", "2026-01-05", "lot:a", "lot:b"),
        event("e:2", "2026-01-01", "lot:b", "lot:c"),
    ],
    "comes-from-itself": [
        event("e:1", "2026-01-01", "lot:a", "lot:b"),
        event("e:2", "2026-01-01", "lot:b", "lot:a"),
    ],
}


@pytest.mark.parametrize("code", ACROSS)
def test_what_depends_on_other_entries_is_accepted_and_found(code: str, keep, look) -> None:
    done = keep(ACROSS[code])
    assert done.problems == ()
    assert done.appended["event"] == 2
    found = contradictions(look().facts())
    assert found.verdict == "contradicts"
    assert code in {part.component for part in found.parts}


def test_contradictions_are_found_across_two_documents(keep, look) -> None:
    first, second = ACROSS["consumed-twice"]
    assert keep([first]).problems == ()
    assert contradictions(look().facts()).parts == ()
    assert keep([second]).problems == ()
    assert [p.component for p in contradictions(look().facts()).parts] == ["consumed-twice"]
