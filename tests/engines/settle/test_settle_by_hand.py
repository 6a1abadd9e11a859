"""Contracts settled with a pocket calculator: antimony, rare earths; charges in other money."""

from __future__ import annotations

import copy
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from orebook.acts.settle import Settled, document
from orebook.engines.settle.invoice import Invoice, settle
from orebook.engines.settle.lots import read_lots
from orebook.engines.settle.terms import read_terms
from orebook.show.settle import settled_lines

D = Decimal


def assays(by: str, **values: str) -> list[dict[str, str]]:
    return [
        {"substance": of, "by": by, "value": text.split()[0], "unit": text.split()[1]}
        for of, text in values.items()
    ]


ANTIMONY: dict[str, Any] = {
    "format": "orebook-settlement/1", "money": "USD", "franchise_percent": "0.5",
    "seller": "Upland Mining (invented)", "buyer": "Delta Metals (invented)",
    "metals": [{
        "substance": "Sb", "unit": "%", "payable": {"form": "percent", "percent": 100},
        "price": {"form": "around_base", "money": "USD", "value": 9000, "base_assay": 50,
                  "above": 180, "below": 220},
        "exchange": {"splitting_limit": "0.3", "umpire_cost": "shared",
                     "rule": "umpire_if_between_else_mean_nearer"},
    }],
    "penalties": [
        {"substance": "As", "unit": "%", "from": "0.3", "every": "0.1", "charge": 5,
         "reject_above": 1},
        {"substance": "Pb", "unit": "%", "from": "0.2", "every": "0.1", "charge": 3,
         "whole_steps": True},
        {"substance": "Hg", "unit": "ppm", "from": 10, "every": 10, "charge": 2},
        {"substance": "Bi", "unit": "%", "from": "0.05", "every": "0.01", "charge": 1},
    ],
    "freight": {"value": 35, "per": "wmt"}, "umpire_fee": 1200,
}  # fmt: skip
ORE = {
    "id": "Sb 7", "wmt": "62.480", "moisture_percent": "4.25", "provisional_paid": 400000,
    "assays": [
        *assays("seller", Sb="53.20 %"), *assays("buyer", Sb="52.60 %"),
        *assays("umpire", Sb="52.50 %", As="0.42 %", Pb="0.47 %", Hg="34 ppm", Bi="0.05 %"),
    ],
}  # fmt: skip
EARTHS: dict[str, Any] = {
    "format": "orebook-settlement/1", "money": "USD",
    "exchange_rates": {"CNY": {"rate": "0.14", "date": "2026-04-30", "source": "invented bank"}},
    "metals": [
        {"substance": "Nd2O3", "unit": "%", "payable": {"form": "percent", "percent": 65},
         "price": {"form": "quoted", "source": "Nd2O3", "money": "CNY", "per": "kg",
                   "period": {"event": "shipment"},
                   "provisional_period": {"from": "2026-03-01", "to": "2026-03-31"}}},
        {"substance": "Pr6O11", "unit": "%", "payable": {"form": "percent", "percent": 65},
         "price": {"form": "fixed", "value": 410, "money": "CNY", "per": "kg"}},
        {"substance": "Dy2O3", "unit": "ppm",
         "payable": {"form": "percent", "percent": 60, "threshold": 200},
         "price": {"form": "fixed", "value": 250, "money": "USD", "per": "kg"}},
    ],
    "penalties": [{"substance": "F", "unit": "ppm", "from": 500, "every": 100, "charge": "1.5"}],
    "freight": {"value": 800, "per": "wmt", "money": "CNY"}, "provisional_percent": 85,
    "quotes": {"Nd2O3": [{"date": day, "value": value} for day, value in (
        ("2026-03-16", 390), ("2026-04-02", 398), ("2026-04-15", 404), ("2026-04-29", 410))]},
}  # fmt: skip
CARBONATE = {
    "id": "RE 3", "wmt": 20, "moisture_percent": 18, "events": {"shipment": "2026-04-10"},
    "assays": assays("buyer", Nd2O3="8.40 %", Pr6O11="2.50 %", Dy2O3="310 ppm", F="830 ppm"),
}  # fmt: skip


def invoice(terms: dict[str, Any], lot: dict[str, Any], day: str = "") -> Invoice:
    read, faults = read_terms(document(json.dumps(terms).encode(), "terms"))
    assert faults == ()
    assert read is not None
    (found,), faults = read_lots(document(json.dumps(lot).encode(), "lot"))
    assert faults == ()
    return settle(read, found, dt.date.fromisoformat(day) if day else None)


def steps(done: Invoice, places: str = "0.01") -> dict[str, Decimal]:
    return {line.name: round(line.value, -D(places).as_tuple().exponent) for line in done.lines}


def test_antimony_around_a_base_with_an_umpire_outside_and_four_penalties() -> None:
    """62.480 × 0.995 × 0.9575 = 59.525477 dmt at (52.50 + 52.60) / 2 = 52.55 % Sb."""
    done = invoice(ANTIMONY, ORE)
    told = steps(done)
    assert done.line("dry tonnes").value == D("59.525477")  # type: ignore[union-attr]
    assert (told["assay, Sb"], told["price, Sb"]) == (D("52.55"), 9000 + D("2.55") * 180)
    # By calculator, to the cent: 59.525477 × 9459; ×6 (1.2 steps at 5, 2 at 3); ×4.8; ×0.
    expected = {
        "metal, Sb": "563051.49", "freight": "2186.80", "penalty, As": "357.15",
        "penalty, Pb": "357.15", "penalty, Hg": "285.72", "penalty, Bi": "0",
        "umpire, Sb": "-600", "paid before": "-400000",
    }  # fmt: skip
    assert {name: told[name] for name in expected} == {n: D(v) for n, v in expected.items()}
    assert (done.stage, done.amount) == ("final", D("159264.66"))
    assert done.payers == (("Sb", "both"),)
    # At 49 % the base falls: 9000 − 1 × 220.
    poor = copy.deepcopy(ORE)
    poor["assays"] = assays("seller", Sb="49.1 %") + assays(
        "buyer", Sb="48.9 %", As="1.2 %", Pb="0 %", Hg="0 ppm", Bi="0 %"
    )
    low = invoice(ANTIMONY, poor)
    assert steps(low)["price, Sb"] == 8780
    assert low.refused == ("As 1.2 % is above the limit of 1 %",)


def test_rare_earth_carbonate_each_oxide_priced_and_freight_in_other_money() -> None:
    """16.4 dmt; Nd2O3 8.40 × 0.65 = 5.46 % = 895.44 kg at (398 + 404 + 410) / 3 × 0.14 USD."""
    done = invoice(EARTHS, CARBONATE)
    expected = {
        "dry tonnes": "16.40", "price, Nd2O3": "56.56", "metal, Nd2O3": "50646.09",
        "metal, Pr6O11": "15297.10", "metal, Dy2O3": "762.60", "penalty, F": "81.18",
        "freight": "2240.00", "due": "64384.61",
    }  # fmt: skip
    told = steps(done)
    assert {name: told[name] for name in expected} == {n: D(v) for n, v in expected.items()}
    assert "× 0.14 USD a CNY of 2026-04-30" in done.line("freight").how  # type: ignore[union-attr]


def test_before_the_period_is_quoted_another_period_stands_in() -> None:
    early = copy.deepcopy(CARBONATE) | {"events": {"shipment": "2026-05-04"}}
    done = invoice(EARTHS, early, "2026-05-05")
    assert done.stage == "provisional"
    line = done.line("price, Nd2O3")
    assert line is not None
    assert line.value == 390 * D("0.14")
    assert line.how.startswith("stands in: mean of 1 quote of Nd2O3, 2026-03-01 to 2026-03-31")
    assert done.missing == ("price of Nd2O3: no quote of Nd2O3 from 2026-05-01 to 2026-05-31",)
    assert done.value is not None
    assert done.amount == round(done.value * D("0.85"), 2)
    bare = copy.deepcopy(EARTHS)
    del bare["metals"][0]["price"]["provisional_period"]
    assert invoice(bare, early).stage == "untold"


def test_quotes_of_terms_and_lot_are_joined_and_never_counted_twice() -> None:
    again = CARBONATE | {"quotes": {"Nd2O3": [{"date": "2026-04-29", "value": "410.0"}]}}
    assert steps(invoice(EARTHS, again))["price, Nd2O3"] == D("56.56")
    other = CARBONATE | {"quotes": {"Nd2O3": [{"date": "2026-04-29", "value": 411}]}}
    done = invoice(EARTHS, other)
    assert done.stage == "untold"
    assert done.missing == (
        "price of Nd2O3: two quotes of Nd2O3 differ, 410 and 411 of 2026-04-29",
    )


def test_a_refining_charge_shares_in_the_price_of_its_own_unit() -> None:
    """At 9 920.80 USD a tonne a pound is 4.50 USD: 10 % of 0.50 above a base of 4.00 is 0.05."""
    pound = D("0.00045359237")
    terms = {
        "format": "orebook-settlement/1", "money": "USD",
        "metals": [{
            "substance": "Cu", "unit": "%", "payable": {"form": "percent", "percent": 100},
            "price": {"form": "fixed", "value": str(D("4.5") / pound), "money": "USD", "per": "t"},
            "refining_charge": {"value": "0.08", "per": "lb",
                                "participation": {"base": "4.00", "share": "0.1"}},
        }],
    }  # fmt: skip
    lot = {"id": "x", "wmt": 100, "moisture_percent": 0, "assays": assays("buyer", Cu="25 %")}
    charge = invoice(terms, lot).line("refining charge, Cu")
    assert charge is not None
    assert abs(charge.value - 25 / pound * D("0.13")) < D("1e-15")


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"freight": {"value": 1, "per": "wmt", "money": "EUR"}}, "currency-mix", "/freight/money"),
        ({"quotes": {"Nd2O3": [{"date": "2026-04-02", "value": 1}] * 2}}, "twice",
         "/quotes/Nd2O3/1/date"),
        ({"buyer": 7}, "wrong-type", "/buyer"),
        ({"treatment_charge": {"value": 1, "per": "dmt", "money": "euro"}}, "bad-currency",
         "/treatment_charge/money"),
    ],
)  # fmt: skip
def test_what_cannot_be_reckoned_is_refused_at_its_place(
    change: dict[str, Any], code: str, place: str
) -> None:
    found, faults = read_terms(document(json.dumps(EARTHS | change).encode(), "terms"))
    assert found is None
    assert (code, place) in {(f.code, f.place) for f in faults}


COPPER: dict[str, Any] = {
    "format": "orebook-settlement/1", "money": "USD", "franchise_percent": "0.25",
    "metals": [{"substance": "Cu", "unit": "%", "payable": {"form": "percent", "percent": 0},
                "exchange": {"splitting_limit": "0.25", "rule": "middle"}}],
    "penalties": [
        {"sum": ["As", "Sb"], "unit": "%", "from": "0.4", "every": "0.1", "charge": 3,
         "reject_above": "0.44"},
        {"ratio": {"of": "Fe", "to": "SiO2"}, "side": "below", "unit": "%", "from": 1,
         "every": "0.1", "charge": "1.5", "reject_below": "0.5"},
    ],
}  # fmt: skip
CONCENTRATE: dict[str, Any] = {
    "id": "Cu 3", "wmt": 250, "moisture_percent": "9.10",
    "assays": [*assays("seller", Cu="27.41 %", As="0.35 %", Sb="1000 ppm", Fe="24 %", SiO2="30 %"),
               *assays("buyer", Cu="27.29 %")],
}  # fmt: skip


def penalised(*penalties: dict[str, Any], **other: str) -> Invoice:
    """The concentrate under these penalties, some of its assays replaced."""
    terms, faults = read_terms({**COPPER, "penalties": list(penalties)} if penalties else COPPER)
    assert terms is not None, faults
    kept = [a for a in CONCENTRATE["assays"] if a["substance"] not in other]
    lot = {**CONCENTRATE, "assays": [*kept, *assays("seller", **other)]}
    return settle(terms, read_lots(lot)[0][0])


def test_penalties_on_a_sum_and_on_a_ratio_are_steps_of_the_invoice() -> None:
    invoice = penalised()
    told = {x.name: (round(x.value, 2), x.how) for x in invoice.lines if "Cu" not in x.name}
    assert told["sum, As + Sb"] == (D("0.45"), "0.35 As + 0.1 Sb")
    assert told["penalty, As + Sb"][0] == D("340.02")
    assert told["ratio, Fe / SiO2"] == (D("0.8"), "(24 Fe) / (30 SiO2)")
    by_hand = "2 steps of 0.1 below 1, 1.5 USD per dmt each"
    assert told["penalty, Fe / SiO2"] == (D("680.05"), by_hand)
    assert invoice.amount == D("-1020.07")
    assert invoice.refused == ("As + Sb 0.45 % is above the limit of 0.44 %",)
    assert penalised(As="0.3 %").amount == D("-680.05")  # at the limit nothing is due


def test_a_sum_takes_weights_and_a_paid_metal_as_it_is_settled() -> None:
    weighed = {"sum": ["Cu", {"substance": "As", "times": 2}], "unit": "%", "from": 28,
               "every": 1, "charge": 1, "whole_steps": True}  # fmt: skip
    invoice = penalised(weighed, As="0.9 %")
    line = invoice.line("sum, Cu + 2 As")
    assert line is not None
    assert (line.value, line.how) == (D("29.15"), "27.35 Cu + 0.9 As × 2")
    assert invoice.amount == D("-226.68")


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"SiO2": "0 %"}, "penalty for Fe / SiO2: no ratio to SiO2 of zero"),
        ({"SiO2": ""}, "penalty for Fe / SiO2, SiO2: no assay"),
        ({"Sb": ""}, "penalty for As + Sb, Sb: no assay"),
    ],
)
def test_what_a_sum_or_a_ratio_lacks_leaves_it_untold(change: dict[str, str], missing: str) -> None:
    terms, _ = read_terms(COPPER)
    assert terms is not None
    kept = [a for a in CONCENTRATE["assays"] if a["substance"] not in change]
    more = assays("seller", **{n: t for n, t in change.items() if t})
    invoice = settle(terms, read_lots({**CONCENTRATE, "assays": [*kept, *more]})[0][0])
    assert (invoice.stage, invoice.amount, invoice.missing) == ("untold", None, (missing,))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"substance": "As"}, "/penalties/0"),
        ({"sum": []}, "/penalties/0/sum"),
        ({"sum": ["As", "As"]}, "/penalties/0/sum/1"),
        ({"sum": ["As", {"substance": "Sb", "times": 0}]}, "/penalties/0/sum/1/times"),
        ({"sum": ["As", "nonsense"]}, "/penalties/0/sum/1"),
        ({"reject_below": 1}, "/penalties/0/reject_below"),
        ({"side": "beside"}, "/penalties/0/side"),
    ],
)
def test_what_cannot_be_a_penalty_is_named_with_its_place(
    change: dict[str, Any], place: str
) -> None:
    one = {**COPPER["penalties"][0], **change}
    terms, faults = read_terms({**COPPER, "penalties": [one]})
    assert terms is None
    assert [p.place for p in faults] == [place]


def test_a_sale_of_nothing_a_metal_paid_twice_and_absurd_amounts_are_named() -> None:
    copper = COPPER["metals"][0]
    for metals, place in (([], "/metals"), ([copper, copper], "/metals/1/substance")):
        terms, faults = read_terms({**COPPER, "metals": metals})
        assert (terms, [p.place for p in faults]) == (None, [place])
    assert [p.place for p in read_lots({"lots": []})[1]] == ["/lots"]
    assert [p.place for p in read_lots({**CONCENTRATE, "wmt": "1e30"})[1]] == ["/wmt"]
    dear = {"form": "fixed", "value": "1e30", "money": "USD", "per": "t"}
    paid = {**copper, "payable": {"form": "percent", "percent": 96}, "price": dear}
    terms, _ = read_terms({**COPPER, "metals": [paid]})
    assert terms is not None
    invoice = settle(terms, read_lots(CONCENTRATE)[0][0])
    assert (invoice.stage, invoice.amount) == ("untold", None)
    assert "check the units" in invoice.missing[-1]
    assert len(list(settled_lines(Settled(terms, (invoice,), ())))) > 10
