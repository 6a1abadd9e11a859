"""The office beside the record: what a server must remember and a book can do without.

Members, tokens, capture jobs, named queries and idempotency keys lie in one small database of
papers by room and name. Nothing in it is part of the record: losing it loses no entry and no proof.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.group import Group
from orebook.book.store_sqlite import connect, reading, transaction

Body = dict[str, object]
_TABLE = (
    "CREATE TABLE IF NOT EXISTS papers"
    " (room TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL,"
    " PRIMARY KEY (room, name)) WITHOUT ROWID"
)
_PLACE = "office"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: its name within its room, whose it is, and what it says."""

    name: str
    owner: str
    body: Body


class Office:
    """Papers in one SQLite file, or in memory without a path. Many threads may use it."""

    def __init__(self, path: Path | None) -> None:
        self._database = connect(path, erases=True)
        self._lock = RLock()
        self._group: Group[tuple[str, str, str, str]] = Group(self._write)
        with all_or_closed(self._database), transaction(self._database, _PLACE) as database:
            database.execute(_TABLE)

    def put(self, room: str, name: str, body: Mapping[str, object], owner: str = "") -> None:
        """Keeps a paper, in place of one of that name; durable on return.

        Who comes at once shares a sync.
        """
        self._group.run((room, name, owner, json.dumps(body)), 1)

    def add(self, room: str, name: str, body: Mapping[str, object], owner: str = "") -> bool:
        """Keeps a paper unless one of that name is there; says whether it did."""
        with self._lock, transaction(self._database, _PLACE) as database:
            done = database.execute(
                "INSERT OR IGNORE INTO papers VALUES (?, ?, ?, ?)",
                (room, name, owner, json.dumps(body)),
            )
            return done.rowcount == 1

    def get(self, room: str, name: str) -> Paper | None:
        """The paper of that name."""
        found = self._rows("room = ? AND name = ?", (room, name), 1)
        return found[0] if found else None

    def papers(
        self, room: str, *, owner: str | None = None, after: str = "", limit: int = 1000
    ) -> list[Paper]:
        """Papers of a room in order of their names, those after `after`; of one owner if named."""
        if owner is None:
            return self._rows("room = ? AND name > ?", (room, after), limit)
        return self._rows("room = ? AND name > ? AND owner = ?", (room, after, owner), limit)

    def every(self, room: str, *, owner: str | None = None) -> Iterator[Paper]:
        """All papers of a room in order of their names, read a page at a time."""
        after = ""
        while page := self.papers(room, owner=owner, after=after):
            yield from page
            after = page[-1].name

    def drop(self, room: str, name: str) -> bool:
        """Lets go of a paper; says whether there was one."""
        with self._lock, transaction(self._database, _PLACE) as database:
            done = database.execute("DELETE FROM papers WHERE room = ? AND name = ?", (room, name))
            return done.rowcount == 1

    def trim(self, room: str, most: int) -> None:
        """Lets go of the papers that come first by name where there are more than `most`."""
        with self._lock, transaction(self._database, _PLACE) as database:
            database.execute(
                "DELETE FROM papers WHERE room = ? AND name IN (SELECT name FROM papers"
                " WHERE room = ? ORDER BY name DESC LIMIT -1 OFFSET ?)",
                (room, room, most),
            )

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._database.close()

    def _write(self, papers: Sequence[tuple[str, str, str, str]]) -> None:
        with self._lock, transaction(self._database, _PLACE) as database:
            database.executemany("INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?)", papers)

    def _rows(self, where: str, values: tuple[str, ...], limit: int) -> list[Paper]:
        with self._lock, reading(_PLACE):
            rows = self._database.execute(
                f"SELECT name, owner, body FROM papers WHERE {where} ORDER BY name LIMIT ?",  # noqa: S608
                (*values, limit),
            ).fetchall()
        return [Paper(str(name), str(owner), json.loads(body)) for name, owner, body in rows]
