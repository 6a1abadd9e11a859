"""What rules say of a lot as a credential: valid, read again, revoked once they say otherwise."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orebook.acts.credential import check
from orebook.acts.issue_verdict import issue_verdict, verdict_states
from orebook.acts.issued import resolver_of
from orebook.acts.see import View, view
from orebook.exchange import untp
from orebook.exchange.format import Read, Source
from orebook.model.entry import Draft
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.wiring import Naming, create_book

ME, PACK, DAY = "urn:k", "us-dfars-7052", "2026-11-26"
MASS = {"value": "10", "unit": "TNE", "basis": "dry"}
PLANT = {"id": "urn:plant", "name": "Plant", "stage": "alloy"}
FACTS: list[tuple[str, dict[str, Any]]] = [
    ("facility", {"id": "urn:mine", "name": "Mine", "stage": "mine", "country": "CN"}),
    ("facility", {**PLANT, "country": "CN"}),
    ("lot", {"id": "urn:magnet", "material": "NdFeB magnet", "form": "component", "owner": ME,
             "invented": True}),
    ("event", {"id": "urn:e1", "kind": "mine", "facility": "urn:mine",
               "outputs": [{"lot": "urn:ore", "mass": MASS}]}),
    ("event", {"id": "urn:e2", "kind": "alloy", "facility": "urn:plant",
               "inputs": [{"lot": "urn:ore", "mass": MASS}], "outputs": [{"lot": "urn:alloy"}]}),
    ("event", {"id": "urn:e3", "kind": "make", "facility": "urn:plant",
               "inputs": [{"lot": "urn:alloy"}], "outputs": [{"lot": "urn:magnet"}]}),
    ("assay", {"id": "urn:a", "lot": "urn:magnet",
               "results": [{"substance": "Nd", "grade": {"value": "30", "unit": "P1"}}]}),
]  # fmt: skip


@pytest.fixture
def book() -> Iterator[Any]:
    with create_book(None, Naming("t.example/b", "B", ME)) as made:
        made.append([Draft(kind, (fact,), ME) for kind, fact in FACTS])
        yield made


def here(book: Any) -> View:
    return view(book, "public", DAY)


def standing(book: Any) -> Any:
    resolver = resolver_of(here(book))
    resolver.day = "2036-01-01"
    return resolver


def test_a_verdict_goes_out_and_is_revoked_once_the_rules_say_otherwise(
    book: Any, standards: Path
) -> None:
    bare = json.loads(issue_verdict(here(book), "urn:magnet", PACK, DAY, "bare"))
    file = standards / "untp-0.7.0" / "schema" / "dcc" / "ConformityCredential.json"
    jsonschema.Draft202012Validator(json.loads(file.read_text("utf-8"))).validate(bare)
    (assessment,) = bare["credentialSubject"]["conformityAssessment"]
    assert assessment["conformance"] is False
    assert "a made-up example" in assessment["description"]
    assert {s["score"]["code"] for s in assessment["assessedPerformance"]} >= {"refuted"}
    assert bare["credentialSubject"]["assessorLevel"] == "self"  # the keeper owns the lot
    token = issue_verdict(here(book), "urn:magnet", PACK, DAY)
    items = [i for i in untp.read(io.BytesIO(token), Source("v.jwt", "d")) if isinstance(i, Read)]
    claim = next(i.body for i in items if i.body.get("property") == "conformity")
    assert (claim["value"], claim["about"]) == ("does not conform", ["urn:magnet"])
    assert check(token, standing(book)).outcome == "stands"

    book.append([Draft("facility", ({**FACTS[1][1], "note": "same"},), ME)])
    assert check(token, standing(book)).outcome == "stands"
    book.append([Draft("lot", ({**FACTS[2][1], "material": "NdFeB magnets"},), ME)])
    found = check(token, standing(book))  # refuted as before, of a lot with another name
    assert (found.outcome, found.status[:7]) == ("refused", "revoked")
    token = issue_verdict(here(book), "urn:magnet", PACK, DAY)
    assert check(token, standing(book)).outcome == "stands"
    for _, place in FACTS[:2]:
        book.append([Draft("facility", ({**place, "country": "AU"},), ME)])
    found = check(token, standing(book))
    assert (found.outcome, found.status[:7]) == ("refused", "revoked")


def test_what_rules_cannot_tell_is_not_issued(book: Any) -> None:
    with pytest.raises(SenderError, match="cannot be told") as refused:
        issue_verdict(here(book), "urn:magnet", "us-uflpa", DAY)
    assert refused.value.problems
    with pytest.raises(NotFound):
        issue_verdict(here(book), "urn:none", PACK, DAY)
    with pytest.raises(ReaderError, match="for no one reader"):
        issue_verdict(view(book, "owner", DAY), "urn:magnet", PACK, DAY)
    with pytest.raises(NotFound):
        verdict_states(here(book), "urn:magnet", PACK, DAY, "unknown")
