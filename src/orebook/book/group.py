"""Group commit: many callers, one write. Whoever comes first writes for all who wait.

While one group is being written the next gathers, so that a lone caller never waits for company
and a crowd shares each sync of the disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

W = TypeVar("W")
GROUP_ENTRIES_MAX = 256


@dataclass(slots=True)
class _Waiting(Generic[W]):
    work: W
    weight: int
    done: bool = False
    fault: BaseException | None = None


class Group(Generic[W]):
    """Runs `commit` over groups of what callers bring, one group at a time, in order of arrival.

    Takes: `commit`, which does the work of all or raises for all. A group holds at most 256
    entries, and always at least one caller's whole work.
    """

    def __init__(self, commit: Callable[[Sequence[W]], None]) -> None:
        self._commit = commit
        self._queue: deque[_Waiting[W]] = deque()
        self._leading = Lock()

    def run(self, work: W, weight: int) -> None:
        """Returns when the work is committed. Raises what its group's commit raised."""
        self.run_all([(work, weight)])

    def run_all(self, works: Iterable[tuple[W, int]]) -> None:
        """As `run`, several, each with its weight. Raises what the first group that failed raised.

        The others are committed all the same.
        """
        mine = [_Waiting(work, weight) for work, weight in works]
        self._queue.extend(mine)
        while not all(waiting.done for waiting in mine):
            with self._leading:
                if not all(waiting.done for waiting in mine):
                    self._lead()
        for waiting in mine:
            if waiting.fault is not None:
                raise waiting.fault

    def _lead(self) -> None:
        group: list[_Waiting[W]] = []
        weight = 0
        while self._queue and (not group or weight + self._queue[0].weight <= GROUP_ENTRIES_MAX):
            group.append(self._queue.popleft())
            weight += group[-1].weight
        fault: BaseException | None = None
        try:
            self._commit([waiting.work for waiting in group])
        except BaseException as error:  # noqa: BLE001 - told to every caller of the group
            fault = error
        for waiting in group:
            waiting.fault = fault
            waiting.done = True
