"""Compact JWS with Ed25519: the signed bytes are kept, nobody re-serialises to verify.

Source: RFC 7515 sections 3.1, 5 and 4.1.11 (crit); RFC 9864 (alg Ed25519, EdDSA superseded).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from orebook.log import b64, canon, ecdsa, keys
from orebook.log.errors import Malformed, Tampered, show

ALGORITHM = "Ed25519"
ALGORITHMS_READ = ("Ed25519", "EdDSA")


class Jws(NamedTuple):
    """A parsed JWS of which nothing is verified yet."""

    header: Mapping[str, canon.Foreign]
    payload: bytes
    signing_input: bytes
    signature: bytes


def sign(payload: bytes, key: keys.SigningKey, *, kid: str, typ: str) -> bytes:
    """Gives the compact JWS: canonical header with alg Ed25519, kid and typ.

    Refuses: Malformed for an empty kid or typ.
    """
    signing_input = f"{_header(kid, typ)}.{b64.encode(payload)}".encode("ascii")
    signature = b64.encode(key.sign(signing_input))
    return signing_input + b"." + signature.encode("ascii")


def parse_jws(data: bytes, *, foreign: bool = False) -> Jws:
    """Gives header, payload and signature of a compact JWS; verifies nothing.

    Takes: ``foreign``, for statements of others, which ECDSA may have signed too.
    Refuses: Malformed for other than three parts, padding or stray bits, duplicate header names,
    an algorithm other than Ed25519 or EdDSA, any ``crit`` (no extension is understood here).
    """
    head, _, rest = data.partition(b".")
    body, dot, tail = rest.partition(b".")
    if not dot or b"." in tail:
        raise Malformed("JWS", "three parts joined by dots", show(data))
    header = read_header(head, foreign=foreign)
    payload = b64.decode_bytes(body, "JWS payload")
    signature = b64.decode_bytes(tail, "JWS signature")
    size = keys.SIGNATURE_SIZE
    if foreign and (algorithm := str(header["alg"])) in ecdsa.CURVES:
        size = ecdsa.signature_size(algorithm)
    if len(signature) != size:
        raise Malformed("JWS signature", f"{size} bytes", str(len(signature)))
    return Jws(header, payload, data[: len(head) + 1 + len(body)], signature)


def verify_jws(data: bytes | Jws, public: bytes) -> Jws:
    """Gives the JWS when this key has signed exactly these bytes.

    Refuses: Malformed for the form or a weak key; Tampered for a signature that does not hold.
    """
    parsed = parse_jws(data) if isinstance(data, bytes) else data
    if not keys.verify(keys.public_key(public), parsed.signing_input, parsed.signature):
        kid = show(str(parsed.header.get("kid", "none")))
        raise Tampered("JWS signature", f"one by key {keys.thumbprint(public)}", f"kid {kid}")
    return parsed


@lru_cache(maxsize=1024)
def _raw_header(head: bytes) -> bytes:
    return b64.decode_bytes(head, "JWS header")


def header_bytes(head: bytes) -> bytes:
    """Gives the JSON bytes of a header, the first part of a JWS, as its writer wrote them."""
    return _raw_header(head)


@lru_cache(maxsize=1024)
def _header(kid: str, typ: str) -> str:
    if not kid or not typ:
        raise Malformed("JWS header", "a kid and a typ", "an empty one")
    return b64.encode(canon.encode({"alg": ALGORITHM, "kid": kid, "typ": typ}))


@lru_cache(maxsize=1024)
def _header_members(head: bytes, foreign: bool) -> tuple[tuple[str, canon.Foreign], ...]:
    header = canon.read_foreign(_raw_header(head), "JWS header")
    if not isinstance(header, dict):
        raise Malformed("JWS header", "an object", type(header).__name__)
    algorithms = (*ALGORITHMS_READ, *ecdsa.CURVES) if foreign else ALGORITHMS_READ
    if header.get("alg") not in algorithms:
        expected = "Ed25519 (or EdDSA)" + (f", {', '.join(ecdsa.CURVES)}" if foreign else "")
        raise Malformed("JWS alg", expected, show(str(header.get("alg"))))
    if "crit" in header:
        raise Malformed("JWS crit", "no critical extension", show(str(header["crit"])))
    if header.get("b64", True) is not True:
        raise Malformed("JWS b64", "an encoded payload", "b64 false")
    for name in ("kid", "typ"):
        if name in header and not isinstance(header[name], str):
            raise Malformed(f"JWS {name}", "text", type(header[name]).__name__)
    return tuple(header.items())


def read_header(head: bytes, *, foreign: bool = False) -> dict[str, canon.Foreign]:
    """Gives the members of a header from the first part of a JWS. Refuses: as ``parse_jws``."""
    # headers repeat, entry after entry: one parse serves them, each caller gets its own dict
    return dict(_header_members(head, foreign))
