"""The combined form of an SD-JWT: issuer-signed part and disclosures in one text.

Source: RFC 9901 sections 4 and 7.1 step 1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from orebook.log import canon, jws, keys
from orebook.log.errors import Malformed
from orebook.log.sdjwt import Disclosure, Json, Salt, conceal, reveal


class Issued(NamedTuple):
    """A signed payload without its disclosures, and the disclosures."""

    jws: bytes
    disclosures: tuple[Disclosure, ...]


def issue(
    payload: Mapping[str, Json],
    pointers: Collection[str],
    key: keys.SigningKey,
    *,
    kid: str,
    typ: str,
    salt: Salt,
) -> Issued:
    """Gives the signed payload with ``pointers`` hidden, and the disclosures that open it."""
    hidden, disclosures = conceal(payload, pointers, salt)
    return Issued(jws.sign(canon.encode(hidden), key, kid=kid, typ=typ), disclosures)


def format_combined(signed: bytes, disclosures: Sequence[str]) -> str:
    """Gives ``<jws>~<disclosure>~…~``. Source: RFC 9901 section 4."""
    return "".join(f"{part}~" for part in (signed.decode("ascii"), *disclosures))


def parse_combined(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Gives the JWS and the disclosures of a combined form without key binding.

    Refuses: Malformed for a missing last tilde, an empty disclosure or a key binding JWT.
    Source: RFC 9901 sections 4 and 7.1 step 1.
    """
    head, *parts = text.split("~")
    if not parts:
        raise Malformed("SD-JWT", "a tilde after the JWS", "none")
    if last := parts.pop():
        kind = "a key binding JWT" if last.count(".") == 2 else "text after the last tilde"
        raise Malformed("SD-JWT", "a tilde at the end and no key binding", kind)
    if not all(parts):
        raise Malformed("SD-JWT", "no empty disclosure", "one")
    if not text.isascii():
        raise Malformed("SD-JWT", "ASCII", "other characters")
    return head.encode("ascii"), tuple(parts)


def verify_combined(text: str, public: bytes) -> tuple[Mapping[str, Json], dict[str, Json]]:
    """Gives header and opened payload when this key has signed and every disclosure belongs."""
    signed, disclosures = parse_combined(text)
    parsed = jws.verify_jws(signed, public)
    payload = canon.read_foreign(parsed.payload, "SD-JWT payload")
    if not isinstance(payload, dict):
        raise Malformed("SD-JWT payload", "an object", type(payload).__name__)
    return parsed.header, reveal(payload, disclosures)
