"""Public keys of others: JWK, Multikey and did:key, of the two kinds credentials are signed with.

Source: W3C Controlled Identifiers 1.0, 2.2.2 and 2.2.3; did:key method; RFC 7517, 8037;
SEC 1, 2.3.4 (compressed points).
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Literal

from orebook.exchange.json_text import Object, Value
from orebook.log import b64, keys
from orebook.log.errors import Malformed

Curve = Literal["Ed25519", "P-256"]
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST = 512
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_CODES: dict[bytes, Curve] = {b"\xed\x01": "Ed25519", b"\x80\x24": "P-256"}


class BadKey(ValueError):
    """What stands there is no public key of a kind that can be used."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: raw 32 bytes of Ed25519, or the 65 bytes of an uncompressed P-256 point."""

    curve: Curve
    raw: bytes


def base58(text: str) -> bytes:
    """The bytes of base58btc text. Refuses: BadKey for other characters or over 512 of them."""
    if len(text) > _LONGEST:
        message = f"at most {_LONGEST} characters of base58"
        raise BadKey(message)
    number = 0
    for char in text:
        at = _BASE58.find(char)
        if at < 0:
            message = "base58 without 0, O, I and l"
            raise BadKey(message)
        number = number * 58 + at
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multibase(text: str) -> bytes:
    """The bytes of multibase text in base58btc (z) or base64url (u). Refuses: BadKey otherwise."""
    if text.startswith("z"):
        return base58(text[1:])
    if text.startswith("u") and len(text) <= _LONGEST:
        try:
            return b64.decode(text[1:])
        except Malformed:
            pass
    message = "multibase text that begins with z or u"
    raise BadKey(message)


def from_multikey(text: str) -> Key:
    """The key of a Multikey. Refuses: BadKey for other kinds of key and for weak ones."""
    data = multibase(text)
    curve = _CODES.get(data[:2])
    if curve == "Ed25519":
        return _ed25519(data[2:])
    if curve == "P-256" and len(data) == 35:
        return Key("P-256", _decompressed(data[2:]))
    message = "a key of Ed25519 or P-256"
    raise BadKey(message)


def from_jwk(jwk: Object) -> Key:
    """The key of a public JWK. Refuses: BadKey for other kinds of key and for private members."""
    if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
        try:
            return Key("Ed25519", keys.from_jwk(jwk))
        except Malformed as error:
            raise BadKey(str(error)) from None
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        message = "a public key of Ed25519 or P-256"
        raise BadKey(message)
    point = [_coordinate(jwk.get(name)) for name in ("x", "y")]
    _on_curve(*(int.from_bytes(part, "big") for part in point))
    return Key("P-256", b"\x04" + b"".join(point))


def from_method(method: Object) -> Key:
    """The key of a verification method of a DID document. Refuses: BadKey as the forms do."""
    jwk, multikey = method.get("publicKeyJwk"), method.get("publicKeyMultibase")
    if isinstance(jwk, dict):
        return from_jwk(jwk)
    if isinstance(multikey, str):
        if method.get("type") == "Ed25519VerificationKey2020" or method.get("type") == "Multikey":
            return from_multikey(multikey)
        message = "a verification method of type Multikey or JsonWebKey"
        raise BadKey(message)
    message = "publicKeyJwk or publicKeyMultibase"
    raise BadKey(message)


def from_did_key(did: str) -> Key:
    """The key that a did:key is. Refuses: BadKey for any other text."""
    if not did.startswith("did:key:"):
        message = "a did:key"
        raise BadKey(message)
    return from_multikey(did.removeprefix("did:key:").partition("#")[0])


def _ed25519(raw: bytes) -> Key:
    try:
        return Key("Ed25519", keys.public_key(raw))
    except Malformed as error:
        raise BadKey(str(error)) from None


def _coordinate(value: Value) -> bytes:
    try:
        data = b64.decode(value) if isinstance(value, str) else b""
    except (Malformed, binascii.Error):
        data = b""
    if len(data) != 32:
        message = "coordinates of 32 bytes in base64url"
        raise BadKey(message)
    return data


def _right_side(x: int) -> int:
    return (x * x * x - 3 * x + _B) % _P


def _on_curve(x: int, y: int) -> None:
    if x >= _P or y >= _P or y * y % _P != _right_side(x):
        message = "a point of the curve P-256"
        raise BadKey(message)


def _decompressed(data: bytes) -> bytes:
    x = int.from_bytes(data[1:], "big")
    y = pow(_right_side(x), (_P + 1) // 4, _P)
    if data[0] not in {2, 3}:
        message = "a compressed point"
        raise BadKey(message)
    if y % 2 != data[0] % 2:
        y = _P - y
    _on_curve(x, y)
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
