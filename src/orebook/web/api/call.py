"""A call to a door and its reply, apart from any framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import parse_qsl

from orebook.acts.badge import Badge
from orebook.exchange import json_text
from orebook.exchange.json_text import Value
from orebook.model.problem import Problem, ReaderError, SenderError

JSON = "application/json"
LD_JSON = "application/ld+json"
XML = ("application/xml", "text/xml")


class Unauthorized(ReaderError):
    """The call carries no token that opens this door."""

    code = "unauthorized"


class Forbidden(ReaderError):
    """The token does not allow this."""

    code = "forbidden"


class NotAcceptable(ReaderError):
    """There is no answer in a form the caller takes."""

    code = "not-acceptable"


class Unsupported(SenderError):
    """The document is in a form this door does not read."""

    code = "unsupported-media-type"


class NoSuchMethod(ReaderError):
    """The resource is there and does not take that method; `allow` says which it takes."""

    code = "method-not-allowed"

    def __init__(self, message: str, problems: Iterable[Problem] = (), allow: str = "") -> None:
        super().__init__(message, problems)
        self.allow = allow


class AddressTooLong(ReaderError):
    """The address and its question are longer than this server takes."""

    code = "uri-too-long"


class Conflict(SenderError):
    """It is there already, or is being done; `location` says where."""

    code = "already-there"

    def __init__(self, message: str, problems: Iterable[Problem] = (), location: str = "") -> None:
        super().__init__(message, problems)
        self.location = location


class KeyReused(SenderError):
    """The idempotency key came before with another document."""

    code = "idempotency-key-reused"


class NotYet(ReaderError):
    """This part of the standard is not built."""

    code = "not-implemented"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may bring and ask."""

    document_bytes: int = 32 * 1024**2
    document_events: int = 50_000
    event_bytes: int = 1024**2
    question_bytes: int = 16 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call: method, parts of the path, question, headers, who asks, and what was sent.

    `base` is the address of the door as the caller wrote it; `body` stands at its beginning;
    `about` is what the operation is for, where several share a handler; `cut` says that the
    caller went away before all of the body had come.
    """

    method: str
    parts: Mapping[str, str]
    question: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    badge: Badge | None
    base: str
    path: str
    body: IO[bytes] | None = None
    size: int = 0
    digest: str = ""
    about: str = ""
    cut: bool = False

    def header(self, name: str) -> str:
        """The value of a header, empty without it."""
        return self.headers.get(name.lower(), "")

    @property
    def asked(self) -> dict[str, list[str]]:
        """The question as lists of values by name, in the order they came; `|` separates values."""
        found: dict[str, list[str]] = {}
        for name, value in self.question:
            found.setdefault(name, []).extend(value.split("|"))
        return found

    def one(self, name: str) -> str:
        """The one value of a parameter. Refuses: ReaderError for several."""
        values = [value for key, value in self.question if key == name]
        if len(values) > 1:
            message = f"{name}: expected one value, found {len(values)}"
            raise ReaderError(message)
        return values[0] if values else ""

    def member(self) -> Badge:
        """Who calls. Refuses: Unauthorized for a caller without a token."""
        if self.badge is None:
            message = "this needs a token: send it as Authorization: Bearer TOKEN"
            raise Unauthorized(message)
        return self.badge

    @property
    def media(self) -> str:
        """The media type of what was sent, without its parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. `chunks` is for answers that are made while they are sent."""

    status: int = 200
    data: bytes = b""
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None


def as_json(value: Value, media: str = JSON, status: int = 200, **headers: str) -> Reply:
    """A reply of JSON in which numbers keep their text. Headers are named with underscores."""
    data = json_text.write(value).encode("utf-8")
    return Reply(status, data, media, {n.replace("_", "-"): v for n, v in headers.items()})


def question_of(raw: bytes) -> list[tuple[str, str]]:
    """The parameters of a query string. Refuses: ReaderError for bytes that are no text."""
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        message = "the question of the address holds bytes that are no text (UTF-8)"
        raise ReaderError(message) from error


def accepted(header: str, offered: Sequence[str]) -> str:
    """The first offered media type the caller takes best. Refuses: NotAcceptable.

    Source: RFC 9110 section 12.5.1.
    """
    if not header.strip():
        return offered[0]
    best, quality = "", 0.0
    for media in offered:
        found = max((_quality(part, media) for part in header.lower().split(",")), default=(0, 0))
        if found[0] > 0 and found[1] > quality:
            best, quality = media, found[1]
    if not best:
        message = f"expected to be asked for {' or '.join(offered)}, found {header[:80]!r}"
        raise NotAcceptable(message)
    return best


def _quality(part: str, media: str) -> tuple[int, float]:
    """How well a part of the header names the type (3 whole, 1 anything), and how it is liked."""
    wanted, *params = (piece.strip() for piece in part.split(";"))
    exact = 3 if wanted == media else 2 if wanted == f"{media.partition('/')[0]}/*" else 0
    exact = exact or (1 if wanted == "*/*" else 0)
    liked = 1.0
    for param in params:
        name, _, value = param.partition("=")
        if name.strip() == "q":
            try:
                liked = float(value)
            except ValueError:
                liked = 0.0
    return exact, liked if 0 <= liked <= 1 else 0.0
