"""The parts of a network that can be reckoned, where one that cannot would take all with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from orebook.engines.balance.flaws import SHOWN, first_of
from orebook.engines.balance.network import Bools, Ints, Network, parts_of
from orebook.engines.balance.recheck import STATIONARY, recheck
from orebook.engines.balance.reconcile import reconcile
from orebook.engines.balance.solve import Unsolved
from orebook.model.problem import Problem

TRIED_MOST = 2000  # sets of parts
LEFT_OUT = "part-left-out"


def sound_parts(network: Network) -> tuple[Network | None, tuple[Problem, ...]]:
    """The network without the connected parts that cannot be reckoned, each named.

    Connected parts share no equation but by an error that readings share, so what one of them
    holds says nothing of another. Parts are solved and looked at a second time together, and by
    halves where that fails, until each that cannot be reckoned stands alone.
    Takes: a network that cannot be reckoned whole.
    Gives: None where no part is sound, or where all are.
    Refuses: Unsolved where so many are unsound that it would take too long to find them all.
    """
    label = parts_of(network)
    count = int(label.max(initial=-1)) + 1
    if network.matrix is not None or count < 2:
        return None, ()
    sieve = _Sieve(network, label)
    sieve.halves(np.arange(count))
    lost = np.isin(label, list(sieve.unsound))
    if not lost.any() or lost.all():
        return None, ()
    named = list(sieve.unsound.items())[:SHOWN]
    left = [_left_out(network, label == part, why) for part, why in named]
    return within(network, ~lost), tuple(first_of(len(sieve.unsound), left))


@dataclass(slots=True)
class _Sieve:
    """Which parts cannot be reckoned, and why not."""

    network: Network
    label: Ints
    unsound: dict[int, str] = field(default_factory=dict)
    tried: int = 0

    def halves(self, parts: Ints) -> None:
        """Looks at both halves of parts that cannot be reckoned together."""
        for half in np.array_split(parts, 2):
            self._look(half)

    def _look(self, parts: Ints) -> None:
        self.tried += 1
        if self.tried > TRIED_MOST:
            message = (
                f"at least {len(self.unsound)} of {int(self.label.max()) + 1} connected parts"
                " cannot be reckoned; so many are not told from the others one by one"
            )
            raise Unsolved(message)
        own = np.isin(self.label, parts)
        alone = parts.size == 1
        why = _why_not(within(self.network, own), alone=alone) if own.any() else ""
        if why and alone:
            self.unsound[int(parts[0])] = why
        elif why:
            self.halves(parts)


def within(network: Network, edges: Bools) -> Network:
    """The network with these transfers alone; a node that none of them touches asks nothing."""
    used = np.zeros(len(network.nodes), dtype=bool)
    for ends in (network.tail[edges], network.head[edges]):
        used[ends[ends >= 0]] = True
    at: Ints = np.flatnonzero(edges)
    return replace(
        network,
        edges=tuple(network.edges[i] for i in at),
        tail=network.tail[edges],
        head=network.head[edges],
        value=network.value[edges],
        sd=network.sd[edges],
        known=network.known[edges],
        conserves=network.conserves & used[:, None],
        groups={name: tuple(of[i] for i in at) for name, of in network.groups.items()},
        slacks=tuple(s for s in network.slacks if used[s.node]),
    )


def _why_not(network: Network, *, alone: bool) -> str:
    """Why a part has no result that holds; empty where it has one.

    Takes: whether it is one alone. Where there are several, a pull that the gaps of one would
    excuse counts: a group passes only where no part of it needs that excuse.
    """
    try:
        checked = recheck(reconcile(network))
    except Unsolved as error:
        return str(error)
    holds = checked.holds and (alone or checked.stationarity <= STATIONARY)
    return "" if holds else f"balances that do not close ({checked.balance:.1e})"


def _left_out(network: Network, own: Bools, why: str) -> Problem:
    first = int(np.flatnonzero(own)[0])
    side = network.head if network.tail[first] < 0 else network.tail
    count = int(own.sum())
    many = "1 transfer" if count == 1 else f"{count} transfers"
    return Problem(
        LEFT_OUT,
        f'node "{network.nodes[int(side[first])]}"',
        "figures whose balance can be reckoned",
        f"{many} with {why}",
        "Check the units and doubts of its figures; the rest is given without it.",
    )
