"""Metals certificates: in and out unchanged, results as bounds where they are bounds."""

from __future__ import annotations

import copy
import io
import json
from pathlib import Path

import pytest

from orebook.exchange import metals_certificate
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

SOURCE = Source("certificate.json", "doc:1")


def fixtures(standards: Path) -> list[Path]:
    return sorted((standards / "metals-certificate" / "fixtures").glob("*.json"))


def read(data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(metals_certificate.read(io.BytesIO(data), SOURCE))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def test_every_certificate_comes_out_unchanged(
    standards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = assays = 0
    for file in fixtures(standards):
        data = file.read_bytes()
        facts, problems = read(data)
        assert problems == [], file
        assert [p for f in facts for p in check(f.kind, f.body)] == [], file
        stream = io.BytesIO()
        metals_certificate.write(((f.kind, f.body) for f in facts), stream)
        assert json_read(stream.getvalue()) == json_read(data), file
        for fact in facts:
            if fact.kind == "assay":
                assays += 1
                results += len(fact.body["results"])
    with capsys.disabled():
        print(f"\nmetals certificates in and out unchanged: {len(fixtures(standards))}")
    assert len(fixtures(standards)) == 14
    assert assays > 10
    assert results > 60


def test_the_titanium_certificate_in_our_words(standards: Path) -> None:
    file = next(f for f in fixtures(standards) if f.name == "valid_result_types.json")
    facts, _ = read(file.read_bytes())
    lot = next(f.body for f in facts if f.kind == "lot")
    assert lot == {
        "id": "vat:DE123456789/T-65432-01",
        "material": "Titanium Alloy Ti-6Al-4V ELI",
        "batch": "T-65432-01",
        "country": "DE",
        "made": "2025-05-15",
        "mass": {"value": "1000", "unit": "KGM"},
    }
    assay = next(f.body for f in facts if f.kind == "assay")
    assert assay["method"] == "ASTM E120"
    assert assay["basis"] == "unstated"
    assert assay["results"][0] == {
        "substance": "Ti",
        "operator": "=",
        "grade": {"value": "89.32", "unit": "P1"},
    }
    assert assay["results"][-1]["grade"] == {"value": "35", "unit": "59"}
    assert "Al: uncertainty 0.05 as printed, coverage not stated" in assay["note"]


def certificate(standards: Path, *actuals: object) -> bytes:
    file = next(f for f in fixtures(standards) if f.name == "valid_basic_certificate.json")
    document = json.loads(file.read_bytes())
    lines = [{"PropertySymbol": "Cu", "Unit": "%", "Actual": actual} for actual in actuals]
    document["DigitalMaterialPassport"]["ChemicalAnalysis"]["Elements"] = lines
    return json.dumps(document).encode()


def test_a_result_below_a_limit_is_a_bound_and_a_range_two(standards: Path) -> None:
    below = {"ResultType": "numeric", "Value": 0.005, "Operator": "<"}
    between = {"ResultType": "range", "Minimum": 28.1, "Maximum": 29.0, "Inclusive": False}
    facts, problems = read(certificate(standards, below, between))
    assert problems == []
    assay = next(f.body for f in facts if f.kind == "assay")
    assert [(r["operator"], r["grade"]["value"]) for r in assay["results"]] == [
        ("<", "0.005"),
        (">", "28.1"),
        ("<", "29.0"),
    ]


def test_what_is_no_single_result_stands_in_the_note(standards: Path) -> None:
    one = {"ResultType": "numeric", "Value": 1}
    several = {"ResultType": "multiValue", "Values": [one, one, one]}
    facts, _ = read(certificate(standards, one, several))
    assay = next(f.body for f in facts if f.kind == "assay")
    assert len(assay["results"]) == 1
    assert "Cu is given as multiValue" in assay["note"]


def test_people_are_not_among_what_lies_open(standards: Path) -> None:
    for file in fixtures(standards):
        facts, _ = read(file.read_bytes())
        shown = json.dumps([f.body for f in facts[:-1]]) + json.dumps(facts[-1].body["envelope"])
        passport = json.loads(file.read_bytes())["DigitalMaterialPassport"]
        for person in passport["Validation"].get("Validators", []):
            assert person["Name"] not in shown


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda p: p.pop("Id"), "/Id"),
        (lambda p: p.update(IssueDate="May"), "/IssueDate"),
        (lambda p: p["Product"].update(BatchId=7), "/Product/BatchId"),
        (lambda p: p["Product"].update(Weight="1"), "/Product/Weight"),
        (
            lambda p: p["ChemicalAnalysis"]["Elements"][0].update(Actual={"ResultType": "x"}),
            "/ChemicalAnalysis/Elements/0/Actual/ResultType",
        ),
        (
            lambda p: p["ChemicalAnalysis"]["Elements"][0]["Actual"].update(Operator="~"),
            "/ChemicalAnalysis/Elements/0/Actual/Operator",
        ),
    ],
)
def test_a_fault_is_refused_by_its_place(standards: Path, change, place: str) -> None:
    file = next(f for f in fixtures(standards) if f.name == "valid_basic_certificate.json")
    document = copy.deepcopy(json.loads(file.read_bytes()))
    change(document["DigitalMaterialPassport"])
    facts, problems = read(json.dumps(document).encode())
    assert facts == []
    assert [p.place for p in problems] == [f"/DigitalMaterialPassport{place}"]


def test_writing_needs_one_certificate() -> None:
    with pytest.raises(ReaderError):
        metals_certificate.write([], io.BytesIO())
