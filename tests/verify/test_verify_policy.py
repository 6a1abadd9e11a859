"""A reader's policy: the book, the one file, the script and the page say the same of witnesses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import orebook
import system
from orebook.acts.standalone import NAME, standalone
from orebook.acts.verify import trust
from orebook.log import receipt
from orebook.log.errors import LogError
from orebook.log.policy import parse_policy

_STATIC = Path(orebook.__file__).parent / "web" / "static"
_NODE = shutil.which("node")
_RUN = """
const { readFileSync } = require("node:fs");
globalThis.crypto ??= require("node:crypto").webcrypto;
for (const file of process.argv.slice(1)) {
  require("node:vm").runInThisContext(readFileSync(file, "utf8"));
}
(async () => {
  const [cases, bad] = JSON.parse(readFileSync(0, "utf8"));
  for (const [data, key, policy] of cases) {
    const trust = await OrebookVerify.readTrust(key, "", policy);
    const verdict = await OrebookVerify.check(Uint8Array.from(Buffer.from(data, "hex")), trust);
    console.log(JSON.stringify(verdict));
  }
  for (const policy of bad) {
    const asked = OrebookVerify.readTrust("", "", policy);
    const told = await asked.then(() => "", (error) => error.place);
    console.log(JSON.stringify(told ?? null));
  }
})();
"""


def _same(outcome: str, place: str, lines: list[str], case: Any) -> None:
    assert outcome == case.outcome, (case.name, place, lines)
    assert place.startswith(case.place), (case.name, place)
    assert bool(place) == bool(case.place), (case.name, place)
    assert case.said in "\n".join(lines), (case.name, lines)


def test_the_book_says_what_a_policy_asks(policy_cases: Any, tmp_path: Path) -> None:
    for case in policy_cases:
        path = tmp_path / "policy"
        path.write_text(case.policy, "utf-8")
        verdict = receipt.check(case.data, trust(case.key, policy=path))
        place = "" if verdict.refusal is None else verdict.refusal.place
        _same(verdict.outcome, place, [*verdict.proved, *verdict.not_checked], case)


def test_every_bad_policy_is_refused(bad_policies: dict[str, str]) -> None:
    for name, text in bad_policies.items():
        with pytest.raises(LogError):
            print(name, parse_policy(text.encode()))


def test_the_one_file_counts_witnesses_alone(policy_cases: Any, tmp_path: Path) -> None:
    """Run by itself: `python -I`, the folder of the test its only world."""
    (tmp_path / NAME).write_text(standalone(), "utf-8")
    codes = {"proved": 0, "refused": 1, "undecided": 3}
    for case in policy_cases[:: len(policy_cases) // 5]:
        (tmp_path / "r.json").write_bytes(case.data)
        (tmp_path / "policy").write_text(case.policy, "utf-8")
        key = ["--key", case.key] if case.key else []
        done = subprocess.run(
            [sys.executable, "-I", NAME, "r.json", "--policy", "policy", *key],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == codes[case.outcome], (case.name, done.stdout)
        assert case.said in done.stdout, case.name


@pytest.mark.skipif(_NODE is None, reason="Node.js is not installed (apt-get install -y nodejs)")
def test_the_script_says_the_same(policy_cases: Any, bad_policies: dict[str, str]) -> None:
    given = [[case.data.hex(), case.key, case.policy] for case in policy_cases]
    files = [str(_STATIC / name) for name in ("verify_policy.js", "verify.js")]
    done = subprocess.run(
        [str(_NODE), "--no-warnings", "-e", _RUN, *files],
        input=json.dumps([given, list(bad_policies.values())]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(policy_cases) + len(bad_policies)
    for case, verdict in zip(policy_cases, told, strict=False):
        place = (verdict["refusal"] or {"place": ""})["place"]
        _same(verdict["outcome"], place, [*verdict["proved"], *verdict["notChecked"]], case)
    for name, place in zip(bad_policies, told[len(policy_cases) :], strict=True):
        assert place, name


@pytest.mark.browser
def test_the_page_counts_witnesses_with_the_network_cut(policy_cases: Any, tmp_path: Path) -> None:
    """From the reader's own disk, as the page advises: three scripts and no server at all."""
    from playwright.sync_api import sync_playwright

    for name in ("verify.html", "verify.js", "verify_policy.js", "verify_page.js", "portal.css"):
        shutil.copy(_STATIC / name, tmp_path / name)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=system.browser(), args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        page = context.new_page()
        # A file has no origin that `self` could name; the policy of the server is tested apart.
        text = (tmp_path / "verify.html").read_text("utf-8")
        head, _, tail = text.partition('<meta http-equiv="content-security-policy"')
        (tmp_path / "verify.html").write_text(head + tail.partition(">")[2], "utf-8")
        page.goto((tmp_path / "verify.html").as_uri())
        for case in policy_cases:
            page.evaluate("() => { delete document.getElementById('answer').dataset.outcome; }")
            sent = {"name": "r.json", "mimeType": "application/json", "buffer": case.data}
            page.set_input_files("#file", sent)
            page.fill("#key", case.key)
            page.fill("#policy", case.policy)
            page.click("button")
            page.wait_for_selector("#answer[data-outcome]")
            verdict = json.loads(page.get_attribute("#answer", "data-verdict") or "")
            place = (verdict["refusal"] or {"place": ""})["place"]
            _same(verdict["outcome"], place, [*verdict["proved"], *verdict["notChecked"]], case)
        page.fill("#policy", "quorum one\n")
        page.click("button")
        page.wait_for_selector("#answer[data-outcome=key]")
        assert "a witness or group defined above" in page.inner_text("#answer")
        browser.close()
