"""The validators of OCDS and BODS judge what we write; in an environment of their own, offline.

They are tools of this check alone: none of them is a requirement of the product.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from orebook.acts.demo import build
from orebook.acts.export import export
from orebook.acts.see import view
from orebook.exchange import bods, ocds
from orebook.wiring import Naming, create_book, example_files

pytestmark = pytest.mark.proof

# What the demo book does not hold: shares, charges, and risks with their bearers.
RICH: list[tuple[str, dict[str, Any]]] = [
    ("party", {"id": "p:state", "name": "State of Norvania", "kind": "government"}),
    ("party", {"id": "p:holding", "name": "Holding SA", "kind": "company", "country": "FR"}),
    (
        "party",
        {
            "id": "p:mine",
            "name": "Mine Ltd",
            "kind": "company",
            "shareholders": [
                {"holder": "p:holding", "share": {"value": "62.5", "unit": "P1"}, "on": "2026-05"},
                {"holder": "p:state", "share": {"value": "37.5", "unit": "P1"}, "votes": "a veto"},
            ],
        },
    ),
    (
        "agreement",
        {
            "id": "agreement:rich",
            "title": "Mine and road",
            "instrument": "contract",
            "signed": "2026-06-01",
            "parties": [
                {"party": "p:state", "role": "signatory"},
                {"party": "p:mine", "role": "signatory"},
            ],
            "terms": [
                {"key": "transfer-of-risk", "value": "At the gate.", "borne_by": ["p:mine"]},
                {"key": "stabilization-clause", "value": "Ten years.", "borne_by": ["p:state"]},
            ],
            "charges": [
                {
                    "title": "road",
                    "paid_by": "user",
                    "rate": {"value": "12.50", "currency": "USD"},
                    "per": "tonne",
                    "expected": {"value": "900000", "currency": "USD"},
                    "since": "2026-07-01",
                    "until": "2031-06-30",
                }
            ],
        },
    ),
]
PINNED = ("libcovebods==0.16.0", "jsonschema==4.26.0")
JUDGE = """
import json, sys
from decimal import Decimal
import libcove2.common
libcove2.common.get_orgids_prefixes = lambda *a, **k: []
import libcovebods.config, libcovebods.data_reader, libcovebods.schema
from libcovebods.jsonschemavalidate import JSONSchemaValidator
import libcovebods.run_tasks as tasks
data = libcovebods.data_reader.DataReader(sys.argv[1])
config = libcovebods.config.LibCoveBODSConfig()
schema = libcovebods.schema.SchemaBODS(data, config)
faults = [str(e) for e in JSONSchemaValidator(schema).validate(data)]
further = tasks.process_additional_checks(data, config, schema)
print(json.dumps({"faults": faults, "further": further}, default=str))
"""
OCDS_JUDGE = """
import json, sys
from jsonschema import FormatChecker, validators
schema, data = (json.load(open(p)) for p in sys.argv[1:3])
check = validators.validator_for(schema)(schema, format_checker=FormatChecker())
print(json.dumps([e.message[:200] for r in data["releases"] for e in check.iter_errors(r)]))
"""


@pytest.fixture(scope="module")
def python(place: Path) -> Path:
    """A python of its own with the validators."""
    folder = place / "cove"
    venv.create(folder, with_pip=True)
    program = folder / "bin" / "python"
    done = subprocess.run(
        [program, "-m", "pip", "install", "-q", *PINNED],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"the validators of BODS do not install here: {done.stderr.strip()[-200:]}")
    return program


@pytest.fixture(scope="module")
def exports(place: Path) -> dict[str, Path]:
    """The public export of the demo book in both formats."""
    naming = Naming("example.org/d", "D", "party:register-keepers", "none", "k@example.org")
    book = create_book(None, naming)
    build(book, example_files())
    found = {}
    for name in ("ocds", "bods"):
        found[name] = place / f"{name}.json"
        with found[name].open("wb") as stream:
            export(view(book, "public", "2026-11-23"), name, stream)
    book.close()
    for name, module in (("ocds", ocds), ("bods", bods)):
        found[f"{name}-rich"] = place / f"{name}-rich.json"
        with found[f"{name}-rich"].open("wb") as stream:
            module.write(RICH, stream)
    return found


def judged(python: Path, code: str, *paths: Path) -> Any:
    done = subprocess.run(
        [python, "-c", code, *paths], capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def test_statements_pass_the_validator_of_bods_and_broken_ones_do_not(
    python: Path, exports: dict[str, Path], place: Path
) -> None:
    for name in ("bods", "bods-rich"):
        told = judged(python, JUDGE, exports[name])
        assert told["faults"] == []
        print("further checks:", json.dumps(told["further"])[:400], file=sys.stderr)
    statements = json.loads(exports["bods"].read_text("utf-8"))
    del statements[0]["recordDetails"]["entityType"]
    statements[1]["statementId"] = "short"
    broken = place / "broken.json"
    broken.write_text(json.dumps(statements), "utf-8")
    assert len(judged(python, JUDGE, broken)["faults"]) == 2


def test_releases_pass_the_schema_of_ocds(
    python: Path, exports: dict[str, Path], place: Path
) -> None:
    schema = os.environ.get("OREBOOK_OCDS_SCHEMA", "")
    if not schema:
        pytest.skip("the OCDS release schema is not here (OREBOOK_OCDS_SCHEMA names its file)")
    assert judged(python, OCDS_JUDGE, Path(schema), exports["ocds"]) == []
    assert judged(python, OCDS_JUDGE, Path(schema), exports["ocds-rich"]) == []
    package = json.loads(exports["ocds"].read_text("utf-8"))
    del package["releases"][0]["ocid"]
    broken = place / "broken-ocds.json"
    broken.write_text(json.dumps(package), "utf-8")
    assert judged(python, OCDS_JUDGE, Path(schema), broken) != []
