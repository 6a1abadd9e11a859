"""Take a document in: read it, check it, seal it, append it in one swap of the head.

`proceed` appends all good rows; `rollback` appends nothing if any row is bad; `dry_run` shows all
of it and writes nothing. A document sent again appends nothing and says where it already stands.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, cast

from orebook.book.book import Book, Receipt
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.registry import choose
from orebook.model.entry import Body, Draft
from orebook.model.problem import Problem, SenderError, TooLarge, found
from orebook.model.shape import check

Mode = Literal["proceed", "rollback"]
SIZE_LIMIT = 2 * 1024**3
_CHUNK = 1 << 20
_SPOOL = 16 << 20
_SNIFF = 8192
_FACTS_PER_DRAFT = 2000


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of one document.

    `known` counts facts that already stood in the book; `appended` those sealed now (or, in a dry
    run, that would be). `receipt` is None where nothing was written.
    """

    name: str
    format: str
    document: str
    appended: dict[str, int]
    known: int
    problems: tuple[Problem, ...]
    receipt: Receipt | None
    dry_run: bool

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
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """How a document is to be captured; the defaults are those of the command line."""

    mode: Mode = "proceed"
    dry_run: bool = False
    wanted: str | None = None
    author: str = ""
    limit: int = SIZE_LIMIT


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
        document = _document_id(book, digest)
        chosen = choose(_first(spool), name, wish.wanted)
        if isinstance(chosen, Problem):
            return _nothing(name, "", document, (chosen.within("", name),), wish)
        facts, problems = _read(chosen, spool, Source(name, document), progress)
        drafts = _drafts(facts, document, wish.author or book.operator)
        drafts += _document(chosen, name, document, digest, size, drafts)
        standing = book.idempotent(drafts)
        known_facts = sum(len(d.facts) for d, at in zip(drafts, standing, strict=True) if at)
        fresh = [d for d, at in zip(drafts, standing, strict=True) if not at]
        if wish.dry_run or not fresh or (problems and wish.mode == "rollback"):
            kept = _count(fresh) if wish.dry_run else {}
            return Captured(
                name, chosen.name, document, kept, known_facts, problems, None, wish.dry_run
            )
        spool.seek(0)
        book.file_put(spool.read())
        receipt = book.append(drafts, capture=document)
        return Captured(
            name,
            chosen.name,
            document,
            _count(fresh),
            known_facts,
            problems,
            receipt,
            dry_run=False,
        )


def _document_id(book: Book, digest: str) -> str:
    """A name for the document that tells nothing of its bytes to who lacks the book's key."""
    keyed = book.sent_key(Draft("document", ({"id": digest},), book.operator))
    return f"document:{keyed.hex()[:32]}"


def _nothing(
    name: str, format_: str, document: str, problems: tuple[Problem, ...], wish: Wish
) -> Captured:
    return Captured(name, format_, document, {}, 0, problems, None, wish.dry_run)


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
    chosen: Format, spool: BinaryIO, source: Source, progress: Callable[[int], None]
) -> tuple[list[Read], tuple[Problem, ...]]:
    """The facts that stand and the faults that do not, in document order."""
    good: list[Read] = []
    problems: list[Problem] = []
    try:
        for item in chosen.read(spool, source):
            faults = [item] if isinstance(item, Problem) else _faults(item)
            if faults:
                problems += [p.within("", source.name) for p in faults]
            elif isinstance(item, Read):
                good.append(item)
                progress(len(good))
    except SenderError as error:
        problems += error.problems or (
            Problem(error.code, "", "a readable document", str(error), "Correct it.", source.name),
        )
    return good, tuple(problems)


def _faults(item: Read) -> list[Problem]:
    """What the fact alone shows to be wrong, placed where it was read."""
    place = item.place if item.place.startswith("/") or not item.place else f"{item.place}: "
    faults = [p.within(place) for p in check(item.kind, item.body)]
    step = "Name a member that is there."
    return faults or [
        Problem("bad-pointer", place + pointer, "a member of the fact", found(pointer), step)
        for pointer in item.seal
        if _at(item.body, pointer) is None
    ]


def _at(body: object, pointer: str) -> object | None:
    here = body
    for token in pointer.removeprefix("/").split("/"):
        if isinstance(here, dict) and token in here:
            here = here[token]
        elif isinstance(here, list) and token.isdecimal() and int(token) < len(here):
            here = here[int(token)]
        else:
            return None
    return here


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


def _document(
    chosen: Format, name: str, document: str, digest: str, size: int, drafts: list[Draft]
) -> list[Draft]:
    """The paper the facts came on, unless the reader has made its own statement of it."""
    if not drafts or any(
        d.kind == "document" and f.get("id") == document for d in drafts for f in d.facts
    ):
        return []
    body: Body = {
        "id": document,
        "name": name,
        "size": size,
        "sha256": digest,
        "format": chosen.name,
        "facts": sum(len(d.facts) for d in drafts),
    }
    return [Draft("document", (body,), drafts[0].author)]
