"""The shape of every kind: sound bodies pass and become records, bad ones are placed."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orebook.model.absence import Absent, Sealed
from orebook.model.entry import Ref
from orebook.model.read import RECORDS, record
from orebook.model.shape import KINDS, check, shapes, shelves
from orebook.model.vocabulary import table, words

REF = Ref("ab" * 32, 0, 7)


def _beside(name: str) -> ModuleType:
    """A module of this folder: tests are imported one by one and have no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


sound = _beside("bodies")


def test_every_kind_has_a_shape_and_every_shape_a_record() -> None:
    assert set(KINDS) <= set(shapes())
    assert set(shapes()) == set(RECORDS)
    nested = {a.type.rpartition("record:")[2] for s in shapes().values() for a in s.values()}
    assert set(shapes()) - set(KINDS) <= nested


@pytest.mark.parametrize("kind", sorted(shapes()))
def test_the_fields_of_a_record_are_the_attributes_of_the_table(kind: str) -> None:
    names = [f.name for f in dataclasses.fields(RECORDS[kind])]
    assert names[0] == "ref"
    assert sorted(names[1:]) == sorted(shapes()[kind])


def test_the_table_uses_known_words_alone() -> None:
    for row in table("attributes"):
        head, _, rest = row["type"].removeprefix("list:").partition(":")
        assert row["required"] in {"yes", "no"}
        assert row["shelf"] in {"clear", "public", "sealed"}
        assert row["description"]
        if head == "word":
            assert words(rest)
        elif head == "record":
            assert rest in shapes()
        elif head == "ref":
            assert rest in KINDS
        else:
            assert sound.values(head) is not None


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_sound_body_passes_and_becomes_a_record(kind: str, data: st.DataObject) -> None:
    body = data.draw(sound.bodies(kind))
    assert check(kind, body) == []
    made = record(kind, body, REF)
    assert type(made) is RECORDS[kind]
    assert made.ref == REF
    for name in shapes()[kind]:
        value = getattr(made, name)
        stated = body.get(name)
        assert (value is None) == (stated is None)
        absent = isinstance(stated, dict) and "absent" in stated
        assert isinstance(value, Absent) == absent
    for pointer, audience in shelves(kind, body):
        assert audience in {"public", "owner"}
        assert _at(body, pointer) is not None


def _at(body: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["absent", "value", "unit", "doubt", "kind", "x", "low", "high"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("type_", sorted({a.type for s in shapes().values() for a in s.values()}))
@given(value=JSON)
@settings(max_examples=30)
def test_any_value_is_judged_and_none_raises(type_: str, value: Any) -> None:
    kind, name = next(
        (a.kind, a.name) for s in shapes().values() for a in s.values() if a.type == type_
    )
    problems = check(kind, {name: value})
    assert all(p.place.startswith("/") and p.expected and p.found for p in problems)


KG = {"value": "10", "unit": "KGM"}
P1 = {"value": "30", "unit": "P1"}


def lot(**members: object) -> dict[str, object]:
    return {"id": "l", **members}


def result(**grade: object) -> dict[str, object]:
    line = {"substance": "Cu", "grade": {**P1, **grade}}
    return {"id": "a", "lot": "l", "results": [line]}


BAD: list[tuple[str, object, str, str, str, str]] = [
    # kind, body, code, pointer, expected has, found has
    ("lots", {}, "unknown-kind", "", "lot", "lots"),
    ("lot", [], "wrong-type", "", "an object of kind lot", "a list"),
    ("lot", "l", "wrong-type", "", "an object of kind lot", '"l"'),
    ("lot", {}, "missing-attribute", "/id", "identifier of the lot", "nothing"),
    ("lot", lot(colour="red"), "unknown-attribute", "/colour", "attribute of lot", "colour"),
    ("lot", {"id": ""}, "bad-identifier", "/id", "1 to 512 characters", '""'),
    ("lot", {"id": " l"}, "bad-identifier", "/id", "1 to 512 characters", '" l"'),
    ("lot", {"id": "x" * 513}, "bad-identifier", "/id", "1 to 512", "…"),
    ("lot", {"id": {"absent": "withheld"}}, "wrong-type", "/id", "cannot be absent", "an object"),
    ("lot", lot(label=""), "wrong-type", "/label", "text", '""'),
    ("lot", lot(label=7), "wrong-type", "/label", "text", "7"),
    ("lot", lot(note="x" * 20_001), "too-long", "/note", "20000", "…"),
    ("lot", lot(note="\ud800"), "bad-text", "/note", "surrogate", "surrogate"),
    ("lot", lot(form="powder"), "unknown-word", "/form", "concentrate", "powder"),
    ("lot", lot(form=["ore"]), "unknown-word", "/form", "concentrate", "a list"),
    ("lot", lot(country="Pakistan"), "bad-country", "/country", "ISO 3166-1", "Pakistan"),
    ("lot", lot(invented="yes"), "wrong-type", "/invented", "true or false", "yes"),
    ("lot", lot(made="2025-02-30"), "bad-date", "/made", "2025-10-02", "2025-02-30"),
    ("lot", lot(made=20250230), "bad-date", "/made", "2025-10-02", "20250230"),
    ("lot", lot(materials={}), "wrong-type", "/materials", "a list", "an object"),
    ("lot", lot(materials=[{}]), "missing-attribute", "/materials/0/name", "material", "nothing"),
    ("lot", lot(mass=10), "wrong-type", "/mass", '"unit":"KGM"', "10"),
    ("lot", lot(mass={"unit": "KGM"}), "not-a-number", "/mass/value", "decimal", "nothing"),
    ("lot", lot(mass={**KG, "value": 10}), "not-a-number", "/mass/value", '"9.99"', "10"),
    ("lot", lot(mass={**KG, "value": "NaN"}), "not-a-number", "/mass/value", "decimal", "NaN"),
    ("lot", lot(mass={**KG, "value": "1,0"}), "not-a-number", "/mass/value", "decimal", "1,0"),
    ("lot", lot(mass={**KG, "value": "٢"}), "not-a-number", "/mass/value", "decimal", "٢"),
    ("lot", lot(mass={**KG, "value": "-1"}), "negative-mass", "/mass/value", "zero or more", "-1"),
    ("lot", lot(mass={**KG, "unit": "stone"}), "unknown-unit", "/mass/unit", "KGM (kg)", "stone"),
    ("lot", lot(mass={**KG, "unit": "P1"}), "unknown-unit", "/mass/unit", "unit of mass", "P1"),
    ("lot", lot(mass={"value": "1"}), "unknown-unit", "/mass/unit", "unit of mass", "nothing"),
    ("lot", lot(mass={**KG, "basis": "moist"}), "unknown-word", "/mass/basis", "wet", "moist"),
    ("lot", lot(mass={**KG, "basis": "contained"}), "unknown-substance", "/mass/of", "Cu", "noth"),
    ("lot", lot(mass={**KG, "note": "x"}), "unknown-attribute", "/mass/note", "cause", "note"),
    ("lot", lot(mass={**KG, "cause": ""}), "wrong-type", "/mass/cause", "text", '""'),
    ("lot", lot(mass={**KG, "doubt": 1}), "bad-doubt", "/mass/doubt", "exact, range", "1"),
    ("lot", lot(mass={**KG, "doubt": {"kind": []}}), "bad-doubt", "/mass/doubt", "range", "object"),
    ("lot", lot(mass={"absent": "lost"}), "unknown-word", "/mass/absent", "not_found", "lost"),
    ("lot", lot(mass={"absent": []}), "unknown-word", "/mass/absent", "not_found", "a list"),
    ("lot", lot(mass={"absent": "withheld", "by": "x"}), "unknown-attribute", "/mass/by", "", "x"),
    ("lot", lot(mass={"absent": "withheld", "until": "soon"}), "bad-date", "/mass/until", "", ""),
    ("assay", result(value="130"), "fraction-out-of-range",
     "/results/0/grade/value", "0 to 100 %", "130 %"),
    ("assay", result(value="-1"), "fraction-out-of-range",
     "/results/0/grade/value", "0 to 100 %", "-1 %"),
    ("assay", result(unit="KGM"), "unknown-unit", "/results/0/grade/unit", "P1 (%)", "KGM"),
    ("assay", result(doubt={"kind": "range", "low": "40", "high": "50"}), "bad-doubt",
     "/results/0/grade/doubt", "low ≤ value ≤ high", "40 to 50"),
    ("assay", result(doubt={"kind": "range", "low": "-1", "high": "50"}), "bad-doubt",
     "/results/0/grade/doubt", "bounds from 0 to 100", "-1 to 50"),
    ("assay", result(doubt={"kind": "range", "low": "1", "high": "101"}), "bad-doubt",
     "/results/0/grade/doubt", "bounds from 0 to 100", "1 to 101"),
    ("assay", result(doubt={"kind": "normal", "sd": "0"}), "bad-doubt",
     "/results/0/grade/doubt", "above zero; else say exact", "0"),
    ("assay", result(doubt={"kind": "normal"}), "bad-doubt",
     "/results/0/grade/doubt", "members kind, sd", "kind"),
    ("assay", result(doubt={"kind": "normal", "sd": 0.5}), "not-a-number",
     "/results/0/grade/doubt", "decimal numbers as text", "an object"),
    ("assay", {"id": "a", "lot": "l", "results": [{"absent": "withheld"}]}, "wrong-type",
     "/results/0", "a value", "an absence"),
    ("assay", {"id": "a", "lot": "l", "results": [{"substance": "Xx", "grade": P1}]},
     "unknown-substance", "/results/0/substance", "Nd2O3", "Xx"),
    ("shipment", {"id": "s", "value": {"value": "1", "currency": "dollars"}}, "bad-currency",
     "/value/currency", "ISO 4217", "dollars"),
    ("document", {"id": "d", "size": -1}, "wrong-type", "/size", "2^53", "-1"),
    ("document", {"id": "d", "size": True}, "wrong-type", "/size", "whole number", "true"),
    ("document", {"id": "d", "size": 2**53}, "wrong-type", "/size", "2^53", "9007199254740992"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "code", "place", "expected", "found"), BAD)
def test_a_bad_body_is_placed(
    kind: str, body: object, code: str, place: str, expected: str, found: str
) -> None:
    (problem,) = check(kind, body)
    assert (problem.code, problem.place) == (code, place)
    assert expected in problem.expected
    assert found in problem.found
    assert problem.next_step.endswith(".")


def test_every_fault_of_a_body_is_told() -> None:
    problems = check("lot", {"mass": {"value": "-1", "unit": "stone"}, "form": "powder"})
    assert [p.place for p in problems] == ["/id", "/mass/unit", "/mass/value", "/form"]


def test_a_mass_below_zero_cannot_hide_in_a_bound() -> None:
    doubt = {"kind": "range", "low": "-1", "high": "20"}
    (problem,) = check("lot", lot(mass={**KG, "doubt": doubt}))
    assert (problem.code, problem.place) == ("bad-doubt", "/mass/doubt")


def test_free_text_and_allegations_lie_on_the_public_shelf() -> None:
    free = {"note", "text", "asked", "answered", "title", "publisher", "url", "subject", "value"}
    clear = {
        (a.kind, a.name)
        for shape in shapes().values()
        for a in shape.values()
        if a.type == "text" and a.name in free and a.shelf == "clear"
    }
    # Two titles, and the text of a carried member, which its parent shelves.
    assert clear == {("book", "title"), ("agreement", "title"), ("carried", "text")}


def test_positions_and_commercial_terms_are_sealed() -> None:
    facility = {"id": "f", "name": "F", "position": {"latitude": "30", "longitude": "70"}}
    assert shelves("facility", facility) == [("/position", "owner")]
    sale = {"id": "s", "value": {"value": "1", "currency": "USD"}, "incoterm": "FOB Karachi 2020"}
    assert shelves("shipment", sale) == [("/value", "owner"), ("/incoterm", "owner")]
    assert shelves("document", {"id": "d", "sha256": "00"}) == [("/sha256", "owner")]


def test_shelves_reach_into_lists_and_skip_absences() -> None:
    body = {
        "id": "s",
        "contents": [{"text": "said", "claim": "c"}, {"text": "said again"}],
        "packages": {"absent": "not_found"},
        "note": {"absent": "not_applicable"},
    }
    assert shelves("shipment", body) == [
        ("/contents/0/text", "public"),
        ("/contents/1/text", "public"),
        ("/note", "public"),
    ]


def test_a_sealed_member_enters_as_sealed_since_its_entry() -> None:
    made: Any = record("lot", {"id": "l", "sealed": {"mass": "owner"}}, REF)
    assert made.mass == Sealed(7, "owner")
    assert made.note is None
