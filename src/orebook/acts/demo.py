"""Build the demo book from its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orebook.acts.capture import Captured, Wish, capture
from orebook.book.opened import OpenBook
from orebook.model.problem import KeeperError

STORIES = ("first-shipment", "copper-smelter", "rare-earth-chain", "offtake-agreement")
_READ = (".jsonl", ".csv", ".json")


def sources(folder: Path) -> Iterator[Path]:
    """The demo's documents in the order they are captured.

    The shipment sheet is left for the reader to drop: its packages are in the chain's own files.
    """
    for story in STORIES:
        for path in sorted((folder / story).iterdir()):
            if path.suffix in _READ and path.name != "shipment-sheet.csv":
                yield path


def build(book: OpenBook, folder: Path) -> tuple[Captured, ...]:
    """Capture every document of the demo. Refuses: KeeperError if any row of them is refused."""
    done = []
    for path in sources(folder):
        with path.open("rb") as stream:
            result = capture(book, stream, f"{path.parent.name}/{path.name}", Wish("rollback"))
        if result.problems:
            message = f"the demo's own file is refused: {result.problems[0].text()}"
            raise KeeperError(message)
        done.append(result)
    return tuple(done)
