"""The ``.tlog-proof`` file: index, inclusion path and checkpoint, checkable offline.

Source: C2SP tlog-proof (v1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orebook.log import b64
from orebook.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, parse_size
from orebook.log.errors import Malformed, show
from orebook.log.note import NoteVerifier
from orebook.log.tree import HASH_SIZE, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
PATH_MAX = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf's place in a log, and the signed note that vouches for it; nothing verified yet."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """Gives the bytes of the ``.tlog-proof`` file; the checkpoint stands in it verbatim."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64.encode_standard(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(b64.encode_standard(item) for item in self.path)
        return "\n".join([*lines, "", ""]).encode("ascii") + self.checkpoint


def parse_proof(data: bytes) -> Proof:
    """Gives the proof that these bytes write down; verifies nothing.

    Refuses: Malformed, naming the line, for any departure from the format.
    """
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise Malformed("proof", "an empty line before the checkpoint", "none")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("proof", "ASCII before the checkpoint", "other bytes") from None
    if lines.pop(0) != HEADER:
        raise Malformed("proof, line 1", HEADER, show(head))
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = b64.decode_standard(lines.pop(0).removeprefix("extra "), "proof, extra")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("proof", "a line 'index N'", show(lines[0]) if lines else "none")
    index = parse_size(lines.pop(0).removeprefix("index "), "proof, index")
    if len(lines) > PATH_MAX:
        raise Malformed("proof", f"at most {PATH_MAX} hashes", str(len(lines)))
    path = tuple(b64.decode_standard(line, f"proof, hash {i}") for i, line in enumerate(lines))
    if any(len(item) != HASH_SIZE for item in path):
        raise Malformed("proof", f"hashes of {HASH_SIZE} bytes", "another length")
    parse_checkpoint(checkpoint)
    return Proof(index, path, checkpoint, extra)


def verify_proof(
    proof: Proof | bytes,
    leaf: bytes,
    verifiers: NoteVerifier | Iterable[NoteVerifier],
    *,
    origin: str | None = None,
) -> Checkpoint:
    """Gives the checkpoint under which ``leaf`` (its bytes) is proved to be in the log.

    Refuses: Malformed for the form; Tampered for a bad signature or a path to another root.
    Source: C2SP tlog-proof, "Verifying a tlog proof", steps 1, 2 and 4 (witnesses: step 3, apart).
    """
    opened = parse_proof(proof) if isinstance(proof, bytes) else proof
    checkpoint = open_checkpoint(opened.checkpoint, verifiers, origin=origin)
    verify_inclusion(opened.index, checkpoint.size, leaf_hash(leaf), opened.path, checkpoint.root)
    return checkpoint
