"""Where the lots of a bare list of flows came from; no book is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from orebook.acts.origin_models import models_of
from orebook.engines.origin.assemble import Assembled, assemble
from orebook.engines.origin.index import Index
from orebook.engines.origin.labels import Question, Solved, covered, questions, solve
from orebook.engines.origin.missing import Gap, gaps, possible
from orebook.engines.origin.network import Floats
from orebook.engines.origin.reach import of_nodes, wires
from orebook.engines.origin.readings import (
    first_in_first_out,
    last_in_first_out,
    poison,
)
from orebook.engines.origin.sweep import forward
from orebook.engines.origin.ways import Cut, cone, cuts, heaviest
from orebook.exchange.flow_list import read_flows
from orebook.model.flow import FlowList
from orebook.model.problem import NotFound, Problem, ReaderError, TooLarge

Run = Callable[[Index, Floats], Floats]
LIST_MAX = 2 << 30
METHODS = ("proportional", "fifo", "lifo", "poison")
_QUEUES = {"fifo": first_in_first_out, "lifo": last_in_first_out}
# Beyond this many lots a table of every lot by every source is only made when asked for.
_SOURCES_MOST = 2_000
# Of more sources than this the ones that can matter most to a lot are named.
_NAMED_MOST = 50
_BY = ("source", "mine", "country", "facility", "owner", "stage")


@dataclass(frozen=True, slots=True)
class Share:
    """The least, recorded and most share of one name, as fractions of one."""

    name: str
    low: float
    value: float
    high: float


@dataclass(frozen=True, slots=True)
class Split:
    """One lot's shares under one question; they sum to one with what is unknown and not passed."""

    question: Question
    shares: tuple[Share, ...]
    unknown: float
    not_passed: Share | None

    @property
    def whole(self) -> float:
        """What it all adds up to: one."""
        rest = self.not_passed.value if self.not_passed is not None else 0.0
        return sum(s.value for s in self.shares) + rest + self.unknown


@dataclass(frozen=True, slots=True)
class LotOrigin:
    """One lot: its shares by question, what is missing, the heaviest way, and its plants."""

    lot: str
    element: str
    splits: tuple[Split, ...]
    missing: tuple[Gap, ...] = ()
    way: tuple[str, ...] = ()
    way_share: float = 0.0
    plants: tuple[Cut, ...] = ()
    cut: Cut | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The lots asked for, and every fault of the list by its place.

    `models` are the custody models of the flows that bear on them, each with its events.
    """

    lots: tuple[LotOrigin, ...]
    problems: tuple[Problem, ...]
    claims: int = 0
    method: str = "proportional"
    models: tuple[tuple[str, int], ...] = ()


def read(data: bytes, name: str, nodes: bytes | None = None, table: str = "") -> FlowList:
    """A list of flows. Refuses: TooLarge beyond two gibibytes; faults inside are problems."""
    if len(data) > LIST_MAX:
        step = "Split it by element, or keep it in a book."
        problem = Problem("too-large", "", "at most 2 GiB", f"{len(data)} bytes", step, name)
        raise TooLarge(problem.text(), [problem])
    return read_flows(data, name, nodes, table)


def origin(
    flows: FlowList,
    *,
    lots: Sequence[str] = (),
    by: Sequence[str] = (),
    stage: str = "",
    element: str = "",
    method: str = "proportional",
    run: Run = forward,
) -> Answer:
    """The shares of lots of a list: of those named, or of all (then without ways and cuts).

    Takes: `by`, the attributes to answer for (all that the list allows if empty); `stage`, one
    stage alone; `element`, one element alone; `method`, one of METHODS; `run`, the sweep
    that answers.
    Refuses: NotFound for a lot or an element the list does not hold, ReaderError for another
    attribute.
    """
    if method not in METHODS:
        message = f"a method is {', '.join(METHODS)}, not {method[:60]}"
        raise ReaderError(message)
    wrong = next((b for b in by if b not in _BY), None)
    if wrong is not None:
        message = f"shares are by {', '.join(_BY)}, not by {wrong[:60]}"
        raise ReaderError(message)
    found: list[LotOrigin] = []
    problems: list[Problem] = list(flows.problems)
    claims = 0
    for lot in lots:
        if not any(lot in {m.source, m.target} for m in flows.moves):
            message = f"the list names no lot {lot}"
            raise NotFound(message)
    around = upstream(flows, lots) if lots else flows
    for each in _elements(flows, element):
        whole = assemble(around, each)
        told = (p.within("", flows.name) for p in whole.problems)
        problems = list(dict.fromkeys((*problems, *told)))
        claims += len(whole.claims)
        asked = [q for q in questions(whole) if _wanted(q, by, stage)]
        if not lots and "source" not in by and len(whole.at) > _SOURCES_MOST:
            asked = [q for q in asked if q.attribute != "source" or len(asked) == 1]
        named = [x for x in lots if x in whole.at]
        if method == "proportional":
            found += _answers(whole, asked, named if lots else None, run)
        else:
            found += _read_as(whole, asked, named or list(whole.at), method)
    inside = made_of(around, lots) if lots else None
    bearing = (m for m in around.moves if inside is None or m.target in inside)
    return Answer(tuple(found), tuple(problems), claims, method, models_of(bearing))


def _read_as(
    whole: Assembled, asked: Sequence[Question], lots: Sequence[str], method: str
) -> list[LotOrigin]:
    """Lots under a reading that is not proportional; a name has one share and no bounds."""
    splits: dict[str, list[Split]] = {lot: [] for lot in lots}
    for question in asked:
        if method in _QUEUES:
            every = _QUEUES[method](whole, question)
        else:
            every = [dict.fromkeys(names, 1.0) for names in poison(whole, question)]
        for lot in lots:
            found = every[whole.at[lot]]
            unknown = found.get(None, 0.0)
            shares = [
                Share(name, value, value, min(value + unknown, 1.0))
                for name, value in found.items()
                if name
            ]
            shares.sort(key=lambda s: (-s.value, s.name))
            beyond = found.get("", 0.0)
            rest = Share("not passed", beyond, beyond, min(beyond + unknown, 1.0))
            passed = rest if question.passed else None
            splits[lot].append(Split(question, tuple(shares), unknown, passed))
    return [LotOrigin(lot, whole.element, tuple(splits[lot])) for lot in lots]


def upstream(flows: FlowList, lots: Sequence[str]) -> FlowList:
    """The moves that bear on these lots: all they are made of, and what else was taken from it."""
    inside = made_of(flows, lots)
    kept = tuple(m for m in flows.moves if m.target in inside or m.source in inside)
    return replace(flows, moves=kept)


def made_of(flows: FlowList, lots: Sequence[str]) -> set[str]:
    """These lots and all that went into them."""
    makers: dict[str, list[str]] = {}
    for move in flows.moves:
        makers.setdefault(move.target, []).append(move.source)
    inside, ring = set(lots), list(lots)
    while ring:
        found = dict.fromkeys(s for t in ring for s in makers.get(t, ()) if s and s not in inside)
        inside.update(found)
        ring = list(found)
    return inside


def exposure(
    flows: FlowList, names: Mapping[str, Sequence[str]], *, stage: str = "", element: str = ""
) -> tuple[tuple[str, str, Share], ...]:
    """Per element and lot the share that came from, or at a stage passed, a set of names.

    Takes: `names`, an attribute with its names, such as mine or country; a gram that belongs to the
    set by one attribute or another counts once.
    Refuses: ReaderError for another attribute, or for several of which one is a plant or an owner
    where no stage is named.
    """
    return exposure_of(assembled(flows, element), names, stage=stage)


def exposure_of(
    wholes: Iterable[Assembled], names: Mapping[str, Sequence[str]], *, stage: str = ""
) -> tuple[tuple[str, str, Share], ...]:
    """The same of networks that are assembled already."""
    asked = [(_question(attribute, stage), members) for attribute, members in names.items()]
    if len(asked) > 1 and not stage and any(q.passed for q, _ in asked):
        message = "a set by several attributes, one of them a plant or an owner: expected a stage"
        raise ReaderError(message)
    found: list[tuple[str, str, Share]] = []
    for whole in wholes:
        shares = _column("covered", covered(whole, asked), whole.at.values())
        found += zip(repeat(whole.element), whole.at, shares, strict=False)
    return tuple(found)


def strangers(
    wholes: Iterable[Assembled], names: Mapping[str, Sequence[str]], place: str
) -> tuple[Problem, ...]:
    """The names of a set that no flow knows: a share of them is nought for that reason alone."""
    known: dict[str, set[str | None]] = {attribute: set() for attribute in names}
    for node in (n for whole in wholes for n in whole.nodes if not n.unknown):
        for attribute, own in known.items():
            own.add(node.lot if attribute == "source" else getattr(node.stop, attribute, None))
    step = "Nothing is counted for it: correct it, or leave it if nothing came from there."
    return tuple(
        Problem("unknown-name", attribute, f"a {attribute} that a flow names", n, step, place)
        for attribute, members in names.items()
        for n in members
        if n not in known[attribute]
    )


def _column(name: str, solved: Solved, nodes: Iterable[int]) -> list[Share]:
    """The shares of the first group in these nodes."""
    rows = solved.index.row_of[np.fromiter(nodes, dtype=np.int64)]
    tables = (solved.shares.low, solved.shares.value, solved.shares.high)
    low, value, high = (np.clip(t[rows, 0], 0.0, 1.0) for t in tables)
    ends = (np.minimum(low, value), value, np.maximum(high, value))
    return [Share(name, *row) for row in zip(*(e.tolist() for e in ends), strict=True)]


def assembled(flows: FlowList, element: str = "") -> list[Assembled]:
    """The networks of a list, one for each element."""
    return [assemble(flows, each) for each in _elements(flows, element)]


def problems(flows: FlowList, wholes: Sequence[Assembled]) -> tuple[Problem, ...]:
    """Every fault of a list and of its networks, once."""
    told = (p.within("", flows.name) for whole in wholes for p in whole.problems)
    return tuple(dict.fromkeys((*flows.problems, *told)))


def reach(flows: FlowList, name: str, *, element: str = "") -> tuple[tuple[str, str, float], ...]:
    """Per element and lot the share that came through a lot, mine or facility of that name."""
    return reach_of(assembled(flows, element), name)


def reach_of(wholes: Iterable[Assembled], name: str) -> tuple[tuple[str, str, float], ...]:
    """The same of networks that are assembled already."""
    found = []
    met = False
    for whole in wholes:
        nodes = [
            i
            for i, n in enumerate(whole.nodes)
            if not n.unknown and name in {n.lot, n.stop.mine, n.stop.facility}
        ]
        met = met or bool(nodes)
        x = of_nodes(whole.network, np.array(nodes, dtype=np.int32))
        shares = x[np.fromiter(whole.at.values(), dtype=np.int64)].tolist()
        pairs = zip(whole.at, shares, strict=True)
        found += [(whole.element, lot, share) for lot, share in pairs if share > 0]
    if not met:
        message = f"the list names no lot, mine or facility {name}"
        raise NotFound(message)
    return tuple(sorted(found, key=lambda f: (f[0], -f[2], f[1])))


def _elements(flows: FlowList, element: str) -> tuple[str, ...]:
    if element and element not in flows.elements:
        message = f"the list has {', '.join(e or 'no element' for e in flows.elements)}: {element}?"
        raise NotFound(message)
    return (element,) if element else flows.elements


def _question(attribute: str, stage: str) -> Question:
    if attribute not in _BY[:5]:
        message = f"a set names {', '.join(_BY[:5])}, not {attribute[:60]}"
        raise ReaderError(message)
    passed = attribute in {"facility", "owner"} or bool(stage)
    return Question(attribute, stage, passed)


def _wanted(question: Question, by: Sequence[str], stage: str) -> bool:
    if stage and question.stage != stage:
        return False
    return not by or question.attribute in by or ("stage" in by and bool(question.stage))


def _answers(
    whole: Assembled, asked: Sequence[Question], lots: Sequence[str] | None, run: Run
) -> list[LotOrigin]:
    """Each lot with its splits; ways, plants and missing facts where lots were named."""
    names = list(whole.at) if lots is None else list(lots)
    splits: dict[str, list[Split]] = {lot: [] for lot in names}
    lacking: dict[str, list[Gap]] = {lot: [] for lot in names}
    for question in asked:
        if question.attribute == "source" and lots is not None:
            for lot in names:
                splits[lot].append(_by_source(whole, question, whole.at[lot], run))
            continue
        solved = solve(whole, question, run)
        for lot in names:
            splits[lot].append(_split(solved, whole.at[lot]))
            if lots is not None:
                lacking[lot] += gaps(whole, solved, whole.at[lot])
    if lots is None:
        return [LotOrigin(lot, whole.element, tuple(splits[lot])) for lot in names]
    wired = wires(whole.network)
    found = []
    for lot in names:
        around = cone(whole, wired, whole.at[lot])
        way, share = heaviest(around)
        plants, cut = cuts(whole, around)
        steps = tuple(dict.fromkeys(whole.nodes[n].lot or whole.nodes[n].why for n in way))
        answer = LotOrigin(lot, whole.element, tuple(splits[lot]), _ranked(lacking[lot]))
        found.append(replace(answer, way=steps, way_share=share, plants=plants, cut=cut))
    return found


def _by_source(whole: Assembled, question: Question, node: int, run: Run) -> Split:
    """One lot by the lots it began as: those that can matter most by name, the rest as one."""
    if len(whole.nodes) <= _NAMED_MOST:
        return _split(solve(whole, question, run), node)
    coarse = solve(whole, question, run, keep=())
    weight = possible(coarse, int(coarse.index.row_of[node]))[coarse.index.row_of]
    first = np.bincount(coarse.network.dst, minlength=coarse.network.nodes) == 0
    named = np.array([not n.unknown for n in whole.nodes])
    ends = np.flatnonzero(first & named & (weight > 0))
    top = ends[np.argsort(-weight[ends], kind="stable")][:_NAMED_MOST]
    keep = {whole.nodes[n].lot for n in top.tolist()}
    return _split(solve(whole, question, run, keep), node)


def _ranked(found: Sequence[Gap]) -> tuple[Gap, ...]:
    best: dict[tuple[str, str], Gap] = {}
    for gap in found:
        key = (gap.what, gap.lot)
        if key not in best or gap.narrows > best[key].narrows:
            best[key] = gap
    return tuple(sorted(best.values(), key=lambda g: (-g.narrows, g.what)))


def _split(solved: Solved, node: int) -> Split:
    row = int(solved.index.row_of[node])
    last = len(solved.names)
    shares = [
        _share(name, solved, node, g)
        for g, name in enumerate(solved.names)
        if solved.shares.named[row, g] > 0  # not where only its unknown part could be anyone's
    ]
    shares.sort(key=lambda s: (-s.value, -s.high, s.name))
    beyond = _share("not passed", solved, node, last) if solved.outside else None
    return Split(solved.question, tuple(shares), float(solved.shares.unknown[row]), beyond)


def _share(name: str, solved: Solved, node: int, group: int) -> Share:
    row = int(solved.index.row_of[node])
    shares = solved.shares
    low, value, high = (
        float(min(max(t[row, group], 0.0), 1.0)) for t in (shares.low, shares.value, shares.high)
    )
    return Share(name, min(low, value), value, max(high, value))
