"""Self-signing: a party seals and signs offline; the book takes what it signed as it is.

A line of a signed file holds a leaf, and the disclosures its signer hands to the book with it, each
for its audience. What it keeps to itself stays sealed in the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from orebook.acts.record import Receipt, Record
from orebook.acts.reveal import reveal_fault
from orebook.book.leaves import digests, parse
from orebook.book.seal import AUDIENCE, Envelope, Salt, faults, seal_draft
from orebook.book.signed import admit
from orebook.book.vault import PUBLIC, Kept
from orebook.exchange.format import Read, Source
from orebook.exchange.registry import choose
from orebook.log import canon, sdjwt
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey
from orebook.model.entry import Body, Draft
from orebook.model.hidden import check_hidden, clear
from orebook.model.problem import OrebookError, Problem, SenderError
from orebook.model.shape import BY_ACT, shelves

FORMAT = "orebook-signed"
KEY_KINDS = ("key", "revocation")
_MARK = b'{"orebook-signed":1,'
_LINE_MAX = 1 << 20
_START = 8192
_STEP = "Sign it anew with the key that is registered for its author, and send it again."


@dataclass(frozen=True, slots=True)
class Signed:
    """One signed statement: its place in the file, the leaf, and what is handed over with it."""

    place: str
    leaf: bytes
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a signed file: facts by kind, faults, and where they stand."""

    appended: dict[str, int]
    known: int
    problems: tuple[Problem, ...]
    receipt: Receipt | None


def sign(
    stream: BinaryIO, name: str, key: SigningKey, party: str, origin: str, issued: str, salt: Salt
) -> Iterator[bytes]:
    """A document as lines of leaves that the party has signed for one book.

    Takes: any document this program reads; the party's key; the origin of the book, which goes
    inside, so that no other book takes them; the time.
    Refuses: SenderError with every fault of the document: a signature is made for all or nothing.
    """
    chosen = choose(stream.read(_START), name)
    if isinstance(chosen, Problem):
        raise SenderError(chosen.text(), [chosen])
    stream.seek(0)
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for item in chosen.read(stream, Source(name, "")):
        if isinstance(item, Read):
            seal = {0: item.seal} if item.seal else {}
            drafts.append(
                Draft(item.kind, (item.body,), party, item.evidence, item.supersedes, "", seal)
            )
        else:
            problems.append(item)
    problems += [p.within("", name) for p in faults(drafts)]
    if problems:
        raise SenderError(problems[0].text(), problems)
    for draft in drafts:
        sealed = seal_draft(draft, Envelope(origin, issued), key, salt)
        for leaf in sealed.leaves:
            own = set(digests(parse(0, leaf).payload))
            yield _line(leaf, [k for k in sealed.kept if k.digest in own])


def sniff(start: bytes) -> bool:
    """Whether a document is a signed file."""
    return start.startswith(_MARK)


def take(book: Record, stream: BinaryIO, *, dry_run: bool = False, whole: bool = False) -> Taken:
    """The signed statements of a file, appended as they are once each has been checked.

    Takes: `whole`, to append nothing where one is refused.
    Refuses: nothing by itself; a line at fault is a Problem, and the others stand: another book's,
    a key that is not its author's or holds no longer, a signature that does not hold, a
    disclosure that no digest names, what must be hidden and is not.
    """
    good: list[Signed] = []
    problems: list[Problem] = []
    spoken = ""  # the line after which other keys count than those known now
    for item in read(stream):
        fault = item if isinstance(item, Problem) else _fault(book, item)
        if fault is None and spoken:
            expected = f"no line after {spoken}, from which on other keys count"
            fault = _bad("keys-changed", item.place, expected, "one: send it in a file of its own")
        if fault is not None:
            problems.append(fault)
        elif isinstance(item, Signed):
            good.append(item)
            spoken = item.place if parse(0, item.leaf).kind in KEY_KINDS else ""
    counts: dict[str, int] = {}
    if whole and problems:
        good = []
    for item in good:
        stored = parse(0, item.leaf)
        counts[stored.kind] = counts.get(stored.kind, 0) + len(stored.facts)
    if dry_run or not good:
        return Taken(counts, 0, tuple(problems), None)
    receipt = book.take_signed([s.leaf for s in good], [k for s in good for k in s.kept])
    return Taken(counts, len(receipt.again), tuple(problems), receipt)


def read(stream: BinaryIO) -> Iterator[Signed | Problem]:
    """Each line of a signed file, or what is wrong with its form."""
    number = 0
    while line := stream.readline(_LINE_MAX + 1):
        number += 1
        place = f"line {number}"
        if len(line) > _LINE_MAX:
            yield _bad("too-long", place, f"lines of at most {_LINE_MAX} bytes", "a longer line")
            return
        if not line.isspace():
            yield _parsed(line, place)


def _parsed(line: bytes, place: str) -> Signed | Problem:
    try:
        said = canon.read_foreign(line.strip(), "line")
    except LogError as error:
        return _bad("not-signed", place, error.expected, error.found or "something else")
    names = {"orebook-signed", "leaf", "disclosures"}
    sound = isinstance(said, dict) and set(said) == names and isinstance(said["leaf"], str)
    texts = said["disclosures"] if isinstance(said, dict) and sound else None
    if not isinstance(said, dict) or not isinstance(texts, list):
        return _bad("not-signed", place, f"an object of {', '.join(sorted(names))}", "another")
    kept: list[Kept] = []
    for item in texts:
        if not isinstance(item, dict) or set(item) != {"text", "for"}:
            return _bad("not-signed", place, "disclosures of text and for", "something else")
        text, audience = item["text"], item["for"]
        named = audience if isinstance(audience, list) else [None]
        sound = all(isinstance(a, str) and AUDIENCE.fullmatch(a) for a in named)
        if not isinstance(text, str) or not text.isascii() or not sound:
            return _bad("not-signed", place, "disclosures of text and for", "something else")
        kept += [Kept(sdjwt.digest(text), str(a), text) for a in named]
    leaf = str(said["leaf"])
    if not leaf.isascii():
        return _bad("not-signed", place, "a leaf in ASCII", "other characters")
    return Signed(place, leaf.encode("ascii"), tuple(kept))


def _fault(book: Record, item: Signed) -> Problem | None:
    """What keeps a signed statement out of this book, or None."""
    size = book.head.size
    held = {(k.party, k.kid): k for k in book.party_keys() if k.holds(size)}

    def key_of(kid: str, author: str) -> bytes | None:
        found = held.get((author, kid))
        return found.public if found is not None else None

    try:
        admit([item.leaf], book.origin, key_of)
        stored = parse(0, item.leaf)
        texts = sorted({kept.text for kept in item.kept})
        opened = sdjwt.reveal(stored.payload, texts)
    except LogError as error:
        return _bad("bad-disclosure", item.place, error.expected, error.found or error.place)
    except OrebookError as error:
        first = error.problems[0] if error.problems else None
        if first is None:
            return _bad(error.code, item.place, "a leaf of this book", str(error))
        return Problem(first.code, item.place, first.expected, first.found, first.next_step)
    if stored.kind in KEY_KINDS and len(opened["facts"]) != 1:
        return _bad("refused", item.place, f"one {stored.kind} by itself", "several")
    for index, fact in enumerate(opened["facts"]):
        if problems := check_hidden(stored.kind, fact, f"{item.place}, /facts/{index}"):
            return problems[0]
        if fault := _too_wide(stored.kind, fact, item):
            return fault
        if stored.kind in BY_ACT and (why := _act_fault(book, stored.kind, fact, stored.key_id)):
            return _bad("refused", item.place, f"a {stored.kind} that counts", why)
    return None


def _too_wide(kind: str, fact: Body, item: Signed) -> Problem | None:
    """What the tables seal is handed over for everyone to read."""
    public = {kept.text for kept in item.kept if kept.audience == PUBLIC}
    narrow = {p.rpartition("/")[2] for p, who in shelves(kind, clear(fact)) if who != PUBLIC}
    for text in public:
        name = sdjwt.name_of(text)
        if name in narrow:
            return _bad("shown", f"{item.place}, {name}", "an audience: it is sealed", PUBLIC)
    return None


def _act_fault(book: Record, kind: str, fact: Body, signer: str) -> str:
    if kind in KEY_KINDS:
        return book.key_fault(kind, fact, signer)
    if kind == "reveal":
        return reveal_fault(book, fact)
    return "it is for the keeper of the book to state"


def _line(leaf: bytes, kept: Sequence[Kept]) -> bytes:
    audiences: dict[str, list[str]] = {}
    for item in kept:
        audiences.setdefault(item.text, []).append(item.audience)
    said = {
        "orebook-signed": 1,
        "leaf": leaf.decode("ascii"),
        "disclosures": [{"text": text, "for": who} for text, who in audiences.items()],
    }
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def _bad(code: str, place: str, expected: str, found: str) -> Problem:
    return Problem(code, place, expected, found, _STEP)
