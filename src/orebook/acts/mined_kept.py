"""What a book's lots claim to have been mined, kept beside the views and brought up by new entries.

It holds nothing that is sealed. What a reader sees more of is laid over when asked. The answer is
that of reading the whole book; where that is not certain, the whole book is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from weakref import WeakKeyDictionary

from orebook.acts.chains import Chains, joined
from orebook.acts.mined import DEEP, KINDS, lots_in, units_of
from orebook.acts.mined_rows import Claimed, Key, Rows, rows_of
from orebook.acts.origin_units import sealed_in
from orebook.acts.record import Record
from orebook.acts.see import View
from orebook.book.errors import StoreFailed
from orebook.book.store_sqlite import reading, transaction
from orebook.engines.rules.plausible import Unit
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.custody import NOBODY
from orebook.model.event import Event
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.problem import NotFound
from orebook.model.read import record

FILE = "mined.sqlite3"
_BEARS: dict[type, tuple[str, ...]] = {
    Event: ("kind", "when", "facility", "party", "inputs", "outputs", "subjects", "container",
            "withdrawn"),
    Lot: ("form", "mass", "moisture", "stage", "facility", "country", "owner", "made"),
    Assay: ("lot", "when", "standing", "basis", "results"),
    Facility: ("stage", "country", "operator"),
}  # fmt: skip
_FEW = 200
_MOST_SHARE = 0.05

_books: WeakKeyDictionary[Record, Rows] = WeakKeyDictionary()
_lock = RLock()


@dataclass(slots=True)
class _Touched:
    """What new entries bear on: facts by kind of record, and the lots they name or named."""

    ids: dict[type, set[str]] = field(default_factory=lambda: {cls: set() for cls in _BEARS})
    lots: set[str] = field(default_factory=set)

    def take(self, one: object) -> None:
        if isinstance(one, Event | Lot | Assay | Facility):
            self.ids[type(one)].add(one.id)
            self.lots.update(_lots(one))

    @property
    def all(self) -> set[str]:
        return set().union(*self.ids.values())


@contextmanager
def claimed(view: View) -> Iterator[Claimed | None]:
    """The claims of the book as this reader sees them at the head, while the look lasts.

    Unknown: None at an earlier head, where so much is sealed that it is no use, and where the file
    cannot be kept. Refuses: StoreFailed for a file that is torn; it is begun anew after that.
    """
    with _lock:
        rows = _rows(view) if view.head == view.book.head else None
        if rows is None:
            yield None
            return
        try:
            with reading(FILE):
                rows.database.execute("BEGIN")  # one state, whoever brings it up meanwhile
                yield _as_seen(rows, view) if rows.head() == view.head else None
        except StoreFailed:
            _books.pop(view.book, None)
            _discard(view.book.aside(FILE))
            raise
        finally:
            if rows.database.in_transaction:
                rows.database.rollback()


def _rows(view: View) -> Rows | None:
    """The rows at the head of the view: as they lie there, brought up, or made."""
    book = view.book
    try:
        found = _books.get(book)
        if found is None:
            found = _books[book] = _opened(book.aside(FILE))
        clear = View(book, NOBODY, view.today, view.head.size)
        if found.head() != clear.head:
            with transaction(found.database, FILE):
                if found.head() != clear.head:  # another process may have been first
                    _bring(found, clear)
    except StoreFailed:
        _books.pop(book, None)
        return None
    return found


def _opened(path: Path | None) -> Rows:
    """The rows in that file; a file that is none is begun anew, and memory serves in its place."""
    try:
        with reading(FILE):
            rows = Rows(path)
            rows.head()
            return rows
    except StoreFailed:
        _discard(path)
        with suppress(StoreFailed), reading(FILE):
            return Rows(path)
        return Rows(None)


def _discard(path: Path | None) -> None:
    if path is None:
        return
    for part in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + part).unlink(missing_ok=True)


def _bring(rows: Rows, clear: View) -> None:
    """The rows made at the head, by what is new since theirs or from nothing."""
    before, head = rows.head(), clear.head
    if before is not None and _earlier(clear.book, before, head):
        touched = _since(clear, before.size) if _few(head.size - before.size, rows) else None
        if touched is not None and _patch(rows, clear, head, touched):
            return
    facts = clear.facts(kinds=KINDS)
    units = units_of(Chains(facts))
    rows.write(head, units, gone=None, hidden=(None, _hides(facts)))


def _earlier(book: Record, one: Head, head: Head) -> bool:
    return 0 < one.size <= head.size and book.head_of(size=one.size) == one


def _few(count: int, rows: Rows) -> bool:
    return count <= _FEW or count <= rows.units() * _MOST_SHARE


def _since(clear: View, size: int) -> _Touched:
    """What the entries from that size on say, and what those they supersede said."""
    touched = _Touched()
    for entry in clear.entries(size, clear.head.size):
        found = [entry]
        for reference in entry.supersedes:
            with suppress(NotFound):  # it may supersede nothing that is here
                found.append(clear.entry(clear.book.find(reference.partition("#")[0])))
        for one in found:
            if one.kind in KINDS:
                for number, body in enumerate(one.facts):
                    touched.take(record(one.kind, body, one.ref(number)))
    return touched


def _patch(rows: Rows, clear: View, head: Head, touched: _Touched) -> bool:
    """The rows with the units of everything touched made again; False where that is too much."""
    again = _bearing(rows, clear, touched)
    if not _few(len(again), rows):
        return False
    units = _made(clear, again, ())
    looked = touched.all
    found = _hides(clear.facts(ids=looked)) & looked if looked else set()
    rows.write(head, units, gone=again, hidden=(looked, found))
    return True


def _bearing(rows: Rows, view: View, touched: _Touched) -> set[Key]:
    """The units that what was touched bears on, and whatever may be one now."""
    ids, lots = touched.ids, set(touched.lots)
    if every := touched.all:
        stated = view.facts(ids=every)  # every statement about them, not the last alone
        for named in map(_lots, (*stated.all(Event), *stated.all(Lot), *stated.all(Assay))):
            lots.update(named)
    if lots:
        # Whether an event has one source alone turns on what its other lots are.
        around = view.facts(lots=lots, steps=1, kinds=["event"])
        for event in around.all(Event):
            lots.update(lots_in(event))
    found = rows.walking(lots)
    found |= {(event, False) for event in ids[Event]} | {(lot, True) for lot in lots}
    if ids[Facility]:
        about = view.facts(about=ids[Facility], kinds=["event", "lot"])
        found |= {(event.id, False) for event in about.all(Event)}
        found |= {(lot.id, True) for lot in about.all(Lot)}
    return found


def _made(view: View, keys: Collection[Key], hidden: Collection[str]) -> list[Unit]:
    """These units, out of what lies around the lots they walk.

    Takes: facts that are read whatever names them: what they name may be sealed.
    """
    events = {name for name, stated in keys if not stated}
    lots = {name for name, stated in keys if stated}
    own = view.facts(ids={*events, *hidden})
    at = {known(e.facility) for e in own.all(Event)} | {known(n.facility) for n in own.all(Lot)}
    places = {place for place in at if place is not None}
    roots = lots | {name for event in own.all(Event) for name in lots_in(event)}
    if not roots:
        return []
    below = view.facts(lots=roots, steps=0, down=DEEP + 1, kinds=["event"])
    roots |= {name for event in below.all(Event) for name in lots_in(event)}
    around = view.facts(lots=roots, ids={*events, *places}, steps=1)
    slices = [own, around]
    # A later statement of an assay need not name the lot any more: it is found by its id.
    if assays := {assay.id for assay in around.all(Assay)}:
        slices.append(view.facts(ids=assays))
    return units_of(Chains(joined(slices)), (events, lots))


def _as_seen(rows: Rows, view: View) -> Claimed | None:
    """The rows with what is sealed in the record as this reader sees it."""
    hidden = rows.hidden() if view.reader != NOBODY else set()
    if not hidden:
        return Claimed(rows)
    if not _few(len(hidden), rows):
        return None
    touched = _Touched()
    for reader in (View(view.book, NOBODY, view.today, view.size), view):
        for records in reader.facts(ids=hidden).records.values():
            for one in records:
                touched.take(one)
    again = _bearing(rows, view, touched)
    if not _few(len(again), rows):
        return None
    return Claimed(rows, frozenset(again), tuple(rows_of(_made(view, again, hidden))))


def _lots(one: object) -> Collection[str]:
    """The lots a fact is about or names."""
    if isinstance(one, Event):
        return lots_in(one)
    name = one.id if isinstance(one, Lot) else known(one.lot) if isinstance(one, Assay) else None
    return {name} if name is not None else set()


def _hides(facts: Facts) -> set[str]:
    """The facts of which a value that bears on sums is sealed."""
    return {
        one.id
        for cls, names in _BEARS.items()
        for one in facts.records.get(cls, ())
        if any(sealed_in(getattr(one, name)) for name in names)
    }
