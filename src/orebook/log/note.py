"""Signed notes: text, then one line per signature.

Source: C2SP signed-note. Unknown keys are ignored, a bad signature of a known key refuses the
whole note, and at least one known key must have signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol

from orebook.log import b64, keys
from orebook.log.errors import Malformed, Tampered, show

ED25519_TYPE = 0x01
SIGNATURES_MAX = 64
NOTE_MAX = 1_000_000
_KEY_ID_SIZE = 4


class Signature(NamedTuple):
    """One signature line: who says to have signed, with which key id, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line as written in a note, newline included."""
        return f"— {self.name} {b64.encode_standard(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note of which nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note that at least one known key has signed."""

    text: str
    verified: tuple[Signature, ...]
    unknown: tuple[Signature, ...]


class NoteVerifier(Protocol):
    """What opening a note needs of a key, whatever its signature type."""

    @property
    def name(self) -> str:
        """The key's name."""

    @property
    def key_id(self) -> bytes:
        """The key's four bytes."""

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Says whether the signature bytes (key id cut off) hold for the note text."""


class NoteSigner(Protocol):
    """What signing a note needs of a key, whatever its signature type."""

    @property
    def name(self) -> str:
        """The key's name."""

    @property
    def key_id(self) -> bytes:
        """The key's four bytes."""

    def sign(self, text: bytes) -> bytes:
        """Gives the signature bytes for the note text."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """An Ed25519 note key, as a vkey string says it.

    Refuses: Malformed for a bad name or a weak key.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        keys.public_key(self.public)

    @property
    def key_id(self) -> bytes:
        """SHA-256(name, newline, type, key), first four bytes."""
        return key_id(self.name, ED25519_TYPE, self.public)

    @property
    def vkey(self) -> str:
        """The verifier key string."""
        material = b64.encode_standard(bytes([ED25519_TYPE]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Says whether the signature is this key's over the note text."""
        return keys.verify(self.public, text, signature)


@dataclass(frozen=True, slots=True)
class Signer:
    """A name and a private key that sign notes."""

    name: str
    key: keys.SigningKey

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def key_id(self) -> bytes:
        """The key's four bytes, the same as its verifier's."""
        return self.verifier.key_id

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.key.public)

    def sign(self, text: bytes) -> bytes:
        """Gives the Ed25519 signature over the note text."""
        return self.key.sign(text)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Gives the four-byte id. Source: C2SP signed-note, "Signatures"."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_KEY_ID_SIZE]


def parse_vkey(vkey: str) -> Verifier:
    """Gives the Ed25519 verifier of a vkey string ``name+id+base64(type || key)``.

    Refuses: Malformed for another form, another signature type, a wrong id, a weak key.
    """
    name, _, rest = vkey.partition("+")
    written_id, plus, material = rest.partition("+")
    if not plus:
        raise Malformed("verifier key", "name+id+base64", show(vkey))
    raw = b64.decode_standard(material, "verifier key material")
    if raw[:1] != bytes([ED25519_TYPE]):
        raise Malformed("verifier key type", "01 (Ed25519)", raw[:1].hex() or "nothing")
    verifier = Verifier(name, raw[1:])
    if written_id != verifier.key_id.hex():
        raise Malformed("verifier key id", verifier.key_id.hex(), show(written_id))
    return verifier


def sign_note(text: str, signers: Iterable[NoteSigner]) -> bytes:
    """Gives the note: text, blank line, one signature line per signer.

    Refuses: Malformed for text without final newline, with control characters, or no signer.
    """
    _check_text(text)
    lines = [
        Signature(signer.name, signer.key_id, signer.sign(text.encode())).line for signer in signers
    ]
    if not lines:
        raise Malformed("note", "at least one signer", "none")
    return f"{text}\n{''.join(lines)}".encode()


def add_signatures(data: bytes, signatures: Iterable[Signature]) -> bytes:
    """Gives the note with more signature lines after those it has (cosignatures)."""
    parse_note(data)
    added = "".join(signature.line for signature in signatures)
    longer = data + added.encode()
    parse_note(longer)
    return longer


def parse_note(data: bytes) -> Note:
    """Gives text and signatures of a note; verifies nothing.

    Refuses: Malformed for bad UTF-8, control characters, a missing blank line or signature, more
    than 64 signatures or 1 MB.
    """
    if len(data) > NOTE_MAX:
        raise Malformed("note", f"at most {NOTE_MAX} bytes", str(len(data)))
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("note", "UTF-8", f"a bad byte at {error.start}") from None
    at = whole.rfind("\n\n")
    if at < 0:
        raise Malformed("note", "a blank line before the signatures", "none")
    text, tail = whole[: at + 1], whole[at + 2 :]
    _check_text(text)
    if not tail.endswith("\n"):
        raise Malformed("note", "a newline after the last signature", "none")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise Malformed("note", f"at most {SIGNATURES_MAX} signatures", str(len(lines)))
    return Note(text, tuple(_parse_signature(line) for line in lines))


def open_note(data: bytes, verifiers: Sequence[NoteVerifier]) -> OpenedNote:
    """Gives the note when a known key has signed it and no known key's signature is bad.

    Refuses: Malformed for the form; Tampered for a bad signature of a known key, or when no known
    key has signed.
    Source: C2SP signed-note, "Signatures" and "Verifier keys".
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    if len(known) != len(verifiers):
        raise Malformed("verifiers", "each key once", "two with the same name and id")
    note = parse_note(data)
    message = note.text.encode()
    verified: dict[tuple[str, bytes], Signature] = {}
    unknown = []
    for signature in note.signatures:
        who = (signature.name, signature.key_id)
        if who not in known:
            unknown.append(signature)
        elif known[who].verify(message, signature.value):
            verified.setdefault(who, signature)
        else:
            raise Tampered(
                f"signature of {signature.name}", "a signature over this text", "another"
            )
    if not verified:
        names = ", ".join(sorted(verifier.name for verifier in verifiers)) or "no key at all"
        raise Tampered("note", f"a signature of a known key ({names})", "none")
    return OpenedNote(note.text, tuple(verified.values()), tuple(unknown))


def _parse_signature(line: str) -> Signature:
    mark, _, rest = line.partition(" ")
    name, space, material = rest.partition(" ")
    if mark != "—" or not space:
        raise Malformed("note signature", "'— name base64'", show(line))
    check_name(name)
    raw = b64.decode_standard(material, f"signature of {name}")
    if len(raw) <= _KEY_ID_SIZE:
        raise Malformed(f"signature of {name}", "a key id and a signature", f"{len(raw)} bytes")
    return Signature(name, raw[:_KEY_ID_SIZE], raw[_KEY_ID_SIZE:])


def check_name(name: str) -> None:
    """Returns only when a key may bear this name. Refuses: Malformed."""
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise Malformed("key name", "text without spaces, plus or control characters", show(name))


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise Malformed("note text", "a final newline", show(text[-10:]))
    bad = next((c for c in text if c < " " and c != "\n"), None)
    if bad is not None:
        raise Malformed("note text", "no control characters but newline", show(bad))
