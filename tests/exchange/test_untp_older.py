"""UNTP 0.5.0 and 0.6.x: read in our words, unchanged out again; what they cannot say is unknown."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from damage import LEFT_OUT, damaged, pointers
from orebook.exchange import untp
from orebook.exchange.format import Read, Source
from orebook.exchange.json_text import read as json_read
from orebook.model.problem import Problem
from orebook.model.shape import check

SOURCE = Source("credential.json", "doc:1")
MINE = "untp-crm-bcmine/copper_mine"


def read(data: bytes) -> tuple[list[Read], list[Problem]]:
    items = list(untp.read(io.BytesIO(data), SOURCE))
    return (
        [item for item in items if isinstance(item, Read)],
        [item for item in items if isinstance(item, Problem)],
    )


def told(standards: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    facts, problems = read((standards / name).read_bytes())
    assert problems == []
    kinds: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        kinds.setdefault(fact.kind, []).append(fact.body)
    return kinds


def samples(standards: Path) -> list[Path]:
    found = [
        *standards.glob("untp-0.6.0/*/untp-*-instance.json"),
        *standards.glob("untp-trust-graph/*.json"),
        *standards.glob("untp-crm-bcmine/*/*.json"),
    ]
    return sorted(file for file in found if file.name != "dcc_coppermark_mine.json")


def test_each_goes_out_as_it_came_and_says_its_version(standards: Path) -> None:
    files = samples(standards)
    versions = set()
    for file in files:
        facts, problems = read(file.read_bytes())
        assert problems == [], file
        assert [p for f in facts for p in check(f.kind, f.body)] == [], file
        stream = io.BytesIO()
        untp.write(((f.kind, f.body) for f in facts), stream)
        assert json_read(stream.getvalue()) == json_read(file.read_bytes()), file
        versions.add(facts[-1].body["note"])
    assert len(files) == 3 + 5 + 6
    assert versions == {
        "read as UNTP 0.5.0",
        "read as UNTP 0.6.1",
        "read as UNTP working",
    }


def test_the_concentrate_of_the_copper_pilot_is_a_lot_of_unknown_mass(standards: Path) -> None:
    kinds = told(standards, f"{MINE}/dpp_copper_concentrate.json")
    assert kinds["lot"] == [
        {
            "id": "https://idr.bcmine.pyx.io/gs1/01/09359502000034/21/10001"
            "?linkType=gs1:sustainabilityInfo",
            "material": "Copper Concentrate",
            "batch": "20241111",
            "granularity": "batch",
            "made": "2024-11-11",
            "facility": "https://idr.bcmine.pyx.io/01/09359502000034/21/34001",
            "country": "CA",
        }
    ]
    assert "assay" not in kinds  # "28.4 Percent by Weight" is a declared value, no assay
    assert [one["name"] for one in kinds["facility"]] == ["TEST Copper Mine"]


def test_the_permit_of_the_copper_pilot_is_official_and_its_assessment_undated(
    standards: Path,
) -> None:
    kinds = told(standards, f"{MINE}/dcc_mines_act_permit_mine_ordered.json")
    attested, assessed = kinds["claim"]
    assert attested["value"] == "certification: Mines Act Permit"
    assert {attested["standing"], assessed["standing"]} == {"official"}
    assert assessed["value"] == "conforms"
    assert "when" not in assessed
    assert "TEST CopperMine verified by the assessor" in assessed["note"]
    assert kinds["document"][0]["proof"].startswith("not verified: the key")


def test_a_facility_keeps_its_place_sealed_and_its_point_in_the_order_of_geojson(
    standards: Path,
) -> None:
    file = standards / MINE / "dfr_copper_mine.json"
    document = json.loads(file.read_bytes())
    document["credentialSubject"]["locationInformation"]["geoLocation"]["coordinates"] = [-120, 50]
    facts, problems = read(json.dumps(document).encode())
    assert problems == []
    facility = next(f.body for f in facts if f.kind == "facility")
    assert facility["position"] == {"latitude": "50", "longitude": "-120"}
    assert (facility["country"], facility["region"]) == ("CA", "BC")
    assert facility["operator"] == "https://id.gs1.org/01/09520123456788/21/12345"
    about = facts[-1].body
    assert "Test Road" not in json.dumps(about["envelope"])
    assert "Test Road" in json.dumps(about["withheld"])


def test_two_events_under_one_identifier_are_two(standards: Path) -> None:
    kinds = told(standards, "untp-0.6.0/untp-dte/untp-dte-instance.json")
    first, second = kinds["event"]
    assert (first["kind"], second["kind"]) == ("transform", "begin")
    assert second["id"].endswith("#/credentialSubject/1")
    assert (
        first["inputs"]
        == [
            {
                "lot": "https://id.gs1.org/01/09520123456788/21/12345",
                "mass": {"value": "20", "unit": "KGM"},
            }
        ]
        * 2
    )
    assert "party" not in first  # 0.6 does not say who did it
    assert [lot["material"] for lot in kinds["lot"]] == ["EV battery 300Ah."]


@pytest.mark.parametrize(
    ("type_", "ours"),
    [
        ("AggregationEvent", {"kind": "pack", "container": "urn:x:box"}),
        ("AssociationEvent", {"kind": "associate", "container": "urn:x:box"}),
        ("TransactionEvent", {"kind": "transact", "documents": ["urn:po:7"]}),
    ],
)
def test_the_events_of_0_6_that_have_no_sample(
    standards: Path, type_: str, ours: dict[str, object]
) -> None:
    file = standards / "untp-0.6.0" / "untp-dte" / "untp-dte-instance.json"
    document = json.loads(file.read_bytes())
    event: dict[str, object] = {"type": [type_, "Event"], "id": "urn:x:1", "action": "add"}
    if "container" in ours:
        event["parentEPC"] = {"id": "urn:x:box", "name": "a box"}
        event["childQuantityList"] = [{"productId": "urn:x:a", "quantity": 3}]
    else:
        event["bizTransaction"] = "urn:po:7"
        event["quantityList"] = [{"productId": "urn:x:a", "quantity": 3}]
    document["credentialSubject"] = [event]
    facts, problems = read(json.dumps(document).encode())
    assert problems == []
    body = next(f.body for f in facts if f.kind == "event")
    assert body == {"id": "urn:x:1", "subjects": [{"lot": "urn:x:a", "count": "3"}], **ours}
    event["bizTransaction"] = "https://ref.gs1.org/cbv/BTT-prodorder"  # a type is no paper
    facts, _ = read(json.dumps(document).encode())
    assert "documents" not in next(f.body for f in facts if f.kind == "event")


def test_an_identity_that_names_no_register_is_a_claim_without_a_value(standards: Path) -> None:
    kinds = told(standards, "untp-trust-graph/identity-anchor-for-dcc-issuer.json")
    (claim,) = kinds["claim"]
    assert claim["property"] == "registered identity"
    assert "value" not in claim
    kinds = told(standards, f"{MINE}/dia_orgbook_mine.json")
    assert (
        kinds["claim"][0]["value"] == "BC00001 in BC Registry (https://www.bcregistry.gov.bc.ca/)"
    )
    assert kinds["claim"][0]["id"] == "doc:1#identity"  # the credential has no identifier


def test_no_damage_to_a_sample_gives_anything_but_sound_facts_and_faults_by_place(
    standards: Path, count: Callable[[int, int], int]
) -> None:
    every, drawn, refused = count(67, 4), 0, 0
    for file in samples(standards):
        document = json.loads(file.read_bytes())
        for pointer, damage in product(
            pointers(document), (LEFT_OUT, 7, -3, "no URI", "", ["list"], [{}], {}, None, True)
        ):
            drawn += 1
            if drawn % every:
                continue
            changed = damaged(document, pointer, damage)
            facts, problems = read(json.dumps(changed).encode())
            refused += bool(problems)
            assert facts or problems
            assert all(p.code and p.expected and p.next_step for p in problems)
            faults = [p.text() for f in facts for p in check(f.kind, f.body)]
            assert faults == [], (file.name, pointer, damage)
    assert refused > 30
