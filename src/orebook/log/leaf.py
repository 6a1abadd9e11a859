"""A leaf: one signed statement as it lies in the log, without its disclosures.

Bytes: compact JWS over the canonical JSON payload of an SD-JWT. What is hashed, signed, stored and
shown are the same bytes; a leaf read back is never written again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
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
    return make_leaf_of(canon.encode(dict(payload)), key, kid)


def make_leaf_of(body: bytes, key: keys.SigningKey, kid: str | None = None) -> bytes:
    """Gives the leaf of a payload that is canonical bytes already. Refuses: as ``make_leaf``."""
    if len(body) > PAYLOAD_MAX:
        raise Malformed("leaf payload", f"at most {PAYLOAD_MAX} bytes", str(len(body)))
    if sdjwt.may_hide(body):
        payload = canon.decode(body)
        sdjwt.admit(payload if isinstance(payload, dict) else {})
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
    return read_parsed(data, jws.parse_jws(_sized(data)))


def verify_leaf(data: bytes, public: bytes) -> Leaf:
    """Gives header and payload when this key has signed the leaf.

    Refuses: as ``read_leaf``; Tampered for a signature that does not hold.
    """
    return read_parsed(data, jws.verify_jws(_sized(data), public))


def parse_leaf(data: bytes) -> jws.Jws:
    """Gives the parts of a leaf for ``read_parsed``; says nothing of its form yet.

    Refuses: Malformed for its size, and as ``parse_jws``.
    """
    return jws.parse_jws(_sized(data))


def _sized(data: bytes) -> bytes:
    if len(data) > LEAF_MAX:
        raise Malformed("leaf", f"at most {LEAF_MAX} bytes", str(len(data)))
    return data


def read_parsed(data: bytes, parsed: jws.Jws) -> Leaf:
    """Gives what ``read_leaf`` gives, from the parts of these bytes. Refuses: as ``read_leaf``."""
    if len(parsed.payload) > PAYLOAD_MAX:
        raise Malformed("leaf payload", f"at most {PAYLOAD_MAX} bytes", str(len(parsed.payload)))
    header = dict(_known_header(data.partition(b".")[0]))
    payload = canon.decode(parsed.payload)
    if not isinstance(payload, dict):
        raise Malformed("leaf payload", "an object", type(payload).__name__)
    if sdjwt.may_hide(parsed.payload):
        sdjwt.admit(payload)
    return Leaf(header, payload)


def split_leaf(data: bytes) -> tuple[dict[str, str], bytes]:
    """Gives the header of a leaf and the bytes of its payload.

    Takes: a leaf of our own form, read whole before: of its payload nothing is looked at.
    Refuses: Malformed for what is plainly none.
    """
    parsed = parse_leaf(data)
    return dict(_known_header(data.partition(b".")[0])), parsed.payload


@lru_cache(maxsize=1024)
def _known_header(head: bytes) -> tuple[tuple[str, str], ...]:
    """The members of a header of our own form; the same one comes entry after entry."""
    members = jws.read_header(head)
    if members.keys() != _HEADER_NAMES:
        raise Malformed(
            "leaf header", "alg, kid and typ, and nothing else", show(", ".join(sorted(members)))
        )
    header = {name: str(value) for name, value in members.items()}
    if header["typ"] != TYPE:
        raise Malformed("leaf typ", TYPE, show(header["typ"]))
    if not header["kid"]:
        raise Malformed("leaf kid", "the name of a key", "nothing")
    if jws.header_bytes(head) != canon.encode(header):
        raise Malformed("leaf header", "canonical JSON", show(jws.header_bytes(head)))
    return tuple(header.items())
