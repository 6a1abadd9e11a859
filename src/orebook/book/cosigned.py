"""What witnesses have said of this book's heads: confirmations, failures, and alarms.

Kept beside the record, never in it: `witnesses.sqlite3` may be lost, and the witnesses are asked
again. Whom to ask stands in `witnesses.policy`, a C2SP tlog-policy file with addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.errors import MissingFile
from orebook.book.store_sqlite import connect, transaction
from orebook.log.errors import LogError
from orebook.log.note import NoteVerifier, Signature, add_signatures, parse_note
from orebook.log.policy import Policy, parse_policy

POLICY = "witnesses.policy"
DATABASE = "witnesses.sqlite3"
_TABLES = """
CREATE TABLE IF NOT EXISTS asked (
    url TEXT PRIMARY KEY, size INTEGER NOT NULL, outcome TEXT NOT NULL, text TEXT NOT NULL,
    time INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS cosigned (
    size INTEGER NOT NULL, root BLOB NOT NULL, name TEXT NOT NULL, key_id BLOB NOT NULL,
    value BLOB NOT NULL, PRIMARY KEY (name, key_id));
CREATE TABLE IF NOT EXISTS alarms (
    url TEXT NOT NULL, text TEXT NOT NULL, ours BLOB NOT NULL, theirs BLOB NOT NULL,
    time INTEGER NOT NULL, PRIMARY KEY (url, text, ours))
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """How the last question to a witness ended; `size` is the head it has seen last."""

    url: str
    size: int
    outcome: str  # confirmed | failed | alarm
    text: str
    time: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """A witness that has seen another history: our head, and the head it shows (empty if none)."""

    url: str
    text: str
    ours: bytes
    theirs: bytes
    time: int


class Cosignatures:
    """The book's memory of its witnesses; in memory without a path."""

    def __init__(self, path: Path | None) -> None:
        self._database = connect(path)
        self._place = path.name if path else "witnesses"
        self._lock = RLock()
        with all_or_closed(self._database), transaction(self._database, self._place) as database:
            for table in _TABLES.split(";"):
                database.execute(table)

    def asked(self, url: str) -> Asked | None:
        """How the last question to that address ended."""
        with self._lock:
            row = self._database.execute("SELECT * FROM asked WHERE url = ?", (url,)).fetchone()
        return Asked(*row) if row else None

    def keep(self, asked: Asked) -> None:
        """Remembers how a question ended."""
        row = (asked.url, asked.size, asked.outcome, asked.text, asked.time)
        with self._lock, transaction(self._database, self._place) as database:
            database.execute("INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?)", row)

    def add(self, size: int, root: bytes, signatures: Iterable[Signature]) -> None:
        """Keeps verified cosignatures; of each key the last one stays."""
        rows = [(size, root, s.name, s.key_id, s.value) for s in signatures]
        with self._lock, transaction(self._database, self._place) as database:
            database.executemany("INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?, ?)", rows)

    def of(self, size: int, root: bytes) -> tuple[Signature, ...]:
        """The cosignatures of one head, by name."""
        with self._lock:
            rows = self._database.execute(
                "SELECT name, key_id, value FROM cosigned WHERE size = ? AND root = ?"
                " ORDER BY name, key_id",
                (size, root),
            ).fetchall()
        return tuple(Signature(*row) for row in rows)

    def latest(self) -> tuple[int, bytes, tuple[Signature, ...]] | None:
        """The largest head that any witness has confirmed: size, root, cosignatures."""
        with self._lock:
            row = self._database.execute(
                "SELECT size, root FROM cosigned ORDER BY size DESC LIMIT 1"
            ).fetchone()
        return (*row, self.of(*row)) if row else None

    def confirmed(self, keys: Iterable[NoteVerifier]) -> int:
        """The size of the largest head that any of these keys has confirmed; 0 before the first."""
        wanted = {(key.name, key.key_id) for key in keys}
        with self._lock:
            rows = self._database.execute("SELECT name, key_id, size FROM cosigned").fetchall()
        return max((size for name, key_id, size in rows if (name, key_id) in wanted), default=0)

    def alarm(self, alarm: Alarm) -> None:
        """Keeps the evidence of a history that is not ours, for good."""
        row = (alarm.url, alarm.text, alarm.ours, alarm.theirs, alarm.time)
        with self._lock, transaction(self._database, self._place) as database:
            database.execute("INSERT OR IGNORE INTO alarms VALUES (?, ?, ?, ?, ?)", row)

    def alarms(self) -> list[Alarm]:
        """Every alarm, the oldest first."""
        with self._lock:
            rows = self._database.execute("SELECT * FROM alarms ORDER BY time, url").fetchall()
        return [Alarm(*row) for row in rows]

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._database.close()


def read_policy(folder: Path | None) -> Policy | None:
    """The policy that says which witnesses a book asks; None where there is none.

    Refuses: MissingFile where the file is out of form.
    """
    path = folder / POLICY if folder is not None else None
    if path is None or not path.exists():
        return None
    try:
        return parse_policy(path.read_bytes())
    except (LogError, OSError) as error:
        message = f"{path}: {error}"
        raise MissingFile(message) from error


def merged(signed: bytes, signatures: Sequence[Signature]) -> bytes:
    """The head's note with cosignatures after the log's own lines, each key once."""
    have = {(s.name, s.key_id) for s in parse_note(signed).signatures}
    return add_signatures(signed, [s for s in signatures if (s.name, s.key_id) not in have])
