"""A book whose parts lie in PostgreSQL: the same behaviour, whatever is lost, killed or frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orebook.book import postgres as pg
from orebook.book import query
from orebook.book.audit import audit, audit_folder
from orebook.book.book import Book
from orebook.book.errors import MissingFile, StoreFailed
from orebook.book.folder import Settings
from orebook.book.store_postgres import PostgresShelf
from orebook.book.where import Postgres, Where, schema_of
from orebook.log.tile import TileFile
from orebook.model.entry import Draft
from orebook.model.problem import KeeperError

ME = "example.org/keeper"
ORIGIN = "example.org/team"


def lot(name: str) -> Draft:
    return Draft("lot", ({"id": name, "note": f"about {name}"},), ME)


def create(folder: Path, where: Postgres) -> Book:
    return Book.create(
        folder, origin=ORIGIN, title="Team", operator=ME, where=Where.in_database(where)
    )


def test_a_book_in_postgresql_is_a_book(tmp_path: Path, postgres, chain) -> None:
    folder = tmp_path / "b"
    with create(folder, postgres()) as book:
        receipt = book.append([lot("a"), *chain])
        assert book.append([lot("a"), lot("b")]).again == (0,)
        digest = book.file_put(b"a captured file")
        assert audit(book) == []
    with Book.open(folder) as again:
        assert query.ids(again, "lot")[:2] == ["a", "b"]
        assert again.head.size > receipt.head.size
        assert again.files.get(digest) == b"a captured file"
        assert query.entry(again, receipt.first).facts[0]["note"] == "about a"
    assert audit_folder(folder) == []
    assert sorted(p.name for p in folder.glob("*.sqlite3")) == ["views.sqlite3"]
    assert not (folder / "public").exists()
    assert not (folder / "files").exists()


def test_what_is_random_or_base64_is_not_pressed(postgres) -> None:
    where = postgres()
    pg.lay(where)
    database = pg.Database(where, "a test")
    asked = (
        "SELECT DISTINCT attstorage FROM pg_attribute WHERE atttypid = 'bytea'::regtype"
        " AND attrelid IN ('stage'::regclass, 'tiles'::regclass, 'files'::regclass)"
    )
    assert database.ask(asked) == [("e",)]
    database.ask("ALTER TABLE tiles ALTER data SET STORAGE EXTENDED")  # as earlier books have it
    pg.lay(where)
    assert database.ask(asked) == [("e",)]
    database.close()


def test_of_a_large_file_the_server_sends_what_is_read(postgres, monkeypatch) -> None:
    where = postgres()
    pg.lay(where)
    shelf, data = PostgresShelf(where), os.urandom(3 << 20)
    shelf.put([TileFile("tile/entries/000", data), TileFile("tile/0/000", b"a" * 32)])
    monkeypatch.setattr(shelf, "get", lambda path: pytest.fail(f"{path} was fetched whole"))
    with shelf.stream("tile/entries/000") as file:
        assert file.seek(0, os.SEEK_END) == len(data)
        for at, count in ((0, 2), (5, 70_000), (2 << 20, 300_000), (len(data) - 3, 9)):
            assert file.seek(at) == at
            assert file.read(count) == data[at : at + count]
        assert file.read(1) == b""
    with shelf.stream("tile/0/000") as file:
        assert file.read() == b"a" * 32
    with pytest.raises(LookupError):
        shelf.stream("tile/0/001")
    shelf.close()


def test_views_are_each_process_own_and_agree(tmp_path: Path, postgres) -> None:
    where = postgres()
    create(tmp_path / "one", where).close()
    other = tmp_path / "two"
    other.mkdir()
    for name in ("book.toml", "keys"):
        subprocess.run(["cp", "-r", tmp_path / "one" / name, other], check=True)
    with Book.open(tmp_path / "one") as one, Book.open(other) as two:
        one.append([lot("a")])
        two.append([lot("b")])
        one.append([lot("c")])
        assert one.refresh() == two.refresh()
        assert query.ids(one, "lot") == query.ids(two, "lot") == ["a", "b", "c"]
        assert audit(one) == audit(two) == []


class Losses:
    """Ends the server's process of a connection before or after the statements that are named."""

    def __init__(self, where: Postgres) -> None:
        self.count = 0
        self.at: set[int] = set()
        self.after = False
        self._admin = pg.Database(where, "admin")

    def cut(self, pid: int) -> None:
        self._admin.ask("SELECT pg_terminate_backend(%s)", (pid,))
        while self._admin.ask("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)):
            time.sleep(0.001)

    def close(self) -> None:
        self._admin.close()


@pytest.fixture
def losing(monkeypatch, postgres):
    """Where books lie whose statements are counted, and cut off where the test says so."""
    import psycopg

    where = postgres()
    losses = Losses(where)
    real = psycopg.Cursor.execute

    def execute(self, *values, **named):
        if self.connection is losses._admin._connection:
            return real(self, *values, **named)
        losses.count += 1
        hit = losses.count in losses.at
        if hit and not losses.after:
            losses.cut(self.connection.info.backend_pid)
        done = real(self, *values, **named)
        if hit and losses.after:
            losses.cut(self.connection.info.backend_pid)
        return done

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    yield where, losses
    losses.close()


def statements(book: Book, losses: Losses) -> int:
    """How many statements one append takes."""
    book.append([lot("warm")])
    before = losses.count
    book.append([lot("counted")])
    return losses.count - before


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_connection_lost_at_any_statement_loses_and_doubles_nothing(
    tmp_path: Path, losing, count, after: bool
) -> None:
    where, losses = losing
    losses.after = after
    with create(tmp_path / "b", where) as book:
        wide = statements(book, losses)
        assert wide > 10
        names = ["counted", "warm"]
        for step in range(1, wide + 1, count(4, 1)):
            name = f"lot:{step:03}"
            losses.at = {losses.count + step}
            try:
                book.append([lot(name)])
            except KeeperError:  # unknown: send it again, and nothing is written twice
                losses.at = set()
                book.append([lot(name)])
            losses.at = set()
            names.append(name)
        book.refresh()
        assert query.ids(book, "lot") == sorted(names)
        assert audit(book) == []


def test_a_connection_that_stays_lost_is_told_and_the_book_goes_on(tmp_path, losing) -> None:
    where, losses = losing
    with create(tmp_path / "b", where) as book:
        book.append([lot("before")])
        losses.at = set(range(losses.count + 1, losses.count + 400))
        with pytest.raises(StoreFailed, match=r"SQLSTATE|connection"):
            book.append([lot("a")])
        losses.at = set()
        book.append([lot("a")])
        assert query.ids(book, "lot") == ["a", "before"]
        assert audit(book) == []


WRITER = """
import os, signal, sys
from pathlib import Path
from orebook.book import book, store_postgres
from orebook.model.entry import Draft
folder, name, freeze = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def frozen(work):
    def stop(*values):
        if stop.armed:
            print("frozen", flush=True)
            stop.armed = False
            os.kill(os.getpid(), signal.SIGSTOP)
        return work(*values)
    stop.armed = True
    return stop
owner, method = {
    "stage": (store_postgres.PostgresEntries, "stage"),
    "swap": (store_postgres.PostgresHead, "swap"),
    "tiles": (store_postgres.PostgresShelf, "put"),
}[freeze]
with book.Book.open(folder) as opened:
    setattr(owner, method, frozen(getattr(owner, method)))
    receipt = opened.append([Draft("lot", ({"id": name, "note": "w"},), "me")])
    print(receipt.head.size, receipt.head.root, flush=True)
"""


def stopped(holder: subprocess.Popen[str]) -> None:
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "frozen"
    stat = Path(f"/proc/{holder.pid}/stat")
    end = time.monotonic() + 20
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < end, "it does not stop"
        time.sleep(0.005)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see it stopped")
@pytest.mark.parametrize("step", ["stage", "swap", "tiles"])
@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL], ids=["wakes", "dies"])
def test_a_holder_frozen_or_killed_mid_append_forks_nothing(
    tmp_path, postgres, monkeypatch, step, end
) -> None:
    monkeypatch.setattr("orebook.book.publish.PATIENCE_SECONDS", 0.1)
    folder = tmp_path / "b"
    create(folder, postgres()).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), "lot:frozen", step],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    stopped(holder)
    with Book.open(folder) as book:
        book._writer._line._lease._patience = 0.1
        mine = book.append([lot("lot:mine")])
        checkpoint = book.stores.shelf.get("checkpoint")
        os.kill(holder.pid, end)
        said = holder.stdout.read()
        holder.stdout.close()
        holder.wait()
        book.refresh()
        assert book.head_at(mine.head.size).root == mine.head.root
        stands = end == signal.SIGCONT or step == "tiles"
        names = ["lot:frozen", "lot:mine"] if stands else ["lot:mine"]
        assert query.ids(book, "lot") == names
        if end == signal.SIGCONT:
            size, root = said.split()
            assert book.head_at(int(size)).root == root
        if step == "tiles":
            assert book.stores.shelf.get("checkpoint") == checkpoint  # it never goes back
    assert audit_folder(folder) == []


CROWD = """
import os, sys, threading
from pathlib import Path
from orebook.book.book import Book
from orebook.model.entry import Draft
folder, name, turns = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with Book.open(folder) as book:
    book._writer._line._lease._patience = 1.0
    print("open", flush=True)
    sys.stdin.readline()
    def write(thread):
        for turn in range(turns):
            drafts = [Draft("lot", ({"id": f"lot:{name}:{thread}:{turn}", "note": "w"},), "me")]
            if turn % 5 == 0:  # what every process sends stands once
                drafts.append(Draft("lot", ({"id": f"lot:all:{thread}:{turn}"},), "me"))
            receipt = book.append(drafts, wait=turn % 3 == 0)
            line = f"{name} {thread} {turn} {receipt.placed[0][0]} {receipt.head.size}"
            os.write(1, f"{line} {receipt.head.root}\\n".encode())
    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
"""


@pytest.mark.proof
@pytest.mark.parametrize("kill", [False, True], ids=["all-live", "one-killed"])
def test_processes_on_one_database_lose_double_and_skip_nothing(tmp_path, postgres, kill) -> None:
    folder, turns = tmp_path / "b", 40
    create(folder, postgres()).close()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, str(folder), str(number), str(turns)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3 if kill else 2)
    ]
    for writer in writers:
        assert writer.stdout.readline().strip() == "open"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    lines = []
    if kill:
        lines = [writers[2].stdout.readline() for _ in range(25)]
        writers[2].kill()
    lines += [line for writer in writers for line in writer.communicate()[0].splitlines()]
    answers = [line.split() for line in lines]
    assert [w.returncode for w in writers[:2]] == [0, 0]
    with Book.open(folder) as book:
        held = query.ids(book, "lot")
        assert len(held) == len(set(held))
        for name, thread, turn, position, size, root in answers:
            fact = query.entry(book, int(position)).facts[0]
            assert fact["id"] == f"lot:{name}:{thread}:{turn}"  # nothing answered is lost
            assert book.head_at(int(size)).root == root  # and no head was forked
            assert int(position) < int(size)
        expected = {f"lot:{n}:{t}:{u}" for n in range(2) for t in range(4) for u in range(turns)}
        expected |= {f"lot:all:{t}:{u}" for t in range(4) for u in range(0, turns, 5)}
        assert expected <= set(held)
        if not kill:
            assert set(held) == expected
        kinds = [stored.kind for stored in book.stored(0, book.head.size)]
        assert len(kinds) == book.head.size  # dense: nothing skipped
        ids = [f["id"] for s in book.stored(0, book.head.size) for f in s.facts if s.kind == "lot"]
        assert len(ids) == len(set(ids))  # and nothing doubled
        assert book.stores.queue.waiting(9) == {}
    assert audit_folder(folder) == []


def test_what_no_process_with_our_keys_has_queued_is_never_signed(tmp_path, postgres) -> None:
    with create(tmp_path / "b", postgres()) as book:
        book.stores.queue.offer([b"x" * 200])
        book.append([lot("a")])
        assert book.head.size == 4
        assert audit(book) == []


def test_a_password_is_never_written_into_the_book(tmp_path: Path) -> None:
    for conninfo in ("host=x password=secret", "postgresql://me:secret@host/db"):
        with pytest.raises(KeeperError, match="no password in it") as refused:
            create(tmp_path / "b", Postgres(conninfo, "s"))
        assert "secret" not in str(refused.value)
    assert not (tmp_path / "b" / "book.toml").exists()


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="could not be made or was lost"):
        create(tmp_path / "b", Postgres(f"host={tmp_path} dbname=x", "s"))


def test_tables_of_another_version_are_refused(tmp_path: Path, postgres) -> None:
    where = postgres()
    pg.lay(where)
    database = pg.Database(where, "test")
    database.ask("UPDATE about SET version = 99")
    database.close()
    with pytest.raises(StoreFailed, match="version 1, found"):
        create(tmp_path / "b", where)


def test_book_toml_says_where_each_part_lies(tmp_path: Path) -> None:
    where = Where("here", "postgresql", "here", "here", Postgres("service=team", "s_1"))
    settings = Settings("o", "t", "c", "op", "key", where=where)
    settings.save(tmp_path)
    assert Settings.load(tmp_path) == settings
    path = tmp_path / "book.toml"
    text = path.read_text()
    for old, new, expected in (
        ('entries = "here"', 'entries = "there"', "where.entries"),
        ('schema = "s_1"', 'schema = "S; DROP"', "conninfo and schema"),
        ("conninfo", "connection", "conninfo and schema"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(MissingFile, match=expected):
            Settings.load(tmp_path)
    assert schema_of("example.org/My Book!") == "book_example_org_my_book"
