"""Settlement: every worked row to its printed digits, each schedule and clause, both invoices."""

from __future__ import annotations

import copy
import datetime as dt
import json
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.acts.settle import document, is_collection, run_collection
from orebook.engines.settle.exchange import Clause, Rule, exchange, rules
from orebook.engines.settle.invoice import Invoice, settle
from orebook.engines.settle.lots import Lot, read_lots
from orebook.engines.settle.payable import Schedule, payable
from orebook.engines.settle.terms import Terms, read_terms

D = Decimal
COPPER: dict[str, Any] = {
    "format": "orebook-settlement/1",
    "id": "copper concentrate, an example",
    "money": "USD",
    "franchise_percent": "0.25",
    "metals": [
        {
            "substance": "Cu", "unit": "%",
            "payable": {"form": "lesser_of", "percent": "96.5", "deduction": "1"},
            "price": {"form": "quoted", "source": "LME Cu", "money": "USD", "per": "t",
                      "period": {"event": "arrival", "months_after": 1}},
            "refining_charge": {"value": "0.08", "per": "lb"},
            "exchange": {"splitting_limit": "0.25", "rule": "middle"},
        },
        {
            "substance": "Au", "unit": "g/t",
            "payable": [
                {"from": 0, "form": "percent", "percent": 0},
                {"from": 1, "form": "percent", "percent": 90},
                {"from": 5, "form": "deduct_then_percent", "deduction": 1, "percent": 97},
            ],
            "price": {"form": "fixed", "value": 2000, "money": "USD", "per": "oz"},
        },
    ],
    "treatment_charge": {"value": 80, "per": "dmt",
                         "participation": {"base": 9000, "share": "0.1", "high": 50}},
    "penalties": [{"substance": "As", "unit": "%", "from": "0.2", "every": "0.1", "charge": "2.5",
                   "reject_above": "0.5"}],
    "freight": {"value": 10, "per": "wmt"},
    "provisional_percent": 90,
    "umpire_fee": 600,
    "quotes": {"LME Cu": [{"date": "2026-03-31", "value": 8000},
                          {"date": "2026-04-01", "value": 9000},
                          {"date": "2026-04-30", "value": 9200}]},
}  # fmt: skip
READINGS = [
    {"substance": "Cu", "by": "seller", "value": "27.41", "unit": "%"},
    {"substance": "Cu", "by": "buyer", "value": "27.29", "unit": "%"},
    {"substance": "Au", "by": "buyer", "value": "2", "unit": "g/t"},
    {"substance": "As", "by": "buyer", "value": "0.35", "unit": "%"},
]
LOT: dict[str, Any] = {
    "id": "lot 1", "wmt": 250, "moisture_percent": "9.1", "assays": READINGS,
    "events": {"arrival": "2026-03-12"},
}  # fmt: skip


def terms(value: dict[str, Any] = COPPER) -> Terms:
    found, problems = read_terms(plain(value))
    assert problems == ()
    assert found is not None
    return found


def plain(value: Any) -> Any:
    return document(json.dumps(value).encode(), "test")


def lot(**more: Any) -> Lot:
    (found,), problems = read_lots(plain({**LOT, **more}))
    assert problems == ()
    return found


def value_of(invoice: Invoice, name: str) -> D:
    line = invoice.line(name)
    assert line is not None, [x.name for x in invoice.lines]
    return line.value


def test_every_worked_row_is_met_to_its_printed_digits(cases: Path) -> None:
    value = document((cases / "balance" / "settlement.json").read_bytes(), "settlement.json")
    assert is_collection(value)
    rows = run_collection(value, "settlement.json")
    assert [(r.id, dict(r.computed)) for r in rows if not r.met] == []
    assert len(rows) == len(value["lots"]) + len(value["exchange"]) == 14


def test_the_final_invoice_by_hand() -> None:
    done = settle(terms(), lot())
    dry = D("226.681875")
    assert value_of(done, "dry tonnes") == dry
    assert value_of(done, "assay, Cu") == D("27.35")
    assert value_of(done, "payable assay, Cu") == D("26.35")
    assert value_of(done, "price, Cu") == 9100
    copper = dry * D("26.35") / 100
    assert value_of(done, "metal, Cu") == copper * 9100
    refining = copper / D("0.00045359237") * D("0.08")
    assert value_of(done, "refining charge, Cu") == refining
    assert value_of(done, "treatment charge") == dry * 90
    assert value_of(done, "penalty, As") == dry * D("1.5") * D("2.5")
    gold = dry * D("1.8") / 1000000 / D("0.0000311034768") * 2000
    assert value_of(done, "metal, Au") == gold
    total = copper * 9100 - refining + gold - dry * 90 - dry * D("3.75") - 2500
    assert done.stage == "final"
    assert done.value == total
    assert done.amount == round(total, 2)


def test_an_assay_that_is_not_final_stands_in_and_the_rest_is_paid_or_refunded_later() -> None:
    first = settle(terms(), lot(assays=[r for r in READINGS if r != READINGS[1]]))
    assert first.stage == "provisional"
    assert first.value is not None
    assert first.amount == round(first.value * D("0.9"), 2)
    assert any("buyer's assay" in m for m in first.missing)
    final = settle(terms(), lot(provisional_paid="600000"))
    assert final.amount is not None
    assert final.amount < 0
    due = final.line("due")
    assert due is not None
    assert due.how.startswith("the seller refunds")


def test_an_umpire_decides_and_the_farther_party_bears_the_fee() -> None:
    readings = [
        {**READINGS[0], "value": "27.45"}, {**READINGS[1], "value": "27.16"},
        {"substance": "Cu", "by": "umpire", "value": "27.30", "unit": "%"}, *READINGS[2:],
    ]  # fmt: skip
    done = settle(terms(), lot(assays=readings))
    assert value_of(done, "assay, Cu") == D("27.30")
    assert done.payers == (("Cu", "seller"),)
    assert value_of(done, "umpire, Cu") == -600
    asked = settle(terms(), lot(assays=[*readings[:2], *READINGS[2:]]))
    assert asked.stage == "provisional"
    assert any("umpire is needed" in m for m in asked.missing)


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({"moisture_percent": None}, "moisture"),
        ({"assays": READINGS[:3]}, "penalty for As"),
        ({"assays": READINGS[2:]}, "final assay of Cu"),
        ({"events": {}}, "price of Cu: the day of arrival"),
        ({"events": {"arrival": "2026-06-01"}}, "price of Cu: no quote"),
    ],
)
def test_what_is_not_there_leaves_the_amount_untold_and_is_named(
    change: dict[str, Any], lacking: str
) -> None:
    done = settle(terms(), lot(**change))
    assert done.stage == "untold"
    assert done.amount is None
    assert any(m.startswith(lacking) for m in done.missing)


def test_a_lot_above_a_rejection_limit_says_so() -> None:
    readings = [*READINGS[:3], {**READINGS[3], "value": "0.51"}]
    assert "limit of 0.5 %" in settle(terms(), lot(assays=readings)).refused[0]


def test_antimony_is_priced_around_a_base_and_a_rare_earth_as_its_oxide() -> None:
    case = copy.deepcopy(COPPER)
    case["metals"] = [
        {"substance": "Sb", "unit": "%", "payable": {"form": "percent", "percent": 100},
         "price": {"form": "around_base", "money": "CNY", "value": 40000, "base_assay": 50,
                   "above": 700, "below": 900}},
        {"substance": "Nd", "unit": "%", "payable": {"form": "percent", "percent": 65},
         "price": {"form": "fixed", "money": "USD", "value": 73, "per": "kg", "of": "Nd2O3"}},
    ]  # fmt: skip
    case["exchange_rates"] = {"CNY": {"rate": "0.14", "date": "2026-05-01", "source": "invented"}}
    case["penalties"], case["treatment_charge"], case["freight"] = [], None, None
    del case["treatment_charge"], case["freight"]
    given = [
        {"substance": "Sb", "by": "buyer", "value": "48", "unit": "%"},
        {"substance": "Nd", "by": "buyer", "value": "2", "unit": "%"},
    ]
    done = settle(terms(case), lot(assays=given))
    assert value_of(done, "price, Sb") == (40000 - 2 * 900) * D("0.14")
    oxide = value_of(done, "payable, Nd as Nd2O3")
    assert float(oxide / value_of(done, "payable, Nd")) == pytest.approx(1.166377, abs=5e-7)
    assert value_of(done, "metal, Nd") == oxide * 1000 * 73


def test_the_limit_itself_counts_as_agreed_and_each_clause_does_what_it_says() -> None:
    at = Clause(D("0.25"), rules()["middle"])
    assert exchange(D("27.41"), D("27.16"), None, at).final == D("27.285")
    seller, buyer = D(30), D(29)
    expected = {
        "middle": ("29.4", "30"), "umpire_if_between_else_nearer": ("29.4", "30"),
        "mean_umpire_nearer": ("29.2", "30.1"), "umpire_final": ("29.4", "30.2"),
        "umpire_if_between_else_mean_nearer": ("29.4", "30.1"),
        "mean_nearer_if_between_else_nearer": ("29.2", "30"), "nearer_party": ("29", "30"),
        "mean_of_three": ("29.46667", "29.73333"), "mean_of_two_closest": ("29.2", "30.1"),
    }  # fmt: skip
    assert set(rules()) == set(expected)
    for name, (inside, outside) in expected.items():
        clause = Clause(D("0.1"), rules()[name])
        for umpire, wanted in ((D("29.4"), inside), (D("30.2"), outside)):
            final = exchange(seller, buyer, umpire, clause).final
            assert final is not None
            assert float(final) == pytest.approx(float(wanted), abs=1e-5), name


reading = st.decimals(20, 30, places=2)


@given(seller=reading, buyer=reading, umpire=reading, limit=st.decimals(0, 1, places=2))
def test_no_clause_settles_outside_what_was_read_and_sides_are_alike(
    seller: D, buyer: D, umpire: D, limit: D
) -> None:
    for rule in rules().values():
        one = exchange(seller, buyer, umpire, Clause(limit, rule))
        other = exchange(buyer, seller, umpire, Clause(limit, rule))
        assert one.final == other.final
        assert one.final is not None
        assert min(seller, buyer, umpire) <= one.final <= max(seller, buyer, umpire)
        swapped = {"seller": "buyer", "buyer": "seller"}
        assert other.payer == swapped.get(one.payer or "", one.payer)


@given(
    assay=st.decimals(0, 100, places=3), percent=st.decimals(0, 100, places=1),
    units=st.decimals(0, 5, places=1), form=st.sampled_from(["lesser_of", "percent", "deduct"]),
)  # fmt: skip
def test_payable_is_never_below_nothing_nor_above_the_assay(
    assay: D, percent: D, units: D, form: str
) -> None:
    paid, governs = payable(assay, Schedule(form, percent, units))
    assert 0 <= paid <= assay
    assert governs


BAD: list[tuple[str, Any, str, str]] = [
    ("metals/0/payable/percent", 965, "out-of-bounds", "/metals/0/payable/percent"),
    ("metals/0/payable/form", "most", "wrong-word", "/metals/0/payable/form"),
    ("metals/0/price/money", "EUR", "currency-mix", "/metals/0/price/money"),
    ("metals/0/price/of", "Nd2O3", "basis-mismatch", "/metals/0/price/of"),
    ("metals/0/substance", "Xx", "unknown-substance", "/metals/0/substance"),
    ("metals/0/exchange/rule", "loudest", "wrong-word", "/metals/0/exchange/rule"),
    ("metals/0/price/period", {"from": "2026-05-01", "to": "2026-04-01"}, "interval-backwards",
     "/metals/0/price/period"),
    ("discount", 1, "unknown-key", "/discount"),
    ("money", None, "wrong-type", "/money"),
    ("penalties/0/every", 0, "out-of-bounds", "/penalties/0/every"),
    ("quotes/LME Cu", [{"date": "spring", "value": 1}], "bad-date", "/quotes/LME Cu/0/date"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "value", "code", "place"), BAD)
def test_bad_terms_are_refused_at_their_place(
    where: str, value: Any, code: str, place: str
) -> None:
    case = copy.deepcopy(COPPER)
    inner: Any = case
    *above, last = where.split("/")
    for step in above:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[last] = value
    found, problems = read_terms(plain(case))
    assert found is None
    assert (code, place) in {(p.code, p.place) for p in problems}


def test_a_bad_lot_is_named_and_the_good_ones_survive() -> None:
    bad = {**LOT, "id": "bad", "moisture_percent": 109}
    twice = {**LOT, "id": "twice", "assays": [READINGS[0], READINGS[0]]}
    lots, problems = read_lots(plain({"lots": [LOT, bad, twice, "lot"]}))
    assert [x.id for x in lots] == ["lot 1"]
    assert {p.place for p in problems} == {
        "/lots/1/moisture_percent",
        "/lots/2/assays/1",
        "/lots/3",
    }


def test_a_clause_can_be_written_as_data() -> None:
    case = copy.deepcopy(COPPER)
    case["metals"][0]["exchange"]["rule"] = {"inside": "mean_of_three", "outside": "umpire"}
    clause = terms(case).metals[0].clause
    assert clause is not None
    assert clause.rule == Rule("mean_of_three", "umpire")


def test_a_price_whose_period_still_runs_only_stands_in() -> None:
    (lot,), _ = read_lots(plain(LOT))
    found = {day: settle(terms(), lot, dt.date.fromisoformat(day)) for day in
             ("2026-04-30", "2026-05-01")}  # fmt: skip
    assert [i.stage for i in found.values()] == ["provisional", "final"]
    assert "its period runs to 2026-04-30" in found["2026-04-30"].missing[0]
    # Ninety per cent of the same value is paid until then.
    early, late = found.values()
    assert early.value == late.value
    assert early.amount == (early.value * D("0.9")).quantize(D("0.01"), ROUND_HALF_EVEN)


def test_a_penalty_has_an_exchange_of_its_own() -> None:
    clause = {"splitting_limit": "0.02", "rule": "middle"}
    agreed = copy.deepcopy(COPPER)
    agreed["penalties"][0]["exchange"] = clause
    for umpire, stage, assay in ((None, "provisional", "0.30"), ("0.34", "final", "0.34")):
        lot = copy.deepcopy(LOT)
        lot["assays"] = [r for r in READINGS if r["substance"] != "As"] + [
            {"substance": "As", "by": by, "value": value, "unit": "%"}
            for by, value in (("seller", "0.30"), ("buyer", "0.35"), ("umpire", umpire))
            if value is not None
        ]
        (read,), problems = read_lots(plain(lot))
        assert problems == ()
        invoice = settle(terms(agreed), read)
        assert invoice.stage == stage
        assert invoice.line("assay, As").value == D(assay)
        steps = (D(assay) - D("0.2")) / D("0.1")
        dry = invoice.line("dry tonnes").value
        assert invoice.line("penalty, As").value == dry * steps * D("2.5")
        untold = settle(terms(), read)
        assert (untold.stage == "untold") is (umpire is None)


def test_an_umpire_whose_assay_counts_in_two_penalties_is_paid_once() -> None:
    clause = {"splitting_limit": "0.02", "rule": "middle", "umpire_cost": "shared"}
    one = {"unit": "%", "from": "0.2", "every": "0.1", "charge": "2.5", "exchange": clause}
    agreed = copy.deepcopy(COPPER) | {"umpire_fee": 900}
    lot = copy.deepcopy(LOT)
    lot["assays"] = [r for r in READINGS if r["substance"] != "As"] + [
        {"substance": of, "by": by, "value": value, "unit": "%"}
        for of, by, value in (("As", "seller", "0.30"), ("As", "buyer", "0.35"),
                              ("As", "umpire", "0.34"), ("Sb", "seller", "0.1"),
                              ("Sb", "buyer", "0.1"))
    ]  # fmt: skip
    (read,), _ = read_lots(plain(lot))
    for more in ([], [{**one, "sum": ["As", "Sb"]}]):
        agreed["penalties"] = [{**one, "substance": "As"}, *more]
        invoice = settle(terms(agreed), read)
        assert [who for who in invoice.payers if who[0] == "As"] == [("As", "both")]
        fees = [line.value for line in invoice.lines if line.name == "umpire, As"]
        assert fees == [D("-450")]
