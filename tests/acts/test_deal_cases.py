"""Every check of the deal cases, as shared and as written into the project's form, is met."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from orebook.acts.case_run import run_fiscal, run_ladder
from orebook.model.problem import SenderError
from orebook.show.cases import fiscal_lines

ROOT = Path(__file__).resolve().parents[2]
WORKED = ROOT / "examples" / "deals"
SCHEMA = ROOT / "src" / "orebook" / "engines" / "fiscal" / "case.schema.json"
NAMES = [
    "eiti-contract-stocktake-2024", "gate-2025-three-year-mine", "guyane-gold-unit-tax",
    "headline-ladder", "indicator-functions", "reko-diq-carry", "reko-diq-economics",
    "reko-diq-terms", "reko-diq-waterfall", "saindak-2002-2022", "tanzania-twiga-2020",
    "toy-mine-1", "ukraine-us-fund-2025", "uncertainty-parameters", "wb-2006-copper-nsr",
]  # fmt: skip


def unmet(data: bytes, name: str) -> tuple[int, list[str]]:
    checks = run_fiscal(data, name, WORKED).checks
    return len(checks), [
        f"{c.id}: {c.outcome}: {c.why}; computed {c.computed}, expected {c.expected}"
        for c in checks
        if c.outcome != "met"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_shared_case_is_met_as_it_stands(name: str, cases: Path) -> None:
    data = (cases / "deals" / f"{name}.json").read_bytes()
    count, wrong = unmet(data, name)
    assert wrong == []
    assert count == len(json.loads(data)["checks"]) > 0


def test_no_shared_case_is_left_out(cases: Path) -> None:
    assert sorted(p.stem for p in (cases / "deals").glob("*.json")) == NAMES


@pytest.mark.parametrize("name", [*NAMES, "invented-mine"])
def test_the_case_written_into_the_project_is_met(name: str) -> None:
    count, wrong = unmet((WORKED / f"{name}.json").read_bytes(), name)
    assert wrong == []
    assert count > 0


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_into_the_project_says_what_the_shared_case_says(
    name: str, cases: Path
) -> None:
    given = json.loads((cases / "deals" / f"{name}.json").read_text("utf-8"))
    worked = json.loads((WORKED / f"{name}.json").read_text("utf-8"))
    assert worked["facts"] == given["facts"]
    kept = [{k: v for k, v in c.items() if k not in {"compute", "reads"}} for c in worked["checks"]]
    assert kept == given["checks"]


def changed(name: str, checks: dict[str, object], facts: dict[str, object]) -> bytes:
    case = json.loads((WORKED / f"{name}.json").read_text("utf-8"))
    shared = {
        "id": name,
        "facts": [{**f, "value": facts.get(f["key"], f["value"])} for f in case["facts"]],
        "checks": [
            {k: v for k, v in {**c, "expected": checks.get(c["id"], c["expected"])}.items()
             if k not in {"compute", "reads"}}
            for c in case["checks"]
        ],
    }  # fmt: skip
    return json.dumps(shared).encode()


def outcomes(data: bytes) -> dict[str, str]:
    return {c.id: c.outcome for c in run_fiscal(data, "changed", WORKED).checks}


def test_a_check_can_fail_and_follows_the_facts_of_the_file() -> None:
    assert outcomes(changed("reko-diq-terms", {"shares_sum": 101}, {}))["shares_sum"] == "not met"
    other = outcomes(changed("toy-mine-1", {}, {"royalty": 0.06}))
    assert other["free10"] == other["progressivity"] == "not met"
    assert other["conservation"] == "met"


def test_a_trap_that_is_not_there_is_not_flagged() -> None:
    right = changed("gate-2025-three-year-mine", {}, {"published_npv": 225.16})
    assert outcomes(right)["published_wrong"] == "not met"
    one = changed("reko-diq-economics", {}, {"phase1_cost_variants": [5570, 5570]})
    assert outcomes(one)["cost_variant_flag"] == "not met"


def test_a_collection_that_no_worked_case_knows_is_refused_with_its_place() -> None:
    with pytest.raises(SenderError) as refused:
        run_fiscal(b'{"id": "elsewhere", "facts": [], "checks": []}', "other.json", WORKED)
    assert refused.value.problems[0].place == "/id"


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "(1).__class__", "[x for x in [1]]", "open('x')", "lambda: 1", "9**9**9"],
)
def test_a_formula_runs_nothing_but_arithmetic(formula: str) -> None:
    case = {
        "format": "orebook-case/1",
        "checks": [{"id": "a", "compute": formula, "expected": 1, "tolerance": 0}],
    }
    (check,) = run_fiscal(json.dumps(case).encode(), "formula", WORKED).checks
    assert check.outcome == "untold"
    assert check.why


@pytest.mark.parametrize("name", [*NAMES, "invented-mine"])
def test_the_schema_in_the_package_takes_every_worked_case(name: str) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    case = json.loads((WORKED / f"{name}.json").read_text("utf-8"))
    assert [e.message for e in Draft202012Validator(schema).iter_errors(case)] == []


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    case = json.loads((WORKED / "invented-mine.json").read_text("utf-8"))
    case["terms"]["levies"][1]["rate"] = 1.5
    assert not validator.is_valid(case)
    case["terms"]["levies"][1]["rate"] = 0.5
    assert validator.is_valid(case)
    case["terms"]["windfall"] = {}
    assert not validator.is_valid(case)


def test_a_variant_can_replace_one_figure_of_a_list_and_rubbish_is_placed() -> None:
    case = json.loads((WORKED / "toy-mine-1.json").read_text("utf-8"))
    case["variants"] = {"tenth": {"/terms/levies/0/rate": 0.1}}
    case["checks"] = [
        {"id": "a", "compute": "run('tenth').lines.royalty[1]", "expected": 20, "tolerance": 0}
    ]
    assert [c.outcome for c in run_fiscal(json.dumps(case).encode(), "a", WORKED).checks] == ["met"]
    case["variants"] = []
    (check,) = run_fiscal(json.dumps(case).encode(), "a", WORKED).checks
    assert "/variants/tenth" in check.why
    case["facts"] = 5
    with pytest.raises(SenderError) as refused:
        run_fiscal(json.dumps(case).encode(), "a", WORKED)
    assert refused.value.problems[0].place == "/facts"


@pytest.mark.parametrize(
    ("at", "value"), [(("id",), 5), (("title",), {"p": 1}), (("facts", 0, "key"), ["x"])]
)
def test_names_that_are_no_text_are_refused_with_their_place(
    at: tuple[str | int, ...], value: object
) -> None:
    case = json.loads((WORKED / "headline-ladder.json").read_text("utf-8"))
    holder = case
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = value
    for run in (run_fiscal, run_ladder):
        with pytest.raises(SenderError) as told:
            run(json.dumps(case).encode(), "names", WORKED)
        assert told.value.problems[0].place == "/" + "/".join(map(str, at))


def test_a_figure_too_long_to_write_out_is_told_as_a_power_of_ten() -> None:
    case = json.loads((WORKED / "toy-mine-1.json").read_text("utf-8"))
    case["checks"] = [{"id": "a", "type": "derived", "compute": "1e40 + 1", "expected": 0}]
    answer = run_fiscal(json.dumps(case).encode(), "long", WORKED)
    assert answer.checks[0].outcome == "not met"
    assert any("e+40" in line for line in fiscal_lines(answer))
