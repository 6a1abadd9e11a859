"""What the log's own code says of each receipt, and what it lists as not checked here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orebook.acts import verify
from orebook.log import receipt
from orebook.log.errors import LogError, Malformed
from orebook.log.receipt import Trust


def test_each_receipt_gets_its_verdict(case: Any) -> None:
    verdict = receipt.check(case.data, verify.trust(case.key, case.author))
    assert verdict.outcome == case.outcome, verdict
    place = "" if verdict.refusal is None else verdict.refusal.place
    assert place.startswith(case.place)
    assert bool(place) == bool(case.place)
    if verdict.refusal is not None:
        assert verdict.proved == ()
        assert verdict.statement is None


def test_what_is_written_is_read(all_cases: Any) -> None:
    data = all_cases[0].data
    parts = receipt.parse_receipt(data)
    assert parts.encode() == data
    assert parts.author_key is not None


def test_a_key_in_the_receipt_is_shown_and_never_trusted(all_cases: Any) -> None:
    data = all_cases[0].data
    verdict = receipt.check(data, Trust())
    assert verdict.outcome == "undecided"
    assert verdict.proved == ("the 3 disclosed value(s) are those sealed in the statement",)
    assert verdict.hint.startswith("books.example/demo+")
    assert any(line.startswith("the log's signature") for line in verdict.not_checked)


def test_what_was_proved_and_what_was_not_is_said(all_cases: Any) -> None:
    case = all_cases[1]
    believed = verify.trust(case.key)
    verdict = receipt.check(case.data, believed)
    text = "\n".join(verify.lines(verdict, believed))
    assert text.startswith("PROVED\n")
    for said in (
        "proved: the log books.example/demo has signed a head of 7 entries",
        "proved: this statement is entry 3 under the head of 7 entries",
        "which entry 0 of the log names",
        "not checked here: witnesses: no policy was given (1 signature(s) not looked at)",
        "not checked here: 2 digest(s) not opened",
        "not checked here: whether 'party:seller' agrees: the key is stated as that of ''",
        "not checked here: revocation",
        "not checked here: truth",
    ):
        assert said in text
    assert verify.as_json(verdict)["outcome"] == "proved"
    assert text.isascii()


def test_a_receipt_cannot_write_on_the_terminal(all_cases: Any) -> None:
    parts = receipt.parse_receipt(all_cases[0].data)
    hint = "x\nPROVED\n\x1b[2J\u202e\u009b"
    bad = receipt.Receipt(parts.leaf, parts.disclosures, parts.proof, hint).encode()
    said = list(verify.lines(receipt.check(bad, Trust()), Trust()))
    assert said[0].startswith("NOT DECIDED")
    assert all(line.isprintable() for line in said)
    assert any("x\\nPROVED\\n\\x1b[2J" in line for line in said)


def _policy(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "policy"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_a_policy_counts_the_witnesses(
    witnessed: tuple[bytes, str], all_cases: Any, tmp_path: Path
) -> None:
    data, witness = witnessed
    log = all_cases[0].key
    lines = (f"log {log}", f"witness w {witness}", "quorum w")
    met = receipt.check(data, verify.trust(policy=_policy(tmp_path, *lines)))
    assert met.outcome == "proved"
    assert "witness w saw this head, by its clock 2026-09-21T14:13:20Z" in met.proved
    lacking = verify.trust(policy=_policy(tmp_path, *lines))
    without = receipt.check(all_cases[0].data, lacking)
    assert without.outcome == "undecided"
    assert "witness w: it has not signed this head" in without.not_checked
    assert any("policy is not met" in line for line in without.not_checked)
    assert not any("policy is met" in line for line in without.proved)
    only_witness = verify.trust(policy=_policy(tmp_path, f"witness w {witness}", "quorum w"))
    assert receipt.check(data, only_witness).outcome == "undecided"
    both = verify.trust(log, policy=_policy(tmp_path, f"witness w {witness}", "quorum w"))
    assert receipt.check(data, both).outcome == "proved"


def test_a_bad_cosignature_refuses_the_head(
    witnessed: tuple[bytes, str], all_cases: Any, tmp_path: Path
) -> None:
    data, witness = witnessed
    parts = receipt.parse_receipt(data)
    lines = parts.proof.decode().split("\n")
    lines[-2] = lines[-2][:-8] + "AAAA" + lines[-2][-4:]
    bad = receipt.Receipt(parts.leaf, parts.disclosures, "\n".join(lines).encode()).encode()
    policy = _policy(tmp_path, f"log {all_cases[0].key}", f"witness w {witness}", "quorum w")
    verdict = receipt.check(bad, verify.trust(policy=policy))
    assert verdict.outcome == "refused"
    assert verdict.refusal is not None
    assert verdict.refusal.place == "signature of witness.example"


@pytest.mark.parametrize(
    ("key", "author"),
    [
        ("books.example/demo", ""),
        ("books.example/demo+0b33b649+AVcDJyqNrJAxQ3d9Tq76wNKnMx2rJm/Uv07Tcvx4XTm2", ""),
        ("x+00000000+AQ" + "A" * 42, ""),
        ("", "AQ" + "A" * 41),
        ("", "short"),
    ],
)
def test_a_bad_key_is_no_verdict(key: str, author: str) -> None:
    with pytest.raises(LogError) as refusal:
        verify.trust(key, author)
    assert isinstance(refusal.value, Malformed)


def test_a_file_that_cannot_be_read_is_unreadable(tmp_path: Path) -> None:
    verdict = verify.verify_file(tmp_path / "none", Trust())
    assert verdict.outcome == "unreadable"
    assert verdict.refusal is not None
    assert verdict.refusal.place == "file"
