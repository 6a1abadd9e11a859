"""Laws of reconciliation: any order, any unit, any rubbish."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.acts.reconcile import reconcile

HEAD = b"edge,from,to,dry_t,sd_dry_t,Cu,sd_Cu,scale"
ROWS = (
    b"a,boundary,lot-1,100,1,0.02,0.0004,s1",
    b"b,lot-1,mill,99,1,0.0201,0.0004,s2",
    b"c,mill,boundary,20,0.2,0.08,0.0016,s1",
    b"d,mill,lot-2,80,0.8,0.005,0.0001,s2",
    b"e,lot-2,boundary,80.5,0.8,0.0051,0.0001,s1",
)
PIECES = st.sampled_from(
    [b"", b"0", b"-1", b"1e308", b"1e-320", b"nan", b"boundary", b"lot-1", b",", b"\n", b'"',
     b"\xff", b"0.5", b"null", b"[]", b"{}", b"true"]
)  # fmt: skip
NETWORK = json.dumps(
    {
        "nodes": [{"node": 1, "inputs": [1, 2], "outputs": [3]},
                  {"node": 2, "inputs": [3], "outputs": [2, 4]}],
        "measured": [11.0, 9.9, 21.25, 11.1],
        "sigma": [0.18, 0.16, 0.35, 0.18],
    }
).encode()  # fmt: skip


def table(rows: tuple[bytes, ...]) -> bytes:
    return b"\n".join([HEAD, *rows])


@settings(max_examples=15)
@given(st.permutations(ROWS))
def test_the_order_of_the_rows_changes_nothing(rows) -> None:
    first, again = (
        reconcile(table(ROWS), "t").as_json(),
        reconcile(table(tuple(rows)), "t").as_json(),
    )
    for edge, values in first["reconciled"].items():
        assert again["reconciled"][edge] == pytest.approx(values, rel=1e-9)
    assert again["global_test"] == pytest.approx(first["global_test"], rel=1e-9)


@given(st.sampled_from([1e-3, 0.5, 7.0, 1e4]))
def test_the_unit_of_mass_changes_nothing_but_masses(factor) -> None:
    rows = []
    for row in ROWS:
        cells = row.split(b",")
        cells[3:5] = [repr(float(c) * factor).encode() for c in cells[3:5]]
        rows.append(b",".join(cells))
    first, again = (
        reconcile(table(ROWS), "t").as_json(),
        reconcile(table(tuple(rows)), "t").as_json(),
    )
    assert again["global_test"] == pytest.approx(first["global_test"], rel=1e-9)
    assert again["verdict"] == first["verdict"]
    for edge, values in first["reconciled"].items():
        told = again["reconciled"][edge]
        assert told["dry mass"] == pytest.approx(values["dry mass"] * factor, rel=1e-9)
        assert told["Cu"] == pytest.approx(values["Cu"], rel=1e-9)


@given(st.sampled_from([table(ROWS), NETWORK]), st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 8), PIECES), min_size=1, max_size=5
))  # fmt: skip
def test_rubbish_is_told_by_its_place_and_gives_no_nan(source, changes) -> None:
    data = bytearray(source)
    for at, gone, piece in changes:
        start = at % len(data) if data else 0
        data[start : start + gone] = piece
    told = reconcile(bytes(data), "f")
    text = json.dumps(told.as_json(), allow_nan=False)
    assert text
    assert told.lines()
    assert all(p.expected and p.next_step for p in told.problems)


def test_no_answer_hangs_on_where_truth_is_kept() -> None:
    """Nothing under src reads the files that hold the truth of a made chain."""
    root = Path(__file__).resolve().parents[3] / "src"
    assert not [p for p in root.rglob("*.py") if "truth" + ".json" in p.read_text("utf-8")]
