"""Take a document in: read it, check it, seal it, append it in one swap of the head.

`proceed` appends all good rows; `rollback` appends nothing if any row is bad; `dry_run` shows all
of it and writes nothing. A document sent again appends nothing and says where it already stands.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, cast

from orebook.acts import sign
from orebook.acts.record import Record
from orebook.acts.rules import Rule, sealed, unmatched
from orebook.book.book import Book, Receipt, system_salt
from orebook.book.errors import BadDraft
from orebook.book.query import standing
from orebook.book.seal import Envelope, fits, seal_draft
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.registry import choose
from orebook.log.keys import SigningKey
from orebook.model.entry import PUBLIC, Body, Draft
from orebook.model.problem import Problem, SenderError, TooLarge
from orebook.model.shape import BY_ACT, check, shelves

Mode = Literal["proceed", "rollback"]
SIZE_LIMIT = 2 * 1024**3
_CHUNK = 1 << 20
_SPOOL = 16 << 20
_SNIFF = 8192
_FACTS_PER_DRAFT = 2000
_SOME_TIME = "2000-01-01T00:00:00Z"
_NO_KEY = SigningKey(bytes(32))

Held = Mapping[tuple[str, str], Sequence[tuple[str, Body]]]


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of one document.

    `known` counts facts that its author's statements in the book already make; `appended` those
    sealed now (or, in a dry run, that would be). `receipt` is None where nothing was written.
    `notes` say what the reader settled by itself.
    """

    name: str
    format: str
    document: str
    appended: dict[str, int]
    known: int
    problems: tuple[Problem, ...]
    receipt: Receipt | None
    dry_run: bool
    notes: tuple[str, ...] = ()

    @property
    def facts(self) -> int:
        """How many facts were (or would be) appended."""
        return sum(self.appended.values())

    def as_json(self) -> dict[str, object]:
        """Plain members; the shape of a capture job."""
        receipt = None
        if self.receipt is not None:
            receipt = {
                "first": self.receipt.first,
                "last": self.receipt.last,
                "head": self.receipt.head.as_json(),
            }
        return {
            "name": self.name,
            "format": self.format,
            "document": self.document,
            "appended": self.appended,
            "already_in_the_book": self.known,
            "problems": [p.as_json() for p in self.problems],
            "receipt": receipt,
            "dry_run": self.dry_run,
            **({"notes": list(self.notes)} if self.notes else {}),
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """How a document is to be captured; the defaults are those of the command line.

    `door` is a format made for this document (a mapped sheet), in place of one that is recognised.
    """

    mode: Mode = "proceed"
    dry_run: bool = False
    wanted: str | None = None
    author: str = ""
    limit: int = SIZE_LIMIT
    seal: tuple[Rule, ...] = ()
    door: Format | None = None
    alone: bool = False  # whether the author may speak for itself alone
    wait: bool = True  # for tiles and proof; without, they follow within the publishing interval
    find_key: Callable[[str], object] | None = None
    find_list: Callable[[str], object] | None = None


def capture(
    book: Book,
    stream: BinaryIO,
    name: str,
    wish: Wish = Wish(),
    progress: Callable[[int], None] = lambda _count: None,
) -> Captured:
    """Capture one document.

    Takes: a binary stream, the file name it came under, the wish. `progress` is told the facts
    read so far. Refuses: TooLarge over `wish.limit` bytes. Every other fault of the document is a
    Problem in the answer; an error of the disk or a crash leaves the book as it was.
    """
    with tempfile.SpooledTemporaryFile(_SPOOL) as aside:
        spool = cast("BinaryIO", aside)
        digest, size = _spool(stream, spool, name, wish.limit)
        sheet = Sheet(name, document_id(book, digest), digest, size)
        first = _first(spool)
        if signed_by_parties(first, wish):
            return _signed(book, spool, name, wish)
        held = gather(spool, first, sheet, book.origin, book.operator, wish, progress)
        fresh, told = sift(book, held, wish)
        if not fresh:
            return told
        spool.seek(0)
        book.file_put(spool.read())
        receipt = book.append(fresh, capture=sheet.document, wait=wish.wait, checked=True)
        return replace(told, receipt=receipt)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as it came: name, what it is cited by, digest and size of its bytes."""

    name: str
    document: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a document says: the facts that stand and the faults that do not, before any is written.

    `format` is empty where no format knows it; `loose` says that a seal asked for found nothing.
    """

    sheet: Sheet
    format: str
    author: str
    facts: list[Read]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    loose: bool = False


def signed_by_parties(first: bytes, wish: Wish) -> bool:
    """Whether these are statements that parties have signed themselves."""
    unnamed = wish.wanted is None and wish.door is None
    return wish.wanted == sign.FORMAT or (unnamed and sign.sniff(first))


def gather(
    spool: BinaryIO,
    first: bytes,
    sheet: Sheet,
    origin: str,
    operator: str,
    wish: Wish,
    progress: Callable[[int], None] = lambda _count: None,
) -> Gathered:
    """Everything a document says, each fact checked once. It needs no book, only its name."""
    author = wish.author or operator
    chosen = wish.door or choose(first, sheet.name, wish.wanted)
    if isinstance(chosen, Problem):
        return Gathered(sheet, "", author, [], (chosen.within("", sheet.name),))
    trial = _Trial(origin, sheet.document, author, alone=wish.alone)
    source = Source(sheet.name, sheet.document, find_key=wish.find_key, find_list=wish.find_list)
    facts, problems = _read(chosen, spool, source, trial, progress, wish.seal)
    loose = unmatched(wish.seal, facts, sheet.name)
    notes, faults = tuple(source.notes), problems + loose
    return Gathered(sheet, chosen.name, author, facts, faults, notes, bool(loose))


def sift(book: Book, held: Gathered, wish: Wish) -> tuple[list[Draft], Captured]:
    """What of it is to be written, as drafts, and the answer, its receipt still to come."""
    sheet, known, kept = held.sheet, 0, dict[str, int]()
    fresh: list[Draft] = []
    if held.format:
        fresh = _fresh(book, held.facts, sheet.document, held.author)
        known = len(held.facts) - sum(len(d.facts) for d in fresh)
        fresh += _document(held, fresh)
        # A misspelt pointer must not publish what was to be sealed.
        refused = held.loose or (bool(held.problems) and wish.mode == "rollback")
        kept = {} if refused else _count(fresh)
        if refused or wish.dry_run:
            fresh = []
    named = (sheet.name, held.format, sheet.document, kept, known, held.problems)
    return fresh, Captured(*named, None, wish.dry_run, held.notes)


def _fresh(book: Book, facts: list[Read], document: str, author: str) -> list[Draft]:
    """Drafts of what the book does not hold yet: neither the statement nor the single fact.

    A document sent again is known draft by draft, also where others have superseded it since; of a
    corrected one sent whole only the rows that changed are new.
    """
    sent = _drafts(facts, document, author)
    new = [d for d, at in zip(sent, book.idempotent(sent), strict=True) if not at]
    if not new:
        return []
    held = standing(book, {str(f.get("id")) for d in new for f in d.facts}, {d.kind for d in new})
    if not held:
        return new
    return [left for d in new if (left := _without(d, held)) is not None]


def _without(draft: Draft, held: Held) -> Draft | None:
    """The draft without the facts that its author's statements in the book already make."""
    if draft.supersedes:
        return draft  # stated again because something else is to hold no longer
    left = [
        n
        for n, fact in enumerate(draft.facts)
        if (draft.author, fact) not in held.get((draft.kind, str(fact.get("id"))), ())
    ]
    if not left:
        return None
    seal = {i: draft.seal[n] for i, n in enumerate(left) if n in draft.seal}
    return replace(draft, facts=tuple(draft.facts[n] for n in left), seal=seal)


def document_id(book: Book, digest: str) -> str:
    """A name for the document that tells nothing of its bytes to who lacks the book's key."""
    keyed = book.sent_key(Draft("document", ({"id": digest},), book.operator))
    return f"document:{keyed.hex()[:32]}"


def _spool(stream: BinaryIO, spool: BinaryIO, name: str, limit: int) -> tuple[str, int]:
    """Copy the stream aside, counting and hashing; a file over the limit is refused whole."""
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            problem = Problem(
                "too-large",
                "",
                f"at most {limit} bytes",
                f"more than {limit} bytes",
                "Send it in parts, or raise the limit (--limit).",
                name,
            )
            raise TooLarge(problem.text(), [problem])
        digest.update(chunk)
        spool.write(chunk)
    return digest.hexdigest(), size


def _first(spool: BinaryIO) -> bytes:
    spool.seek(0)
    first = spool.read(_SNIFF)
    spool.seek(0)
    return first


def _read(
    chosen: Format,
    spool: BinaryIO,
    source: Source,
    trial: _Trial,
    progress: Callable[[int], None],
    rules: tuple[Rule, ...] = (),
) -> tuple[list[Read], tuple[Problem, ...]]:
    """The facts that stand and the faults that do not, in document order."""
    good: list[Read] = []
    problems: list[Problem] = []
    try:
        for read in chosen.read(spool, source):
            item = read if isinstance(read, Problem) else sealed(read, rules)
            faults = [item] if isinstance(item, Problem) else trial.faults(item)
            if faults:
                problems += [p.within("", source.name) for p in faults]
            elif isinstance(item, Read):
                good.append(item)
                progress(len(good))
    except SenderError as error:
        problems += error.problems or (
            Problem(error.code, "", "a readable document", str(error), "Correct it.", source.name),
        )
    if not good and not problems:
        step = "Send the rows too, or leave the document out."
        problems.append(
            Problem("empty-document", "", "at least one fact", "none", step, source.name)
        )
    return good, tuple(problems)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Whether a fact could be sealed into this book, tried without writing it."""

    origin: str
    document: str
    author: str
    alone: bool = False

    def faults(self, item: Read) -> list[Problem]:
        """What the fact alone shows to be wrong, placed where it was read."""
        place = item.place if item.place.startswith("/") or not item.place else f"{item.place}: "
        if item.kind in BY_ACT:
            expected = "a fact; clock, reveals, erasures and keys are written by acts alone"
            step = "Leave this row out."
            return [Problem("not-by-document", item.place, expected, f'"{item.kind}"', step)]
        if self.alone and item.author not in {"", self.author}:
            expected, step = f"a statement of {self.author}", "Have its author send it."
            return [Problem("not-yours", item.place, expected, f"one of {item.author}", step)]
        if faults := check(item.kind, item.body):
            return [p.within(place) for p in faults]
        if not item.seal and fits(item.body):
            return []
        draft = Draft(
            item.kind,
            (item.body,),
            item.author or self.author,
            item.evidence or (self.document,),
            item.supersedes,
            "",
            {0: item.seal} if item.seal else {},
            ("",),
        )
        try:
            seal_draft(draft, Envelope(self.origin, _SOME_TIME), _NO_KEY, system_salt)
        except BadDraft as error:
            return [p.within(place) for p in error.problems]
        return []


def _drafts(facts: Iterable[Read], document: str, author: str) -> list[Draft]:
    """Facts in order, grouped into statements of one kind by one author."""
    return [
        Draft(
            group[0].kind,
            tuple(r.body for r in group),
            group[0].author or author,
            group[0].evidence or (document,),
            group[0].supersedes,
            "",
            {i: r.seal for i, r in enumerate(group) if r.seal},
        )
        for group in _groups(facts)
    ]


def _groups(facts: Iterable[Read]) -> Iterator[list[Read]]:
    group: list[Read] = []
    for item in facts:
        if group and (_key(item) != _key(group[0]) or len(group) >= _FACTS_PER_DRAFT):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _key(item: Read) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    return item.kind, item.author, item.evidence, item.supersedes


def _count(drafts: Iterable[Draft]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for draft in drafts:
        counts[draft.kind] = counts.get(draft.kind, 0) + len(draft.facts)
    return counts


def _signed(book: Book, spool: BinaryIO, name: str, wish: Wish) -> Captured:
    """Statements that parties signed themselves: taken as they are, under no other envelope."""
    record = cast("Record", book)
    taken = sign.take(record, spool, dry_run=wish.dry_run, whole=wish.mode == "rollback")
    problems = tuple(p.within("", name) for p in taken.problems)
    receipt = cast("Receipt | None", taken.receipt)
    counts = taken.appended
    return Captured(name, sign.FORMAT, "", counts, taken.known, problems, receipt, wish.dry_run)


def _document(held: Gathered, drafts: list[Draft]) -> list[Draft]:
    """The paper the facts came on, unless the reader has made its own statement of it."""
    sheet = held.sheet
    if not drafts or any(
        d.kind == "document" and f.get("id") == sheet.document for d in drafts for f in d.facts
    ):
        return []
    body: Body = {
        "id": sheet.document,
        "name": sheet.name,
        "size": sheet.size,
        "sha256": sheet.digest,
        "format": held.format,
        "facts": sum(len(d.facts) for d in drafts),
    }
    # The length of a document tells the number of digits of a figure that is sealed in it.
    seal = {0: ("/size",)} if any(_hides(d) for d in drafts) else {}
    return [Draft("document", (body,), drafts[0].author, seal=seal)]


def _hides(draft: Draft) -> bool:
    """Whether any value of it is for others than everyone."""
    asked = any(draft.seal.values())
    return asked or any(who != PUBLIC for f in draft.facts for _, who in shelves(draft.kind, f))
