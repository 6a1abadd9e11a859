"""aics-witness, which others wrote, asked by our client; our cosignatures before aics-tlog."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from orebook.acts.cosign import ForkAlarm, cosign, standing
from orebook.book.book import Book
from orebook.book.witness_client import Unreachable, send
from orebook.book.witness_store import WitnessFolder
from orebook.log import note, tree, witness
from orebook.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from orebook.model.entry import Draft

pytestmark = pytest.mark.proof
ORIGIN = "example.org/foreign-witness"


@pytest.fixture(scope="session")
def foreign(place: Path) -> Path:
    """The folder of programs of aics-witness and aics-tlog, in an environment of their own."""
    environment = place / "aics-witness"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    wanted = ["--ignore-requires-python", "aics-tlog==0.2.1", "aics-witness==0.1.0"]
    done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"aics-witness cannot be installed here: {done.stderr.strip()[-200:]}")
    return environment / "bin"


def call(program: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *map(str, words)], capture_output=True, text=True, check=False
    )


@contextmanager
def their_witness(foreign: Path, folder: Path, log_key: str) -> Iterator[tuple[str, str]]:
    """Address and verifier key of aics-witness, knowing our log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = ("--config", folder / "witness.json")
    listen = f"127.0.0.1:{port}"
    made = call(foreign / "aics-witness", "init", *config, "--name", "aics/w", "--listen", listen)
    assert made.returncode == 0, made.stderr
    vkey = next(word for word in made.stdout.replace('"', " ").split() if word.count("+") >= 2)
    key = log_key
    added = call(foreign / "aics-witness", "add-log", *config, "--origin", ORIGIN, "--vkey", key)
    assert added.returncode == 0, added.stderr
    words = [str(foreign / "aics-witness"), "serve", *map(str, config), "--log-level", "ERROR"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            url = f"http://{listen}"
            for _ in range(100):
                try:
                    send("GET", f"{url}/{'0' * 64}/checkpoint", b"", 1)
                    break
                except Unreachable:
                    time.sleep(0.1)
            yield url, vkey
        finally:
            child.kill()


def grow(book: Book, number: int) -> None:
    fact = {"id": f"source:{number}", "title": f"Paper {number}"}
    book.append([Draft("source", (fact,), "example.org/keeper")])


def made(folder: Path) -> Book:
    return Book.create(folder, origin=ORIGIN, title="T", operator="example.org/keeper")


def test_their_witness_confirms_ours_and_refuses_a_fork(
    foreign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        made(tmp_path / "book") as book,
        their_witness(foreign, tmp_path, book.log_key) as (url, vkey),
    ):
        policy = tmp_path / "book" / "witnesses.policy"
        policy.write_text(f"witness aics {vkey} {url}\nquorum aics\n")
        for number in range(3):
            assert cosign(book, seconds=20).satisfied
            grow(book, number)
        found = cosign(book, seconds=20)
        with capsys.disabled():
            print("\naics-witness:", *found.lines(), sep="\n")
        size, signer = book.head.size, note.Signer(ORIGIN, book._keys.log)
        for more in (0, 4):
            head = Checkpoint(ORIGIN, size + more, tree.leaf_hash(b"fork"))
            path = (bytes(32),) if more else ()
            body = witness.Request(size, path, sign_checkpoint(head, signer)).encode()
            assert send("POST", f"{url}/add-checkpoint", body, 20).status == 422
        rolled = Checkpoint(ORIGIN, 2, bytes.fromhex(book.head_at(2).root))
        body = witness.Request(2, (), sign_checkpoint(rolled, signer)).encode()
        reply = send("POST", f"{url}/add-checkpoint", body, 20)
        assert (reply.status, reply.body, reply.media_type) == (
            409, b"%d\n" % size, "text/x.tlog.size",
        )  # fmt: skip
        shown = send("GET", f"{url}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint", b"", 20)
        assert open_checkpoint(shown.body, book.verifier).size == size


def test_their_witness_alarms_our_client_of_a_forked_book(foreign: Path, tmp_path: Path) -> None:
    with (
        made(tmp_path / "book") as book,
        their_witness(foreign, tmp_path, book.log_key) as (url, vkey),
    ):
        policy = tmp_path / "book" / "witnesses.policy"
        policy.write_text(f"witness aics {vkey} {url}\nquorum aics\n")
        signer = note.Signer(ORIGIN, book._keys.log)
        head = Checkpoint(ORIGIN, book.head.size + 1, tree.leaf_hash(b"fork"))
        body = witness.Request(0, (), sign_checkpoint(head, signer)).encode()
        assert send("POST", f"{url}/add-checkpoint", body, 20).status == 200
        with pytest.raises(ForkAlarm, match="another history"):
            cosign(book, seconds=20)
        (alarm,) = standing(book).alarms
        assert open_checkpoint(alarm.theirs, book.verifier).root == tree.leaf_hash(b"fork")


def test_their_verifier_accepts_our_witness_and_refuses_a_changed_line(
    foreign: Path, tmp_path: Path
) -> None:
    folder = WitnessFolder.create(tmp_path / "w", "w.example/1", post_quantum=False)
    store = folder.store()
    with made(tmp_path / "book") as book:
        now = int(time.time())
        body = witness.Request(0, (), book.signed_head).encode()
        logs = {ORIGIN: [book.verifier]}
        answer = store.add_checkpoint(body, logs, folder.keys, now)
        seen = store.seen(ORIGIN)
        log_key = book.log_key
    store.close()
    assert answer.status == 200
    assert seen is not None
    (vkey,) = folder.vkeys()
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(seen.note)
    lines = seen.note.decode().split("\n")
    name, _, value = lines[-2].rpartition(" ")
    raw = bytearray(note.b64.decode_standard(value))
    raw[-1] ^= 1
    lines[-2] = f"{name} {note.b64.encode_standard(bytes(raw))}"
    bad.write_text("\n".join(lines))
    words = ["--log-key", log_key, "--witness-key", vkey, "--quorum", 1, "--max-age", 600]
    verify = foreign / "aics-tlog"
    assert call(verify, "verify-checkpoint", "--note", good, *words).returncode == 0
    assert call(verify, "verify-checkpoint", "--note", bad, *words).returncode != 0
