"""The parts of a network that can be reckoned, where one that cannot would take all with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orebook.engines.balance.flaws import SHOWN, first_of
from orebook.engines.balance.network import Bools, Ints, Network, parts_of
from orebook.engines.balance.recheck import recheck
from orebook.engines.balance.reconcile import reconcile
from orebook.engines.balance.solve import Unsolved
from orebook.model.problem import Problem

PARTS_MOST = 500
EDGES_MOST = 20_000
LEFT_OUT = "part-left-out"


def sound_parts(network: Network) -> tuple[Network | None, tuple[Problem, ...]]:
    """The network without the connected parts that cannot be reckoned, each named.

    Connected parts share no equation but by an error that readings share, so what one of them
    holds says nothing of another. Each is solved and looked at a second time alone.
    Gives: None where no part is sound, where all are, or where there are too many to try.
    """
    label = parts_of(network)
    count = int(label.max(initial=-1)) + 1
    if network.matrix is not None or not 1 < count <= PARTS_MOST or label.size > EDGES_MOST:
        return None, ()
    kept = np.zeros(label.size, dtype=bool)
    left: list[Problem] = []
    for part in range(count):
        own = label == part
        why = _why_not(within(network, own)) if own.any() else ""
        if why:
            left.append(_left_out(network, own, why))
        else:
            kept |= own
    if not left or not kept.any():
        return None, ()
    return within(network, kept), tuple(first_of(len(left), left[:SHOWN]))


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


def _why_not(network: Network) -> str:
    """Why a part has no result that holds; empty where it has one."""
    try:
        checked = recheck(reconcile(network))
    except Unsolved as error:
        return str(error)
    return "" if checked.holds else f"balances that do not close ({checked.balance:.1e})"


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
