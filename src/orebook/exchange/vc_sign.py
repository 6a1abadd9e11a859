"""A credential of our own, signed: as a token around it, or with a proof inside it.

Source: W3C VC-JOSE-COSE (2025), 3.1; W3C Data Integrity EdDSA 1.0, 3.3.1 (eddsa-jcs-2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from orebook.exchange import jcs
from orebook.exchange.json_text import Object
from orebook.exchange.json_text import write as json_text
from orebook.log import b64, canon

JWT, EMBEDDED = "application/vc+jwt", "application/vc"


class Key(Protocol):
    """What signs with Ed25519."""

    def sign(self, message: bytes) -> bytes:
        """The signature over these bytes."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A key, and the verification method under which its public half is found."""

    key: Key
    method: str


def as_jwt(document: Object, hand: Hand) -> bytes:
    """The credential in a compact JWS (`vc+jwt`, EdDSA)."""
    header = {"alg": "EdDSA", "kid": hand.method, "typ": "vc+jwt"}
    payload = json_text(document).encode("utf-8")
    said = f"{b64.encode(canon.encode(header))}.{b64.encode(payload)}".encode("ascii")
    return said + b"." + b64.encode(hand.key.sign(said)).encode("ascii")


def with_proof(document: Object, hand: Hand, created: str) -> bytes:
    """The credential as JSON with its Data Integrity proof (eddsa-jcs-2022) inside."""
    proof: Object = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": created,
        "verificationMethod": hand.method,
        "proofPurpose": "assertionMethod",
    }
    message = sha256(jcs.canonical(proof)).digest() + sha256(jcs.canonical(document)).digest()
    proof["proofValue"] = f"z{base58(hand.key.sign(message))}"
    return json_text({**document, "proof": proof}).encode("utf-8")


def base58(data: bytes) -> str:
    """The bytes in base58btc, which the proof suite asks for."""
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = letters[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text
