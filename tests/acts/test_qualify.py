"""Rules asked of a book's lots, and of a chain without a book."""

from __future__ import annotations

import io
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from orebook.acts import packs
from orebook.acts.capture import capture
from orebook.cli.qualify import qualify
from orebook.wiring import Naming, create_book

SCHEMA = json.loads(files("orebook.engines.rules").joinpath("schemas", "verdict.json").read_text())

LINE = json.loads(
    files("orebook.engines.rules").joinpath("schemas", "verdict_line.json").read_text()
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from orebook.cli.demo import demo as build

    folder = tmp_path_factory.mktemp("qualify") / "book"
    done = CliRunner().invoke(build, [str(folder), "--no-serve"])
    assert done.exit_code == 0, done.output
    return folder


def ask(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(qualify, list(words), catch_exceptions=False)
    return done.exit_code, done.output


def test_a_lot_of_the_demo_under_every_pack_is_in_line_with_the_schema(demo: Path) -> None:
    words = ("lot:invented/ndpr-oxide", "--book", str(demo), "--on", "2027-01-02", "--json")
    code, text = ask(*words)
    answers = json.loads(text)
    assert {a["verdicts"][0]["pack"] for a in answers} == set(packs.names())
    for answer in answers:
        jsonschema.validate(answer, SCHEMA)
        assert answer["head"]["size"] > 0
    assert code == 3
    assert ask(*words) == (code, text)


def test_every_lot_at_once_is_answered_as_each_one_alone(demo: Path) -> None:
    words = ("--book", str(demo), "--on", "2027-01-02", "--branch", "*")
    done = CliRunner().invoke(qualify, ["--all", *words], catch_exceptions=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        jsonschema.validate(line, LINE)
    assert len({line["lot"] for line in lines}) > 20
    assert done.exit_code == (1 if any(li["outcome"] == "refuted" for li in lines) else 3)
    by_lot: dict[str, dict[tuple[str, str], dict[str, object]]] = {}
    for line in lines:
        by_lot.setdefault(line["lot"], {})[line["pack"], line["branch"]] = line
    for lot in ("lot:invented/ndpr-oxide", min(by_lot), max(by_lot)):
        alone = json.loads(ask(lot, *words, "--json")[1])
        verdicts = [v for answer in alone for v in answer["verdicts"]]
        assert len(verdicts) == len(by_lot[lot])
        for verdict in verdicts:
            line = by_lot[lot][verdict["pack"], verdict["branch"]]
            for name in ("pack_digest", "as_of", "outcome", "next_change"):
                assert line[name] == verdict[name]
            assert line["rules"] == [
                {k: r[k] for k in ("rule", "status", "applies", "outcome", "value", "exemption",
                                   "next_change")}
                | {"missing": sorted({gap["what"] for gap in r["missing"]})}
                for r in verdict["rules"]
            ]  # fmt: skip


def test_all_lots_and_one_lot_are_not_asked_for_together(demo: Path) -> None:
    done = CliRunner().invoke(qualify, ["lot:a", "--all", "--book", str(demo)])
    assert done.exit_code == 2
    assert "--all takes no lot, no chain and no --out" in done.output


def test_an_oxide_has_no_magnet_stages_and_the_missing_are_named(demo: Path) -> None:
    code, text = ask(
        "lot:invented/ndpr-oxide", "--book", str(demo), "--rules", "us-dfars-7052",
        "--on", "2027-01-02", "--branch", "*",
    )  # fmt: skip
    assert code == 3
    assert "missing: step of stage alloy or make of event:invented/north-mine" in text
    assert "sulfuric" not in text
    assert "The answer is the same under every branch." in text


def test_the_heading_of_the_oxide_is_that_of_rare_earth_compounds(demo: Path) -> None:
    _, text = ask(
        "lot:invented/ndpr-oxide", "--book", str(demo), "--rules", "hs-classification", "--json"
    )
    rules = {r["rule"]: r for r in json.loads(text)[0]["verdicts"][0]["rules"]}
    assert rules["INT-HS-REE-oxide"]["applies"] == "proved"
    assert rules["INT-HS-REE-oxide"]["verified"] is None
    assert rules["INT-HS-REE-oxide"]["outcome"] == "unknown"
    assert rules["INT-HS-Sb-concentrate"]["value"] == "does not apply"


def test_a_chain_needs_no_book(tmp_path: Path) -> None:
    chain = tmp_path / "chain.json"
    chain.write_text(
        json.dumps(
            {
                "lot": "magnet",
                "elements": ["Nd"],
                "steps": [
                    {"id": "m", "stage": "mine", "country": "CN"},
                    {"id": "s", "stage": "separate_smelt", "country": "MY", "feeds": ["m"]},
                    {"id": "a", "stage": "alloy", "country": "JP", "feeds": ["s"]},
                ],
                "last": ["a"],
            }
        )
    )
    words = ("--chain", str(chain), "--rules", "us-dfars-7052", "--on")
    assert ask(*words, "2026-12-31")[0] == 0
    assert ask(*words, "2027-01-01")[0] == 1


def test_whatever_goes_in_changes_the_hash_of_what_went_in(tmp_path: Path) -> None:
    chain = tmp_path / "chain.json"
    seen = set()
    for owners in ({}, {"a": {"state": "0.2"}}, {"a": {"state": "0.3"}}):
        chain.write_text(json.dumps({"lot": "l", "elements": ["Nd"], "owners": owners}))
        _, text = ask(
            "--chain", str(chain), "--rules", "us-45x-macr", "--on", "2026-08-01", "--json"
        )
        seen.add(json.loads(text)[0]["inputs"])
    assert len(seen) == 3


def test_a_branch_or_pack_that_is_not_there_is_named(tmp_path: Path) -> None:
    chain = tmp_path / "chain.json"
    chain.write_text('{"lot": "l"}')
    with pytest.raises(Exception, match="has no branch nowhere; it has: fy27-ndaa-s1803"):
        ask("--chain", str(chain), "--rules", "us-dfars-7052", "--branch", "nowhere")
    with pytest.raises(Exception, match="no pack is called nowhere"):
        ask("--chain", str(chain), "--rules", "nowhere")


def test_the_papers_of_a_lots_shipment_are_evidence_while_they_are_valid(tmp_path: Path) -> None:
    from orebook.cli.book import init
    from orebook.cli.capture import capture

    rows = [
        {
            "kind": "lot",
            "fact": {"id": "lot:a", "form": "concentrate", "country": "PK", "stage": "mine"},
        },
        {"kind": "shipment", "fact": {"id": "ship:1", "lots": ["lot:a"]}},
        {
            "kind": "trade_paper",
            "fact": {
                "id": "paper:permit",
                "kind": "export_permit",
                "shipment": "ship:1",
                "valid_from": "2026-01-01",
                "valid_until": "2026-06-30",
            },
        },
    ]
    book, facts = tmp_path / "book", tmp_path / "facts.jsonl"
    facts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = CliRunner()
    assert run.invoke(init, [str(book), "--origin", "t.example/b", "--title", "T"]).exit_code == 0
    done = run.invoke(capture, [str(facts), "--book", str(book)])
    assert done.exit_code == 0, done.output

    def permit(day: str) -> dict[str, Any]:
        words = ("lot:a", "--book", str(book), "--rules", "origin-papers", "--on", day, "--json")
        rules = json.loads(ask(*words)[1])[0]["verdicts"][0]["rules"]
        found: dict[str, Any] = {r["rule"]: r for r in rules}["INT-ORIGIN-permit"]
        return found

    valid, late = permit("2026-06-30"), permit("2026-07-01")
    assert [w["step"] for w in valid["witness"]] == ["paper:permit"]
    assert re.fullmatch("[0-9a-f]{64}#0", valid["witness"][0]["entry"])
    assert [gap["about"] for gap in late["missing"]] == ["paper:permit"]
    assert late["witness"] == []


def test_a_number_in_a_chain_is_no_name(tmp_path: Path) -> None:
    chain = tmp_path / "chain.json"
    chain.write_text('{"lot": "l", "steps": [{"id": "7"}], "last": [7]}')
    with pytest.raises(Exception, match=r"/last/0: expected a name, text"):
        ask("--chain", str(chain), "--rules", "us-uflpa")


def test_missing_facts_say_what_mass_they_cover(tmp_path: Path) -> None:
    """1 t of which no mine is known and 3 t of a known one, blended, a tenth of it as the lot."""
    rows: list[tuple[str, dict[str, object]]] = [
        ("facility", {"id": "plant:m", "name": "M", "country": "PK"})
    ]
    for name, mass in (("a", "1"), ("b", "3"), ("mix", "4")):
        dry = {"value": mass, "unit": "TNE", "basis": "dry", "doubt": {"kind": "exact"}}
        grade = {"value": "50", "unit": "P1", "doubt": {"kind": "exact"}}
        result = {"substance": "Sb", "grade": grade}
        assay = {"id": f"assay:{name}", "lot": f"lot:{name}", "basis": "dry", "results": [result]}
        rows += [("lot", {"id": f"lot:{name}", "mass": dry}), ("assay", assay)]
    rows += [
        ("event", {"id": "event:a", "kind": "mine", "outputs": [{"lot": "lot:a"}]}),
        ("event", {"id": "event:b", "kind": "mine", "facility": "plant:m",
                   "outputs": [{"lot": "lot:b"}]}),
        ("event", {"id": "event:mix", "kind": "blend", "outputs": [{"lot": "lot:mix"}], "inputs": [
            {"lot": f"lot:{n}", "mass": {"value": m, "unit": "TNE", "basis": "dry",
                                         "doubt": {"kind": "exact"}}}
            for n, m in (("a", "1"), ("b", "3"))]}),
    ]  # fmt: skip
    made = create_book(tmp_path / "b", Naming("t.example/cover", "T"))
    data = "".join(json.dumps({"kind": k, "fact": f}) + "\n" for k, f in rows).encode()
    assert capture(made, io.BytesIO(data), "facts.jsonl").problems == ()
    made.close()
    words = ("lot:mix", "--book", str(tmp_path / "b"), "--rules", "us-uflpa")
    code, told = ask(*words, "--on", "2027-01-02", "--json")
    assert code == 3
    jsonschema.validate(json.loads(told)[0], SCHEMA)
    gaps = {
        (g["what"], g["about"]): g["covers"]
        for rule in json.loads(told)[0]["verdicts"][0]["rules"]
        for g in rule["missing"]
    }
    assert gaps["country", "event:a"] == {
        "share": {"low": "0.25", "high": "0.25"},
        "kg": {"dry": {"low": "1000", "high": "1000"}, "Sb": {"low": "500", "high": "500"}},
    }
    text = ask(*words, "--on", "2027-01-02")[1]
    assert "missing: country of event:a" in text
    assert "it covers 25.0\u202f% of the lot (1\u202f000\u00a0kg dry, 500\u00a0kg Sb)" in text


def test_the_list_of_packs_tells_clause_status_and_dates() -> None:
    words = (
        "--list",
        "--rules",
        "us-dfars-7052",
        "--rules",
        "cn-rare-earths",
        "--on",
        "2026-11-25",
    )
    code, text = ask(*words)
    assert code == 0
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    rows = {line[0]: line[1:] for line in lines if line[0].startswith(("US-", "CN-"))}
    assert rows["US-DFARS-7052-A"][:3] == ["in_force", "2026-12-31", "2026-12-31"]
    assert rows["US-DFARS-7052-B"][:3] == ["not yet", "-", "2027-01-01"]
    assert rows["CN-61-2025-value"][:2] == ["suspended", "2027-01-10"]
    listed = json.loads(ask(*words, "--json")[1])
    (step_b,) = [r for r in listed[0]["rules"] if r["id"] == "US-DFARS-7052-B"]
    assert step_b["force"][0]["source"]
    assert step_b["clause"].startswith("DFARS 252.225-7052(b)")
    assert {p["id"] for p in json.loads(ask("--list", "--json")[1])} == set(packs.names())
