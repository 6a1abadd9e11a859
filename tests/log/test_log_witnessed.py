"""A statement checked under a policy: which witnesses are proved, which are not."""

from __future__ import annotations

import pytest

from orebook.log import cosignature, leaf, note, policy, proof, tree, verify
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.errors import Malformed, Tampered
from orebook.log.keys import SigningKey

NOW = 1_700_000_000
LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
AUTHOR = SigningKey.from_seed(b"A" * 32)
ONE, TWO, STRANGER = (
    cosignature.Ed25519CosigningKey(name, SigningKey.from_seed(name[:1].encode() * 32), lambda: NOW)
    for name in ("one.example", "two.example", "x.example")
)
LEAF = leaf.make_leaf({"book": LOG.name}, AUTHOR)
CHOSEN = policy.parse_policy(
    "".join(
        f"{line}\n"
        for line in (
            f"log {LOG.verifier.vkey}",
            f"witness one {ONE.verifier.vkey}",
            f"witness two {TWO.verifier.vkey}",
            "group any any one two",
            "quorum any",
        )
    ).encode()
)


def receipt(*witnesses: note.NoteSigner) -> bytes:
    root = tree.leaf_hash(LEAF)
    head = sign_checkpoint(Checkpoint(LOG.name, 1, root), LOG, *witnesses)
    return proof.Proof(0, (), head).encode()


def test_witnesses_are_named_as_proved_or_not() -> None:
    report = verify.check_statement(
        LEAF, (), receipt(ONE, STRANGER), None, AUTHOR.public, policy=CHOSEN
    )
    assert report.witnesses is not None
    assert report.witnesses.satisfied
    assert "witness one has confirmed this head, by its clock 2023-11-14T22:13:20Z" in report.proved
    assert "the policy's quorum is met: 1 of 2: one, two" in report.proved
    assert report.not_proved == ("witness two has not confirmed this head",)
    assert any("x.example" in line for line in report.not_checked)
    assert not any("witnesses: not checked" in line for line in report.not_checked)


def test_a_quorum_that_is_not_met_is_said_and_is_no_proof() -> None:
    for data, age in ((receipt(), None), (receipt(ONE, TWO), 60)):
        report = verify.check_statement(
            LEAF, (), data, LOG.verifier, policy=CHOSEN, now=NOW + 3600, max_age=age
        )
        assert report.witnesses is not None
        assert not report.witnesses.satisfied
        assert report.not_proved[0] == "the policy's quorum is NOT met: 1 of 2: one, two"
        assert not any("quorum" in line or "witness" in line for line in report.proved)


def test_without_policy_nothing_is_said_of_witnesses() -> None:
    report = verify.check_statement(LEAF, (), receipt(ONE), LOG.verifier)
    assert report.witnesses is None
    assert any("witnesses: not checked here" in line for line in report.not_checked)


def test_a_log_that_the_policy_does_not_name_is_refused() -> None:
    other = note.Signer("books.example/other", SigningKey.from_seed(b"O" * 32))
    head = sign_checkpoint(Checkpoint(other.name, 1, tree.leaf_hash(LEAF)), other, ONE)
    data = proof.Proof(0, (), head).encode()
    with pytest.raises(Tampered, match="log"):
        verify.check_statement(LEAF, (), data, None, policy=CHOSEN)
    with pytest.raises(Tampered, match="log"):
        verify.check_statement(LEAF, (), data, other.verifier, policy=CHOSEN)
    with pytest.raises(Malformed, match="policy"):
        verify.check_statement(LEAF, (), data, None)
