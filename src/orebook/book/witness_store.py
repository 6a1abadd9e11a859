"""A witness's memory: the last head of each log, and the heads that contradict it.

One transaction looks, decides and remembers; only then is an answer given. The folder of a witness
holds `witness.toml`, its keys and this database, which must never be put back from a copy.
"""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.errors import BookExists, MissingFile, NoBook
from orebook.book.store_folder import write_files
from orebook.book.store_sqlite import connect, transaction
from orebook.log.cosignature import CosigningKey, Ed25519CosigningKey, MlDsaCosigningKey
from orebook.log.errors import LogError
from orebook.log.keys import SEED_SIZE, SigningKey
from orebook.log.note import check_name
from orebook.log.witness import Answer, Evidence, Logs, Seen, decide
from orebook.model.problem import ReaderError

SETTINGS = "witness.toml"
DATABASE = "witness.sqlite3"
ED25519_KEY = "ed25519.key"
ML_DSA_KEY = "ml-dsa-44.key"
EVIDENCE_MAX = 1000  # per log; only its own key can make more
_TABLES = """
CREATE TABLE IF NOT EXISTS heads (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
    time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS evidence (
    key TEXT PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL, conclusive INTEGER NOT NULL,
    seen BLOB NOT NULL, sent BLOB NOT NULL, time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY CHECK (one = 1), time INTEGER NOT NULL)
"""


def system_seconds() -> int:
    """The machine's clock, in whole seconds since 1970."""
    return int(time.time())


class WitnessStore:
    """What a witness remembers, in one SQLite file; in memory without a path."""

    def __init__(self, path: Path | None) -> None:
        self._database = connect(path)
        self._place = path.name if path else "witness"
        self._lock = RLock()
        with all_or_closed(self._database), transaction(self._database, self._place) as database:
            for table in _TABLES.split(";"):
                database.execute(table)

    def add_checkpoint(
        self, data: bytes, logs: Logs, keys: Sequence[CosigningKey], now: int
    ) -> Answer:
        """The answer to one call; all it rests on is durable when it returns.

        Gives: 503 when the clock is behind the last cosignature's time, and nothing is signed.
        Refuses: StoreFailed, and then nothing may be answered but a failure.
        """
        with self._lock, transaction(self._database, self._place) as database:
            if now < self.clock():
                message = f"the clock of this witness says {now}, its last signature later\n"
                return Answer(503, message)
            answer = decide(data, logs, self.seen, [key.at(now) for key in keys], now)
            if (seen := answer.seen) is not None:
                row = (answer.origin, seen.size, seen.root, seen.note, seen.time)
                database.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", row)
                database.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (now,))
            if answer.evidence is not None:
                self._keep(answer.evidence)
            return answer

    def seen(self, origin: str) -> Seen | None:
        """The head of a log that was cosigned last."""
        with self._lock:
            row = self._database.execute(
                "SELECT size, root, note, time FROM heads WHERE origin = ?", (origin,)
            ).fetchone()
        return Seen(*row) if row else None

    def origins(self) -> tuple[str, ...]:
        """Every log that was ever cosigned, sorted."""
        with self._lock:
            rows = self._database.execute("SELECT origin FROM heads ORDER BY origin").fetchall()
        return tuple(origin for (origin,) in rows)

    def clock(self) -> int:
        """The time of the last cosignature, 0 before the first."""
        with self._lock:
            row = self._database.execute("SELECT time FROM clock").fetchone()
        return int(row[0]) if row else 0

    def forget_clock(self) -> None:
        """Lets the witness sign again at an earlier time, after a clock that ran ahead was set."""
        with self._lock, transaction(self._database, self._place) as database:
            database.execute("DELETE FROM clock")

    def evidence(self) -> list[Evidence]:
        """Every pair of heads that was kept, the oldest first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT origin, reason, conclusive, seen, sent, time FROM evidence"
                " ORDER BY time, key"
            ).fetchall()
        return [Evidence(o, r, bool(c), seen, sent, t) for o, r, c, seen, sent, t in rows]

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._database.close()

    def _keep(self, found: Evidence) -> None:
        (count,) = self._database.execute(
            "SELECT COUNT(*) FROM evidence WHERE origin = ? AND conclusive = ?",
            (found.origin, found.conclusive),
        ).fetchone()
        if count < EVIDENCE_MAX:
            self._database.execute(
                "INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    found.key,
                    found.origin,
                    found.reason,
                    found.conclusive,
                    found.seen,
                    found.sent,
                    found.time,
                ),
            )


@dataclass(frozen=True, slots=True)
class WitnessFolder:
    """A witness on disk: its name and its keys, Ed25519 first."""

    root: Path
    name: str
    keys: tuple[CosigningKey, ...]

    @classmethod
    def create(
        cls, root: Path, name: str, *, post_quantum: bool, now: Callable[[], int] = system_seconds
    ) -> WitnessFolder:
        """A new witness with fresh keys, readable by the owner of the files alone.

        Refuses: BookExists where one is; ReaderError for a name no key may bear, or for a type
        this machine cannot sign.
        """
        if (root / SETTINGS).exists():
            message = f"{root}: expected no witness there, found one"
            raise BookExists(message)
        seeds = {ED25519_KEY: os.urandom(SEED_SIZE)}
        try:
            check_name(name)
            if post_quantum:
                seeds[ML_DSA_KEY] = os.urandom(SEED_SIZE)
                MlDsaCosigningKey(name, seeds[ML_DSA_KEY], now)
        except LogError as error:
            raise ReaderError(str(error)) from error
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = [(root / file, seed.hex().encode() + b"\n") for file, seed in seeds.items()]
        write_files(files, mode=0o600)
        settings = f"name = {json.dumps(name)}\npost_quantum = {json.dumps(post_quantum)}\n"
        write_files([(root / SETTINGS, settings.encode())])
        return cls.load(root, now)

    @classmethod
    def load(cls, root: Path, now: Callable[[], int] = system_seconds) -> WitnessFolder:
        """The witness of a folder. Refuses: NoBook; MissingFile naming what is not as it was."""
        path = root / SETTINGS
        try:
            settings = tomllib.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            step = "Make one: orebook witness init"
            message = f"{root}: expected a witness ({SETTINGS}), found none. {step}"
            raise NoBook(message) from None
        except (ValueError, OSError) as error:
            message = f"{path}: expected TOML, found: {error}"
            raise MissingFile(message) from error
        name = settings.get("name")
        if not isinstance(name, str):
            message = f"{path}: expected text for name, found {name!r}"
            raise MissingFile(message)
        try:
            key = SigningKey.from_seed(_seed(root / ED25519_KEY))
            keys: list[CosigningKey] = [Ed25519CosigningKey(name, key, now)]
            if settings.get("post_quantum"):
                keys.append(MlDsaCosigningKey(name, _seed(root / ML_DSA_KEY), now))
        except LogError as error:
            message = f"{root}: {error}"
            raise MissingFile(message) from error
        return cls(root, name, tuple(keys))

    def store(self) -> WitnessStore:
        """The witness's memory."""
        return WitnessStore(self.root / DATABASE)

    def vkeys(self) -> tuple[str, ...]:
        """The verifier keys, to be given to logs and verifiers."""
        return tuple(key.verifier.vkey for key in self.keys)


def _seed(path: Path) -> bytes:
    try:
        seed = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError):
        seed = b""
    if len(seed) != SEED_SIZE:
        message = f"{path}: expected {SEED_SIZE} bytes in hex, found something else"
        raise MissingFile(message)
    return seed
