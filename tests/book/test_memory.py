"""Memory outside the book: a rollback of the whole folder, a fork, a mirror, the way back."""

from __future__ import annotations

import http.server
import shutil
import stat
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from orebook.book import query
from orebook.book.audit import audit_folder, audit_log
from orebook.book.book import Book
from orebook.book.errors import Fork, RecordBroken, Rollback, StoreFailed
from orebook.book.folder import Settings
from orebook.book.memory import Memory, user_state
from orebook.book.mirror import copy_log
from orebook.book.recover import recover
from orebook.book.source import Source
from orebook.book.store_folder import FolderShelf
from orebook.model.entry import Draft

ME = "example.org/keeper"


def lots(*names: str) -> list[Draft]:
    return [Draft("lot", ({"id": name},), ME) for name in names]


@pytest.fixture
def folder(make_book, tmp_path: Path) -> Path:
    make_book(tmp_path / "b").close()
    return tmp_path / "b"


def test_a_head_is_remembered_outside_the_book(folder: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    with Book.open(folder, heads=heads) as book:
        assert [(m.kind, m.size) for m in book.memory()] == [("head file", None)]
        book.append(lots("a"))
        head = book.signed_head
    (kept,) = heads.iterdir()
    assert kept.read_bytes() == head
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with Book.open(folder, heads=heads) as book:
        assert [(m.kind, m.size) for m in book.memory()] == [("head file", 4)]
    with Book.open(folder) as book:
        assert book.memory() == ()


def test_a_whole_folder_put_back_is_refused(folder: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    shutil.copytree(folder, tmp_path / "backup")
    with Book.open(folder, heads=heads) as book:
        book.append(lots("a"))
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    with pytest.raises(Rollback, match="recover --from"):
        Book.open(folder, heads=heads)
    with Book.open(folder) as blind:  # without memory nothing can be noticed, and memory() says so
        assert blind.memory() == ()


def test_a_fork_is_refused_and_both_heads_are_kept(folder: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    shutil.copytree(folder, tmp_path / "twin")
    with Book.open(folder, heads=heads) as book:
        book.append(lots("a"))
        first = book.signed_head
    with Book.open(tmp_path / "twin") as twin:
        twin.append(lots("b"))
        second = twin.signed_head
    with pytest.raises(Fork, match="signed twice"):
        Book.open(tmp_path / "twin", heads=heads)
    assert {p.read_bytes() for p in (heads / "evidence").iterdir()} == {first, second}


def test_a_book_made_again_with_its_old_keys_is_refused(folder: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    Book.open(folder, heads=heads).close()
    keep = tmp_path / "again"
    shutil.copytree(folder / "keys", keep / "keys")
    with pytest.raises(Rollback):
        Book.create(keep, origin="example.org/test-book", title="t", operator=ME, heads=heads)


def test_a_memory_that_lies_is_named(folder: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    Book.open(folder, heads=heads).close()
    (kept,) = heads.iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"\n2\n", b"\n3\n"))
    with pytest.raises(RecordBroken, match="head file"):
        Book.open(folder, heads=heads)


def test_the_state_folder_follows_the_standard(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert user_state() == tmp_path / "orebook" / "heads"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_state() == tmp_path / ".local" / "state" / "orebook" / "heads"


def test_a_mirror_follows_and_can_be_audited_alone(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mirror"
    source = Source(str(folder))
    with Book.open(folder) as book:
        for count in (0, 1, 260, 300):
            if count:
                book.append(lots(*(f"{count}-{n}" for n in range(count))))
            done = copy_log(source, copy, book.verifier)
            assert (done.after, done.root) == (book.head.size, book.head.root)
            assert audit_log(FolderShelf(copy), book.verifier) == []
        again = copy_log(source, copy, book.verifier)
        assert again.before == again.after
        published = {p: (folder / "public" / p).read_bytes() for p in FolderShelf(copy).paths()}
        assert all((copy / path).read_bytes() == data for path, data in published.items())


def test_a_mirror_is_followed_over_http(folder: Path, tmp_path: Path) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=str(folder / "public"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        with Book.open(folder) as book:
            book.append(lots("a"))
            done = copy_log(Source(address), tmp_path / "m", book.verifier)
            assert done.root == book.head.root
        with pytest.raises(LookupError):
            Source(address).get("tile/0/999")
        server.shutdown()
    with pytest.raises(StoreFailed, match="Try again"):
        Source(address).get("checkpoint")


def test_a_mirror_refuses_a_rollback_and_a_fork_and_keeps_the_evidence(
    folder: Path, tmp_path: Path
) -> None:
    copy, old = tmp_path / "mirror", tmp_path / "old"
    shutil.copytree(folder, old)
    with Book.open(folder) as book:
        book.append(lots("a"))
        verifier = book.verifier
        copy_log(Source(str(folder)), copy, verifier)
    held = {p: (copy / p).read_bytes() for p in FolderShelf(copy).paths()}
    with pytest.raises(Rollback, match="rolled back"):
        copy_log(Source(str(old)), copy, verifier)
    with Book.open(old) as twin:
        twin.append(lots("b"))
        with pytest.raises(Fork):
            copy_log(Source(str(old)), copy, verifier)
        twin.append(lots("c"))
        with pytest.raises(Fork):
            copy_log(Source(str(old)), copy, verifier)
    assert len(list((copy / "evidence").iterdir())) == 4
    assert {p: (copy / p).read_bytes() for p in held} == held


def test_a_mirror_believes_nothing(folder: Path, tmp_path: Path) -> None:
    with Book.open(folder) as book:
        book.append(lots("a"))
        verifier = book.verifier
    (bundle,) = (folder / "public" / "tile" / "entries" / "000.p").glob("4")
    data = bytearray(bundle.read_bytes())
    data[50] ^= 1
    bundle.write_bytes(data)
    with pytest.raises(RecordBroken):
        copy_log(Source(str(folder)), tmp_path / "m", verifier)
    assert not (tmp_path / "m" / "checkpoint").exists()


@pytest.mark.parametrize("lost", ["older copy", "all but keys"])
def test_a_book_comes_back_from_its_mirror(folder: Path, tmp_path: Path, lost: str) -> None:
    heads, copy, backup = tmp_path / "heads", tmp_path / "mirror", tmp_path / "backup"
    shutil.copytree(folder, backup)
    with Book.open(folder, heads=heads) as book:
        book.append(lots("a", "b"))
        head, verifier = book.head, book.verifier
    copy_log(Source(str(folder)), copy, verifier)
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    if lost == "all but keys":
        shutil.rmtree(folder / "public")
        for path in folder.glob("*.sqlite3*"):
            path.unlink()
    done = recover(folder, Source(str(copy)), heads)
    assert done.after == head.size
    with Book.open(folder, heads=heads) as book:
        assert book.head == head
        assert query.ids(book, "lot") == ["a", "b"]
        book.append(lots("c"))
    assert audit_folder(folder) == []
    assert copy_log(Source(str(folder)), copy, verifier).after == head.size + 2


def test_nothing_is_recovered_from_a_mirror_that_is_behind(folder: Path, tmp_path: Path) -> None:
    heads, copy = tmp_path / "heads", tmp_path / "mirror"
    verifier = Settings.load(folder).verifier()
    copy_log(Source(str(folder)), copy, verifier)
    shutil.copytree(folder, tmp_path / "old")
    with Book.open(folder, heads=heads) as book:
        book.append(lots("a"))
    with pytest.raises(Rollback, match="behind"):
        recover(folder, Source(str(copy)))
    with pytest.raises(Rollback, match="remembers"):
        recover(tmp_path / "old", Source(str(copy)), heads)


def test_a_mirror_named_in_the_settings_is_asked(folder: Path, tmp_path: Path) -> None:
    copy, backup = tmp_path / "mirror", tmp_path / "backup"
    settings = folder / "book.toml"
    settings.write_text(settings.read_text() + f'\n[memory]\nmirrors = ["{copy}"]\n')
    shutil.copytree(folder, backup)
    with Book.open(folder) as book:
        (told,) = book.memory()
        assert (told.kind, told.size) == ("mirror", None)
        book.append(lots("a"))
        copy_log(Source(str(folder)), copy, book.verifier)
    with Book.open(folder) as book:
        assert [(m.kind, m.size) for m in book.memory()] == [("mirror", 4)]
    with pytest.raises(Rollback):
        Book.open(backup)
    assert Memory(Settings.load(folder).verifier()).told() == ()
