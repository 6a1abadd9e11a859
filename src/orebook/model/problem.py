"""A fault with its place, as a value: one bad row never stops the good ones.

Faults in data are `Problem` values. An exception means a call could not be carried out; its branch
says whose move it is: the sender's (fix the document), the reader's (fix the question), the
keeper's (disk, clock, key), or everyone's (tampering: stop and tell).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Move = Literal["sender", "reader", "keeper", "tampering"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: what kind, where it stands, what was expected and found, and the next step."""

    code: str
    place: str
    expected: str
    found: str
    next_step: str
    file: str = ""

    def text(self) -> str:
        """One line a person can act on."""
        where = ", ".join(part for part in (self.file, self.place) if part) or "the input"
        return f"{where}: expected {self.expected}, found {self.found}. {self.next_step}"

    def within(self, prefix: str, file: str = "") -> Problem:
        """The same fault seen from further out: `prefix` goes before its place."""
        return replace(self, place=prefix + self.place, file=file or self.file)

    def as_json(self) -> dict[str, str]:
        """The members of an RFC 9457 problem's `errors` item."""
        return {
            "code": self.code,
            "file": self.file,
            "place": self.place,
            "expected": self.expected,
            "found": self.found,
            "next_step": self.next_step,
        }


class OrebookError(Exception):
    """A call could not be carried out; `move` says who can do something about it."""

    move: Move = "keeper"
    code = "orebook-error"

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class SenderError(OrebookError):
    """The document is at fault: fix it and send it again."""

    move: Move = "sender"
    code = "bad-document"


class TooLarge(SenderError):
    """The document is over a stated limit."""

    code = "too-large"


class ReaderError(OrebookError):
    """The question is at fault: ask it another way."""

    move: Move = "reader"
    code = "bad-question"


class NotFound(ReaderError):
    """Nothing of that name is in the book at that head."""

    code = "not-found"


class KeeperError(OrebookError):
    """Disk, clock, key or lease: the one who keeps the book must act."""

    move: Move = "keeper"
    code = "keeper"


class TamperingError(OrebookError):
    """The record does not agree with itself: stop and tell everyone."""

    move: Move = "tampering"
    code = "tampering"


def found(value: object, limit: int = 60) -> str:
    """A short, quoted form of what was found, never a whole object or a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= limit else f'"{value[:limit]}…"'
    if isinstance(value, bool | int):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return type(value).__name__
