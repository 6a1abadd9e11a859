"""What a witness decides: cosign a head that has only grown, else say no and keep the evidence.

Pure: a request and what the witness remembers go in, the answer and what it must remember before
it answers come out.

Source: C2SP tlog-witness, "add-checkpoint".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from orebook.log import b64
from orebook.log.checkpoint import Checkpoint, parse_body, parse_size
from orebook.log.errors import LogError, Malformed, Tampered, show
from orebook.log.note import (
    NoteSigner,
    NoteVerifier,
    Signature,
    add_signatures,
    open_note,
    parse_note,
)
from orebook.log.tree import EMPTY_ROOT, HASH_SIZE, verify_consistency

PROOF_MAX = 63
REQUEST_MAX = 1_100_000
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"

Logs: TypeAlias = Mapping[str, Sequence[NoteVerifier]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to a witness: the size it saw last, the proof from there, the signed head."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """Gives the body of an add-checkpoint call."""
        lines = [f"old {self.old}", *(b64.encode_standard(item) for item in self.proof)]
        return "".join(f"{line}\n" for line in [*lines, ""]).encode("ascii") + self.checkpoint


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness remembers of a log: the head it cosigned last and the note that says so.

    ``note`` holds the log's signatures and the witness's own.
    """

    size: int
    root: bytes
    note: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two heads that one log has signed and that could not be shown to be one history.

    ``conclusive`` when nothing else can explain it: two roots at one size. Otherwise the second
    head came without a proof that holds, and the log still owes one.
    """

    origin: str
    reason: str
    conclusive: bool
    seen: bytes
    sent: bytes
    time: int

    @property
    def key(self) -> str:
        """The same for the same pair of heads, however often it is sent."""
        texts = (parse_note(note).text for note in (self.seen, self.sent) if note)
        # not the reason: anyone who has the head can send it with ever another proof that fails
        return sha256("\n\n".join([self.origin, *texts]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer, and what must be durable before it is answered."""

    status: int
    body: str
    origin: str = ""
    seen: Seen | None = None
    evidence: Evidence | None = None
    media_type: str = TEXT_TYPE


def parse_request(data: bytes) -> Request:
    """Gives the request of an add-checkpoint body; the checkpoint is not looked at.

    Refuses: Malformed, naming the line, for any departure from the format.
    """
    if len(data) > REQUEST_MAX:
        raise Malformed("request", f"at most {REQUEST_MAX} bytes", str(len(data)))
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise Malformed("request", "an empty line before the checkpoint", "none")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("request", "ASCII before the checkpoint", "other bytes") from None
    if not first.startswith("old "):
        raise Malformed("request, line 1", "old SIZE", show(first))
    old = parse_size(first.removeprefix("old "), "request, old size")
    if len(lines) > PROOF_MAX:
        raise Malformed("request", f"at most {PROOF_MAX} hashes", str(len(lines)))
    proof = tuple(b64.decode_standard(line, f"request, hash {i}") for i, line in enumerate(lines))
    if any(len(item) != HASH_SIZE for item in proof):
        raise Malformed("request", f"hashes of {HASH_SIZE} bytes", "another length")
    return Request(old, proof, checkpoint)


def decide(
    data: bytes,
    logs: Logs,
    remembered: Callable[[str], Seen | None],
    signers: Sequence[NoteSigner],
    now: int,
) -> Answer:
    """Gives the answer to one add-checkpoint call.

    Takes: the call's body; the keys of each log by origin; what is remembered of an origin, which
    nobody may change until the answer's ``seen`` is stored; the witness's keys, whose clock says
    ``now``.
    Source: C2SP tlog-witness: 400, 404, 403, 409, 422 and 200, in that order.
    """
    try:
        request = parse_request(data)
        note = parse_note(request.checkpoint)
        origin = note.text.partition("\n")[0]
        if origin not in logs:
            return Answer(404, f"this witness does not know the log {show(origin, 200)}\n")
        opened = open_note(request.checkpoint, logs[origin])
        checkpoint = _checkpoint(note.text)
    except Tampered as error:
        return Answer(403, f"{error}\n")
    except Malformed as error:
        return Answer(400, f"{error}\n")
    if checkpoint is None:
        return Answer(422, "a head of size 0 must have the root of the empty tree\n")
    if request.old > checkpoint.size:
        return Answer(400, f"old size {request.old}: expected at most {checkpoint.size}\n")
    signed = _with(note.text, opened.verified)
    seen = remembered(origin)
    found = _inconsistent(request, checkpoint, seen)
    evidence = None
    if found and seen is not None and seen.size:
        reason, conclusive = found
        if conclusive or checkpoint.size != seen.size:  # else it is the same head, proved badly
            evidence = Evidence(origin, reason, conclusive, seen.note, signed, now)
    size = seen.size if seen is not None else 0
    if request.old != size:
        # Two roots at one size are evidence whatever the old size was said to be.
        kept = evidence if evidence is not None and evidence.conclusive else None
        return Answer(409, f"{size}\n", origin, evidence=kept, media_type=SIZE_TYPE)
    if found:
        return Answer(422, f"{found[0]}\n", origin, evidence=evidence)
    ours = [Signature(s.name, s.key_id, s.sign(note.text.encode())) for s in signers]
    whole = add_signatures(signed, ours)
    body = "".join(signature.line for signature in ours)
    return Answer(200, body, origin, Seen(checkpoint.size, checkpoint.root, whole, now))


def parse_answer(
    checkpoint: bytes, body: bytes, cosigners: Sequence[NoteVerifier]
) -> tuple[Signature, ...]:
    """Gives the cosignatures of known keys in a witness's answer, each verified.

    Takes: the checkpoint that was sent.
    Refuses: Malformed for an answer out of form; Tampered when a known key's signature does not
    hold or none is there.
    """
    text = parse_note(checkpoint).text
    opened = open_note(f"{text}\n".encode() + body, cosigners)
    return opened.verified


def _checkpoint(text: str) -> Checkpoint | None:
    """The checkpoint of a note text; None for one of size 0 with a root, which has its own 422."""
    lines = text.split("\n")
    if len(lines) > 3 and lines[1] == "0":
        root = b64.decode_standard(lines[2], "checkpoint root")
        if len(root) == HASH_SIZE and root != EMPTY_ROOT:
            return None
    return parse_body(text)


def _inconsistent(
    request: Request, checkpoint: Checkpoint, seen: Seen | None
) -> tuple[str, bool] | None:
    """Why the head does not continue what was seen, and whether that is beyond doubt."""
    size, root = (seen.size, seen.root) if seen is not None else (0, EMPTY_ROOT)
    if checkpoint.size == size:
        if checkpoint.root != root:
            return f"a second root at size {size}", True
        if not request.proof:
            return None
    if checkpoint.size < size:
        return f"a head of {checkpoint.size} after one of {size}", False
    try:
        verify_consistency(size, checkpoint.size, root, checkpoint.root, request.proof)
    except LogError as error:
        return f"no proof from size {size} to {checkpoint.size}: {error}", False
    return None


def _with(text: str, signatures: Sequence[Signature]) -> bytes:
    """The note with these signatures alone."""
    return f"{text}\n{''.join(signature.line for signature in signatures)}".encode()
