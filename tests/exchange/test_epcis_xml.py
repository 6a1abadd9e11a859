"""EPCIS in XML: every public file in and out unchanged, or refused by line; both bindings agree."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from orebook.exchange import epcis_json, epcis_xml
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.exchange.xml_text import canonical
from orebook.model.problem import Problem
from orebook.model.shape import check

SOURCE = Source("file.xml", "doc:1")
HEAD = (
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
    'creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>'
)
EVENT = (
    "<ObjectEvent><eventTime>2026-01-01T00:00:00Z</eventTime>"
    "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset>"
    "<epcList><epc>urn:x:1</epc></epcList><action>OBSERVE</action>{}</ObjectEvent>"
)
TAIL = "</EventList></EPCISBody></epcis:EPCISDocument>"
# Public files that are refused in whole or part, and why. All but those marked fail the official
# schema too; JSON's words are as in the test of the JSON files.
REFUSED = {
    "Example-CaptureJobRunning.xml": "unknown-document",
    "Example-CaptureJobSuccess.xml": "unknown-document",
    "JumbledFieldsOrder.xml": "wrong-order",
    "ObjectEvent_with_wrong_element_order.xml": "wrong-order",
    "ObjectEvent_bare_event_without_action.xml": "missing-member",
    "ObjectEvent_with_invalid_eventTime_format.xml": "bad-date",
    "ObjectEvent_with_unknown_element.xml": "unknown-member",
    "ObjectEvent_without_eventTime.xml": "missing-member",
    "Combination_of_different_event.xml": "missing-member",  # no creationDate, in Query alone
    "QueryDocument_with_invalid_action.xml": "unknown-word",
    "QueryDocument_with_missing_value.xml": "missing-member",
    "Query_without_queryName.xml": "missing-member",
    "ObjectEventWithAllPossibleFields.xml": "bad-date",
}
REFUSED_1 = {  # of EPCIS 1.2, for which no schema is at hand
    "ObjectEvent_all_possible_fields.xml": "not-allowed-here",
    "TransactionEvent_all_possible_fields.xml": "bad-date",
}


def corpus(standards: Path) -> list[Path]:
    return sorted(path for folder in standards.glob("epcis-*") for path in folder.rglob("*.xml"))


def read(data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(epcis_xml.read(io.BytesIO(data), SOURCE))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def written(facts: list[Read], form: object = epcis_xml) -> bytes:
    stream = io.BytesIO()
    form.write(((fact.kind, fact.body) for fact in facts), stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def refused(path: Path) -> str | None:
    if path.name == "Combination_of_different_event.xml" and "Query" not in path.parts:
        return None
    if path.name == "SensorDataExamples.xml":
        return "wrong-order" if "epcis-event-hash" in path.parts else None
    table = REFUSED_1 if "1.2" in path.parts else REFUSED
    return table.get(path.name)


def test_every_public_file_comes_out_unchanged(
    standards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for path in corpus(standards):
        data = path.read_bytes()
        facts, problems = read(data)
        folder = path.relative_to(standards).parts[0]
        if refused(path):
            assert problems, path
            count[folder, "refused by line"] += 1
            continue
        assert problems == [], path
        assert [p for fact in facts for p in check(fact.kind, fact.body)] == [], path
        assert canonical(etree.fromstring(written(facts))) == canonical(etree.fromstring(data)), (
            path
        )
        count[folder, "in and out unchanged"] += 1
    with capsys.disabled():
        print("\nEPCIS XML files:")
        for (folder, what), number in sorted(count.items()):
            print(f"  {folder:<24}{what:<22}{number:>4}")
    assert sum(n for (_, what), n in count.items() if what != "refused by line") == 83
    assert sum(n for (_, what), n in count.items() if what == "refused by line") == 17


@pytest.mark.parametrize("name", sorted({**REFUSED, **REFUSED_1}))
def test_what_is_refused_names_line_and_element(standards: Path, name: str) -> None:
    for path in corpus(standards):
        if path.name == name and (code := refused(path)):
            _, problems = read(path.read_bytes())
            assert code in {problem.code for problem in problems}, problems
            assert all(p.place.startswith("line ") and p.next_step for p in problems)


def official(standards: Path, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(standards / "epcis-gs1" / "XSD" / name))


def test_what_the_official_schema_takes_is_taken(standards: Path) -> None:
    schemas = [
        official(standards, f"EPCglobal-epcis-{name}2_0.xsd")
        for name in ("", "query-", "masterdata-")
    ]
    taken = 0
    for path in corpus(standards):
        tree = etree.parse(path)
        job = path.name.startswith("Example-CaptureJob")
        if not job and any(schema.validate(tree) for schema in schemas):
            taken += 1
            assert read(path.read_bytes())[1] == [], path
    assert taken > 45


def json_files(standards: Path) -> list[Path]:
    return [
        *sorted((standards / "epcis-gs1" / "JSON").rglob("*.jsonld")),
        *sorted((standards / "epcis-openepcis-tests" / "2.0").rglob("*.json")),
    ]


def test_events_of_the_json_files_are_written_in_line_with_the_official_schema(
    standards: Path,
) -> None:
    schema = official(standards, "EPCglobal-epcis-2_0.xsd")
    count = 0
    for path in json_files(standards):
        items = list(epcis_json.read(io.BytesIO(path.read_bytes()), SOURCE))
        facts = [item for item in items if isinstance(item, Read)]
        events = [fact for fact in facts if fact.kind == "event"]
        if not events or any(isinstance(item, Problem) for item in items):
            continue
        tree = etree.fromstring(written(facts))
        several = any(
            isinstance(e, dict) and isinstance(e.get("certificationInfo"), list)
            for e in _events(json_read(written(facts, epcis_json)))
        )
        if etree.QName(tree).localname == "EPCISDocument" and not several:
            assert schema.validate(tree), (path, schema.error_log)
            count += 1
        again, problems = read(etree.tostring(tree))
        assert problems == [], path
        assert len([f for f in again if f.kind == "event"]) == len(events)
    assert count > 25


def _events(document: object) -> list[object]:
    assert isinstance(document, dict)
    body = document.get("epcisBody")
    if not isinstance(body, dict):
        return [document]
    found = body.get("eventList")
    return found if isinstance(found, list) else []


def test_both_bindings_of_one_event_give_the_same_words(standards: Path) -> None:
    """GS1's paired examples differ in extensions alone; what EPCIS names is the same."""
    plain = written(read((HEAD + EVENT.format("") + TAIL).encode())[0], epcis_json)
    by_json = [i for i in epcis_json.read(io.BytesIO(plain), SOURCE) if isinstance(i, Read)]
    by_xml, _ = read((HEAD + EVENT.format("") + TAIL).encode())
    one = next(f.body for f in by_json if f.kind == "event")
    two = next(f.body for f in by_xml if f.kind == "event")
    apart = {"foreign", "id"}
    assert {k: v for k, v in one.items() if k not in apart} == {
        k: v for k, v in two.items() if k not in apart
    }


def test_an_event_of_json_survives_a_way_through_xml(standards: Path) -> None:
    """What XML can say comes back equal: lists of one item and typed extensions are its limit."""
    path = standards / "epcis-gs1" / "JSON" / "Example_9.6.3-AggregationEvent.jsonld"
    facts = [
        i for i in epcis_json.read(io.BytesIO(path.read_bytes()), SOURCE) if isinstance(i, Read)
    ]
    again, problems = read(written(facts))
    assert problems == []
    first = _events(json_read(written(facts, epcis_json)))
    assert _events(json_read(written(again, epcis_json))) == first


def test_numbers_keep_their_text_and_prefixes_their_names() -> None:
    inner = (
        "<quantityList><quantityElement><epcClass>urn:x:c</epcClass><quantity>1.50</quantity>"
        "<uom>TNE</uom></quantityElement></quantityList>"
        '<ore:grade xmlns:ore="https://example.org/ore/">28.40</ore:grade>'
    )
    facts, problems = read((HEAD + EVENT.format(inner) + TAIL).encode())
    assert problems == []
    event = next(fact.body for fact in facts if fact.kind == "event")
    assert event["subjects"][1] == {"lot": "urn:x:c", "mass": {"value": "1.50", "unit": "TNE"}}
    document = json_read(written(facts, epcis_json))
    assert _events(document)[0]["ore:grade"] == "28.40"  # type: ignore[index]
    assert {"ore": "https://example.org/ore/"} in document["@context"]  # type: ignore[index,operator]


def test_a_quantity_event_of_1_x_is_an_observation_and_goes_out_as_it_came() -> None:
    text = (
        '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" '
        'creationDate="2015-01-01T00:00:00Z"><EPCISBody><EventList><QuantityEvent>'
        "<eventTime>2015-01-01T00:00:00Z</eventTime>"
        "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset>"
        "<epcClass>urn:epc:class:x</epcClass><quantity>7</quantity>"
        "</QuantityEvent></EventList></EPCISBody></epcis:EPCISDocument>"
    )
    facts, problems = read(text.encode())
    assert problems == []
    event = next(fact.body for fact in facts if fact.kind == "event")
    assert event["kind"] == "observe"
    assert event["subjects"] == [{"lot": "urn:epc:class:x", "count": "7"}]
    assert canonical(etree.fromstring(written(facts))) == canonical(etree.fromstring(text.encode()))


def test_good_events_survive_a_bad_one_and_broken_xml_after_them() -> None:
    bad = EVENT.format("").replace("OBSERVE", "SEE")
    facts, problems = read((HEAD + EVENT.format("") + bad + EVENT.format("") + TAIL).encode())
    assert [f.kind for f in facts].count("event") == 2
    assert [p.code for p in problems] == ["unknown-word"]
    facts, problems = read((HEAD + EVENT.format("") + "<ObjectEvent>").encode())
    assert [f.kind for f in facts] == ["event"]
    assert [p.code for p in problems] == ["truncated-xml"]


BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(10))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            f"<!DOCTYPE x [{BOMB}]>" + HEAD + EVENT.format("<a>&l9;</a>") + TAIL,
            {"xml-dtd", "xml-limit"},
        ),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">' + HEAD + EVENT.format("") + TAIL, {"xml-dtd"}),
        (
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + HEAD + "&e;" + TAIL,
            {"xml-dtd"},
        ),
        (HEAD + EVENT.format("&nbsp;") + TAIL, {"xml-entity"}),
        (HEAD + EVENT.format("<a>" * 100 + "</a>" * 100) + TAIL, {"too-deep"}),
        (HEAD + EVENT.format("<a>" * 5000), {"too-deep", "xml-limit"}),
        (HEAD + TAIL[:-3], {"truncated-xml", "bad-xml"}),
        ("<html><body/></html>", {"unknown-document"}),
        ("<a b='1' b='2'/>", {"bad-xml"}),
        ("", {"truncated-xml", "bad-xml"}),
        (HEAD.replace(' schemaVersion="2.0"', "") + TAIL, {"missing-member"}),
        (HEAD.replace("2026-01-01T", "01.01.2026 ") + TAIL, {"bad-value"}),
        ("<?xml version='1.0' encoding='ebcdic-nl'?>" + HEAD + TAIL, {"bad-xml"}),
    ],
)
def test_what_is_no_sound_document_is_refused_by_line(text: str, codes: set[str]) -> None:
    facts, problems = read(text.encode())
    assert facts == []
    assert {p.code for p in problems} <= codes, problems
    assert problems
    assert all(p.place.startswith(("line", "")) and p.expected and p.next_step for p in problems)
    told = " ".join(p.text() for p in problems)
    assert not re.search("xmlCtxt|XML_PARSE|amplification|AttValue|Specification", told)


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("<a><b></a>", "the end of the element that is open", "the end of a within b"),
        ("hi", "the start of an element", "other text"),
        ("<?xml version='1.0' encoding='klingon'?><x/>", "a known", 'the encoding "klingon"'),
        ("<a b='1' b='2'/>", "each attribute once", "b twice"),
        ("<a>" * 300, "a document within safe limits", "nesting deeper than 256 levels"),
        (f"<!DOCTYPE x [{BOMB}]><x>&l9;</x>", "a document within safe", "entities that multiply"),
        ("<a/><b/>", "the end of the document", "more after it"),
    ],
)
def test_a_fault_of_the_text_is_told_in_our_words(text: str, expected: str, found: str) -> None:
    (problem,) = read(text.encode())[1]
    assert problem.expected.startswith(expected)
    assert problem.found.startswith(found)


def test_events_one_after_another_leave_one_place_and_return_to_it() -> None:
    """So memory does not grow with them; a comment among them is found again where it was."""
    events = [EVENT.format("").replace("urn:x:1", f"urn:x:{n}") for n in range(30)]
    for between, places in (("\n", 1), ("", 1), ("<!-- a -->", 30)):
        facts, problems = read((HEAD + between.join(events) + TAIL).encode())
        assert problems == []
        (document,) = [fact.body for fact in facts if fact.kind == "document"]
        assert str(document["envelope"]).count("<?orebook") == places
        text = written(facts).decode()
        assert re.findall("urn:x:[0-9]+", text) == [f"urn:x:{n}" for n in range(30)]
        assert text.count("<!-- a -->") == (29 if places > 1 else 0)
    halves = ["<!-- half -->".join(("".join(events[:9]), "".join(events[9:])))]
    facts, _ = read((HEAD + halves[0] + TAIL).encode())
    assert str(facts[-1].body["envelope"]).count("<?orebook") == 2
    before, _, after = written(facts).decode().partition("<!-- half -->")
    assert (before.count("<ObjectEvent"), after.count("<ObjectEvent")) == (9, 21)


@given(st.data())
def test_no_change_of_a_public_file_raises(standards: Path, data: st.DataObject) -> None:
    path = standards / "epcis-gs1" / "XML" / "WithExtension" / "ObjectEvent.xml"
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "drop"]))
        if kind == "flip":
            text[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del text[at + 1 :]
        elif kind == "drop":
            del text[at : at + data.draw(st.integers(1, 200))]
            text = text or bytearray(b"<")
        else:
            text[at:at] = data.draw(
                st.sampled_from([b"<a>", b"&x;", b"<!--", b"]]>", b"\x00", b"9e999"])
            )
    facts, problems = read(bytes(text))
    assert all(isinstance(p.text(), str) for p in problems)
    for fact in facts:
        assert isinstance(check(fact.kind, fact.body), list | tuple)


@pytest.mark.parametrize("inner", ["<ext:a>x</ext:a>", '<o:a xmlns:o="urn:o:" ext:b="1"/>'])
def test_a_prefix_that_is_not_declared_is_refused_by_its_line(inner: str) -> None:
    facts, problems = read((HEAD + "\n" + EVENT.format(inner) + TAIL).encode())
    assert [f.kind for f in facts] == []
    assert [(p.code, p.place, p.found) for p in problems] == [("bad-xml", "line 2", "ext")]
