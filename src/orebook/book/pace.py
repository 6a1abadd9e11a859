"""The publishing interval: one thread that publishes soon after something has been written."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition, Thread

from orebook.book.errors import StoreFailed

INTERVAL_SECONDS = 0.2
INTERVALS_TAKEN = 4  # how much longer than the work itself the interval is at least
LONGEST_SECONDS = 1.0


class Pace:
    """Calls `work` soon after it is asked for, at most once per interval, in one thread.

    A keeper's error (a full disk) is tried again at the next interval; anything else ends it and
    is raised by the next `soon`.
    """

    def __init__(self, work: Callable[[], object], interval: float = INTERVAL_SECONDS) -> None:
        self._work = work
        self._interval = interval
        self._changed = Condition()
        self._wanted = False
        self._ending = False
        self._thread: Thread | None = None
        self._fault: Exception | None = None

    def soon(self) -> None:
        """Asks for it. Raises what has ended it, if anything has."""
        with self._changed:
            if self._fault is not None:
                raise self._fault
            self._wanted = True
            if self._thread is None:
                self._thread = Thread(target=self._run, name="orebook-publisher", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def stop(self) -> None:
        """Ends the thread, the work that was asked for done first, as far as it can be."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        due = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._ending)
                if not self._wanted:
                    return
                while not self._ending and (left := due - time.monotonic()) > 0:
                    self._changed.wait(left)
                self._wanted = False
            begun = time.monotonic()
            try:
                self._work()
                # Under load the disk and the processors are to be the writers', not ours alone.
                took = time.monotonic() - begun
                due = begun + max(self._interval, min(INTERVALS_TAKEN * took, LONGEST_SECONDS))
            except StoreFailed:
                due = begun + self._interval
                with self._changed:
                    if self._ending:
                        return  # it stands; the next start publishes it from the stage
                    self._wanted = True
            except Exception as fault:  # noqa: BLE001 - kept for whoever asks next
                with self._changed:
                    self._fault = fault
                return
