"""Capture jobs: documents taken in at a door, kept until they are captured, told about afterwards.

A document lies in the inbox, durable, before its job is promised; a job that a crash cut short is
run again at the next start, and what stands already is not written twice.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import logging
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import BinaryIO, Literal, cast

from orebook.acts.badge import Badge, Now
from orebook.book.office import Office, Paper
from orebook.model.problem import KeeperError, NotFound, OrebookError, Problem

Mode = Literal["proceed", "rollback"]
_ROOM = "job"
_LOG = logging.getLogger("orebook.jobs")
WORKERS = 8  # that share each sync of the disk
LARGE = 8 << 20  # bytes; of documents beyond, each of which takes a core, two are read at a time
LARGE_WORKERS = 2
WAITING_MAX = 256
AGAIN_SECONDS = 5.0
_BEGUN = 1.0  # seconds after 1970, when no document came
KEPT_MAX = 20_000
_CHUNK = 1 << 20
_ABANDONED_SECONDS = 3600
_TRIM_EVERY = 500


class Busy(KeeperError):
    """As many documents wait as may; try again soon."""

    code = "busy"


@dataclass(frozen=True, slots=True)
class Order:
    """How a document is to be captured, and for whom."""

    name: str
    organisation: str
    mode: Mode = "rollback"
    format: str = ""
    again: bool = False  # it was begun before, by a process that ended over it or meanwhile


Take = Callable[[BinaryIO, Order], dict[str, object]]


class Jobs:
    """The capture jobs of one book. Documents wait in a folder, outcomes lie in the office.

    Takes: `take`, which captures a document and says what became of it; `inbox`, the folder; None
    keeps them in a temporary one.
    """

    def __init__(
        self, take: Take, operator: str, office: Office, inbox: Path | None, now: Now
    ) -> None:
        self._take = take
        self._operator = operator
        self._office = office
        self._now = now
        self._temporary = tempfile.TemporaryDirectory() if inbox is None else None
        self._inbox = Path(self._temporary.name) if self._temporary else cast("Path", inbox)
        closed_folder(self._inbox)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="orebook-capture")
        self._large = ThreadPoolExecutor(LARGE_WORKERS, thread_name_prefix="orebook-capture-large")
        self._counting = Lock()
        self._waiting = 0
        self._begun = 0

    @property
    def folder(self) -> Path:
        """Where documents wait: on the disk of the book, as a temporary folder may not be."""
        return self._inbox

    def resume(self) -> int:
        """Runs the jobs again that an earlier process left; says how many."""
        count = 0
        for path in sorted(self._inbox.iterdir()):
            paper = self._office.get(_ROOM, path.name)
            if paper is None or not paper.body["running"]:
                # never promised, or done; a young one another server may be about to promise
                if paper is not None or time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink(missing_ok=True)
                continue
            self._queue(path.name)
            count += 1
        return count

    def take(self, stream: BinaryIO, order: Order) -> str:
        """The name of the job that will capture this document; it is durable when this returns.

        Refuses: Busy where too many wait.
        """
        if self._waiting >= WAITING_MAX:
            message = f"{WAITING_MAX} documents wait to be captured: send it again in a moment"
            raise Busy(message)
        now = self._now().astimezone(dt.UTC)
        name = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        body: dict[str, object] = {
            "captureID": name,
            "createdAt": _text(now),
            "running": True,
            "success": True,
            "captureErrorBehaviour": order.mode,
            "errors": [],
        }
        asked = {"name": order.name, "mode": order.mode, "format": order.format}
        try:
            self._keep(stream, name)
            self._office.put(_ROOM, name, {**body, "order": asked}, order.organisation)
        except BaseException:
            (self._inbox / name).unlink(missing_ok=True)  # a full disk is not filled further
            raise
        self._begun += 1
        if self._begun % _TRIM_EVERY == 0:
            self._office.trim(_ROOM, KEPT_MAX)
        self._queue(name)
        return name

    def _keep(self, stream: BinaryIO, name: str) -> None:
        """Keeps a document in the inbox, durable with its name."""
        with open(self._inbox / name, "xb", opener=unread) as file:
            while chunk := stream.read(_CHUNK):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._inbox, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def told(self, badge: Badge, name: str) -> dict[str, object]:
        """A job as its organisation, or who audits the book, may see it. Refuses: NotFound."""
        paper = self._office.get(_ROOM, name)
        if paper is None or not self._shows(badge, paper):
            message = f"there is no capture job {name[:80]}"
            raise NotFound(message)
        return _told(paper)

    def listed(self, badge: Badge, after: str, count: int) -> list[dict[str, object]]:
        """Jobs in the order they were begun, those after one; at most `count`."""
        owner = None if self._audits(badge) else badge.organisation
        papers = self._office.papers(_ROOM, owner=owner, after=after, limit=count)
        return [_told(paper) for paper in papers]

    def close(self) -> None:
        """Ends once the jobs that run are done; those that wait are run at the next start."""
        for pool in (self._pool, self._large):
            pool.shutdown(wait=True, cancel_futures=True)
        if self._temporary is not None:
            self._temporary.cleanup()

    def _shows(self, badge: Badge, paper: Paper) -> bool:
        return paper.owner == badge.organisation or self._audits(badge)

    def _audits(self, badge: Badge) -> bool:
        return badge.organisation == self._operator and badge.may("audit")

    def _queue(self, name: str) -> None:
        try:
            large = (self._inbox / name).stat().st_size > LARGE
        except FileNotFoundError:
            return  # another server of this book has done it
        with self._counting:
            self._waiting += 1
        with suppress(RuntimeError):  # closed by now: it is run at the next start
            (self._large if large else self._pool).submit(self._run, name)

    def _run(self, name: str) -> None:
        with self._counting:
            self._waiting -= 1
        try:
            with (self._inbox / name).open("rb") as stream:
                if not _alone(stream):
                    self._again_later(name)  # another runs it, and may be killed over it
                    return
                paper = self._office.get(_ROOM, name)
                if paper is not None and paper.body["running"]:
                    self._end(paper, self._outcome(stream, paper))
        except FileNotFoundError:
            return  # another server of this book has done it
        except (KeeperError, OSError):  # a full disk: what was written is known the next time
            _LOG.exception("a capture job could not be begun or told of: it is run again later")
            self._again_later(name)

    def _end(self, paper: Paper, outcome: dict[str, object]) -> None:
        """Tells what became of a job, and lets go of its document."""
        body = {**paper.body, **outcome, "running": False, "finishedAt": _text(self._now())}
        self._office.put(_ROOM, paper.name, body, paper.owner)
        (self._inbox / paper.name).unlink(missing_ok=True)

    def _again_later(self, name: str) -> None:
        timer = Timer(AGAIN_SECONDS, self._queue, (name,))
        timer.daemon = True
        timer.start()

    def _outcome(self, stream: BinaryIO, paper: Paper) -> dict[str, object]:
        asked = cast("Mapping[str, str]", paper.body["order"])
        mode = cast("Mode", asked["mode"])
        order = Order(asked["name"], paper.owner, mode, asked["format"], _begun(stream))
        try:
            return self._take(stream, order)
        except OrebookError as error:
            return {"success": False, "errors": _errors(error)}
        except Exception:  # noqa: BLE001 - a job must always be told about
            _LOG.exception("a capture job ended by a fault of the program")
            problem = _problem("something went wrong here that should not have", 500)
            return {"success": False, "errors": [problem]}


def closed_folder(folder: Path) -> None:
    """Makes a folder whose files nobody but the user of this process may read.

    What waits in it may hold values that are sealed in the record; the vault's key lies as open.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(PermissionError):  # another user's, who has settled it
        folder.chmod(0o700)


def _alone(stream: BinaryIO) -> bool:
    """Whether no other server runs the job of this document; none may until it is closed."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _begun(stream: BinaryIO) -> bool:
    """Whether the document was begun before; from now on it was.

    Its time says so, which outlives a kill and needs no sync.
    """
    before = os.fstat(stream.fileno()).st_mtime == _BEGUN
    with suppress(PermissionError):
        os.utime(stream.fileno(), (_BEGUN, _BEGUN))
    return before


def unread(path: str, flags: int) -> int:
    """Opens a new file that nobody but the user of this process may read."""
    return os.open(path, flags, 0o600)


def validation(problem: Problem) -> dict[str, object]:
    """A fault of a document as an RFC 9457 body with the EPCIS type."""
    status = 413 if problem.code == "too-large" else 400
    return {**_problem(problem.text(), status), **problem.as_json()}


def _problem(detail: str, status: int) -> dict[str, object]:
    kind = "ValidationException" if status < 500 else "ImplementationException"
    kind = "CaptureLimitExceededException" if status == 413 else kind
    title = "The document does not hold" if status < 500 else "The document could not be captured"
    return {
        "type": f"epcisException:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
    }


def _errors(error: OrebookError) -> list[dict[str, object]]:
    if error.move == "keeper":  # it may name files of the machine
        return [_problem("the book cannot be written just now: send the document again later", 500)]
    listed: Iterable[Problem] = error.problems
    return [validation(p) for p in listed] or [_problem(str(error), 400)]


def _told(paper: Paper) -> dict[str, object]:
    return {name: value for name, value in paper.body.items() if name != "order"}


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
