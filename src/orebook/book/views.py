"""Views: tables folded from leaves alone, each with its position in the same transaction.

Dropping every view loses nothing; a rebuilt view equals a caught-up one, in batches of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from threading import RLock

from orebook.book.closing import all_or_closed
from orebook.book.folds import VIEWS, Close, Row, View, closings
from orebook.book.store_sqlite import connect, reading, transaction
from orebook.book.stored import StoredLeaf

Source = Callable[[int, int], Iterable[StoredLeaf]]
_ROWS_MAX = 20_000  # that are held before they are written
_ROWS_AT_ONCE = 100  # by one statement: the cost of each is that of a few rows
_CACHE = "PRAGMA cache_size=-32768"  # KiB: where lots and names lie is anywhere in an index
# Rows of an index come anywhere: of larger pages fewer are written, and of those that are written
# again and again only the last is carried over.
_PAGE = 16 << 10  # bytes
_CARRY = "PRAGMA wal_autocheckpoint=2000"  # pages
BATCH = 256  # leaves: the largest take some megabytes each once they are parsed
_POSITIONS = (
    "CREATE TABLE IF NOT EXISTS positions"
    " (view TEXT PRIMARY KEY, version INTEGER NOT NULL, position INTEGER NOT NULL)"
)


class Views:
    """The tables of a book, in one SQLite file or in memory without a path.

    Takes: `source(start, stop)`, the leaves of a range of positions in order; `record`, the name
    of what they are folded from: tables of another record are dropped.
    """

    def __init__(
        self,
        path: Path | None,
        source: Source,
        views: Sequence[View] = VIEWS,
        record: str = "",
    ) -> None:
        # Rows that are lost are folded again.
        self._database = connect(path, synchronous="NORMAL", page=_PAGE)
        self._asked = self._database
        self._asking = RLock()
        self._source = source
        self._views = tuple(views)
        self._lock = RLock()
        with all_or_closed(self):
            self._database.execute(_CACHE)
            self._database.execute(_CARRY)
            # Questions are answered from the last rows committed, also while the next are folded.
            if path is not None:
                self._asked = connect(path, synchronous="NORMAL")
            self._begin(record)

    def _begin(self, record: str) -> None:
        """Lays the tables that are not there yet, or are of another form or record."""
        with transaction(self._database, "views") as database:
            database.execute(_POSITIONS)
            database.execute("CREATE TABLE IF NOT EXISTS folded_from (record TEXT NOT NULL)")
            stored = dict(database.execute("SELECT view, version FROM positions").fetchall())
            if database.execute("SELECT record FROM folded_from").fetchall() != [(record,)]:
                stored = {}  # another book's file
                database.execute("DELETE FROM folded_from")
                database.execute("INSERT INTO folded_from VALUES (?)", (record,))
            for view in self._views:
                if stored.get(view.name) != view.version:
                    self._lay(view)

    def catch_up(self, size: int, batch: int = BATCH) -> None:
        """Every view folded up to that size; what is folded already is not folded again.

        A view beyond that size was folded from entries that are not in the record: it is rebuilt.
        """
        with self._lock:
            while True:
                positions = self.positions()
                if all(position == size for position in positions.values()):
                    return
                with transaction(self._database, "views"):
                    self._advance(size, batch)

    def rebuild(self, size: int, batch: int = BATCH) -> None:
        """Drops every table and folds from zero."""
        with self._lock:
            self.drop()
            self.catch_up(size, batch)

    def drop(self) -> None:
        """Drops every row of every view."""
        with self._lock, transaction(self._database, "views"):
            for view in self._views:
                self._lay(view)

    def positions(self) -> dict[str, int]:
        """How many entries each view has folded."""
        rows = self.rows("SELECT view, position FROM positions")
        return {str(view): integer(position) for view, position in rows}

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a query over the tables."""
        with self._asking if self._asked is not self._database else self._lock, reading("views"):
            return self._asked.execute(sql, values).fetchall()

    def table(self, name: str) -> list[tuple[object, ...]]:
        """Every row of one view, in order of its key."""
        if name not in {view.name for view in self._views}:
            raise LookupError(name)
        return self.rows(f"SELECT * FROM {name} ORDER BY 1, 2, 3")  # noqa: S608

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock, self._asking:
            self._asked.close()
            self._database.close()

    def _lay(self, view: View) -> None:
        database = self._database
        database.execute(f"DROP TABLE IF EXISTS {view.name}")
        database.execute(f"CREATE TABLE {view.name} ({view.columns}")
        for number, columns in enumerate(view.indexes):
            database.execute(f"CREATE INDEX {view.name}_{number} ON {view.name} ({columns})")
        database.execute(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, 0)", (view.name, view.version)
        )

    def _advance(self, size: int, batch: int) -> None:
        """One step of all views that stand furthest back; positions move with the rows."""
        positions = self.positions()
        for view in self._views:
            if positions[view.name] > size:
                self._lay(view)
                positions[view.name] = 0
        start = min(positions.values())
        stop = min(
            start + batch, size, *(p for p in positions.values() if p > start), start + batch
        )
        behind = [view for view in self._views if positions[view.name] == start]
        if start == stop:
            return
        self._fold(behind, start, stop)
        self._database.executemany(
            "UPDATE positions SET position = ? WHERE view = ?", [(stop, v.name) for v in behind]
        )

    def _fold(self, behind: Sequence[View], start: int, stop: int) -> None:
        pending: dict[str, list[Row]] = {view.name: [] for view in behind}
        held = 0
        folding: dict[str, list[View]] = {}
        for leaf in self._source(start, stop):
            kind = leaf.kind
            if kind not in folding:
                folding[kind] = [v for v in behind if not v.kinds or kind in v.kinds]
            for view in folding[kind]:
                rows = view.step(leaf)
                held += len(rows)
                pending[view.name] += rows
            closes = list(closings(leaf)) if "supersedes" in leaf.payload else []
            if closes or held > _ROWS_MAX:
                self._flush(behind, pending)
                held = 0
            for close in closes:
                for view in behind:
                    if view.spans:
                        self._close_rows(view, close, leaf.position)
        self._flush(behind, pending)

    def _flush(self, views: Iterable[View], pending: dict[str, list[Row]]) -> None:
        for view in views:
            if not (rows := pending[view.name]):
                continue
            marks = f"({','.join('?' * len(rows[0]))})"
            # A row that is refused ends the whole transaction: without OR FAIL each statement
            # would keep every page that it changes in a file of its own, to undo itself alone.
            insert = f"INSERT OR FAIL INTO {view.name} ({view.filled}) VALUES "  # noqa: S608
            whole = len(rows) - len(rows) % _ROWS_AT_ONCE
            many = insert + ",".join([marks] * _ROWS_AT_ONCE)
            for at in range(0, whole, _ROWS_AT_ONCE):
                values = chain.from_iterable(rows[at : at + _ROWS_AT_ONCE])
                self._database.execute(many, list(values))
            self._database.executemany(insert + marks, rows[whole:])
            pending[view.name] = []

    def _close_rows(self, view: View, close: Close, position: int) -> None:
        targets = self._database.execute(
            "SELECT position FROM entries WHERE leaf = ? AND author = ? AND position < ?",
            (_hash(close.leaf), close.author, position),
        ).fetchall()
        for (target,) in targets:
            sql = f"UPDATE {view.name} SET until = ? WHERE position = ? AND until IS NULL"  # noqa: S608
            values: list[object] = [position, target]
            if close.index is not None:
                sql, values = f"{sql} AND idx = ?", [*values, close.index]
            self._database.execute(sql, values)


def _hash(leaf: str) -> bytes:
    """A leaf hash as the views keep it; of what is none, what no entry has."""
    try:
        return bytes.fromhex(leaf)
    except ValueError:
        return b""


def integer(value: object) -> int:
    """A column that holds whole numbers, told to the type checker."""
    assert isinstance(value, int)
    return value
