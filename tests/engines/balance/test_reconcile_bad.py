"""Bad input of a table of transfers: each fault with its place, the good rows survive, no NaN."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

from orebook.acts.reconcile import Told, reconcile
from orebook.engines.balance import sound_parts
from orebook.engines.balance.sparse import sparse

HEAD = "edge,from,to,dry_t,sd_dry_t,Cu,sd_Cu"
GOOD = (
    "a,boundary,m,100,1,0.02,0.0004",
    "b,m,boundary,20,0.2,0.08,0.0016",
    "c,m,boundary,80,0.8,0.005,0.0001",
)


def told(*rows: str, head: str = HEAD, assume: tuple[str, ...] = ()) -> Told:
    return reconcile("\n".join([head, *rows]).encode(), "t.csv", assume)


def codes(answer: Told) -> list[tuple[str, str]]:
    return [(p.code, p.place) for p in answer.problems]


def finite(answer: Told) -> None:
    text = json.dumps(answer.as_json(), allow_nan=False)
    assert "NaN" not in text


@pytest.mark.parametrize(
    ("row", "code", "place"),
    [
        ("d,m,boundary,5,,0.1,0.002", "no-uncertainty", 'row 5, column "dry_t"'),
        ("d,m,boundary,5,0,0.1,0.002", "zero-uncertainty", 'row 5, column "sd_dry_t"'),
        ("d,m,boundary,5,-1,0.1,0.002", "zero-uncertainty", 'row 5, column "sd_dry_t"'),
        ("d,m,boundary,5,0.1,1.2,0.002", "fraction-out-of-range", 'row 5, column "Cu"'),
        ("d,m,boundary,-5,0.1,0.1,0.002", "negative", 'row 5, column "dry_t"'),
        ("d,m,boundary,nan,0.1,0.1,0.002", "not-a-number", 'row 5, column "dry_t"'),
        ("d,m,boundary,1e999,0.1,0.1,0.002", "not-a-number", 'row 5, column "dry_t"'),
        ("d,m,boundary,5 kg,0.1,0.1,0.002", "not-a-number", 'row 5, column "dry_t"'),
        ("c,m,boundary,5,0.1,0.1,0.002", "in-two-places", "row 5"),
        ("d,m,m,5,0.1,0.1,0.002", "self-loop", "row 5"),
        ("d,,m,5,0.1,0.1,0.002", "no-place", 'row 5, column "from"'),
        ("d,m,boundary,5,0.1", "too-few-cells", "row 5"),
        ("d,m,boundary,5,0.1,0.1,0.002,7", "too-many-cells", "row 5"),
        ("\n\nd,m,boundary,-5,0.1,0.1,0.002", "negative", 'row 7, column "dry_t"'),
        ("d,boundary,boundary,5,0.1,0.1,0.002", "outside-only", "row 5"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_reconciled(row, code, place) -> None:
    answer = told(*GOOD, row)
    assert (code, place) in codes(answer)
    assert answer.answer is not None
    assert set(answer.as_json()["reconciled"]) >= {"a", "b", "c"}
    finite(answer)


def test_units_of_doubts_and_of_two_masses_are_told_and_contradictions_named() -> None:
    head = "edge,from,to,wet_t,sd_wet_kg,moisture_pct,sd_moisture,dry_kg,sd_dry_t,Nd2O3 %,sd_Nd2O3"
    wet = "a,boundary,m,100,500,10,0.1,,,1.5,0.03"
    answer = told(wet, "b,m,boundary,,,,,90000,0.9,1.5,0.03", head=head)
    assert answer.problems == ()
    first, grade, second, _ = answer.as_json()["figures"]
    assert (first["measured"], second["measured"], second["sd"]) == (90.0, 90.0, 0.9)
    assert first["sd"] == pytest.approx((0.45**2 + 0.1**2) ** 0.5)
    assert grade["sd"] / grade["measured"] == pytest.approx(0.02)
    answer = told(wet.replace(",,,1.5", ",50000,0.5,1.5"), "b,m,boundary,,,,,90000,0.9,1.5,0.03",
                  head=head)  # fmt: skip
    assert codes(answer) == [("contradictory-masses", "row 2")]
    assert answer.as_json()["figures"][0]["measured"] is None


def test_items_of_json_keep_their_pointers_and_good_ones_survive() -> None:
    good = [dict(zip(HEAD.split(","), row.split(","), strict=True)) for row in GOOD]
    edges = [*good, 3, {**good[0], "edge": "d", "dry_t": [1]}, {**good[0], "edge": "e", "Cu": -1}]
    answer = reconcile(json.dumps({"edges": edges}).encode(), "f")
    assert codes(answer) == [
        ("bad-shape", "/edges/3"),
        ("bad-shape", "/edges/4/dry_t"),
        ("negative", '/edges/5, column "Cu"'),
    ]
    assert {"a", "b", "c"} <= set(answer.as_json()["reconciled"])
    nodes = [{"node": 1, "inputs": [1], "outputs": [2]}, {"node": 1, "inputs": [2, 4],
              "outputs": [3, 4]}]  # fmt: skip
    answer = reconcile(json.dumps({"nodes": nodes, "measured": [5, 5, 5, 1]}).encode(), "f",
                       ["relative:1%"])  # fmt: skip
    assert codes(answer) == [("in-two-places", "/nodes/1/node"), ("self-loop", "/nodes/1")]
    assert answer.as_json()["verdict"] == "adds_up"
    rows = {"constraint_matrix": [[1, -1], [2, -2]], "measured": [1, 1], "sigma": [0.1, 0.1]}
    remarks = reconcile(json.dumps(rows).encode(), "f").as_json()["remarks"]
    assert [(r["code"], r["place"]) for r in remarks] == [("dependent-row", "/constraint_matrix/1")]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("edge,from,to,dry_t,sd_dry_t,mass_kg", "contradictory-units"),
        ("edge,from,to,dry_t,dry_t", "repeated-column"),
        ("edge,from,dry_t,sd_dry_t", "missing-column"),
        ("edge,from,to,Cu,sd_Cu", "missing-column"),
        ("edge,from,to,wet_t,sd_wet_t", "missing-column"),
        ("edge,from,to,dry_t,sd_dry_t,colour", "unknown-column"),
    ],
)
def test_a_bad_header_is_named(head, code) -> None:
    assert code in {c for c, _ in codes(told("a,boundary,m,1,1,1", head=head))}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-table"),
        (b"\xff\xfe\x00", "not-utf8"),
        (b"a\x00b", "not-text"),
        (b'{"nodes": [', "not-json"),
        (b"[1]", "bad-shape"),
        (b'{"nodes": [], "measured": [1], "measured": [2]}', "name-twice"),
        (b'{"lots": []}', "no-network"),
        (b'{"nodes": [{"node": 1, "inputs": [1], "outputs": []}], "measured": [1], "sigma": [1]}',
         "one-sided"),
        ((b'{"nodes": [{"node": 1, "inputs": [1], "outputs": [2]}, {"node": 2, "inputs": [1], '
         b'"outputs": [3]}], "measured": [1, 1, 1], "sigma": [1, 1, 1]}'), "in-two-places"),
        ((b'{"nodes": [{"node": 1, "inputs": [1], "outputs": [2]}], "measured": [1, NaN], '
         b'"sigma": [1, 1]}'), "not-json"),
        (b'{"nodes": [{"node": 1, "inputs": [1], "outputs": [2]}], "measured": [1], "sigma": [1]}',
         "bad-shape"),
        ((b'{"nodes": [{"node": 1, "inputs": [1], "outputs": [2]}], "measured": [1, 2], '
         b'"sigma": [1, 0]}'), "zero-uncertainty"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_place(data, code) -> None:
    answer = reconcile(data, "f")
    assert code in {p.code for p in answer.problems}
    assert all(p.file == "f" and p.next_step for p in answer.problems)
    finite(answer)


def test_unstated_doubt_waits_for_a_named_assumption() -> None:
    rows = ("a,boundary,m,100", "b,m,boundary,20", "c,m,boundary,81")
    bare = told(*rows, head="edge,from,to,dry_t")
    assert bare.as_json()["verdict"] == "cannot_be_told"
    assert {c for c, _ in codes(bare)} == {"no-uncertainty"}
    named = told(*rows, head="edge,from,to,dry_t", assume=("relative:1%",))
    assert (named.as_json()["verdict"], named.problems) == ("adds_up", ())
    assert len(named.assumptions) == 1
    written = told(*rows, head="edge,from,to,dry_t", assume=("as-written",))
    assert written.answer is not None


def test_an_event_without_outputs_is_named_and_asked_nothing() -> None:
    answer = told(*GOOD, "d,m,dead end,5,0.1,0.1,0.002")
    remarks = answer.as_json()["remarks"]
    assert [(r["code"], r["place"]) for r in remarks] == [("one-sided", 'node "dead end"')]


def test_of_more_flaws_than_are_named_the_last_tells_how_many_there_are() -> None:
    rows = [f"d{n},m,dead end {n},5,0.1,0.1,0.002" for n in range(23)]
    remarks = told(*GOOD, *rows).as_json()["remarks"]
    flaws = [r["found"] for r in remarks if r["code"] == "one-sided"]
    assert flaws == ["no outputs"] * 19 + ["no outputs; 3 more like this"]


def test_what_nothing_checks_gets_no_verdict_and_what_is_unknown_no_number() -> None:
    answer = told("a,boundary,m,100,1", "b,m,boundary,,", "c,m,boundary,,",
                  head="edge,from,to,dry_t,sd_dry_t").as_json()  # fmt: skip
    assert answer["verdict"] == "cannot_be_told"
    assert [f["class"] for f in answer["figures"]] == [
        "not redundant", "unobservable", "unobservable",
    ]  # fmt: skip
    assert [f["reconciled"] for f in answer["figures"]] == [100.0, None, None]
    assert [(r["code"], r["place"]) for r in answer["remarks"]] == [("no-redundancy", 'node "m"')]


def test_disconnected_lots_are_told_apart() -> None:
    answer = told(*GOOD, "d,boundary,n,7,0.1,0.1,0.002", "e,n,boundary,7,0.1,0.1,0.002").as_json()
    assert answer["parts_in_all"] == 2
    assert sum(p["statistic"] for p in answer["parts"]) == pytest.approx(answer["global_test"])
    assert [(p["around"], p["edges"]) for p in answer["parts"]] == [("m", 3), ("n", 2)]
    lone = told(*GOOD, "d,boundary,n,7,0.1,0.1,0.002", "e,n,boundary,,,,").as_json()
    assert [(r["code"], r["place"]) for r in lone["remarks"]] == [("no-redundancy", 'node "n"')]


def test_absurd_scales_are_said_and_still_close() -> None:
    answer = told("a,boundary,m,1e12,1e10", "b,m,boundary,1e12,1e10", "c,m,boundary,1e-6,1e-8",
                  head="edge,from,to,dry_t,sd_dry_t").as_json()  # fmt: skip
    assert [r["code"] for r in answer["remarks"]] == ["absurd-scale"]
    assert answer["recheck"]["relative_imbalance"] < 1e-9
    answer = told(*GOOD, "d,boundary,m,1,1e-20,,").as_json()
    assert [(r["code"], r["place"]) for r in answer["remarks"]] == [
        ("absurd-scale", 'transfer "d", component "dry mass"')
    ]


def test_a_closed_ring_is_singular_and_answered() -> None:
    rows = [f"e{i},n{i},n{(i + 1) % 5},{10 + i / 100},0.1" for i in range(5)]
    answer = told(*rows, head="edge,from,to,dry_t,sd_dry_t").as_json()
    assert (answer["dof"], answer["verdict"]) == (4, "adds_up")
    values = [v["mass"] for v in answer["reconciled"].values()]
    assert values == pytest.approx([10.02] * 5)


def test_bounds_of_nature_hold() -> None:
    answer = told("a,boundary,m,1,0.1", "b,m,boundary,1.6,0.1", "c,m,boundary,0.01,0.1",
                  head="edge,from,to,dry_t,sd_dry_t").as_json()  # fmt: skip
    assert answer["bounds_held"] == [{"edge": "c", "component": "mass", "bound": 0.0}]
    assert answer["reconciled"]["c"]["mass"] == pytest.approx(0.0, abs=1e-12)
    assert answer["reconciled"]["a"]["mass"] == pytest.approx(1.3)


def test_grades_never_sum_to_more_than_one() -> None:
    rows = (
        "a,boundary,m,100,1,0.55,0.02,0.43,0.02",
        "b,m,boundary,60,0.6,0.60,0.02,0.39,0.02",
        "c,m,boundary,40,0.4,0.52,0.02,0.46,0.02",
    )
    answer = told(*rows, head="edge,from,to,dry_t,sd_dry_t,Cu,sd_Cu,Sb,sd_Sb").as_json()
    assert max(v["Cu"] + v["Sb"] for v in answer["reconciled"].values()) <= 1 + 1e-9
    assert answer["recheck"]["holds"]


def test_oxides_and_units_convert_at_the_edge() -> None:
    plain = told(*GOOD).as_json()
    rows = [r.split(",") for r in GOOD]
    factor = 2 * 63.546 / (2 * 63.546 + 15.999)
    oxide = [
        ",".join([*r[:5], repr(float(r[5]) / factor * 100), repr(float(r[6]) / factor * 100)])
        for r in rows
    ]
    head = "edge,from,to,dry_t,sd_dry_t,Cu2O_pct,sd_Cu2O_pct"
    again = told(*oxide, head=head).as_json()
    for edge, values in plain["reconciled"].items():
        assert again["reconciled"][edge]["Cu"] == pytest.approx(values["Cu"], rel=1e-6)


def test_wet_mass_brings_the_doubt_of_its_moisture() -> None:
    rows = ("a,boundary,m,110,0.5,0.10,0.002", "b,m,boundary,104,0.5,0.05,0.002")
    head = "edge,from,to,wet_t,sd_wet_t,moisture,sd_moisture"
    first = told(*rows, head=head).as_json()["figures"][0]
    assert first["measured"] == pytest.approx(99.0)
    assert first["sd"] == pytest.approx(((0.9 * 0.5) ** 2 + (110 * 0.002) ** 2) ** 0.5)


def test_a_long_ring_of_lots_neither_hangs_nor_recurses() -> None:
    names = [f"n{i}" for i in range(1500)]
    rows = [f"e{i},{a},{b},10,0.1" for i, (a, b) in enumerate(pairwise(names))]
    rows += ["in,boundary,n0,10,0.1", "back,n1499,n0,,", "out,n1499,boundary,10,0.1"]
    answer = told(*rows, head="edge,from,to,dry_t,sd_dry_t").as_json()
    back = answer["figures"][-2]
    assert (back["edge"], back["class"]) == ("back", "observable")


def test_a_part_that_cannot_be_reckoned_is_left_out_and_named_and_the_rest_stands() -> None:
    """1e15 kg into a step and a nanogram out of it: no balance of sixteen digits closes there."""
    absurd = ("d,boundary,n,1e15,1", "e,n,boundary,1e-9,1e-12")
    rows = [r.rsplit(",", 2)[0] for r in GOOD]
    answer = told(*rows, *absurd, head="edge,from,to,dry_t,sd_dry_t")
    assert codes(answer) == [("part-left-out", 'node "n"')]
    assert set(answer.as_json()["reconciled"]) == {"a", "b", "c"}
    assert answer.as_json()["parts_in_all"] == 1
    alone = told(*rows, head="edge,from,to,dry_t,sd_dry_t")
    assert answer.as_json()["figures"] == alone.as_json()["figures"]
    finite(answer)
    nothing = told(*absurd, head="edge,from,to,dry_t,sd_dry_t")
    assert nothing.answer is None
    assert "absurd-scale" in {c for c, _ in codes(nothing)}


def test_of_many_parts_that_are_left_out_none_goes_without_a_word() -> None:
    rows = [r.rsplit(",", 2)[0] for r in GOOD]
    for i in range(23):
        rows += [f"d{i},boundary,n{i},1e15,1", f"e{i},n{i},boundary,1e-9,1e-12"]
    answer = told(*rows, head="edge,from,to,dry_t,sd_dry_t")
    assert codes(answer) == [("part-left-out", f'node "n{i}"') for i in range(20)]
    more = [p.found for p in answer.problems if "more" in p.found]
    assert [text.rpartition("; ")[2] for text in more] == ["3 more like this"]
    assert more == [answer.problems[-1].found]


def test_among_many_hundred_parts_the_one_that_cannot_be_reckoned_is_found() -> None:
    rows = [f"in{i},boundary,n{i},5,1" for i in range(600)]
    rows += [f"out{i},n{i},boundary,5,1" for i in range(600)]
    rows += ["d,boundary,bad,1e15,1", "e,bad,boundary,1e-9,1e-12"]
    answer = told(*rows, head="edge,from,to,dry_t,sd_dry_t")
    assert codes(answer) == [("part-left-out", 'node "bad"')]
    assert answer.as_json()["parts_in_all"] == 600


def test_a_gap_excuses_a_pull_in_its_own_part_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look allows a pull in the measure of all gaps: not of those of a neighbour."""
    told_of = told(*GOOD).answer
    assert told_of is not None
    assert sound_parts._why_not(told_of.network, alone=False) == ""
    excused = replace(told_of.checked, stationarity=2 * sound_parts.STATIONARY)
    monkeypatch.setattr(sound_parts, "recheck", lambda _: excused)
    assert excused.holds
    assert sound_parts._why_not(told_of.network, alone=True) == ""
    assert sound_parts._why_not(told_of.network, alone=False) != ""


def test_where_too_many_parts_cannot_be_reckoned_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sound_parts, "TRIED_MOST", 4)
    rows = [r.rsplit(",", 2)[0] for r in GOOD]
    for i in range(9):
        rows += [f"d{i},boundary,n{i},1e15,1", f"e{i},n{i},boundary,1e-9,1e-12"]
    answer = told(*rows, head="edge,from,to,dry_t,sd_dry_t")
    assert answer.answer is None
    assert "of 10 connected parts cannot be reckoned" in answer.why_not


def test_a_figure_that_only_shares_its_doubt_keeps_the_part_that_is_left() -> None:
    """Its own doubt is nil: what is drawn is held against V − V J' S⁻¹ J V."""
    derivative = csr_array(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    variance = np.array([1.0, 0.0, 4.0])
    shared = csr_array(np.array([[0.0], [1.5], [0.0]]))
    solver = sparse(derivative, variance, shared, np.array([0, 1]))
    solver.draws()
    whole = np.diag(variance) + (shared @ shared.T).toarray()
    seen = derivative @ whole
    left = whole - seen.T @ np.linalg.solve(derivative @ seen.T, seen)
    assert np.isfinite(solver.left_over).all()
    assert solver.left_over == pytest.approx(np.diag(left), rel=0.5)
