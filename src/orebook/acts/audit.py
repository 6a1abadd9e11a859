"""Check a book from its published bytes upward, and name the first thing that differs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from orebook.acts.cosign import standing
from orebook.acts.mirror import SETTINGS as MIRROR
from orebook.book.audit import Difference
from orebook.book.audit import audit as check_open
from orebook.book.audit_public import LogFolder, audit_public
from orebook.book.book import Book
from orebook.book.errors import Fork, RecordBroken, Rollback
from orebook.book.folder import SETTINGS, Settings
from orebook.book.memory import Memory
from orebook.book.ports import CHECKPOINT
from orebook.log.checkpoint import open_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import Verifier, parse_vkey
from orebook.model.facts import Head
from orebook.model.problem import KeeperError, ReaderError

CHECKED = (
    "published bytes",
    "tiles",
    "root",
    "signatures",
    "origin of each entry",
    "head",
    "stage",
    "vault",
    "views",
)
PUBLIC = (
    "published bytes",
    "tiles",
    "root",
    "form of each entry",
    "origin of each entry",
    "signatures",
    "keys of parties",
)
NO_KEY = "who signed the head: the log's verifier key is not known (--key)"
NO_BOOK = "the keeper's own parts (head cell, stage, vault, views): these are public files alone"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found. `head` is the signed head it was measured against, if that opens.

    `not_checked` names what it could not or need not look at; `key_from` where the key came from.
    """

    origin: str
    head: Head | None
    differences: tuple[Difference, ...]
    witnesses: tuple[str, ...] = ()
    checked: tuple[str, ...] = CHECKED
    not_checked: tuple[str, ...] = ()
    key_from: str = SETTINGS

    @property
    def sound(self) -> bool:
        """True when everything re-derived is as it stands."""
        return not self.differences

    @property
    def proved(self) -> bool:
        """True when it is sound and the head's own signature was verified."""
        return self.sound and NO_KEY not in self.not_checked

    def lines(self) -> Iterator[str]:
        """The report for a terminal, the first difference first."""
        if self.head is not None:
            yield f"{self.origin}: {self.head.size} entries, root {self.head.root}"
        else:
            yield f"{self.origin}: no signed head that opens"
        if self.sound:
            start = "Sound." if self.proved else "No difference found, and NOT PROVED."
            yield f"{start} Derived again and compared: {', '.join(self.checked)}."
            yield from self.witnesses
            yield from self._unchecked()
            return
        count = len(self.differences)
        yield f"NOT SOUND: {count} difference{'' if count == 1 else 's'}, the first of them:"
        for difference in self.differences[:_SHOWN]:
            yield f"  {difference.text()}"
        if count > _SHOWN:
            yield f"  and {count - _SHOWN} more"
        yield from self._unchecked()
        yield "Stop writing to this book, keep it as it is, and tell those who rely on it."

    def _unchecked(self) -> Iterator[str]:
        if self.key_from and self.key_from != SETTINGS:
            yield f"The head is held against the key from {self.key_from}."
        for what in self.not_checked:
            yield f"Not checked: {what}."

    def as_json(self) -> dict[str, object]:
        """Plain members; those of a log without its book say what could not be checked too."""
        unchecked = {
            "proved": self.proved,
            "not_checked": list(self.not_checked),
            "key_from": self.key_from,
        }
        return {
            "sound": self.sound,
            "origin": self.origin,
            "head": self.head.as_json() if self.head is not None else None,
            "checked": list(self.checked),
            "differences": [
                {"place": d.place, "expected": d.expected, "found": d.found, "entry": d.entry}
                for d in self.differences
            ],
            "witnesses": list(self.witnesses),
            **(unchecked if self.not_checked else {}),
        }


def audit(folder: Path, key: str = "", heads: Path | None = None) -> Report:
    """Everything in a book's folder re-derived and compared; a book that will not open included.

    A folder with no book in it but a public log (a mirror, a copy of the tiles) is audited from
    its files alone; so is a book when a key is named.
    Takes: `key`, the log's verifier key, from someone other than who serves the log; `heads`, the
    folder outside the book where heads are remembered.
    Gives: a book behind what is remembered is told so, and no difference: it may be a backup.
    Refuses: NoBook where there is none; MissingFile where `book.toml` cannot be read; ReaderError
    for a key that is none.
    """
    log = _log_of(folder)
    if log is not None and (key or not _kept(folder)):
        return _audit_log(folder, log, key)
    return _audit_book(folder, heads)


def _kept(folder: Path) -> bool:
    """Whether a keeper's book lies there, and not its public part alone."""
    return (folder / SETTINGS).exists() and (
        (folder / "keys").exists() or any(folder.glob("*.sqlite3"))
    )


def _log_of(folder: Path) -> Path | None:
    """Where in a folder a public log lies, if one does."""
    places = (folder, folder / "public")
    return next((p for p in places if (p / CHECKPOINT).exists() or (p / "tile").is_dir()), None)


def _audit_log(folder: Path, log: Path, key: str) -> Report:
    verifier, source = _key(folder, log, key)
    found = audit_public(LogFolder(log), verifier)
    at = found.head
    head = Head(at.origin, at.size, at.root.hex()) if at is not None else None
    origin = head.origin if head else verifier.name if verifier else str(folder)
    missing = (NO_BOOK,) if verifier else (NO_KEY, NO_BOOK)
    return Report(origin, head, found.differences, (), PUBLIC, missing, source)


def _key(folder: Path, log: Path, key: str) -> tuple[Verifier | None, str]:
    """The verifier key and where it came from: told, kept by a mirror, or in `book.toml`."""
    if key:
        return _verifier(key, "--key"), "--key"
    for place in dict.fromkeys((log, folder, *([log.parent] if log.name == "public" else []))):
        if (place / SETTINGS).exists():
            return Settings.load(place).verifier(), str(place / SETTINGS)
        path = place / MIRROR
        if path.exists():
            try:
                text = str(tomllib.loads(path.read_text("utf-8"))["log_key"])
            except (OSError, ValueError, KeyError) as error:
                message = f"{path}: expected TOML with log_key, found: {error}"
                raise KeeperError(message) from error
            return _verifier(text, str(path)), str(path)
    return None, ""


def _verifier(key: str, place: str) -> Verifier:
    try:
        return parse_vkey(key)
    except LogError as error:
        message = f"{place}: {error}"
        raise ReaderError(message) from error


def _audit_book(folder: Path, heads: Path | None) -> Report:
    settings = Settings.load(folder)
    try:
        with Book.open(folder, repair=False) as book:
            found = tuple(check_open(book))
            signed = book.stores.shelf.get(CHECKPOINT)
        checkpoint = open_checkpoint(signed, settings.verifier())
    except (LogError, LookupError):
        return Report(settings.origin, None, found)
    head = Head(settings.origin, checkpoint.size, checkpoint.root.hex())
    if found:
        return Report(settings.origin, head, found)
    memory = Memory(settings.verifier(), heads, settings.mirrors, folder)
    with Book.open(folder, repair=False) as book:
        return _remembered(book, memory, _witnessed(book, head))


def audit_book(book: Book) -> Report:
    """The same of a book that is open, in memory too."""
    if found := tuple(check_open(book)):
        return Report(book.origin, book.head, found)
    return _witnessed(book, book.head)


def _remembered(book: Book, memory: Memory, report: Report) -> Report:
    """The same, held against what is remembered of this log outside the book."""

    def root_at(size: int) -> bytes:
        return bytes.fromhex(book.head_at(size).root)

    try:
        memory.ask()
        memory.confirm(book.head.size, book.signed_head, root_at)
    except Rollback as error:
        return replace(report, witnesses=(f"OLDER THAN IT WAS: {error}", *report.witnesses))
    except (Fork, RecordBroken) as error:
        other = Difference("the head", "the history that is remembered outside", str(error))
        return replace(report, differences=(*report.differences, other))
    return report


def _witnessed(book: Book, head: Head) -> Report:
    """A book that agrees with itself, and whether those outside it have seen the same."""
    try:
        known = standing(book)
    except RecordBroken as error:
        wrong = Difference("the cosignatures shown", "that they hold", str(error))
        return Report(book.origin, head, (wrong,))
    expected = "that it has seen this history"
    alarms = tuple(Difference(alarm.url, expected, alarm.text) for alarm in known.alarms)
    return Report(book.origin, head, alarms, tuple(known.lines()))
