"""What bears on a statement: all that was ever said of the thing, ended, opened or erased.

Only entries of the record count, found by what lies open in them: the answer is the same for every
reader but for the values it shows. Once no later entry bears on it, it never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from orebook.book import query
from orebook.book.book import Book
from orebook.book.leaves import digests
from orebook.book.query import Place
from orebook.book.vault import PUBLIC, Reader
from orebook.book.views import integer
from orebook.book.withheld import disclosed
from orebook.log import sdjwt
from orebook.model.saying import Naming, Saying

_CHUNK = 400
_WIDE = 65_536  # more facts than a leaf holds
_SAYINGS = (
    "SELECT f.id, e.author, MAX(f.position), MAX(CASE WHEN f.until < ? THEN f.until END),"
    " MAX(CASE WHEN f.until IS NULL OR f.until >= ? THEN f.position * 65536 + f.idx END)"
    " FROM facts f CROSS JOIN entries e ON e.position = f.position"
    " WHERE f.kind = ? AND f.position < ? AND f.id IN ({marks}) GROUP BY f.id, e.author"
)
# Where a kind of fact names lots in the clear.
_NAMES = {
    "assay": "SELECT target AS lot, position, idx FROM abouts WHERE target IN ({marks})"
    " AND kind = 'assay' AND attribute = 'lot'",
    "event": "SELECT lot, position, idx FROM flows WHERE lot IN ({marks})",
}
_NAMING = (
    "SELECT DISTINCT w.lot, f.id, e.author, f.position, f.idx FROM ({names} UNION"
    " SELECT o.name, e.position, o.fact FROM opened o CROSS JOIN entries e ON e.leaf = o.leaf"
    " WHERE o.name IN ({marks}) AND o.position < ?) w"
    " JOIN facts f ON f.position = w.position AND f.idx = w.idx"
    " JOIN entries e ON e.position = f.position"
    " WHERE f.kind = ? AND f.position < ? ORDER BY f.position, f.idx, w.lot"
)
_ERASED = (
    "SELECT id, MAX(position) FROM facts WHERE kind = 'erasure' AND position < ?"
    " AND id IN ({marks}) GROUP BY id"
)


def sayings(
    book: Book, kind: str, idents: Collection[str], reader: Reader, size: int
) -> list[Saying]:
    """What each author states of these things at the head of that size."""
    rows = _rows(book, _SAYINGS, (size, size, kind, size), idents)
    places = {divmod(integer(row[4]), _WIDE) for row in rows if row[4] is not None}
    shown = {
        (entry.position, index): entry.facts[index]
        for entry, index in query.facts_at(book, places, reader, size=size)
    }
    opened = _opened(book, places, size)
    made = []
    for ident, author, stated, ended, held in rows:
        place = (-1, 0) if held is None else divmod(integer(held), _WIDE)
        last = max(integer(stated), -1 if ended is None else integer(ended), opened.get(place, -1))
        made.append(Saying(str(ident), str(author), last, place, shown.get(place)))
    return made


def naming(book: Book, kind: str, lots: Collection[str], size: int) -> list[Naming]:
    """Every assay or event below that head that ever named one of these lots, in order."""
    asked = _NAMING.replace("{names}", _NAMES[kind])
    rows = _rows(book, asked, (size, kind, size), lots, times=2)
    return [
        Naming(str(lot), str(ident), str(author), (integer(position), integer(index)))
        for lot, ident, author, position, index in rows
    ]


def known_since(book: Book, position: int, size: int) -> str:
    """The time by the book's own clock at which an entry came into it: that of its write.

    Unlike the time in the entry it is not its author's word, and no later entry changes it.
    """
    rows = book.views.rows(
        "SELECT at FROM clock WHERE position >= ? AND position < ? ORDER BY position LIMIT 1",
        (position, size),
    )
    return str(rows[0][0]) if rows else query.entry(book, position, size=size).issued


def _opened(book: Book, places: Iterable[Place], size: int) -> dict[Place, int]:
    """The last entry, of any, that opened or erased a hidden value of each of these facts."""
    whose: dict[str, Place] = {}
    for place in sorted(places):
        stored = book.holding(place[0], {place[1]})
        if sdjwt.ALGORITHM in stored.payload:
            whose |= dict.fromkeys(digests(stored.facts[place[1]]), place)
    last: dict[Place, int] = {}
    level = list(whose)
    while level:
        revealed = book.custody.reveals(level, size)
        erased = _rows(book, _ERASED, (size,), [f"erasure:{one}" for one in level])
        touched = [(digest, at) for digest, (_, at) in revealed.items()]
        touched += [(str(i).removeprefix("erasure:"), integer(at)) for i, at in erased]
        for digest, at in touched:
            last[whose[digest]] = max(last.get(whose[digest], -1), at)
        texts = book.vault.texts(level, PUBLIC)
        texts |= {digest: text for digest, (text, _) in revealed.items()}
        level = []
        for digest, text in texts.items():
            inner = [one for one in digests(disclosed(text)[1]) if one not in whose]
            whose |= dict.fromkeys(inner, whose[digest])
            level += inner
    return last


def _rows(
    book: Book, sql: str, values: tuple[object, ...], named: Collection[str], *, times: int = 0
) -> list[tuple[object, ...]]:
    """The rows for all these names, so many at once; `times` that they are asked for up front."""
    found: list[tuple[object, ...]] = []
    every = sorted(set(named))
    for begin in range(0, len(every), _CHUNK):
        part = every[begin : begin + _CHUNK]
        asked = (*part * times, *values) if times else (*values, *part)
        found += book.views.rows(sql.replace("{marks}", ",".join("?" * len(part))), asked)
    return found
