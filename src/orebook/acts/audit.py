"""Check a book from its published bytes upward, and name the first thing that differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orebook.acts.cosign import standing
from orebook.book.audit import Difference, audit_folder
from orebook.book.audit import audit as check_open
from orebook.book.book import Book
from orebook.book.errors import RecordBroken
from orebook.book.folder import Settings
from orebook.book.ports import CHECKPOINT
from orebook.book.store_folder import FolderShelf
from orebook.log.checkpoint import open_checkpoint
from orebook.log.errors import LogError
from orebook.model.facts import Head

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
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found. `head` is the signed head it was measured against, if that opens."""

    origin: str
    head: Head | None
    differences: tuple[Difference, ...]
    witnesses: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """True when everything re-derived is as it stands."""
        return not self.differences

    def lines(self) -> Iterator[str]:
        """The report for a terminal, the first difference first."""
        if self.head is not None:
            yield f"{self.origin}: {self.head.size} entries, root {self.head.root}"
        else:
            yield f"{self.origin}: no signed head that opens"
        if self.sound:
            yield f"Sound. Derived again and compared: {', '.join(CHECKED)}."
            yield from self.witnesses
            return
        count = len(self.differences)
        yield f"NOT SOUND: {count} difference{'' if count == 1 else 's'}, the first of them:"
        for difference in self.differences[:_SHOWN]:
            yield f"  {difference.text()}"
        if count > _SHOWN:
            yield f"  and {count - _SHOWN} more"
        yield "Stop writing to this book, keep it as it is, and tell those who rely on it."

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "sound": self.sound,
            "origin": self.origin,
            "head": self.head.as_json() if self.head is not None else None,
            "checked": list(CHECKED),
            "differences": [
                {"place": d.place, "expected": d.expected, "found": d.found, "entry": d.entry}
                for d in self.differences
            ],
            "witnesses": list(self.witnesses),
        }


def audit(folder: Path) -> Report:
    """Everything in a book's folder re-derived and compared; a book that will not open included.

    Refuses: NoBook where there is none; MissingFile where `book.toml` cannot be read.
    """
    settings = Settings.load(folder)
    found = tuple(audit_folder(folder))
    try:
        signed = FolderShelf(folder / "public").get(CHECKPOINT)
        checkpoint = open_checkpoint(signed, settings.verifier())
    except (LogError, LookupError):
        return Report(settings.origin, None, found)
    head = Head(settings.origin, checkpoint.size, checkpoint.root.hex())
    if found:
        return Report(settings.origin, head, found)
    with Book.open(folder, repair=False) as book:
        return _witnessed(book, head)


def audit_book(book: Book) -> Report:
    """The same of a book that is open, in memory too."""
    if found := tuple(check_open(book)):
        return Report(book.origin, book.head, found)
    return _witnessed(book, book.head)


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
