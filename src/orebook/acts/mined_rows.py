"""What lots claim to have been mined as rows of a file, so that one question reads a few of them.

The file is made from leaves alone, can be made again, and is named by the head it was made at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from weakref import finalize

from orebook.book.closing import all_or_closed
from orebook.book.store_sqlite import connect
from orebook.engines.rules.plausible import Group, Mined, Unit
from orebook.model.facts import Head

FORM = 1
_CHUNK = 400
_TABLES = """
CREATE TABLE IF NOT EXISTS head (form INTEGER, origin TEXT, size INTEGER, root TEXT);
CREATE TABLE IF NOT EXISTS mined (
 unit TEXT, stated INTEGER, position INTEGER, idx INTEGER, number INTEGER, lot TEXT, mine TEXT,
 holder TEXT, country TEXT, year INTEGER, material TEXT, low TEXT, high TEXT, among TEXT);
CREATE INDEX IF NOT EXISTS mined_unit ON mined (unit);
CREATE INDEX IF NOT EXISTS mined_mine ON mined (mine, year);
CREATE INDEX IF NOT EXISTS mined_holder ON mined (holder, year);
CREATE INDEX IF NOT EXISTS mined_country ON mined (country, year);
CREATE TABLE IF NOT EXISTS walked (lot TEXT, unit TEXT, stated INTEGER);
CREATE INDEX IF NOT EXISTS walked_lot ON walked (lot);
CREATE INDEX IF NOT EXISTS walked_unit ON walked (unit);
CREATE TABLE IF NOT EXISTS hidden (id TEXT PRIMARY KEY);
"""
_ROW = "unit, lot, mine, holder, country, year, material, low, high, among"
_ORDER = "stated, position, idx, unit, number"

# A unit by its identifier and whether it is a lot that only states its mine.
Key = tuple[str, bool]
Row = tuple[tuple[object, ...], Mined]


class Rows:
    """The rows of one head in one file, or in memory without a path. Refuses: StoreFailed."""

    def __init__(self, path: Path | None) -> None:
        self.database = connect(path, synchronous="NORMAL")  # lost rows are made again
        with all_or_closed(self.database):
            self.database.executescript(_TABLES)
        finalize(self, self.database.close)

    def head(self) -> Head | None:
        """The head they were made at; None where there are none, or of another form."""
        found = self.database.execute("SELECT form, origin, size, root FROM head").fetchall()
        if len(found) != 1 or found[0][0] != FORM:
            return None
        return Head(*found[0][1:])

    def units(self) -> int:
        """How many units there are."""
        sql = "SELECT COUNT(DISTINCT unit) FROM walked"
        return int(self.database.execute(sql).fetchone()[0])

    def hidden(self) -> set[str]:
        """The facts of which a value that bears on sums is sealed."""
        return {str(row[0]) for row in self.database.execute("SELECT id FROM hidden")}

    def write(
        self,
        head: Head,
        units: Iterable[Unit],
        *,
        gone: Iterable[Key] | None,
        hidden: tuple[Collection[str] | None, Collection[str]],
    ) -> None:
        """Rows in place of those `gone` (None: of all), hidden facts in place of those looked at.

        Takes: a transaction that is open.
        """
        write = self.database.execute
        if gone is None:
            write("DELETE FROM mined")
            write("DELETE FROM walked")
        for key in gone or ():
            write("DELETE FROM mined WHERE unit = ? AND stated = ?", key)
            write("DELETE FROM walked WHERE unit = ? AND stated = ?", key)
        for unit in units:
            self._add(unit)
        looked, found = hidden
        if looked is None:
            write("DELETE FROM hidden")
        self.database.executemany("DELETE FROM hidden WHERE id = ?", [(i,) for i in looked or ()])
        self.database.executemany("INSERT INTO hidden VALUES (?)", [(i,) for i in found])
        write("DELETE FROM head")
        write("INSERT INTO head VALUES (?, ?, ?, ?)", (FORM, head.origin, head.size, head.root))

    def _add(self, unit: Unit) -> None:
        rows = [(*_place(unit), number, *_row(one)) for number, one in enumerate(unit.mined)]
        self.database.executemany(f"INSERT INTO mined VALUES ({','.join('?' * 14)})", rows)  # noqa: S608
        walked = [(lot, unit.id, unit.stated) for lot in sorted(unit.walked)]
        self.database.executemany("INSERT INTO walked VALUES (?, ?, ?)", walked)

    def walking(self, lots: Collection[str]) -> set[Key]:
        """The units that walk one of these lots."""
        found: set[Key] = set()
        for part in _chunks(lots):
            sql = f"SELECT DISTINCT unit, stated FROM walked WHERE lot IN ({_marks(part)})"  # noqa: S608
            found |= {(str(u), bool(s)) for u, s in self.database.execute(sql, part)}
        return found

    def of_units(self, names: Collection[str]) -> list[Row]:
        """What these events and lots brought."""
        return [r for p in _chunks(names) for r in self._where(f"unit IN ({_marks(p)})", p)]

    def of_group(self, group: Group) -> list[Row]:
        """Everything that belongs to one sum."""
        level, name, material, year = group
        return list(
            self._where(f"{level} = ? AND year = ? AND material = ?", (name, year, material))
        )

    def all(self) -> list[Row]:
        """Everything."""
        return list(self._where("1 = 1", ()))

    def mines_of(self, holder: str) -> set[tuple[Key, str]]:
        """The mines of a holder, each with a unit that says so."""
        sql = "SELECT DISTINCT unit, stated, mine FROM mined WHERE holder = ? AND mine IS NOT NULL"
        found = self.database.execute(sql, (holder,)).fetchall()
        return {((str(unit), bool(stated)), str(mine)) for unit, stated, mine in found}

    def _where(self, where: str, values: Collection[object]) -> Iterator[Row]:
        sql = f"SELECT {_ORDER}, {_ROW} FROM mined WHERE {where} ORDER BY {_ORDER}"  # noqa: S608
        for row in self.database.execute(sql, tuple(values)):
            yield row[:5], _mined(row[5:])


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claims of a book as one reader sees them: rows of the file, some of them laid over."""

    rows: Rows
    over: frozenset[Key] = frozenset()
    own: tuple[Row, ...] = field(default=())

    def all(self) -> list[Mined]:
        """Every claim, in the order of the record."""
        return self._ordered(self.rows.all(), self.own)

    def of_steps(self, steps: Collection[str]) -> list[Mined]:
        """What these steps brought."""
        return self._ordered(self.rows.of_units(steps), (r for r in self.own if r[1].step in steps))

    def of_group(self, group: Group) -> list[Mined]:
        """Everything that belongs to one sum."""
        own = (r for r in self.own if r[1].group(group[0]) == group)
        return self._ordered(self.rows.of_group(group), own)

    def mines_of(self, holder: str) -> set[str]:
        """The mines that lots say are of that holder."""
        kept = {mine for key, mine in self.rows.mines_of(holder) if key not in self.over}
        return kept | {m.mine for _, m in self.own if m.holder == holder and m.mine is not None}

    def _ordered(self, kept: Iterable[Row], own: Iterable[Row]) -> list[Mined]:
        mixed: list[Row] = [r for r in kept if (str(r[0][3]), bool(r[0][0])) not in self.over]
        mixed += own
        order: Any = lambda row: row[0]  # noqa: E731
        return [one for _, one in sorted(mixed, key=order)]


def rows_of(units: Iterable[Unit]) -> list[Row]:
    """The rows of units that are not in the file."""
    found: list[Row] = []
    for unit in units:
        name, *place = _place(unit)
        found += [((*place, name, number), one) for number, one in enumerate(unit.mined)]
    return found


def _place(unit: Unit) -> tuple[str, int, int, int]:
    return unit.id, int(unit.stated), unit.at[0], unit.at[1]


def _row(one: Mined) -> tuple[object, ...]:
    high = None if one.high_kg is None else str(one.high_kg)
    among = json.dumps(sorted(one.among)) if one.among else ""
    return (
        one.lot, one.mine, one.holder, one.country, one.year, one.material, str(one.low_kg), high,
        among,
    )  # fmt: skip


def _mined(row: tuple[Any, ...]) -> Mined:
    step, lot, mine, holder, country, year, material, low, high, among = row
    most = None if high is None else Decimal(high)
    makers = frozenset(json.loads(among)) if among else frozenset[str]()
    return Mined(step, lot, mine, holder, country, year, material, Decimal(low), most, makers)


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    listed = sorted(values)
    for begin in range(0, len(listed), _CHUNK):
        yield listed[begin : begin + _CHUNK]


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
