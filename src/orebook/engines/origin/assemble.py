"""From moves and lots to a network: custody models, unnamed remainders, overdrawn lots, circles.

What does not fit is named and its mix gets wider; nothing is rescaled until it fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from orebook.engines.origin.credit import credited
from orebook.engines.origin.edge import Edge
from orebook.engines.origin.network import INFINITE, Ints, Network
from orebook.engines.origin.unfold import unfold
from orebook.model.flow import FlowList, Move, Stop
from orebook.model.problem import Problem

# A lot may give away its own mass and this much more of it before the excess is called so.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Node:
    """A node of an assembled network: the lot it stands for, or why nobody knows it."""

    lot: str
    stop: Stop
    why: str = ""

    @property
    def unknown(self) -> bool:
        """True for what came in without a name."""
        return bool(self.why)


@dataclass(frozen=True, slots=True)
class Assembled:
    """The network of one element: its nodes, where each lot's last state stands, every fault.

    `times` says of each edge when it was, and whether its mass is recorded.
    """

    element: str
    network: Network
    nodes: tuple[Node, ...]
    at: Mapping[str, int]
    problems: tuple[Problem, ...]
    claims: tuple[Move, ...] = ()
    times: tuple[tuple[str, bool], ...] = ()


@dataclass(slots=True)
class _Board:
    edges: list[Edge]
    stops: Mapping[str, Stop]
    problems: list[Problem] = field(default_factory=list)
    unknowns: int = 0

    def fault(self, code: str, place: str, expected: str, seen: str, step: str) -> None:
        self.problems.append(Problem(code, place, expected, seen, step))

    def nobody(self, why: str) -> str:
        """A source of its own that nobody knows; the name cannot be a lot's."""
        self.unknowns += 1
        return f"\0{self.unknowns}\0{why}"


def assemble(flows: FlowList, element: str) -> Assembled:
    """The network of one element of a list.

    Unknown: mass of unrecorded origin becomes a source that nobody knows: what a lot held beyond
    what came in, what was taken beyond what it held, what ran in a circle that no time breaks.
    """
    mine = [m for m in flows.moves if m.element == element]
    claims = tuple(m for m in mine if m.custody == "book_and_claim")
    edges = [_edge(m) for m in mine if m.custody != "book_and_claim" and m.mass_kg != 0]
    board = _Board(edges, flows.stops)
    _shares(board)
    board.edges, later = unfold(board.edges, board.stops, board.fault, board.nobody)
    outside = [e for e in board.edges if not e.source]
    for edge in outside:
        edge.source = _entry(edge, board)
    _identity(board)
    board.edges = credited(board.edges)
    incoming = _by_target(board.edges)
    _remainders(board, incoming)
    _bounded(board, incoming)
    _overdrawn(board, incoming, _said(flows, element))
    lots = {m.target for m in mine} | {m.source for m in mine}
    return _network(element, board, claims, lots, later)


def _edge(move: Move) -> Edge:
    mass = None if move.mass_kg is None else float(move.mass_kg)
    high = INFINITE if move.high_kg is None else float(move.high_kg)
    return Edge(
        move.source,
        move.target,
        mass,
        float(move.low_kg),
        high,
        move.event,
        move.time,
        move.custody,
        move.place,
        move.share,
    )


def _entry(edge: Edge, board: _Board) -> str:
    """What comes from outside is a source of its own, with the labels of the lot it goes into."""
    stop = board.stops.get(edge.target)
    if stop is not None and (stop.mine is not None or stop.country is not None):
        return f"\1{edge.target}"
    return board.nobody(f"what came into {edge.target} from outside")


def _shares(board: _Board) -> None:
    """Shares of one lot that add to more than one are bounds and no longer shares."""
    incoming = _by_target(e for e in board.edges if e.share)
    for lot, edges in incoming.items():
        total = sum(e.mass or 0.0 for e in edges)
        if total > 1 + _SLACK:
            step = "Correct the shares; until then each is read as at most what it says."
            board.fault(
                "shares-exceed-one",
                edges[0].place,
                f"shares of {lot} that add to at most 1",
                f"{total:.12g}",
                step,
            )
            for edge in edges:
                edge.high, edge.low, edge.mass, edge.tie = edge.mass or 0.0, 0.0, None, (1.0, 1.0)
        elif total < 1 - _SLACK:
            _rest(board, lot, edges, 1.0 - total)


def _rest(board: _Board, lot: str, edges: list[Edge], rest: float) -> None:
    """What the shares of a lot leave: nobody's, or a supplier's whose share is not stated."""
    why = f"the part of {lot} that no share names"
    open_ = [e for e in edges if e.mass is None]
    told = None if open_ else rest
    board.edges.append(Edge(board.nobody(why), lot, told, told or 0.0, rest, share=True))
    for edge in open_:
        edge.high = min(edge.high, rest)
    if open_:
        for edge in (*edges, board.edges[-1]):
            edge.tie = (1.0, 1.0)


def _identity(board: _Board) -> None:
    """Identity preserved and yet mixed: it is one of the inputs, and which one is not known."""
    for lot, edges in _by_target(board.edges).items():
        kept = [e for e in edges if e.custody == "identity_preserved"]
        if kept and len({e.source for e in edges}) > 1:
            board.fault(
                "identity-mixed",
                kept[0].place,
                f"one input to {lot}, whose custody model is identity preserved",
                f"{len({e.source for e in edges})} inputs",
                "State the model under which they were mixed; until then any may be all of it.",
            )
            for edge in edges:
                edge.low, edge.mass, edge.high = 0.0, None, INFINITE


def _remainders(board: _Board, incoming: dict[str, list[Edge]]) -> None:
    """What a lot held beyond what is recorded to have come in has no name."""
    for lot, stop in board.stops.items():
        edges = incoming.get(lot)
        if stop.mass_kg is None or not edges or any(e.mass is None or e.share for e in edges):
            continue
        rest = float(stop.mass_kg) - sum(e.mass or 0.0 for e in edges)
        if rest > _SLACK * float(stop.mass_kg):
            edge = Edge(board.nobody(f"what {lot} held beyond what came in"), lot, rest, rest, rest)
            board.edges.append(edge)
            edges.append(edge)


def _bounded(board: _Board, incoming: dict[str, list[Edge]]) -> None:
    """A mass nobody recorded is at most what its source held and did not give to others.

    In the order of flow, so that what bounds a lot's inputs bounds what it gave.
    """
    if all(e.mass is not None or e.high < INFINITE for e in board.edges):
        return
    given = _by_source(board.edges)
    least = {lot: sum(e.low for e in edges) for lot, edges in given.items()}
    for lot in _in_order(board.edges, given):
        for edge in incoming.get(lot, ()):
            if edge.mass is not None or edge.high < INFINITE:
                continue
            held = _held(edge.source, board.stops, incoming)
            if held is not None:
                edge.high = max(held - (least[edge.source] - edge.low), edge.low, 0.0)


def _in_order(edges: list[Edge], given: dict[str, list[Edge]]) -> list[str]:
    """The lots, each after all that it is made of."""
    waiting: dict[str, int] = {}
    for edge in edges:
        waiting[edge.target] = waiting.get(edge.target, 0) + 1
    order = [lot for lot in dict.fromkeys(e.source for e in edges) if lot not in waiting]
    for lot in order:
        for edge in given.get(lot, ()):
            waiting[edge.target] -= 1
            if not waiting[edge.target]:
                order.append(edge.target)
    return order


def _held(lot: str, stops: Mapping[str, Stop], incoming: dict[str, list[Edge]]) -> float | None:
    """The most a lot can have given away: its mass where stated, else what came in."""
    stop = stops.get(lot)
    if stop is not None and stop.mass_kg is not None:
        return float(stop.mass_kg)
    edges = incoming.get(lot)
    if not edges or any(e.share for e in edges):
        return None
    high = sum(e.high for e in edges)
    return high if high < INFINITE else None


def _said(flows: FlowList, element: str) -> dict[str, tuple[float, float]] | None:
    """The lots that are known to be overdrawn and what each held, where that was weighed before."""
    if flows.held is None:
        return None
    return {
        lot: (float(low), float(high))
        for (of, lot), (low, high) in flows.held.items()
        if of == element
    }


def _overdrawn(
    board: _Board,
    incoming: dict[str, list[Edge]],
    said: Mapping[str, tuple[float, float]] | None,
) -> None:
    """What was taken from a lot beyond what it held came from somewhere else, unrecorded."""
    for lot, edges in _by_source(board.edges).items():
        if any(e.share for e in edges):
            continue
        found = _range(lot, edges, board, incoming) if said is None else said.get(lot)
        if found is None:
            continue
        taken = sum(e.low if e.mass is None else e.mass for e in edges)
        board.fault(
            "overdrawn",
            edges[-1].place,
            f"at most {found[1]:.12g} kg taken from {lot}",
            f"{taken:.12g} kg",
            "Correct a mass, or record what else went into it; each draw has bounds until then.",
        )
        every = sum(e.high for e in edges)
        for number, edge in enumerate(edges):
            _split(board, edge, found, every - edge.high, f"\2{lot}\2{number}")


def _range(
    lot: str, edges: list[Edge], board: _Board, incoming: dict[str, list[Edge]]
) -> tuple[float, float] | None:
    """What a lot held, least and most, where at least more than that was taken; else None."""
    stop = board.stops.get(lot)
    stated = stop is not None and stop.mass_kg is not None
    if not stated and any(e.mass is None for e in incoming.get(lot, ())):
        return None  # how much it held is not recorded, so nothing is beyond it
    held = _held(lot, board.stops, incoming)
    if held is None or sum(e.low for e in edges) <= held * (1 + _SLACK):
        return None
    return (held if stated else sum(e.low for e in incoming[lot])), held


def _split(board: _Board, edge: Edge, held: tuple[float, float], others: float, name: str) -> None:
    """One draw on an overdrawn lot: part of it from the lot, the rest from nobody knows where.

    Takes: what the lot held, least and most; `others`, the most that all other draws can be.
    """
    own_low = max(0.0, min(held[0] - others, edge.low)) if others < INFINITE else 0.0
    own_high = min(edge.high, held[1])
    told = edge.mass  # recorded is what stands there; see bounds
    rest = 0.0 if told is not None else None
    tie = (edge.low, edge.high) if edge.high < INFINITE else None
    source = edge.source
    board.edges.append(Edge(source, name, told, own_low, own_high, tie=tie))
    why = f"what was taken from {source} beyond what it held"
    least = max(edge.low - own_high, 0.0)
    board.edges.append(Edge(board.nobody(why), name, rest, least, edge.high - own_low, tie=tie))
    edge.source = name


def _by_target(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.target, []).append(edge)
    return found


def _by_source(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        if edge.source[:1] not in {"\0", "\1"}:
            found.setdefault(edge.source, []).append(edge)
    return found


def _network(
    element: str, board: _Board, claims: tuple[Move, ...], lots: set[str], later: dict[str, str]
) -> Assembled:
    names = [*sorted(lots - {""})]
    known = set(names)
    extra = dict.fromkeys(n for e in board.edges for n in (e.target, e.source) if n not in known)
    names += list(extra)
    number = {name: i for i, name in enumerate(names)}
    src = np.array([number[e.source] for e in board.edges], dtype=np.int32)
    dst = np.array([number[e.target] for e in board.edges], dtype=np.int32)
    single = np.bincount(dst, minlength=len(names)) == 1 if len(dst) else np.zeros(len(names))
    told = {e: e.mass is not None for e in board.edges}
    for edge, to in zip(board.edges, dst.tolist(), strict=True):
        if single[to]:  # the mix is the source's, whatever the mass
            edge.mass = 1.0 if edge.mass is None else edge.mass
            edge.low = edge.high = edge.mass
            edge.tie = None
    ties = {number[e.target]: e.tie for e in board.edges if e.tie is not None}
    network = Network(
        len(names),
        src,
        dst,
        np.array([e.mass or 0.0 for e in board.edges]),
        np.array([e.low for e in board.edges]),
        np.array([e.high for e in board.edges]),
        np.array([e.mass is not None for e in board.edges], dtype=np.bool_),
        ties,
        _groups(board.edges, number, len(names)),
    )
    nodes = tuple(_node(name, board.stops) for name in names)
    at = {lot: number[later.get(lot, lot)] for lot in sorted(lots - {""})}
    times = tuple((e.time, told[e]) for e in board.edges)
    return Assembled(element, network, nodes, at, tuple(board.problems), claims, times)


def _node(name: str, stops: Mapping[str, Stop]) -> Node:
    if name.startswith("\0"):
        return Node("", Stop(""), name.rpartition("\0")[2])
    if name[:1] in {"\1", "\2", "\3", "\4"}:
        lot = name[1:].partition(name[0])[0]
        stop = stops.get(lot, Stop(lot))
        return Node(lot, stop if name[0] != "\2" else Stop(lot))
    return Node(name, stops.get(name, Stop(name)))


def _groups(edges: list[Edge], number: Mapping[str, int], nodes: int) -> Ints:
    """Per node the one event that made it, or −1."""
    events: dict[str, int] = {}
    group = np.full(nodes, -2, dtype=np.int32)
    for edge in edges:
        at = number[edge.target]
        event = events.setdefault(edge.event, len(events)) if edge.event else -1
        group[at] = event if group[at] in {-2, event} else -1
    found: Ints = np.maximum(group, -1)
    return found
