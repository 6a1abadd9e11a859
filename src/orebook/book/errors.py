"""What the book refuses, told apart by whose move it is."""

from __future__ import annotations

from collections.abc import Iterable

from orebook.model.problem import (
    KeeperError,
    Problem,
    ReaderError,
    SenderError,
    TamperingError,
)


class StoreFailed(KeeperError):
    """A store could not do what it was asked; nothing is known to be written."""

    code = "store-failed"


class HeadMoved(KeeperError):
    """Another writer has moved the head; read it again and decide anew."""

    code = "head-moved"


class Fenced(HeadMoved):
    """This writer's turn has passed to another; it has written nothing and must begin anew.

    `present` is the turn that the store knows of.
    """

    code = "fenced"

    def __init__(self, message: str, problems: Iterable[Problem] = (), *, present: int = 0) -> None:
        super().__init__(message, problems)
        self.present = present


class OutcomeUnknown(KeeperError):
    """The write may or may not stand; send it again, and what stands is not written twice."""

    code = "outcome-unknown"


class Rollback(KeeperError):
    """The head is older than what this book has already published: something was restored."""

    code = "rollback"


class Fork(TamperingError):
    """Two signed heads of one log that do not agree: both are kept, nothing more is signed."""

    code = "fork"


class MissingFile(KeeperError):
    """A file that the book needs is not in its folder."""

    code = "missing-file"


class BadDraft(SenderError):
    """Drafts that cannot be sealed; `problems` names each fault with its place."""

    code = "bad-draft"


class KeysMoved(BadDraft):
    """The keys of the book changed after these were checked and before they could be written."""


class BookExists(ReaderError):
    """A book is already there."""

    code = "book-exists"


class NoBook(ReaderError):
    """There is no book there."""

    code = "no-book"


class RecordBroken(TamperingError):
    """The record does not agree with itself; the message names the place."""

    code = "record-broken"


def other_root(size: int, signed: bytes, found: bytes) -> str:
    """What is said where stage and tiles do not lead to the signed root."""
    return (
        f"the tree of {size}: expected the signed root {signed.hex()},"
        f" found {found.hex()} from stage and tiles"
    )
