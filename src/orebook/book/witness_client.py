"""One question to a witness over HTTP, with an end: no redirect, no more than it may say."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from orebook.book.bounded import within
from orebook.log.note import NOTE_MAX
from orebook.model.problem import KeeperError

ANSWER_MAX = NOTE_MAX


class Unreachable(KeeperError):
    """A witness or time authority that gave no answer in time, or none that could be read."""

    code = "witness-unreachable"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    media_type: str = ""


Send: TypeAlias = Callable[[str, str, bytes, float], Reply]


def send(
    method: str, url: str, body: bytes, seconds: float, media_type: str = "text/plain"
) -> Reply:
    """The answer of a witness, within so many seconds in all, however slowly it speaks.

    Refuses: Unreachable for everything else, redirects included.
    """
    try:
        return within(seconds, lambda: _ask(method, url, body, seconds, media_type))
    except Exception as error:
        message = f"{url}: {error or type(error).__name__}"
        raise Unreachable(message) from error


def submission(url: str) -> str:
    """Where heads are sent. Source: C2SP tlog-witness, "add-checkpoint"."""
    return f"{url.rstrip('/')}/add-checkpoint"


def monitoring(url: str, origin: str) -> str:
    """Where the last cosigned head of a log is read, when both prefixes are one."""
    return f"{url.rstrip('/')}/{sha256(origin.encode()).hexdigest()}/checkpoint"


def _ask(method: str, url: str, body: bytes, seconds: float, media_type: str) -> Reply:
    parts = urllib.parse.urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"{url}: expected an http or https address"
        raise Unreachable(message)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
    try:
        path = urllib.parse.quote(parts.path or "/", safe="/%:@+~,;=-._")
        connection.request(method, path, body or None, {"content-type": media_type})
        answer = connection.getresponse()
        data = answer.read(ANSWER_MAX + 1)
        if len(data) > ANSWER_MAX:
            message = f"{url}: an answer of more than {ANSWER_MAX} bytes"
            raise Unreachable(message)
        kind = answer.getheader("content-type", "").partition(";")[0].strip()
        return Reply(answer.status, data, kind)
    finally:
        connection.close()
