"""Documents handed over one after another: read beside the server, written together, none twice.

A burst of documents is read, checked and sealed by processes of our own, so that the server has its
hands free for questions. Each stands whole or not at all, under one swap of the head that it shares
with those that wait beside it; what it repeats of one that was written a moment ago is known.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Semaphore, Thread
from typing import Any, BinaryIO, cast

from orebook.acts.capture_apart import Clerk, Packed
from orebook.acts.capture_beside import (
    READ_SECONDS,
    Lost,
    ReadingProcess,
    Task,
    unread,
    wished,
)
from orebook.acts.gather import Wish
from orebook.acts.jobs import Order
from orebook.acts.receive import Done, receive, wish_of
from orebook.acts.record import Record
from orebook.model.problem import KeeperError

BURST = 4  # documents on their way at once, from which on readers are worth their start
HERE = 2  # documents that are read in this process at once: more would only hold one another up
CLOSE_SECONDS = 5
RETRY_SECONDS = 60  # after readers that could not be started, before others are
_SEEN_AT = 4096  # identifiers, beyond which is looked which of them the views have by now
_LOG = logging.getLogger("orebook.intake")


class Intake:
    """Captures the documents of jobs. Many threads may hand them over.

    Takes: `events_max` as `receive`; `readers`, how many processes may read beside this one.
    """

    def __init__(self, book: Record, events_max: int = 0, readers: int = 0) -> None:
        from orebook.acts import capture_many  # late: chains of imports stay short

        self._book = book
        self._whole = cast("Any", book)  # with what records of others need not have
        self._many = capture_many
        self._events_max = events_max
        self._clerk: Clerk | None = capture_many.clerk_of(self._whole)
        self._beside = readers > 0
        self._readers = Readers(self._clerk, max(readers, 1))
        self.recent = Recent(self._book.refresh, self._folded)
        self._reading_here = Semaphore(HERE)
        self._counting = Lock()
        self._under_way = 0

    def take(self, stream: BinaryIO, order: Order) -> Done:
        """What became of a document, which lies in a file of its own. Refuses: as `receive`."""
        with self._counting:
            self._under_way += 1
            if self._beside and self._under_way >= BURST:
                self._readers.wake()
        try:
            return self._taken(stream, order)
        finally:
            with self._counting:
                self._under_way -= 1

    def one(self, stream: BinaryIO, order: Order, ident: str, look: Callable[[], None]) -> Done:
        """What became of one event of that identifier (it may have none), captured at once.

        Takes: `look`, which refuses it by what stands; all that was written of it is seen by then.
        """
        with self.recent.alone({ident} if ident else set()) as written:
            look()
            done = receive(self._book, stream, order)
            if done.receipt is not None:
                written(done.receipt.last)
        return done

    def close(self) -> None:
        """Ends the readers."""
        self._readers.close()

    def _taken(self, stream: BinaryIO, order: Order) -> Done:
        path = Path(stream.name)
        wish: Wish = wish_of(self._book, order, self._events_max)
        found = self._read(path, order, wish)
        if found is None:  # large, or signed by parties: it goes its own way
            self.recent.seen()
            done = receive(self._book, stream, order, self._events_max)
            if done.receipt is not None:
                self.recent.unnamed(done.receipt.last)
            return done
        with self.recent.alone(found.idents) as written:
            sent, told = self._many.sifted(self._whole, path, found, wish)
            if sent is not None:
                receipt = self._many.written(self._whole, sent, told.document)
                told = replace(told, receipt=receipt)
                written(receipt.last)
        return told

    def _read(self, path: Path, order: Order, wish: Wish) -> Packed | None:
        if self._clerk is None or path.stat().st_size > self._many.LARGE:
            return None
        name, now = order.name, str(self._whole.now())
        if order.again:  # a server that ended may have ended over it: another must not
            self._readers.started()
        try:
            return self._readers.packed(path, name, wish, now)
        except NotRead:
            with self._reading_here:
                return self._clerk.pack(path.read_bytes(), name, wish, now)

    def _folded(self) -> int:
        return min(self._whole.views.positions().values(), default=0)


class NotRead(Exception):
    """No other process has read it."""


class Readers:
    """Processes of our own that read documents, started when there are first enough of them.

    Takes: for whom they read, or None where nobody can; how many there may be; how long one may
    read a document.
    """

    def __init__(self, clerk: Clerk | None, count: int, seconds: float = READ_SECONDS) -> None:
        self._clerk = clerk
        self._count = count
        self._seconds = seconds
        self._lock = Lock()
        self._idle: SimpleQueue[ReadingProcess[Packed] | None] = (
            SimpleQueue()
        )  # None in place of a lost
        self._all: set[ReadingProcess[Packed]] = set()
        self._starter: Thread | None = None
        self._again = math.inf  # when it is tried anew
        self._reading = False
        self._closing = False

    @property
    def idents(self) -> list[int]:
        """The numbers of the processes that can read."""
        with self._lock:
            return [process.ident for process in self._all] if self._reading else []

    def wake(self) -> None:
        """Starts them unless they are; returns at once, as their start takes a while."""
        if self._clerk is None or not self._may_start():
            return
        with self._lock:
            if self._may_start() and not self._closing:
                self._again = math.inf
                self._starter = Thread(target=self._start, name="orebook-readers", daemon=True)
                self._starter.start()

    def _may_start(self) -> bool:
        return self._starter is None or time.monotonic() >= self._again

    def started(self) -> None:
        """Starts them unless they are; returns when they can read, or none can be started."""
        self.wake()
        with self._lock:
            starter = self._starter
        if starter is not None:
            starter.join()

    def packed(self, path: Path, name: str, wish: Wish, issued: str) -> Packed | None:
        """What `Clerk.pack` gives; a document at which two processes are lost is told of as bad.

        Refuses: NotRead where it must be read here.
        """
        if not self._reading or self._clerk is None:
            raise NotRead
        task = Task(str(path), name, wished(wish), issued)
        lost: Lost | None = None
        process = self._turn()
        try:
            if process is not None and process.ready():  # it has ended, and over no document
                self._end(process)
                process = None
            for _ in range(2):
                process = process or self._replaced()
                try:
                    process.give(task)
                    return process.take(self._seconds)
                except Lost as error:
                    _LOG.warning("a process that read documents has been lost: another is started")
                    self._end(process)
                    process, lost = None, error  # the next is a new one, not another that ended
                    if lost.silent:
                        break
        except Exception as error:  # whatever it is: read here, it is told as it should be
            raise NotRead from error
        finally:
            self._idle.put(process)
        assert lost is not None
        return unread(self._clerk, task, lost)

    def close(self) -> None:
        """Ends them once what they read is read."""
        with self._lock:
            self._closing = True
            starter = self._starter
        if starter is not None:
            starter.join(CLOSE_SECONDS)
        self._reading = False
        begun = time.monotonic()
        for _ in range(len(self._all)):
            with suppress(Empty):
                self._idle.get(timeout=max(0, CLOSE_SECONDS + begun - time.monotonic()))
        for process in list(self._all):
            self._end(process)

    def _turn(self) -> ReadingProcess[Packed] | None:
        """The next that has nothing to do. Refuses: NotRead where they have been ended."""
        while self._reading:
            with suppress(Empty):
                return self._idle.get(timeout=1)
        raise NotRead

    def _start(self) -> None:
        try:
            started = [self._another() for _ in range(self._count)]
            for process in started:
                process.started()
        except (Lost, OSError):
            _LOG.warning("no process could be started to read documents: they are read here")
            for process in list(self._all):
                self._end(process)
            self._again = time.monotonic() + RETRY_SECONDS
            return
        for process in started:
            self._idle.put(process)
        self._reading = not self._closing

    def _another(self) -> ReadingProcess[Packed]:
        assert self._clerk is not None
        process = ReadingProcess(self._clerk)
        with self._lock:
            self._all.add(process)
        return process

    def _replaced(self) -> ReadingProcess[Packed]:
        """Another that can read. Refuses: Lost where it cannot, whatever it was to read."""
        process = self._another()
        try:
            process.started()
        except Lost:
            self._end(process)
            raise
        return process

    def _end(self, process: ReadingProcess[Packed] | None) -> None:
        if process is None:
            return
        with self._lock:
            self._all.discard(process)
        process.end()


@dataclass(slots=True)
class _Written:
    last: int
    idents: Collection[str]


class Recent:
    """Identifiers that are being written, and those that are written and not yet in the views.

    Takes: `refresh`, which brings the views up to the head; `folded`, how far they are.
    """

    def __init__(self, refresh: Callable[[], object], folded: Callable[[], int]) -> None:
        self._refresh = refresh
        self._folded = folded
        self._changed = Condition()
        self._writing: set[str] = set()
        self._unseen: deque[_Written] = deque()
        self._names: dict[str, int] = {}  # how many of the unseen state it
        self._unnamed = -1  # the last position of what may state anything

    @contextmanager
    def alone(self, idents: Collection[str]) -> Iterator[Callable[[int], None]]:
        """Waits until nobody else writes any of these, and the views have all that was written.

        Gives: what is to be told the last position that was written, if any was.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._writing.isdisjoint(idents))
            self._writing.update(idents)
            known = self._unnamed >= 0 or not self._names.keys().isdisjoint(idents)
        try:
            if known:
                self.seen()
            yield lambda last: self._add(_Written(last, idents))
        finally:
            with self._changed:
                self._writing.difference_update(idents)
                self._changed.notify_all()

    def seen(self) -> None:
        """Brings the views up to the head."""
        if self._unseen or self._unnamed >= 0:
            self._refresh()
            self._prune()

    def unnamed(self, last: int) -> None:
        """Takes note of what was written up to there without a word on what it states."""
        with self._changed:
            self._unnamed = max(last, self._unnamed)

    def _add(self, written: _Written) -> None:
        with self._changed:
            self._unseen.append(written)
            for ident in written.idents:
                self._names[ident] = self._names.get(ident, 0) + 1
            many = len(self._names) > _SEEN_AT
        if many:
            self._prune()

    def _prune(self) -> None:
        try:
            folded = self._folded()
        except KeeperError:
            return  # what was written stands, whatever becomes of the views: they are asked again
        with self._changed:
            if self._unnamed < folded:
                self._unnamed = -1
            left = [written for written in self._unseen if written.last >= folded]
            for written in self._unseen:
                if written.last < folded:
                    for ident in written.idents:
                        self._names[ident] -= 1
                        if not self._names[ident]:
                            del self._names[ident]
            self._unseen = deque(left)
