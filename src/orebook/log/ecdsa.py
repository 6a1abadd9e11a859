"""ECDSA signatures of others (ES256, ES384, ES512), on credentials at the door alone.

Our own leaves and heads are Ed25519. The curve is the `cryptography` package's, an extra; without
it such a signature is refused as one that cannot be checked here.

Source: RFC 7518 section 3.4; SEC 1 section 2.3.3 (an uncompressed point is `04 || x || y`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from orebook.log import b64
from orebook.log.errors import Malformed, show


class _Curve(NamedTuple):
    """What an algorithm is over: curve (as a JWK names it), hash, bytes of one number."""

    crv: str
    curve: str
    hashed: str
    size: int


CURVES = {
    "ES256": _Curve("P-256", "SECP256R1", "SHA256", 32),
    "ES384": _Curve("P-384", "SECP384R1", "SHA384", 48),
    "ES512": _Curve("P-521", "SECP521R1", "SHA512", 66),
}


def signature_size(algorithm: str) -> int:
    """Gives how many bytes a signature of that algorithm has: r and s, side by side."""
    return 2 * CURVES[algorithm].size


def from_jwk(jwk: Mapping[str, Any]) -> bytes:
    """Gives the uncompressed point of an EC JWK. Refuses: Malformed for another form; secrets."""
    crv = str(jwk.get("crv"))
    curve = next((c for c in CURVES.values() if c.crv == crv), None)
    if jwk.get("kty") != "EC" or curve is None:
        expected = "kty EC with crv P-256, P-384 or P-521"
        raise Malformed("JWK", expected, show(f"{jwk.get('kty')} {crv}"))
    if "d" in jwk:
        raise Malformed("JWK", "a public key only", "a private member d")
    point = b"\x04"
    for name in ("x", "y"):
        text = jwk.get(name)
        if not isinstance(text, str):
            raise Malformed(f"JWK {name}", "base64url text", type(text).__name__)
        number = b64.decode(text, f"JWK {name}")
        if len(number) != curve.size:
            raise Malformed(f"JWK {name}", f"{curve.size} bytes", str(len(number)))
        point += number
    return point


def verify(algorithm: str, point: bytes, message: bytes, signature: bytes) -> bool:
    """Says whether the signature is this key's over the message, by that algorithm.

    Refuses: Malformed where the key is no point of its curve, or the package is absent.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils
    except ImportError:
        expected = 'the package cryptography (pip install "orebook[pq]")'
        raise Malformed(algorithm, expected, "none, so it is not checked here") from None
    curve = CURVES[algorithm]
    if len(point) != 1 + 2 * curve.size or point[:1] != b"\x04":
        raise Malformed(f"{algorithm} public key", f"a point of {curve.crv}", f"{len(point)} bytes")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(getattr(ec, curve.curve)(), point)
    except ValueError:
        raise Malformed(f"{algorithm} public key", f"a point of {curve.crv}", "another") from None
    if len(signature) != 2 * curve.size:
        return False
    halves = signature[: curve.size], signature[curve.size :]
    r, s = (int.from_bytes(half, "big") for half in halves)
    try:
        written = utils.encode_dss_signature(r, s)
        key.verify(written, message, ec.ECDSA(getattr(hashes, curve.hashed)()))
    except InvalidSignature:
        return False
    return True
