"""A receipt: one file with all that a reader needs to check one statement offline, save the keys.

The keys a reader trusts come from elsewhere than the receipt. What the receipt says of keys is
shown and never believed; what could not be checked is listed and never counts.

Source: docs/reference/receipt.md; C2SP tlog-proof, "Verifying a tlog proof"; RFC 9901 section 7.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from orebook.log import b64, canon, keys, note, sdjwt
from orebook.log import leaf as leaves
from orebook.log.checkpoint import Checkpoint, open_signed, parse_checkpoint
from orebook.log.errors import LogError, Malformed, Tampered, show
from orebook.log.policy import Policy, evaluate, utc
from orebook.log.proof import Proof, parse_proof
from orebook.log.tree import leaf_hash, verify_inclusion

FORM = "orebook/receipt/1"
RECEIPT_MAX = 8_000_000
_MEMBERS = ("author_key", "disclosures", "leaf", "log_key", "proof", "receipt")

Outcome: TypeAlias = Literal["proved", "refused", "undecided", "unreadable"]
PROVED: Outcome = "proved"
REFUSED: Outcome = "refused"
UNDECIDED: Outcome = "undecided"
UNREADABLE: Outcome = "unreadable"


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """An entry of the same log that names the author's key, with its proof."""

    leaf: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """The parts of a receipt; nothing verified yet. ``log_key`` is a hint and never trusted."""

    leaf: bytes
    disclosures: tuple[str, ...]
    proof: bytes
    log_key: str = ""
    author_key: KeyStatement | None = None

    def encode(self) -> bytes:
        """Gives the bytes of the file: one line of canonical JSON."""
        stated = self.author_key
        body = {
            "receipt": FORM,
            "leaf": self.leaf.decode("ascii"),
            "disclosures": list(self.disclosures),
            "proof": self.proof.decode("utf-8"),
            "log_key": self.log_key,
            "author_key": None
            if stated is None
            else {"leaf": stated.leaf.decode("ascii"), "proof": stated.proof.decode("utf-8")},
        }
        return canon.encode(body) + b"\n"


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader brings from elsewhere: the log's key or a policy, the author's key if known.

    A policy that lists logs needs no other key of the log; one that lists none needs it. ``now``,
    seconds since 1970 by the reader's clock, keeps witnesses from counting that signed in the time
    to come; without it no time is judged.
    """

    log_key: note.Verifier | None = None
    author_key: bytes | None = None
    policy: Policy | None = None
    now: int | None = None

    @property
    def knows_log(self) -> bool:
        """Whether there is a key to open the log's checkpoints with."""
        return self.log_key is not None or bool(self.policy and self.policy.logs)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the receipt is about, as far as it could be read.

    ``payload`` has the given disclosures opened; ``sealed`` counts the digests that stay closed;
    ``key_entry`` is the position of the entry that names the author's key, if one was given.
    """

    entry: bytes
    index: int
    head: Checkpoint
    kid: str
    payload: Mapping[str, sdjwt.Json]
    opened: int
    sealed: int
    key_entry: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: what was proved, what was not looked at, and why it was refused if it was."""

    outcome: Outcome
    proved: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    refusal: LogError | None = None
    statement: Statement | None = None
    hint: str = ""


class _Named(NamedTuple):
    """An entry that names a key, the key, and whose it says the key is."""

    position: int
    public: bytes
    holder: str


@dataclass(slots=True)
class _Lines:
    proved: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    undecided: bool = False

    def open(self, line: str) -> None:
        """Something without which nothing is proved could not be checked."""
        self.undecided = True
        self.not_checked.append(line)


def parse_receipt(data: bytes) -> Receipt:
    """Gives the parts of a receipt; verifies nothing.

    Refuses: Malformed for anything but one line of canonical JSON with exactly its members.
    """
    if len(data) > RECEIPT_MAX:
        raise Malformed("receipt", f"at most {RECEIPT_MAX} bytes", str(len(data)))
    if not data.endswith(b"\n"):
        raise Malformed("receipt", "one line with its newline", show(data[-12:]))
    value = canon.decode(data[:-1])
    if not isinstance(value, dict) or value.get("receipt") != FORM:
        found = value.get("receipt") if isinstance(value, dict) else type(value).__name__
        raise Malformed("receipt", f"receipt {FORM}", show(str(found)))
    if tuple(sorted(value)) != _MEMBERS:
        raise Malformed("receipt", f"members {', '.join(_MEMBERS)}", show(", ".join(value), 200))
    texts = value["disclosures"]
    if not isinstance(texts, list):
        raise Malformed("receipt disclosures", "an array", type(texts).__name__)
    stated = value["author_key"]
    if stated is not None and (not isinstance(stated, dict) or stated.keys() != {"leaf", "proof"}):
        raise Malformed("receipt author_key", "null, or a leaf and a proof", show(str(stated)))
    return Receipt(
        _text(value["leaf"], "receipt leaf").encode(),
        tuple(_text(item, "receipt disclosures") for item in texts),
        _text(value["proof"], "receipt proof").encode(),
        _text(value["log_key"], "receipt log_key"),
        None
        if stated is None
        else KeyStatement(
            _text(stated["leaf"], "receipt author_key").encode(),
            _text(stated["proof"], "receipt author_key").encode(),
        ),
    )


def check(data: bytes, trust: Trust) -> Verdict:
    """Gives what these bytes prove to a reader who trusts these keys; raises nothing.

    Gives: *proved* when the log's signature, the place in the tree, the author's signature and
    every disclosure hold; *refused* when one of them does not; *undecided* when none fails and a
    key to check one was lacking; *unreadable* when a part is not of its form.
    """
    lines = _Lines()
    hint = ""
    try:
        receipt = parse_receipt(data)
        hint = receipt.log_key
        statement = _check(receipt, trust, lines)
    except Malformed as refusal:
        return Verdict(UNREADABLE, refusal=refusal, hint=hint)
    except Tampered as refusal:
        return Verdict(REFUSED, refusal=refusal, hint=hint)
    outcome = UNDECIDED if lines.undecided else PROVED
    return Verdict(
        outcome, tuple(lines.proved), tuple(lines.not_checked), None, statement, receipt.log_key
    )


def _check(receipt: Receipt, trust: Trust, lines: _Lines) -> Statement:
    header, payload = leaves.read_leaf(receipt.leaf)
    shown = sdjwt.reveal(payload, receipt.disclosures)
    _, sealed = sdjwt.overlay(payload, {sdjwt.digest(text): text for text in receipt.disclosures})
    proof = parse_proof(receipt.proof)
    head = _placed(receipt.leaf, proof, trust, lines)
    if shown.get("book", head.origin) != head.origin:
        raise Tampered("statement book", head.origin, show(str(shown["book"])))
    author = str(payload.get("author", ""))
    key_entry = _signed_by(receipt, header["kid"], author, proof.index, head, trust, lines)
    if receipt.disclosures:
        count = len(receipt.disclosures)
        lines.proved.append(f"the {count} disclosed value(s) are those sealed in the statement")
    if sealed:
        lines.not_checked.append(f"{len(sealed)} digest(s) not opened: sealed values or decoys")
    lines.not_checked += (
        "a later head: whether the log still tells this history needs a newer proof",
        "revocation: whether the key was revoked before this entry is not in a receipt",
        "truth: a signature says who stated it, not that it is so",
    )
    return Statement(
        leaf_hash(receipt.leaf),
        proof.index,
        head,
        header["kid"],
        shown,
        len(receipt.disclosures),
        len(sealed),
        key_entry,
    )


def _placed(leaf: bytes, proof: Proof, trust: Trust, lines: _Lines) -> Checkpoint:
    """Steps 1 to 4 of a tlog proof; the path is folded even where no key was given."""
    seen: list[str] = []
    if not trust.knows_log:
        head = parse_checkpoint(proof.checkpoint)
        seen.append("witnesses: without a key of the log they vouch for nothing")
    else:
        head = _opened(proof.checkpoint, trust, lines, seen)
    verify_inclusion(proof.index, head.size, leaf_hash(leaf), proof.path, head.root)
    place = f"entry {proof.index} under the head of {head.size} entries of {head.origin}"
    if trust.knows_log:
        lines.proved.append(f"this statement is {place}, byte for byte")
    else:
        lines.open("the log's signature: no key of the log was given from elsewhere")
        lines.not_checked.append(f"{place}: the path fits, the head is not vouched for")
    lines.not_checked += seen
    return head


def _opened(signed: bytes, trust: Trust, lines: _Lines, seen: list[str]) -> Checkpoint:
    """The head that the log has signed; with a policy, whether enough witnesses have seen it."""
    if trust.policy is None:
        assert trust.log_key is not None
        head, opened = open_signed(signed, trust.log_key)
        lines.proved.append(_head_line(head))
        count = len(opened.unknown)
        seen.append(f"witnesses: no policy was given ({count} signature(s) not looked at)")
        return head
    found = evaluate(trust.policy, signed, now=trust.now, log=trust.log_key)
    lines.proved.append(_head_line(found.checkpoint))
    if found.satisfied:
        lines.proved.append(f"your policy is met: it needs {found.needed}")
    else:
        lines.open(f"your policy is not met: it needs {found.needed}")
    for name, second in found.counted.items():
        lines.proved.append(f"witness {name} saw this head, by its clock {utc(second)}")
    seen += (
        f"witness {name}: it signed {utc(second)}, by the clock here a time to come"
        for name, second in found.ahead.items()
    )
    seen += (f"witness {name}: its kind of signature" for name in found.not_checked)
    seen += (f"witness {name}: it has not signed this head" for name in found.missing)
    seen += (f"signature of {name}: a key your policy does not name" for name in found.unknown)
    return found.checkpoint


def _head_line(head: Checkpoint) -> str:
    return f"the log {head.origin} has signed a head of {head.size} entries"


def _signed_by(
    receipt: Receipt,
    kid: str,
    author: str,
    index: int,
    head: Checkpoint,
    trust: Trust,
    lines: _Lines,
) -> int | None:
    """The author's signature, by the key given from elsewhere or by the one the log states."""
    stated = receipt.author_key
    named = None if stated is None else _stated_key(stated, kid, index, head, trust, lines)
    public = trust.author_key if trust.author_key is not None else named and named.public
    if public is None:
        lines.open("the author's signature: neither given from elsewhere nor stated by the log")
        return None
    leaves.verify_leaf(receipt.leaf, public)
    position = None if named is None else named.position
    if trust.author_key is not None:
        lines.proved.append(f"the key {keys.thumbprint(public)}, given by you, has signed it")
    elif not trust.knows_log:
        lines.not_checked.append(f"whose key {kid} is: it fits, the log that states it is unproved")
    else:
        lines.proved.append(f"the key {kid} has signed it, which entry {position} of the log names")
        lines.not_checked.append(
            f"whose key that is: entry {position} says so; none was given from elsewhere"
        )
    if named is not None and author != named.holder:
        lines.not_checked.append(
            f"whether {show(author)} agrees: the key is stated as that of {show(named.holder)}"
        )
    return position


def _stated_key(
    stated: KeyStatement, kid: str, index: int, head: Checkpoint, trust: Trust, lines: _Lines
) -> _Named:
    """The position of an entry of the same log, and the key in it that the statement names.

    A key counts from the entry after the one that states it; the first entry states its own.
    """
    _, payload = leaves.read_leaf(stated.leaf)
    proof = parse_proof(stated.proof)
    apart = _Lines()
    where = _placed(stated.leaf, proof, trust, apart)
    if apart.undecided and trust.knows_log:
        lines.open("the entry that names the author's key: its head does not meet your policy")
    if where.origin != head.origin:
        raise Tampered("author key statement", f"an entry of {head.origin}", show(where.origin))
    if proof.index > index:
        raise Tampered("author key statement", f"an entry before {index}", f"entry {proof.index}")
    return _Named(proof.index, *_find_key(payload, kid))


def _find_key(payload: Mapping[str, object], kid: str) -> tuple[bytes, str]:
    named = list(stated_keys(payload))
    for public, holder in named:
        if keys.thumbprint(public) == kid:
            return public, holder
    raise Tampered("author key statement", f"a key named {show(kid)}", f"{len(named)} other key(s)")


def stated_keys(payload: Mapping[str, object]) -> Iterator[tuple[bytes, str]]:
    """Gives the keys that an entry states, each with whose it is said to be.

    They are JWKs in ``keys``, the author's own, and texts in its facts' ``public_key``.
    Refuses: Malformed for one that is no key or is weak.
    """
    listed, facts = payload.get("keys"), payload.get("facts")
    for jwk in listed if isinstance(listed, list) else ():
        yield keys.from_jwk(jwk), str(payload.get("author", ""))
    for fact in facts if isinstance(facts, list) else ():
        if isinstance(fact, dict) and "public_key" in fact:
            public = read_key(_text(fact["public_key"], "author key"))
            yield public, str(fact.get("party", ""))


def read_key(text: str) -> bytes:
    """Gives an author's key from its 32 bytes in base64url. Refuses: Malformed, weak keys too."""
    return keys.public_key(b64.decode(text, "author key"))


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise Malformed(place, "text", type(value).__name__)
    return value
