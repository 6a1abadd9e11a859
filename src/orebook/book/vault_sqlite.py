"""The vault's store in SQLite: one file, what is deleted overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.ports import Copy, Sent, Tombstone, summed
from orebook.book.store_sqlite import connect, emptied, reading, transaction

_CHUNK = 500
_TABLES = (
    """CREATE TABLE IF NOT EXISTS disclosures (digest TEXT NOT NULL, audience TEXT NOT NULL,
    box TEXT NOT NULL, body BLOB, gone TEXT, basis TEXT, PRIMARY KEY (digest, audience))
    WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS sets (audience TEXT PRIMARY KEY, total BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS sent (key BLOB PRIMARY KEY, position INTEGER NOT NULL,
    count INTEGER NOT NULL, leaf TEXT NOT NULL) WITHOUT ROWID""",
)
# A vault of the first form held one copy of each disclosure, for one audience.
_FROM_FIRST = (
    "ALTER TABLE disclosures RENAME TO first_disclosures",
    _TABLES[0],
    "INSERT INTO disclosures SELECT digest, audience, '', body, gone, basis FROM first_disclosures",
    "DROP TABLE first_disclosures",
)


class SqliteDisclosures:
    """Disclosures in one SQLite file, or in memory without a path."""

    def __init__(self, path: Path | None) -> None:
        self._database = connect(path, erases=True, carried=True)
        self._place = path.name if path else "vault"
        self._lock = RLock()
        with all_or_closed(self._database), transaction(self._database, self._place) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(disclosures)")]
            for statement in () if not columns or "box" in columns else _FROM_FIRST:
                database.execute(statement)
            for statement in _TABLES:
                database.execute(statement)

    def put(self, copies: Sequence[Copy], sent: Sequence[Sent] = ()) -> None:
        """See `ports.Disclosures`."""
        with self._lock, transaction(self._database, self._place) as database:
            rows = self._rows([c.digest for c in copies], "digest, audience, gone")
            there = {(row[0], row[1]) for row in rows}
            gone = {row[0] for row in rows if row[2] is not None}
            fresh = [
                c for c in copies if c.digest not in gone and (c.digest, c.audience) not in there
            ]
            database.executemany(
                "INSERT INTO disclosures (digest, audience, box, body) VALUES (?, ?, ?, ?)",
                [(c.digest, c.audience, c.box, c.body) for c in fresh],
            )
            for audience in {c.audience for c in fresh}:
                self._turn(audience, [c.digest for c in fresh if c.audience == audience], 1)
            database.executemany(
                "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)",
                [(s.key, s.position, s.count, s.leaf) for s in sent],
            )

    def sent(self, keys: Sequence[bytes]) -> dict[bytes, Sent]:
        """See `ports.Disclosures`."""
        found: dict[bytes, Sent] = {}
        with self._lock, reading(self._place):
            for begin in range(0, len(keys), _CHUNK):
                part = keys[begin : begin + _CHUNK]
                marks = ",".join("?" * len(part))
                rows = self._database.execute(
                    f"SELECT key, position, count, leaf FROM sent WHERE key IN ({marks})",  # noqa: S608
                    part,
                )
                found |= {row[0]: Sent(*row) for row in rows}
        return found

    def copies(self, digests: Sequence[str]) -> list[Copy]:
        """See `ports.Disclosures`."""
        with self._lock:
            rows = self._rows(digests, "digest, audience, box, body")
        return [
            Copy(str(digest), str(audience), str(box), body)
            for digest, audience, box, body in rows
            if isinstance(body, bytes)
        ]

    def totals(self, audiences: Sequence[str]) -> dict[str, bytes]:
        """See `ports.Disclosures`."""
        marks = ",".join("?" * len(audiences))
        with self._lock, reading(self._place):
            rows = self._database.execute(
                f"SELECT audience, total FROM sets WHERE audience IN ({marks})",  # noqa: S608
                tuple(audiences),
            ).fetchall()
        return {str(audience): bytes(total) for audience, total in rows}

    def take_down(self, digest: str, basis: str, date: str) -> None:
        """See `ports.Disclosures`."""
        with self._lock:
            with transaction(self._database, self._place) as database:
                rows = self._rows([digest], "audience, gone")
                if not rows:
                    raise LookupError(digest)
                left = [str(audience) for audience, gone in rows if gone is None]
                database.execute(
                    "UPDATE disclosures SET body = NULL, gone = ?, basis = ?"
                    " WHERE digest = ? AND gone IS NULL",
                    (date, basis, digest),
                )
                for audience in left:
                    self._turn(audience, [digest], -1)
            emptied(self._database, self._place)  # nor must the bytes live on there

    def drop(self, digests: Sequence[str]) -> None:
        """See `ports.Disclosures`."""
        with self._lock:
            with transaction(self._database, self._place) as database:
                rows = self._rows(digests, "digest, audience, gone")
                held = [(str(row[0]), str(row[1])) for row in rows if row[2] is None]
                database.executemany(
                    "DELETE FROM disclosures WHERE digest = ? AND audience = ?", held
                )
                for audience in {audience for _, audience in held}:
                    self._turn(audience, [d for d, a in held if a == audience], -1)
            emptied(self._database, self._place)

    def tombstones(self) -> dict[str, Tombstone]:
        """See `ports.Disclosures`."""
        with self._lock, reading(self._place):
            rows = self._database.execute(
                "SELECT digest, MIN(gone), basis FROM disclosures WHERE gone IS NOT NULL"
                " GROUP BY digest"
            ).fetchall()
        return {row[0]: Tombstone(*row) for row in rows}

    def rows(self, table: str, after: tuple[object, ...], limit: int) -> list[tuple[object, ...]]:
        """See `ports.Disclosures`."""
        keys = {"disclosures": ("digest", "audience"), "sets": ("audience",), "sent": ("key",)}
        names = keys[table]
        held = ",".join(names)
        marks = ",".join("?" * len(names))
        where = f"WHERE ({held}) > ({marks})" if after else ""
        with self._lock, reading(self._place):
            return self._database.execute(
                f"SELECT * FROM {table} {where} ORDER BY {held} LIMIT ?",  # noqa: S608
                (*after, limit),
            ).fetchall()

    def load(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """See `ports.Disclosures`."""
        if table not in {"disclosures", "sets", "sent"}:
            raise LookupError(table)
        if not rows:
            return
        marks = ",".join("?" * len(rows[0]))
        with self._lock, transaction(self._database, self._place) as database:
            database.executemany(
                f"INSERT OR REPLACE INTO {table} VALUES ({marks})",  # noqa: S608
                [tuple(row) for row in rows],
            )

    def close(self) -> None:
        """See `ports.Disclosures`."""
        with self._lock:
            self._database.close()

    def _rows(self, digests: Sequence[str], columns: str) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for begin in range(0, len(digests), _CHUNK):
            part = digests[begin : begin + _CHUNK]
            marks = ",".join("?" * len(part))
            with reading(self._place):
                rows += self._database.execute(
                    f"SELECT {columns} FROM disclosures WHERE digest IN ({marks})",  # noqa: S608
                    part,
                ).fetchall()
        return rows

    def _turn(self, audience: str, digests: Iterable[str], sign: int) -> None:
        """Adds digests to (or takes them from) the sum that names an audience's set."""
        row = self._database.execute(
            "SELECT total FROM sets WHERE audience = ?", (audience,)
        ).fetchone()
        total = summed(bytes(row[0]) if row else b"", digests, sign)
        self._database.execute("INSERT OR REPLACE INTO sets VALUES (?, ?)", (audience, total))
