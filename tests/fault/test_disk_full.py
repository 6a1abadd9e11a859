"""A disk that is really full: nothing answered is lost, and with room again the book goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from orebook.book import query
from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.model.problem import OrebookError


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    words = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(file: Path, leave: int) -> None:
    """Takes all room but `leave` bytes."""
    with file.open("wb", buffering=0) as stream:
        with suppress(OSError):
            while True:
                stream.write(b"\0" * 4096)
        assert shutil.disk_usage(file.parent).free == 0
        stream.truncate(max(stream.tell() - leave, 0))


def lot(name: str) -> list[Draft]:
    return [Draft("lot", ({"id": f"lot:{name}", "note": "w"},), "me")]


@pytest.mark.parametrize("leave", [0, 4096, 16384, 32768, 65536])
def test_a_full_disk_refuses_and_loses_nothing(leave: int, small_disk: Path) -> None:
    folder, heads = small_disk / "book", small_disk / "heads"
    made = {"origin": "example.org/full", "title": "Full", "operator": "me"}
    answered: list[tuple[str, Head]] = []
    with Book.create(folder, heads=heads, **made) as book:
        answered.append(("0", book.append(lot("0")).head))
        fill(small_disk / "ballast", leave)
        refused: list[str] = []
        for number in range(1, 200):
            try:
                answered.append((str(number), book.append(lot(str(number))).head))
            except OrebookError as error:
                refused.append(error.code)
            if len(refused) == 3:
                break
        assert len(refused) == 3
        assert set(refused) <= {"store-failed", "outcome-unknown"}
        (small_disk / "ballast").unlink()
        answered.append(("after", book.append(lot("after")).head))
    with Book.open(folder, heads=heads) as book:
        assert all(book.head_at(head.size) == head for _, head in answered)
        assert {f"lot:{name}" for name, _ in answered} <= set(query.ids(book, "lot"))
    assert audit_folder(folder) == []
