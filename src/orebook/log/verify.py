"""All a sceptic needs: one statement checked offline, with a plain list of what that proves.

Nothing here trusts a server, a folder or a clock. Keys come from the caller, never from the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orebook.log import leaf as leaves
from orebook.log import note, sdjwt
from orebook.log.checkpoint import Checkpoint, open_signed, parse_checkpoint
from orebook.log.errors import Malformed, Tampered, show
from orebook.log.keys import thumbprint
from orebook.log.policy import Policy, Verdict, evaluate, utc
from orebook.log.proof import Proof, parse_proof
from orebook.log.tree import leaf_hash, verify_consistency, verify_inclusion


@dataclass(frozen=True, slots=True)
class Report:
    """What has been proved of one statement, and what has not been looked at.

    ``payload`` is the statement with the given disclosures opened; ``sealed`` are the digests that
    none of them opened; ``author`` is the thumbprint of the key that signed, None when no author
    key was given; ``witnesses`` is what the policy says of the head, None when no policy was given.
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
    witnesses: Verdict | None = None
    not_proved: tuple[str, ...] = ()


def check_statement(
    leaf: bytes,
    disclosures: Sequence[str],
    proof: Proof | bytes,
    log_vkey: str | note.Verifier | None,
    author_key: bytes | None = None,
    *,
    policy: Policy | None = None,
    now: int | None = None,
    max_age: int | None = None,
) -> Report:
    """Gives a report only when every check that could be made has held.

    Takes: the leaf's bytes, disclosure texts to be opened, a ``.tlog-proof``, the log's verifier
    key and, if known from elsewhere, the author's 32-byte Ed25519 key. With a ``policy`` the log's
    key may be None when the policy names the log; ``now`` (seconds since 1970) and ``max_age``
    judge how old a cosignature may be.
    Refuses: Malformed or Tampered at the first check that fails; nothing is reported then. A quorum
    that is not reached is no tampering: it stands under ``not_proved``.
    Source: C2SP tlog-proof, "Verifying a tlog proof"; RFC 9901 section 7.1.
    """
    opened = parse_proof(proof) if isinstance(proof, bytes) else proof
    verifier = _log_key(log_vkey, policy, opened.checkpoint)
    checkpoint, signed = open_signed(opened.checkpoint, verifier)
    verdict = None
    if policy is not None:
        verdict = evaluate(policy, opened.checkpoint, now=now, max_age=max_age, log=verifier)
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
        proved=(
            *_proved(opened.index, checkpoint, author, len(disclosures)),
            *_witnessed(verdict),
        ),
        not_checked=_not_checked(author, len(sealed), len(signed.unknown), verdict),
        witnesses=verdict,
        not_proved=_unwitnessed(verdict),
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


def _log_key(
    given: str | note.Verifier | None, policy: Policy | None, checkpoint: bytes
) -> note.Verifier:
    """The log's Ed25519 key: the one given, else the one under which the policy knows the log."""
    if given is not None:
        return note.parse_vkey(given) if isinstance(given, str) else given
    if policy is None:
        raise Malformed("log key", "the log's verifier key or a policy that names it", "neither")
    origin = parse_checkpoint(checkpoint).origin
    for line in policy.logs:
        if isinstance(line.key, note.Verifier) and line.key.name == origin:
            return line.key
    raise Tampered("checkpoint origin", "a log of the policy, with a key of type 01", show(origin))


def _witnessed(verdict: Verdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ()
    lines = [
        f"witness {name} has confirmed this head, by its clock {utc(time)}"
        for name, time in verdict.counted.items()
    ]
    if verdict.satisfied:
        lines.append(f"the policy's quorum is met: {verdict.needed}")
    return tuple(lines)


def _unwitnessed(verdict: Verdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ()
    lines = [] if verdict.satisfied else [f"the policy's quorum is NOT met: {verdict.needed}"]
    lines += [f"witness {name} has not confirmed this head" for name in verdict.missing]
    for times, why in ((verdict.stale, "too old"), (verdict.ahead, "a time yet to come")):
        lines += [
            f"witness {name} signed {utc(time)}: {why}, not counted" for name, time in times.items()
        ]
    return tuple(lines)


def _not_checked(
    author: str | None, sealed: int, foreign: int, verdict: Verdict | None
) -> tuple[str, ...]:
    lines = []
    if author is None:
        lines.append("author's signature: no author key was given")
    if verdict is None:
        lines.append(f"witnesses: not checked here ({foreign} signature(s) of keys not given)")
    else:
        lines += [
            f"witness {name}: its signature type is not checked here"
            for name in verdict.not_checked
        ]
        lines += [
            f"signature of {name}: a key the policy does not know" for name in verdict.unknown
        ]
    lines.append("a later head: whether the log still tells the same history needs a newer proof")
    if sealed:
        lines.append(f"{sealed} digest(s) were not opened: sealed values or decoys")
    lines.append("truth: a signature says who stated it, not that it is so")
    return tuple(lines)
