"""Take a document in: read it, check it, seal it, append it in one swap of the head.

`proceed` appends all good rows; `rollback` appends nothing if any row is bad; `dry_run` shows all
of it and writes nothing. A document sent again appends nothing and says where it already stands.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO, cast

from orebook.acts import sign
from orebook.acts.gather import (
    SIZE_LIMIT,
    Captured,
    Gathered,
    Mode,
    Sheet,
    Wish,
    document_id,
    gather,
    sift,
    signed_by_parties,
)
from orebook.acts.record import Record
from orebook.book.book import Book, Receipt
from orebook.model.problem import Problem, TooLarge

__all__ = [
    "SIZE_LIMIT",
    "Captured",
    "Gathered",
    "Mode",
    "Sheet",
    "Wish",
    "capture",
    "document_id",
    "gather",
    "sift",
    "signed_by_parties",
]

LARGE = 8 << 20  # bytes; what a larger document says is kept on disk and not in memory
_CHUNK = 1 << 20
_SPOOL = 16 << 20
_SNIFF = 8192
_PLAIN = Wish()


def capture(
    book: Book,
    stream: BinaryIO,
    name: str,
    wish: Wish = _PLAIN,
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
        if size > LARGE:
            from orebook.acts.capture_large import capture_large

            return capture_large(book, spool, first, sheet, wish, progress)
        held = gather(spool, first, sheet, book.origin, book.operator, wish, progress)
        fresh, told = sift(book, held, wish)
        if not fresh:
            return told
        spool.seek(0)
        book.file_put(spool.read())
        receipt = book.append(fresh, capture=sheet.document, wait=wish.wait, checked=True)
        return replace(told, receipt=receipt)


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


def _signed(book: Book, spool: BinaryIO, name: str, wish: Wish) -> Captured:
    """Statements that parties signed themselves: taken as they are, under no other envelope."""
    record = cast("Record", book)
    taken = sign.take(record, spool, dry_run=wish.dry_run, whole=wish.mode == "rollback")
    problems = tuple(p.within("", name) for p in taken.problems)
    receipt = cast("Receipt | None", taken.receipt)
    counts = taken.appended
    return Captured(name, sign.FORMAT, "", counts, taken.known, problems, receipt, wish.dry_run)
