"""Yesterday's balance of a book, from which today's begins: a new event moves only what it touches.

Kept per open book, reader and question, in memory alone. What was balanced is remembered by the
names of its transfers, so a new head takes over whatever still stands; the figures agree with those
of a fresh start to 10⁻⁹. The same network asked again begins where it began before: the same
question gets the same answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from orebook.acts.record import Record
from orebook.engines.balance.network import Floats, Network
from orebook.engines.balance.starts import carried
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import digest

KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """A network as it was balanced, where that began, and where it ended (E × k)."""

    digest: str
    edges: tuple[str, ...]
    components: tuple[str, ...]
    begun: Floats | None
    point: Floats


_LOCK = Lock()
_KEPT: WeakKeyDictionary[Record, OrderedDict[Hashable, Before]] = WeakKeyDictionary()


def warm_start(book: Record, question: Hashable, network: Network) -> Floats | None:
    """The state to begin from (E × k); None where this book was not asked that before."""
    with _LOCK:
        before = _KEPT.get(book, OrderedDict()).get(question)
    if before is None or before.components != network.components:
        return None
    if before.digest == digest(network):
        return before.begun
    return carried(network, before.edges, before.point)


def remember(
    book: Record, question: Hashable, begun: Floats | None, name: str, found: Reconciled
) -> None:
    """Keep where a balance ended, for the next head. Takes: `name`, the digest of its network."""
    network = found.network
    state = Before(name, network.edges, network.components, begun, found.point)
    with _LOCK:
        kept = _KEPT.setdefault(book, OrderedDict())
        kept[question] = state
        kept.move_to_end(question)
        while len(kept) > KEPT:
            kept.popitem(last=False)
