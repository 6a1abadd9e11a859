"""Every link inside the project leads somewhere; the page of commands is the commands' own help."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orebook.cli import manual

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)
PAGES = sorted(
    p.relative_to(ROOT).as_posix()
    for folder in ("", "docs", "examples", "bench")
    for p in ((ROOT / folder).rglob("*.md") if folder else ROOT.glob("*.md"))
)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(page.read_text("utf-8"))
    }


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_project_leads_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for target in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        if not found.exists() or (
            anchor and found.suffix == ".md" and anchor not in anchors(found)
        ):
            broken.append(target)
    assert broken == []


def test_the_page_of_commands_is_their_help() -> None:
    stored = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    step = "write it again: python -m orebook.cli.manual > docs/reference/cli.md"
    command = [sys.executable, "-m", "orebook.cli.manual"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert stored == printed, step


# A word of an example → what stands for it in the demo book. LOT, DEAL and so on are the reader's.
WORDS = {
    "LOT": "lot:invented/ndpr-oxide",
    "AGREEMENT": "agreement:fwo-ussm-mou",
    "SHIPMENT": "shipment:invented/north-concentrate",
    "my-book": "book",
    "BUYER": "party:invented/chemical-works",
}


# What these show needs a running peer, another party's key or a record made for it, or runs until
# it is stopped: tests beside those commands run it.
ELSEWHERE = {
    "serve",
    "member",
    "token",
    "verify",
    "sign",
    "keys",
    "reveal",
    "erase",
    "take-down",
    "witness",
    "stamp",
    "recover",
    "issue",
    "mirror",
    "move",
}


def examples() -> list[str]:
    """Each line of each help that is a command and can be run in a demo book as it stands."""
    lines = []
    for context in manual.every():
        name = context.command_path.split()[1]
        text = (context.command.help or "").partition("\b")[2]
        mine = [line.strip() for line in text.splitlines() if "orebook " in line]
        # Who seals for a party, or brings a key, is tried by the tests of sealing and of the audit.
        apart = (" --seal ", " --key ")
        lines += [
            line
            for line in mine
            if name not in ELSEWHERE and not any(word in line for word in apart)
        ]
    assert len(lines) > 15
    return lines


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a demo book and the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    run(folder, "orebook demo book --no-serve")
    chain = ROOT / "examples" / "rare-earth-chain"
    shutil.copyfile(chain / "shipment-sheet.csv", folder / "shipment.csv")
    shutil.copyfile(chain / "events.jsonl", folder / "facts.jsonl")
    deals = ROOT / "examples" / "deals"
    shutil.copyfile(deals / "invented-mine.json", folder / "mine.json")
    shutil.copyfile(deals / "reko-diq-waterfall.json", folder / "deposit.json")
    for name in ("terms.json", "assays.json"):
        shutil.copyfile(ROOT / "examples" / "settlement" / name, folder / name)
    shutil.copyfile(ROOT / "examples" / "first-shipment" / "claims.csv", folder / "claims.csv")
    text = ROOT / "examples" / "offtake-agreement" / "text.txt"
    shutil.copyfile(text, folder / "contract.txt")
    shutil.copytree(ROOT / "examples" / "market", folder / "market")
    shutil.copyfile(ROOT / "examples" / "shipment-papers" / "papers.csv", folder / "papers.csv")
    (folder / "results.csv").write_text("Identifier,Lot,Cu (%)\ns1,lot:1,24.3\n")
    (folder / "results.toml").write_text(
        'to = "assays"\n[columns]\nIdentifier = "id"\nLot = "lot"\n"Cu (%)" = "Cu (%)"\n'
    )
    (folder / "streams.csv").write_text(
        "stream,mass t,Cu %\nfeed,100,1.2\nconcentrate,3.9,27\ntails,96.1,0.15\n"
    )
    (folder / "transfers.csv").write_text(
        "from,to,dry_t,sd_dry_t\nboundary,mill,100,1\nmill,boundary,3.9,0.04\n"
        "mill,boundary,96.1,1\n"
    )
    (folder / "network.json").write_text(
        '{"nodes": [{"node": 1, "inputs": [1], "outputs": [2, 3]}],'
        ' "measured": [100, 3.9, 96.1], "sigma": [1, 0.04, 1]}'
    )
    (folder / "flows.csv").write_text(
        "from,to,mass,mine\na,lot:invented/ndpr-oxide,3,Mine A\nb,lot:invented/ndpr-oxide,1,B\n"
    )
    (folder / "MCS2026_World_Data.csv").write_text(
        "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes\n"
        "ANTIMONY,World Mine Production and Reserves,Antimony,China,Production,Mine production,"
        'metric tons,2025,"40,000",\n'
    )
    (folder / "covered.json").write_text('{"country": ["AU"]}')
    (folder / "events.json").write_text(
        '{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],'
        ' "type": "EPCISDocument", "schemaVersion": "2.0",'
        ' "creationDate": "2026-01-01T00:00:00Z", "epcisBody": {"eventList": [{"type":'
        ' "ObjectEvent", "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00",'
        ' "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"]}]}}'
    )
    return folder


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    kept = {k: v for k, v in os.environ.items() if k.startswith("PYTHON")}
    return subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env={**kept, "PATH": path, "OREBOOK": "book"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def first_of_each_command() -> list[Any]:
    """The examples; `make test` runs the first of each command, `make proof` the others."""
    told: set[str] = set()
    found: list[Any] = []
    for line in examples():
        command = line.partition("orebook ")[2].split()[0]
        found.append(line if command not in told else pytest.param(line, marks=pytest.mark.proof))
        told.add(command)
    return found


@pytest.mark.parametrize("line", first_of_each_command())
def test_every_example_of_a_help_runs(line: str, demo: Path) -> None:
    if "DOCUMENT" in line:
        captured = run(demo, "orebook capture events.json --json")
        line = line.replace("DOCUMENT", captured.stdout.split('"document": "')[1].split('"')[0])
    if "orebook init" in line:
        line = line.replace("my-book", "new-book", 1)
    line = re.sub(r"--as-of \S+", f"--as-of {dt.datetime.now(dt.UTC).date()}", line)
    for word, real in WORDS.items():
        line = re.sub(rf"(?<![\w./-]){word}(?![\w./-])", shlex.quote(real), line)
    done = run(demo, line)
    # Exit codes that are answers: it does not add up, or it cannot be told.
    answers = {
        "balance": {0, 1, 3},
        "qualify": {0, 1, 3},
        "papers": {0, 1, 3},
        "contradictions": {0, 1, 3},
        "plausible": {0, 1, 3},
        "claims check": {0, 1},
    }
    allowed = next((codes for word, codes in answers.items() if word in line), {0})
    assert done.returncode in allowed, f"{line}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
