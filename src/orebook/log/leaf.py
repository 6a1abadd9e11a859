"""A leaf: one signed statement as it lies in the log, without its disclosures.

Bytes: compact JWS over the canonical JSON payload of an SD-JWT. What is hashed, signed, stored and
shown are the same bytes; a leaf read back is never written again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from orebook.log import canon, jws, keys, sdjwt
from orebook.log.errors import Malformed, show

TYPE = "orebook+sd-jwt"
LEAF_MAX = 65_535
PAYLOAD_MAX = 48_000
_HEADER_NAMES = frozenset({"alg", "kid", "typ"})


class Leaf(NamedTuple):
    """Header and payload of a leaf; the payload holds digests where values are hidden."""

    header: dict[str, str]
    payload: dict[str, canon.Value]


class SealedLeaf(NamedTuple):
    """The bytes for the log, and the disclosures, which never go there."""

    leaf: bytes
    disclosures: tuple[sdjwt.Disclosure, ...]


def make_leaf(payload: Mapping[str, object], key: keys.SigningKey, kid: str | None = None) -> bytes:
    """Gives the leaf of a payload in which everything to be hidden is already a digest.

    Takes: ``kid``, the key's name in the header; its JWK thumbprint when left out.
    Refuses: Malformed for a payload over 48,000 bytes, a leaf over 65,535, a payload outside
    canonical JSON or with digests out of form.
    """
    sdjwt.admit(payload)
    body = canon.encode(dict(payload))
    if len(body) > PAYLOAD_MAX:
        raise Malformed("leaf payload", f"at most {PAYLOAD_MAX} bytes", str(len(body)))
    leaf = jws.sign(body, key, kid=key.kid if kid is None else kid, typ=TYPE)
    if len(leaf) > LEAF_MAX:
        raise Malformed("leaf", f"at most {LEAF_MAX} bytes", str(len(leaf)))
    return leaf


def seal_leaf(
    payload: Mapping[str, object],
    pointers: Collection[str],
    key: keys.SigningKey,
    kid: str | None = None,
    *,
    salt: sdjwt.Salt,
) -> SealedLeaf:
    """Gives the leaf of a plain payload with the values at ``pointers`` hidden, and how to open it.

    Refuses: as ``sdjwt.conceal`` and ``make_leaf``.
    """
    hidden, disclosures = sdjwt.conceal(payload, pointers, salt)
    return SealedLeaf(make_leaf(hidden, key, kid), disclosures)


def read_leaf(data: bytes) -> Leaf:
    """Gives header and payload of a leaf of our own form; the signature is NOT verified.

    Refuses: Malformed for sizes, a header or payload that is not canonical, other header names,
    another typ, digests out of form.
    """
    return _read(data, jws.parse_jws(_sized(data)))


def verify_leaf(data: bytes, public: bytes) -> Leaf:
    """Gives header and payload when this key has signed the leaf.

    Refuses: as ``read_leaf``; Tampered for a signature that does not hold.
    """
    return _read(data, jws.verify_jws(_sized(data), public))


def _sized(data: bytes) -> bytes:
    if len(data) > LEAF_MAX:
        raise Malformed("leaf", f"at most {LEAF_MAX} bytes", str(len(data)))
    return data


def _read(data: bytes, parsed: jws.Jws) -> Leaf:
    if len(parsed.payload) > PAYLOAD_MAX:
        raise Malformed("leaf payload", f"at most {PAYLOAD_MAX} bytes", str(len(parsed.payload)))
    if parsed.header.keys() != _HEADER_NAMES:
        names = ", ".join(sorted(parsed.header))
        raise Malformed("leaf header", "alg, kid and typ, and nothing else", show(names))
    header = {name: str(value) for name, value in parsed.header.items()}
    if header["typ"] != TYPE:
        raise Malformed("leaf typ", TYPE, show(header["typ"]))
    if not header["kid"]:
        raise Malformed("leaf kid", "the name of a key", "nothing")
    if jws.header_bytes(data) != canon.encode(header):
        raise Malformed("leaf header", "canonical JSON", show(jws.header_bytes(data)))
    payload = canon.decode(parsed.payload)
    if not isinstance(payload, dict):
        raise Malformed("leaf payload", "an object", type(payload).__name__)
    sdjwt.admit(payload)
    return Leaf(header, payload)
