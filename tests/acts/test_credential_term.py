"""Whether a credential is in force: every limit it states counts, and every proof."""

from __future__ import annotations

from typing import Any

import pytest

from orebook.acts.credential import check
from orebook.acts.resolve import Resolver
from orebook.exchange.vc_proof import verified
from orebook.log import b64, canon
from orebook.log.keys import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))
DID = "did:web:issuer.example"


def token(claims: dict[str, Any]) -> bytes:
    body = {"issuer": DID, "credentialSubject": {"id": "x"}} | claims
    head = canon.encode({"alg": "EdDSA", "kid": "k", "typ": "vc+jwt"})
    signed = f"{b64.encode(head)}.{b64.encode(canon.encode(body))}".encode()
    return signed + b"." + b64.encode(KEY.sign(signed)).encode()


def resolver() -> Resolver:
    from orebook.exchange.multikey import Key

    return Resolver(named={f"{DID}#k": Key("Ed25519", KEY.public)}, day="2026-11-25")


@pytest.mark.parametrize(
    ("claims", "outcome", "words"),
    [
        ({}, "stands", "states none"),
        ({"issuanceDate": "2020-01-01T00:00:00Z"}, "stands", "(issuanceDate)"),
        ({"issuanceDate": "2030-01-01T00:00:00Z"}, "refused", "not in force"),
        ({"expirationDate": "2020-01-01T00:00:00Z"}, "refused", "(expirationDate)"),
        ({"nbf": 1577836800, "exp": 1893456000}, "stands", "until 2030-01-01T00:00:00Z (exp)"),
        ({"exp": 1577836800}, "refused", "until 2020-01-01T00:00:00Z (exp)"),
        ({"nbf": 1893456000}, "refused", "(nbf)"),
        ({"exp": "soon"}, "undecided", 'exp is "soon", which is no time'),
        ({"exp": 9007199254740991}, "undecided", "which is no time"),
        ({"exp": 900000000000}, "undecided", "which is no time"),
        ({"expirationDate": 7}, "undecided", "expirationDate is 7, which is no time"),
    ],
)
def test_every_limit_of_a_token_counts(claims: dict[str, Any], outcome: str, words: str) -> None:
    found = check(token(claims), resolver())
    assert found.outcome == outcome
    assert words in found.term


def test_a_proof_that_is_over_or_one_that_is_not_judged_does_not_stand() -> None:
    from hashlib import sha256

    bare = {"issuer": DID, "credentialSubject": {"id": "x"}}

    def proof(**more: Any) -> dict[str, Any]:
        options = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "proofPurpose": "assertionMethod",
            "verificationMethod": f"{DID}#k",
        } | more
        message = b"".join(sha256(canon.encode(part)).digest() for part in (options, bare))
        return options | {"proofValue": "u" + b64.encode(KEY.sign(message))}

    def outcome(proofs: object) -> str:
        return check(canon.encode(bare | {"proof": proofs}), resolver()).outcome

    other = {"type": "DataIntegrityProof", "cryptosuite": "another"}
    assert outcome(proof()) == "stands"
    assert outcome(proof(expires="2030-01-01T00:00:00Z")) == "stands"
    assert outcome(proof(expires="2020-01-01T00:00:00Z")) == "refused"
    assert outcome(proof(expires="soon")) == "undecided"
    assert outcome([proof(), other]) == outcome([other, proof()]) == "undecided"
    assert not verified("verified: one; not verified: another")
