"""Whoever cannot open all of a thing leaves nothing of it open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orebook.acts.mined_rows import Rows
from orebook.book.book import Book, Stores
from orebook.book.closing import all_or_closed
from orebook.book.cosigned import Cosignatures
from orebook.book.errors import MissingFile, StoreFailed
from orebook.book.folder import Settings
from orebook.book.office import Office
from orebook.book.store_blobs import NAME, SmallBlobs
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.book.vault_sqlite import SqliteDisclosures
from orebook.book.views import Views
from orebook.book.witness_store import WitnessStore
from orebook.log.keys import SigningKey
from orebook.log.note import Signer

DATABASES = ("stage.sqlite3", "head.sqlite3", "vault.sqlite3", "views.sqlite3")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[sqlite3.Connection]]:
    """Every connection that is opened from now on."""
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def seen(*words: Any, **more: Any) -> sqlite3.Connection:
        made.append(connect(*words, **more))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", seen)
    yield made
    for one in made:
        one.close()


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.total_changes  # noqa: B018 - a closed one refuses it
    except sqlite3.ProgrammingError:
        return False
    return True


def no_database(path: Path) -> None:
    path.write_bytes(b"no database, and long enough to be looked at " * 99)


def another(path: Path, *taken: str) -> None:
    """A database whose names are taken, so that it opens and its tables cannot be laid."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE another (x)")
        for name in taken:
            database.execute(f"CREATE INDEX {name} ON another (x)")


def small(path: Path) -> SmallBlobs:
    blobs = SmallBlobs(path.parent)
    path.rename(path.with_name(NAME))
    blobs.names()
    return blobs


@pytest.mark.parametrize(
    ("make", "table"),
    [
        (SqliteEntries, "fence"),
        (SqliteHead, "turn"),
        (SqliteDisclosures, "sent"),
        (lambda path: Views(path, lambda _start, _stop: ()), "folded_from"),
        (small, "files"),
        (Office, "papers"),
        (WitnessStore, "clock"),
        (Cosignatures, "alarms"),
        (Rows, "hidden"),
    ],
)
def test_a_store_that_does_not_open_is_closed(
    make: Callable[[Path], Any], table: str, tmp_path: Path, opened: list[sqlite3.Connection]
) -> None:
    another(tmp_path / "taken", table)
    no_database(tmp_path / "none")
    opened.clear()
    for name in ("taken", "none"):
        with pytest.raises((StoreFailed, sqlite3.OperationalError)):
            make(tmp_path / name)
    assert len(opened) >= 2
    assert not any(map(is_open, opened))


@pytest.mark.parametrize("name", DATABASES)
def test_a_book_of_which_one_part_is_torn_is_closed_whole(
    name: str, make_book: Callable[..., Book], tmp_path: Path, opened: list[sqlite3.Connection]
) -> None:
    make_book(tmp_path / "b").close()
    no_database(tmp_path / "b" / name)
    for repair in (True, False):
        opened.clear()
        with pytest.raises(StoreFailed, match=name):
            Book.open(tmp_path / "b", repair=repair)
        assert opened
        assert not any(map(is_open, opened))


def test_a_book_of_another_key_is_closed_whole(
    make_book: Callable[..., Book], tmp_path: Path, opened: list[sqlite3.Connection]
) -> None:
    make_book(tmp_path / "b").close()
    settings = Settings.load(tmp_path / "b")
    key = Signer(settings.origin, SigningKey(bytes(32))).verifier.vkey
    replace(settings, log_key=key).save(tmp_path / "b")
    opened.clear()
    with pytest.raises(MissingFile, match=r"log\.key"):
        Book.open(tmp_path / "b")
    assert len(opened) == 3
    assert not any(map(is_open, opened))


def test_a_shelf_that_cannot_be_read_leaves_no_look_without_repair_open(
    make_book: Callable[..., Book],
    tmp_path: Path,
    opened: list[sqlite3.Connection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_book(tmp_path / "b").close()
    opened.clear()

    def fails(*_: object) -> bytes:
        raise StoreFailed("the shelf: expected to read it, found: disk I/O error")

    monkeypatch.setattr("orebook.book.store_folder.FolderShelf.get", fails)
    with pytest.raises(StoreFailed, match="the shelf"):
        Book.open(tmp_path / "b", repair=False)
    assert opened
    assert not any(map(is_open, opened))


def test_what_opens_whole_stays_open(tmp_path: Path) -> None:
    stores = Stores.folder(tmp_path)
    assert stores.head.get() is None
    assert stores.entries.read(0, 0) == []
    stores.close()


def test_all_are_closed_the_last_first_though_one_does_not_close() -> None:
    class Part:
        def __init__(self, name: str, ended: list[str]) -> None:
            self.name, self.ended = name, ended

        def close(self) -> None:
            self.ended.append(self.name)
            if self.name == "b":
                raise OSError("b does not close")

    ended: list[str] = []

    def fail() -> None:
        with all_or_closed(Part("a", ended)) as keep:
            keep(Part("b", ended))
            keep(Part("c", ended))
            raise KeyError

    with pytest.raises(OSError, match="b does not"):
        fail()
    assert ended == ["c", "b", "a"]
    with all_or_closed(Part("d", ended)) as keep:
        keep(Part("e", ended))
    assert ended == ["c", "b", "a"]
