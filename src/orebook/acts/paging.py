"""Pages of long answers: a token pins the head and the place, so that appends never move a page."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orebook.acts.see import View
from orebook.model.problem import ReaderError

PER_PAGE = 30
PER_PAGE_MAX = 1000
_INTEGER_MAX = 2**53


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an answer goes on: the head it was begun at, and the last place or name given."""

    size: int
    place: tuple[int, int] = (-1, 0)
    name: str = ""

    def token(self, question: str) -> str:
        """The token that goes on with this question alone."""
        said = [1, self.size, *self.place, self.name, _mark(question)]
        text = json.dumps(said, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(text).decode("ascii").rstrip("=")


def begun(view: View, token: str, question: str) -> Cursor:
    """The cursor of a token; the beginning, at the view's head, without one.

    Refuses: ReaderError for what is no token of this question or of a head this book never had.
    """
    size = view.head.size
    if not token:
        return Cursor(size)
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, pinned, position, index, name, mark = said
        sound = version == 1 and mark == _mark(question) and isinstance(name, str)
        sound = sound and all(type(n) is int for n in (pinned, position, index))
        if sound and 0 < pinned <= size and -1 <= position < _INTEGER_MAX and 0 <= index < 1 << 31:
            return Cursor(pinned, (position, index), name)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    message = "nextPageToken: expected a token that this question has given; begin again without it"
    raise ReaderError(message)


def question_of(*parts: str, asked: Mapping[str, Sequence[str]] | None = None) -> str:
    """What a token belongs to: the resource and what is asked of it."""
    return json.dumps([*parts, sorted((k, list(v)) for k, v in (asked or {}).items())])


def per_page(text: str) -> int:
    """How many a page holds. Refuses: ReaderError for anything but 1 to 1000."""
    if not text:
        return PER_PAGE
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        message = f"perPage: expected a whole number from 1, found {text[:40]!r}"
        raise ReaderError(message)
    return min(number, PER_PAGE_MAX)


def _mark(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:12]
