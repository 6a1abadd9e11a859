"""Write-ahead logs are carried over beside their writers, and never grow for ever."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from orebook.book import store_sqlite
from orebook.book.ahead import Ahead
from orebook.book.book import Book
from orebook.book.errors import StoreFailed
from orebook.book.ports import Copy
from orebook.book.store_blobs import NAME, SmallBlobs
from orebook.book.store_folder import FolderShelf
from orebook.book.store_sqlite import SqliteEntries
from orebook.book.stores import Stores
from orebook.book.vault_sqlite import SqliteDisclosures
from orebook.log.tile import TileFile
from orebook.model.entry import Draft

LEAF = b"a leaf of some length" * 400


def in_file(path: Path) -> int:
    """How many leaves the file holds by itself, without what is written ahead of it."""
    alone = path.with_name("alone")
    shutil.copy(path, alone)
    with closing(sqlite3.connect(f"{alone.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        try:
            (count,) = database.execute("SELECT COUNT(*) FROM stage").fetchone()
        except sqlite3.Error:
            return 0
    return int(count)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[tuple[Path, SqliteEntries]]:
    path = tmp_path / "stage.sqlite3"
    with closing(SqliteEntries(path)) as entries:
        yield path, entries


def test_what_is_written_lies_ahead_until_it_is_carried_over(
    stage: tuple[Path, SqliteEntries],
) -> None:
    path, entries = stage
    for position in range(500):  # by SQLite's own measure a writer would have carried it over
        entries.stage(position, [LEAF])
    assert in_file(path) == 0
    with closing(Ahead([path])) as ahead:
        ahead.carry()
        assert in_file(path) == 500
        before = path.with_name(f"{path.name}-wal").stat().st_size
        entries.stage(500, [LEAF])  # from its beginning again
        assert path.with_name(f"{path.name}-wal").stat().st_size <= before
    assert entries.read(499, 501) == [LEAF, LEAF]


def test_a_writer_whom_nobody_helps_carries_over_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 1 << 20
    monkeypatch.setattr(store_sqlite, "AHEAD_MAX", most)
    path = tmp_path / "stage.sqlite3"
    with closing(SqliteEntries(path)) as entries:
        for position in range(300):
            entries.stage(position, [LEAF])
            assert path.with_name(f"{path.name}-wal").stat().st_size < 2 * most
        assert in_file(path) > 200


def test_a_reader_holds_nobody_up(stage: tuple[Path, SqliteEntries]) -> None:
    path, entries = stage
    entries.stage(0, [LEAF])
    with closing(sqlite3.connect(path)) as reader, closing(Ahead([path])) as ahead:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM stage").fetchone()
        entries.stage(1, [LEAF])
        ahead.carry()
        assert in_file(path) < 2  # not beyond what is being read
        entries.stage(2, [LEAF])
        reader.execute("COMMIT")
        ahead.carry()
        assert in_file(path) == 3


def test_what_is_not_there_or_no_database_is_passed_over(tmp_path: Path) -> None:
    torn, empty, path = tmp_path / "torn", tmp_path / "empty", tmp_path / "a #?% b.sqlite3"
    torn.write_bytes(b"no database" * 1000)
    empty.touch()
    with (
        closing(SqliteEntries(path)) as entries,
        closing(Ahead([tmp_path / "absent", torn, empty, path])) as ahead,
    ):
        entries.stage(0, [LEAF])
        ahead.carry()
        ahead.carry()
        assert in_file(path) == 1
    assert not (tmp_path / "absent").exists()
    assert empty.stat().st_size == 0  # its page size is for its writer to choose


def test_a_file_that_was_just_being_made_is_carried_over_later(tmp_path: Path) -> None:
    path = tmp_path / "stage.sqlite3"
    path.touch()
    with closing(Ahead([path])) as ahead:
        ahead.carry()
        with closing(SqliteEntries(path)) as entries:
            entries.stage(0, [LEAF])
            ahead.carry()
            ahead.carry()
            assert in_file(path) == 1


def test_another_process_that_closes_is_not_the_last(tmp_path: Path) -> None:
    """Who believes itself the last deletes the write-ahead log, and what is put next is lost."""
    path, wal = tmp_path / NAME, tmp_path / f"{NAME}-wal"
    with closing(SmallBlobs(tmp_path)) as before:
        before.put(f"{0:064x}", b"of an earlier server")
    with closing(Ahead([path])) as ahead, closing(SmallBlobs(tmp_path)) as blobs:
        ahead.carry()
        blobs.put(f"{1:064x}", b"one")
        look = f"import sqlite3; d = sqlite3.connect({str(path)!r})"
        look += "; d.execute('SELECT COUNT(*) FROM files').fetchone(); d.close()"
        subprocess.run([sys.executable, "-c", look], check=True)
        assert wal.exists()
        blobs.put(f"{2:064x}", b"two")
        ahead.carry()
        assert blobs.get(f"{2:064x}") == b"two"


def test_what_is_deleted_is_gone_while_another_carries_over(tmp_path: Path) -> None:
    path, files, ended = tmp_path / "vault.sqlite3", tmp_path / NAME, Event()

    def carries() -> None:
        with closing(Ahead([path, files])) as ahead:
            while not ended.is_set():
                ahead.carry()

    with closing(SqliteDisclosures(path)) as vault, closing(SmallBlobs(tmp_path)) as blobs:
        other = Thread(target=carries)
        other.start()
        try:
            for number in range(40):
                vault.put([Copy(f"{number:04}", "all", "", b"a figure that must go" * 2000)])
                blobs.put(f"{number:064x}", b"a figure that must go" * 2000)
                vault.take_down(f"{number:04}", "a law", "2026-01-01")
                vault.put([Copy(f"{number + 100:04}", "all", "", b"a figure that must go" * 2000)])
                vault.drop([f"{number + 100:04}"])
                assert blobs.discard(f"{number:064x}")
                for place in (path, files):
                    for file in (place, place.with_name(f"{place.name}-wal")):
                        assert b"must go" not in file.read_bytes()
        finally:
            ended.set()
            other.join()


def test_who_cannot_empty_a_log_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_sqlite, "BUSY_SECONDS", 0.05)
    path = tmp_path / "vault.sqlite3"
    with closing(SqliteDisclosures(path)) as vault, closing(sqlite3.connect(path)) as reader:
        vault.put([Copy("abcd", "all", "", b"a figure")])
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM sent").fetchone()
        with pytest.raises(StoreFailed, match="do the same again"):
            vault.take_down("abcd", "a law", "2026-01-01")


def test_a_book_carries_over_after_it_has_published(tmp_path: Path) -> None:
    with Book.create(tmp_path / "b", origin="a.example/log", title="A", operator="o") as book:
        fact: dict[str, object] = {"id": "p", "name": "P"}
        receipt = book.append([Draft("party", (fact,), "o")], wait=False)
        until = time.monotonic() + 20
        while in_file(tmp_path / "b" / "stage.sqlite3") < receipt.head.size:
            assert time.monotonic() < until
            time.sleep(0.02)
    assert list((tmp_path / "b").rglob("*-wal")) == []


def test_partial_tiles_are_dropped_and_what_lies_beside_them_stays(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    shelf.put([TileFile(f"tile/0/000.p/{width}", b"x" * width) for width in (3, 7, 255)])
    shelf.put([TileFile(f"tile/0/001.p/{width}", b"x") for width in (1, 2)])
    aside = tmp_path / "tile/0/001.p/.2.ab.part"
    aside.write_bytes(b"on its way")
    shelf.discard(
        f"tile/{level}/{tile}.p/{width}"
        for level in (0, 1)
        for tile in ("000", "001")
        for width in range(1, 256)
    )
    assert list(shelf.paths()) == []
    assert not (tmp_path / "tile/0/000.p").exists()
    assert aside.exists()


def test_stores_in_memory_have_nothing_to_carry_over() -> None:
    stores, done = Stores.memory(), []
    stores.ahead.after(lambda: done.append(1))()
    stores.close()
    assert done == [1]
