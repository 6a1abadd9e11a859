"""The flows of a book as a snapshot: folded from leaves alone, kept beside the views, refreshed by
what is new, and laid over with what a reader may see.

It holds nothing that is sealed. It is named by its head; one that is stale is brought up by the
units that new entries touch, or built anew past a twentieth of the book; one that is torn, or of
another record, is built anew.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import RLock
from weakref import WeakKeyDictionary

from orebook.acts.origin_columns import Columns, columns_of
from orebook.acts.origin_files import Stored, load, save, save_patch
from orebook.acts.origin_units import elements_in, hides, units_of
from orebook.acts.record import Record
from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.custody import NOBODY
from orebook.model.entry import Entry
from orebook.model.event import Event, sides
from orebook.model.facts import Facts, Head
from orebook.model.problem import NotFound

FOLDER = "flows"
KINDS = ("event", "lot", "assay")
_FEW = 200
_MOST_SHARE = 0.05
_READERS_MOST = 8


class _Kept:
    """What a process holds of one book: the snapshot of its head, and what readers see of it."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.head = stored.head
        self.columns = stored.columns
        self.seen: OrderedDict[tuple[str, str], Columns] = OrderedDict()


_books: WeakKeyDictionary[Record, _Kept] = WeakKeyDictionary()
_lock = RLock()


def snapshot(view: View) -> Columns | None:
    """The flows of the book as this reader sees them at the head.

    Unknown: None at an earlier head.
    """
    head = view.head
    if head != view.book.head:
        return None
    with _lock:
        kept = _books.get(view.book)
        if kept is None or kept.head != head:
            kept = _books[view.book] = _Kept(_columns(view.book, head, view.today, kept))
        return _as_seen(kept, view)


def built(view: View) -> Columns:
    """The columns of a whole book, from nothing."""
    facts = view.facts(kinds=KINDS)
    elements = elements_in(facts) or ("",)
    return replace(columns_of(units_of(facts, elements), elements), loose=_loose(facts))


def _columns(book: Record, head: Head, today: str, kept: _Kept | None) -> Stored:
    """The snapshot of that head: as it lies there, brought up, or built; then it is kept."""
    clear = View(book, NOBODY, today, head.size)
    folder = book.aside(FOLDER)
    before = kept.stored if kept is not None else None
    if before is None and folder is not None:
        before = load(folder, head.origin)
    if before is not None and before.head == head:
        return before
    if before is not None and _earlier(book, before.head, head):
        now = _brought_up(clear, before, head)
        if now is not None:
            small = few(len(now.steps) + len(now.lots), now.columns)
            if folder is None or (small and save_patch(folder, now)):
                return now
            save(folder, head, now.columns)
            return Stored(head, now.columns, head)
    made = built(clear)
    if folder is not None:
        save(folder, head, made)
    return Stored(head, made, head)


def _earlier(book: Record, one: Head, head: Head) -> bool:
    return 0 < one.size <= head.size and book.head_of(size=one.size) == one


def few(count: int, columns: Columns) -> bool:
    """Whether so many are redone one by one, and not the whole."""
    return count <= max(_FEW, int(columns.units * _MOST_SHARE))


def _brought_up(clear: View, before: Stored, head: Head) -> Stored | None:
    """The columns with what entries since then touch redone; None where that is too much."""
    since, columns = before.head.size, before.columns
    if not few(head.size - since, columns):
        return None
    touched: tuple[set[str], set[str], set[str]] = set(), set(), set()
    for entry in clear.entries(since, head.size):
        _take(entry, touched)
        for reference in entry.supersedes:
            try:
                position = clear.book.find(reference.partition("#")[0])
                _take(clear.entry(position), touched)
            except NotFound:
                continue  # it supersedes nothing that is here
    if not any(touched):
        return replace(before, head=head)
    if not few(sum(map(len, touched)), columns):
        return None
    made = patched(clear, columns, *touched)
    if made is None:
        return None
    again, steps, lots = made
    return Stored(head, again, before.base, before.steps | steps, before.lots | lots)


def _take(entry: Entry, touched: tuple[set[str], set[str], set[str]]) -> None:
    if entry.kind in KINDS:
        found = touched[KINDS.index(entry.kind)]
        found.update(str(fact["id"]) for fact in entry.facts if "id" in fact)
        if entry.kind == "assay":
            lots = (fact.get("lot") for fact in entry.facts)
            touched[1].update(lot for lot in lots if isinstance(lot, str))


def patched(
    view: View, columns: Columns, steps: set[str], lots: set[str], assays: set[str]
) -> tuple[Columns, set[str], set[str]] | None:
    """The columns with everything that these events, lots and assays bear on read again.

    Gives: they, and the events and lots that were read.
    Unknown: None where an element came or went: then every unit changes.
    """
    first = view.facts(ids={*steps, *lots, *assays})
    changed = lots | {n for a in first.all(Assay) if a.id in assays and (n := known(a.lot))}
    around = {e for u in columns.some(steps, ()) for m in u.moves for e in (m.source, m.target)}
    around |= {n for e in first.all(Event) if e.id in steps for group in sides(e) for n in group}
    around = (around | changed) - {""}
    facts = view.facts(lots=around, ids={*steps, *around, *assays}, steps=1)
    again = {e.id for e in facts.all(Event) if changed & {n for g in sides(e) for n in g}} | steps
    if set(elements_in(facts)) - set(columns.elements):
        return None
    units = units_of(facts, columns.elements, (again, around))
    made = columns.patched(again, around, units)
    if made.assayed() != columns.elements:
        return None
    loose = (set(columns.loose) - assays) | (set(_loose(facts)) & assays)
    return replace(made, loose=tuple(sorted(loose))), again, around


def _loose(facts: Facts) -> tuple[str, ...]:
    """Assays whose lot is sealed: no lot tells of them."""
    return tuple(sorted(a.id for a in facts.all(Assay) if known(a.lot) is None and hides(a)))


def _as_seen(kept: _Kept, view: View) -> Columns:
    """The columns with what is sealed in the record as this reader sees it; kept for a few."""
    columns = kept.columns
    steps, lots = columns.hidden()
    assays = set(columns.loose)
    if not (steps or lots or assays):
        return columns
    seen = view.facts(ids={*steps, *lots, *assays}, about=lots).disclosures
    key = view.reader, seen
    if key not in kept.seen:
        little = few(len(steps) + len(lots) + len(assays), columns)
        made = patched(view, columns, steps, lots, assays) if little else None
        kept.seen[key] = built(view) if made is None else made[0]
        while len(kept.seen) > _READERS_MOST:
            kept.seen.popitem(last=False)
    return kept.seen[key]
