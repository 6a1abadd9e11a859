"""The vault's store and captured files in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from orebook.book.ports import Copy, Sent, Tombstone, summed
from orebook.book.postgres import Database
from orebook.book.where import Postgres

if TYPE_CHECKING:
    from orebook.book.postgres import Cursor

_KEYS = {"disclosures": "digest, audience", "sets": "audience", "sent": "key"}
_WIDTHS = {"disclosures": 6, "sets": 2, "sent": 4}


class PostgresDisclosures:
    """Disclosures, tombstones and places of what was sent."""

    def __init__(self, where: Postgres) -> None:
        self._database = Database(where, "the vault")

    def put(self, copies: Sequence[Copy], sent: Sequence[Sent] = ()) -> None:
        """See `ports.Disclosures`."""
        if not copies and not sent:
            return

        def work(cursor: Cursor) -> None:
            if copies:
                self._keep(cursor, sorted(copies, key=lambda c: (c.digest, c.audience)))
            if sent:
                last = {s.key: s for s in sent}
                columns = zip(
                    *((s.key, s.position, s.count, s.leaf) for s in last.values()), strict=True
                )
                cursor.execute(
                    "INSERT INTO sent SELECT * FROM"
                    " unnest(%s::bytea[], %s::bigint[], %s::int[], %s::text[])"
                    " AS given (key, position, count, leaf) ORDER BY key"
                    " ON CONFLICT (key) DO UPDATE SET position = excluded.position,"
                    " count = excluded.count, leaf = excluded.leaf",
                    [list(column) for column in columns],
                )

        self._database.run(work)

    @staticmethod
    def _keep(cursor: Cursor, copies: Sequence[Copy]) -> None:
        _one_at_a_time(cursor)
        columns = zip(*((c.digest, c.audience, c.box, c.body) for c in copies), strict=True)
        cursor.execute(
            "INSERT INTO disclosures SELECT digest, audience, box, body FROM"
            " unnest(%s::text[], %s::text[], %s::text[], %s::bytea[])"
            " AS given (digest, audience, box, body) WHERE NOT EXISTS (SELECT 1 FROM"
            " disclosures d WHERE d.digest = given.digest AND d.gone IS NOT NULL)"
            " ON CONFLICT DO NOTHING RETURNING audience, digest",
            [list(column) for column in columns],
        )
        fresh: dict[str, list[str]] = {}
        for audience, digest in cursor.fetchall():
            fresh.setdefault(audience, []).append(digest)
        for audience, digests in fresh.items():
            _turn(cursor, audience, digests, 1)

    def sent(self, keys: Sequence[bytes]) -> dict[bytes, Sent]:
        """See `ports.Disclosures`."""
        if not keys:
            return {}
        rows = self._database.ask("SELECT * FROM sent WHERE key = ANY(%s)", (list(keys),))
        return {row[0]: Sent(*row) for row in rows}

    def copies(self, digests: Sequence[str]) -> list[Copy]:
        """See `ports.Disclosures`."""
        if not digests:
            return []
        rows = self._database.ask(
            "SELECT digest, audience, box, body FROM disclosures"
            " WHERE digest = ANY(%s) AND body IS NOT NULL ORDER BY digest, audience",
            (list(digests),),
        )
        return [Copy(*row) for row in rows]

    def totals(self, audiences: Sequence[str]) -> dict[str, bytes]:
        """See `ports.Disclosures`."""
        return dict(
            self._database.ask(
                "SELECT audience, total FROM sets WHERE audience = ANY(%s)", (list(audiences),)
            )
        )

    def take_down(self, digest: str, basis: str, date: str) -> None:
        """See `ports.Disclosures`."""

        def work(cursor: Cursor) -> bool:
            _one_at_a_time(cursor)
            cursor.execute("SELECT audience, gone FROM disclosures WHERE digest = %s", (digest,))
            rows = cursor.fetchall()
            left = [audience for audience, gone in rows if gone is None]
            cursor.execute(
                "UPDATE disclosures SET body = NULL, gone = %s, basis = %s"
                " WHERE digest = %s AND gone IS NULL",
                (date, basis, digest),
            )
            for audience in left:
                _turn(cursor, audience, [digest], -1)
            return bool(rows)

        if not self._database.run(work):
            raise LookupError(digest)
        # The row as it was must not wait for the server's own clearing up.
        self._database.ask("VACUUM disclosures")

    def drop(self, digests: Sequence[str]) -> None:
        """See `ports.Disclosures`."""

        def work(cursor: Cursor) -> None:
            _one_at_a_time(cursor)
            cursor.execute(
                "DELETE FROM disclosures WHERE digest = ANY(%s) AND gone IS NULL"
                " RETURNING digest, audience",
                (list(digests),),
            )
            rows = cursor.fetchall()
            for audience in {row[1] for row in rows}:
                _turn(cursor, audience, [d for d, a in rows if a == audience], -1)

        self._database.run(work)
        self._database.ask("VACUUM disclosures")

    def tombstones(self) -> dict[str, Tombstone]:
        """See `ports.Disclosures`."""
        rows = self._database.ask(
            "SELECT DISTINCT ON (digest) digest, gone, basis FROM disclosures"
            " WHERE gone IS NOT NULL ORDER BY digest, gone"
        )
        return {row[0]: Tombstone(*row) for row in rows}

    def rows(self, table: str, after: tuple[object, ...], limit: int) -> list[tuple[object, ...]]:
        """See `ports.Disclosures`."""
        key = _KEYS[table]
        where = f"WHERE ({key}) > ({', '.join(['%s'] * len(after))})" if after else ""
        return self._database.ask(
            f"SELECT * FROM {table} {where} ORDER BY {key} LIMIT %s",  # noqa: S608
            (*after, limit),
        )

    def load(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """See `ports.Disclosures`."""
        marks = ", ".join(["%s"] * _WIDTHS[table])
        key = _KEYS[table]

        def work(cursor: Cursor) -> None:
            for row in rows:
                named = [value for value, _ in zip(row, key.split(", "), strict=False)]
                where = " AND ".join(f"{name} = %s" for name in key.split(", "))
                cursor.execute(f"DELETE FROM {table} WHERE {where}".encode(), named)  # noqa: S608
                cursor.execute(f"INSERT INTO {table} VALUES ({marks})".encode(), list(row))  # noqa: S608

        self._database.run(work)

    def close(self) -> None:
        """See `ports.Disclosures`."""
        self._database.close()


class PostgresBlobs:
    """Captured files as rows."""

    def __init__(self, where: Postgres) -> None:
        self._database = Database(where, "captured files")

    def put(self, name: str, data: bytes) -> None:
        """See `ports.Blobs`."""
        self.put_all([(name, data)])

    def put_all(self, files: Sequence[tuple[str, bytes]]) -> None:
        """See `ports.Blobs`."""

        def work(cursor: Cursor) -> None:
            cursor.executemany(b"INSERT INTO files VALUES (%s, %s) ON CONFLICT DO NOTHING", files)

        self._database.run(work)

    def get(self, name: str) -> bytes:
        """See `ports.Blobs`."""
        rows = self._database.ask("SELECT data FROM files WHERE name = %s", (name,))
        if not rows:
            raise LookupError(name)
        return bytes(rows[0][0])

    def discard(self, name: str) -> bool:
        """See `ports.Blobs`."""
        gone: list[Any] = self._database.ask(
            "DELETE FROM files WHERE name = %s RETURNING name", (name,)
        )
        return bool(gone)

    def names(self) -> Iterable[str]:
        """See `ports.Blobs`."""
        return [row[0] for row in self._database.ask("SELECT name FROM files ORDER BY name")]

    def close(self) -> None:
        """Lets go of the connection."""
        self._database.close()


def _one_at_a_time(cursor: Cursor) -> None:
    """Until the transaction ends nobody else keeps or takes down disclosures of this schema."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema()), 1)")


def _turn(cursor: Cursor, audience: str, digests: Sequence[str], sign: int) -> None:
    """Adds digests to (or takes them from) the sum that names an audience's set."""
    cursor.execute("SELECT total FROM sets WHERE audience = %s", (audience,))
    row = cursor.fetchone()
    cursor.execute(
        "INSERT INTO sets VALUES (%s, %s)"
        " ON CONFLICT (audience) DO UPDATE SET total = excluded.total",
        (audience, summed(bytes(row[0]) if row else b"", digests, sign)),
    )
