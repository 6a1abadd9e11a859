"""The matrix knows the stage, the first test and absence from silence; promises know what they "
"lack."""

from __future__ import annotations

from typing import Any

import pytest

from orebook.engines.disclosure import STAGES, drafts, grants_rights, items, keys, matrix
from orebook.engines.promises import promises, royalty_tonnes
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.shape import check

NONE = {"absent": "not_found", "until": "2025-12-01", "where": "gazette"}


@pytest.fixture
def made(build):  # type: ignore[no-untyped-def]
    def make(more: dict[str, Any] | None = None, *others: tuple[str, dict[str, Any]]) -> Any:
        body = {"id": "d", "title": "Deal", "instrument": "memorandum", "signed": "2025-01-01"}
        facts = build([("agreement", body | (more or {})), *others])
        agreement = facts.get(Agreement, "d")
        return agreement, facts, matrix(agreement, facts, facts.all(Claim))

    return make


def states(found) -> dict[str, tuple[str, str]]:  # type: ignore[no-untyped-def]
    return {c.code: (c.state, c.applies) for c in (*found.items, *found.keys)}


def test_the_check_list_has_forty_nine_keys_in_six_groups() -> None:
    listed = [k for k in keys().values() if k.listed]
    assert len(listed) == 49
    assert len({k.group for k in listed}) == 6
    # The list itself: withholding is no key of it, production shares and "other" are.
    names = {k.key for k in listed}
    assert "withholding-tax" not in names
    assert {"other-financialfiscal", "stabilization-clause", "closest-community"} <= names
    assert sum(k.group == "fiscal" for k in listed) == 14


def test_what_moves_the_take_is_asked_beside_the_list(made) -> None:
    told = {c.code: c.level for c in made()[2].keys}
    assert told["withholding-tax"] == told["price-and-offtake"] == "beside the list"
    assert told["royalties"] == "check list"
    assert "outgrowers-program" not in told


def test_a_memorandum_is_not_failed_for_a_royalty_it_lacks(made) -> None:
    _, _, found = made({"terms": [{"key": "royalties", "value": NONE}], "text_public": NONE})
    told = states(found)
    assert told["royalties"] == ("not_due", "if_it_does")
    assert told["4.1"] == ("not_due", "if_it_does")
    assert told["2.4"] == ("not_found", "if_it_does")
    contract = states(
        made({"instrument": "contract", "terms": [{"key": "royalties", "value": NONE}]})[2]
    )
    assert contract["royalties"] == ("not_found", "if_it_does")


def test_silence_is_unknown_and_a_search_is_not_found(made) -> None:
    told = states(made()[2])
    assert told["2.4"][0] == "unknown"
    assert told["2.2"][0] == "unknown"
    assert states(made({"text_public": NONE})[2])["2.4"][0] == "not_found"
    withheld = {"absent": "withheld", "note": "commercial"}
    assert states(made({"text_public": withheld})[2])["2.4"][0] == "withheld"


def test_a_shipment_begins_the_duties_of_export(made) -> None:
    assert states(made()[2])["3.3"][0] == "not_due"
    shipped = ("shipment", {"id": "s", "agreement": "d"})
    assert states(made(None, shipped)[2])["3.3"][0] == "unknown"


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({}, "unknown"),
        ({"text_public": "2025-02-01"}, "unknown"),
        ({"text_public": "2025-02-01", "terms": [{"key": "royalties", "value": "5 %"}]}, "yes"),
        ({"terms": [{"key": "royalties", "value": "5 %, says a paper"}]}, "unknown"),
        ({"clauses": [{"number": "4", "text": "Term: ten years", "keys": ["term"]}]}, "yes"),
        ({"grants_rights": False}, "no"),
    ],
)
def test_only_the_text_says_whether_rights_are_granted(
    made, more: dict[str, Any], answer: str
) -> None:
    agreement, _, found = made(more)
    assert grants_rights(agreement).answer == answer
    applies = {"unknown": "if_it_does", "yes": "yes", "no": "no"}[answer]
    assert states(found)["royalties"][1] == applies


def test_questions_cite_their_item_and_can_be_ranked_by_an_interval(made) -> None:
    terms = [{"key": k, "value": NONE, "claim": "c1"} for k in ("royalties", "bonuses")]
    agreement, _, found = made({"instrument": "contract", "text_public": NONE, "terms": terms})
    plain = drafts(found, agreement, ("A", "B"), {})
    assert plain[0].item == "EITI Standard 2023, 2.4 (required)"
    assert "between A and B, signed on 2025-01-01" in plain[0].text
    assert [d.rank for d in plain] == list(range(1, len(plain) + 1))
    ranked = drafts(found, agreement, (), {"bonuses": "7.5", "royalties": "2"})
    assert [d.cell for d in ranked[:2]] == ["bonuses", "royalties"]
    assert ranked[0].shrinks == "7.5"


def test_a_term_of_unknown_key_is_refused_with_its_place(made, judged) -> None:
    body = {"id": "d", "title": "Deal", "terms": [{"key": "royaltys", "value": "5 %"}]}
    (problem,) = check("agreement", body)
    assert problem.place.endswith("/terms/0/key")
    assert "royalties" in problem.expected


MASS = {"value": "100", "unit": "t", "basis": "dry"}


@pytest.fixture
def judged(made):  # type: ignore[no-untyped-def]
    def judge(commitment: dict[str, Any], *others: tuple[str, dict[str, Any]]) -> str:
        agreement, facts, _ = made({"commitments": [{"text": "as printed"} | commitment]}, *others)
        (finding,) = promises(agreement, facts)
        assert finding.reasons
        return str(finding.verdict)

    return judge


def shipped(
    ident: str, value: str | None, day: str, basis: str = "dry"
) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {"id": ident, "agreement": "d", "dispatched": day}
    if value is not None:
        body["mass"] = {"value": value, "unit": "t", "basis": basis}
    return ("shipment", body)


def test_a_tonnage_is_kept_late_partly_or_cannot_be_told(judged) -> None:
    promise = {"topic": "volume", "mass": MASS, "due": "2025-06-30"}
    assert (
        judged(promise, shipped("a", "60", "2025-03-01"), shipped("b", "40", "2025-05-01"))
        == "kept"
    )
    assert (
        judged(promise, shipped("a", "60", "2025-03-01"), shipped("b", "40", "2025-09-01"))
        == "late"
    )
    assert judged(promise, shipped("a", "60", "2025-03-01")) == "partly"
    assert judged(promise) == "not_kept"
    assert judged(promise, shipped("a", None, "2025-03-01")) == "cannot_be_told"
    assert judged(promise, shipped("a", "100", "2025-03-01", "wet")) == "cannot_be_told"
    assert (
        judged(promise | {"due": "2027-01-01"}, shipped("a", "60", "2025-03-01")) == "not_yet_due"
    )
    assert (
        judged({"topic": "volume", "mass": MASS}, shipped("a", "60", "2025-03-01"))
        == "cannot_be_told"
    )


def test_money_facility_and_words_without_a_measure(judged) -> None:
    pay = (
        "payment",
        {
            "id": "p",
            "agreement": "d",
            "kind": "investment",
            "when": "2025-02-01",
            "amount": {"value": "5", "currency": "USD"},
        },
    )
    promise = {
        "topic": "investment",
        "money": {"value": "5", "currency": "USD"},
        "due": "2025-03-01",
    }
    assert judged(promise, pay) == "kept"
    euros = promise | {"money": {"value": "5", "currency": "EUR"}}
    assert judged(euros, pay) == "cannot_be_told"
    plant = {"topic": "facility", "facility": "f", "due": "2025-06-01"}
    status = [{"status": "operating", "when": "2025-08-01"}]
    assert judged(plant, ("facility", {"id": "f", "name": "plant", "status": status})) == "late"
    announced = [{"status": "announced", "when": "2025-01-01"}]
    assert (
        judged(plant, ("facility", {"id": "f", "name": "plant", "status": announced})) == "not_kept"
    )
    assert judged({"topic": "jobs", "text": "jobs expected"}) == "not_measurable"
    assert judged({"topic": "jobs", "count": 200, "due": "2025-06-01"}) == "cannot_be_told"


def test_royalty_tonnes_against_tonnes_shipped(made) -> None:
    def royalty(value: str) -> tuple[str, dict[str, Any]]:
        mass = {"value": value, "unit": "t", "basis": "dry"}
        return ("payment", {"id": "p", "agreement": "d", "kind": "royalty", "mass": mass})

    def verdict(*others: tuple[str, dict[str, Any]]) -> str | None:
        agreement, facts, _ = made(None, *others)
        found = royalty_tonnes(agreement, facts)
        return None if found is None else found.verdict

    assert verdict(shipped("a", "100", "2025-03-01")) is None
    assert verdict(royalty("100"), shipped("a", "100", "2025-03-01")) == "kept"
    assert verdict(royalty("80"), shipped("a", "100", "2025-03-01")) == "partly"
    assert verdict(royalty("80"), shipped("a", None, "2025-03-01")) == "cannot_be_told"
    assert verdict(royalty("80"), shipped("a", "100", "2025-03-01", "wet")) == "cannot_be_told"


def test_every_item_and_key_of_the_tables_is_whole() -> None:
    numbers = [i.item for i in items()]
    assert len(numbers) == len(set(numbers)) == 22
    for item in items():
        assert item.level in {"required", "expected", "encouraged"}
        assert item.due in STAGES
        assert item.asks
        assert item.evidence
        assert item.basis == "read"
        assert item.source
    for key in keys().values():
        assert key.due in STAGES
        assert key.item in {"", *numbers}
