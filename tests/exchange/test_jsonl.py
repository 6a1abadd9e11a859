"""Our JSON Lines: every kind there and back, numbers by their text, faults by line and pointer."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from orebook.exchange import jsonl
from orebook.exchange.format import Read, Source
from orebook.model.problem import Problem
from orebook.model.shape import KINDS, check, shapes
from orebook.model.vocabulary import words

SOURCE = Source("facts.jsonl", "doc:1")
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {
    "id": "urn:example:1",
    "ref": "urn:example:2",
    "text": "words ﷺ of any script",
    "integer": 7,
    "bool": True,
    "decimal": "1.50",
    "date": "2025-10-02",
    "time": "2025-10-02T06:00:00Z",
    "when": "2025-10",
    "country": "PK",
    "substance": "Nd2O3",
    "mass": {"value": "30.0", "unit": "TNE", "basis": "dry"},
    "fraction": {"value": "12", "unit": "P1"},
    "money": {"value": "500000000", "currency": "USD"},
}


def read(text: str | bytes) -> list[Read | Problem]:
    data = text.encode() if isinstance(text, str) else text
    return list(jsonl.read(io.BytesIO(data), SOURCE))


def example(type_: str) -> object:
    head, _, rest = type_.partition(":")
    if head == "list":
        return [example(rest)]
    if head == "record":
        return full(rest)
    if head == "word":
        return next(iter(words(rest)))
    return EXAMPLES[head]


def full(kind: str) -> dict[str, object]:
    """A fact with every attribute of its kind."""
    return {name: example(a.type) for name, a in shapes()[kind].items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_with_every_attribute_comes_back_as_it_went(kind: str) -> None:
    fact = full(kind)
    assert check(kind, fact) == []
    line = jsonl.line(kind, fact, author="urn:p", seal=("/id",), evidence=("a#0",), position=0)
    assert json.loads(line)["position"] == 0
    (item,) = read(line)
    assert item == Read(kind, fact, "line 1", ("/id",), "urn:p", ("a#0",))
    stream = io.BytesIO()
    jsonl.write([(kind, fact), (kind, fact)], stream)
    assert [i.body for i in read(stream.getvalue()) if isinstance(i, Read)] == [fact, fact]


def test_numbers_keep_their_text_and_whole_numbers_are_whole() -> None:
    line = '{"kind":"lot","fact":{"id":"a","mass":{"value":30.00,"unit":"KGM"}}}'
    (item,) = read(line)
    assert isinstance(item, Read)
    assert item.body["mass"] == {"value": "30.00", "unit": "KGM"}
    (item,) = read('{"kind":"document","fact":{"id":"a","size":1024}}')
    assert isinstance(item, Read)
    assert item.body["size"] == 1024


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ('{"kind":"lot","fact":{"id":"a"', "truncated-json", "line 2, column 31"),
        ('{"kind":"lot","fact":{"id":"a","id":"b"}}', "name-twice", "line 2, /fact/id"),
        ("[]", "wrong-type", "line 2"),
        ("{}", "missing-member", "line 2, /kind"),
        ('{"kind":"lots","fact":{}}', "unknown-kind", "line 2, /kind"),
        ('{"kind":["lot"],"fact":{}}', "unknown-kind", "line 2, /kind"),
        ('{"kind":"lot","fact":[]}', "wrong-type", "line 2, /fact"),
        ('{"kind":"lot","fact":{}}', "missing-attribute", "line 2, /fact/id"),
        ('{"kind":"lot","fact":{"id":"a"},"seals":[]}', "unknown-member", "line 2, /seals"),
        ('{"kind":"lot","fact":{"id":"a"},"seal":["mass"]}', "bad-pointer", "line 2, /seal/0"),
        ('{"kind":"lot","fact":{"id":"a"},"author":""}', "wrong-type", "line 2, /author"),
        ('{"kind":"lot","fact":{"id":"a"},"evidence":"x"}', "wrong-type", "line 2, /evidence"),
        (
            '{"kind":"lot","fact":{"id":"a","mass":{"value":-1,"unit":"KGM"}}}',
            "negative-mass",
            "line 2, /fact/mass/value",
        ),
        (
            '{"kind":"lot","fact":{"id":"a","mass":{"value":1,"unit":"furlong"}}}',
            "unknown-unit",
            "line 2, /fact/mass/unit",
        ),
        (
            '{"kind":"lot","fact":{"id":"a","moisture":{"value":130,"unit":"P1"}}}',
            "fraction-out-of-range",
            "line 2, /fact/moisture/value",
        ),
        (
            '{"kind":"document","fact":{"id":"a","size":1.5}}',
            "wrong-type",
            "line 2, /fact/size",
        ),
        (
            '{"kind":"lot","fact":{"id":"a","sealed":{}}}',
            "unknown-attribute",
            "line 2, /fact/sealed",
        ),
    ],
)
def test_a_fault_names_its_line_and_pointer_and_the_others_are_read(
    line: str, code: str, place: str
) -> None:
    good = '{"kind":"lot","fact":{"id":"a"}}'
    items = read(f"{good}\n{line}\n\n{good}")
    problems = [item for item in items if isinstance(item, Problem)]
    assert (problems[0].code, problems[0].place) == (code, place)
    assert problems[0].file == "facts.jsonl"
    assert [item.place for item in items if isinstance(item, Read)] == ["line 1", "line 4"]


def test_a_line_over_the_limit_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LINE_MAX", 40)
    items = read('{"kind":"lot","fact":{"id":"a"}}\n' + " " * 50)
    assert [type(item) for item in items] == [Read, Problem]


def test_a_line_has_no_other_members() -> None:
    with pytest.raises(ValueError, match="no member colour"):
        jsonl.line("lot", {"id": "a"}, colour="red")


def test_the_examples_in_the_manual_are_read() -> None:
    manual = (ROOT / "docs" / "reference" / "jsonl.md").read_text("utf-8")
    block = manual.split("```json\n")[1].split("```")[0]
    assert [item.kind for item in read(block) if isinstance(item, Read)] == ["lot", "event"]
    assert all(f"`{name}`" in manual for name in jsonl._MEMBERS)
