"""What a document says, read and checked fact by fact, and what of it is to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, Protocol

from orebook.acts.closings import FORMAT as CLOSING
from orebook.acts.counted import at_most
from orebook.acts.rules import Rule, sealed, unmatched
from orebook.book.book import Book, Receipt, system_salt
from orebook.book.errors import BadDraft
from orebook.book.seal import SURELY_FITS, Envelope, fitting, seal_draft
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.registry import choose
from orebook.log.keys import SigningKey
from orebook.model.entry import PUBLIC, Body, Draft
from orebook.model.problem import Problem, SenderError
from orebook.model.shape import BY_ACT, check, shelves

Mode = Literal["proceed", "rollback"]
SIZE_LIMIT = 2 * 1024**3
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
    events_max: int = 0  # how many events it may hold; 0 sets no limit
    find_key: Callable[[str], object] | None = None
    find_list: Callable[[str], object] | None = None

    def format(self, first: bytes, name: str) -> Format | Problem:
        """The format that reads a document, by its first bytes and file name."""
        chosen = self.door or choose(first, name, self.wanted)
        if self.events_max and isinstance(chosen, Format):
            return at_most(chosen, self.events_max)
        return chosen

    def source(self, name: str, document: str) -> Source:
        """What the reader of a document is told of it."""
        return Source(name, document, find_key=self.find_key, find_list=self.find_list)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as it came: name, what it is cited by, digest and size of its bytes."""

    name: str
    document: str
    digest: str
    size: int

    def __reduce__(self) -> tuple[type[Sheet], tuple[object, ...]]:
        """Of a class with slots the standard way asks for its fields each time it is unpickled."""
        return Sheet, (self.name, self.document, self.digest, self.size)


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

    def __reduce__(self) -> tuple[type[Gathered], tuple[object, ...]]:
        """As that of `Sheet`."""
        told = (self.sheet, self.format, self.author, self.facts, self.problems)
        return Gathered, (*told, self.notes, self.loose)


def signed_by_parties(first: bytes, wish: Wish) -> bool:
    """Whether these are statements that parties have signed themselves."""
    from orebook.acts import sign

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
    chosen = wish.format(first, sheet.name)
    if isinstance(chosen, Problem):
        return Gathered(sheet, "", author, [], (chosen.within("", sheet.name),))
    trial = trial_of(sheet.document, origin, author, operator, wish)
    source = wish.source(sheet.name, sheet.document)
    facts: list[Read] = []
    problems: list[Problem] = []
    for item in judged(chosen, spool, source, trial, progress, wish.seal):
        if isinstance(item, Read):
            facts.append(item)
        else:
            problems.append(item)
    loose = unmatched(wish.seal, facts, sheet.name)
    notes, faults = tuple(source.notes), (*problems, *loose)
    return Gathered(sheet, chosen.name, author, facts, faults, notes, bool(loose))


def sift(book: Book, held: Gathered, wish: Wish) -> tuple[list[Draft], Captured]:
    """What of it is to be written, as drafts, and the answer, its receipt still to come."""
    sheet, known, kept = held.sheet, 0, dict[str, int]()
    fresh: list[Draft] = []
    if held.format:
        fresh = new_of(book, list(drafts_of(held.facts, sheet.document, held.author)))
        known = len(held.facts) - sum(len(d.facts) for d in fresh)
        fresh += papers(sheet, held.format, fresh)
        refused = refuses(held, wish)
        kept = {} if refused else count_of(fresh)
        if refused or wish.dry_run:
            fresh = []
    named = (sheet.name, held.format, sheet.document, kept, known, held.problems)
    return fresh, Captured(*named, None, wish.dry_run, held.notes)


def new_of(book: Book, sent: Sequence[Draft]) -> list[Draft]:
    """What of these the book does not hold yet: neither the statement nor the single fact.

    A document sent again is known draft by draft, also where others have superseded it since; of a
    corrected one sent whole only the rows that changed are new.
    """
    new = [d for d, at in zip(sent, book.idempotent(sent), strict=True) if not at]
    if not new:
        return []
    from orebook.book.query import standing  # late: chains of imports stay short

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
    encoded = tuple(draft.encoded[n] for n in left) if draft.encoded else ()
    return replace(draft, facts=tuple(draft.facts[n] for n in left), seal=seal, encoded=encoded)


class Keyed(Protocol):
    """What knows again what was sent: the book, or who reads for it."""

    @property
    def operator(self) -> str: ...  # noqa: D102
    def sent_key(self, draft: Draft) -> bytes: ...  # noqa: D102


def document_id(book: Keyed, digest: str) -> str:
    """A name for the document that tells nothing of its bytes to who lacks the book's key."""
    keyed = book.sent_key(Draft("document", ({"id": digest},), book.operator))
    return f"document:{keyed.hex()[:32]}"


def trial_of(document: str, origin: str, author: str, operator: str, wish: Wish) -> Trial:
    """What tries the facts of a document before any is written."""
    return Trial(origin, document, author, operator, alone=wish.alone)


def judged(
    chosen: Format,
    spool: BinaryIO,
    source: Source,
    trial: Trial,
    progress: Callable[[int], None],
    rules: tuple[Rule, ...] = (),
) -> Iterator[Read | Problem]:
    """The facts that stand and the faults of those that do not, one by one in document order."""
    good = bad = 0
    try:
        for read in chosen.read(spool, source):
            item = read if isinstance(read, Problem) else _encoded(sealed(read, rules))
            faults = [item] if isinstance(item, Problem) else trial.faults(item)
            if faults:
                bad += 1
                yield from (p.within("", source.name) for p in faults)
            elif isinstance(item, Read):
                good += 1
                yield item
                progress(good)
    except SenderError as error:
        bad += 1
        yield from error.problems or (
            Problem(error.code, "", "a readable document", str(error), "Correct it.", source.name),
        )
    if not good and not bad:
        step = "Send the rows too, or leave the document out."
        yield Problem("empty-document", "", "at least one fact", "none", step, source.name)


def _encoded(item: Read) -> Read:
    """The fact with its canonical bytes, where it surely fits a leaf."""
    if item.encoded:
        return item if len(item.encoded) < SURELY_FITS else replace(item, encoded=b"")
    data = fitting(item.body)
    return replace(item, encoded=data) if data else item


@dataclass(frozen=True, slots=True)
class Trial:
    """Whether a fact could be sealed into this book, tried without writing it."""

    origin: str
    document: str
    author: str
    operator: str = ""
    alone: bool = False

    def faults(self, item: Read) -> list[Problem]:
        """What the fact alone shows to be wrong, placed where it was read."""
        if item.plain and item.kind == "event" and item.encoded and not (item.seal or item.author):
            return []  # its reader has established all that is asked below
        place = item.place if item.place.startswith("/") or not item.place else f"{item.place}: "
        if item.kind in BY_ACT:
            expected = "a fact; clock, reveals, erasures and keys are written by acts alone"
            step = "Leave this row out."
            return [Problem("not-by-document", item.place, expected, f'"{item.kind}"', step)]
        closing = item.kind == "document" and item.body.get("format") == CLOSING
        if closing and (item.author or self.author) == self.operator:
            step = "Leave this row out, and close the period: orebook balance --close."
            expected, what = "a closing that was computed", "one in a document"
            return [Problem("not-by-document", item.place, expected, what, step)]
        if self.alone and item.author not in {"", self.author}:
            expected, step = f"a statement of {self.author}", "Have its author send it."
            return [Problem("not-yours", item.place, expected, f"one of {item.author}", step)]
        if faults := check(item.kind, item.body):
            return [p.within(place) for p in faults]
        if not item.seal and item.encoded:
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


def drafts_of(facts: Iterable[Read], document: str, author: str) -> Iterator[Draft]:
    """Facts in order, grouped into statements of one kind by one author."""
    for group in _groups(facts):
        yield Draft(
            group[0].kind,
            tuple(r.body for r in group),
            group[0].author or author,
            group[0].evidence or (document,),
            group[0].supersedes,
            "",
            {i: r.seal for i, r in enumerate(group) if r.seal},
            encoded=tuple([r.encoded for r in group]),
            plain=all([r.plain for r in group]),  # noqa: C419 - a list is quicker
        )


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


def count_of(drafts: Iterable[Draft]) -> dict[str, int]:
    """How many facts of each kind they state."""
    counts: dict[str, int] = {}
    for draft in drafts:
        counts[draft.kind] = counts.get(draft.kind, 0) + len(draft.facts)
    return counts


def papers(sheet: Sheet, format_: str, fresh: Sequence[Draft]) -> list[Draft]:
    """The paper that these came on, unless one of them is a statement of it."""
    if not fresh or any(states(d, sheet.document) for d in fresh):
        return []
    facts = sum(len(d.facts) for d in fresh)
    return [paper(sheet, format_, fresh[0].author, facts, hides=any(map(hides_any, fresh)))]


def refuses(held: Gathered, wish: Wish) -> bool:
    """Whether nothing of the document is to be written."""
    # A misspelt pointer must not publish what was to be sealed.
    return held.loose or (bool(held.problems) and wish.mode == "rollback")


def states(draft: Draft, document: str) -> bool:
    """Whether it says something of that document: the reader has made its own statement of it."""
    return draft.kind == "document" and any(f.get("id") == document for f in draft.facts)


def paper(sheet: Sheet, format_: str, author: str, facts: int, *, hides: bool) -> Draft:
    """The paper the facts came on. Takes: whether any of them hides a value."""
    body: Body = {
        "id": sheet.document,
        "name": sheet.name,
        "size": sheet.size,
        "sha256": sheet.digest,
        "format": format_,
        "facts": facts,
    }
    # The length of a document tells the number of digits of a figure that is sealed in it.
    return Draft("document", (body,), author, seal={0: ("/size",)} if hides else {})


def hides_any(draft: Draft) -> bool:
    """Whether any value of it is for others than everyone."""
    asked = any(draft.seal.values())
    if asked or draft.plain:
        return asked
    return any(who != PUBLIC for f in draft.facts for _, who in shelves(draft.kind, f))
