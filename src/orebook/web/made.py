"""Answers that were made once, given again while there is room for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Made(Generic[V]):
    """At most so many bytes of what was made, letting go of what was asked for longest ago.

    Many threads may ask.
    """

    def __init__(self, bytes_max: int) -> None:
        self._most = bytes_max
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        """What was made under that key, if it is still here."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: Hashable, value: V, size: int) -> V:
        """Keeps what was made, of so many bytes. Gives what stands there: the first stays."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = value, size
                self._size += size
            found, _ = self._kept[key]
            while self._size > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._size -= gone
            return found
