"""Answers that were made once and are given again while they hold, letting go of the oldest."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from orebook.web.api.call import Call, Reply
from orebook.web.headers import holds

BYTES_MAX = 16 * 1024**2


class Answers:
    """At most so many bytes of answers by what they rest on; several callers at a time."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._most = bytes_max
        self._kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """The answer under that key, made where it is not here. What `make` raises is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._size += len(made)
            found = self._kept[key]
            while self._size > self._most:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)
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
