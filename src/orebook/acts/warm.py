"""Yesterday's balance of a book, from which today's begins: a new event moves only what it touches.

Kept per open book, reader and question, in memory alone: λ of every lot and event by its name, or
the figures of every transfer where λ alone does not tell the state. A new head takes over whatever
still stands, for what no longer does is told by what it leaves open; nothing has to be declared
invalid. The figures agree with those of a fresh start to 10⁻⁹. The same network asked again begins
where it began before: the same question gets the same answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from orebook.acts.record import Record
from orebook.engines.balance.network import Floats, Network
from orebook.engines.balance.rebalance import Standing, standing
from orebook.engines.balance.starts import carried
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import digest

KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """Where a balance begins: at λ of the one before; where that does not tell its state, at the
    figures (E × k) that it ended with."""

    point: Floats | None
    standing: Standing | None


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """A network as it was balanced, where that began, and where it ended.

    `edges` and `point` (E × k) are kept only where there is no `standing`.
    """

    digest: str
    edges: tuple[str, ...]
    components: tuple[str, ...]
    begun: Begun | None
    point: Floats | None
    standing: Standing | None


_LOCK = Lock()
_KEPT: WeakKeyDictionary[Record, OrderedDict[Hashable, Before]] = WeakKeyDictionary()


def warm_start(book: Record, question: Hashable, network: Network) -> Begun | None:
    """Where to begin; None where this book was not asked that before."""
    with _LOCK:
        before = _KEPT.get(book, OrderedDict()).get(question)
    if before is None or before.components != network.components:
        return None
    if before.digest == digest(network):
        return before.begun
    if before.point is None:
        return Begun(None, before.standing)
    return Begun(carried(network, before.edges, before.point), None)


def remember(
    book: Record, question: Hashable, begun: Begun | None, name: str, found: Reconciled
) -> None:
    """Keep where a balance ended, for the next head. Takes: `name`, the digest of its network."""
    network, kept_of = found.network, standing(found)
    point, edges = (found.point, network.edges) if kept_of is None else (None, ())
    state = Before(name, edges, network.components, begun, point, kept_of)
    with _LOCK:
        kept = _KEPT.setdefault(book, OrderedDict())
        kept[question] = state
        kept.move_to_end(question)
        while len(kept) > KEPT:
            kept.popitem(last=False)
