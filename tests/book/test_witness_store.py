"""A witness's memory: durable before it answers, and never behind its own clock."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orebook.book.errors import BookExists, MissingFile, NoBook, StoreFailed
from orebook.book.witness_store import WitnessFolder, WitnessStore
from orebook.log import note, tree, witness
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.keys import SigningKey
from orebook.model.problem import ReaderError

NOW = 1_700_000_000
LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
LOGS = {LOG.name: [LOG.verifier]}


def head(size: int, salt: bytes = b"") -> tuple[bytes, tree.Frontier]:
    frontier = tree.Frontier()
    frontier.extend(tree.leaf_hash(salt + b"%d" % n) for n in range(size))
    return sign_checkpoint(Checkpoint(LOG.name, size, frontier.root()), LOG), frontier


def request(old: int, new: int, salt: bytes = b"") -> bytes:
    def read(level: int, index: int) -> bytes:
        part = tree.Frontier()
        leaves = range(index << level, (index + 1) << level)
        part.extend(tree.leaf_hash(salt + b"%d" % n) for n in leaves)
        return part.root()

    path = tuple(tree.consistency_path(old, new, read)) if old <= new else ()
    return witness.Request(old, path, head(new, salt)[0]).encode()


@pytest.fixture
def folder(tmp_path: Path) -> WitnessFolder:
    return WitnessFolder.create(tmp_path / "w", "witness.example/w1", post_quantum=True)


def test_a_folder_is_made_once_and_read_again(folder: WitnessFolder) -> None:
    again = WitnessFolder.load(folder.root)
    assert (again.name, again.vkeys()) == (folder.name, folder.vkeys())
    assert len(again.vkeys()) == 2
    for file in folder.root.glob("*.key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(BookExists):
        WitnessFolder.create(folder.root, "other", post_quantum=False)
    (folder.root / "ed25519.key").write_text("00")
    with pytest.raises(MissingFile, match="ed25519"):
        WitnessFolder.load(folder.root)
    (folder.root / "witness.toml").unlink()
    with pytest.raises(NoBook, match="orebook witness init"):
        WitnessFolder.load(folder.root)


def test_a_name_that_no_key_may_bear_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="key name"):
        WitnessFolder.create(tmp_path / "w", "a b", post_quantum=False)
    assert not (tmp_path / "w").exists()


def test_memory_and_evidence_outlive_the_process(folder: WitnessFolder) -> None:
    store = folder.store()
    assert store.add_checkpoint(request(0, 20), LOGS, folder.keys, NOW).status == 200
    forked = store.add_checkpoint(request(20, 20, b"x"), LOGS, folder.keys, NOW)
    assert forked.status == 422
    store.add_checkpoint(request(20, 20, b"x"), LOGS, folder.keys, NOW + 1)
    store.close()
    again = folder.store()
    seen = again.seen(LOG.name)
    assert seen is not None
    assert (seen.size, seen.root, seen.time) == (20, head(20)[1].root(), NOW)
    (kept,) = again.evidence()
    assert kept.conclusive
    assert kept.sent == head(20, b"x")[0]
    assert again.origins() == (LOG.name,)
    assert again.add_checkpoint(request(15, 20), LOGS, folder.keys, NOW).body == "20\n"
    again.close()


def test_nothing_is_signed_with_the_clock_gone_back(folder: WitnessFolder) -> None:
    store = folder.store()
    assert store.add_checkpoint(request(0, 3), LOGS, folder.keys, NOW).status == 200
    answer = store.add_checkpoint(request(3, 5), LOGS, folder.keys, NOW - 1)
    assert (answer.status, answer.seen) == (503, None)
    seen = store.seen(LOG.name)
    assert seen is not None
    assert seen.size == 3
    assert store.add_checkpoint(request(3, 5), LOGS, folder.keys, NOW).status == 200
    store.forget_clock()
    assert store.add_checkpoint(request(5, 5), LOGS, folder.keys, NOW - 9).status == 200
    store.close()


def test_a_store_that_fails_answers_nothing(folder: WitnessFolder) -> None:
    store = folder.store()
    store.add_checkpoint(request(0, 3), LOGS, folder.keys, NOW)
    store._database.execute("PRAGMA query_only=ON")
    with pytest.raises(StoreFailed):
        store.add_checkpoint(request(3, 5), LOGS, folder.keys, NOW)
    store._database.execute("PRAGMA query_only=OFF")
    seen = store.seen(LOG.name)
    assert seen is not None
    assert seen.size == 3
    assert store.add_checkpoint(request(3, 5), LOGS, folder.keys, NOW).status == 200
    store.close()


def test_two_processes_never_cosign_two_roots(folder: WitnessFolder) -> None:
    one, two = folder.store(), folder.store()
    answers = [
        store.add_checkpoint(request(0, 9, salt), LOGS, folder.keys, NOW)
        for store, salt in ((one, b""), (two, b"x"))
    ]
    assert [answer.status for answer in answers] == [200, 409]
    one.close()
    two.close()


_CHILD = """
import sys
from pathlib import Path
from orebook.book.witness_store import WitnessFolder
folder = WitnessFolder.load(Path(sys.argv[1]))
store = folder.store()
from orebook.log import note
key = note.parse_vkey(sys.argv[2])
for line in sys.stdin:
    answer = store.add_checkpoint(bytes.fromhex(line), {key.name: [key]}, folder.keys, 1700000000)
    print(answer.status, flush=True)
"""


def test_a_witness_that_is_killed_remembers_what_it_answered(folder: WitnessFolder) -> None:
    words = [sys.executable, "-c", _CHILD, str(folder.root), LOG.verifier.vkey]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for old, new in ((0, 4), (4, 11)):
            child.stdin.write(request(old, new).hex() + "\n")
            child.stdin.flush()
            assert child.stdout.readline() == "200\n"
        child.stdin.write(request(11, 30).hex() + "\n")  # its answer may or may not come
        child.stdin.flush()
        os.kill(child.pid, signal.SIGKILL)
    store = WitnessStore(folder.root / "witness.sqlite3")
    seen = store.seen(LOG.name)
    assert seen is not None
    assert seen.size in {11, 30}
    assert seen.root == head(seen.size)[1].root()
    assert store.add_checkpoint(request(5, 30), LOGS, folder.keys, NOW).status == 409
    assert store.add_checkpoint(request(seen.size, 31), LOGS, folder.keys, NOW).status == 200
    store.close()
