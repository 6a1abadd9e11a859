"""Let go of disclosures and captured files that a crash left behind and that no entry needs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from orebook.book.book import Book
from orebook.book.loose import Swept
from orebook.book.loose import sweep as sweep_vault

__all__ = ["MEMORY", "Swept", "sweep"]
MEMORY = "loose.sqlite3"  # in the folder of the book: when each was first found so


def sweep(book: Book, folder: Path | None, now: dt.datetime, grace: dt.timedelta) -> Swept:
    """How many disclosures and files belong to no entry; those found so long ago are let go of.

    Takes: `grace`, how long one must have been found so: longer than any capture may take.
    """
    path = None if folder is None else folder / MEMORY
    return sweep_vault(book, path, _text(now), _text(now - grace))


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
