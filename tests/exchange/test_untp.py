"""UNTP 0.7.0: its five credentials, bare and signed, and the refusal of all others by name."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

import jsonschema
import pytest

from damage import LEFT_OUT, damaged, pointers
from orebook.exchange import jsonl, untp
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

SOURCE = Source("credential.json", "doc:1")
SAMPLES = "untp-0.7.0/samples-rc-april-2026"


def read(data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(untp.read(io.BytesIO(data), SOURCE))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def written(facts: list[Read]) -> bytes:
    stream = io.BytesIO()
    untp.write(((fact.kind, fact.body) for fact in facts), stream)
    return stream.getvalue()


def samples(standards: Path) -> list[Path]:
    folder = standards / SAMPLES
    kinds = ("dte", "dpp", "dfr", "dcc", "dia")
    return sorted(file for kind in kinds for file in (folder / kind).glob("*.json"))


def signed(payload: bytes, typ: str = "vc+jwt") -> bytes:
    header = json.dumps({"alg": "EdDSA", "typ": typ}).encode()
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload, b"x" * 64)]
    return b".".join(parts)


def test_every_sample_of_the_five_kinds_comes_out_equal(
    standards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = samples(standards)
    files += sorted((standards / "untp-0.7.0" / "samples-bcgov").glob("*.json"))
    files.append(standards / "untp-0.7.0" / "bc-mines-act-permit" / "sample.json")
    count = Counter(json.loads(file.read_bytes())["type"][0] for file in files)
    with capsys.disabled():
        print("\nUNTP 0.7.0 credentials in and out unchanged:")
        for kind, number in sorted(count.items()):
            print(f"  {kind:<30}{number:>5}")
    assert len(files) == 14
    for file in files:
        data = file.read_bytes()
        facts, problems = read(data)
        assert problems == []
        assert [p for fact in facts for p in check(fact.kind, fact.body)] == []
        assert json_read(written(facts)) == json_read(data)
        lines = io.BytesIO(b"".join(jsonl.line(fact.kind, fact.body) for fact in facts))
        again = [item for item in jsonl.read(lines, SOURCE) if isinstance(item, Read)]
        assert json_read(written(again)) == json_read(data)


def test_the_smelter_event_is_read_in_our_words(standards: Path) -> None:
    file = standards / SAMPLES / "dte" / "DigitalTraceabilityEvent_smelter_make_instance.json"
    facts, _ = read(file.read_bytes())
    event = next(fact.body for fact in facts if fact.kind == "event")
    assert event["kind"] == "transform"
    assert event["inputs"] == [
        {
            "lot": "https://id.sample-mine.example.com/product/cu-conc-2025",
            "mass": {"value": "30000", "unit": "KGM"},
        }
    ]
    assert event["outputs"][0]["mass"] == {"value": "10000", "unit": "KGM"}
    assert event["facility"] == "https://facility-register.example.com/fac-002"
    assert event["party"] == "did:web:sample-refinery.example.com"
    lots = {fact.body["id"]: fact.body for fact in facts if fact.kind == "lot"}
    concentrate = lots["https://id.sample-mine.example.com/product/cu-conc-2025"]
    assert concentrate["batch"] == "2025-Q1-4501"
    assert concentrate["granularity"] == "model"
    assert not [fact for fact in facts if fact.kind == "assay"]  # "Cu 30%" stays a name
    assert {fact.author for fact in facts} == {"did:web:sample-refinery.example.com"}
    assert {f.kind for f in facts} == {"party", "facility", "lot", "event", "document"}


def test_the_cathode_passport_is_read_as_a_lot(standards: Path) -> None:
    file = standards / SAMPLES / "dpp" / "DigitalProductPassport_cathode_instance.json"
    facts, _ = read(file.read_bytes())
    lot = next(fact.body for fact in facts if fact.kind == "lot")
    assert lot["made"] == "2025-03-01"
    assert lot["country"] == "JP"
    assert lot["recycled_share"] == {"value": "12", "unit": "P1"}
    assert "mass" not in lot  # 125 kg is the weight of one piece of the model, not of the lot
    scrap = lot["materials"][1]
    assert scrap == {
        "name": "Recycled copper scrap",
        "country": "JP",
        "share": {"value": "12", "unit": "P1"},
        "mass": {"value": "15", "unit": "KGM"},
        "recycled": {"value": "100", "unit": "P1"},
    }


def test_a_credential_signed_with_an_unknown_key_is_read_and_marked_as_not_verified(
    standards: Path,
) -> None:
    data = samples(standards)[0].read_bytes()
    facts, problems = read(signed(data))
    assert problems == []
    document = facts[-1].body
    assert document["media_type"] == "application/vc+jwt"
    assert str(document["proof"]).startswith("not verified: the key")
    assert json_read(written(facts)) == json_read(data)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"eyJhbGciOiJFZERTQSJ9.e30.", "JWS header /typ"),
        (b"eyJhbGciOiJFZERTQSJ.e30.x", "JWS header"),
        (signed(b'{"a":', "vc+jwt"), "line 1, column 6"),
        (signed(b"{}", "dc+sd-jwt"), "JWS header /typ"),
    ],
)
def test_what_is_no_signed_credential_is_refused(data: bytes, place: str) -> None:
    facts, problems = read(data)
    assert facts == []
    assert [problem.place for problem in problems] == [place]


@pytest.mark.parametrize("version", ["0.4.0", "0.7.1", "0.8.0", "1.0.0"])
def test_other_versions_and_types_are_refused_by_name(version: str) -> None:
    context = f"https://vocabulary.uncefact.org/untp/{version}/context/"
    named = {"type": ["DigitalProductPassport"], "credentialSubject": {}}
    facts, problems = read(json.dumps({"@context": [context], **named}).encode())
    assert facts == []
    assert [(p.code, p.found) for p in problems] == [("unread-version", f"UNTP {version}")]
    other = {"@context": "https://x/untp/0.7.0/", "type": ["X"], "credentialSubject": {}}
    assert [p.code for p in read(json.dumps(other).encode())[1]] == ["unread-credential"]
    facts, problems = read(b'{"@context": "https://x/untp/0.7.0/", "type": ["ConformityScheme"]}')
    assert facts == []
    assert [p.code for p in problems] == ["no-credential"]


def _official(standards: Path, kind: str) -> jsonschema.Draft202012Validator:
    formats = jsonschema.FormatChecker(formats=[])

    @formats.checks("uri")
    def is_uri(value: object) -> bool:
        return not isinstance(value, str) or bool(re.fullmatch(r"[A-Za-z][\w+.\-]*:[!-~]*", value))

    @formats.checks("date-time", raises=ValueError)
    def is_time(value: object) -> bool:
        if isinstance(value, str):
            return "T" in value and dt.datetime.fromisoformat(value).tzinfo is not None
        return True

    @formats.checks("date", raises=ValueError)
    def is_date(value: object) -> bool:
        return not isinstance(value, str) or bool(dt.date.fromisoformat(value))

    file = next((standards / "untp-0.7.0" / "schema" / kind).glob("*.json"))
    schema = json.loads(file.read_bytes())
    return jsonschema.Draft202012Validator(schema, format_checker=formats)


def test_verdicts_on_damaged_samples_are_those_of_the_official_schemas(
    standards: Path, capsys: pytest.CaptureFixture[str], count: Callable[[int, int], int]
) -> None:
    """Each member of each sample is left out, then replaced; ours may be stricter where said."""
    every = count(7, 1)
    drawn = tried = refused = 0
    for file in samples(standards):
        official = _official(standards, file.parent.name)
        document = json.loads(file.read_bytes())
        for pointer, damage in product(pointers(document), (LEFT_OUT, 7, "no URI", ["list"], None)):
            drawn += 1
            if drawn % every:
                continue
            changed = damaged(document, pointer, damage)
            sound = official.is_valid(changed)
            _, problems = read(json.dumps(changed).encode())
            tried += 1
            refused += not sound
            if not sound:
                assert problems, (file.name, pointer, damage)
            elif problems:
                assert _stricter(problems), (file.name, pointer, damage, problems)
    with capsys.disabled():
        print(f"\ndamaged UNTP samples tried: {tried}, refused by the official schemas: {refused}")


def _stricter(problems: list[Problem]) -> bool:
    """Where we ask more: the context and types that say what this is, and country codes."""
    asked = {"type", "countryCode", "@context", "registeredId"}
    return all(p.place.split("/")[-1] in asked or "/type" in p.place for p in problems)


def test_writing_needs_exactly_one_document() -> None:
    with pytest.raises(ReaderError):
        untp.write([], io.BytesIO())


def test_two_tolerances_are_a_range_and_one_is_none() -> None:
    from orebook.exchange.json_text import Number
    from orebook.exchange.untp_words import _mass

    quantity = {"value": Number("30.0"), "unit": "TNE", "upperTolerance": Number("0.5")}
    assert _mass(quantity) == {"value": "30.0", "unit": "TNE"}
    quantity["lowerTolerance"] = Number("0.25")
    assert _mass(quantity)["doubt"] == {"kind": "range", "low": "29.75", "high": "30.5"}
