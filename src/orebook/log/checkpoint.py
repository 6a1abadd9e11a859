"""Checkpoints: the signed head of a log.

Source: C2SP tlog-checkpoint. Lines: origin, size, root in base64, extension lines (read, never
written), as the text of a signed note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orebook.log import b64
from orebook.log.errors import Malformed, Tampered, show
from orebook.log.note import NoteSigner, NoteVerifier, OpenedNote, open_note, parse_note, sign_note
from orebook.log.tree import EMPTY_ROOT, HASH_SIZE, SIZE_MAX

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The name of a log, how many leaves it has, and the root over them.

    Refuses: Malformed for an empty origin, an impossible size, a root not of 32 bytes, a size of
    zero with another root than that of the empty tree, empty extension lines.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(c < " " for c in line):
                raise Malformed("checkpoint line", "non-empty text of one line", show(line))
        if not 0 <= self.size <= SIZE_MAX:
            raise Malformed("checkpoint size", f"a number from 0 to {SIZE_MAX}", str(self.size))
        if len(self.root) != HASH_SIZE:
            raise Malformed("checkpoint root", f"{HASH_SIZE} bytes", str(len(self.root)))
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("checkpoint root", "that of the empty tree at size 0", self.root.hex())

    def body(self) -> str:
        """Gives the note text."""
        lines = (self.origin, str(self.size), b64.encode_standard(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_size(text: str, place: str) -> int:
    """Gives a decimal number without leading zeros. Refuses: Malformed for other spellings."""
    if not _DECIMAL.match(text) or int(text) > SIZE_MAX:
        raise Malformed(place, "a decimal number without leading zeros", show(text))
    return int(text)


def parse_body(text: str) -> Checkpoint:
    """Gives the checkpoint of a note text. Refuses: Malformed for fewer than three lines."""
    lines = text.split("\n")
    if lines.pop() or len(lines) < 3:
        raise Malformed("checkpoint", "origin, size and root, each on its line", show(text))
    origin, size, root = lines[:3]
    return Checkpoint(
        origin,
        parse_size(size, "checkpoint size"),
        b64.decode_standard(root, "checkpoint root"),
        tuple(lines[3:]),
    )


def parse_checkpoint(data: bytes) -> Checkpoint:
    """Gives the checkpoint of a signed note whose signatures are NOT verified."""
    return parse_body(parse_note(data).text)


def sign_checkpoint(checkpoint: Checkpoint, *signers: NoteSigner) -> bytes:
    """Gives the signed note. Refuses: Malformed unless a signer bears the log's origin as name."""
    if not any(signer.name == checkpoint.origin for signer in signers):
        names = ", ".join(signer.name for signer in signers) or "none"
        raise Malformed("checkpoint signer", f"a key named {checkpoint.origin}", names)
    return sign_note(checkpoint.body(), signers)


def open_checkpoint(
    data: bytes, verifiers: NoteVerifier | Iterable[NoteVerifier], *, origin: str | None = None
) -> Checkpoint:
    """Gives the checkpoint when the log itself has signed it.

    Takes: keys of the log (and, if wanted, of others); ``origin`` when it is not the key's name.
    Refuses: Tampered when no key named as the origin has signed, or the origin is another.
    """
    return open_signed(data, verifiers, origin=origin)[0]


def open_signed(
    data: bytes, verifiers: NoteVerifier | Iterable[NoteVerifier], *, origin: str | None = None
) -> tuple[Checkpoint, OpenedNote]:
    """Gives the checkpoint as ``open_checkpoint`` does, and who has signed it."""
    note = open_note(data, _as_list(verifiers))
    checkpoint = parse_body(note.text)
    if origin is None:
        # A witness's key must not pass for the log's: the log signs under its own origin.
        if not any(signature.name == checkpoint.origin for signature in note.verified):
            names = ", ".join(signature.name for signature in note.verified)
            raise Tampered(
                "checkpoint origin", f"that of a key that signed ({names})", show(checkpoint.origin)
            )
    elif checkpoint.origin != origin:
        raise Tampered("checkpoint origin", show(origin), show(checkpoint.origin))
    return checkpoint, note


def _as_list(verifiers: NoteVerifier | Iterable[NoteVerifier]) -> Sequence[NoteVerifier]:
    return list(verifiers) if isinstance(verifiers, Iterable) else [verifiers]
