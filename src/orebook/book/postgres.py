"""One connection to the schema of a book in PostgreSQL, and what a loss of it means.

A connection that is lost in the middle of a write leaves it open whether the write stands. Before
anything else is asked, the server's process of the lost connection is ended and seen to be gone, so
that no failed write can land later; then the work, which is written to be repeatable, is done once
more. What fails twice is told as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from orebook.book.errors import StoreFailed
from orebook.book.where import Postgres
from orebook.model.problem import KeeperError

if TYPE_CHECKING:
    import psycopg

    Cursor = psycopg.Cursor[Any]

T = TypeVar("T")
VERSION = 1
_SETTLE_SECONDS = 10.0
# A client that freezes with a lock in its hands is thrown out by the server after this long.
IDLE_MILLISECONDS = 5_000
_SESSION = (
    "SET client_min_messages = warning",
    f"SET idle_in_transaction_session_timeout = {IDLE_MILLISECONDS}",
    f"SET lock_timeout = {2 * IDLE_MILLISECONDS}",
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
_TABLES = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.about (version int NOT NULL);
INSERT INTO {schema}.about SELECT {version} WHERE NOT EXISTS (SELECT 1 FROM {schema}.about);
CREATE TABLE IF NOT EXISTS {schema}.stage (position bigint PRIMARY KEY, leaf bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.fence (one int PRIMARY KEY CHECK (one = 1),
    epoch bigint NOT NULL);
INSERT INTO {schema}.fence VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {schema}.head (one int PRIMARY KEY CHECK (one = 1), note bytea,
    epoch bigint NOT NULL, holder text NOT NULL, lock text NOT NULL);
INSERT INTO {schema}.head VALUES (1, NULL, 0, '', '') ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {schema}.tiles (path text COLLATE "C" PRIMARY KEY, size bigint,
    data bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.disclosures (digest text COLLATE "C" NOT NULL,
    audience text COLLATE "C" NOT NULL, box text NOT NULL, body bytea, gone text, basis text,
    PRIMARY KEY (digest, audience));
CREATE TABLE IF NOT EXISTS {schema}.sets (audience text COLLATE "C" PRIMARY KEY,
    total bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.sent (key bytea PRIMARY KEY, position bigint NOT NULL,
    count int NOT NULL, leaf text NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.files (name text COLLATE "C" PRIMARY KEY, data bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.queue (ticket bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body bytea NOT NULL, answer bytea, offered timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS queue_waiting ON {schema}.queue (ticket) WHERE answer IS NULL;
DO $$ DECLARE kept record; BEGIN
    FOR kept IN SELECT attrelid::regclass AS held, attname FROM pg_attribute
        WHERE attrelid IN ('{schema}.stage'::regclass, '{schema}.tiles'::regclass,
            '{schema}.files'::regclass, '{schema}.queue'::regclass)
        AND atttypid = 'bytea'::regtype AND attstorage = 'x'
    LOOP EXECUTE format('ALTER TABLE %s ALTER %I SET STORAGE EXTERNAL', kept.held, kept.attname);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;
"""
# EXTERNAL: what lies there is random or base64, and to compress it costs more than all else.
_WHY = {
    "08": "the connection could not be made or was lost",
    "28": "it does not let this user in",
    "3D": "there is no such database",
    "3F": "there is no such schema",
    "40": "it gave way to another transaction",
    "42501": "this user may not do that",
    "42": "its tables are not those of a book",
    "53": "it has run out of room, memory or connections",
    "54": "a limit of the server was passed",
    "55": "another writer holds what is needed",
    "57": "it was told to stop, or is starting",
    "58": "its disk or system failed",
    "XX": "its own data is damaged",
}


def why(error: psycopg.Error) -> str:
    """What went wrong as one sentence, with the SQLSTATE where the server gave one."""
    state = error.sqlstate or ""
    told = _WHY.get(state) or _WHY.get(state[:2])
    if told is None:
        told = _WHY["08"] if not state else "it refused the statement"
    return f"{told} (SQLSTATE {state})" if state else told


class Database:
    """A connection to one schema; calls may come from many threads, one at a time goes through.

    Takes: where it is; `place`, how faults name what is kept there.
    """

    def __init__(self, where: Postgres, place: str) -> None:
        self.where = where
        self.schema = where.schema
        self.place = place
        self._conninfo = _checked(where.conninfo)
        self._lock = RLock()
        self._connection: psycopg.Connection[Any] | None = None
        self._left: tuple[int, object] | None = None  # the server's process of the last connection
        self._closed = False

    def run(self, work: Callable[[Cursor], T]) -> T:
        """What `work` gives, done in one transaction: all of it or nothing; durable on return.

        Takes: work that may be done twice over.
        Refuses: StoreFailed once a second try has failed too.
        """
        return self._twice(work, one=False)

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, by itself a transaction; one that may be done twice over.

        Refuses: StoreFailed.
        """

        def work(cursor: Cursor) -> list[tuple[Any, ...]]:
            cursor.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else []

        return self._twice(work, one=True)

    def listen(self, channel: str, seconds: float) -> None:
        """Returns when something was said on that channel, or after that time."""
        import psycopg

        with self._lock:
            try:
                connection = self._open()
                if channel not in self._heard:
                    connection.execute(f'LISTEN "{channel}"')
                    self._heard.add(channel)
                for _ in connection.notifies(timeout=seconds, stop_after=1):
                    return
            except psycopg.Error as error:
                self._lost(error)
                time.sleep(seconds)

    def close(self) -> None:
        """Lets go of the connection."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _twice(self, work: Callable[[Cursor], T], *, one: bool) -> T:
        import psycopg

        with self._lock:
            for last in (False, True):
                try:
                    connection = self._open()
                    if one:
                        with connection.cursor() as cursor:
                            return work(cursor)
                    with connection.transaction(), connection.cursor() as cursor:
                        return work(cursor)
                except psycopg.Error as error:
                    again = self._lost(error) or (error.sqlstate or "")[:2] in {"40", "55"}
                    if last or not again:
                        message = f"{self.place}: expected PostgreSQL to do it, found: {why(error)}"
                        raise StoreFailed(message) from error
        raise AssertionError("unreachable")

    def _lost(self, error: psycopg.Error) -> bool:
        """Whether the connection is gone, and with it the knowledge of what stands."""
        connection = self._connection
        if connection is not None and not connection.closed and not connection.broken:
            return False
        if connection is not None:
            connection.close()
            self._connection = None
        return error.sqlstate is None or error.sqlstate[:2] in {"08", "57", "25"}

    def _open(self) -> psycopg.Connection[Any]:
        import psycopg

        if self._closed:
            message = f"{self.place}: expected it open, found it closed"
            raise StoreFailed(message)
        if self._connection is not None and not self._connection.closed:
            return self._connection
        self._connection = None
        self._heard: set[str] = set()
        connection = psycopg.connect(
            self._conninfo, autocommit=True, connect_timeout=10, application_name="orebook"
        )
        try:
            for statement in (*_SESSION, f'SET search_path = "{self.schema}"'):
                connection.execute(statement.encode())
            if connection.execute("SHOW synchronous_commit").fetchall() == [("off",)]:
                connection.execute("SET synchronous_commit = on")
            if connection.execute("SHOW fsync").fetchall() == [("off",)]:
                message = (
                    f"{self.place}: expected a PostgreSQL that syncs its disk, found fsync = off:"
                    " what it answers it may lose. Switch it on in postgresql.conf"
                )
                raise StoreFailed(message)
            self._settle(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _settle(self, connection: psycopg.Connection[Any]) -> None:
        """Ends what a lost connection has left running, and waits until it is gone."""
        end = time.monotonic() + _SETTLE_SECONDS
        while (
            self._left is not None
            and connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid = %s AND backend_start = %s",
                self._left,
            ).fetchall()
        ):
            if time.monotonic() > end:
                message = (
                    f"{self.place}: expected the lost connection's process {self._left[0]} to end,"
                    " found it still at work. Nothing is written until it is gone"
                )
                raise StoreFailed(message)
            time.sleep(0.005)
        row = connection.execute(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        ).fetchone()
        self._left = (int(row[0]), row[1]) if row else None


def lay(where: Postgres) -> None:
    """Makes the schema and its tables where they are not there yet.

    Refuses: StoreFailed where the server does not let it, or holds tables of another version.
    """
    database = Database(where, f"schema {where.schema}")
    try:
        text = _TABLES.format(schema=f'"{where.schema}"', version=VERSION)

        def work(cursor: Cursor) -> object:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (where.schema,))
            cursor.execute(text.encode())
            return cursor.execute("SELECT version FROM about").fetchone()

        found = database.run(work)
    finally:
        database.close()
    if found != (VERSION,):
        message = (
            f"schema {where.schema}: expected the tables of version {VERSION}, found {found}:"
            " use the version of orebook that made them"
        )
        raise StoreFailed(message)


def _checked(conninfo: str) -> str:
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        message = "PostgreSQL needs psycopg, which is not installed: pip install 'orebook[pg]'"
        raise KeeperError(message) from error
    try:
        told = conninfo_to_dict(conninfo)
    except ProgrammingError as error:
        message = (
            "the connection of the book: expected service=NAME, KEY=VALUE words or a"
            " postgresql:// address, found something else"
        )
        raise KeeperError(message) from error
    if told.get("password") or told.get("sslpassword"):
        message = (
            "the connection of the book: expected no password in it, found one. Put it in a"
            " password file (~/.pgpass), a service file, or PGPASSWORD"
        )
        raise KeeperError(message)
    return conninfo
