"""A book is one folder: its `book.toml`, its keys, its stores, what it publishes.

`book.toml` names the origin and where entries, head, tiles and vault lie.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from orebook.book.errors import MissingFile, NoBook
from orebook.book.store_folder import write_files
from orebook.book.where import Where
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey
from orebook.log.note import Verifier, parse_vkey

SETTINGS = "book.toml"
_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of a book: the log's, the operator's, the vault's and the idempotency key."""

    log: SigningKey
    author: SigningKey
    vault: bytes
    idempotency: bytes

    @classmethod
    def generate(cls) -> Keys:
        """Fresh keys from the system's randomness."""
        return cls.from_seeds([os.urandom(_KEY_SIZE) for _ in range(4)])

    @classmethod
    def from_seeds(cls, seeds: list[bytes]) -> Keys:
        """The keys of four 32-byte secrets, in the order of the fields."""
        log, author, vault, idempotency = seeds
        return cls(SigningKey(log), SigningKey(author), vault, idempotency)

    def save(self, folder: Path) -> None:
        """Writes one file per key, readable by the owner of the files alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secrets = (self.log.seed, self.author.seed, self.vault, self.idempotency)
        write_files(
            [
                (folder / f"{name}.key", secret.hex().encode() + b"\n")
                for name, secret in zip(_KEY_NAMES, secrets, strict=True)
            ],
            mode=0o600,
        )

    @staticmethod
    def there(folder: Path) -> bool:
        """Whether all the key files are there: nothing is signed before they are."""
        return all((folder / f"{name}.key").exists() for name in _KEY_NAMES)

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """The keys of a folder. Refuses: MissingFile naming the key file that is not as it was."""
        return cls.from_seeds([_read_key(folder / f"{name}.key") for name in _KEY_NAMES])


_KEY_NAMES = ("log", "author", "vault", "idempotency")


def _read_key(path: Path) -> bytes:
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        message = f"{path}: expected a key file, found none. Put it back from the keeper's copy."
        raise MissingFile(message) from None
    except (ValueError, OSError):
        secret = b""
    if len(secret) != _KEY_SIZE:
        message = f"{path}: expected {_KEY_SIZE} bytes in hex, found something else"
        raise MissingFile(message)
    return secret


@dataclass(frozen=True, slots=True)
class Settings:
    """What `book.toml` says: names, the log's verifier key, where each part lies."""

    origin: str
    title: str
    created: str
    operator: str
    log_key: str
    mirrors: tuple[str, ...] = ()
    where: Where = field(default_factory=Where)

    def verifier(self) -> Verifier:
        """The log's verifier key. Refuses: MissingFile for one that is none or not this log's."""
        try:
            verifier = parse_vkey(self.log_key)
        except LogError as error:
            message = f"{SETTINGS}, log_key: {error}"
            raise MissingFile(message) from error
        if verifier.name != self.origin:
            message = f"{SETTINGS}, log_key: expected a key of {self.origin}, found {verifier.name}"
            raise MissingFile(message)
        return verifier

    def save(self, folder: Path, moved: str = "") -> None:
        """Writes `book.toml`; of a book that has `moved`, where to."""
        texts = {
            "origin": self.origin,
            "title": self.title,
            "created": self.created,
            "operator": self.operator,
            "log_key": self.log_key,
        }
        lines = [f"{name} = {json.dumps(text)}" for name, text in texts.items()]
        if moved:
            lines.append(f"moved = {json.dumps(moved)}")
        if self.mirrors:
            lines += ["", "[memory]", f"mirrors = {json.dumps(list(self.mirrors))}"]
        lines += [*self.where.lines(), ""]
        write_files([(folder / SETTINGS, "\n".join(lines).encode())])

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """The settings of a book's folder. Refuses: NoBook; MissingFile where it is broken."""
        path = folder / SETTINGS
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            message = (
                f"{folder}: expected a book ({SETTINGS}), found none."
                f" Make one: orebook init {folder} --origin HOST/NAME --title TITLE"
            )
            raise NoBook(message) from None
        except (ValueError, OSError) as error:
            message = f"{path}: expected TOML, found: {error}"
            raise MissingFile(message) from error
        names = ("origin", "title", "created", "operator", "log_key")
        for name in names:
            if not isinstance(data.get(name), str):
                message = f"{path}: expected text for {name}, found {data.get(name)!r}"
                raise MissingFile(message)
        if (moved := data.get("moved")) is not None:
            message = f"{path}: this book has moved to {moved}; open it there"
            raise MissingFile(message)
        where = Where.read(data, path)
        mirrors = data.get("memory", {}).get("mirrors", [])
        if not isinstance(mirrors, list) or not all(isinstance(m, str) for m in mirrors):
            message = f"{path}: expected memory.mirrors as a list of addresses, found {mirrors!r}"
            raise MissingFile(message)
        origin, title, created, operator, log_key = (data[name] for name in names)
        return cls(origin, title, created, operator, log_key, tuple(mirrors), where)
