"""A modest brake on what costs much: so many calls per reader and minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock

from orebook.model.problem import Problem, ReaderError

_READERS_MAX = 4096


class TooMany(ReaderError):
    """The reader has asked too often; `seconds` says when to come back."""

    code = "too-many-requests"

    def __init__(self, message: str, problems: Iterable[Problem] = (), *, seconds: int = 1) -> None:
        super().__init__(message, problems)
        self.seconds = seconds


class Brake:
    """Lets each reader pass so many times within a window of seconds."""

    def __init__(
        self, most: int, window: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._passed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def take(self, reader: str) -> None:
        """Counts one call. Refuses: TooMany."""
        with self._lock:
            now = self._clock()
            recent = [t for t in self._passed.pop(reader, []) if now - t < self._window]
            if len(recent) < self._most:
                self._passed[reader] = [*recent, now]
                if len(self._passed) > _READERS_MAX:
                    self._passed.popitem(last=False)
                return
            self._passed[reader] = recent
            seconds = max(1, int(self._window - (now - recent[0])) + 1)
            message = f"too many of these at once: come back in {seconds} seconds"
            raise TooMany(message, seconds=seconds)


class Flow:
    """Lets each caller pass at a steady rate, with so much at once; costs the same at any rate."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, caller: str) -> None:
        """Counts one call. Refuses: TooMany."""
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(caller, (self._burst, now))
            left = min(self._burst, left + (now - then) * self._rate)
            self._left[caller] = (max(left - 1, 0) if left >= 1 else left, now)
            if len(self._left) > _READERS_MAX:
                self._left.popitem(last=False)
            if left < 1:
                seconds = int((1 - left) / self._rate) + 1
                message = f"too many calls at once: come back in {seconds} seconds"
                raise TooMany(message, seconds=seconds)
