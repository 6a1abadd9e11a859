"""A mass of contained metal bounds no lot: neither its share of a step nor what a mine brought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orebook.acts.chains import Chains
from orebook.acts.mined import contents_of, units_of
from orebook.model.entry import Ref
from orebook.model.facts import Head, facts_of
from orebook.model.read import record

Row = tuple[str, dict[str, Any]]


def tonnes(value: str, basis: str) -> dict[str, str]:
    said = {"value": value, "unit": "TNE", "basis": basis}
    return said | ({"of": "Sb"} if basis == "contained" else {})


def assayed(lot: str, percent: str) -> Row:
    grade = {"substance": "Sb", "grade": {"value": percent, "unit": "P1"}}
    return "assay", {"id": f"assay:{lot}", "lot": lot, "basis": "dry", "results": [grade]}


def chains(*rows: Row) -> Chains:
    said = [record(kind, body, Ref("00", n, n)) for n, (kind, body) in enumerate(rows)]
    return Chains(facts_of(Head("test.example/c", len(rows), ""), "", "2026-01-01", said))


@pytest.mark.parametrize("said", ["lot", "flow"])
def test_a_contained_mass_bounds_no_share_of_a_blend(said: str) -> None:
    """10 t of contained antimony are no 10 t of ore: beside 90 t they may be half of the whole."""

    def blend(basis: str) -> Chains:
        ten = {"mass": tonnes("10", basis)}
        return chains(
            ("lot", {"id": "a"} | (ten if said == "lot" else {})),
            ("lot", {"id": "b", "mass": tonnes("90", "dry")}),
            assayed("a", "50"),
            assayed("b", "50"),
            ("event", {"id": "mine-a", "kind": "mine", "outputs": [{"lot": "a"}]}),
            ("event", {"id": "mine-b", "kind": "mine", "outputs": [{"lot": "b"}]}),
            ("event", {"id": "blend", "kind": "blend", "outputs": [{"lot": "made"}],
                       "inputs": [{"lot": "a"} | (ten if said == "flow" else {}),
                                  {"lot": "b", "mass": tonnes("90", "dry")}]}),
            ("lot", {"id": "made", "mass": tonnes("100", "dry")}),
            assayed("made", "50"),
        )  # fmt: skip

    whole = blend("contained").chain("made").steps["blend"].parts
    for shares in whole.values():
        assert shares["mine-a"] == (0, 1)
    told = blend("dry").chain("made").steps["blend"].parts
    assert told["dry"]["mine-a"][1] == Decimal("0.1")


def test_a_contained_mass_is_not_multiplied_by_a_grade() -> None:
    """Of 10 t of dry ore at 50 %, 5 t are antimony; 10 t of antimony are not 5 t at most."""

    def mined(basis: str) -> Chains:
        flow = {"lot": "ore", "mass": tonnes("10", basis)}
        return chains(
            ("lot", {"id": "ore", "mass": tonnes("10", basis)}),
            assayed("ore", "50"),
            ("event", {"id": "mine", "kind": "mine", "when": "2025-01-01", "outputs": [flow]}),
        )

    assert list(contents_of(mined("contained"), ["ore"])) == []
    assert list(contents_of(mined("dry"), ["ore"])) == [("antimony", 5000, 1)]
    brought = {b: [u.mined for u in units_of(mined(b))] for b in ("dry", "contained")}
    assert [(one.low_kg, one.high_kg) for one in brought["dry"][0]] == [(5000, 5000)]
    assert all(one.high_kg is None for mines in brought["contained"] for one in mines)
