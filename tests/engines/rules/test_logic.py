"""Three values, chains with open ends, and packs at fault."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.rules import BadPack, Chain, Step, decide, load
from orebook.engines.rules.given import BadChain, chain_of
from orebook.engines.rules.predicates import Setting, evaluate
from orebook.engines.rules.truth import Outcome, Truth, both, either, negated

TRUTHS: tuple[Truth, ...] = ("refuted", "unknown", "proved")
truths = st.sampled_from(TRUTHS)
PACK = b"""
id: test
title: A test
jurisdiction: XX
citation: none
publisher: nobody
version: "1"
recheck: 2030-01-01
lists:
  bad: {version: "1", source: made up, members: [party:b]}
"""
OVERLAP = """[{from: 2020-01-01, to: 2021-01-01, status: in_force, source: s},
   {from: 2020-06-01, status: lapsed, source: s}]"""
CIRCLE = "{id: e, text: t, rule: R, when: {is_form: {any_of: [oxide]}}}"
RULE = """
- id: R
  title: A rule
  kind: qualification
  clause: c
  text: t
  verification: {clause: c, date: 2026-01-01, reader: r, source: s}
  force: [{from: 2020-01-01, status: in_force, source: s}]
  test: {no_step_in: {stages: [mine, refine], places: [CN], required: [mine, refine]}}
"""


@given(truths, truths)
def test_and_is_the_least_and_or_the_greatest(one: Truth, two: Truth) -> None:
    parts = [Outcome(one), Outcome(two)]
    rank = TRUTHS.index
    assert both(parts).truth == min(one, two, key=rank)
    assert either(parts).truth == max(one, two, key=rank)


@given(truths)
def test_what_is_unknown_stays_unknown_when_denied(one: Truth) -> None:
    assert negated(negated(Outcome(one))).truth == one
    assert (negated(Outcome(one)).truth == "unknown") == (one == "unknown")


IN_CHINA = {"stages": ["mine"], "places": ["CN"]}
NOT_SOME = {"not": {"any": [{"some_step_in": IN_CHINA}]}}
NOT_NONE = {"not": {"all": [{"no_step_in": IN_CHINA}]}}


def test_a_step_in_doubt_can_refute_and_proves_nothing() -> None:
    doubted = Step("d", "mine", "CN", doubt="too much for the mine")
    sure = Step("s", "mine", "CN")
    here = Setting("2026-06-01")
    for steps, none, some in (
        ((doubted,), "refuted", "unknown"),
        ((doubted, sure), "refuted", "proved"),
        ((Step("m", "mine", "PK"),), "proved", "refuted"),
    ):
        chain = Chain("l", {s.id: s for s in steps}, tuple(s.id for s in steps))
        for asked_, truth in (
            ({"no_step_in": IN_CHINA}, none),
            ({"some_step_in": IN_CHINA}, some),
            (NOT_SOME, none),
            (NOT_NONE, some),
        ):
            assert evaluate(asked_, chain, here).truth == truth, (steps, asked_)
        assert evaluate({"not": NOT_NONE}, chain, here).truth == none
    found = evaluate({"some_step_in": IN_CHINA}, Chain("l", {"d": doubted}, ("d",)), here)
    assert [(g.what, g.about) for g in found.gaps] == [("origin beyond doubt", "d")]


def test_who_ran_a_stage_is_open_where_a_step_has_no_stage() -> None:
    steps = {
        "m": Step("m", "mine", "PK", operator="party:a"),
        "t": Step("t", None, "PK", operator="party:b", feeds=("m",)),
    }
    here = Setting("2026-06-01", lists={"bad": frozenset({"party:b"})})
    chain = Chain("l", steps, ("t",))
    found = evaluate({"no_operator_on": {"list": "bad", "stages": ["mine"]}}, chain, here)
    assert (found.truth, [(g.what, g.about) for g in found.gaps]) == ("unknown", [("stage", "t")])
    assert evaluate({"no_operator_on": {"list": "bad"}}, chain, here).truth == "refuted"


def asked(steps: list[dict[str, object]], last: list[str]) -> str:
    pack = load({"pack.yaml": PACK, "rules.yaml": RULE.encode()})
    return decide(pack, chain_of({"lot": "l", "steps": steps, "last": last}), "2026-06-01").outcome


@pytest.mark.parametrize(("mine", "refine"), list(product(["PK", "CN", None], repeat=2)))
def test_one_step_there_refutes_and_one_unknown_leaves_it_open(
    mine: str | None, refine: str | None
) -> None:
    steps: list[dict[str, object]] = [
        {"id": "m", "stage": "mine", "country": mine},
        {"id": "r", "stage": "refine", "country": refine, "feeds": ["m"]},
    ]
    expected = (
        "refuted" if "CN" in {mine, refine} else "unknown" if None in {mine, refine} else "proved"
    )
    assert asked(steps, ["r"]) == expected


def test_a_way_back_that_ends_early_leaves_it_open() -> None:
    whole = [
        {"id": "m", "stage": "mine", "country": "PK"},
        {"id": "r", "stage": "refine", "country": "PK", "feeds": ["m"]},
    ]
    assert asked(whole, ["r"]) == "proved"
    bought: dict[str, object] = {"id": "x", "stage": "refine", "country": "PK"}
    blend: dict[str, object] = {"id": "b", "stage": "alloy", "country": "PK", "feeds": ["r", "x"]}
    assert asked([*whole, bought, blend], ["b"]) == "unknown"
    assert asked([], []) == "unknown"


def test_a_loop_ends_where_it_meets_itself() -> None:
    steps: list[dict[str, object]] = [
        {"id": "a", "stage": "refine", "country": "PK", "feeds": ["b"]},
        {"id": "b", "stage": "recycle", "country": "PK", "feeds": ["a"]},
    ]
    assert asked(steps, ["a"]) in {"unknown", "proved"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("no_step_in:", "no_such:", "line 9", "a predicate"),
        ("places: [CN]", "places: $nobody", "line 9", "a parameter of this rule"),
        ("status: in_force", "status: perhaps", "line 8", "a status"),
        (", source: s}]", "}]", "line 8", "the member source"),
        (
            "[{from: 2020-01-01, status: in_force, source: s}]",
            OVERLAP,
            "line 9",
            "dates overlap",
        ),
        ("kind: qualification", "kind: wish", "line 2", "a kind"),
        ("  title: A rule", "  title: A rule\n  title: Another", "line 4", "YAML"),
        (
            "test: {no_step_in: {stages: [mine, refine], places: [CN], required: [mine, refine]}}",
            "test: {no_operator_on: {list: worse}}",
            "line 9",
            "a list of this pack",
        ),
        (
            "test: {no_step_in: {stages: [mine, refine], places: [CN], required: [mine, refine]}}",
            'test: {no_operator_on: {list: bad, version: "2"}}',
            "line 9",
            "the list bad at a version it has: 1",
        ),
        (
            "  test:",
            f"  exemptions: [{CIRCLE}]\n  test:",
            "line 9",
            "goes in a circle",
        ),
        ("  clause: c\n", "", "line 2", "the member clause"),
        ("date: 2026-01-01", "date: long ago", "line 7", "a day"),
    ],
)
def test_a_pack_at_fault_is_refused_with_its_line(
    old: str, new: str, line: str, words: str
) -> None:
    text = RULE.replace(old, new, 1)
    assert text != RULE
    with pytest.raises(BadPack) as refused:
        load({"pack.yaml": PACK, "rules.yaml": text.encode()})
    assert any(
        p.place.startswith(line) and words in p.expected and p.file == "rules.yaml"
        for p in refused.value.problems
    ), refused.value.problems


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], ""),
        ({"steps": []}, "/lot"),
        ({"lot": "l", "mines": []}, "/mines"),
        ({"lot": "l", "steps": [{"stage": "mine"}]}, "/steps/0"),
        ({"lot": "l", "steps": [{"id": "a", "stage": "dig"}]}, "/steps/0/stage"),
        ({"lot": "l", "steps": [{"id": "a", "feeds": ["b"]}]}, "/steps/0/feeds"),
        ({"lot": "l", "steps": [{"id": "a"}, {"id": "a"}]}, "/steps/1/id"),
        ({"lot": "l", "last": ["a"]}, "/last"),
        ({"lot": 7}, "/lot"),
        ({"lot": "l", "last": [7], "steps": [{"id": "7"}]}, "/last/0"),
        ({"lot": "l", "last": 7}, "/last"),
        ({"lot": "l", "elements": ["Nd", 60]}, "/elements/1"),
        ({"lot": "l", "hs_code": 284690}, "/hs_code"),
        ({"lot": "l", "steps": [{"id": "7"}, {"id": "b", "feeds": [7]}]}, "/steps/1/feeds/0"),
        ({"lot": "l", "steps": [{"id": "b", "feeds": 7}]}, "/steps/0/feeds"),
        ({"lot": "l", "steps": [{"id": "b", "country": 586}]}, "/steps/0/country"),
        ({"lot": "l", "readings": {"x": [{"id": "a", "value": "NaN"}]}}, ""),
        ({"lot": "l", "shares": {"x": ["0.1"]}}, ""),
    ],
)
def test_a_chain_at_fault_is_refused_with_a_pointer(data: object, place: str) -> None:
    with pytest.raises(BadChain) as refused:
        chain_of(data)
    assert place in {p.place for p in refused.value.problems}
