"""What is remembered of a book outside of it. Only against this can a rollback be noticed.

A copy of a whole folder agrees with itself. The head file in the user's state folder, every mirror
that is named, and every witness that is asked say how far the log had come; a head behind any of
them is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from orebook.book.errors import Fork, MissingFile, RecordBroken, Rollback, StoreFailed
from orebook.book.ports import CHECKPOINT
from orebook.book.source import Source
from orebook.book.store_folder import write_files
from orebook.log.checkpoint import Checkpoint, open_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import Verifier

ASK_SECONDS = 10.0  # that a start waits for a mirror at most
WITNESS_SECONDS = 3.0  # and for all witnesses
_AT_ONCE = 16
RootAt = Callable[[int], bytes]


def user_state() -> Path:
    """The user's state folder for heads. Source: XDG Base Directory Specification 0.8."""
    told = os.environ.get("XDG_STATE_HOME", "")
    root = Path(told) if Path(told).is_absolute() else Path.home() / ".local" / "state"
    return root / "orebook" / "heads"


@dataclass(frozen=True, slots=True)
class Remembered:
    """One memory of a book: what kind, where, the size it knew when asked, or why it knew none."""

    kind: str
    place: str
    size: int | None
    note: str = ""


@dataclass(slots=True)
class Memory:
    """The memories of one log outside its folder.

    Takes: the log's verifier, the folder of head files (None for none), addresses of mirrors, the
    folder whose `witnesses.policy` names witnesses (None for none).
    """

    verifier: Verifier
    heads: Path | None = None
    mirrors: Sequence[str] = ()
    witnesses: Path | None = None
    _asked: list[Remembered] = field(default_factory=list)
    _known: list[tuple[str, bytes, Checkpoint]] = field(default_factory=list)
    _kept: int = -1

    @property
    def file(self) -> Path | None:
        """The head file of this log: named after its key, so that no other log can write there."""
        name = sha256(self.verifier.vkey.encode()).hexdigest()[:32]
        return self.heads / name if self.heads else None

    def told(self) -> tuple[Remembered, ...]:
        """What was asked at start, and what it knew; empty when nothing outside remembers."""
        return tuple(self._asked)

    def ask(self) -> None:
        """Asks every memory. One that cannot be reached confirms nothing, and says so.

        Refuses: RecordBroken for a memory that answers with something the log has not signed.
        """
        self._asked, self._known = [], []
        if self.file is not None:
            try:
                data = self.file.read_bytes()
            except FileNotFoundError:
                self._asked.append(Remembered("head file", str(self.file), None, "nothing yet"))
            except OSError as error:
                self._asked.append(
                    Remembered("head file", str(self.file), None, error.strerror or "unreadable")
                )
            else:
                self._take("head file", str(self.file), data)
        for address in self.mirrors:
            try:
                data = Source(address, ASK_SECONDS).get(CHECKPOINT)
            except (LookupError, StoreFailed) as error:
                self._asked.append(Remembered("mirror", address, None, str(error)))
            else:
                self._take("mirror", address, data)
        self._ask_witnesses()

    def _ask_witnesses(self) -> None:
        """What each witness shows. It may say what it likes: only what this log signed counts."""
        from concurrent.futures import ThreadPoolExecutor

        from orebook.book.cosigned import POLICY, read_policy  # late: chains of imports stay short

        try:
            policy = read_policy(self.witnesses)
        except MissingFile as error:
            self._asked.append(Remembered("witness", POLICY, None, str(error)))
            return
        if policy is None or not (urls := list(policy.urls())):
            return
        with ThreadPoolExecutor(min(len(urls), _AT_ONCE)) as pool:
            for url, shown in zip(urls, pool.map(self._shown, urls), strict=True):
                if isinstance(shown, str):
                    self._asked.append(Remembered("witness", url, None, shown))
                    continue
                try:
                    self._take("witness", url, shown)
                except RecordBroken as error:  # a hostile witness must not be able to halt a book
                    self._asked.append(Remembered("witness", url, None, str(error)))

    def _shown(self, url: str) -> bytes | str:
        """The head that a witness shows, or why there is none."""
        from orebook.book.witness_client import Unreachable, monitoring, send

        try:
            reply = send("GET", monitoring(url, self.verifier.name), b"", WITNESS_SECONDS)
        except Unreachable as error:
            return str(error)
        if reply.status == 200:
            return reply.body
        return "nothing yet" if reply.status == 404 else f"it answered {reply.status}"

    def _take(self, kind: str, place: str, data: bytes) -> None:
        try:
            checkpoint = open_checkpoint(data, self.verifier)
        except LogError as error:
            message = f"{kind} {place}: {error}. Find out who wrote it before you go on."
            raise RecordBroken(message) from error
        self._asked.append(Remembered(kind, place, checkpoint.size))
        self._known.append((place, data, checkpoint))
        if kind == "head file":
            self._kept = checkpoint.size

    def confirm(self, size: int, signed: bytes | None, root_at: RootAt) -> None:
        """Returns only when the head is at or beyond all that is remembered, and agrees with it.

        Takes: the book's head, its size, and `root_at(size)` for earlier sizes.
        Refuses: Rollback when the book is behind; Fork, keeping both heads, when roots differ.
        """
        for place, data, known in self._known:
            if known.size > size:
                message = (
                    f"{place} remembers a head of {known.size}, found one of {size}: it was put"
                    " back from an older copy, or this is one. Write nothing to it."
                    " The lawful way back: orebook recover --from MIRROR"
                )
                raise Rollback(message)
            if known.size and root_at(known.size) != known.root:
                kept = keep_evidence(self.heads, [data, signed or b""])
                message = (
                    f"{place} remembers another root at size {known.size} than this book has:"
                    f" the log was signed twice. Both heads are kept{kept}. Stop, and tell everyone"
                    " who relies on it."
                )
                raise Fork(message)

    def keep(self, size: int, signed: bytes) -> None:
        """Remembers a published head; never an older one than is remembered. Durable on return.

        Refuses: StoreFailed.
        """
        if self.file is None or size <= self._kept:
            return
        with suppress(OSError, LogError):  # another process may have come further
            self._kept = open_checkpoint(self.file.read_bytes(), self.verifier).size
        if size > self._kept:
            write_files([(self.file, signed)], mode=0o600)
            self._kept = size


def keep_evidence(folder: Path | None, notes: Sequence[bytes]) -> str:
    """Keeps signed heads that contradict each other; gives ` in FOLDER`, or nothing without one."""
    if folder is None:
        return ""
    place = folder / "evidence"
    write_files([(place / sha256(note).hexdigest()[:32], note) for note in notes if note])
    return f" in {place}"
