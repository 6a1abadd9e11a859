"""Events of our own as UNTP traceability events: valid by the released schema, and read again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orebook.acts.did import did_of, document
from orebook.acts.issue import issue
from orebook.acts.see import view
from orebook.exchange import multikey, untp
from orebook.exchange.format import Read, Source
from orebook.log import b64
from orebook.model.entry import Draft
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.wiring import Naming, author_key, create_book

DAY = "2026-11-23"
MOMENT = "2025-03-01T12:00:00Z"
MASS = {"value": "1000", "unit": "KGM", "basis": "dry",
        "doubt": {"kind": "range", "low": "990", "high": "1015"}}  # fmt: skip
THINGS = [
    ("party", {"id": "urn:party:k", "name": "The keeper"}),
    ("facility", {"id": "urn:place:mill", "name": "North mill"}),
    ("lot", {"id": "urn:lot:ore", "label": "Ore", "batch": "B7"}),
    ("lot", {"id": "urn:lot:out", "material": "concentrate", "granularity": "item"}),
]


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"urn:event:{kind}",
        "kind": kind,
        "when": MOMENT,
        "facility": "urn:place:mill",
        "party": "urn:party:k",
        **more,
    }


MAKE = event(
    "concentrate",
    inputs=[{"lot": "urn:lot:ore", "mass": MASS}],
    outputs=[{"lot": "urn:lot:out", "count": "3"}],
    documents=["https://papers.example/7"],
)
MODIFY = event("weigh", subjects=[{"lot": "urn:lot:ore", "mass": MASS}])


@pytest.fixture
def filled(tmp_path: Path) -> Any:
    naming = Naming("t.example/b", "B", "urn:party:k")
    with create_book(tmp_path / "book", naming) as book:
        for kind, fact in (*THINGS, ("event", MAKE), ("event", MODIFY)):
            book.append([Draft(kind, (fact,), book.operator)])
        yield book


def schema(standards: Path) -> jsonschema.Draft202012Validator:
    path = standards / "untp-0.7.0" / "schema" / "dte" / "DigitalTraceabilityEvent.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text("utf-8")))


def test_our_events_go_out_valid_and_signed_and_are_read_again(
    filled: Any, standards: Path, tmp_path: Path
) -> None:
    key = author_key(tmp_path / "book")
    did = did_of(filled)
    methods = {m["id"]: m["publicKeyJwk"] for m in document(filled)["verificationMethod"]}  # type: ignore[attr-defined, index]
    for fact in (MAKE, MODIFY):
        here = view(filled, "public", DAY)
        bare = json.loads(issue(here, fact["id"], None))
        schema(standards).validate(bare)
        token = issue(here, fact["id"], key)
        header, payload, _ = token.decode().split(".")
        assert json.loads(b64.decode(payload)) == bare
        kid = json.loads(b64.decode(header))["kid"]
        assert kid in methods
        assert kid.startswith(did)

        def find(_name: str) -> multikey.Key:
            return multikey.Key("Ed25519", key.public)

        source = Source("a.jwt", "doc:1", find_key=find)
        facts = [r for r in untp.read(io.BytesIO(token), source) if isinstance(r, Read)]
        assert str(facts[-1].body["proof"]).startswith("verified:")
        again = next(f.body for f in facts if f.kind == "event")
        assert again["facility"] == "urn:place:mill"
        sides = [n for n in ("inputs", "outputs", "subjects") if n in fact]
        for side in sides:
            assert [f["lot"] for f in again[side]] == [f["lot"] for f in fact[side]]
        mass = again[sides[0]][0]["mass"]
        assert (mass["value"], mass["doubt"]) == ("1000", MASS["doubt"])
    product = bare["credentialSubject"][0]["modifiedProduct"][0]["product"]
    assert (product["name"], product["batchNumber"]) == ("Ore", "B7")
    assert bare["issuer"]["name"] == "The keeper"


def test_what_the_credential_must_say_and_nobody_stated_is_told(filled: Any) -> None:
    for fact in (
        event("ship", subjects=[{"lot": "urn:lot:ore"}]),
        {**MAKE, "id": "urn:event:day", "when": "2025-03-01"},
        {k: v for k, v in {**MAKE, "id": "urn:event:nowhere"}.items() if k != "facility"},
    ):
        filled.append([Draft("event", (fact,), filled.operator)])
        with pytest.raises(SenderError) as refused:
            issue(view(filled, "public", DAY), fact["id"], None)
        assert refused.value.problems
        assert all(p.next_step and p.place.startswith("/") for p in refused.value.problems)
    with pytest.raises(NotFound):
        issue(view(filled, "public", DAY), "urn:event:none", None)


def test_what_others_have_stated_is_theirs_to_issue(filled: Any) -> None:
    other = {**MODIFY, "id": "urn:event:other"}
    filled.append([Draft("event", (other,), "urn:party:other")])
    with pytest.raises(ReaderError, match="urn:party:other"):
        issue(view(filled, "public", DAY), "urn:event:other", None)


def test_a_sealed_value_is_in_no_credential(filled: Any) -> None:
    sealed = {**MODIFY, "id": "urn:event:sealed"}
    seal = {0: ("/subjects/0/mass",)}
    filled.append([Draft("event", (sealed,), filled.operator, seal=seal)])
    text = issue(view(filled, "public", DAY), "urn:event:sealed", None).decode()
    assert "1000" not in text
    assert "quantity" not in text
    assert "urn:lot:ore" in text


def test_the_command_writes_it_or_says_what_is_missing(filled: Any, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from orebook.cli.issue import issue as command

    filled.append(
        [Draft("event", ({**MAKE, "id": "urn:event:day", "when": "2025"},), "urn:party:k")]
    )
    filled.close()
    out, book = tmp_path / "made.jwt", ["--book", str(tmp_path / "book")]
    done = CliRunner().invoke(command, [str(MAKE["id"]), *book, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"eyJ")
    bare = CliRunner().invoke(command, [str(MAKE["id"]), *book, "--bare"])
    assert json.loads(bare.stdout)["credentialSubject"][0]["id"] == MAKE["id"]
    refused = CliRunner().invoke(command, ["urn:event:day", *book])
    assert isinstance(refused.exception, SenderError)
    assert "/eventDate: expected a moment with offset" in str(refused.exception)
