"""Mass balance by credits: which output holds which input is not known, only how much it can be.

Of an account that took in masses and gave an output of W, the output holds of one input at most all
of it (or W), and at least what the other inputs together cannot fill of W.
"""

from __future__ import annotations

from collections.abc import Sequence

from orebook.engines.origin.edge import Edge
from orebook.engines.origin.network import INFINITE

CREDIT = "mass_balance_credit"


def credited(edges: list[Edge]) -> list[Edge]:
    """The edges with those under credits replaced by what each input can be of each output.

    An event is a node of its own (its edges name it at one end), or joins inputs and outputs.
    Unknown: where a mass of an event without a node is not told, any input may be all of it.
    """
    mine = [e for e in edges if e.custody == CREDIT]
    if not mine:
        return edges
    found = [e for e in edges if e.custody != CREDIT]
    hubs: dict[str, list[Edge]] = {}
    pairs: dict[str, list[Edge]] = {}
    for edge in mine:
        node = bool(edge.event) and edge.event in {edge.source, edge.target}
        group = hubs if node else pairs
        group.setdefault(edge.event or f"\0{edge.target}", []).append(edge)
    for members in pairs.values():
        found += _joined(members)
    for hub, members in hubs.items():
        found += _through(hub, members)
    return found


def _joined(edges: list[Edge]) -> list[Edge]:
    """Of an event told as masses from each input into each output."""
    if any(e.mass is None for e in edges):
        for e in edges:
            e.low, e.high, e.mass = 0.0, INFINITE, None
        return edges
    given: dict[str, float] = {}
    taken: dict[str, float] = {}
    for e in edges:
        given[e.source] = given.get(e.source, 0.0) + (e.mass or 0.0)
        taken[e.target] = taken.get(e.target, 0.0) + (e.mass or 0.0)
    ins = list(given.items())
    place = {e.target: e.place for e in reversed(edges)}
    return [
        edge
        for target, kg in taken.items()
        for edge in _claims(ins, target, (kg, kg), place[target])
    ]


def _through(hub: str, edges: list[Edge]) -> list[Edge]:
    """Of an event, or an account, that is a node: each output gets a node with its labels."""
    ins = [(e.source, e.high) for e in edges if e.target == hub]
    outs = [e for e in edges if e.source == hub]
    if not ins or not outs:
        return edges
    found = []
    for number, e in enumerate(outs):
        name = f"\4{hub}\4{number}"
        found += _claims(ins, name, (e.low, e.high), e.place)
        found.append(Edge(name, e.target, e.mass, e.low, e.high, time=e.time, place=e.place))
    return found


def _claims(
    ins: Sequence[tuple[str, float]], target: str, out: tuple[float, float], place: str
) -> list[Edge]:
    every = sum(high for _, high in ins)
    endless = sum(1 for _, high in ins if high == INFINITE)
    tie = out if out[1] < INFINITE else None
    found = []
    for source, high in ins:
        others = (
            INFINITE
            if endless - (high == INFINITE)
            else (sum(h for _, h in ins if h < INFINITE) if high == INFINITE else every - high)
        )
        roof = min(high, out[1])
        low = min(max(0.0, out[0] - others), roof) if others < INFINITE else 0.0
        found.append(Edge(source, target, None, low, roof, tie=tie, place=place))
    return found
