"""Locks and the queue of writers in PostgreSQL.

Advisory locks end with the connection that holds them, so a killed process lets go at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256

from orebook.book.errors import StoreFailed
from orebook.book.postgres import Database
from orebook.book.where import Postgres


class PostgresLocks:
    """Advisory locks by name, all on one connection."""

    def __init__(self, where: Postgres) -> None:
        self._database = Database(where, "the writers' lock")
        self._held: set[str] = set()

    def attempt(self, name: str) -> Callable[[], None] | None:
        """See `ports.Locks`."""
        if name in self._held:  # the server counts a session's locks and would give it again
            return None
        number = self._number(name)
        if self._database.ask("SELECT pg_try_advisory_lock(%s)", (number,)) != [(True,)]:
            return None
        self._held.add(name)

        def release() -> None:
            self._held.discard(name)
            with suppress(StoreFailed):  # with its connection the lock is gone anyway
                self._database.ask("SELECT pg_advisory_unlock(%s)", (number,))

        return release

    def close(self) -> None:
        """Lets go of the connection and of every lock."""
        self._database.close()

    def _number(self, name: str) -> int:
        digest = sha256(f"orebook {self._database.schema} {name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


class PostgresQueue:
    """Works by ticket, and their answers."""

    def __init__(self, where: Postgres) -> None:
        self._database = Database(where, "the queue of writers")
        self._ears = Database(where, "the queue of writers")
        self._channel = f"orebook_{sha256(where.schema.encode()).hexdigest()[:32]}"

    def offer(self, works: Sequence[bytes]) -> list[int]:
        """See `ports.Queue`."""
        rows = self._database.ask(
            "INSERT INTO queue (body) SELECT body FROM unnest(%s::bytea[])"
            " WITH ORDINALITY AS given (body, number) ORDER BY number RETURNING ticket",
            (list(works),),
        )
        return sorted(int(row[0]) for row in rows)

    def waiting(self, limit: int) -> dict[int, bytes]:
        """See `ports.Queue`."""
        return dict(
            self._database.ask(
                "SELECT ticket, body FROM queue WHERE answer IS NULL ORDER BY ticket LIMIT %s",
                (limit,),
            )
        )

    def answer(self, answers: Mapping[int, bytes]) -> None:
        """See `ports.Queue`."""
        self._database.ask(
            "WITH given AS (SELECT * FROM unnest(%s::bigint[], %s::bytea[]) AS g (ticket, answer)),"
            " done AS (UPDATE queue SET answer = given.answer FROM given"
            " WHERE queue.ticket = given.ticket),"
            # answers that nobody came for
            " old AS (DELETE FROM queue WHERE answer IS NOT NULL"
            " AND offered < now() - interval '1 hour')"
            " SELECT pg_notify(%s, '')",
            (list(answers), list(answers.values()), self._channel),
        )

    def collect(self, tickets: Sequence[int]) -> dict[int, bytes]:
        """See `ports.Queue`."""
        wanted = list(tickets)
        found = dict(
            self._database.ask(
                "SELECT ticket, answer FROM queue WHERE ticket = ANY(%s) AND answer IS NOT NULL",
                (wanted,),
            )
        )
        if found:
            self._database.ask("DELETE FROM queue WHERE ticket = ANY(%s)", (list(found),))
        return found

    def wait(self, seconds: float) -> None:
        """See `ports.Queue`."""
        self._ears.listen(self._channel, seconds)

    def close(self) -> None:
        """See `ports.Queue`."""
        self._database.close()
        self._ears.close()
