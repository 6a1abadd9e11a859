"""The whole book of one element as a network straight from its columns, kept while it holds.

Questions about all lots ask it: exposure, reach, recall. Where a flow needs more than its masses
(shares, credits, a lot overdrawn, an identity mixed, a circle) the book is read flow by flow in the
other rooms, which give the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from orebook.acts.origin_columns import Columns
from orebook.acts.origin_models import RECORDED, BookFlows
from orebook.acts.origin_snapshot import snapshot
from orebook.acts.origin_units import Place
from orebook.acts.record import Record
from orebook.acts.see import View
from orebook.engines.origin.assemble import Assembled, Node, assemble
from orebook.engines.origin.index import build
from orebook.engines.origin.network import Circle, Network
from orebook.model.facts import Facts
from orebook.model.flow import Stop

_KEPT_MOST = 12
_BARE = Stop("")
_PLACE = ("facility", "owner", "country", "stage")
# These are kept apart by more than their masses.
_BY_WORDS = ("identity_preserved", "mass_balance_credit")


@dataclass(frozen=True, slots=True)
class Whole:
    """A book by element, its events, and the plant of each place by identifier.

    `held` is per element and lot the kilograms it was made with, or first drawn with.
    """

    elements: tuple[Assembled, ...]
    events: frozenset[str]
    plants: Mapping[str, str]
    held: Mapping[tuple[str, str], Decimal]

    @property
    def lots(self) -> set[str]:
        """Every lot that a flow names."""
        return {lot for whole in self.elements for lot in whole.at} - self.events


_kept: WeakKeyDictionary[Record, OrderedDict[tuple[str, ...], tuple[Columns, Whole | None]]] = (
    WeakKeyDictionary()
)
_lock = RLock()


def whole_of(view: View, element: str = "", model: str = RECORDED) -> Whole:
    """Every flow of a book as this reader sees it, of one element or of all that flows tell of.

    Refuses: ReaderError for a model that is none. NotFound for an element nothing speaks of.
    """
    from orebook.acts.origin_flows import flows_of

    columns = snapshot(view) if model == RECORDED else None
    if columns is not None:
        quick = _from_columns(view, columns, element)
        if quick is not None:
            return quick
    found = flows_of(view, element=element, model=model)
    wholes = tuple(assemble(found.flows, e) for e in found.flows.elements)
    return Whole(wholes, found.events, found.plants, _held(found))


def _held(found: BookFlows) -> dict[tuple[str, str], Decimal]:
    made: dict[tuple[str, str], Decimal] = {}
    drawn: dict[tuple[str, str], Decimal] = {}
    for move in found.flows.moves:
        if move.mass_kg is None or not move.element or move.share:
            continue
        if move.source in found.events:
            made.setdefault((move.element, move.target), move.mass_kg)
        elif move.source:
            drawn.setdefault((move.element, move.source), move.mass_kg)
    return {**drawn, **made}


def _from_columns(view: View, columns: Columns, element: str) -> Whole | None:
    """The same from columns; None where a flow needs more than its masses."""
    told = np.unique(columns.arrays["move_element"][_told(columns.arrays)]).tolist()
    names = columns.texts(told)
    asked = (element,) if element else tuple(sorted(names.values()))
    if not asked or not set(asked) <= set(names.values()):
        return None
    called = view.facts(kinds=("facility", "party"))
    key = (view.reader, called.disclosures, *asked)
    with _lock:
        kept = _kept.setdefault(view.book, OrderedDict())
        if key in kept and kept[key][0] is columns:
            kept.move_to_end(key)
            return kept[key][1]
    wholes = [network_of(columns, each, called) for each in asked]
    made = None
    if None not in wholes:
        events, plants = _places(columns)
        held: dict[tuple[str, str], Decimal] = {}
        for each in (e for e in asked if e):
            held |= {(each, lot): kg for lot, kg in _masses(columns, each).items()}
        made = Whole(tuple(w for w in wholes if w is not None), events, plants, held)
    with _lock:
        kept[key] = columns, made
        while len(kept) > _KEPT_MOST:
            kept.popitem(last=False)
    return made


def _masses(columns: Columns, element: str) -> dict[str, Decimal]:
    """Per lot what it was made with, or first drawn with, in the order of the record."""
    a = columns.arrays
    at = np.flatnonzero((a["move_element"] == _number(columns, element)) & _told(a))
    steps = np.unique(a["unit_place_id"][a["unit_placed"] & a["unit_step"]])
    source, target, kg = a["move_source"][at], a["move_target"][at], a["move_kg"][at]
    made = np.isin(source, steps)
    first: dict[int, float] = {}
    for lots, masses in ((source[~made], kg[~made]), (target[made], kg[made])):
        ids, begin = np.unique(lots, return_index=True)
        first |= dict(zip(ids.tolist(), masses[begin].tolist(), strict=True))
    first.pop(0, None)
    texts = columns.texts(first)
    return {texts[n]: Decimal(repr(mass)) for n, mass in first.items()}


def _told(a: Mapping[str, Any]) -> Any:
    return (a["move_kg"] >= 0) & ~a["move_share"]


def network_of(columns: Columns, element: str, called: Facts) -> Assembled | None:
    """The network of one element; None where a flow needs more than its masses.

    Takes: `called`, the facilities and parties as the reader sees them.
    """
    a = columns.arrays
    number = columns.number(element)
    every = np.flatnonzero(a["move_element"] == number)
    kg, custody = a["move_kg"][every], a["move_custody"][every]
    physical = (custody != _number(columns, "book_and_claim")) & (kg != 0)
    at = every[physical]
    if (a["held_element"] == number).any() or not _plain(columns, at):
        return None
    lots = np.unique(np.concatenate((a["move_source"][every], a["move_target"][every])))
    lots = lots[lots > 0]
    stops = _stops(columns, called)
    texts = columns.texts(lots.tolist())
    nodes = [Node(texts[n], stops.get(n, _BARE)) for n in lots.tolist()]
    source, target = a["move_source"][at], a["move_target"][at]
    dst = np.searchsorted(lots, target)
    src = np.searchsorted(lots, source)
    outside = source == 0
    src[outside] = _entries(nodes, dst[outside])
    network = _network(a, at, src, dst, len(nodes))
    try:
        build(network)
    except Circle:
        return None
    where = dict(sorted((texts[n], i) for i, n in enumerate(lots.tolist())))
    return Assembled(element, network, tuple(nodes), where, ())


def _number(columns: Columns, text: str) -> int:
    found = columns.number(text)
    return -1 if found is None else found


def _plain(columns: Columns, at: Any) -> bool:
    """Whether masses alone say what came of what."""
    a = columns.arrays
    if a["move_share"][at].any():
        return False
    source, target, event = (
        a[f"move_{n}"][at].astype(np.int64) for n in ("source", "target", "event")
    )
    custody = a["move_custody"][at]
    single = np.bincount(target)[target] == 1 if len(target) else np.zeros(0, dtype=np.bool_)
    worded = np.isin(custody, [_number(columns, n) for n in _BY_WORDS])
    if (worded & ~(single & (custody == _number(columns, _BY_WORDS[0])))).any():
        return False
    endless = (a["move_kg"][at] < 0) & (a["move_high"][at] < 0)
    if (endless & ~single).any():
        return False
    made, taken = source == event, target == event
    pairs = (source[made] << 32) | target[made]
    return not np.isin((target[taken] << 32) | source[taken], pairs).any()


def _entries(nodes: list[Node], targets: Any) -> list[int]:
    """A source for each flow from outside: with its target's labels, or nobody's."""
    found: dict[int, int] = {}
    for to in targets.tolist():
        if to not in found:
            found[to] = len(nodes)
            lot, stop = nodes[to].lot, nodes[to].stop
            named = stop.mine is not None or stop.country is not None
            why = "" if named else f"what came into {lot} from outside"
            nodes.append(Node(lot, stop) if named else Node("", _BARE, why))
    return [found[to] for to in targets.tolist()]


def _network(a: Mapping[str, Any], at: Any, src: Any, dst: Any, nodes: int) -> Network:
    kg, low, high = a["move_kg"][at], a["move_low"][at], a["move_high"][at]
    told = kg >= 0
    alone = np.bincount(dst, minlength=nodes)[dst] == 1
    # One input alone is the whole mix, whatever its mass.
    mass = np.where(alone & ~told, 1.0, np.where(told, kg, 0.0))
    return Network(
        nodes,
        src.astype(np.int32),
        dst.astype(np.int32),
        mass,
        np.where(alone, mass, low),
        np.where(alone, mass, high),
        told | alone,
    )


def _rows(columns: Columns) -> tuple[Any, Iterable[tuple[int, bool, int, int, int, int]]]:
    """The places of a book by numbers of texts: identifier, step, plant, owner, country, stage."""
    a = columns.arrays
    at = np.flatnonzero(a["unit_placed"])
    names = ("unit_place_id", "unit_step", *(f"unit_place_{n}" for n in _PLACE))
    return at, zip(*(a[name][at].tolist() for name in names), strict=True)


def _stops(columns: Columns, called: Facts) -> dict[int, Stop]:
    """Per number of an identifier its labels; places that are alike share one."""
    from orebook.acts.origin_flows import merged, stop_of

    at, rows = _rows(columns)
    a = columns.arrays
    texts = columns.texts(
        np.unique(np.concatenate([a[f"unit_place_{n}"][at] for n in _PLACE] or [at])).tolist()
    )
    alike: dict[tuple[Any, ...], Stop] = {}
    found: dict[int, Stop] = {}
    for ident, *labels in rows:
        key = tuple(labels)
        stop = alike.get(key)
        if stop is None:
            place = Place("", bool(labels[0]), *(texts[n] for n in labels[1:]))
            stop = alike[key] = stop_of(place, called)
        before = found.get(ident)
        found[ident] = stop if before is None else merged(before, stop)
    return found


def _places(columns: Columns) -> tuple[frozenset[str], dict[str, str]]:
    a = columns.arrays
    at = np.flatnonzero(a["unit_placed"])
    ids, plants = a["unit_place_id"][at].tolist(), a["unit_place_facility"][at].tolist()
    texts = columns.texts([*ids, *plants])
    steps = a["unit_step"][at].tolist()
    events = frozenset(texts[i] for i, step in zip(ids, steps, strict=True) if step)
    return events, {texts[i]: texts[p] for i, p in zip(ids, plants, strict=True)}
