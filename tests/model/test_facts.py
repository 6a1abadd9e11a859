"""Facts, findings, problems: order and lookup, plain JSON, one move per error."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.model.absence import Absent, Sealed, known
from orebook.model.entry import Entry, Ref
from orebook.model.facts import Head, facts_of
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.lot import Lot
from orebook.model.party import Party
from orebook.model.problem import OrebookError, Problem, found
from orebook.model.quantity import DryMass, Fraction, Money
from orebook.model.read import record
from orebook.model.uncertainty import Normal, Unstated
from orebook.model.vocabulary import event_kinds, stages, words

HEAD = Head("book.example", 3, "00")


def lot(position: int, index: int, ident: str, label: str = "") -> Lot:
    return Lot(Ref(f"{position:02x}", index, position), ident, label=label or None)


@given(st.permutations([lot(0, 0, "a"), lot(0, 1, "b"), lot(2, 0, "a"), lot(1, 5, "a")]))
def test_records_are_kept_in_log_order(records: list[Lot]) -> None:
    facts = facts_of(HEAD, "public", "2025-10-02", records)
    assert [(r.ref.position, r.ref.index) for r in facts.all(Lot)] == [
        (0, 0),
        (0, 1),
        (1, 5),
        (2, 0),
    ]
    assert [r.ref.position for r in facts.stated(Lot, "a")] == [0, 1, 2]
    latest = facts.get(Lot, "a")
    assert latest is not None
    assert latest.ref.position == 2


def test_what_is_not_there_is_none_and_empty() -> None:
    facts = facts_of(HEAD, "public", "2025-10-02", [lot(0, 0, "a")])
    assert facts.get(Lot, "b") is None
    assert facts.stated(Lot, "b") == ()
    assert facts.all(Party) == ()
    assert facts.get(Party, "a") is None


def test_a_reference_names_leaf_and_number() -> None:
    entry = Entry(4, "ab", "lot", "me", "2025", "k", ({"id": "x"},))
    assert entry.ref(0).text() == "ab#0"


@pytest.mark.parametrize("value", [None, Absent("withheld"), Sealed(3, "owner")])
def test_nothing_is_known_of_what_is_not_there(value: object) -> None:
    assert known(value) is None
    assert known("x") == "x"


def test_figures_are_read_into_canonical_units_with_what_was_written() -> None:
    doubt = {"kind": "normal", "sd": "0.2"}
    mass = {"value": "12.50", "unit": "DMT", "doubt": doubt, "cause": "scale"}
    made = record(
        "lot", {"id": "l", "mass": mass, "moisture": {"value": "8", "unit": "P1"}}, Ref("a", 0, 1)
    )
    assert isinstance(made, Lot)
    assert isinstance(made.mass, DryMass)
    assert made.mass.value == 12500
    assert made.mass.written is not None
    assert (made.mass.written.value, made.mass.written.unit) == ("12.50", "DMT")
    (term,) = made.mass.spread.terms
    assert (term.doubt, term.cause, term.figure) == (Normal(Decimal(200)), "scale", "lot:l/mass")
    assert isinstance(made.moisture, Fraction)
    assert made.moisture.value == Decimal("0.08")
    assert isinstance(made.moisture.spread.terms[0].doubt, Unstated)


def test_money_keeps_its_currency() -> None:
    body = {"id": "s", "value": {"value": "5", "currency": "USD"}}
    made = record("shipment", body, Ref("a", 0, 1))
    value = getattr(made, "value", None)
    assert isinstance(value, Money)
    assert (value.value, value.currency) == (5, "USD")


def test_a_finding_is_plain_json_with_nothing_rounded() -> None:
    figure = Figure("gap", Decimal("1E+3"), "KGM", standard=Decimal("0.10"))
    part = Finding("balance", "1", "q", "s", "adds up", HEAD, "2025-10-02")
    finding = Finding(
        "balance", "1", "does it add up?", "e", "cannot be told", HEAD, "2025-10-02",
        figures=(figure, Figure("grade", None, "P1", state="missing")),
        missing=(Missing("moisture", "lot a", "dry mass"),),
        parts=(part,),
    )  # fmt: skip
    told = json.loads(json.dumps(finding.as_json()))
    assert told["figures"][0]["value"] == "1000"
    assert told["figures"][0]["standard"] == "0.10"
    assert told["figures"][1]["value"] is None
    assert told["head"] == {"origin": "book.example", "size": 3, "root": "00"}
    assert told["parts"][0]["verdict"] == "adds up"
    assert finding.figure("gap") is figure
    assert finding.figure("other") is None


def test_a_problem_is_one_line_a_person_can_act_on() -> None:
    problem = Problem("bad-date", "/made", "a day", '"soon"', "Write the day.")
    assert problem.within("/facts/0", "a.json").text() == (
        'a.json, /facts/0/made: expected a day, found "soon". Write the day.'
    )
    assert problem.within("x").as_json()["place"] == "x/made"
    assert Problem("x", "", "a", "b", "c.").text().startswith("the input: ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (7, "7"),
        ("x" * 99, '"' + "x" * 60 + '…"'),
        ({"secret": 1}, "an object"),
        ([1], "a list"),
        (1.5, "float"),
    ],
)
def test_what_was_found_is_short_and_tells_no_secret(value: object, text: str) -> None:
    assert found(value) == text


def _errors(cls: type[OrebookError]) -> list[type[OrebookError]]:
    return [cls, *(e for sub in cls.__subclasses__() for e in _errors(sub))]


@pytest.mark.parametrize("error", _errors(OrebookError))
def test_every_error_says_whose_move_it_is(error: type[OrebookError]) -> None:
    assert error.move in {"sender", "reader", "keeper", "tampering"}
    assert error.code
    assert error("m", [Problem("c", "p", "e", "f", "n")]).problems[0].code == "c"


def test_every_event_kind_says_what_it_conserves() -> None:
    answers = {"conserved", "open", "identity", "none", "unknown"}
    for kind in event_kinds().values():
        assert {kind.dry_mass, kind.elements} <= answers
        assert kind.stage == "" or kind.stage in stages()
        # Whoever conserves dry mass conserves every element.
        assert kind.dry_mass != "conserved" or kind.elements == "conserved"
    assert event_kinds()["smelt"].dry_mass == "open"
    assert event_kinds()["prepare"].elements == "unknown"
    assert sorted(stages().values()) == list(range(1, 10))


def test_an_unknown_vocabulary_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("moods")
