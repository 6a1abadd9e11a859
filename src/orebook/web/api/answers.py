"""Answers that were made once and are given again while they hold, letting go of the oldest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from orebook.web.api.call import Call, Reply
from orebook.web.headers import holds
from orebook.web.made import Made

BYTES_MAX = 16 * 1024**2


class Answers:
    """Answers by what they rest on; several callers at a time."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._made: Made[bytes] = Made(bytes_max)

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """The answer under that key, made where it is not here. What `make` raises is not kept."""
        found = self._made.get(key)
        if found is None:
            data = make()
            found = self._made.put(key, data, len(data))
        return found


def given(call: Call, data: bytes, media: str, headers: dict[str, str]) -> Reply:
    """The answer with an ETag of its bytes; 304 for who holds it. Source: RFC 9110, 13.1.2.

    The ETag is weak, since the same bytes may travel compressed.
    """
    etag = f'W/"{hashlib.sha256(data).hexdigest()[:32]}"'
    told = {**headers, "ETag": etag}
    asked = call.header("if-none-match")
    if holds(asked, etag) or asked.strip() == "*":
        return Reply(304, b"", "", told)
    return Reply(200, data, media, told)
