"""A reader's policy: the book, the one file, the script and the page say the same of witnesses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

import orebook
from orebook.acts.standalone import NAME, standalone
from orebook.acts.verify import trust
from orebook.log import b64, receipt
from orebook.log.cosignature import Ed25519CosigningKey
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey
from orebook.log.policy import parse_policy
from orebook.log.receipt import Receipt

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


class PolicyCase(NamedTuple):
    """A receipt, the reader's policy (and key), and what must be said of the head's witnesses."""

    name: str
    data: bytes
    policy: str
    outcome: str
    place: str = ""
    key: str = ""
    said: str = ""


def _cosigner(name: str, seed: bytes, now: int = 1_790_000_000) -> Ed25519CosigningKey:
    return Ed25519CosigningKey(name, SigningKey.from_seed(seed * 32), lambda: now)


def _spoilt(seen: Receipt, change: Callable[[bytes], bytes]) -> bytes:
    """The receipt with the witness's signature changed, the log's left as it is."""
    lines = seen.proof.decode().split("\n")
    name, material = lines[-2].split(" ")[1:]
    raw = change(b64.decode_standard(material))
    lines[-2] = f"— {name} {b64.encode_standard(raw)}"
    return Receipt(seen.leaf, seen.disclosures, "\n".join(lines).encode(),
                   seen.log_key, seen.author_key).encode()  # fmt: skip


def _later(raw: bytes) -> bytes:
    """A cosignature whose time is a second later."""
    time = int.from_bytes(raw[4:12], "big") + 1
    return raw[:4] + time.to_bytes(8, "big") + raw[12:]


def _policy_cases(made: SimpleNamespace) -> list[PolicyCase]:
    LOG, OTHER, STRANGER, WITNESS = made.LOG, made.OTHER, made.STRANGER, made.WITNESS  # noqa: N806
    SEALED, TEXTS, SOUND, logged = made.SEALED, made.TEXTS, made.SOUND, made.logged  # noqa: N806
    two = _cosigner("two.example", b"2")
    log, one = f"log {LOG.verifier.vkey}\n", f"witness one {WITNESS.verifier.vkey}\n"
    second = f"witness two {two.verifier.vkey}\n"
    both = one + second + "group both all one two\nquorum both\n"
    any_ = one + second + "group any any one two\nquorum any\n"
    seen = logged(SEALED.leaf, TEXTS, LOG, WITNESS)
    plain = SOUND.encode()

    def spoilt(change: Callable[[bytes], bytes]) -> bytes:
        return _spoilt(seen, change)

    ahead = _cosigner("far.example", b"4", 9_999_999_999)
    fake = _cosigner("witness.example", b"F")
    other_name = _cosigner("else.example", b"W")
    elsewhere = logged(SEALED.leaf, TEXTS, LOG, fake)
    post_quantum = "witness pq pq.example+{}+{}\n"
    public = b"\x06" + b"\x07" * 1312
    known = sha256(b"pq.example\n" + public).digest()[:4].hex()
    post_quantum = post_quantum.format(known, b64.encode_standard(public))
    return [
        PolicyCase("met", seen.encode(), log + one + "quorum one\n", "proved",
                   said="your policy is met: it needs witness one"),
        PolicyCase("met, the log's key apart", seen.encode(), one + "quorum one\n", "proved",
                   key=LOG.verifier.vkey),
        PolicyCase("no witness needed", plain, log + "quorum none\n", "proved",
                   said="it needs no witness"),
        PolicyCase("one of two", seen.encode(), log + any_, "proved",
                   said="witness one saw this head, by its clock 2026-09-21T14:13:20Z"),
        PolicyCase("a time to come", logged(SEALED.leaf, TEXTS, LOG, ahead).encode(),
                   log + f"witness far {ahead.verifier.vkey}\nquorum far\n", "undecided",
                   said="witness far: it signed 2286-11-20T17:46:39Z, by the clock here a time"),
        PolicyCase("two of two lack one", seen.encode(), log + both, "undecided",
                   said="witness two: it has not signed this head"),
        PolicyCase("not witnessed at all", plain, log + one + "quorum one\n", "undecided",
                   said="your policy is not met: it needs witness one"),
        PolicyCase("no key of the log", seen.encode(), one + "quorum one\n", "undecided"),
        PolicyCase("a key of another witness under the same name", elsewhere.encode(),
                   log + one + "quorum one\n", "undecided"),
        PolicyCase("the same key under another name", logged(SEALED.leaf, TEXTS, LOG, other_name)
                   .encode(), log + one + "quorum one\n", "undecided"),
        PolicyCase("a kind that is not there", seen.encode(),
                   log + one + post_quantum + "group g all one pq\nquorum g\n", "undecided",
                   said="witness pq: it has not signed this head"),
        PolicyCase("a bit of the cosignature", spoilt(lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
                   log + one + "quorum one\n", "refused", "signature of witness.example"),
        PolicyCase("another time in the cosignature", spoilt(_later),
                   log + one + "quorum one\n", "refused", "signature of witness.example"),
        PolicyCase("a time alone", spoilt(lambda raw: raw[:12]), log + one + "quorum one\n",
                   "refused", "signature of witness.example"),
        PolicyCase("a bad one, though none is needed", spoilt(_later), log + one + "quorum none\n",
                   "refused", "signature of witness.example"),
        PolicyCase("another log", seen.encode(), f"log {OTHER.verifier.vkey}\nquorum none\n",
                   "refused", "note"),
        PolicyCase("a key that is no log of the policy", seen.encode(),
                   log + one + "quorum one\n", "refused", "log key", OTHER.verifier.vkey),
        PolicyCase("a log that signed under another's name",
                   logged(SEALED.leaf, TEXTS, LOG, STRANGER).encode(),
                   f"log {STRANGER.verifier.vkey}\nquorum none\n", "refused", "checkpoint"),
    ]  # fmt: skip


def _bad_policies(made: SimpleNamespace) -> dict[str, str]:
    witness, log, stranger = (w.verifier.vkey for w in (made.WITNESS, made.LOG, made.STRANGER))
    one = f"witness one {witness}\n"
    return {
        "no newline": "quorum none",
        "no quorum": one,
        "two quorums": "quorum none\nquorum none\n",
        "another word": f"{one}witnesses one\nquorum one\n",
        "name not defined": "quorum one\n",
        "name taken": f"{one}witness one {stranger}\nquorum one\n",
        "the name none": f"witness none {witness}\nquorum none\n",
        "key twice": f"{one}witness two {witness}\nquorum one\n",
        "a log's key for a witness": f"witness one {log}\nquorum one\n",
        "a witness's key for a log": f"log {witness}\nquorum none\n",
        "out of reach": f"{one}group g 2 one\nquorum g\n",
        "no number": f"{one}group g 0 one\nquorum g\n",
        "member of two": f"{one}group g all one\ngroup h all one\nquorum h\n",
        "member not defined": f"{one}group g any one two\nquorum g\n",
        "too few words": "group g\nquorum g\n",
        "wrong id": f"{one.replace('+', '+0', 1)}quorum one\n",
        "control character": f"{one}\x07quorum one\n",
    }


@pytest.fixture(scope="module")
def policy_cases(made: SimpleNamespace) -> list[PolicyCase]:
    return _policy_cases(made)


@pytest.fixture(scope="module")
def bad_policies(made: SimpleNamespace) -> dict[str, str]:
    return _bad_policies(made)


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
def test_the_page_counts_witnesses_with_the_network_cut(
    policy_cases: Any, tmp_path: Path, browser: Any
) -> None:
    """From the reader's own disk, as the page advises: three scripts and no server at all."""
    for name in ("verify.html", "verify.js", "verify_policy.js", "verify_page.js", "portal.css"):
        shutil.copy(_STATIC / name, tmp_path / name)
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
    context.close()
