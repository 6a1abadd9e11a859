"""Agreements as OCDS releases and parties as BODS statements, out and in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from orebook.exchange import bods, ocds
from orebook.exchange.format import Read, Source
from orebook.exchange.registry import choose
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

SOURCE = Source("deal.json", "")
PARTIES: list[tuple[str, dict[str, Any]]] = [
    (
        "party",
        {
            "id": "p:buyer",
            "name": "Buyer Ltd",
            "kind": "company",
            "country": "US",
            "identifiers": ["US-DE:123"],
        },
    ),
    ("party", {"id": "p:board", "name": "Minerals Board", "kind": "state_body"}),
    ("party", {"id": "p:minister", "name": "Minister (office)", "kind": "office_holder"}),
]
DEAL: dict[str, Any] = {
    "id": "agreement:x",
    "title": "Offtake",
    "instrument": "offtake",
    "signed": "2026-01-20",
    "parties": [{"party": "p:board", "role": "seller"}, {"party": "p:buyer", "role": "buyer"}],
    "amounts": [{"amount": {"value": "12.50", "currency": "USD"}, "meaning": "price per tonne"}],
    "roadmap": [{"stage": 1, "text": "first lot", "due": "2026-03-01"}],
    "commitments": [{"topic": "investment", "text": "a plant", "due": "2027-01-01"}],
}


def written(module: Any, facts: list[tuple[str, dict[str, Any]]]) -> Any:
    stream = io.BytesIO()
    module.write(facts, stream)
    return json.loads(stream.getvalue())


def reads(module: Any, document: Any) -> tuple[list[Read], list[Problem]]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    told = list(module.read(io.BytesIO(data), SOURCE))
    return [t for t in told if isinstance(t, Read)], [t for t in told if isinstance(t, Problem)]


def test_a_release_holds_parties_value_and_milestones_and_comes_back() -> None:
    payment = {
        "id": "pay",
        "agreement": "agreement:x",
        "when": "2026-02-01",
        "payer": "p:buyer",
        "amount": {"value": "100.10", "currency": "USD"},
    }
    facts = [*PARTIES, ("agreement", DEAL), ("payment", payment)]
    package = written(ocds, facts)
    (release,) = package["releases"]
    assert release["buyer"] == {"id": "p:buyer", "name": "Buyer Ltd"}
    assert [p["roles"] for p in release["parties"]] == [["supplier"], ["buyer"]]
    (contract,) = release["contracts"]
    assert contract["value"] == {"amount": 12.5, "currency": "USD"}
    assert contract["finance"][0]["title"] == "price per tonne"
    assert [m["dueDate"] for m in contract["milestones"]] == [
        "2026-03-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    ]
    assert contract["implementation"]["transactions"][0]["value"]["amount"] == 100.1
    stream = io.BytesIO()
    ocds.write(facts, stream)
    assert b'"amount":12.50' in stream.getvalue()
    assert choose(stream.getvalue(), "deal.json") is ocds.OCDS
    back, problems = reads(ocds, stream.getvalue())
    assert problems == []
    agreement = next(r.body for r in back if r.kind == "agreement")
    assert agreement["signed"] == "2026-01-20"
    assert agreement["amounts"][0]["amount"] == {"value": "12.50", "currency": "USD"}
    assert {(p["party"], p["role"]) for p in agreement["parties"]} == {
        ("p:board", "seller"),
        ("p:buyer", "buyer"),
    }
    assert all(check(r.kind, r.body) == [] for r in back)


MORE: dict[str, Any] = {
    "id": "agreement:y",
    "title": "Mine, second version",
    "instrument": "contract",
    "signed": "2026-06-01",
    "amends": "agreement:x",
    "version": "2",
    "parties": [
        {"party": "p:buyer", "role": "signatory"},
        {"party": "p:buyer", "role": "lender"},
        {"party": "p:board", "role": "signatory"},
    ],
    "terms": [
        {"key": "transfer-of-risk", "value": "Risk passes at the gate.", "borne_by": ["p:buyer"]},
        {"key": "royalties", "value": "5 %"},
        {"key": "stabilization-clause", "value": {"absent": "not_found", "until": "2026-06-02"}},
    ],
    "clauses": [
        {"number": "9", "text": "War and flood.", "keys": ["hardship-clause-or-force-majeure"],
         "borne_by": ["p:buyer", "p:board"]},
        {"number": "10", "text": "New law.", "keys": ["stabilization-clause"]},
    ],
    "charges": [
        {"title": "crushing", "paid_by": "user", "rate": {"value": "12.50", "currency": "USD"},
         "per": "tonne", "since": "2026-07-01", "until": "2031"},
        {"title": "road", "paid_by": "government", "expected": {"value": "900", "currency": "USD"},
         "paid": {"absent": "not_found"}},
        {"title": "water", "rate": {"absent": "not_found"}},
    ],
    "commitments": [
        {"topic": "volume", "text": "1 000 t", "mass": {"value": "1000", "unit": "TNE",
         "basis": "dry"}, "due": "2027-12-31"},
        {"topic": "investment", "text": "a plant", "money": {"value": "5.5", "currency": "USD"}},
        {"topic": "jobs", "text": "jobs", "count": 40, "measure": "full-time posts", "due": "2028"},
        {"topic": "technology", "text": "words alone"},
    ],
}  # fmt: skip


SHARES = [
    {"holder": "p:holding", "share": {"value": "62.5", "unit": "P1"}, "on": "2026-05"},
    {"holder": "p:board", "share": {"absent": "undisclosed"}},
]
OWNED: list[tuple[str, dict[str, Any]]] = [
    ("party", {**PARTIES[0][1], "shareholders": SHARES}),
    *PARTIES[1:],
    ("party", {"id": "p:holding", "name": "Holding SA", "kind": "company"}),
]
RISK = ("id", "category", "allocation", "notes")


def test_the_fields_of_the_ppp_profile_hold_what_is_stated_and_no_more() -> None:
    shipped: dict[str, Any] = {
        "id": "ship:1",
        "agreement": "agreement:y",
        "dispatched": "2026-09-01",
        "mass": {"value": "19.850", "unit": "TNE", "basis": "dry"},
    }
    unknown = {"id": "ship:2", "agreement": "agreement:y", "mass": {"absent": "not_found"}}
    other = shipped | {"id": "ship:3", "agreement": "agreement:x"}
    facts = [*OWNED, ("agreement", MORE), *(("shipment", s) for s in (shipped, unknown, other))]
    assert [check(kind, body) for kind, body in facts if kind in {"party", "agreement"}] == [[]] * 5
    package = written(ocds, facts)
    (contract,) = package["releases"][0]["contracts"]
    assert [s["id"] for s in contract["signatories"]] == ["p:buyer", "p:board"]
    # Who bears a risk is told where a fact names them, and not read out of words.
    assert [tuple(r.get(k) for k in RISK) for r in contract["riskAllocation"]] == [
        ("transfer-of-risk", "all", "privateParty", "borne by Buyer Ltd"),
        (
            "clause-9-hardship-clause-or-force-majeure",
            "forceMajeure",
            "undefined",
            "Clause 9; borne by Buyer Ltd, Minerals Board",
        ),
        ("clause-10-stabilization-clause", "changeInLaw", None, "Clause 10"),
    ]
    assert contract["tariffs"] == [
        {
            "id": "charges-1",
            "title": "crushing",
            "paidBy": "user",
            "period": {"startDate": "2026-07-01T00:00:00Z"},
            "notes": "Dates as told: 2031.",
            "value": {"amount": 12.5, "currency": "USD"},
            "unit": {"name": "tonne"},
        }
    ]
    (charge,) = contract["implementation"]["charges"]
    assert charge["estimatedValue"] == {"amount": 900, "currency": "USD"}
    assert "actualValue" not in charge
    owned = next(p for p in package["releases"][0]["parties"] if p["id"] == "p:buyer")
    assert owned["shareholders"] == [
        {
            "id": "p:holding",
            "shareholder": {"id": "p:holding", "name": "Holding SA"},
            "shareholding": 0.625,
            "notes": "As told of 2026-05.",
        },
        {"id": "p:board", "shareholder": {"id": "p:board", "name": "Minerals Board"}},
    ]
    metrics = {m["title"]: m["observations"][0] for m in contract["agreedMetrics"]}
    assert list(metrics) == ["volume", "investment", "jobs"]
    assert metrics["volume"]["measure"] == 1000
    assert metrics["volume"]["dimensions"] == {"basis": "dry"}
    assert metrics["volume"]["period"] == {"endDate": "2027-12-31T00:00:00Z"}
    assert metrics["investment"]["value"] == {"amount": 5.5, "currency": "USD"}
    assert metrics["jobs"]["notes"] == "Due 2028."
    (metric,) = contract["implementation"]["metrics"]
    assert [(o["id"], o["measure"]) for o in metric["observations"]] == [("ship:1", 19.85)]
    assert contract["amendments"][0]["description"] == "Version 2; changes agreement:x."
    named = [link.split("/")[-3] for link in package["extensions"]]
    assert named == [
        "ocds_contract_signatories_extension",
        "ocds_metrics_extension",
        "ocds_riskAllocation_extension",
        "ocds_shareholders_extension",
        "ocds_tariffs_extension",
        "ocds_charges_extension",
    ]


def test_shares_held_by_organisations_are_relationships_of_bods() -> None:
    statements = written(bods, [*OWNED, ("agreement", MORE)])
    held = [s for s in statements if s["recordType"] == "relationship"]
    assert [
        (s["recordDetails"]["interestedParty"], s["recordDetails"]["interests"]) for s in held
    ] == [
        (
            "p:holding",
            [
                {
                    "type": "shareholding",
                    "beneficialOwnershipOrControl": False,
                    "share": {"exact": 62.5},
                    "details": "as told of 2026-05",
                }
            ],
        ),
        ("p:board", [{"type": "shareholding", "beneficialOwnershipOrControl": False}]),
    ]


def test_an_amount_of_unsettled_meaning_is_no_value_of_a_contract() -> None:
    amount = {"value": "500", "currency": "USD"}
    two = [{"amount": amount, "meaning": m} for m in ("investment", "refinery")]
    (release,) = written(ocds, [("agreement", DEAL | {"amounts": two})])["releases"]
    (contract,) = release["contracts"]
    assert "value" not in contract
    assert "unsettled" in contract["description"]


def test_a_sealed_or_absent_amount_is_left_out() -> None:
    sealed = DEAL | {"amounts": [{"meaning": "price", "sealed": {"amount": "owner"}}]}
    (release,) = written(ocds, [("agreement", sealed)])["releases"]
    assert "value" not in release["contracts"][0]


def test_a_release_without_a_day_is_refused() -> None:
    with pytest.raises(ReaderError, match="no date known to the day"):
        written(ocds, [("agreement", {"id": "a", "title": "A", "signed": "2026"})])
    with pytest.raises(ReaderError, match="no agreement"):
        written(ocds, PARTIES)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"releases": 3}, "wrong-type"),
        ([1], "not-ocds"),
        ({"ocid": 3}, "missing-attribute"),
        ({"ocid": "o", "contracts": [{"title": "no id"}]}, "missing-attribute"),
        ({"ocid": "o", "contracts": [{"id": "c", "dateSigned": "2026-13-01"}]}, "bad-date"),
        (b"{", "bad-json"),
    ],
)
def test_what_is_no_release_is_named_with_its_place(document: Any, code: str) -> None:
    _, problems = reads(ocds, document)
    assert len(problems) == 1
    assert problems[0].file == "deal.json"
    assert problems[0].next_step
    if not isinstance(document, bytes):
        assert problems[0].code == code


OWNERS = {
    "id": "c1",
    "subject": "Buyer",
    "about": ["p:buyer"],
    "property": "beneficial_owners",
    "value": {"absent": "not_found", "until": "2026-02-01", "where": "registers"},
    "source": "s",
}


def test_statements_hold_entities_and_the_reason_why_owners_are_missing() -> None:
    facts = [*PARTIES, ("agreement", DEAL), ("claim", OWNERS)]
    told = written(bods, facts)
    kinds = {s["recordId"]: s["recordDetails"].get("entityType", {}).get("type") for s in told}
    assert kinds["p:buyer"] == "registeredEntity"
    assert kinds["p:board"] == "stateBody"
    assert "p:minister" not in kinds
    owners = next(s for s in told if s["recordType"] == "relationship")
    assert owners["recordDetails"]["interestedParty"]["reason"] == "informationUnknownToPublisher"
    assert "registers" in owners["recordDetails"]["interestedParty"]["description"]
    assert all(32 <= len(s["statementId"]) <= 64 for s in told)
    back, problems = reads(bods, told)
    assert problems == []
    parties = {r.body["id"]: r.body for r in back if r.kind == "party"}
    assert parties["p:buyer"] == PARTIES[0][1]
    claim = next(r.body for r in back if r.kind == "claim")
    assert claim["value"]["absent"] == "undisclosed"


def test_a_natural_person_is_not_named() -> None:
    person = {
        "statementId": "a" * 32,
        "recordId": "x",
        "recordType": "person",
        "recordDetails": {"names": [{"fullName": "Ann Example"}]},
    }
    entity = {"recordId": "e", "recordType": "entity", "recordDetails": {"name": "E"}}
    owns = {
        "recordId": "r",
        "recordType": "relationship",
        "statementDate": "2026-01-01",
        "recordDetails": {
            "subject": "e",
            "interestedParty": "x",
            "interests": [{"share": {"exact": 60}}],
        },
    }
    back, problems = reads(bods, [person, entity, owns])
    assert problems == []
    assert "Ann" not in str([r.body for r in back])
    claim = next(r.body for r in back if r.kind == "claim")
    assert claim["value"] == "a natural person (not named here), 60 %"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "not-bods"),
        ([{"statementType": "entityStatement"}], "unread-version"),
        ([{"recordType": "entity"}], "missing-attribute"),
        ([{"recordType": "ghost", "recordId": "a", "recordDetails": {}}], "unknown-word"),
        (
            [{"recordType": "relationship", "recordId": "r", "recordDetails": {"subject": "z"}}],
            "missing-subject",
        ),
    ],
)
def test_what_is_no_statement_is_named_with_its_place(document: Any, code: str) -> None:
    back, problems = reads(bods, document)
    assert back == []
    assert [p.code for p in problems] == [code]
    assert problems[0].next_step
