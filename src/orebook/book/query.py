"""Questions to the book: slices of typed facts, entries, names; each at one head, for one reader.

Rows come from the views, values from leaves overlaid with what the reader holds. Nothing that the
reader may not see takes part in an answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from orebook.book.book import Book
from orebook.book.folds import DIRECTION, OPENED, OPENED_OF, refers
from orebook.book.leaves import digests, entry_of
from orebook.book.stored import StoredLeaf
from orebook.book.vault import Opened, Reader
from orebook.book.views import integer
from orebook.log import sdjwt
from orebook.model.entry import Body, Entry
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.problem import NotFound, ReaderError
from orebook.model.read import record
from orebook.model.shape import KINDS
from orebook.model.when import BadDate, when

PAGE_MAX = 1000
_CHUNK = 400
_HOLDS = "since < ? AND (until IS NULL OR until >= ?)"
# What a slice takes along for the things it holds: kind named → by which attribute's owner.
_BACKGROUND = ("party", "facility")

Place = tuple[int, int]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Steps:
    """How far a cone of lots goes up (what they were made from) and down; None is all the way."""

    up: int | None = None
    down: int | None = None


def head_of(book: Book, *, size: int | None = None, known_by: str | None = None) -> Head:
    """The head of that size; or the last one whose clock is not after `known_by`; else the latest.

    Takes: `known_by`, a day (all of it), month, year or instant.
    Refuses: ReaderError for both at once or no date; NotFound beyond the head.
    """
    if size is not None and known_by is not None:
        message = "expected a head or a date, found both. Leave one out."
        raise ReaderError(message)
    if known_by is not None:
        size = _size_at(book, known_by)
    return book.head if size is None else book.head_at(size)


def slice(  # noqa: A001 - the word for it
    book: Book,
    *,
    as_of: str,
    reader: Reader = "public",
    kinds: Collection[str] | None = None,
    ids: Collection[str] | None = None,
    about: Collection[str] | None = None,
    lots: Collection[str] | None = None,
    steps: Steps | None = None,
    size: int | None = None,
    known_by: str | None = None,
    superseded: bool = False,
) -> Facts:
    """The facts that hold at one head, as the reader may see them.

    Takes: `as_of`, the day the answer is for (handed on in `Facts.as_of`, it selects nothing);
    `kinds`; `ids`, facts with these ids; `about`, facts that name these ids; `lots`, the cone of
    these lots with the events, lots, assays, shipments, facilities and parties in it. Given
    together, `ids`, `about` and `lots` add up, and `kinds` narrows all. `superseded` adds facts
    that a later entry of the same author has replaced.
    Refuses: as `head_of`.
    """
    head = head_of(book, size=size, known_by=known_by)
    find = _Finder(book, head.size, superseded=superseded)
    if ids is None and about is None and lots is None:
        places = find.all(kinds)
    else:
        places = set()
        if ids is not None:
            places |= find.by_id(ids)
        if about is not None:
            places |= find.naming(about)
        if lots is not None:
            places |= find.cone(lots, steps or Steps())
        if kinds is not None:
            places = find.only(places, kinds)
    opened = book.custody.shelf(reader, head.size)
    records = []
    for found, indexes in _entries_at(book, places, opened):
        records += [record(found.kind, found.facts[i], found.ref(i)) for i in indexes]
    return facts_of(head, opened.fingerprint(), as_of, records)


def entry(
    book: Book, position: int, reader: Reader = "public", *, size: int | None = None
) -> Entry:
    """One entry as the reader may see it, at the head of that size. Refuses: NotFound."""
    found = entries(book, position, position + 1, reader, size=size)
    if not found:
        message = f"entry {position}: expected a position from 0 below {book.head.size}"
        raise NotFound(message)
    return found[0]


def entries(
    book: Book, start: int, stop: int, reader: Reader = "public", *, size: int | None = None
) -> list[Entry]:
    """The entries at `[start, stop)` as the reader may see them, as far as there are any.

    Takes: `size`, the head to ask at: what was revealed later is sealed there.
    """
    opened = book.custody.shelf(reader, book.head.size if size is None else size)
    stored = list(book.stored(max(start, 0), stop))
    opened.prefetch(digest for leaf in stored for digest in _hidden(leaf))
    return [_entry(book, leaf, opened) for leaf in stored]


def find(book: Book, leaf: str) -> int:
    """The position of a leaf hash (hex, or `hash#n`). Refuses: NotFound."""
    try:
        hashed = bytes.fromhex(leaf.partition("#")[0])
    except ValueError:
        hashed = b""
    rows = book.views.rows("SELECT position FROM entries WHERE leaf = ? ORDER BY 1", (hashed,))
    if not rows:
        message = f"{leaf[:80]}: expected the leaf hash of an entry of this book"
        raise NotFound(message)
    return integer(rows[0][0])


def ids(
    book: Book, kind: str, *, after: str = "", limit: int = PAGE_MAX, size: int | None = None
) -> list[str]:
    """Identifiers of that kind in order, those after `after`, at most `limit` of them."""
    at = book.head.size if size is None else size
    rows = book.views.rows(
        f"SELECT DISTINCT id FROM facts WHERE kind = ? AND id > ? AND {_HOLDS} ORDER BY id LIMIT ?",  # noqa: S608
        (kind, after, at, at, limit),
    )
    return [str(row[0]) for row in rows]


def lot_ids(book: Book, *, after: str = "", limit: int = PAGE_MAX) -> list[str]:
    """Identifiers of lots in order, stated ones and those that only events name."""
    at = book.head.size
    rows = book.views.rows(
        f"SELECT id FROM facts WHERE kind = 'lot' AND id > ? AND {_HOLDS} UNION"  # noqa: S608
        f" SELECT lot FROM flows WHERE lot > ? AND {_HOLDS} ORDER BY 1 LIMIT ?",
        (after, at, at, after, at, at, limit),
    )
    return [str(row[0]) for row in rows]


def standing(
    book: Book, idents: Collection[str], kinds: Collection[str]
) -> dict[tuple[str, str], list[tuple[str, Body]]]:
    """What holds under these ids now, as the owner sees it: (kind, id) → authors and bodies."""
    head = book.head
    places = _Finder(book, head.size, superseded=False).by_id(idents, kinds)
    held: dict[tuple[str, str], list[tuple[str, Body]]] = {}
    for found, indexes in _entries_at(book, places, book.custody.shelf("owner", head.size)):
        for index in indexes:
            body = found.facts[index]
            held.setdefault((found.kind, str(body.get("id"))), []).append((found.author, body))
    return held


def kinds_of(book: Book, ident: str) -> list[str]:
    """The kinds under which facts of that id stand; empty when it is not known."""
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    rows = book.views.rows(
        f"SELECT DISTINCT kind FROM facts WHERE kind IN ({kinds}) AND id = ? ORDER BY 1",  # noqa: S608
        (ident,),
    )
    return [str(row[0]) for row in rows]


def counts(book: Book, size: int | None = None) -> dict[str, int]:
    """How many facts of each kind hold."""
    at = book.head.size if size is None else size
    rows = book.views.rows(
        f"SELECT kind, COUNT(*) FROM facts WHERE {_HOLDS} GROUP BY kind ORDER BY kind",  # noqa: S608
        (at, at),
    )
    return {str(kind): integer(count) for kind, count in rows}


def positions(
    book: Book,
    *,
    kind: str | None = None,
    capture: str | None = None,
    after: int = -1,
    limit: int = PAGE_MAX,
) -> list[int]:
    """Positions of entries in order, those after `after`: of one kind, of one capture, or all."""
    where, values = ["position > ?"], [after, *(v for v in (kind, capture) if v is not None)]
    where += [f"{name} = ?" for name, v in (("kind", kind), ("capture", capture)) if v is not None]
    rows = book.views.rows(
        f"SELECT position FROM entries WHERE {' AND '.join(where)} ORDER BY position LIMIT ?",  # noqa: S608
        (*values, limit),
    )
    return [integer(row[0]) for row in rows]


def places(
    book: Book,
    kind: str,
    *,
    lots: Collection[str] | None = None,
    idents: Collection[str] | None = None,
    after: Place = (-1, 0),
    limit: int = PAGE_MAX,
    size: int | None = None,
) -> list[Place]:
    """Where facts of a kind hold, in order, those after a place: position and number in the entry.

    Takes: `lots`, events that name one of these in the clear, and facts in which a public reveal
    opened that name somewhere; `idents`, facts of these ids.
    """
    at = book.head.size if size is None else size
    head = f"f.kind = ? AND {_HOLDS.replace('since', 'f.since').replace('until', 'f.until')}"
    where, values = [head], [kind, at, at]
    table = "entries e JOIN facts f ON f.position = e.position"
    if idents is not None:
        table = "facts f"
        where.append(f"f.id IN ({_marks(idents)})")
        values += sorted(idents)
    elif lots is not None:
        names = _marks(lots)
        table = (
            f"(SELECT position, idx FROM flows WHERE lot IN ({names}) UNION"  # noqa: S608
            f" SELECT e.position, o.fact FROM opened o CROSS JOIN entries e ON e.leaf = o.leaf"
            f" WHERE o.name IN ({names}) AND o.position < ?) w"
            " JOIN facts f ON f.position = w.position AND f.idx = w.idx"
        )
        values = [*sorted(lots), *sorted(lots), at, *values]
    else:
        where.append("e.kind = ? AND e.position >= ?")
        values += [kind, max(after[0], 0)]
    rows = book.views.rows(
        f"SELECT DISTINCT f.position, f.idx FROM {table} WHERE {' AND '.join(where)}"  # noqa: S608
        " AND (f.position > ? OR (f.position = ? AND f.idx > ?))"
        " ORDER BY f.position, f.idx LIMIT ?",
        (*values, after[0], after[0], after[1], limit),
    )
    return [(integer(position), integer(index)) for position, index in rows]


def facts_at(
    book: Book, wanted: Iterable[Place], reader: Reader = "public", *, size: int | None = None
) -> list[tuple[Entry, int]]:
    """The facts at these places as the reader may see them: each as its entry and number.

    Other facts of such an entry may be empty ones.
    """
    opened = book.custody.shelf(reader, book.head.size if size is None else size)
    return [
        (found, index) for found, indexes in _entries_at(book, wanted, opened) for index in indexes
    ]


def lots_named(
    book: Book, *, after: str = "", limit: int = PAGE_MAX, size: int | None = None
) -> list[str]:
    """Identifiers that events name as lots in the clear, or since a reveal; those after `after`."""
    at = book.head.size if size is None else size
    rows = book.views.rows(
        f"SELECT DISTINCT lot FROM flows WHERE lot > ? AND {_HOLDS} ORDER BY lot LIMIT ?",  # noqa: S608
        (after, at, at, limit),
    )
    # Asked by itself: a union would sort every flow of the book before it gives the first.
    rows += book.views.rows(
        f"SELECT DISTINCT o.name FROM {OPENED} WHERE f.kind = 'event' AND o.attribute IN"  # noqa: S608
        f" ({_marks(DIRECTION)}) AND o.name > ? AND o.position < ? AND {_HOLDS} ORDER BY 1 LIMIT ?",
        (*DIRECTION, after, at, at, at, limit),
    )
    return sorted({str(row[0]) for row in rows})[:limit]


def superseded_by(book: Book, position: int, index: int) -> int | None:
    """The position of the entry that replaces this fact, or None while it holds."""
    rows = book.views.rows(
        "SELECT until FROM facts WHERE position = ? AND idx = ?", (position, index)
    )
    return integer(rows[0][0]) if rows and rows[0][0] is not None else None


def _size_at(book: Book, known_by: str) -> int:
    try:
        moment = when(known_by)
    except BadDate as error:
        raise ReaderError(str(error)) from error
    if moment.instant is None:
        bound = f"{moment.last.isoformat()}T23:59:59Z"
    else:
        bound = moment.instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # The first clock after D ends the search even where a later one went back: times may lie.
    rows = book.views.rows("SELECT MIN(position) FROM clock WHERE at > ?", (bound,))
    limit = book.head.size if rows[0][0] is None else integer(rows[0][0])
    rows = book.views.rows("SELECT MAX(position) + 1 FROM clock WHERE position < ?", (limit,))
    return 0 if rows[0][0] is None else integer(rows[0][0])


def _entries_at(
    book: Book, places: Iterable[Place], opened: Opened
) -> Iterable[tuple[Entry, list[int]]]:
    """Entries with the numbers of the facts asked for; their other facts may be empty ones."""
    wanted: dict[int, list[int]] = {}
    for position, index in sorted(places):
        wanted.setdefault(position, []).append(index)
    order = list(wanted)
    for begin in range(0, len(order), _CHUNK):
        stored = [book.holding(p, wanted[p]) for p in order[begin : begin + _CHUNK]]
        opened.prefetch(digest for leaf in stored for digest in _hidden(leaf))
        for leaf in stored:
            yield _entry(book, leaf, opened), wanted[leaf.position]


def _hidden(leaf: StoredLeaf) -> list[str]:
    """The digests that lie open in a leaf; one without the name of their algorithm has none."""
    return digests(leaf.payload) if sdjwt.ALGORITHM in leaf.payload else []


def _entry(book: Book, leaf: StoredLeaf, opened: Opened) -> Entry:
    own = book.custody.self_signed(leaf, book.operator)
    return entry_of(leaf, opened, self_signed=own)


class _Finder:
    """Places of facts that hold at one size, found in the views."""

    def __init__(self, book: Book, size: int, *, superseded: bool) -> None:
        self._book = book
        self._holds = "since < ?" if superseded else _HOLDS
        self._at = (size,) if superseded else (size, size)

    def all(self, kinds: Collection[str] | None) -> set[Place]:
        if kinds is None:
            return self._places("facts", "1 = 1", ())
        return self._in("facts", "kind", kinds)

    def only(self, places: set[Place], kinds: Collection[str]) -> set[Place]:
        """Those of the places whose entries are of these kinds."""
        kept: set[int] = set()
        names = sorted(set(kinds))
        for part in _chunks(sorted({position for position, _ in places})):
            rows = self._book.views.rows(
                f"SELECT position FROM entries WHERE position IN ({_marks(part)})"  # noqa: S608
                f" AND kind IN ({_marks(names)})",
                (*part, *names),
            )
            kept |= {integer(row[0]) for row in rows}
        return {place for place in places if place[0] in kept}

    def by_id(self, idents: Collection[str], kinds: Collection[str] = KINDS) -> set[Place]:
        # Every kind named, so that the index by kind and id serves whoever asks for an id.
        return self._of_kinds(idents, kinds)

    def naming(self, idents: Collection[str]) -> set[Place]:
        places = self._in("abouts", "target", idents) | self._in("flows", "lot", idents)
        for part in _chunks(sorted(set(idents))):
            rows = self._book.views.rows(
                f"SELECT f.position, f.idx, f.kind, o.attribute FROM {OPENED} WHERE"  # noqa: S608
                f" o.name IN ({_marks(part)}) AND o.position < ? AND {self._holds}",
                (*part, self._at[0], *self._at),
            )
            places |= {(integer(p), integer(i)) for p, i, k, a in rows if refers(str(k), str(a))}
        return places

    def cone(self, lots: Collection[str], steps: Steps) -> set[Place]:
        """Events up and down from the lots, and all that they and their lots name."""
        events = self._walk(lots, _UP, steps.up) | self._walk(lots, _DOWN, steps.down)
        seen = set(lots)
        if events:
            seen |= {lot for (lot,) in self._flows("lot", "event", events)}
        beside = {e for (e,) in self._flows("event", "lot", seen, ("subject", "container"))}
        places = self._of_kinds(events | beside, ("event",)) | self._of_kinds(seen, ("lot",))
        places |= self._in("abouts", "target", seen, "AND kind IN ('assay', 'shipment')")
        return places | self._background(places)

    def _walk(self, lots: Collection[str], links: _Links, limit: int | None) -> set[str]:
        """Events reached from the lots, step by step, each lot once: cycles end by themselves."""
        seen, front, events = set(lots), set(lots), set[str]()
        step = 0
        while front and (limit is None or step < limit):
            step += 1
            following: set[str] = set()
            for at, beyond in links:
                reached = {e for (e,) in self._flows("event", "lot", front, (at,))}
                events |= reached
                following |= {lot for (lot,) in self._flows("lot", "event", reached, (beyond,))}
            front = following - seen
            seen |= front
        return events

    def _background(self, places: set[Place]) -> set[Place]:
        """Facilities and parties named by these facts, and by those facilities in turn."""
        found: set[Place] = set()
        for _ in range(2):
            targets = self._targets(places | found)
            found |= self._of_kinds(targets, _BACKGROUND)
        return found

    def _targets(self, places: set[Place]) -> set[str]:
        by_position = sorted({position for position, _ in places})
        targets = set()
        for part in _chunks(by_position):
            rows = self._book.views.rows(
                "SELECT position, idx, target FROM abouts WHERE position IN"  # noqa: S608
                f" ({_marks(part)})",
                part,
            )
            targets |= {str(t) for p, i, t in rows if (integer(p), integer(i)) in places}
        return targets

    def _of_kinds(self, idents: Collection[str], kinds: Collection[str]) -> set[Place]:
        names = ", ".join(f"'{kind}'" for kind in kinds)
        return self._in("facts", "id", idents, f"AND kind IN ({names})")

    def _in(self, table: str, column: str, values: Collection[str], more: str = "") -> set[Place]:
        places: set[Place] = set()
        for part in _chunks(sorted(set(values))):
            places |= self._places(table, f"{column} IN ({_marks(part)}) {more}", part)
        return places

    def _places(self, table: str, where: str, values: Collection[object]) -> set[Place]:
        rows = self._book.views.rows(
            f"SELECT position, idx FROM {table} WHERE {where} AND {self._holds}",  # noqa: S608
            (*values, *self._at),
        )
        return {(integer(position), integer(index)) for position, index in rows}

    def _flows(
        self,
        give: str,
        by: str,
        values: Collection[str],
        directions: Collection[str] = ("in", "out", "subject", "container"),
    ) -> set[tuple[str]]:
        names = ", ".join(f"'{direction}'" for direction in directions)
        found = set[tuple[str]]()
        source, holds = f"flows WHERE {by}", self._holds
        if by == "event":  # by the place of the event: the flows need no index of their own for it
            holds = holds.replace("since", "w.since").replace("until", "w.until")
            source = (
                "facts f CROSS JOIN flows w ON w.position = f.position AND w.idx = f.idx"
                " WHERE f.kind = 'event' AND f.id"
            )
        for part in _chunks(sorted(values)):
            rows = self._book.views.rows(
                f"SELECT DISTINCT {give} FROM {source} IN ({_marks(part)})"  # noqa: S608
                f" AND direction IN ({names}) AND {holds}",
                (*part, *self._at),
            )
            found |= {(str(row[0]),) for row in rows}
        return found | self._opened(give, by, values, directions)

    def _opened(
        self, give: str, by: str, values: Collection[str], directions: Collection[str]
    ) -> set[tuple[str]]:
        """The same of lots whose names a public reveal opened."""
        column = {"event": "f.id", "lot": "o.name"}
        table = OPENED_OF if by == "event" else OPENED
        attributes = [name for name, direction in DIRECTION.items() if direction in directions]
        found = set()
        for part in _chunks(sorted(values)):
            rows = self._book.views.rows(
                f"SELECT DISTINCT {column[give]} FROM {table} WHERE f.kind = 'event'"  # noqa: S608
                f" AND {column[by]} IN ({_marks(part)}) AND o.attribute IN ({_marks(attributes)})"
                f" AND o.position < ? AND {self._holds}",
                (*part, *attributes, self._at[0], *self._at),
            )
            found |= {(str(row[0]),) for row in rows}
        return found


_Links = tuple[tuple[str, str], ...]
# From a lot by its part in an event to the lots on the other side. What is packed into a container
# is upstream of it.
_UP: _Links = (("out", "in"), ("container", "subject"))
_DOWN: _Links = (("in", "out"), ("subject", "container"))


def _chunks(values: list[_T]) -> list[list[_T]]:
    return [values[begin : begin + _CHUNK] for begin in range(0, len(values), _CHUNK)]


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
