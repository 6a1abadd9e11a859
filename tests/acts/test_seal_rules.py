"""What a sender seals from outside the document: by pointer, by file, and never by mistake."""

from __future__ import annotations

import json

import pytest

from orebook.acts.rules import Rule, read_rules
from orebook.model.problem import SenderError

MASS = {"value": "98765", "unit": "KGM"}
ROWS = [{"kind": "lot", "fact": {"id": name, "mass": MASS}} for name in ("a", "b")]


def test_a_pointer_seals_wherever_a_fact_has_it(keep, look) -> None:
    done = keep(ROWS, seal=(Rule("/mass", ("party:x",)),))
    assert done.problems == ()
    facts = look("public").entry(done.receipt.first).facts
    assert [f["sealed"] for f in facts] == [{"mass": "party:x"}] * 2


def test_a_rule_can_name_one_fact(keep, look) -> None:
    done = keep(ROWS, seal=(Rule("/mass", kind="lot", ident="b"),))
    facts = look("public").entry(done.receipt.first).facts
    assert ["sealed" in f for f in facts] == [False, True]


def test_a_rule_that_seals_nothing_stops_the_document(keep, book) -> None:
    size = book.head.size
    done = keep(ROWS, seal=(Rule("/mas"),))
    assert [p.code for p in done.problems] == ["nothing-sealed"]
    assert (done.receipt, book.head.size) == (None, size)


def test_a_line_names_its_audiences(keep, look) -> None:
    row = {**ROWS[0], "seal": [{"at": "/mass", "for": ["party:x", "owner"]}]}
    done = keep([row])
    assert look("public").entry(done.receipt.first).facts[0]["sealed"] == {
        "mass": ["owner", "party:x"]
    }
    for wrong in ({"at": "/mass"}, {"at": "/mass", "for": []}, {"at": 1, "for": ["x"]}, 7):
        assert keep([{**ROWS[1], "seal": [wrong]}]).problems


def test_rules_from_a_file() -> None:
    text = json.dumps([{"at": "/mass", "for": ["party:x"], "kind": "lot"}])
    assert read_rules(text.encode(), "r.json") == (Rule("/mass", ("party:x",), "lot"),)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[1]", '[{"for":["x"]}]', '[{"at":"mass"}]', '[{"at":"/m","for":[]}]',
             '[{"at":"/m","kind":"nothing"}]', '[{"at":"/m","more":1}]'],
)  # fmt: skip
def test_a_file_that_is_no_list_of_rules_is_refused(text: str) -> None:
    with pytest.raises(SenderError, match="expected"):
        read_rules(text.encode(), "r.json")
