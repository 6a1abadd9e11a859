"""Every store keeps the contract of its port."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from orebook.book.locks import FileLocks
from orebook.book.store_blobs import SmallBlobs
from orebook.book.store_folder import FolderBlobs, FolderShelf
from orebook.book.store_memory import MemoryBlobs, MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.book.vault_sqlite import SqliteDisclosures
from orebook.testing import (
    BlobsContract,
    Contract,
    DisclosuresContract,
    EntriesContract,
    HeadCellContract,
    LocksContract,
    QueueContract,
    ShelfContract,
)


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


def sqlite_disclosures(folder: Path) -> DisclosuresContract:
    return DisclosuresContract(
        lambda: SqliteDisclosures(folder / f"{secrets.token_hex(4)}.sqlite3"),
        lambda store: SqliteDisclosures(next(folder.glob("*.sqlite3"))),
    )


def memory_blobs(_: Path) -> BlobsContract:
    return BlobsContract(MemoryBlobs)


def folder_blobs(folder: Path) -> BlobsContract:
    return BlobsContract(lambda: FolderBlobs(folder))


def small_blobs(folder: Path) -> BlobsContract:
    return BlobsContract(lambda: SmallBlobs(folder))


def file_locks(folder: Path) -> LocksContract:
    return LocksContract(lambda: FileLocks(folder), lambda _: FileLocks(folder))


STORES: list[tuple[Callable[[Path], Contract[Any]], type[Contract[Any]]]] = [
    (memory_entries, EntriesContract),
    (memory_head, HeadCellContract),
    (memory_shelf, ShelfContract),
    (sqlite_entries, EntriesContract),
    (sqlite_head, HeadCellContract),
    (folder_shelf, ShelfContract),
    (sqlite_disclosures, DisclosuresContract),
    (memory_blobs, BlobsContract),
    (folder_blobs, BlobsContract),
    (small_blobs, BlobsContract),
    (file_locks, LocksContract),
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
    contract = make(tmp_path)
    fresh = contract.make
    with ExitStack() as opened:

        def held() -> Any:
            store = fresh()
            if isinstance(store, SmallBlobs):  # the others are closed by their contracts
                opened.callback(store.close)
            return store

        contract.make = held
        getattr(contract, name)()


ON_POSTGRES: dict[str, type[Contract[Any]]] = {
    "entries": EntriesContract,
    "head": HeadCellContract,
    "shelf": ShelfContract,
    "disclosures": DisclosuresContract,
    "blobs": BlobsContract,
    "locks": LocksContract,
    "queue": QueueContract,
}


@pytest.mark.parametrize(
    ("part", "name"),
    [(part, name) for part, kind in ON_POSTGRES.items() for name in kind.names()],
)
def test_postgresql_keeps_the_same_contracts(part: str, name: str, postgres: Any) -> None:
    from orebook.book.store_postgres import PostgresParts

    made: list[Any] = []

    def make() -> Any:
        store = getattr(PostgresParts(postgres()), part)()
        made.append(store)
        return store

    def reopen(store: Any) -> Any:
        again = type(store)(store._database.where)
        made.append(again)
        return again

    kind = ON_POSTGRES[part]
    try:
        getattr(kind(make, reopen), name)()
    finally:
        for store in made:
            store.close()


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
