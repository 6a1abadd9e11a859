"""Folders, mirrors and witnesses of others: what they can do to who reads them, and what not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest

from orebook.book.audit_public import LogFolder, audit_public
from orebook.book.book import Book
from orebook.book.cosigned import POLICY
from orebook.book.errors import RecordBroken, Rollback, StoreFailed
from orebook.book.mirror import copy_log
from orebook.book.source import Source
from orebook.log.cosignature import Ed25519CosigningKey
from orebook.log.keys import SigningKey
from orebook.log.note import Signer, parse_note, sign_note
from orebook.model.entry import Draft

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def folder(make_book, tmp_path: Path) -> Path:
    make_book(tmp_path / "book").close()
    return tmp_path / "book"


@contextmanager
def answering(answer: Callable[[str], bytes | None]) -> Iterator[str]:
    """A server that says what it is told to, path by path; None keeps the caller waiting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def run() -> None:
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                said = answer(caller.recv(4096).split(b" ")[1].decode())
                held.append(caller)
                if said is not None:
                    with suppress(OSError):  # one who has heard enough hangs up
                        caller.sendall(said)
                        caller.shutdown(socket.SHUT_RDWR)

        Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for caller in held:
            caller.close()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"hello\r\n\r\n", "hello"),
        (OK + b"X: y\r\n" * 200 + b"\r\n", "100 headers"),
        (OK + b"Content-Length: 9\r\n\r\nabc", "3 bytes, and 6 that never came"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead"),
        (b"HTTP/1.1 302 F\r\nLocation: ftp://127.0.0.1/x\r\n\r\n", "unknown url type"),
        (b"HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\n\r\n", "status 302"),
        (None, "no answer within 0.05 seconds"),
    ],
)
def test_whatever_a_server_answers_is_told_in_one_line(said: bytes | None, reason: str) -> None:
    with answering(lambda _: said) as address, pytest.raises(StoreFailed, match=reason) as found:
        Source(address, 0.05 if said is None else 10.0).get("checkpoint")
    assert "\n" not in str(found.value)


def test_pipes_and_devices_are_no_files_of_a_log(folder: Path, tmp_path: Path) -> None:
    with Book.open(folder) as book:
        verifier = book.verifier
    for name in ("checkpoint", "tile/0/000.p/2", "tile/entries/000.p/2"):
        for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
            copy = tmp_path / "copy"
            shutil.copytree(folder / "public", copy)
            (copy / name).unlink()
            make(copy / name)
            with pytest.raises(RecordBroken):
                copy_log(Source(str(copy)), tmp_path / "mirror", verifier)
            assert audit_public(LogFolder(copy), verifier).differences[0].found == "nothing"
            shutil.rmtree(copy)


NO_WIDTHS = ("abc", "0", "02", "256", "0002", "1_0", "\u0662", "2/more", "-1", "999")


def test_a_file_whose_name_no_log_gives_is_named(folder: Path) -> None:
    with Book.open(folder) as book:
        verifier = book.verifier
        book.append([Draft("lot", ({"id": "lot:a"},), "example.org/keeper")])
    for room in ("0", "entries"):
        partial = folder / "public" / "tile" / room / "000.p"
        for name in NO_WIDTHS:
            place = partial / name
            stood = (partial / "2").read_bytes()
            if place.parent != partial:
                (partial / "2").unlink()
                place.parent.mkdir()
            place.write_bytes(stood)
            found = audit_public(LogFolder(folder / "public"), verifier).differences
            assert [d.place for d in found] == [f"tile/{room}/000.p/{name}"]
            place.unlink()
            if place.parent != partial:
                place.parent.rmdir()
                (partial / "2").write_bytes(stood)


def witness_key(origin: str) -> tuple[str, Ed25519CosigningKey]:
    key = Ed25519CosigningKey("w.example/1", SigningKey.from_seed(bytes(32)), lambda: 1)
    return f"/{sha256(origin.encode()).hexdigest()}/checkpoint", key


def test_a_folder_put_back_is_refused_at_start_by_its_witness(folder: Path, tmp_path: Path) -> None:
    shown: dict[str, bytes] = {}

    def answer(path: str) -> bytes:
        body = shown.get(path)
        head = OK if body is not None else b"HTTP/1.1 404 No\r\n"
        return head + b"\r\n" + (body or b"")

    with answering(answer) as address:
        with Book.open(folder) as book:
            path, key = witness_key(book.origin)
        (folder / POLICY).write_text(f"witness w {key.verifier.vkey} {address}\nquorum w\n")
        shutil.copytree(folder, tmp_path / "copy")
        with Book.open(folder) as book:
            assert [(m.kind, m.size, m.note) for m in book.memory()] == [
                ("witness", None, "nothing yet")
            ]
            book.append([Draft("lot", ({"id": "lot:a"},), "example.org/keeper")])
            shown[path] = book.signed_head
            head = book.head.size
        with Book.open(folder) as book:
            assert [(m.kind, m.size) for m in book.memory()] == [("witness", head)]
        with pytest.raises(Rollback, match=f"remembers a head of {head}"):
            Book.open(tmp_path / "copy")
        Book.open(tmp_path / "copy", witnessed=False).close()  # to ask it, and keep the evidence
        # What the log has not signed is no memory, and halts nothing.
        other = Signer(book.origin, SigningKey.from_seed(bytes(31) + b"\1"))
        shown[path] = sign_note(parse_note(shown[path]).text, [other])
        with Book.open(tmp_path / "copy") as book:
            (told,) = book.memory()
            assert (told.kind, told.size) == ("witness", None)
    with Book.open(tmp_path / "copy") as book:  # it does not answer at all
        assert [m.size for m in book.memory()] == [None]
