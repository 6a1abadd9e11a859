"""Cosignatures: a witness says when it saw a log's head, and that the log had only grown.

Two types: Ed25519 (`04`) and ML-DSA-44 (`06`), which a quantum computer does not break. The second
needs the `cryptography` package; without it such a signature is *not checked here*, and what is
not checked never counts.

Source: C2SP tlog-cosignature; C2SP signed-note, "Signature types".
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

from orebook.log import b64, keys
from orebook.log.checkpoint import Checkpoint, parse_body
from orebook.log.errors import Malformed, show
from orebook.log.note import (
    ED25519_TYPE,
    NoteSigner,
    NoteVerifier,
    Verifier,
    check_name,
    key_id,
    parse_vkey,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import mldsa

COSIGNATURE_TYPE = 0x04
ML_DSA_TYPE = 0x06
ML_DSA_PUBLIC_SIZE = 1312
ML_DSA_SIGNATURE_SIZE = 2420
TIME_SIZE = 8
TIME_MAX = 2**63 - 1
_LABEL = b"subtree/v1\n\0"
_NAME_MAX = 255

Clock: TypeAlias = Callable[[], int]
Key: TypeAlias = "Ed25519Cosigner | MlDsaCosigner"


class CosigningKey(NoteSigner, Protocol):
    """What a witness needs of its own key, whatever its type."""

    @property
    def verifier(self) -> Cosigner:
        """The public half."""

    def at(self, time: int) -> NoteSigner:
        """The same key with a clock that stands still."""


class Cosigner(NoteVerifier, Protocol):
    """What a policy needs of a witness's key, whatever its type."""

    @property
    def public(self) -> bytes:
        """The raw public key."""

    @property
    def vkey(self) -> str:
        """The verifier key string."""

    @property
    def checkable(self) -> bool:
        """Whether this machine can verify this type at all."""


@dataclass(frozen=True, slots=True)
class Ed25519Cosigner:
    """The public key of a witness that signs with Ed25519 (type 04).

    Refuses: Malformed for a bad name or a weak key.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        keys.public_key(self.public)

    @property
    def checkable(self) -> bool:
        """Always: PyNaCl is there wherever notes are opened."""
        return True

    @property
    def key_id(self) -> bytes:
        """The key's four bytes."""
        return key_id(self.name, COSIGNATURE_TYPE, self.public)

    @property
    def vkey(self) -> str:
        """The verifier key string."""
        return _vkey(self.name, COSIGNATURE_TYPE, self.public)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Says whether time and signature are this key's over the checkpoint text."""
        try:
            time, value = split(signature)
        except Malformed:
            return False
        return keys.verify(self.public, ed25519_message(text, time), value)


@dataclass(frozen=True, slots=True)
class MlDsaCosigner:
    """The public key of a witness (or a log) that signs with ML-DSA-44 (type 06).

    Refuses: Malformed for a bad name or a key of another length.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        _opaque(self.name, "cosigner name")
        if len(self.public) != ML_DSA_PUBLIC_SIZE:
            expected = f"{ML_DSA_PUBLIC_SIZE} bytes"
            raise Malformed("ML-DSA-44 public key", expected, str(len(self.public)))

    @property
    def checkable(self) -> bool:
        """Whether the `cryptography` package is there."""
        return ml_dsa_available()

    @property
    def key_id(self) -> bytes:
        """The key's four bytes."""
        return key_id(self.name, ML_DSA_TYPE, self.public)

    @property
    def vkey(self) -> str:
        """The verifier key string."""
        return _vkey(self.name, ML_DSA_TYPE, self.public)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Says whether time and signature are this key's over the checkpoint text.

        Refuses: Malformed where the package is absent; ask `checkable` first.
        """
        try:
            time, value = split(signature)
            message = ml_dsa_message(self.name, time, parse_body(text.decode()))
        except (Malformed, UnicodeDecodeError):
            return False
        if len(value) != ML_DSA_SIGNATURE_SIZE:
            return False
        need_ml_dsa()
        from cryptography.exceptions import InvalidSignature

        try:
            _ml_dsa_key(self.public).verify(value, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519CosigningKey:
    """A witness's name, its private Ed25519 key, and the clock whose time it signs.

    Takes: ``now`` in whole seconds since 1970.
    """

    name: str
    key: keys.SigningKey
    now: Clock

    @property
    def verifier(self) -> Ed25519Cosigner:
        """The public half."""
        return Ed25519Cosigner(self.name, self.key.public)

    @property
    def key_id(self) -> bytes:
        """The key's four bytes."""
        return self.verifier.key_id

    def at(self, time: int) -> Ed25519CosigningKey:
        """Gives the same key with a clock that stands still, so that one answer has one time."""
        return Ed25519CosigningKey(self.name, self.key, lambda: time)

    def sign(self, text: bytes) -> bytes:
        """Gives time and signature over a checkpoint text."""
        parse_body(text.decode())  # a cosignature is over a checkpoint and nothing else
        time = _stamp(self.now())
        return time.to_bytes(TIME_SIZE, "big") + self.key.sign(ed25519_message(text, time))


class MlDsaCosigningKey:
    """A witness's name, its private ML-DSA-44 key (a seed of 32 bytes), and its clock.

    Refuses: Malformed where the `cryptography` package is absent or the seed is of another length.
    """

    __slots__ = ("_key", "name", "now", "verifier")

    def __init__(self, name: str, seed: bytes, now: Clock) -> None:
        need_ml_dsa()
        from cryptography.hazmat.primitives.asymmetric import mldsa

        if len(seed) != keys.SEED_SIZE:
            raise Malformed("ML-DSA-44 seed", f"{keys.SEED_SIZE} bytes", str(len(seed)))
        self._key = mldsa.MLDSA44PrivateKey.from_seed_bytes(seed)
        self.name = name
        self.now = now
        self.verifier = MlDsaCosigner(name, self._key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """The key's four bytes."""
        return self.verifier.key_id

    def at(self, time: int) -> MlDsaCosigningKey:
        """Gives the same key with a clock that stands still, so that one answer has one time."""
        twin = copy(self)
        twin.now = lambda: time
        return twin

    def sign(self, text: bytes) -> bytes:
        """Gives time and signature over what a checkpoint text says; extension lines excluded."""
        checkpoint = parse_body(text.decode())
        time = _stamp(self.now())
        message = ml_dsa_message(self.name, time, checkpoint)
        return time.to_bytes(TIME_SIZE, "big") + self._key.sign(message)

    def __repr__(self) -> str:
        return f"MlDsaCosigningKey(name={self.name!r})"


def ed25519_message(text: bytes, time: int) -> bytes:
    """Gives the bytes an Ed25519 cosigner signs: header, time, the whole note text."""
    return b"cosignature/v1\ntime %d\n" % time + text


def ml_dsa_message(name: str, time: int, checkpoint: Checkpoint) -> bytes:
    """Gives the bytes an ML-DSA-44 cosigner signs for a whole tree: `cosigned_message`, start 0."""
    return b"".join(
        (
            _LABEL,
            _opaque(name, "cosigner name"),
            time.to_bytes(8, "big"),
            _opaque(checkpoint.origin, "checkpoint origin"),
            bytes(8),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def split(signature: bytes) -> tuple[int, bytes]:
    """Gives the time and the bare signature of a `timestamped_signature`.

    Refuses: Malformed for fewer bytes than a time, or a time beyond 2^63-1.
    """
    time = int.from_bytes(signature[:TIME_SIZE], "big")
    if len(signature) <= TIME_SIZE or time > TIME_MAX:
        expected = f"a time up to {TIME_MAX} and a signature"
        raise Malformed("cosignature", expected, f"{len(signature)} bytes")
    return time, signature[TIME_SIZE:]


def parse_cosigner(vkey: str) -> Key:
    """Gives the witness key of a vkey string, of type 04 or 06.

    Refuses: Malformed for another form, another type, a wrong id, a weak key.
    """
    name, kind, public, written = _take_apart(vkey)
    if kind not in {COSIGNATURE_TYPE, ML_DSA_TYPE}:
        raise Malformed(
            "witness key type", "04 (Ed25519 cosignature) or 06 (ML-DSA-44)", f"{kind:02x}"
        )
    key = (Ed25519Cosigner if kind == COSIGNATURE_TYPE else MlDsaCosigner)(name, public)
    _check_id(key, written)
    return key


def parse_log_key(vkey: str) -> Verifier | MlDsaCosigner:
    """Gives the key of a log from its vkey string: type 01, or 06.

    Refuses: Malformed as `parse_cosigner` does.
    Source: C2SP tlog-checkpoint, "Signatures".
    """
    name, kind, public, written = _take_apart(vkey)
    if kind == ED25519_TYPE:
        return parse_vkey(vkey)
    if kind != ML_DSA_TYPE:
        raise Malformed("log key type", "01 (Ed25519) or 06 (ML-DSA-44)", f"{kind:02x}")
    key = MlDsaCosigner(name, public)
    _check_id(key, written)
    return key


@lru_cache(maxsize=1)
def ml_dsa_available() -> bool:
    """Says whether this machine can check ML-DSA-44 at all."""
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa

        mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(keys.SEED_SIZE))
    except Exception:  # noqa: BLE001 - absent, too old, or built without it: all the same here
        return False
    return True


def need_ml_dsa() -> None:
    """Returns only where ML-DSA-44 can be checked. Refuses: Malformed, naming the package."""
    if not ml_dsa_available():
        expected = 'the package cryptography (pip install "orebook[pq]")'
        raise Malformed("ML-DSA-44", expected, "none, so it is not checked here")


@lru_cache(maxsize=256)
def _ml_dsa_key(public: bytes) -> mldsa.MLDSA44PublicKey:
    from cryptography.hazmat.primitives.asymmetric import mldsa

    return mldsa.MLDSA44PublicKey.from_public_bytes(public)


def _take_apart(vkey: str) -> tuple[str, int, bytes, str]:
    name, _, rest = vkey.partition("+")
    written, plus, material = rest.partition("+")
    if not plus:
        raise Malformed("verifier key", "name+id+base64", show(vkey))
    raw = b64.decode_standard(material, "verifier key material")
    if not raw:
        raise Malformed("verifier key material", "a type and a key", "nothing")
    return name, raw[0], raw[1:], written


def _check_id(cosigner: Key, written: str) -> None:
    if written != cosigner.key_id.hex():
        raise Malformed("verifier key id", cosigner.key_id.hex(), show(written))


def _vkey(name: str, kind: int, public: bytes) -> str:
    material = b64.encode_standard(bytes([kind]) + public)
    return f"{name}+{key_id(name, kind, public).hex()}+{material}"


def _opaque(text: str, place: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= _NAME_MAX:
        raise Malformed(place, f"1 to {_NAME_MAX} bytes", str(len(data)))
    return bytes([len(data)]) + data


def _stamp(time: int) -> int:
    if not 0 < time <= TIME_MAX:
        raise Malformed("witness clock", "a time after 1970", str(time))
    return time
