"""Every store keeps the contract of its port."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orebook.book.store_folder import FolderShelf
from orebook.book.store_memory import MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.testing import Contract, EntriesContract, HeadCellContract, ShelfContract


def memory_entries(_: Path) -> EntriesContract:
    return EntriesContract(MemoryEntries)


def memory_head(_: Path) -> HeadCellContract:
    return HeadCellContract(MemoryHead)


def memory_shelf(_: Path) -> ShelfContract:
    return ShelfContract(MemoryShelf)


def sqlite_entries(folder: Path) -> EntriesContract:
    path = folder / "stage.sqlite3"
    return EntriesContract(lambda: SqliteEntries(path), lambda _: SqliteEntries(path))


def sqlite_head(folder: Path) -> HeadCellContract:
    path = folder / "head.sqlite3"
    return HeadCellContract(lambda: SqliteHead(path), lambda _: SqliteHead(path))


def folder_shelf(folder: Path) -> ShelfContract:
    return ShelfContract(lambda: FolderShelf(folder))


STORES: list[tuple[Callable[[Path], Contract[Any]], type[Contract[Any]]]] = [
    (memory_entries, EntriesContract),
    (memory_head, HeadCellContract),
    (memory_shelf, ShelfContract),
    (sqlite_entries, EntriesContract),
    (sqlite_head, HeadCellContract),
    (folder_shelf, ShelfContract),
]
CASES = [
    pytest.param(make, name, id=f"{make.__name__}-{name}")
    for make, contract in STORES
    for name in contract.names()
]


@pytest.mark.parametrize(("make", "name"), CASES)
def test_a_store_keeps_its_contract(
    make: Callable[[Path], Contract[Any]], name: str, tmp_path: Path
) -> None:
    assert name.startswith("check_")
    getattr(make(tmp_path), name)()


def test_a_store_that_forgets_is_caught() -> None:
    class Forgetful(MemoryEntries):
        def stage(self, start: int, leaves: Any, epoch: int = 0) -> None:
            super().stage(start, leaves[:1], epoch)

    caught = 0
    for check in EntriesContract(Forgetful).checks():
        try:
            check()
        except (AssertionError, LookupError):
            caught += 1
    assert caught > 0
