"""Let go of disclosures and captured files that a crash left behind and that no entry needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from orebook.book.book import Book
from orebook.book.loose import Swept
from orebook.book.loose import sweep as sweep_vault
from orebook.book.loose_files import sweep_files
from orebook.book.store_folder import sweep_asides

__all__ = ["MEMORY", "Swept", "sweep"]
MEMORY = "loose.sqlite3"  # in the folder of the book: when each was first found so


def sweep(book: Book, folder: Path | None, now: dt.datetime, grace: dt.timedelta) -> Swept:
    """How many disclosures and files belong to no entry; those found so long ago are let go of.

    So is what a write left that ended that long ago and never came whole.

    Takes: `grace`, how long one must have been found so: longer than any capture may take.
    """
    path = None if folder is None else folder / MEMORY
    times = _text(now), _text(now - grace)
    files, waiting, unsure = sweep_files(book, path, *times)
    swept = sweep_vault(book, path, *times)
    asides = 0 if folder is None else sweep_asides(folder, (now - grace).timestamp())
    return replace(swept, files=files, files_waiting=waiting, files_unsure=unsure, asides=asides)


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
