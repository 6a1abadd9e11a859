"""A verdict with all it rests on in one file, to be checked by somebody without the book.

The file holds the answers, and a receipt of every entry that the steps behind the lot were read
from. Who checks it proves each entry against the log's signed head, reads the steps from the
entries again, and asks the same packs: the answers must come out byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from orebook.acts.chains import Chains
from orebook.acts.packs import names, pack
from orebook.acts.plausible import chains_of
from orebook.acts.qualify import judged
from orebook.acts.receipt import receipt
from orebook.acts.see import View
from orebook.book.errors import RecordBroken
from orebook.book.leaves import entry_of, parse
from orebook.engines.rules import VERSION, Pack
from orebook.log import canon, sdjwt
from orebook.log import receipt as receipts
from orebook.log.errors import LogError
from orebook.log.receipt import PROVED, REFUSED, UNDECIDED, UNREADABLE, Outcome, Trust
from orebook.model.entry import Entry, Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.problem import ReaderError
from orebook.model.read import record

FORM = "orebook/verdict-file/1"
FILE_MAX = 64_000_000
# How a receipt begins to say what it lacked to be proved.
_LACKING = ("the log's signature", "your policy", "the author's signature", "the entry that names")
# What the readers of statements raise on one that nobody vouches for and that is not of its form.
_NOT_OF_FORM = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_MEMBERS = {"file", "lot", "day", "branches", "doubts", "facts", "answers", "receipts"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a verdict file proves: the outcome, what was proved, what was not looked at, and why."""

    outcome: Outcome
    proved: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    refusal: str = ""

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "outcome": self.outcome,
            "refusal": self.refusal or None,
            "proved": list(self.proved),
            "not_checked": list(self.not_checked),
        }


class _Stop(Exception):
    def __init__(self, outcome: Outcome, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


def verdict_file(
    view: View, lot: str, packs: Sequence[Pack], day: str, branches: Sequence[str] = ()
) -> bytes:
    """The file: one line of canonical JSON in the shape of schemas/verdict_file.json.

    It opens the values this reader may see and no others. Refuses: NotFound for a lot nobody
    speaks of; ReaderError for a branch, and where the file would be larger than may be read.
    """
    chains = chains_of(view, lot)
    chain, refs = chains.chain(lot), chains.refs()
    answers = [judged(chain, p, day, branches, chains.facts.head).as_json() for p in packs]
    body = {
        "file": FORM,
        "lot": lot,
        "day": day,
        "branches": list(branches),
        "doubts": [[s.id, s.doubt] for s in chain.steps.values() if s.id in chains.doubts],
        "facts": sorted([ref.position, ref.index] for ref in refs),
        "answers": answers,
        "receipts": [
            receipt(view, str(position)).decode() for position in sorted({r.position for r in refs})
        ],
    }
    data = canon.encode(body) + b"\n"
    if len(data) > FILE_MAX:
        message = f"the lot rests on {len(refs):,} facts: a verdict file has at most 64 MB"
        raise ReaderError(message)
    return data


def is_verdict_file(data: bytes) -> bool:
    """Whether the bytes say they are one: the form stands among the members before any receipt."""
    return f'"file":"{FORM}"'.encode() in data.partition(b'"receipts":[')[0]


def check(data: bytes, believed: Trust, own: Sequence[Pack] = ()) -> Checked:
    """What the file proves to a reader who brings the log's key; raises nothing.

    Takes: `own`, packs that do not come with the program. Gives: *proved* where every entry stands
    under the signed head and the answers come out again; *refused* where one does not; *undecided*
    where a key or a pack is lacking.
    """
    try:
        body = _body(data)
        statements, head, lacking = _statements(cast("list[str]", body["receipts"]), believed)
        facts = _facts(body, statements, head)
        under = f"the head of {head.size} entries of {head.origin}"
        held = f"{len(statements)} entries stand under {under}, signed by keys that it names"
        proved = [*(() if lacking else (held,)), *_answers(body, facts, own)]
    except _Stop as stop:
        return Checked(stop.outcome, refusal=str(stop))
    except _NOT_OF_FORM:
        return Checked(UNREADABLE, refusal="a statement in the file is not of its form")
    open_ = (
        *lacking,
        "whether an author agrees whose key another holds: the receipt of an entry says which",
        "whether another entry bears on the lot, or replaces one of these: that takes the book",
        "whether the lots of the whole book claim more than is known, beyond the doubts told",
        "revocation: whether a key was revoked before an entry it signed takes the book",
        "truth: a signature says who stated it, not that it is so",
    )
    return Checked(UNDECIDED if lacking else PROVED, tuple(proved), open_)


def _body(data: bytes) -> Mapping[str, object]:
    if len(data) > FILE_MAX:
        raise _Stop(UNREADABLE, f"a verdict file has at most {FILE_MAX} bytes, found {len(data)}")
    try:
        body = canon.decode(data.removesuffix(b"\n"))
    except LogError as error:
        raise _Stop(UNREADABLE, str(error)) from None
    if not isinstance(body, dict) or body.get("file") != FORM or set(body) != _MEMBERS:
        raise _Stop(UNREADABLE, f"expected {FORM} with members {', '.join(sorted(_MEMBERS))}")
    texts = [body["lot"], body["day"], *_list(body, "branches"), *_list(body, "receipts")]
    if not all(isinstance(text, str) for text in texts):
        raise _Stop(UNREADABLE, "lot, day, branches and receipts are texts")
    for place in _list(body, "facts"):
        if not (isinstance(place, list) and len(place) == 2 and all(type(n) is int for n in place)):
            raise _Stop(UNREADABLE, "facts are pairs: the position of an entry and a number in it")
    for doubt in _list(body, "doubts"):
        if not (isinstance(doubt, list) and len(doubt) == 2 and all(type(t) is str for t in doubt)):
            raise _Stop(UNREADABLE, "doubts are pairs: a step, and why its origin is in doubt")
    if not _list(body, "answers"):
        raise _Stop(UNREADABLE, "no answer is in the file")
    return body


def _list(body: Mapping[str, object], name: str) -> list[object]:
    found = body[name]
    if not isinstance(found, list):
        raise _Stop(UNREADABLE, f"{name}: expected a list")
    return found


def _statements(
    texts: Sequence[str], believed: Trust
) -> tuple[dict[int, Entry], Head, tuple[str, ...]]:
    """Each entry by its position, the head they all stand under, and what was lacking."""
    found: dict[int, Entry] = {}
    heads: set[Head] = set()
    lacking: dict[str, None] = {}
    for number, text in enumerate(texts):
        verdict = receipts.check(text.encode(), believed)
        stated = verdict.statement
        if verdict.outcome not in {PROVED, UNDECIDED} or stated is None:
            raise _Stop(verdict.outcome, f"/receipts/{number}: {verdict.refusal}")
        if verdict.outcome == UNDECIDED:
            told = (n for n in verdict.not_checked if n.startswith(_LACKING))
            lacking.update(dict.fromkeys(told))
        head = stated.head
        heads.add(Head(head.origin, head.size, head.root.hex()))
        parts = receipts.parse_receipt(text.encode())
        opened = {sdjwt.digest(shown): shown for shown in parts.disclosures}
        try:
            found[stated.index] = entry_of(parse(stated.index, parts.leaf), opened)
        except RecordBroken as broken:
            raise _Stop(UNREADABLE, f"/receipts/{number}: {broken}") from None
    if len(heads) != 1:
        raise _Stop(REFUSED, f"the entries stand under {len(heads)} heads: expected one")
    return found, heads.pop(), tuple(lacking)


def _facts(body: Mapping[str, object], stated: Mapping[int, Entry], head: Head) -> Facts:
    records = []
    for number, place in enumerate(cast("list[list[int]]", body["facts"])):
        position, index = place
        entry = stated.get(position)
        if entry is None or not 0 <= index < len(entry.facts):
            raise _Stop(REFUSED, f"/facts/{number}: no receipt in the file holds that fact")
        ref = Ref(entry.leaf, index, position)
        try:
            records.append(record(entry.kind, entry.facts[index], ref))
        except _NOT_OF_FORM:
            raise _Stop(UNREADABLE, f"/facts/{number}: the fact is not of its form") from None
    return facts_of(head, "", str(body["day"]), records)


def _answers(body: Mapping[str, object], facts: Facts, own: Sequence[Pack]) -> Iterator[str]:
    """A line for each answer that came out again. Refuses: _Stop for the first that does not."""
    lot, day = str(body["lot"]), str(body["day"])
    branches = cast("list[str]", body["branches"])
    chains = Chains(facts)
    chains.doubts = dict(cast("list[tuple[str, str]]", body["doubts"]))
    chain = chains.chain(lot)
    for number, answer in enumerate(cast("list[dict[str, object]]", body["answers"])):
        at = f"/answers/{number}"
        told, head = _told(answer, at)
        if head.size > facts.head.size or head.origin != facts.head.origin:
            raise _Stop(REFUSED, f"{at}/head: the entries stand under an earlier or another head")
        if head.size == facts.head.size and head.root != facts.head.root:
            raise _Stop(REFUSED, f"{at}/head/root: expected {facts.head.root}")
        if answer.get("version") != VERSION:
            why = f"{at}: made by version {answer.get('version')} of the rules, not by {VERSION}"
            raise _Stop(UNDECIDED, why)
        found = _pack(told, own, at)
        try:
            again = judged(chain, found, day, branches, head).as_json()
        except ReaderError as error:
            raise _Stop(REFUSED, f"{at}: {error}") from None
        if canon.encode(again) != canon.encode(answer):
            raise _Stop(REFUSED, f"{_differs(again, answer, at)} comes out otherwise")
        outcome = cast("list[dict[str, object]]", answer["verdicts"])[0]["outcome"]
        yield f"{lot} under {found.id} {found.version} on {day}: {outcome}, asked again"


def _told(answer: object, at: str) -> tuple[dict[str, object], Head]:
    """The first verdict of an answer and the head it was given at."""
    head = answer.get("head") if isinstance(answer, dict) else None
    verdicts = answer.get("verdicts") if isinstance(answer, dict) else None
    first = verdicts[0] if isinstance(verdicts, list) and verdicts else None
    if isinstance(head, dict) and isinstance(first, dict):
        origin, size, root = (head.get(name) for name in ("origin", "size", "root"))
        if isinstance(origin, str) and type(size) is int and isinstance(root, str):
            return first, Head(origin, size, root)
    raise _Stop(UNREADABLE, f"{at}: expected an answer with its head and verdicts")


def _pack(told: Mapping[str, object], own: Sequence[Pack], at: str) -> Pack:
    digest, name = told.get("pack_digest"), str(told.get("pack"))
    there: list[Pack] = [*own, *([pack(name)] if name in names() else [])]
    for found in there:
        if found.digest == digest:
            return found
    why = f"{at}: the pack {name} with digest {digest} is not here; name its folder with --rules"
    raise _Stop(UNDECIDED, why)


def _differs(one: object, other: object, at: str) -> str:
    """The JSON pointer of the first difference."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name, value in one.items():
            if canon.encode(value) != canon.encode(other[name]):
                return _differs(value, other[name], f"{at}/{name}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, value in enumerate(one):
            if canon.encode(value) != canon.encode(other[number]):
                return _differs(value, other[number], f"{at}/{number}")
    return at
