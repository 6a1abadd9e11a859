"""`init --store` and `move`: a book between its folder and PostgreSQL, and back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from orebook.book.book import Book
from orebook.book.errors import StoreFailed
from orebook.book.lease import Lease
from orebook.book.stores import Stores
from orebook.model.entry import Draft


def test_a_book_moves_to_postgresql_and_back(
    orebook, made: Path, tmp_path: Path, postgres, sheet_file: Path
) -> None:
    assert orebook("capture", sheet_file, "--book", made).code == 0
    head = orebook("audit", "--book", made, "--json").json["head"]
    where = postgres()
    team, again = tmp_path / "team", tmp_path / "again"
    with sqlite3.connect(made / "witnesses.sqlite3") as beside:
        beside.execute("CREATE TABLE IF NOT EXISTS kept (word TEXT)")
        beside.execute("INSERT INTO kept VALUES ('carried')")
    beside.close()
    first = orebook("move", made, team, "--store", where.conninfo, "--schema", where.schema)
    assert first.code == 0, first.err
    assert head["root"] in first.out
    assert "the copy is sound" in first.out
    for words in (("lots",), ("capture", sheet_file)):  # the old place is closed
        done = orebook(*words, "--book", made)
        assert (done.code, "has moved to" in done.err) == (5, True)
    told = orebook("capture", sheet_file, "--book", team)
    assert told.code == 0
    assert "already in the book" in told.out
    assert orebook("audit", "--book", team).code == 0
    back = orebook("move", team, again, "--json").json
    assert back["head"]["root"] == head["root"]
    assert back["files"] > 0
    assert orebook("audit", "--book", again).code == 0
    with sqlite3.connect(again / "witnesses.sqlite3") as beside:
        assert beside.execute("SELECT word FROM kept").fetchall() == [("carried",)]
    beside.close()
    assert (again / "keys" / "log.key").stat().st_mode & 0o777 == 0o600


def test_a_process_that_still_writes_to_the_old_place_is_stopped(
    orebook, made: Path, tmp_path: Path
) -> None:
    with Book.open(made) as book:
        assert orebook("move", made, tmp_path / "new").code == 0
        with pytest.raises(StoreFailed, match="moved elsewhere"):
            book.append([Draft("lot", ({"id": "lot:late"},), book.operator)])


def test_a_move_that_was_cut_short_is_taken_up_again(
    orebook, made: Path, tmp_path: Path, monkeypatch
) -> None:
    from orebook.book.folder import Settings

    real = Settings.save
    new = tmp_path / "new"
    for cut in (1, 2):  # before the new place counts; before the old one says where it went
        calls: list[Path] = []

        def save(self, folder, moved="", *, calls=calls, cut=cut):
            calls.append(folder)
            if len(calls) == cut:
                raise StoreFailed("a failure injected")
            return real(self, folder, moved)

        with monkeypatch.context() as patch:
            patch.setattr(Settings, "save", save)
            done = orebook("move", made, new)
        assert (done.code, "a failure injected" in done.err) == (5, True)
        if cut == 1:
            assert not (new / "book.toml").exists()
            assert orebook("move", made, new).code == 0
            made, new = new, tmp_path / "third"
    assert orebook("audit", "--book", new).code == 0  # it arrived; and the old one writes no more
    stores = Stores.folder(made)
    with pytest.raises(StoreFailed, match="moved elsewhere"), Lease(stores.head).hold():
        pass
    stores.close()


def test_a_target_that_holds_something_else_is_refused(
    orebook, made: Path, tmp_path: Path, postgres
) -> None:
    where = postgres()
    words = ("--store", where.conninfo, "--schema", where.schema)
    other = orebook("init", tmp_path / "o", "--origin", "test.example/o", "--title", "o", *words)
    assert other.code == 0, other.err
    done = orebook("move", made, tmp_path / "new", *words)
    assert (done.code, "another log" in done.err) == (1, True)
    assert orebook("lots", "--book", made).code == 0  # the source is as it was
    for target, said in ((made, "no book in it"), (tmp_path / "o", "no book in it")):
        assert said in orebook("move", made, target).err
    assert "another place" in orebook("move", tmp_path / "o", tmp_path / "p", *words).err


@pytest.mark.parametrize(
    ("store", "code", "said"),
    [
        ("oracle", 2, "expected here, postgres, or a connection"),
        ("host=x password=secret", 5, "no password in it"),
        ("host=x wrong", 5, "KEY=VALUE"),
        ("host=/nowhere dbname=x", 5, "could not be made"),
    ],
)
def test_a_store_that_cannot_be_is_one_line(orebook, tmp_path, store, code, said) -> None:
    done = orebook("init", tmp_path / "b", "--origin", "a/b", "--title", "t", "--store", store)
    assert (done.code, said in done.err, len(done.err.splitlines())) == (code, True, 1)
    assert "secret" not in done.err
