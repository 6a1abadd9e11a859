"""A witness in its own process, asked by a book over HTTP; killed, started again, and obeyed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orebook.book.book import Book
from orebook.log import cosignature, note, tree, witness
from orebook.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from orebook.model.entry import Draft

ORIGIN = "example.org/witnessed"
ENVIRON = {k: v for k, v in os.environ.items() if not k.startswith(("OREBOOK", "http", "HTTP"))}


PROGRAM = [sys.executable, "-c", "from orebook.cli import main; main()"]
Serving = Iterator[tuple[str, subprocess.Popen[str]]]


def run(*words: str | Path, machine: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Takes: `machine`, a folder for what another machine would remember of a book."""
    command = [*PROGRAM, *(str(word) for word in words)]
    env = {**ENVIRON, "XDG_STATE_HOME": str(machine)} if machine is not None else ENVIRON
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


@contextmanager
def serving(
    store: Path, log_key: str, port: int = 0
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    words = ["witness", "serve", "--store", str(store), "--log", log_key, "--port", str(port)]
    with subprocess.Popen(
        [*PROGRAM, *words, "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRON,
    ) as child:
        try:
            assert child.stdout is not None
            said = "".join(iter(child.stdout.readline, "}\n")) + "}"
            yield json.loads(said)["url"], child
        finally:
            child.kill()


def grow(folder: Path, number: int) -> None:
    with Book.open(folder) as book:
        fact = {"id": f"source:{number}", "title": f"Paper {number}"}
        book.append([Draft("source", (fact,), "example.org/keeper")])


@pytest.fixture(autouse=True)
def own_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine remembers of books lies in the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setitem(ENVIRON, "XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Book.create(
        tmp_path / "book", origin=ORIGIN, title="Witnessed", operator="example.org/keeper"
    ):
        return tmp_path / "book"


def test_from_keys_to_a_confirmed_head_and_a_rollback_refused(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "w"
    made = run("witness", "init", "--store", store, "--name", "w.example/1", "--post-quantum")
    assert made.returncode == 0, made.stderr
    vkeys = made.stdout.split()
    assert run("witness", "keys", "--store", store, "--json").stdout
    for vkey in vkeys:
        assert cosignature.parse_cosigner(vkey).name == "w.example/1"
    with Book.open(folder) as book:
        log_key = book.log_key
    policy = folder / "witnesses.policy"
    assert run("witness", "ask", "--book", folder).returncode == 2
    assert run("witness", "status", "--book", folder).returncode == 3
    with serving(store, log_key) as (url, child):
        lines = [f"witness w{n} {vkey} {url}" for n, vkey in enumerate(vkeys)]
        policy.write_text("\n".join([*lines, "group all all w0 w1", "quorum all", ""]))
        done = run("witness", "ask", "--book", folder, "--json")
        assert done.returncode == 0, done.stderr
        assert set(json.loads(done.stdout)["confirmed_by"]) == {"w0", "w1"}
        child.send_signal(signal.SIGKILL)  # what it answered stands, however it ends
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    grow(folder, 1)
    unanswered = run("witness", "ask", "--book", folder, "--seconds", "1")
    assert unanswered.returncode == 3
    assert "without success" in unanswered.stdout
    facts = tmp_path / "facts.jsonl"
    facts.write_text('{"kind":"source","fact":{"id":"source:2","title":"Paper 2"}}\n')
    captured = run("capture", facts, "--book", folder)  # it stands, and the keeper is told
    assert captured.returncode == 0, captured.stderr
    assert "witnesses: No witness has confirmed this head" in captured.stderr
    port = int(url.rstrip("/").rsplit(":", 1)[1])
    with serving(store, log_key, port):
        done = run("witness", "ask", "--book", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        restored = run("witness", "ask", "--book", copy, machine=tmp_path / "other")
        assert restored.returncode == 1
        assert "another history" in restored.stderr
        status = run("witness", "status", "--book", copy, machine=tmp_path / "other")
        assert status.returncode == 1
    assert run("witness", "status", "--book", folder).returncode == 0


def test_a_fork_signed_with_the_real_key_is_kept_as_evidence(folder: Path, tmp_path: Path) -> None:
    import http.client
    import urllib.parse

    store = tmp_path / "w"
    run("witness", "init", "--store", store, "--name", "w.example/1")
    with Book.open(folder) as book:
        signer = note.Signer(ORIGIN, book._keys.log)
        size, ours = book.head.size, book.signed_head
    fork = sign_checkpoint(Checkpoint(ORIGIN, size, tree.leaf_hash(b"fork")), signer)
    with serving(store, signer.verifier.vkey) as (url, _):
        statuses = []
        for old, head in ((0, ours), (size, fork)):
            connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=20)
            body = witness.Request(old, (), head).encode()
            connection.request("POST", "/add-checkpoint", body)
            statuses.append(connection.getresponse().status)
            connection.close()
        assert statuses == [200, 422]
    shown = run("witness", "show-evidence", "--store", store, "--json")
    assert shown.returncode == 1
    (kept,) = json.loads(shown.stdout)
    assert kept["conclusive"] is True
    heads = [open_checkpoint(kept[n].encode(), signer.verifier) for n in ("seen", "sent")]
    assert heads[0].size == heads[1].size
    assert heads[0].root != heads[1].root
    assert "a second root" in run("witness", "show-evidence", "--store", store).stdout
    assert run("witness", "forget-clock", "--store", store).returncode == 0


def test_wrong_words_are_told(tmp_path: Path) -> None:
    none = run("witness", "keys", "--store", tmp_path)
    assert (none.returncode, "orebook witness init" in none.stderr) == (2, True)
    run("witness", "init", "--store", tmp_path / "w", "--name", "w.example/1")
    assert "No log" in run("witness", "show-evidence", "--store", tmp_path / "w").stdout
    bad = run("witness", "serve", "--store", tmp_path / "w", "--log", "nonsense")
    assert (bad.returncode, "verifier key" in bad.stderr) == (2, True)
    again = run("witness", "init", "--store", tmp_path / "w", "--name", "w.example/1")
    assert again.returncode == 2
