"""A PostgreSQL server for one run: private socket, no network, nothing left behind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import system

USERS = ("postgres", "nobody")  # the server refuses to run as root
DATABASE = "postgres"
START_SECONDS = 30


def conninfo(folder: Path) -> str:
    """How the server in that folder is reached."""
    return f"host={folder} dbname={DATABASE} user=keeper"


def user() -> str | None:
    """Who the server runs as: this user, or another where this one is root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in USERS if name in known)


@contextmanager
def running(*settings: str) -> Iterator[Path]:
    """A server that is up; gives its folder, where the socket is. Takes: NAME=VALUE settings."""
    programs = system.postgres()
    assert programs is not None
    name = user()
    folder = Path(tempfile.mkdtemp(prefix="orebook-pg-"))
    if name is not None:
        shutil.chown(folder, name)
    server = None
    try:
        initdb: list[str | Path] = [programs / "initdb", "-D", folder / "data", "-U", "keeper"]
        initdb += ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, user=name, cwd=folder, check=True, capture_output=True)
        server = _start(programs, folder, name, settings)
        yield folder
    finally:
        if server is not None:
            stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _start(
    programs: Path, folder: Path, name: str | None, settings: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    words = ["listen_addresses=", f"unix_socket_directories={folder}", "shared_buffers=32MB"]
    command: list[str | Path] = [programs / "postgres", "-D", folder / "data"]
    for word in (*words, *settings):
        command += ["-c", word]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, user=name, cwd=folder, stdout=log, stderr=log)
    end = time.monotonic() + START_SECONDS
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError((folder / "log").read_text("utf-8", "replace"))
        time.sleep(0.05)
    return server


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ends a server at once; what it has answered is on its disk."""
    server.send_signal(signal.SIGQUIT)
    server.wait()
