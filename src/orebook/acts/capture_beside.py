"""Processes beside ours that read documents: each has a pipe in and a pipe out, and keeps order.

A pool of the standard library carries each answer over three threads of the one that waits for it;
where most of the work is done beside, that was much of the time that ours had for its own.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from orebook.model.problem import Problem

READY = "orebook.acts.capture_ready"
START_SECONDS = 60.0
READ_SECONDS = 120.0  # for one document, of a few megabytes at most
END_SECONDS = 5.0
_PIPE_BYTES = 1 << 20  # some answers, so that who reads goes on while nobody listens
_DOCUMENTS_TO_A_LOOK = 64  # between two looks for objects that refer to one another


Read = TypeVar("Read")
Read_co = TypeVar("Read_co", covariant=True)


class Clerk(Protocol[Read_co]):
    """Who reads documents for a book: `capture_apart.Clerk`. It can be pickled."""

    def pack(self, data: bytes, name: str, wish: Any, issued: str) -> Read_co | None: ...  # noqa: D102
    def refused(  # noqa: D102
        self, data: bytes, name: str, wish: Any, issued: str, problem: Problem
    ) -> Read_co: ...


class Task(NamedTuple):
    """A document to be read: where it lies, what it is called, how it is wished, and the time."""

    path: str
    name: str
    wish: bytes  # pickled: it is the same for many
    issued: str


class Lost(Exception):
    """A reading process has ended before it answered, or was `silent` for too long."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__("silent" if silent else "ended")
        self.silent = silent


def wished(wish: object) -> bytes:
    """A wish as a task carries it."""
    return pickle.dumps(wish, pickle.HIGHEST_PROTOCOL)


class ReadingProcess(Generic[Read]):
    """One process that reads for a book what it is given, in that order. For one thread at a time.

    Takes: the wish of tasks that bring none. Refuses: OSError where none can be started.
    """

    def __init__(self, clerk: Clerk[Read], wish: bytes = b"") -> None:
        # A fork of this process would copy locks that threads hold; one that has read what readers
        # need, and nothing else, is forked instead, so that it is read once for all of them.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([READY])
        theirs, self._tasks = context.Pipe(duplex=False)
        self._answers, answers = context.Pipe(duplex=False)
        self._process = context.Process(target=_read_all, args=(clerk, wish, theirs, answers))
        self._process.daemon = True
        with suppress(OSError, AttributeError):  # not every system can, and not everyone may
            for end in (answers, theirs):
                fcntl.fcntl(end.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        try:
            self._process.start()
        except EOFError as error:  # who forks has ended over it
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
        finally:
            theirs.close()
            answers.close()
        self._started = False

    @property
    def ident(self) -> int:
        """The number of the process."""
        return self._process.ident or 0

    def give(self, task: Task) -> None:
        """Has it read this next. One that has ended is told of when its answer is taken."""
        with suppress(OSError):
            self._tasks.send_bytes(pickle.dumps(tuple(task), pickle.HIGHEST_PROTOCOL))

    def ready(self) -> bool:
        """Whether it has an answer, or has ended."""
        try:
            if not self._started and self._answers.poll():
                self._begun(0)
            return self._answers.poll()
        except (Lost, OSError):
            return True

    def started(self, seconds: float = START_SECONDS) -> None:
        """Returns once it can read. Refuses: Lost."""
        if not self._started:
            self._begun(seconds)

    def take(self, seconds: float = READ_SECONDS) -> Read | None:
        """What `Clerk.pack` gives of the first that was given and not taken. Refuses: Lost.

        Raises what the reading raised, if its document could not be opened.
        """
        self.started()
        told: Read | BaseException | None = pickle.loads(self._next(seconds))  # noqa: S301 - ours
        if isinstance(told, BaseException):
            raise told
        return told

    def end(self) -> None:
        """Ends it: at once where it is at work."""
        self._tasks.close()
        self._answers.close()
        if self._process.is_alive():
            self._process.terminate()
        self._process.join(END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_SECONDS)

    def _begun(self, seconds: float) -> None:
        self._next(seconds)
        self._started = True

    def _next(self, seconds: float) -> bytes:
        try:
            if not self._answers.poll(seconds):
                raise Lost(silent=True)
            return self._answers.recv_bytes()
        except (EOFError, OSError):
            raise Lost(silent=False) from None


class Readers(Generic[Read]):
    """So many reading processes, for one thread; each document goes to who has least to read.

    One that is lost is replaced, and what it had not read is read by the next: but not the document
    at which two were lost, nor one over which a process said nothing for too long.
    """

    def __init__(
        self, count: int, clerk: Clerk[Read], wish: object, seconds: float = READ_SECONDS
    ) -> None:
        self._clerk = clerk
        self._wish = wished(wish)
        self._seconds = seconds
        self._all = [_Line(clerk, self._wish) for _ in range(count)]

    def give(self, path: str, name: str, issued: str, size: int) -> Given[Read]:
        """Has a document read; `size` in bytes says how much work it is."""
        line = min(self._all, key=lambda line: line.size)
        given = Given(Task(path, name, self._wish, issued), size, line)
        line.give(given)
        return given

    def take(self, given: Given[Read]) -> Read | None:
        """What it says. Of each line what was given first is to be taken first."""
        line, lost = given.line, 0
        assert line.given[0] is given
        while (process := line.started()) is not None:
            try:
                found = process.take(self._seconds)
            except Lost as error:
                lost += 1
                spared = not error.silent and lost < 2
                line.renew(spared=spared)
                if not spared:
                    return unread(self._clerk, given.task, error)
                continue
            except BaseException:
                line.taken()
                raise
            line.taken()
            return found
        line.taken()
        return read(self._clerk, given.task)  # no process can be started: it is read here

    def end(self) -> None:
        """Ends them all."""
        for line in self._all:
            line.end()


class _Line(Generic[Read]):
    """A reading process and what it has been given, in order."""

    def __init__(self, clerk: Clerk[Read], wish: bytes) -> None:
        self._clerk = clerk
        self._wish = wish
        self.given: deque[Given[Read]] = deque()
        self.size = 0
        self._process = self._another()

    def _another(self) -> ReadingProcess[Read] | None:
        with suppress(OSError):
            return ReadingProcess(self._clerk, self._wish)
        return None

    def started(self) -> ReadingProcess[Read] | None:
        """Its process once that can read; one that could not start is not waited for again."""
        if self._process is not None:
            try:
                self._process.started()
            except Lost:
                self.end()
        return self._process

    def ready(self) -> bool:
        """Whether the next is read, or must be read here."""
        return self._process is None or self._process.ready()

    def end(self) -> None:
        """Ends its process."""
        if self._process is not None:
            self._process.end()
        self._process = None

    def give(self, given: Given[Read]) -> None:
        self.given.append(given)
        self.size += given.size
        self._send(given)

    def taken(self) -> None:
        self.size -= self.given.popleft().size

    def renew(self, *, spared: bool) -> None:
        """Another process in place of the lost one, for all that is left; the first if `spared`."""
        self.end()
        if not spared:
            self.taken()
        self._process = self._another()
        for given in self.given:
            self._send(given)

    def _send(self, given: Given[Read]) -> None:
        # Without the wish, which the process has: a pipe that is full of wishes would hold up who
        # gives, while who reads waits for its answers to be taken.
        if self._process is not None:
            self._process.give(given.task._replace(wish=b""))


class Given(Generic[Read]):
    """A document on its way to a reading process."""

    def __init__(self, task: Task, size: int, line: _Line[Read]) -> None:
        self.task = task
        self.size = size
        self.line = line

    def ready(self) -> bool:
        """Whether it has been read, if it is the next of its line."""
        return self.line.given[0] is self and self.line.ready()


def unread(clerk: Clerk[Read], task: Task, lost: Lost) -> Read:
    """What is told of a document that no process could read to its end."""
    found = "one that was not read within the time" if lost.silent else "one that ends its reader"
    expected = "a document that can be read with the memory and time there is"
    step = "Send it in smaller parts; if it is sound, tell the maintainers of Orebook."
    problem = Problem("cannot-read", "", expected, found, step, task.name)
    wish = _wish(task.wish)
    return clerk.refused(Path(task.path).read_bytes(), task.name, wish, task.issued, problem)


@lru_cache(maxsize=4)
def _wish(pickled: bytes) -> Any:
    return pickle.loads(pickled)  # noqa: S301 - ours made it


def _read_all(clerk: Clerk[Read], wish: bytes, tasks: Connection, answers: Connection) -> None:
    """In a reading process: an answer to each task, until no more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us ends us
    Thread(target=_end_with_parent, daemon=True).start()
    # Of a document nothing is left when it is packed: the collector would walk it in vain.
    gc.freeze()
    gc.disable()
    count = 0
    with suppress(EOFError, OSError):
        answers.send_bytes(b"")
        while True:
            task = Task(*pickle.loads(tasks.recv_bytes()))  # noqa: S301 - ours made it
            task = task if task.wish else task._replace(wish=wish)
            answers.send_bytes(_answer(lambda: read(clerk, task)))  # noqa: B023 - called at once
            count += 1
            if count % _DOCUMENTS_TO_A_LOOK == 0:
                gc.collect()


def read(clerk: Clerk[Read], task: Task) -> Read | None:
    """What a document says, read in this process."""
    data = Path(task.path).read_bytes()
    return clerk.pack(data, task.name, _wish(task.wish), task.issued)


def _answer(work: Callable[[], object]) -> bytes:
    """What work gives or raises, pickled."""
    try:
        return pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - raised where it is waited for
        try:
            data = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
            pickle.loads(data)  # noqa: S301 - ours: some can be taken apart and not put together
        except Exception:  # noqa: BLE001
            return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
        return data


def _end_with_parent() -> None:
    """A process that was killed cannot end those it has started: they end by themselves."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
