"""The power goes at any moment of an append: only what was synced is there afterwards.

strace records what a real process does to the files of its book. The folder is then rebuilt as a
disk that keeps no more than it must would show it after each sync, and opened and audited. The same
is done with each sync taken out of the code: then some replay must show a loss, or the sync would
not be tested. The head file outside the folder is part of what is replayed.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import orebook.book
from orebook.book import query
from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.model.entry import Draft
from orebook.model.problem import OrebookError

WRITER = """
import os, sys
from pathlib import Path
from orebook.book import publish, store_sqlite, vault_sqlite
from orebook.book.book import Book
from orebook.model.entry import Draft
base, without = Path(sys.argv[1]), sys.argv[2]
publish.STAGED_MAX, publish.STAGED_KEPT = 3, 1  # so that the stage lets go within few appends
connect, fsync = store_sqlite.connect, os.fsync
def opened(path, synchronous="FULL", **more):
    return connect(path, "OFF" if path and path.name == without else synchronous, **more)
def synced(handle):
    if sys._getframe(1).f_code.co_name != without:
        fsync(handle)
store_sqlite.connect = vault_sqlite.connect = opened
os.fsync = synced
answers = os.open(base / "answers", os.O_WRONLY | os.O_CREAT)
with Book.open(base / "book", heads=base / "heads") as book:
    for n in range(3):
        drafts = [Draft("lot", ({"id": f"lot:{n}-{m}", "note": "w"},), "me") for m in range(2)]
        head = book.append(drafts).head
        os.write(answers, f"{head.size} {head.root} {n}".encode())
"""
CALLS = "openat,write,pwrite64,fsync,fdatasync,rename,ftruncate,unlink,mkdir,rmdir"
DATABASES = ("stage.sqlite3", "head.sqlite3", "vault.sqlite3")
SYNCS = ("write_files", "_sync_folder")
FOLDER = -1
_LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (\d+)(?:<.*>)?$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None
    or subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode != 0,
    reason="strace is not installed, or may not follow a process here",
)


@dataclass(frozen=True)
class Call:
    """One system call that went through."""

    name: str
    words: str
    texts: tuple[bytes, ...]
    gave: int

    @property
    def handle(self) -> int:
        return int(re.match(r"\d+", self.words)[0])  # type: ignore[index]

    def number(self, at: int) -> int:
        return int(self.words.rsplit(", ", 1)[at])


def recorded(base: Path, without: str) -> list[Call]:
    """What the writer did, as strace saw it; `base` holds its book."""
    trace = base.with_suffix(".trace")
    words = ["-f", "-qq", "-xx", "-s", "10000000", "-o", str(trace), "-e", f"trace={CALLS}"]
    command = ["strace", *words, sys.executable, "-B", "-c", WRITER, str(base), without]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    text = trace.read_text()
    assert "unfinished" not in text, "expected one thread alone to write"
    calls = []
    for line in text.splitlines():
        if found := _LINE.match(line):
            name, arguments, gave = found.groups()
            texts = tuple(bytes.fromhex(t.replace("\\x", "")) for t in _TEXT.findall(arguments))
            calls.append(Call(name, arguments, texts, int(gave)))
    return calls


@dataclass
class Disk:
    """A disk that keeps what was synced. `eager(folder)`: names there are kept without a sync."""

    base: str
    eager: Callable[[str], bool]
    names: dict[str, int] = field(default_factory=dict)
    data: dict[int, bytearray] = field(default_factory=dict)
    kept_names: dict[str, int] = field(default_factory=dict)
    kept: dict[int, bytes] = field(default_factory=dict)
    opened: dict[int, str] = field(default_factory=dict)
    nodes: dict[int, int] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)

    def begin(self, folder: Path) -> None:
        """As it lies there, all synced long ago."""
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                self.names[str(path)] = FOLDER
            else:
                self.names[str(path)] = node = len(self.data)
                self.data[node] = bytearray(path.read_bytes())
                self.kept[node] = bytes(self.data[node])
        self.kept_names = dict(self.names)

    def does(self, call: Call) -> None:
        """One call; those on other files do nothing."""
        if call.name in {"openat", "mkdir", "rmdir", "unlink", "rename"}:
            paths = [text.decode() for text in call.texts]
            if call.name == "openat":
                self.opened.pop(call.gave, None)
            if paths and paths[0].startswith(self.base):
                self._name(call, paths)
        elif (path := self.opened.get(call.handle)) is not None:
            self._handle(call, path)

    def _name(self, call: Call, paths: list[str]) -> None:
        path = paths[0]
        if call.name == "openat":
            if path not in self.names:
                self.names[path] = node = len(self.data)
                self.data[node], self.kept[node] = bytearray(), b""
                self._changed(path)
            node = self.names[path]
            self.opened[call.gave], self.nodes[call.gave] = path, node
            self.offsets[call.gave] = 0
            if "O_TRUNC" in call.words:
                self.data[node].clear()
        elif call.name == "mkdir":
            self.names[path] = FOLDER
            self._changed(path)
        elif call.name == "rename":
            self.names[paths[1]] = self.names.pop(path)
            self._changed(path)
            self._changed(paths[1])
        else:
            del self.names[path]
            self._changed(path)

    def _handle(self, call: Call, path: str) -> None:
        node = self.nodes[call.handle]
        if call.name in {"fsync", "fdatasync"}:
            if node == FOLDER:
                self._sync(path)
            else:
                self.kept[node] = bytes(self.data[node])
        elif path.endswith("/answers"):
            self.said += call.texts
        elif call.name == "ftruncate":
            length = call.number(-1)
            self.data[node] = self.data[node][:length].ljust(length, b"\0")
        else:
            at = call.number(-1) if call.name == "pwrite64" else self.offsets[call.handle]
            bytes_ = call.texts[0]
            self.data[node] = self.data[node].ljust(at, b"\0")
            self.data[node][at : at + len(bytes_)] = bytes_
            self.offsets[call.handle] += len(bytes_)

    def _changed(self, path: str) -> None:
        folder = path.rpartition("/")[0]
        if self.eager(folder):
            self._sync(folder)

    def _sync(self, folder: str) -> None:
        inside = lambda names: {p: n for p, n in names.items() if p.rpartition("/")[0] == folder}  # noqa: E731
        for path in inside(self.kept_names):
            del self.kept_names[path]
        self.kept_names |= inside(self.names)

    def left(self) -> dict[str, bytes]:
        """Every file that is there after the power has gone, by its path below the base."""
        folders = {path for path, node in self.kept_names.items() if node == FOLDER}
        found = {}
        for path, node in self.kept_names.items():
            inner = path.removeprefix(self.base + "/")
            up = [path.rsplit("/", n)[0] for n in range(1, inner.count("/") + 1)]
            if node != FOLDER and not path.endswith("-shm") and folders.issuperset(up):
                found[inner] = self.kept[node]
        return found


def moments(calls: list[Call], disk: Disk) -> Iterator[tuple[dict[str, bytes], tuple[bytes, ...]]]:
    """Each state of the disk that differs from the one before, with all that was answered by it."""
    last: tuple[dict[str, bytes], tuple[bytes, ...]] | None = None
    for call in calls:
        disk.does(call)
        if call.name in {"fsync", "fdatasync", "rename", "unlink", "rmdir", "write"}:
            now = disk.left(), tuple(disk.said)
            if now != last:
                last = now
                yield now


def fault(
    folder: Path, left: dict[str, bytes], said: tuple[bytes, ...], before: tuple[int, str]
) -> str:
    """What is lost or forked in the book that is left, or nothing."""
    for path, data in left.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    try:
        with Book.open(folder / "book", heads=folder / "heads") as book:
            answers = [answer.decode().split() for answer in said]
            for size, root in [before, *((int(a[0]), a[1]) for a in answers)]:
                if book.head_at(size).root != root:
                    return f"another root at {size}"
            there = set(query.ids(book, "lot"))
            for _, _, number in answers:
                if not {f"lot:{number}-0", f"lot:{number}-1"} <= there:
                    return f"append {number} was answered and is gone"
        return "; ".join(d.text() for d in audit_folder(folder / "book"))
    except OrebookError as error:
        return str(error)


@pytest.fixture
def start(tmp_path: Path) -> tuple[Path, tuple[int, str]]:
    """A book that is about to fill its first tile, and its head."""
    base = tmp_path / "start"
    made = {"origin": "example.org/power", "title": "Power", "operator": "me"}
    with Book.create(base / "book", heads=base / "heads", **made) as book:
        drafts = [Draft("lot", ({"id": f"lot:old-{n}"},), "me") for n in range(250)]
        head = book.append(drafts).head
    assert head.size == 253
    return base, (head.size, head.root)


# Which names a disk keeps without being asked: none, all, or those of some folders alone.
EAGER: dict[str, Callable[[str], bool]] = {
    "none": lambda _: False,
    "all": lambda _: True,
    "checkpoint": lambda folder: folder.endswith("/public"),
    "tiles": lambda folder: "/tile" in folder,
}


def replays(
    start: tuple[Path, tuple[int, str]], work: Path, without: str
) -> list[tuple[str, dict[str, bytes], tuple[bytes, ...]]]:
    base = work / f"recorded-{without or 'whole'}"
    shutil.copytree(start[0], base)
    disks = {}
    for name, eager in EAGER.items():
        disks[name] = Disk(str(base), eager)
        disks[name].begin(base)
    calls = recorded(base, without)
    return [(name, *moment) for name, disk in disks.items() for moment in moments(calls, disk)]


def test_whenever_the_power_goes_nothing_answered_is_lost(
    start: tuple[Path, tuple[int, str]], tmp_path: Path, count
) -> None:
    found = replays(start, tmp_path, "")
    assert max(len(said) for _, _, said in found) == 3
    assert len(found) > 100
    step = max(len(found) // count(25, len(found)), 1)
    for number, (disk, left, said) in enumerate(found[len(found) % step :: step]):
        folder = tmp_path / f"left-{number}"
        case = f"moment {number}, names kept: {disk}, {len(said)} answers"
        assert fault(folder, left, said, start[1]) == "", case
        shutil.rmtree(folder)


@pytest.mark.proof
@pytest.mark.parametrize("without", [*SYNCS, *DATABASES])
def test_without_any_one_sync_some_replay_shows_a_loss(
    without: str, start: tuple[Path, tuple[int, str]], tmp_path: Path
) -> None:
    # From the end: what is lost without a sync stays lost.
    for number, (_, left, said) in enumerate(reversed(replays(start, tmp_path, without))):
        if fault(tmp_path / f"left-{number}", left, said, start[1]):
            return
    pytest.fail(f"expected a loss without the sync of {without}, found none")


def test_every_sync_in_the_code_is_one_that_is_taken_out_here() -> None:
    found = set()
    for file in Path(orebook.book.__path__[0]).glob("*.py"):
        for part in ast.walk(ast.parse(file.read_text())):
            if isinstance(part, ast.FunctionDef):
                calls = [n.func for n in ast.walk(part) if isinstance(n, ast.Call)]
                if any(isinstance(f, ast.Attribute) and f.attr == "fsync" for f in calls):
                    found.add(part.name)
    assert found == set(SYNCS)
