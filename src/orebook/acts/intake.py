"""Documents handed over one after another: read beside the server, written together, none twice.

A burst of documents is read, checked and sealed by processes of our own, so that the server has its
hands free for questions. Each stands whole or not at all, under one swap of the head that it shares
with those that wait beside it; what it repeats of one that was written a moment ago is known.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, Lock, Semaphore, Thread
from typing import Any, BinaryIO, cast

from orebook.acts import capture_apart
from orebook.acts.capture_apart import Clerk, Packed
from orebook.acts.gather import Wish
from orebook.acts.jobs import Order
from orebook.acts.receive import Done, receive, wish_of
from orebook.acts.record import Record
from orebook.model.problem import KeeperError

BURST = 4  # documents on their way at once, from which on readers are worth their start
HERE = 2  # documents that are read in this process at once: more would only hold one another up
START_SECONDS = 60
CLOSE_SECONDS = 5
_LOSSES_MAX = 3
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
        self._readers = Readers(self._clerk, readers)
        self.recent = Recent(self._book.refresh, self._folded)
        self._reading_here = Semaphore(HERE)
        self._counting = Lock()
        self._under_way = 0

    def take(self, stream: BinaryIO, order: Order) -> Done:
        """What became of a document, which lies in a file of its own. Refuses: as `receive`."""
        with self._counting:
            self._under_way += 1
            if self._under_way >= BURST:
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
        found = self._read(path, order.name, wish)
        if found is None:  # large, or signed by parties: it goes its own way
            self.recent.seen()
            return receive(self._book, stream, order, self._events_max)
        with self.recent.alone(found.idents) as written:
            sent, told = self._many.sifted(self._whole, path, found, wish)
            if sent is not None:
                receipt = self._many.written(self._whole, sent, told.document)
                told = replace(told, receipt=receipt)
                written(receipt.last)
        return told

    def _read(self, path: Path, name: str, wish: Wish) -> Packed | None:
        if self._clerk is None or path.stat().st_size > self._many.LARGE:
            return None
        now = str(self._whole.now())
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

    Takes: for whom they read, or None where nobody can; how many there may be.
    """

    def __init__(self, clerk: Clerk | None, count: int) -> None:
        self._clerk = clerk
        self._count = count
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._starter: Thread | None = None
        self._losses = 0
        self._closing = False

    def wake(self) -> None:
        """Starts them unless they are; returns at once, as their start takes a while."""
        if self._count < 1 or self._clerk is None or self._pool is not None:
            return
        with self._lock:
            going = self._starter is not None and self._starter.is_alive()
            if going or self._pool is not None or self._closing or self._losses >= _LOSSES_MAX:
                return
            self._starter = Thread(target=self._start, name="orebook-readers", daemon=True)
            self._starter.start()

    def packed(self, path: Path, name: str, wish: Wish, issued: str) -> Packed | None:
        """What `Clerk.pack` gives. Refuses: NotRead where it must be read here."""
        pool = self._pool
        if pool is None:
            raise NotRead
        try:
            data = pool.submit(capture_apart.packed, str(path), name, wish, issued).result()
        except Exception as error:  # whatever it is: read here, it is told as it should be
            if isinstance(error, BrokenProcessPool | RuntimeError):
                self._lost(pool)
            raise NotRead from error
        found: Packed | None = pickle.loads(data)  # noqa: S301 - ours made it
        return found

    def close(self) -> None:
        """Ends them once what they read is read."""
        with self._lock:
            self._closing = True
            starter = self._starter
        if starter is not None:
            starter.join(CLOSE_SECONDS)
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        assert self._clerk is not None
        pool = capture_apart.readers(self._count, self._clerk)
        try:
            for ready in [pool.submit(os.getpid) for _ in range(self._count)]:
                ready.result(timeout=START_SECONDS)
        except (BrokenProcessPool, TimeoutError, OSError):
            _LOG.warning("no process could be started to read documents: they are read here")
            pool.shutdown(wait=False)
            self._losses = _LOSSES_MAX
            return
        with self._lock:
            if not self._closing:
                self._pool = pool
                return
        pool.shutdown(wait=False)

    def _lost(self, pool: ProcessPoolExecutor) -> None:
        """One of them has ended; others are started with the next burst, but not for ever."""
        with self._lock:
            if self._pool is not pool:
                return
            self._pool = None
            self._losses += 1
        _LOG.warning("a process that read documents has ended: they are read here for now")
        pool.shutdown(wait=False, cancel_futures=True)


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

    @contextmanager
    def alone(self, idents: Collection[str]) -> Iterator[Callable[[int], None]]:
        """Waits until nobody else writes any of these, and the views have all that was written.

        Gives: what is to be told the last position that was written, if any was.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._writing.isdisjoint(idents))
            self._writing.update(idents)
            known = not self._names.keys().isdisjoint(idents)
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
        if self._unseen:
            self._refresh()
            self._prune()

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
            left = [written for written in self._unseen if written.last >= folded]
            for written in self._unseen:
                if written.last < folded:
                    for ident in written.idents:
                        self._names[ident] -= 1
                        if not self._names[ident]:
                            del self._names[ident]
            self._unseen = deque(left)
