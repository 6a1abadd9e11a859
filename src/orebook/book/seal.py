"""From a draft to signed leaves: admitted, sealed where it must be, split where it is too large.

What a leaf shows in the clear is public for ever. The attribute tables decide which values lie on
the public shelf or are sealed; a draft may seal more, never less.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from orebook.book import VERSION
from orebook.book.errors import BadDraft
from orebook.book.vault import Kept
from orebook.log import canon, sdjwt
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey
from orebook.log.leaf import PAYLOAD_MAX, make_leaf_of
from orebook.model.entry import OWNER, PUBLIC, Body, Draft, Seal, Seals
from orebook.model.problem import Problem
from orebook.model.shape import check, shapes, shelves

Salt = Callable[[], bytes]
SEALED = "sealed"
# What `_sd_alg`, the capture id and the commas around the facts can add to the envelope.
_SLACK = 96
_TEXT_MAX = 1024
# Facts of more bytes than this are spread over several leaves.
_LEAF_FACTS = 16_000
# No control characters: a database that refuses one would refuse all that is written beside it.
AUDIENCE = re.compile(rf"[^\x00-\x1f\x7f\ud800-\udfff]{{1,{_TEXT_MAX}}}")
# Hiding can make a fact larger, though never so much that one of this size outgrows a leaf.
SURELY_FITS = 4000


class SealedDraft(NamedTuple):
    """The leaves of one draft, in order, and the disclosures that never go into them."""

    leaves: tuple[bytes, ...]
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every entry of one append shares: the book's origin, the time, the capture id."""

    book: str
    issued: str
    capture: str = ""

    def around(self, draft: Draft) -> dict[str, Any]:
        """The payload of an entry but for its facts."""
        payload: dict[str, Any] = {
            "orebook": VERSION,
            "book": self.book,
            "kind": draft.kind,
            "author": draft.author,
            "issued": self.issued,
        }
        optional: dict[str, Any] = {
            "about": draft.about,
            "evidence": list(draft.evidence),
            "supersedes": list(draft.supersedes),
            "capture": self.capture,
        }
        return payload | {name: value for name, value in optional.items() if value}


def faults(drafts: Sequence[Draft], *, checked: bool = False) -> list[Problem]:
    """Every fault the drafts show by themselves, each with its place; empty when all are sound.

    Takes: `checked`, for facts that `shape.check` has passed already.
    """
    problems: list[Problem] = []
    for number, draft in enumerate(drafts):
        if draft.kind not in shapes():
            problems += check(draft.kind, {}, f"/{number}")
            continue
        for index, fact in enumerate(() if checked else draft.facts):
            place = draft.places[index] if index < len(draft.places) else f"/{number}/facts/{index}"
            problems += check(draft.kind, fact, place)
        if not draft.facts:
            problems.append(_bad("empty-draft", f"/{number}/facts", "at least one fact", "none"))
        problems += _envelope(draft, f"/{number}")
    return problems


def _envelope(draft: Draft, place: str) -> Iterable[Problem]:
    if not draft.author:
        yield _bad("no-author", f"{place}/author", "who states it", "nothing")
    for name, texts in (
        ("author", (draft.author,)),
        ("about", (draft.about,)),
        ("evidence", draft.evidence),
        ("supersedes", draft.supersedes),
    ):
        for text in texts:
            if not isinstance(text, str) or len(text) > _TEXT_MAX:
                expected = f"text of at most {_TEXT_MAX} characters"
                yield _bad("bad-text", f"{place}/{name}", expected, "something else")
    for index in draft.seal:
        if not 0 <= index < len(draft.facts):
            expected = f"the number of one of {len(draft.facts)} facts"
            yield _bad("cannot-seal", f"{place}/seal", expected, str(index))


def _bad(code: str, place: str, expected: str, found: str) -> Problem:
    return Problem(code, place, expected, found, "Correct it and send the document again.")


def seal_draft(
    draft: Draft, envelope: Envelope, key: SigningKey, salt: Salt, **more: Any
) -> SealedDraft:
    """The draft as signed leaves of about 16,000 bytes of facts each, always split the same way.

    No payload has over 48,000 bytes, which one large fact may need.

    Takes: a draft without faults; `more`, further payload members (the keys of the first entry).
    Refuses: BadDraft for one fact too large for a leaf, or a pointer to seal that leads nowhere.
    """
    hidden: list[tuple[Body, bool]] = []
    kept: list[Kept] = []
    plain = draft.plain and not draft.seal
    if plain:
        hidden = [(fact, False) for fact in draft.facts]
    for index, fact in enumerate(() if plain else draft.facts):
        place = draft.places[index] if index < len(draft.places) else f"/facts/{index}"
        body, disclosures = conceal(draft.kind, fact, draft.seal.get(index, ()), salt, place)
        hidden.append((body, bool(disclosures)))
        kept += disclosures
    around = {n: canon.encode(v) for n, v in (envelope.around(draft) | more).items()}
    room = PAYLOAD_MAX - _SLACK - len(canon.compose({**around, "facts": b"[]"}))
    leaves = []
    for group in _packed(draft, hidden, room):
        facts = canon.listed([data for data, _ in group])
        payload = {**around, "facts": facts}
        if any(sealed for _, sealed in group):
            payload[sdjwt.ALGORITHM] = canon.encode(sdjwt.SHA_256)
        leaves.append(make_leaf_of(canon.compose(payload), key))
    return SealedDraft(tuple(leaves), tuple(kept))


def fitting(fact: Body) -> bytes:
    """The canonical bytes of a fact that fits a leaf whatever of it is hidden; of another none."""
    try:
        data = canon.encode(fact)
    except LogError:
        return b""
    return data if len(data) < SURELY_FITS else b""


def _facts_of(draft: Draft) -> bytes:
    """The canonical bytes of the list of its facts."""
    if not draft.encoded:
        return canon.encode({"facts": list(draft.facts)})[len('{"facts":') : -1]
    pairs = zip(draft.encoded, draft.facts, strict=True)
    return canon.listed(data or canon.encode(fact) for data, fact in pairs)


def _packed(
    draft: Draft, bodies: Sequence[tuple[Body, bool]], room: int
) -> Iterable[list[tuple[bytes, bool]]]:
    """Canonical facts in groups that fit a leaf, each with whether it hides anything.

    Groups are of much the same size, and small: who looks for one fact reads its whole leaf.
    """
    facts = list(_encoded(draft, bodies, room))
    total = sum(len(data) + 1 for data, _ in facts)
    shares = total // _LEAF_FACTS + 1
    group: list[tuple[bytes, bool]] = []
    number, before, used = 1, 0, 0
    for data, sealed in facts:
        size = len(data) + 1
        beyond = (2 * (before + used) + size) * shares > 2 * number * total
        if group and (beyond or used + size > room):
            yield group
            group, number, before, used = [], number + 1, before + used, 0
        group.append((data, sealed))
        used += size
    yield group


def _encoded(
    draft: Draft, bodies: Sequence[tuple[Body, bool]], room: int
) -> Iterable[tuple[bytes, bool]]:
    for index, (body, sealed) in enumerate(bodies):
        known = draft.encoded[index] if draft.encoded and not sealed else b""
        data = known or canon.encode(body)
        size = len(data) + 1
        if size > room:
            place = draft.places[index] if index < len(draft.places) else f"/facts/{index}"
            problem = Problem(
                "fact-too-large",
                place,
                f"a fact of at most {room} bytes",
                f"{size} bytes",
                "Split it, or hand its text in as a file and cite the file.",
            )
            raise BadDraft(problem.text(), [problem])
        yield data, sealed


def conceal(
    kind: str, fact: Body, seals: Seals, salt: Salt, place: str = ""
) -> tuple[Body, list[Kept]]:
    """The fact with digests where values are hidden, each hidden name in its object's `sealed`.

    Gives: one `Kept` per disclosure and audience. `sealed` names one audience as text, several as
    a list.
    Refuses: BadDraft for a pointer that leads nowhere or to an identifier, and for an audience
    wider than the attribute tables allow.
    """
    marks = _marks(kind, fact, seals, place)
    if not marks:
        return fact, []
    body = cast("Body", _copy(fact))
    for pointer, audience in marks.items():
        holder, name = _holder(body, pointer)
        if isinstance(holder, dict):
            named = cast("dict[str, object]", holder.setdefault(SEALED, {}))
            named[name] = audience[0] if len(audience) == 1 else list(audience)
    try:
        hidden, disclosures = sdjwt.conceal(body, list(marks), salt)
    except LogError as error:
        raise _cannot(place + error.place, error.expected, error.found) from error
    del hidden[sdjwt.ALGORITHM]
    kept = [Kept(d.digest, a, d.text) for d in disclosures for a in marks[d.pointer]]
    return hidden, kept


def _cannot(place: str, expected: str, found: str) -> BadDraft:
    problem = _bad("cannot-seal", place, expected, found)
    return BadDraft(problem.text(), [problem])


def _marks(kind: str, fact: Body, seals: Seals, place: str) -> dict[str, tuple[str, ...]]:
    """Pointer → audiences. A pointer without an audience goes to the owner."""
    asked: dict[str, tuple[str, ...]] = {}
    for item in seals:
        seal = item if isinstance(item, Seal) else Seal(item)
        for pointer in _lift(kind, fact, seal.at, place):
            asked[pointer] = _audience(seal, asked.get(pointer, ()), place)
    tables = dict(shelves(kind, fact))
    for pointer, audience in asked.items():
        beside = [p for p in tables if f"{p}/".startswith(f"{pointer}/")]
        if PUBLIC in audience and any(tables[p] != PUBLIC for p in beside):
            expected = "an audience no wider than the attribute tables allow"
            raise _cannot(place + pointer, expected, PUBLIC)
    marks = {p: (a,) for p, a in tables.items() if p not in asked} | dict(sorted(asked.items()))
    for pointer in list(marks):
        outer = next((o for o in marks if pointer.startswith(f"{o}/")), None)
        if outer is None:
            continue
        if pointer in asked and asked[pointer] != marks[outer]:
            expected = f"the audience of {outer}, in which it lies"
            raise _cannot(place + pointer, expected, ", ".join(asked[pointer]))
        del marks[pointer]
    return marks


def _audience(seal: Seal, before: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The audiences of one pointer, each once; what is public is for everyone."""
    names = tuple(sorted({*seal.audience, *before}))
    if not names or not all(isinstance(n, str) and AUDIENCE.fullmatch(n) for n in names):
        expected = f"audiences: {OWNER}, {PUBLIC} or identifiers of parties"
        raise _cannot(place + seal.at, expected, ", ".join(map(str, names)) or "none")
    return (PUBLIC,) if PUBLIC in names else names


def _lift(kind: str, fact: Body, pointer: str, place: str) -> list[str]:
    """The pointers to hide for one that was asked for.

    A figure is hidden whole, never its unit or value alone; a record in a list keeps its place
    and hides its members, so that a reader sees that one is there.
    """
    value: Any = fact
    here, record, type_ = "", kind, ""
    if not pointer.startswith("/"):
        raise _cannot(place, "a JSON pointer to a member", f'"{pointer}"')
    for token in pointer[1:].split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name in map(str, range(len(value))):
            value, here, type_ = value[int(name)], f"{here}/{name}", type_.removeprefix("list:")
        elif isinstance(value, dict) and name in value and record:
            type_ = shapes()[record][name].type
            value, here = value[name], f"{here}/{token}"
        else:
            raise _cannot(place + pointer, "a member that exists", "nothing")
        if type_ == "id":
            raise _cannot(place + pointer, "a member other than its id", name)
        inner = type_.removeprefix("list:").removeprefix("record:")
        record = inner if inner in shapes() and _is_record(type_) else ""
        if not record and not isinstance(value, list):
            return [here]
        if isinstance(value, dict) and "absent" in value:
            return [here]
    in_list = here.rpartition("/")[2].isdigit() and isinstance(value, dict)
    if in_list and record:
        return [f"{here}/{name}" for name in value if shapes()[record][name].type != "id"]
    return [here]


def _is_record(type_: str) -> bool:
    return type_.removeprefix("list:").startswith("record:")


def _holder(body: Any, pointer: str) -> tuple[Any, str]:
    *path, last = [t.replace("~1", "/").replace("~0", "~") for t in pointer[1:].split("/")]
    for token in path:
        body = body[int(token)] if isinstance(body, list) else body[token]
    return body, last


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copy(member) for member in value]
    return value


def canonical(draft: Draft) -> bytes:
    """The canonical bytes of the full envelope of a draft, over which a re-sent one is known.

    Refuses: BadDraft for what canonical JSON cannot say, such as a lone surrogate.
    """
    try:
        return _canonical(draft)
    except LogError as error:
        problem = _bad("not-canonical", error.place, error.expected, error.found)
        raise BadDraft(problem.text(), [problem]) from error


def _canonical(draft: Draft) -> bytes:
    seal: Mapping[str, list[Any]] = {str(n): _seals(p) for n, p in draft.seal.items() if p}
    members = {
        "kind": draft.kind,
        "author": draft.author,
        "evidence": list(draft.evidence),
        "supersedes": list(draft.supersedes),
        "about": draft.about,
        "seal": dict(seal),
    }
    canon.encode(members)  # what is no canonical JSON is named by its place
    encoded = {name: canon.encode(value) for name, value in members.items()}
    return canon.compose({**encoded, "facts": _facts_of(draft)})


def _seals(seals: Seals) -> list[Any]:
    """Seals in one order; one for the owner alone is the pointer by itself, as it always was."""
    marks: dict[str, set[str]] = {}
    for item in seals:
        seal = item if isinstance(item, Seal) else Seal(item)
        marks.setdefault(seal.at, set()).update(seal.audience)
    return [
        pointer if names == {OWNER} else [pointer, *sorted(names)]
        for pointer, names in sorted(marks.items())
    ]


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals drafts for one book with the operator's key."""

    book: str
    key: SigningKey
    salt: Salt

    def canonical(self, draft: Draft) -> bytes:
        """The bytes by which a draft that is sent again is known. Refuses: BadDraft."""
        return canonical(draft)

    def seal(self, draft: Draft, issued: str, capture: str, more: dict[str, object]) -> SealedDraft:
        """The draft's signed leaves and disclosures. Refuses: BadDraft."""
        envelope = Envelope(self.book, issued, capture)
        return seal_draft(draft, envelope, self.key, self.salt, **more)


class Parcel(NamedTuple):
    """A sealed draft on its way: the keyed hash of its envelope, what it states, its leaves."""

    key: bytes
    kind: str
    idents: tuple[str, ...]
    sealed: SealedDraft


@dataclass(frozen=True, slots=True)
class Apart:
    """Seals drafts as the book itself would. It holds the book's keys: for our own process alone.

    Takes: the secret under which what was sent is known again.
    """

    sealing: Sealing
    secret: bytes = field(repr=False)

    def sent_key(self, draft: Draft) -> bytes:
        """The keyed hash of a draft's full envelope."""
        return hmac.digest(self.secret, self.sealing.canonical(draft), "sha256")

    def parcels(self, drafts: Sequence[Draft], issued: str, capture: str) -> list[Parcel]:
        """The drafts as they would be written. Refuses: BadDraft."""
        parcels = []
        for draft in drafts:
            made = self.sealing.seal(draft, issued, capture, {})
            parcels.append(
                Parcel(
                    self.sent_key(draft),
                    draft.kind,
                    tuple(str(fact.get("id")) for fact in draft.facts),
                    made,
                )
            )
        return parcels
