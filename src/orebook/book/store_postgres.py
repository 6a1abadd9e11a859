"""Stage, head cell and published files in PostgreSQL.

Every write is one statement or one short transaction, and may be done twice over. A client that
freezes inside one is thrown out by the server, so that it holds up nobody for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import SEEK_CUR, SEEK_END, BufferedReader, BytesIO, RawIOBase
from typing import TYPE_CHECKING, BinaryIO

from orebook.book.closing import C, Closing
from orebook.book.errors import Fenced, HeadMoved, RecordBroken, StoreFailed
from orebook.book.ports import CHECKPOINT, PUBLISHED
from orebook.book.postgres import Database, lay
from orebook.book.queue_postgres import PostgresLocks, PostgresQueue
from orebook.book.store_sqlite import passed
from orebook.book.turn import Turn
from orebook.book.vault_postgres import PostgresBlobs, PostgresDisclosures
from orebook.book.where import Postgres
from orebook.log.tile import TileFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from orebook.book.postgres import Cursor

_PART = 128 << 10  # bytes that are fetched at once of a file that is read in parts


class PostgresParts:
    """The stores of one schema, each on a connection of its own. The tables are made if absent."""

    def __init__(self, where: Postgres) -> None:
        self._where = where
        self._made: list[Closing] = []
        lay(where)

    def entries(self) -> PostgresEntries:
        """The stage."""
        return self._kept(PostgresEntries(self._where))

    def head(self) -> PostgresHead:
        """The head cell."""
        return self._kept(PostgresHead(self._where))

    def shelf(self) -> PostgresShelf:
        """Published files."""
        return self._kept(PostgresShelf(self._where))

    def disclosures(self) -> PostgresDisclosures:
        """The vault's store."""
        return self._kept(PostgresDisclosures(self._where))

    def blobs(self) -> PostgresBlobs:
        """Captured files."""
        return self._kept(PostgresBlobs(self._where))

    def locks(self) -> PostgresLocks:
        """Locks between processes."""
        return self._kept(PostgresLocks(self._where))

    def queue(self) -> PostgresQueue:
        """Works that wait for the one whose turn it is."""
        return self._kept(PostgresQueue(self._where))

    def close(self) -> None:
        """Lets go of every connection that was made here."""
        for store in self._made:
            store.close()

    def _kept(self, store: C) -> C:
        self._made.append(store)
        return store


class PostgresEntries:
    """The stage as a table."""

    def __init__(self, where: Postgres) -> None:
        self._database = Database(where, "the stage")

    def stage(self, start: int, leaves: Sequence[bytes], epoch: int = 0) -> None:
        """See `ports.Entries`."""

        def work(cursor: Cursor) -> None:
            # The row of the fence is the lock under which one writer at a time stages.
            cursor.execute(
                "UPDATE fence SET epoch = %s WHERE epoch <= %s RETURNING"
                " (SELECT min(position) FROM stage), (SELECT max(position) + 1 FROM stage)",
                (epoch, epoch),
            )
            row = cursor.fetchone()
            if row is None:
                seen = cursor.execute("SELECT epoch FROM fence").fetchone()
                present = int(seen[0]) if seen else 0
                raise Fenced(passed("the stage", present, epoch), present=present)
            begin, end = row if row[0] is not None else (max(start, 0), max(start, 0))
            if not begin <= start <= end:
                message = (
                    f"the stage: expected a start from {begin} to {end}, found {start}: it was put"
                    " back from a copy, or is another book's. Everything up to the head is"
                    " published: empty the table stage, and it begins anew"
                )
                raise StoreFailed(message)
            if start < end:
                cursor.execute("DELETE FROM stage WHERE position >= %s", (start,))
            cursor.execute(
                "INSERT INTO stage SELECT %s + number - 1, leaf"
                " FROM unnest(%s::bytea[]) WITH ORDINALITY AS given (leaf, number)",
                (start, list(leaves)),
                binary=True,
            )

        self._database.run(work)

    def read(self, start: int, stop: int) -> list[bytes]:
        """See `ports.Entries`."""
        if start >= stop:
            return []

        def work(cursor: Cursor) -> list[tuple[int, bytes]]:
            cursor.execute(
                "SELECT position, leaf FROM stage WHERE position >= %s AND position < %s"
                " ORDER BY position",
                (start, stop),
                binary=True,
            )
            return cursor.fetchall()

        rows = self._database.run(work)
        for expected, (position, _) in zip(range(start, stop), rows, strict=False):
            if position != expected:
                message = f"the stage: no leaf at position {expected}"
                raise LookupError(message)
        if len(rows) < stop - start:
            message = f"the stage: no leaf at position {start + len(rows)}"
            raise LookupError(message)
        return [leaf for _, leaf in rows]

    def release(self, below: int) -> None:
        """See `ports.Entries`."""
        self._database.ask(
            "DELETE FROM stage WHERE position < LEAST(%s, (SELECT max(position) FROM stage))",
            (below,),
        )

    def clear(self) -> None:
        """See `ports.Entries`."""

        def work(cursor: Cursor) -> None:
            cursor.execute("UPDATE fence SET epoch = 0")
            cursor.execute("DELETE FROM stage")

        self._database.run(work)

    def close(self) -> None:
        """See `ports.Entries`."""
        self._database.close()


class PostgresHead:
    """The head cell as one row: the signed head, and whose turn it is."""

    def __init__(self, where: Postgres) -> None:
        self._database = Database(where, "the head cell")

    def get(self) -> bytes | None:
        """See `ports.HeadCell`."""
        return self._row()[0]

    def swap(self, expected: bytes | None, new: bytes, epoch: int = 0) -> None:
        """See `ports.HeadCell`."""
        tried = False

        def work(cursor: Cursor) -> bool:
            nonlocal tried
            done = cursor.execute(
                "UPDATE head SET note = %s WHERE note IS NOT DISTINCT FROM %s AND epoch <= %s",
                (new, expected, epoch),
            ).rowcount
            if done:
                return True
            row = cursor.execute("SELECT note, epoch FROM head").fetchone()
            if tried and row and row[0] == new:
                return True  # the first try stands, only its answer was lost
            if row and row[1] > epoch:
                raise Fenced(passed("the head cell", row[1], epoch), present=row[1])
            return False

        def once(cursor: Cursor) -> bool:
            nonlocal tried
            try:
                return work(cursor)
            finally:
                tried = True

        if not self._database.run(once):
            message = "the head is not the one expected: another writer has moved it"
            raise HeadMoved(message)

    def turn(self) -> Turn:
        """See `ports.HeadCell`."""
        return self._row()[1]

    def take(self, expected: Turn, new: Turn) -> None:
        """See `ports.HeadCell`."""

        def work(cursor: Cursor) -> bool:
            done = cursor.execute(
                "UPDATE head SET epoch = %s, holder = %s, lock = %s"
                " WHERE epoch = %s AND holder = %s AND lock = %s AND epoch < %s",
                (
                    *(new.epoch, new.holder, new.lock),
                    *(expected.epoch, expected.holder, expected.lock, new.epoch),
                ),
            ).rowcount
            return bool(done)

        # After a lost answer the turn may be ours already: it carries our name and no other's.
        if not self._database.run(work) and self.turn() != new:
            message = "the turn is not the one expected: another writer has taken it"
            raise HeadMoved(message)

    def close(self) -> None:
        """See `ports.HeadCell`."""
        self._database.close()

    def _row(self) -> tuple[bytes | None, Turn]:
        rows = self._database.ask("SELECT note, epoch, holder, lock FROM head")
        if len(rows) != 1:
            message = f"the head cell: expected one row in the table head, found {len(rows)}"
            raise StoreFailed(message)
        note, *turn = rows[0]
        return note, Turn(*turn)


class PostgresShelf:
    """Published files as rows. A checkpoint never gives way to a smaller one."""

    def __init__(self, where: Postgres) -> None:
        self._where = where
        self._database = Database(where, "the published files")

    def __reduce__(self) -> tuple[type[PostgresShelf], tuple[Postgres]]:
        return PostgresShelf, (self._where,)

    def put(self, files: Sequence[TileFile]) -> None:
        """See `ports.Shelf`."""
        for path, _ in files:
            if not PUBLISHED.fullmatch(path):
                raise LookupError(path)
        if not files:
            return

        def work(cursor: Cursor) -> None:
            tiles = {f.path: f.data for f in files if f.path != CHECKPOINT}
            if tiles:
                given = (list(tiles), list(tiles.values()))
                cursor.execute(
                    "INSERT INTO tiles SELECT path, NULL, data"
                    " FROM unnest(%s::text[], %s::bytea[]) AS given (path, data)"
                    " ORDER BY path ON CONFLICT (path) DO NOTHING",
                    given,
                    binary=True,
                )
                if cursor.rowcount < len(tiles):
                    self._compare(cursor, tiles)
            for file in files:
                if file.path == CHECKPOINT:
                    # A process that froze while it published must not take the head back.
                    cursor.execute(
                        "INSERT INTO tiles VALUES (%s, %s, %s) ON CONFLICT (path) DO UPDATE"
                        " SET size = excluded.size, data = excluded.data"
                        " WHERE COALESCE(tiles.size, 0) <= COALESCE(excluded.size, tiles.size, 0)",
                        (file.path, _size(file.data), file.data),
                    )

        self._database.run(work)

    @staticmethod
    def _compare(cursor: Cursor, tiles: dict[str, bytes]) -> None:
        cursor.execute(
            "SELECT path, data FROM tiles WHERE path = ANY(%s)", (list(tiles),), binary=True
        )
        for path, data in cursor.fetchall():
            if tiles[path] != data:
                message = f"{path}: expected the bytes it was published with, found others"
                raise RecordBroken(message)

    def get(self, path: str) -> bytes:
        """See `ports.Shelf`."""
        if not PUBLISHED.fullmatch(path):
            raise LookupError(path)

        def work(cursor: Cursor) -> list[tuple[bytes]]:
            cursor.execute("SELECT data FROM tiles WHERE path = %s", (path,), binary=True)
            return cursor.fetchall()

        rows = self._database.run(work)
        if not rows:
            raise LookupError(path)
        return rows[0][0]

    def stream(self, path: str) -> BinaryIO:
        """See `ports.Shelf`. A partial tile may be dropped meanwhile, so it is fetched whole."""
        if ".p/" in path or not PUBLISHED.fullmatch(path):
            return BytesIO(self.get(path))
        rows = self._database.ask("SELECT octet_length(data) FROM tiles WHERE path = %s", (path,))
        if not rows:
            raise LookupError(path)
        return BufferedReader(_Parts(self._database, path, int(rows[0][0])), _PART)

    def paths(self) -> Iterable[str]:
        """See `ports.Shelf`."""
        return [row[0] for row in self._database.ask("SELECT path FROM tiles ORDER BY path")]

    def discard(self, paths: Iterable[str]) -> None:
        """See `ports.Shelf`."""

        def work(cursor: Cursor) -> None:
            cursor.execute("SET LOCAL synchronous_commit = off")  # lost, it is done another time
            cursor.execute("DELETE FROM tiles WHERE path = ANY(%s)", (list(paths),))

        self._database.run(work)

    def close(self) -> None:
        """Lets go of the connection."""
        self._database.close()


class _Parts(RawIOBase):
    """A published file of which the server sends what is read."""

    def __init__(self, database: Database, path: str, size: int) -> None:
        super().__init__()
        self._database = database
        self._path = path
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        start = {SEEK_CUR: self._at, SEEK_END: self._size}.get(whence, 0)
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)

        def work(cursor: Cursor) -> list[tuple[bytes]]:
            cursor.execute(
                "SELECT substring(data FROM %s::int FOR %s::int) FROM tiles WHERE path = %s",
                (self._at + 1, len(room), self._path),
                binary=True,
            )
            return cursor.fetchall()

        rows = self._database.run(work)
        if not rows:
            raise LookupError(self._path)
        data = rows[0][0]
        room[: len(data)] = data
        self._at += len(data)
        return len(data)


def _size(note: bytes) -> int | None:
    """The size a checkpoint names on its second line. Source: C2SP tlog-checkpoint."""
    lines = note.split(b"\n", 2)
    return int(lines[1]) if len(lines) > 1 and lines[1].isdigit() else None
