"""Published and captured files: written aside, synced, renamed, folder synced."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from nacl import bindings
from nacl.exceptions import CryptoError

from orebook.book.errors import RecordBroken, StoreFailed
from orebook.book.ports import BESIDE, CHECKPOINT
from orebook.log.tile import TileFile

_PATH = re.compile(
    rf"checkpoint|{BESIDE.pattern}"
    r"|tile/[0-9a-z]+(?:/x?\d{3})*(?:/\d{3}(?:\.p/\d{1,3})?)"
)
_ASIDE = ".part"
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def write_files(files: Sequence[tuple[Path, bytes]], mode: int = 0o644) -> None:
    """Writes whole files or none of each; durable when it returns.

    Refuses: StoreFailed naming the file the disk refused.
    """
    folders: set[Path] = set()
    moved: list[tuple[Path, Path]] = []
    try:
        for target, data in files:
            folders |= _make_folder(target.parent)
            aside = target.with_name(f".{target.name}.{os.getpid()}{_ASIDE}")
            with os.fdopen(os.open(aside, _FRESH, mode), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            moved.append((aside, target))
        for aside, target in moved:
            aside.replace(target)
        for folder in folders:
            _sync_folder(folder)
    except OSError as error:
        message = f"{error.filename or files[0][0]}: expected to write it, found: {error.strerror}"
        raise StoreFailed(message) from error


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
        try:
            return self._place(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise LookupError(path) from None

    def paths(self) -> Iterable[str]:
        """See `ports.Shelf`."""
        return sorted(
            file.relative_to(self._root).as_posix()
            for file in self._root.rglob("*")
            if file.is_file() and not file.name.endswith(_ASIDE)
        )

    def discard(self, paths: Iterable[str]) -> None:
        """See `ports.Shelf`."""
        folders = set()
        try:
            for path in paths:
                target = self._place(path)
                target.unlink(missing_ok=True)
                folders.add(target.parent)
            for folder in folders:
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
        except OSError as error:
            message = f"{error.filename}: expected to drop it, found: {error.strerror}"
            raise StoreFailed(message) from error

    def _place(self, path: str) -> Path:
        if not _PATH.fullmatch(path):
            raise LookupError(path)  # nothing else is ever published, so nothing else is there
        return self._root / path


class Files:
    """Captured files by their SHA-256; beside the record, never in it. In memory without a root.

    A file may hold what is sealed in the record: it lies encrypted to the vault's key, under a
    name that says nothing of its bytes to who lacks that key.
    """

    def __init__(self, root: Path | None, secret: bytes) -> None:
        self._root = root
        self._secret = secret
        self._memory: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keeps the bytes durably and gives their SHA-256 in hex."""
        digest = sha256(data).hexdigest()
        if self._root is None:
            self._memory[digest] = data
        elif not (path := self._file(self._root, digest)).exists():
            public = bindings.crypto_scalarmult_base(self._secret)
            write_files([(path, bindings.crypto_box_seal(data, public))], mode=0o600)
        return digest

    def discard(self, digest: str) -> bool:
        """Deletes the file of that digest; says whether it was there."""
        if self._root is None:
            return self._memory.pop(digest, None) is not None
        path = self._file(self._root, digest)
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def get(self, digest: str) -> bytes:
        """The bytes of that digest, checked. Refuses: LookupError; RecordBroken for other bytes."""
        if self._root is None:
            return self._memory[digest]
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise LookupError(digest)
        try:
            boxed = self._file(self._root, digest).read_bytes()
        except FileNotFoundError:
            raise LookupError(digest) from None
        public = bindings.crypto_scalarmult_base(self._secret)
        try:
            data = bindings.crypto_box_seal_open(boxed, public, self._secret)
        except (CryptoError, ValueError):
            data = b""
        if sha256(data).hexdigest() != digest:
            message = f"files/{digest}: expected the bytes of that digest, found others"
            raise RecordBroken(message)
        return data

    def _file(self, root: Path, digest: str) -> Path:
        name = hmac.digest(self._secret, digest.encode(), sha256).hex()
        return root / name[:2] / name[2:]
