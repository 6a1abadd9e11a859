"""What came in, by its composition, and what it is worth; the smelter's rivals in their order."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.acts.reconcile import Told, reconcile
from orebook.engines.balance.assumptions import parse_assumption
from orebook.engines.balance.ranked import ranked
from orebook.engines.balance.worth import parse_price
from orebook.model.baskets import baskets
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.problem import ReaderError
from orebook.model.read import record

OXIDES = ("La2O3", "CeO2", "Pr6O11", "Nd2O3", "Sm2O3", "Eu2O3", "Gd2O3", "Tb4O7", "Dy2O3", "Y2O3")
ELEMENTS = ("La", "Ce", "Pr", "Nd")
NORTH = (0.10, 0.20, 0.02, 0.05)
FOREIGN = (0.13, 0.01, 0.03, 0.10)


def edge(name: str, start: str, stop: str, mass: float, grades: tuple[float, ...]) -> dict:
    row: dict = {"edge": name, "from": start, "to": stop, "dry_t": mass, "sd_dry_t": mass * 0.003}
    for element, grade in zip(ELEMENTS, grades, strict=True):
        row |= {element: grade, f"sd_{element}": grade * 0.01}
    return row


def laundered(**more: object) -> Told:
    """100 t of northern feed, and 30 t of foreign material that nobody recorded."""
    mixed = tuple((100 * a + 30 * b) / 130 for a, b in zip(NORTH, FOREIGN, strict=True))
    edges = [
        edge("north", "boundary", "lot-1", 100, NORTH),
        edge("taken", "lot-1", "plant", 100, NORTH),
        edge("made", "plant", "lot-2", 130, mixed),
        edge("sold", "lot-2", "boundary", 130, mixed),
    ]
    return reconcile(
        json.dumps({"edges": edges, **more}).encode(), "f", prices=["Nd=80 USD/kg 2025-10-01"]
    )


def test_a_foreign_injection_fits_the_basket_it_came_from() -> None:
    baskets = {
        "ion clay": dict(zip(ELEMENTS, FOREIGN, strict=True)),
        "bastnasite": {"La": 33, "Ce": 49, "Pr": 4.3, "Nd": 12},
    }
    told = laundered(baskets=baskets)
    assert told.problems == ()
    gap = told.as_json()["explanations"][0]
    assert (gap["kind"], gap["place"]) == ("injection", "plant")
    low, high = gap["interval"]
    assert low < 30 < high
    first, *rest = gap["fingerprint"]
    assert first["source"] == "ion clay"
    assert first["chance"] > 0.05
    assert all(r["chance"] < 1e-6 for r in rest)


def test_an_oxide_basket_is_converted_and_a_bad_one_has_its_place() -> None:
    told = laundered(baskets={"x": {"Nd2O3": 10, "Stone": 1, "La": -1}})
    assert [p.place for p in told.problems] == ["/baskets/x/Stone", "/baskets/x/La"]
    assert told.answer is not None
    assert told.answer.network.baskets["x"]["Nd"] == pytest.approx(8.57356, rel=1e-5)


def test_without_baskets_an_injection_is_held_to_those_of_known_minerals() -> None:
    # The foreign material is close to the light ion-adsorption clay of the table.
    told = laundered().as_json()["explanations"][0]["fingerprint"]
    first = next(f for f in told if f["kind"] == "table")
    assert first["source"] == "Xunwu ion-adsorption clay"
    assert first["chance"] > 0.01
    assert "Minerals Yearbook" in first["told_by"]
    chances = {f["source"]: f["chance"] for f in told}
    assert chances["Mountain Pass bastnäsite"] < 1e-6
    assert chances["input north"] < 1e-6


def test_baskets_are_shares_of_oxides_with_a_source_in_every_row() -> None:
    rows = baskets()
    assert {b.mineral for b in rows} >= {"bastnäsite", "monazite", "xenotime",
                                         "ion-adsorption clay"}  # fmt: skip
    for basket in rows:
        # The yearbook rounds; in clays and xenotime the heavy oxides are not all listed.
        assert 80 < sum(basket.oxides.values()) <= 102
        assert basket.standing in {"read", "quoted", "recalled"}
        assert basket.source
        assert 0 < basket.varies < 1
        # An oxide holds less of the element than it weighs.
        assert all(0 < share < 1 for share in basket.elements.values())
    page = (Path(__file__).parents[3] / "docs/reference/balance.md").read_text()
    for basket in rows:
        shown = " | ".join(f"{basket.oxides[o]:f}" if o in basket.oxides else "" for o in OXIDES)
        line = f"| {basket.name} | {shown} | {basket.standing} |"
        assert line.replace("|  |", "| |").replace("|  |", "| |") in page, line


def test_money_is_given_at_a_dated_price() -> None:
    gap = laundered().as_json()["explanations"][0]
    (money,) = gap["money"]
    assert (money["currency"], money["date"]) == ("USD", "2025-10-01")
    amount = gap["unrecorded_loss"]["Nd"]["size"]
    assert float(money["value"]) == pytest.approx(amount * 80_000, rel=1e-6)
    with pytest.raises(ReaderError, match="price: expected"):
        parse_price("Nd=80")


def smelter() -> Facts:
    def kg(value: str) -> dict:
        return {"value": value, "unit": "KGM"}

    def copper(value: str) -> list:
        return [{"substance": "Cu", "grade": {"value": value, "unit": "P1"}}]

    bodies = [
        ("lot", {"id": "concentrate", "form": "concentrate"}),
        ("lot", {"id": "cathode", "form": "cathode",
                 "recycled_share": {"value": "12", "unit": "P1"}}),
        ("assay", {"id": "a1", "lot": "concentrate", "results": copper("30")}),
        ("assay", {"id": "a2", "lot": "cathode", "results": copper("99.99")}),
        ("event", {"id": "smelting", "kind": "smelt",
                   "inputs": [{"lot": "concentrate", "mass": kg("30000")}],
                   "outputs": [{"lot": "cathode", "mass": kg("10000")}]}),
    ]  # fmt: skip
    made = [record(k, b, Ref("00", n, n)) for n, (k, b) in enumerate(bodies)]
    return facts_of(Head("t/b", 5, ""), "", "2026-01-01", made)


def test_the_rivals_of_the_smelter_stand_in_order_under_a_named_assumption() -> None:
    named = [parse_assumption(a) for a in ("as-written", "basis=dry")]
    told = ranked(smelter(), event="smelting", element="Cu", assumptions=named)
    departures = [d.value for p in told.parts if (d := p.figure("departure")) is not None]
    assert departures == sorted(departures)
    assert departures[0] == Decimal(999) / Decimal(1200)
    assert "the passport's scrap more than covers it" in told.parts[0].reasons[0]
    assert told.parts[1].question.startswith("grade (Cu) of concentrate")
    assert "6.7 times" in told.parts[1].reasons[0]
    assert len(told.assumptions) == 2
