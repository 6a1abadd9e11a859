"""Every command on a real folder: its words, its JSON, its streams, its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

PRODUCT = "lot:invented/ndpr-oxide"
SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"
LOT = b'{"kind": "lot", "fact": {"id": "lot:a", "mass": {"value": "1.50", "unit": "TNE"}}}\n'
BAD = b'{"kind": "lot", "fact": {"id": "lot:b", "mass": {"value": "-1", "unit": "TNE"}}}\n'


@pytest.fixture
def chain(made, orebook, chain_files) -> Path:
    assert orebook("capture", *chain_files, "--book", made).code == 0
    return made


def test_init_makes_a_folder_and_never_makes_it_twice(tmp_path, orebook) -> None:
    words = ("init", tmp_path / "b", "--origin", "x.example/b", "--title", "B", "--json")
    done = orebook(*words)
    assert (done.code, set(done.json)) == (0, {"folder", "head", "log_key"})
    assert done.json["head"]["size"] == 2
    assert (tmp_path / "b" / "book.toml").exists()
    assert (tmp_path / "b" / "keys" / "log.key").stat().st_mode & 0o077 == 0
    again = orebook(*words)
    assert again.code == 2
    assert again.err.count("\n") == 1


def test_capture_says_what_it_kept_and_refused(made, orebook, tmp_path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LOT + BAD)
    dry = orebook("capture", tmp_path / "a.jsonl", "--book", made, "--dry-run")
    assert dry.code == 4
    assert "1 lot, 1 document would be appended; 1 refused." in dry.out
    assert "a.jsonl, line 2, /fact/mass/value: expected" in dry.err
    none = orebook("capture", tmp_path / "a.jsonl", "--book", made, "--rollback")
    assert (none.code, "nothing appended; 1 refused." in none.out) == (4, True)
    assert orebook("lots", "--book", made, "--json").json == []
    kept = orebook("capture", tmp_path / "a.jsonl", "--book", made)
    assert kept.code == 4
    assert "appended as entries 2 to 4; 1 refused." in kept.out
    again = orebook("capture", tmp_path / "a.jsonl", "--book", made)
    assert "nothing appended; 1 already in the book; 1 refused." in again.out


def test_many_files_are_told_of_one_by_one_in_their_order(made, orebook, tmp_path) -> None:
    names = [f"{n}.jsonl" for n in range(9)]
    for number, name in enumerate(names):
        lot = LOT.replace(b"lot:a", b"lot:%d" % number)
        (tmp_path / name).write_bytes(lot + (BAD if number == 4 else b""))
    done = orebook("capture", *(tmp_path / name for name in names), "--book", made)
    assert done.code == 4
    assert [line.split()[0] for line in done.out.splitlines()] == names
    assert done.out.count("1 lot, 1 document appended as entries") == 9
    assert "4.jsonl, line 2, /fact/mass/value: expected" in done.err
    assert len(orebook("lots", "--book", made, "--json").json) == 9
    (tmp_path / "5.jsonl").write_bytes(LOT * 50)
    files = [tmp_path / name for name in names]
    large = orebook("capture", *files, "--book", made, "--limit", "2000")
    assert large.code == 4
    assert "expected at most 2000 bytes" in large.err
    assert large.out.count("1 already in the book") == 8


def test_capture_as_json_has_stable_members(made, orebook, tmp_path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LOT + BAD)
    (told,) = orebook("capture", tmp_path / "a.jsonl", "--book", made, "--json").json
    assert set(told) == {
        "name", "format", "document", "appended", "already_in_the_book", "problems", "receipt",
        "dry_run",
    }  # fmt: skip
    assert set(told["receipt"]) == {"first", "last", "head"}
    assert set(told["receipt"]["head"]) == {"origin", "size", "root"}
    (problem,) = told["problems"]
    assert set(problem) == {"code", "file", "place", "expected", "found", "next_step"}


def test_capture_reads_stdin_and_export_writes_stdout(made, orebook) -> None:
    done = orebook("capture", "-", "--format", "jsonl", "--book", made, stdin=LOT)
    assert done.out.startswith("stdin (jsonl): 1 lot, 1 document appended")
    out = orebook("export", "--kind", "lot", "--book", made)
    row = json.loads(out.data)
    assert row["fact"]["mass"] == {"value": "1.50", "unit": "TNE"}
    assert row["author"] == "operator:test.example/cli"
    back = orebook("capture", "-", "--book", made, stdin=out.data)
    assert "nothing appended; 1 already in the book." in back.out


def test_capture_goes_on_after_a_document_refused_whole(made, orebook, tmp_path) -> None:
    (tmp_path / "large.jsonl").write_bytes(LOT * 50)
    (tmp_path / "rubbish.bin").write_bytes(bytes(range(256)))
    (tmp_path / "a.jsonl").write_bytes(LOT)
    names = [tmp_path / n for n in ("large.jsonl", "rubbish.bin", "a.jsonl")]
    done = orebook("capture", *names, "--book", made, "--limit", 200, "--json")
    assert done.code == 4
    assert [len(t["problems"]) for t in done.json] == [1, 1, 0]
    assert done.json[0]["problems"][0]["code"] == "too-large"
    assert done.json[2]["appended"]["lot"] == 1


def test_capture_takes_an_author(made, orebook) -> None:
    orebook("capture", "-", "--book", made, "--author", "party:mine", stdin=LOT)
    row = json.loads(orebook("export", "--kind", "lot", "--book", made).data)
    assert row["author"] == "party:mine"


def test_export_writes_a_file_and_leaves_it_alone_when_refused(chain, orebook, tmp_path) -> None:
    out = tmp_path / "events.jsonl"
    assert orebook("export", "--kind", "event", "--out", out, "--book", chain).code == 0
    before = out.read_bytes()
    assert before.count(b"\n") == 16
    refused = orebook("export", "--format", "nonsense", "--out", out, "--book", chain)
    assert (refused.code, out.read_bytes()) == (2, before)
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_lots_lot_and_trace(chain, orebook) -> None:
    listed = orebook("lots", "--book", chain)
    assert PRODUCT in listed.out
    rows = orebook("lots", "--book", chain, "--json").json
    assert len(rows) == 19
    assert all({"id", "label", "mass", "events", "assays", "statements"} <= set(r) for r in rows)
    one = orebook("lot", PRODUCT, "--book", chain)
    assert "neodymium-praseodymium oxide" in one.out
    told = orebook("lot", PRODUCT, "--book", chain, "--json").json
    assert {"id", "stated", "assays", "made_by", "used_by", "head", "as_of"} <= set(told)
    tree = orebook("trace", PRODUCT, "--book", chain)
    for name in ("north mine", "south mine", "Blended concentrate"):
        assert name in tree.out
    near = orebook("trace", PRODUCT, "--steps", 1, "--book", chain)
    assert "more events touch these lots" in near.out
    lineage = orebook("trace", PRODUCT, "--book", chain, "--json").json
    assert {"lot", "lots", "events", "cut", "as_of", "head"} == set(lineage)
    assert min(step["distance"] for step in lineage["lots"]) == -5
    forward = orebook("trace", "lot:invented/north-rom", "--no-back", "--book", chain)
    assert "NdPr oxide" in forward.out
    assert "came from" not in forward.out


def test_balance_of_a_chain_that_adds_up(chain, orebook) -> None:
    done = orebook("balance", "--lot", PRODUCT, "--book", chain)
    assert (done.code, "Nd: adds up" in done.out) == (0, True)
    told = orebook("balance", "--lot", PRODUCT, "--book", chain, "--json").json
    assert set(told) == {"network", "findings", "problems"}
    (finding,) = told["findings"]
    assert (finding["verdict"], finding["version"]) == ("adds_up", "balance/1")
    # The joint engine takes every weighing and assay of the chain, not those beside the lot alone.
    whole = told["network"]
    assert (whole["engine"], whole["verdict"], whole["dof"]) == ("reconcile/1", "adds_up", 38)
    assert whole["head"]["size"] == finding["head"]["size"]
    assert any("north-rom" in edge for edge in whole["reconciled"])
    assert "Provisional: computed from the first" in done.out
    assert max(map(len, done.out.splitlines())) <= 100


def test_balance_codes_tell_the_three_verdicts_apart(made, orebook, smelter_files) -> None:
    orebook("capture", *smelter_files, "--book", made)
    assert orebook("balance", "--event", SMELT, "--book", made).code == 3
    said = orebook("balance", "--event", SMELT, "--assume", "as-written", "--book", made)
    assert said.code == 1
    assert "assumed: Where no doubt is stated" in said.out
    wrong = orebook("balance", "--event", SMELT, "--assume", "by magic", "--book", made)
    assert wrong.code == 2
    assert "no assumption this engine knows" in wrong.err


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_balance_of_a_pasted_table_needs_no_book(mark, orebook, tmp_path) -> None:
    table = "stream,mass,Cu\nfeed,100 t,1.2 %\nconcentrate,3.9 t,27 %\ntails,96.1 t,0.15 %\n"
    done = orebook("balance", "--table", "-", stdin=table.replace(",", mark).encode())
    assert (done.code, "87.99" in done.out) == (3, True)
    (tmp_path / "t.csv").write_text(table)
    told = orebook("balance", "--table", tmp_path / "t.csv", "--assume", "relative:1%", "--json")
    assert told.code == 0
    assert told.json["findings"][0]["assumptions"]


def test_a_table_with_faults_names_row_and_column(orebook) -> None:
    table = b"stream,mass t,Cu\nfeed,100,130 %\nconcentrate,many,27 %\ntails,96.1,0.15 %\n"
    done = orebook("balance", "--table", "-", stdin=table)
    assert done.code == 4
    assert 'row 2, column "Cu": expected 0 to 100 %' in done.err
    assert 'row 3, column "mass t": expected a number' in done.err
    assert orebook("balance", "--table", "-", stdin=b"\xff\xfe").code == 4
    assert orebook("balance", "--table", "-", stdin=b"").code == 4
    assert orebook("balance", "--table", "-", stdin=b"x" * (2 << 20)).code == 4


def test_a_balance_with_nothing_to_weigh_cannot_be_told(made, orebook) -> None:
    done = orebook("balance", "--book", made)
    assert done.code == 3
    assert "nothing to weigh" in done.out


def test_audit_and_rebuild(chain, orebook) -> None:
    sound = orebook("audit", "--book", chain)
    assert (sound.code, "Sound." in sound.out) == (0, True)
    told = orebook("audit", "--book", chain, "--json").json
    assert set(told) == {"sound", "origin", "head", "checked", "differences", "witnesses"}
    again = orebook("rebuild", "--book", chain, "--json")
    assert (again.code, again.json["rebuilt"]) == (0, True)
    assert orebook("audit", "--book", chain).out == sound.out


def test_audit_names_the_entry_whose_byte_was_changed(chain, orebook) -> None:
    bundles = (chain / "public" / "tile" / "entries").rglob("*.p/*")
    bundle = max(bundles, key=lambda path: int(path.name))
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.chmod(0o644)
    bundle.write_bytes(data)
    done = orebook("audit", "--book", chain)
    assert done.code == 1
    assert "NOT SOUND" in done.out
    told = orebook("audit", "--book", chain, "--json").json
    assert told["sound"] is False
    assert isinstance(told["differences"][0]["entry"], int)


def test_the_book_is_found_through_the_environment_or_here(
    chain, orebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OREBOOK", str(chain))
    assert PRODUCT in orebook("lots").out
    monkeypatch.delenv("OREBOOK")
    monkeypatch.chdir(chain)
    assert PRODUCT in orebook("lots").out


def test_an_earlier_day_and_the_public_reader(chain, orebook) -> None:
    early = orebook("lots", "--as-of", "2001-01-01", "--book", chain)
    assert early.code == 2
    assert "no entry as early as 2001-01-01" in early.err
    public = orebook("lot", PRODUCT, "--reader", "public", "--book", chain)
    assert public.code == 0


def test_demo_prints_the_same_twice_and_serves_nothing_unasked(tmp_path, orebook) -> None:
    first = orebook("demo", tmp_path / "demo", "--no-serve")
    again = orebook("demo", tmp_path / "demo", "--no-serve")
    assert (first.code, again.code) == (0, 0)
    assert first.data == again.data
    assert "a gap of 999" in first.out
    as_json = [orebook("demo", tmp_path / "demo", "--no-serve", "--json").data for _ in range(2)]
    assert as_json[0] == as_json[1]
    told = json.loads(as_json[0])
    assert told["smelter"]["verdict"] == "cannot_be_told"
    assert told["scrap"]["verdict"] == "covered_only_if_dry"


def test_deals_are_listed_and_shown(tmp_path, orebook) -> None:
    orebook("demo", tmp_path / "demo", "--no-serve")
    rows = orebook("deal", "--book", tmp_path / "demo", "--json").json
    assert {"id", "title", "instrument", "signed"} == set(rows[0])
    assert "agreement:fwo-ussm-mou" in orebook("deal", "--book", tmp_path / "demo").out
    one = orebook("deal", "agreement:fwo-ussm-mou", "--book", tmp_path / "demo")
    assert "not found: 20" not in one.err
    assert "no public text found" in one.out
    told = orebook("deal", "agreement:fwo-ussm-mou", "--book", tmp_path / "demo", "--json").json
    assert {"id", "clock", "comparators", "voices", "groups", "questions", "head"} <= set(told)


def test_a_deal_is_laid_open_compared_and_asked_about(tmp_path, orebook) -> None:
    orebook("demo", tmp_path / "demo", "--no-serve")
    book = ("--book", tmp_path / "demo")
    told = orebook("deal", "agreement:fwo-ussm-mou", *book, "--json").json
    cells = {c["code"]: c for c in told["disclosure"]["items"]}
    assert cells["2.4"]["state"] == "not_found"
    assert cells["2.4"]["applies"] == "if_it_does"
    assert "c037" in cells["2.4"]["claims"]
    assert told["disclosure"]["grants_rights"]["answer"] == "unknown"
    assert ["c013", "c014", "c015", "c016", "c017"] in [
        g["claim_ids"] for g in told["contradictions"]
    ]
    assert "verified" not in {s["status"] for s in told["statuses"]}
    verdicts = {p["component"]: p["verdict"] for p in told["promises"]}
    assert verdicts["jobs"] == "not_measurable"
    assert verdicts["facility"] == "cannot_be_told"
    assert [h["subject"] for h in told["headlines"]] == ["c114", "c113", "c112", "c111"]
    said = orebook("deal", "agreement:fwo-ussm-mou", *book).out
    assert "[c111]: backed share of the headline 2.987" in said.replace("\u202f", " ")
    other = "agreement:ukraine-us-fund-2025"
    changes = orebook("deal", "compare", "agreement:fwo-ussm-mou", other, *book, "--json").json
    assert {c["state"] for c in changes["changes"]} >= {"added", "cannot_be_told"}
    asked = orebook("deal", "ask", "agreement:fwo-ussm-mou", "--first", "4", *book)
    assert asked.out.count("To ask the minister responsible") == 4
    assert "EITI Standard 2023, 2.4 (required); cites c037" in asked.out
    missing = orebook("deal", "compare", "agreement:fwo-ussm-mou", "nothing", *book)
    assert missing.code == 2
    assert 'no agreement "nothing"; it has agreement:fwo-ussm-mou' in missing.err


def test_serve_tells_its_address_answers_and_stops(chain) -> None:
    program = Path(sys.executable).with_name("orebook")
    served = subprocess.Popen(
        [program, "serve", "--book", chain, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert served.stdout is not None
        lines = b""
        while not lines.rstrip().endswith(b"}"):
            line = served.stdout.readline()
            assert line, served.communicate()[1]
            lines += line
        url = json.loads(lines)["url"]
        with urllib.request.urlopen(url, timeout=20) as page:
            assert page.status == 200
            assert b"A book" in page.read()
    finally:
        served.send_signal(signal.SIGINT)
        _, err = served.communicate(timeout=20)
    assert served.returncode == 0, err
    assert b"Traceback" not in err
