"""Published and captured files: written aside, synced, renamed, folder synced."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from orebook.book.bounded import FILE_MAX, open_plain
from orebook.book.errors import RecordBroken, StoreFailed
from orebook.book.ports import CHECKPOINT, PUBLISHED
from orebook.log.tile import TileFile

_BLOB = re.compile("[0-9a-f]{64}")
_ASIDE = ".part"
_LEFT = re.compile(rf"\..+\.[0-9a-f]{{16}}{re.escape(_ASIDE)}")
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def write_files(files: Sequence[tuple[Path, bytes]], mode: int = 0o644) -> None:
    """Writes whole files or none of each; durable when it returns.

    Refuses: StoreFailed naming the file the disk refused.
    """
    folders: set[Path] = set()
    moved: list[tuple[Path, Path]] = []
    try:
        for target, data in files:
            folders |= _make_folder(target.parent)
            # Another thread may be writing the same file: each has its own until it is whole.
            aside = target.with_name(f".{target.name}.{secrets.token_hex(8)}{_ASIDE}")
            moved.append((aside, target))
            with os.fdopen(os.open(aside, _FRESH, mode), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for aside, target in moved:
            aside.replace(target)
        for folder in folders:
            _sync_folder(folder)
    except OSError as error:
        for aside, _ in moved:  # what is of no use must not fill a full disk further
            with suppress(OSError):
                aside.unlink()
        message = f"{error.filename or files[0][0]}: expected to write it, found: {error.strerror}"
        raise StoreFailed(message) from error


def sweep_asides(root: Path, before: float) -> int:
    """Drops what was being written anywhere below and never came whole; says how many files.

    Takes: the time (seconds since 1970) before which it must have been written to last: a write
    that is on its way takes seconds.
    Refuses: StoreFailed for what the disk does not drop.
    """
    dropped = 0
    # A walk passes over a folder that is dropped meanwhile; `rglob` ends there.
    found = (Path(at, name) for at, _, names in os.walk(root) for name in names)
    for file in found:
        if not _LEFT.fullmatch(file.name):
            continue
        try:
            if file.lstat().st_mtime < before:
                file.unlink()
                dropped += 1
        except FileNotFoundError:
            continue  # it came whole meanwhile
        except OSError as error:
            message = f"{file}: expected to drop it, found: {error.strerror}"
            raise StoreFailed(message) from error
    return dropped


def _make_folder(folder: Path) -> set[Path]:
    """Folders whose listing changes: the folder itself, and the parent of each one made."""
    changed = {folder}
    made = folder
    while not made.exists():
        changed.add(made.parent)
        made = made.parent
    folder.mkdir(parents=True, exist_ok=True)
    return changed


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listed(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        return set()


class FolderShelf:
    """Published files below one folder; any web server may serve it unchanged."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, files: Sequence[TileFile]) -> None:
        """See `ports.Shelf`."""
        fresh: list[tuple[Path, bytes]] = []
        for path, data in files:
            target = self._place(path)
            if path != CHECKPOINT and target.exists():
                if target.read_bytes() != data:
                    message = f"{path}: expected the bytes it was published with, found others"
                    raise RecordBroken(message)
                continue
            fresh.append((target, data))
        if fresh:
            write_files(fresh)

    def get(self, path: str) -> bytes:
        """See `ports.Shelf`."""
        with self.stream(path) as file:
            return file.read(min(os.fstat(file.fileno()).st_size, FILE_MAX))

    def stream(self, path: str) -> BinaryIO:
        """See `ports.Shelf`."""
        try:
            return open_plain(self._place(path))
        except (FileNotFoundError, NotADirectoryError):
            raise LookupError(path) from None
        except OSError as error:
            message = f"{self._root / path}: expected to read it, found: {error.strerror}"
            raise StoreFailed(message) from error

    def paths(self) -> Iterable[str]:
        """See `ports.Shelf`."""
        return sorted(
            file.relative_to(self._root).as_posix()
            for file in self._root.rglob("*")
            if file.is_file() and not file.name.endswith(_ASIDE)
        )

    def discard(self, paths: Iterable[str]) -> None:
        """See `ports.Shelf`."""
        wanted: dict[str, set[str]] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            wanted.setdefault(folder, set()).add(name)
        try:
            for folder, names in wanted.items():
                # Of 255 partial tiles that may be there few are: who tries each waits for the disk.
                there = _listed(self._root / folder)
                for name in names & there:
                    self._place(f"{folder}/{name}").unlink(missing_ok=True)
                if there <= names and (self._root / folder).is_dir():
                    (self._root / folder).rmdir()
        except OSError as error:
            message = f"{error.filename}: expected to drop it, found: {error.strerror}"
            raise StoreFailed(message) from error

    def _place(self, path: str) -> Path:
        if not PUBLISHED.fullmatch(path):
            raise LookupError(path)  # nothing else is ever published, so nothing else is there
        return self._root / path


class FolderBlobs:
    """Captured files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, data: bytes) -> None:
        """See `ports.Blobs`."""
        self.put_all([(name, data)])

    def put_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """See `ports.Blobs`."""
        fresh = {self._file(name): data for name, data in reversed(files)}
        write_files([file for file in fresh.items() if not file[0].exists()], mode=0o600)

    def get(self, name: str) -> bytes:
        """See `ports.Blobs`."""
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            raise LookupError(name) from None

    def discard(self, name: str) -> bool:
        """See `ports.Blobs`."""
        path = self._file(name)
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def names(self) -> Iterable[str]:
        """See `ports.Blobs`."""
        return sorted(
            path.parent.name + path.name
            for path in self._root.glob("[0-9a-f][0-9a-f]/*")
            if _BLOB.fullmatch(path.parent.name + path.name)
        )

    def holds(self, name: str) -> bool:
        """Whether a file of that name is there."""
        return self._file(name).exists()

    def _file(self, name: str) -> Path:
        if not _BLOB.fullmatch(name):
            raise LookupError(name)
        return self._root / name[:2] / name[2:]
