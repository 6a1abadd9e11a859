"""Ed25519 keys: made, named and refused when weak. The curve itself is libsodium's.

One verification rule for everybody, because lenient verifiers disagree about the same signature: a
canonical key of prime order; S below the group's order; R, of no small order, exactly the bytes of
[S]B - [k]A (RFC 8032 section 5.1.7 without the cofactor).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any

from nacl import bindings
from nacl.exceptions import BadSignatureError

from orebook.log import b64, canon
from orebook.log.errors import Malformed

PUBLIC_SIZE = 32
SEED_SIZE = 32
SIGNATURE_SIZE = 64

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


class SigningKey:
    """An Ed25519 private key that signs and never shows itself in a message or repr."""

    __slots__ = ("_kid", "_secret", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise Malformed("Ed25519 seed", f"{SEED_SIZE} bytes", str(len(seed)))
        self.public, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self._kid = thumbprint(self.public)

    @classmethod
    def generate(cls) -> SigningKey:
        """Gives a fresh key from the system's randomness."""
        return cls(bindings.randombytes(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Gives the key of a 32-byte seed. Source: RFC 8032 section 5.1.5."""
        return cls(seed)

    def __reduce__(self) -> tuple[type[SigningKey], tuple[bytes]]:
        """For a process of our own that signs beside this one."""
        return SigningKey, (self.seed,)

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, for a keeper's key file and nothing else."""
        return self._secret[:SEED_SIZE]

    @property
    def kid(self) -> str:
        """The key's name: the thumbprint of its public half."""
        return self._kid

    def sign(self, message: bytes) -> bytes:
        """Gives the 64-byte signature. Source: RFC 8032 section 5.1.6."""
        return bindings.crypto_sign(message, self._secret)[:SIGNATURE_SIZE]

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"


@lru_cache(maxsize=4096)
def public_key(raw: bytes) -> bytes:
    """Gives ``raw`` back when it is a key that only its owner can sign for.

    Refuses: Malformed for another length, a non-canonical encoding (y >= p, or -0), a point off
    the curve, a low-order point (anybody can sign for it) or one outside the prime-order group.
    Source: RFC 8032 section 5.1.3; small order where y is 0, 1, -1 or d*y^4 + 2*y^2 = 1.
    """
    if len(raw) != PUBLIC_SIZE:
        raise Malformed("Ed25519 public key", f"{PUBLIC_SIZE} bytes", str(len(raw)))
    number = int.from_bytes(raw, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= _P or (sign and y in {1, _P - 1}):
        raise Malformed("Ed25519 public key", "a canonical encoding", raw.hex())
    if y in {0, 1, _P - 1} or (_D * pow(y, 4, _P) + 2 * y * y - 1) % _P == 0:
        raise Malformed("Ed25519 public key", "a point of large order", raw.hex())
    if not bindings.crypto_core_ed25519_is_valid_point(raw):
        raise Malformed("Ed25519 public key", "a point of the prime-order group", raw.hex())
    return raw


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Says whether ``signature`` is this key's over ``message``; a weak key never verifies."""
    if len(signature) != SIGNATURE_SIZE or len(public) != PUBLIC_SIZE:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def verify_alone(public: bytes, message: bytes, signature: bytes) -> bool:
    """Says the same as ``verify``, sooner where vodozemac is installed (the extra ``fast``).

    It holds the interpreter while it works: for processes that verify alone, not for threads.
    """
    other = _other_key(public)
    if other is not None and len(signature) == SIGNATURE_SIZE:
        try:
            other.verify_signature(message, _other_signature(signature))
        except (_OtherKeyFault, _OtherSignatureFault):
            pass  # libsodium has the last word on what is refused
        else:
            return True
    return verify(public, message, signature)


def _no_other_key(_public: bytes) -> Any:
    return None


def _no_other_signature(_signature: bytes) -> Any:
    return None


_other_key: Callable[[bytes], Any] = _no_other_key
_other_signature: Callable[[bytes], Any] = _no_other_signature
_OtherKeyFault: type[Exception] = ValueError
_OtherSignatureFault: type[Exception] = ValueError
try:
    import vodozemac
except ImportError:
    pass
else:

    @lru_cache(maxsize=4096)
    def _vodozemac_key(public: bytes) -> Any:
        try:  # it takes more keys than we do, so the key is held to our rule first
            return vodozemac.Ed25519PublicKey.from_base64(b64.encode_bare(public_key(public)))
        except (Malformed, vodozemac.KeyException):
            return None

    def _vodozemac_signature(signature: bytes) -> Any:
        return vodozemac.Ed25519Signature.from_base64(b64.encode_bare(signature))

    _other_key, _other_signature = _vodozemac_key, _vodozemac_signature
    _OtherKeyFault, _OtherSignatureFault = vodozemac.KeyException, vodozemac.SignatureException


def to_jwk(public: bytes) -> dict[str, str]:
    """Gives the public JWK. Source: RFC 8037 section 2."""
    return {"crv": "Ed25519", "kty": "OKP", "x": b64.encode(public_key(public))}


def from_jwk(jwk: object) -> bytes:
    """Gives the raw public key of a JWK. Refuses: Malformed for other types, secrets, weak keys."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise Malformed("JWK", "kty OKP with crv Ed25519")
    if "d" in jwk:
        raise Malformed("JWK", "a public key only", "a private member d")
    text = jwk.get("x")
    if not isinstance(text, str):
        raise Malformed("JWK x", "base64url text", type(text).__name__)
    return public_key(b64.decode(text, "JWK x"))


@lru_cache(maxsize=4096)
def thumbprint(public: bytes) -> str:
    """Gives the JWK thumbprint, used as kid. Source: RFC 7638 section 3; RFC 8037 appendix A.3."""
    return b64.encode(sha256(canon.encode(to_jwk(public))).digest())
