"""Uploads that go on where they broke off: what has come is kept until the rest does.

A document comes in parts, each at the offset where the one before ended; what arrived of a part
that breaks off is kept. An upload ends with its last part, when it is let go of, or a day after it
began. Source: IETF draft-ietf-httpbis-resumable-upload (Upload-Offset, Upload-Complete).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import BinaryIO, cast

from orebook.acts.badge import Now
from orebook.acts.jobs import Busy, Mode, Order, closed_folder, unread
from orebook.book.office import Office, Paper
from orebook.model.problem import NotFound, Problem, ReaderError, SenderError, TooLarge

_ROOM = "upload"
_CHUNK = 1 << 20
KEPT = dt.timedelta(days=1)
OPEN_MAX = 16  # uploads under way, of one organisation
ALL_MAX = 256


class TooManyUploads(ReaderError):
    """As many of the organisation's uploads are under way as may be."""

    code = "too-many-uploads"


class WrongOffset(ReaderError):
    """A part that does not begin where the one before ended; `offset` says where that is."""

    code = "wrong-offset"

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload: how much has come, how to capture it, when it ends; `job` once it is whole."""

    name: str
    offset: int
    order: Order
    until: dt.datetime
    job: str = ""


Take = Callable[[BinaryIO, Order], str]


class Uploads:
    """The uploads of one book. Parts lie in a folder of this server; without one, a temporary."""

    def __init__(self, office: Office, folder: Path | None, now: Now, most: int) -> None:
        self._office = office
        self._now = now
        self.most = most
        self._temporary = tempfile.TemporaryDirectory() if folder is None else None
        self._folder = Path(self._temporary.name) if self._temporary else cast("Path", folder)
        closed_folder(self._folder)
        self._busy: set[str] = set()
        self._guard = Lock()

    def begin(self, order: Order) -> Upload:
        """A new, empty upload.

        Refuses: TooManyUploads, Busy where as many of one, of all, are under way as may be.
        """
        self.sweep()
        going = [p.owner for p in self._papers() if "job" not in p.body]
        own = going.count(order.organisation)
        if own >= OPEN_MAX:
            message = f"{own} of your uploads are under way: finish one, or let go of it"
            raise TooManyUploads(message)
        if len(going) >= ALL_MAX:
            message = f"{len(going)} uploads of all are under way: come back later"
            raise Busy(message)
        now = self._now().astimezone(dt.UTC)
        name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(16)}"
        until = now + KEPT
        asked = {"name": order.name, "mode": order.mode, "format": order.format}
        open(self._path(name), "xb", opener=unread).close()
        body = {"order": asked, "until": until.isoformat()}
        self._office.put(_ROOM, name, body, order.organisation)
        return Upload(name, 0, order, until)

    def told(self, organisation: str, name: str) -> Upload:
        """How an upload stands. Refuses: NotFound for one that is not the organisation's."""
        upload = self._upload(self._own(organisation, name))
        if upload is None:
            message = f"the upload {name[:80]} lies with another server of this book: begin again"
            raise NotFound(message)
        return upload

    def going(self, organisation: str) -> list[tuple[str, dt.datetime, Upload | None]]:
        """The organisation's uploads under way, the oldest first: name, begin, how it stands.

        Unknown: how one stands that lies with another server.
        """
        own = [
            paper
            for paper in self._papers()
            if paper.owner == organisation and "job" not in paper.body and not self._over(paper)
        ]
        return [(p.name, self._until(p) - KEPT, self._upload(p)) for p in own]

    def _own(self, organisation: str, name: str) -> Paper:
        paper = self._office.get(_ROOM, name)
        if paper is None or paper.owner != organisation or self._over(paper):
            message = f"there is no upload {name[:80]} under way"
            raise NotFound(message)
        return paper

    def _upload(self, paper: Paper) -> Upload | None:
        """How it stands; None where what has come lies with another server."""
        asked = cast("dict[str, str]", paper.body["order"])
        order = Order(asked["name"], paper.owner, cast("Mode", asked["mode"]), asked["format"])
        job = str(paper.body.get("job", ""))
        upload = Upload(paper.name, 0, order, self._until(paper), job)
        if job:
            return replace(upload, offset=int(str(paper.body["size"])))
        try:
            return replace(upload, offset=self._path(paper.name).stat().st_size)
        except FileNotFoundError:
            return None

    def append(self, organisation: str, name: str, offset: int, part: BinaryIO) -> Upload:
        """The upload with that part behind it, durable on return.

        Refuses: WrongOffset where the part begins elsewhere; TooLarge; Busy beside another part.
        """
        with self._alone(name):
            before = self.told(organisation, name)
            if offset != before.offset or before.job:
                message = f"Upload-Offset: expected {before.offset}, found {offset}"
                raise WrongOffset(message, before.offset)
            with self._path(before.name).open("ab") as file:
                self._begins(file, offset)
                try:
                    self._copied(part, file, before.offset)
                except BaseException:
                    file.truncate(before.offset)
                    raise
                file.flush()
                os.fsync(file.fileno())
            return self.told(organisation, name)

    def finish(self, organisation: str, name: str, take: Take) -> Upload:
        """The upload handed on as one document; asked again it tells the same.

        Takes: `take`, which says under what name the document is dealt with from then on.
        Refuses: SenderError where nothing has come.
        """
        with self._alone(name):
            upload = self.told(organisation, name)
            if upload.job:
                return upload
            if not upload.offset:
                fault = Problem("empty-document", "", "a document", "nothing", "Send its parts.")
                raise SenderError(fault.text(), [fault])
            with self._path(upload.name).open("rb") as stream:
                job = take(stream, upload.order)
            paper = self._office.get(_ROOM, upload.name)
            body = {**(paper.body if paper else {}), "job": job, "size": upload.offset}
            self._office.put(_ROOM, upload.name, body, organisation)
            self._path(upload.name).unlink(missing_ok=True)
            return self.told(organisation, name)

    def drop(self, organisation: str, name: str) -> None:
        """Lets go of an upload and of what has come. Refuses: NotFound."""
        with self._alone(name):
            self._drop(self._own(organisation, name).name)

    def sweep(self) -> int:
        """Lets go of uploads that have ended and of files nobody knows; says how many."""
        count, known = 0, set[str]()
        for paper in list(self._papers()):
            if self._over(paper):
                self._drop(paper.name)
                count += 1
            else:
                known.add(paper.name)
        oldest = (self._now() - KEPT).timestamp()
        for path in self._folder.iterdir():
            if path.name not in known and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def close(self) -> None:
        """Lets go of a temporary folder; parts in a lasting one stay for the next start."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def _papers(self) -> Iterator[Paper]:
        """Every upload that is remembered: those under way, and those of a day that are whole."""
        after = ""
        while papers := self._office.papers(_ROOM, after=after):
            yield from papers
            after = papers[-1].name

    def _begins(self, file: BinaryIO, offset: int) -> None:
        """Returns only when no other server of this book is at that file, or has been meanwhile."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "another part of this upload is on its way: ask for its offset again"
            raise Busy(message) from None
        if (size := file.seek(0, os.SEEK_END)) != offset:
            message = f"Upload-Offset: expected {size}, found {offset}"
            raise WrongOffset(message, size)

    def _copied(self, part: BinaryIO, file: BinaryIO, offset: int) -> None:
        while chunk := part.read(_CHUNK):
            offset += len(chunk)
            if offset > self.most:
                step = "Send the document in several documents."
                fault = Problem("too-large", "", f"at most {self.most} bytes", "more", step)
                raise TooLarge(fault.text(), [fault])
            file.write(chunk)

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with self._guard:
            if name in self._busy:
                message = "another part of this upload is on its way: ask for its offset again"
                raise Busy(message)
            self._busy.add(name)
        try:
            yield
        finally:
            with self._guard:
                self._busy.discard(name)

    def _drop(self, name: str) -> None:
        self._office.drop(_ROOM, name)
        self._path(name).unlink(missing_ok=True)

    def _until(self, paper: Paper) -> dt.datetime:
        return dt.datetime.fromisoformat(str(paper.body["until"]))

    def _over(self, paper: Paper) -> bool:
        return self._now() >= self._until(paper)

    def _path(self, name: str) -> Path:
        """The file of an upload; only names that were given out here are ever asked for."""
        return self._folder / name
