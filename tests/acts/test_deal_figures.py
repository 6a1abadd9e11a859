"""From a book's facts: how big an amount is, who gets what, how much of a headline is backed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.acts.deal_take import KEYS, agreement_take
from orebook.acts.demo import build
from orebook.acts.headline import headlines
from orebook.acts.scale import agreement_scale, outputs, prices, scales
from orebook.acts.see import View, view
from orebook.acts.settle import settle_shipment, terms_of
from orebook.model.problem import NotFound
from orebook.wiring import demo_book, example_files

DEAL = "agreement:fwo-ussm-mou"
REKO_DIQ = example_files() / "deals" / "reko-diq-waterfall.json"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    book = demo_book(tmp_path_factory.mktemp("deal") / "book")
    build(book, example_files())
    yield view(book, "public", "2026-11-25")
    book.close()


def test_an_amount_is_put_in_years_of_known_output_by_dated_price(seen: View) -> None:
    found = {f.component: f for f in agreement_scale(seen, DEAL)}
    assert set(found) == {"Sb", "Cu"}
    years = found["Sb"].figure("years")
    assert years is not None
    assert years.low is not None
    assert years.high is not None
    assert (round(years.low, 1), round(years.high, 1)) == (Decimal("34.9"), Decimal("85.2"))
    trioxide = next(p for p in found["Sb"].parts if p.component.startswith("Sb2O3"))
    figure = trioxide.figure("years")
    assert figure is not None
    assert figure.value is not None
    assert round(figure.value, 1) == Decimal("40.2")
    assert all(p.sources for p in found["Sb"].parts)


def test_an_agreement_without_an_amount_or_output_cannot_be_told(seen: View) -> None:
    (found,) = agreement_scale(seen, "agreement:nlc-mota-engil-mou")
    assert found.verdict == "cannot_be_told"
    assert found.missing
    (none,) = agreement_scale(seen, DEAL, "FR")
    assert none.verdict == "cannot_be_told"
    with pytest.raises(NotFound):
        agreement_scale(seen, "agreement:none")


def test_no_price_of_another_metal_or_currency_enters(seen: View) -> None:
    (antimony,) = [o for o in outputs("PK") if o.of == "Sb"]
    assert {s.price.of for s in scales(Decimal(1), "USD", antimony)} == {"Sb", "Sb2O3"}
    assert scales(Decimal(1), "EUR", antimony) == ()
    assert all(p.source for p in prices())


def test_unknown_terms_of_an_agreement_give_an_interval_and_ranked_questions(seen: View) -> None:
    take = agreement_take(seen, DEAL)
    assert take.stated == ()
    assert take.worked.point is None
    assert take.finding.verdict == "cannot_be_told"
    figure = take.finding.figure("gov_take_undiscounted")
    assert figure is not None
    assert figure.value is None
    assert figure.low == 0
    assert {q.pointer for q in take.worked.questions} == {k.pointer for k in KEYS}
    assert len(take.finding.missing) == len(KEYS)
    assert take.finding.head == seen.head


def test_a_percentage_that_is_not_a_term_of_the_plan_is_not_taken_for_one(seen: View) -> None:
    # "50 % of revenue from new licences" is no free share of the state.
    assert agreement_take(seen, "agreement:ukraine-us-fund-2025").stated == ()


def test_each_headline_has_its_coverage_and_the_rest_is_refused(seen: View) -> None:
    found = headlines(seen, REKO_DIQ)
    assert [c.id for c, _, _ in found] == ["c114", "c113", "c112", "c111"]
    _, ladder, made = found[-1]
    share = ladder.coverage("reserve", "resource")
    assert share is not None
    assert round(share.low, 4) == Decimal("0.0299")
    assert made.verdict == "backed_in_part"
    assert any("not scaled" in r for r in made.reasons)


def test_a_ladder_case_without_deposits_backs_nothing(seen: View) -> None:
    path = Path(REKO_DIQ).with_name("headline-ladder.json")
    for _, ladder, made in headlines(seen, path):
        assert made.verdict == "refused"
        assert ladder.steps == ()


def test_a_shipment_is_settled_from_its_own_weights_and_dry_assays(seen: View) -> None:
    terms = terms_of(
        {
            "format": "orebook-settlement/1",
            "money": "USD",
            "metals": [
                {
                    "substance": "Nd2O3",
                    "unit": "%",
                    "payable": {"form": "percent", "percent": Decimal(60)},
                    "exchange": {"splitting_limit": Decimal("0.25"), "rule": "middle"},
                }
            ],
        },
        "terms",
    )
    (first, *_) = settle_shipment(seen, "shipment:invented/north-concentrate", terms).invoices
    assert first.stage == "provisional"
    assert any("buyer's assay" in m for m in first.missing)
    assay, dry = first.line("assay, Nd2O3"), first.line("dry tonnes")
    assert assay is not None
    assert dry is not None
    paid = first.line("payable, Nd2O3")
    assert paid is not None
    assert paid.value == dry.value * assay.value / 100 * Decimal("0.6")
    with pytest.raises(NotFound):
        settle_shipment(seen, "shipment:first-shipment", terms)
