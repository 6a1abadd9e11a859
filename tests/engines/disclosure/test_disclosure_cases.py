"""The disclosure cases: stocktake, the fund as a clock to compare with, two versions of a lease."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orebook.acts.deal import clock
from orebook.engines.disclosure import diff, grants_rights, matrix
from orebook.engines.evidence import review
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.facts import Facts


@pytest.fixture(scope="module")
def case(cases: Path):  # type: ignore[no-untyped-def]
    def load(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        told = json.loads((cases / "deals" / f"{name}.json").read_text("utf-8"))
        return {f["key"]: f for f in told["facts"]}, {c["id"]: c for c in told["checks"]}

    return load


@pytest.fixture
def groups(build):  # type: ignore[no-untyped-def]
    def weigh(*claims: dict[str, str]) -> Any:
        bodies: dict[str, tuple[str, dict[str, str]]] = {}
        for claim in claims:
            name = claim["source"]
            source = {"id": name, "title": name, "publisher": name, "date": "2024-10"}
            bodies |= {name: ("source", source), claim["id"]: ("claim", claim)}
        facts = build(list(bodies.values()))
        return review(facts, facts.all(Claim)).groups

    return weigh


def test_counts_are_kept_and_words_that_do_not_fit_them_are_flagged(case, groups) -> None:
    facts, checks = case("eiti-contract-stocktake-2024")
    some, words = facts["countries_some"], facts["wording"]
    (group,) = groups(
        {
            "id": "a",
            "subject": "EITI",
            "property": "countries_some",
            "value": str(some["value"]),
            "unit": some["unit"],
            "source": "s",
            "standing": "official",
        },
        {
            "id": "b",
            "subject": "EITI",
            "property": "wording",
            "value": words["value"],
            "source": "s",
            "standing": "official",
        },
    )
    assert group.kind == "wording"
    assert group.prefer == ("a",)
    share = Decimal(some["value"]) / 55
    expected = Decimal(str(checks["share"]["expected"]))
    assert abs(share - expected) <= Decimal(str(checks["share"]["tolerance"]))
    assert f"{share * 100:.1f} %" in group.advice
    assert "74.5" in checks["wording_conflict"]["expected"]
    assert abs(Decimal(43) / 59 - Decimal(str(checks["companies_share"]["expected"]))) < Decimal(
        "0.0001"
    )


@pytest.fixture
def fund(case, build) -> tuple[Agreement, Facts, dict[str, Any]]:  # type: ignore[no-untyped-def]
    told, checks = case("ukraine-us-fund-2025")
    body = {
        "id": "agreement:fund",
        "title": "fund",
        "instrument": "treaty",
        "signed": told["signed"]["value"],
        "text_public": told["text_published"]["value"],
        "steps": [
            {"when": told["ratified"]["value"], "body": "parliament"},
            {"when": told["president_signed"]["value"], "body": "president"},
        ],
        "terms": [
            {"key": "state-participation", "value": "50 % of revenue from new licences"},
        ],
    }
    partner = {
        "id": "agreement:lp",
        "title": "partnership",
        "instrument": "contract",
        "text_public": "2025-07",
        "papers": [{"document": "document:summary", "role": "summary"}],
    }
    facts = build([("agreement", body), ("agreement", partner)])
    return facts.get(Agreement, "agreement:fund"), facts, checks  # type: ignore[return-value]


def test_the_clock_of_the_fund_gives_its_published_days(fund) -> None:
    agreement, _, checks = fund
    found = clock(agreement, "2026-11-23")
    assert found is not None
    assert found.days == (checks["days_to_text"]["expected"],) * 2
    assert [d for _, d in found.steps] == [
        checks["days_to_parliament"]["expected"],
        checks["days_to_law"]["expected"],
    ]


def test_the_fund_is_public_in_full_and_its_partnership_as_a_summary(fund) -> None:
    agreement, facts, checks = fund
    assert "full text public" in checks["disclosure_state"]["ask"]["main agreement"]
    assert grants_rights(agreement).answer == "yes"
    main = {c.code: c.state for c in matrix(agreement, facts, ()).items}
    assert main["2.4"] == "full"
    other = facts.get(Agreement, "agreement:lp")
    assert other is not None
    assert {c.code: c.state for c in matrix(other, facts, ()).items}["2.4"] == "summary"


KEY = {
    "royalty": "royalties",
    "profit_split": "state-participation",
    "social_uplift": "financial-obligations-community-or-commodity-funds",
    "rent": "surface-fees-or-rent",
    "term": "term",
    "additional_investment": "work-and-investment-commitments",
}


def test_two_versions_of_a_lease_differ_in_the_published_terms(case, build) -> None:
    told, checks = case("saindak-2002-2022")
    before, after = {}, {}
    for name in ("royalty", "profit_split", "social_uplift", "rent"):
        unit = told[name]["unit"]
        before[KEY[name]], after[KEY[name]] = (f"{v} {unit}" for v in told[name]["value"])
    before[KEY["term"]], after[KEY["term"]] = (
        told["contract_2002"]["value"],
        told["extension"]["value"],
    )
    before[KEY["additional_investment"]] = "up to USD 25 million"
    after[KEY["additional_investment"]] = "USD 45.472 million on need basis"
    for side in (before, after):
        side["other-financialfiscal"] = f"presumptive tax {told['presumptive_tax']['value']} %"
    facts = build(
        [
            (
                "agreement",
                {
                    "id": "a",
                    "title": "2002",
                    "terms": [{"key": k, "value": v} for k, v in before.items()],
                },
            ),
            (
                "agreement",
                {
                    "id": "b",
                    "title": "2022",
                    "amends": "a",
                    "terms": [{"key": k, "value": v} for k, v in after.items()],
                },
            ),
        ]
    )
    changes = diff(*(facts.get(Agreement, i) for i in "ab"))  # type: ignore[arg-type]
    changed = {c.key for c in changes if c.state == "changed"}
    assert changed == {KEY[name] for name in checks["diff"]["expected"]}
    assert [c.key for c in changes if c.state == "same"] == ["other-financialfiscal"]


def test_the_two_traps_of_the_lease_are_contradictions_and_the_official_answer_comes_first(
    case, groups
) -> None:
    _, checks = case("saindak-2002-2022")
    assert checks["share_conflict"]["type"] == checks["rent_conflict"]["type"] == "trap"
    found = groups(
        {
            "id": "a",
            "subject": "lease",
            "property": "province_points",
            "value": "30",
            "unit": "percent",
            "source": "assembly",
            "standing": "official",
        },
        {
            "id": "b",
            "subject": "lease",
            "property": "province_points",
            "value": "35",
            "unit": "percent",
            "source": "paper",
            "standing": "reported",
        },
        {
            "id": "c",
            "subject": "lease",
            "property": "rent",
            "source": "assembly",
            "value": "0.7 million a year at or above the price, 0.5 million below",
            "standing": "official",
        },
        {
            "id": "d",
            "subject": "lease",
            "property": "rent",
            "source": "paper",
            "value": "0.7 million plus a further 0.5 million",
            "standing": "reported",
        },
    )
    assert [(g.claims, g.treatment, g.prefer) for g in found] == [
        (("a", "b"), "prefer_official", ("a",)),
        (("c", "d"), "prefer_official", ("c",)),
    ]


def test_the_date_rule_is_met_and_the_yardstick_says_what_it_is_not(case) -> None:
    from orebook.engines.disclosure import LIMITS

    _, checks = case("eiti-contract-stocktake-2024")
    assert "yardstick" in checks["seed_in_scope"]["expected"]
    assert "yardstick" in LIMITS
    assert "memorandum may lie outside 2.4" in LIMITS
