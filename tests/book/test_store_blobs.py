"""Captured files of a folder: many share a sync, a discarded one leaves no byte behind."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from orebook.book import store_blobs
from orebook.book.errors import StoreFailed
from orebook.book.office import Office
from orebook.book.store_blobs import NAME, SmallBlobs
from orebook.book.store_folder import FolderBlobs
from orebook.book.store_sqlite import SqliteEntries
from orebook.book.vault_sqlite import SqliteDisclosures


def names(count: int) -> list[str]:
    return [f"{n:064x}" for n in range(count)]


def test_threads_put_at_once_and_another_process_finds_all(tmp_path: Path) -> None:
    ours, theirs = SmallBlobs(tmp_path), SmallBlobs(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: ours.put(name, name.encode()), names(40)))
    assert list(theirs.names()) == names(40)
    assert [theirs.get(name) for name in names(40)] == [name.encode() for name in names(40)]
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    ours.close()
    theirs.close()


def test_what_is_deleted_is_overwritten_where_it_was_not_public(tmp_path: Path) -> None:
    blobs = SmallBlobs(tmp_path)
    blobs.put(names(1)[0], b"a file")
    stores: dict[str, tuple[Any, bool]] = {
        "files": (blobs, True),
        "vault": (SqliteDisclosures(tmp_path / "vault"), True),
        "office": (Office(tmp_path / "office"), True),
        "stage": (SqliteEntries(tmp_path / "stage"), False),
    }
    for name, (store, erases) in stores.items():
        found = store._database.execute("PRAGMA secure_delete").fetchone()
        assert found == (int(erases),), name
        store.close()


def test_what_is_discarded_leaves_no_byte(tmp_path: Path) -> None:
    blobs, (one, two) = SmallBlobs(tmp_path), names(2)
    blobs.put(one, b"a figure that must go" * 300)
    blobs.put(two, b"what may stay")
    assert blobs.discard(one)
    blobs.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"must go" not in left
    assert b"may stay" in left


def test_files_that_lie_by_themselves_are_read_and_large_ones_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_blobs, "SMALL", 10)
    (old, large, small), alone = names(3), FolderBlobs(tmp_path)
    alone.put(old, b"earlier")
    blobs = SmallBlobs(tmp_path)
    blobs.put(old, b"later")
    blobs.put(large, b"x" * 11)
    assert not (tmp_path / NAME).exists()
    blobs.put(small, b"small")
    assert list(alone.names()) == [old, large]
    assert list(blobs.names()) == [old, large, small]
    assert [blobs.get(name) for name in (old, large, small)] == [b"earlier", b"x" * 11, b"small"]
    assert blobs.discard(old)
    with pytest.raises(LookupError):
        blobs.get(old)
    blobs.close()


def test_a_file_that_two_threads_write_at_once_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, sync = Barrier(2), os.fsync

    def synced(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            both.wait(10)  # each has written its bytes aside, neither has moved them
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    blobs, (name,) = FolderBlobs(tmp_path), names(1)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda data: blobs.put(name, data), [b"x" * 9000, b"y" * 7000]))
    assert blobs.get(name) in {b"x" * 9000, b"y" * 7000}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name[2:]]


def test_what_a_full_disk_cut_short_takes_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFailed, match="No space left"):
        FolderBlobs(tmp_path).put(names(1)[0], b"x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_torn_database_is_the_keepers_fault(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(StoreFailed, match="small"):
        SmallBlobs(tmp_path).get(names(1)[0])
