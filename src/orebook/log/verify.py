"""All a sceptic needs: one statement checked offline, with a plain list of what that proves.

Nothing here trusts a server, a folder or a clock. Keys come from the caller, never from the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orebook.log import leaf as leaves
from orebook.log import note, sdjwt
from orebook.log.checkpoint import Checkpoint, open_signed
from orebook.log.errors import Tampered
from orebook.log.keys import thumbprint
from orebook.log.proof import Proof, parse_proof
from orebook.log.tree import leaf_hash, verify_consistency, verify_inclusion


@dataclass(frozen=True, slots=True)
class Report:
    """What has been proved of one statement, and what has not been looked at.

    ``payload`` is the statement with the given disclosures opened; ``sealed`` are the digests that
    none of them opened; ``author`` is the thumbprint of the key that signed, None when no author
    key was given.
    """

    entry: bytes
    index: int
    checkpoint: Checkpoint
    log_key: str
    kid: str
    author: str | None
    payload: Mapping[str, sdjwt.Json]
    sealed: tuple[sdjwt.Sealed, ...]
    proved: tuple[str, ...]
    not_checked: tuple[str, ...]


def check_statement(
    leaf: bytes,
    disclosures: Sequence[str],
    proof: Proof | bytes,
    log_vkey: str | note.Verifier,
    author_key: bytes | None = None,
) -> Report:
    """Gives a report only when every check that could be made has held.

    Takes: the leaf's bytes, disclosure texts to be opened, a ``.tlog-proof``, the log's verifier
    key and, if known from elsewhere, the author's 32-byte Ed25519 key.
    Refuses: Malformed or Tampered at the first check that fails; nothing is reported then.
    Source: C2SP tlog-proof, "Verifying a tlog proof"; RFC 9901 section 7.1.
    """
    verifier = note.parse_vkey(log_vkey) if isinstance(log_vkey, str) else log_vkey
    opened = parse_proof(proof) if isinstance(proof, bytes) else proof
    checkpoint, signed = open_signed(opened.checkpoint, verifier)
    entry = leaf_hash(leaf)
    verify_inclusion(opened.index, checkpoint.size, entry, opened.path, checkpoint.root)
    if author_key is None:
        header, payload = leaves.read_leaf(leaf)
        author = None
    else:
        header, payload = leaves.verify_leaf(leaf, author_key)
        author = thumbprint(author_key)
    shown = sdjwt.reveal(payload, disclosures)
    _, sealed = sdjwt.overlay(payload, {sdjwt.digest(text): text for text in disclosures})
    return Report(
        entry=entry,
        index=opened.index,
        checkpoint=checkpoint,
        log_key=verifier.vkey,
        kid=header["kid"],
        author=author,
        payload=shown,
        sealed=sealed,
        proved=_proved(opened.index, checkpoint, author, len(disclosures)),
        not_checked=_not_checked(author, len(sealed), len(signed.unknown)),
    )


def check_same_log(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> None:
    """Returns only when ``new`` is ``old`` grown: the same log, nothing rewritten.

    Refuses: Tampered for another origin or a history that was changed.
    """
    if old.origin != new.origin:
        raise Tampered("checkpoint origin", old.origin, new.origin)
    verify_consistency(old.size, new.size, old.root, new.root, path)


def _proved(index: int, head: Checkpoint, author: str | None, opened: int) -> tuple[str, ...]:
    lines = [
        f"the log {head.origin} has signed a head of {head.size} entries",
        f"this statement is entry {index} under that head, byte for byte",
    ]
    if author is not None:
        lines.append(f"the key {author} has signed this statement")
    if opened:
        lines.append(f"{opened} disclosed value(s) are those the statement committed to")
    return tuple(lines)


def _not_checked(author: str | None, sealed: int, foreign: int) -> tuple[str, ...]:
    lines = []
    if author is None:
        lines.append("author's signature: no author key was given")
    lines.append(f"witnesses: not checked here ({foreign} signature(s) of keys not given)")
    lines.append("a later head: whether the log still tells the same history needs a newer proof")
    if sealed:
        lines.append(f"{sealed} digest(s) were not opened: sealed values or decoys")
    lines.append("truth: a signature says who stated it, not that it is so")
    return tuple(lines)
