"""The events of a book as one network: every weighing and assay once, with its own doubt.

Lots and events are nodes. A figure that speaks for two transfers (a lot's own mass, its assay) is
used for the first and left unknown in the second, so that nothing is counted as two readings; a
moisture test serves every weighing of its lot, and its error is then one that they share. A lot
of which the events state, on one basis, that as much was taken as was made went in whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

import numpy as np

from orebook.engines.balance.assumptions import Assumption
from orebook.engines.balance.gap import slopes, value_of
from orebook.engines.balance.grades import elements_of
from orebook.engines.balance.network import MOISTURE_TEST, Network, Shared, closing_nodes
from orebook.engines.balance.network_rows import Read
from orebook.engines.balance.parts import Contribution, Factor
from orebook.engines.balance.streams import Scene, Stream, contribution, scene_of
from orebook.engines.balance.words import DRY_MASS, EXACT
from orebook.model.absence import known
from orebook.model.facts import Facts
from orebook.model.problem import Problem
from orebook.model.quantity import Mass
from orebook.model.vocabulary import event_kinds

Reading = tuple[float, float]


@dataclass(slots=True)
class _Edge:
    name: str
    tail: str
    head: str
    figures: dict[str, Reading]
    scale: str = ""
    laboratory: str = ""
    party: str = ""
    # The figure of the moisture test, and its standard deviation as a share of the dry mass.
    test: str = ""
    wetness: float = 0.0


@dataclass(slots=True)
class _Build:
    edges: list[_Edge] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)
    used: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    causes: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    conserves: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    stated: dict[str, list[tuple[str, Mass | None]]] = field(default_factory=dict)
    opening: Mapping[str, Mapping[str, Reading]] = field(default_factory=dict)


def network_of_events(
    facts: Facts,
    events: Iterable[str],
    assumptions: Sequence[Assumption] = (),
    *,
    used_up: bool = False,
    opening: Mapping[str, Mapping[str, Reading]] | None = None,
) -> Read:
    """The network of those events, in kilograms, with every element assayed among them.

    Takes: `used_up`, whether a lot that went into an event is supposed to have gone in whole;
    otherwise what is left of it is an unknown that stays behind; `opening`, what an earlier period
    left of lots, per component with its standard deviation. Their own readings went into it and are
    not counted a second time.
    Unknown: a figure that is missing, sealed, on an unstated basis or of unstated doubt is not
    measured, and is listed; a named assumption settles it. Each is a Problem with its place.
    """
    build = _Build(opening=opening or {})
    with localcontext(EXACT):
        scenes = [scene_of(facts, name, assumptions) for name in events]
        elements = _elements(scenes)
        for scene in scenes:
            _event(scene, elements, build)
    if not build.edges:
        return Read(None, tuple(build.problems), tuple(build.used.values()))
    stocked = {n for n in build.taken - build.made if n in build.opening}
    for lot in sorted(stocked):
        figures = {c: r for c, r in build.opening[lot].items() if c in {DRY_MASS, *elements}}
        build.edges.append(_Edge(f"opening stock of {lot}", "", lot, figures))
    for lot in sorted(build.made & build.taken | stocked):
        build.conserves[lot] = (True, True)
        if not used_up and (lot in stocked or not _went_in_whole(build.stated[lot])):
            build.edges.append(_Edge(f"rest of {lot}", lot, "", {}))
    network = _network(build, elements)
    return Read(network, tuple(build.problems), tuple(build.used.values()))


def _elements(scenes: list[Scene]) -> list[str]:
    found: set[str] = set()
    for scene in scenes:
        for stream in scene.streams:
            if stream.role != "reagent":
                found |= elements_of(scene.analyses.of(stream.lot_id))
    return sorted(found)


def _event(scene: Scene, elements: list[str], build: _Build) -> None:
    kind = event_kinds().get(known(scene.event.kind) or "")
    sides = {s.side for s in scene.streams}
    if kind is None or known(scene.event.withdrawn) is not None:
        return
    name = scene.event.id
    asked = sides == {"in", "out"}
    build.conserves[name] = (
        asked and kind.dry_mass == "conserved",
        asked and kind.elements == "conserved",
    )
    for stream in scene.streams:
        if stream.role == "reagent":
            continue
        build.edges.append(_edge(scene, stream, elements, build))


def _edge(scene: Scene, stream: Stream, elements: list[str], build: _Build) -> _Edge:
    event, lot = scene.event.id, stream.lot_id or f"a lot not named ({stream.side}/{stream.index})"
    (build.taken if stream.side == "in" else build.made).add(lot)
    own = stream.side == "out" or stream.mass_figure.startswith("event:")
    build.stated.setdefault(lot, []).append((stream.side, stream.mass if own else None))
    mass = contribution(scene, stream, DRY_MASS)
    figures: dict[str, Reading] = {}
    title = f"{lot} {'into' if stream.side == 'in' else 'out of'} {event}"
    dry = _reading(mass, mass, build, title, DRY_MASS)
    if dry is not None:
        figures[DRY_MASS] = dry
    laboratory = ""
    for element in elements:
        part = contribution(scene, stream, element)
        grade = _reading(part, mass, build, title, element)
        if grade is not None:
            figures[element] = grade
    assays = scene.analyses.of(stream.lot_id)
    if assays:
        laboratory = known(assays[0].laboratory) or ""
    for factor in mass.factors or ():
        build.spent.add(factor.figure)
    ends = (lot, event) if stream.side == "in" else (event, lot)
    scale = next((_cause(f) for f in mass.factors or () if f.what == "mass"), "")
    made = _Edge(title, *ends, figures, scale, laboratory, known(scene.event.party) or "")
    test = next((f for f in mass.factors or () if _is_test(f)), None)
    if dry is not None and test is not None:
        spread = test.quantity.spread.standard()
        made.test = test.figure
        made.wetness = float(spread / test.term) if spread and test.term else 0.0
    return made


def _is_test(factor: Factor) -> bool:
    """Whether it is a moisture that makes a wet mass dry: transfers of one lot share it."""
    return factor.what == "moisture" and factor.complement and factor.power == 1


def _went_in_whole(stated: Iterable[tuple[str, Mass | None]]) -> bool:
    """Whether the events themselves say that as much of the lot was taken as was made of it."""
    sums = {"in": Decimal(0), "out": Decimal(0)}
    bases = set()
    for side, mass in stated:
        if mass is None or mass.written is None:
            return False
        sums[side] += mass.value
        bases.add(mass.basis)
    return sums["in"] == sums["out"] and len(bases) == 1


def _cause(factor: Factor) -> str:
    return next((t.cause for t in factor.quantity.spread.terms if t.cause != t.figure), "")


def _reading(
    part: Contribution, mass: Contribution, build: _Build, edge: str, component: str
) -> Reading | None:
    """Dry mass in kilograms, or the grade on dry mass; None where it cannot be used."""
    own = [f for f in part.factors or () if part is mass or f.figure not in _figures(mass)]
    place = f"{edge}, {component}"
    build.used.update({u: u for u in part.used})
    if part.factors is None or not part.settled:
        _unsettled(part, mass, place, build)
        return None
    if any(f.bound or _was_used(f, part.lot, build) for f in own):
        return None
    amount, base = value_of(part), value_of(mass)
    if amount is None or (part is not mass and not base):
        return None
    value = amount if part is mass or base is None else amount / base
    variance = Decimal(0)
    for factor, slope in slopes(part):
        if factor not in own:
            continue
        sd = factor.quantity.spread.standard()
        if sd is None:
            build.problems.append(_missing("no-uncertainty", place, f"doubt of {factor.figure}"))
            return None
        if part is mass and _is_test(factor):
            sd = Decimal(0)  # what it adds is told once it is known how many transfers share it
        scale = slope if part is mass or base is None else slope / base
        variance += (scale * sd) ** 2
        cause = _cause(factor)
        if cause and value:
            source = "scale" if factor.what == "mass" else "laboratory"
            build.causes.setdefault((source, cause), []).append(float(sd / factor.term))
    if part is not mass:
        build.spent.update(f.figure for f in own)
    return float(value), float(variance.sqrt())


def _unsettled(part: Contribution, mass: Contribution, place: str, build: _Build) -> None:
    """Lists what is not measured, or stands on no stated basis; a grade nobody took is neither."""
    if part.factors is not None or part is mass:
        why = "; ".join(m.why for m in part.missing) or "not stated"
        build.problems.append(_missing("not-measured", place, why))


def _was_used(factor: Factor, lot: str, build: _Build) -> bool:
    """Whether a figure speaks already: in another transfer, or in the stock a period opens with.

    A moisture test may speak in several transfers: its error is then one that they share.
    """
    own = factor.figure.startswith("event:")
    spent = factor.figure in build.spent and not _is_test(factor)
    return spent or (lot in build.opening and not own)


def _figures(part: Contribution) -> set[str]:
    return {f.figure for f in part.factors or ()}


def _missing(code: str, place: str, why: str) -> Problem:
    step = "State it, or name an assumption; until then it is not used."
    return Problem(code, place, "a figure with its basis and its doubt", why, step)


def _tests(edges: Iterable[_Edge]) -> dict[str, float]:
    """The moisture tests of more than one transfer; that of one adds to the doubt of its mass."""
    users: dict[str, list[_Edge]] = {}
    for edge in edges:
        if edge.wetness:
            # A weighing said to be exact has no other doubt than that of its test.
            name = edge.test if edge.figures[DRY_MASS][1] else edge.name
            users.setdefault(name, []).append(edge)
    for own in users.values():
        if len(own) == 1:
            value, sd = own[0].figures[DRY_MASS]
            own[0].figures[DRY_MASS] = value, float(np.hypot(sd, own[0].wetness * value))
            own[0].test = ""
    return {name: own[0].wetness for name, own in users.items() if len(own) > 1}


def _network(build: _Build, elements: list[str]) -> Network:
    tests = _tests(build.edges)
    names = sorted({n for e in build.edges for n in (e.tail, e.head) if n in build.conserves})
    number = {n: i for i, n in enumerate(names)}
    components = (DRY_MASS, *elements)
    value = np.zeros((len(build.edges), len(components)))
    sd, seen = np.zeros_like(value), np.zeros(value.shape, dtype=bool)
    for i, edge in enumerate(build.edges):
        for k, component in enumerate(components):
            if component in edge.figures:
                value[i, k], sd[i, k] = edge.figures[component]
                seen[i, k] = True
    tail = np.array([number.get(e.tail, -1) for e in build.edges], dtype=np.int64)
    head = np.array([number.get(e.head, -1) for e in build.edges], dtype=np.int64)
    closed = closing_nodes(len(names), tail, head)
    conserves = np.array(
        [[build.conserves[n][0], *([build.conserves[n][1]] * len(elements))] for n in names],
        dtype=bool,
    ).reshape(len(names), len(components))
    groups = {
        "scale": tuple(e.scale for e in build.edges),
        "laboratory": tuple(e.laboratory for e in build.edges),
        "party": tuple(e.party for e in build.edges),
    }
    if tests:
        groups[MOISTURE_TEST] = tuple(e.test if e.test in tests else "" for e in build.edges)
    shared = tuple(
        Shared(source, cause, max(sizes))
        for (source, cause), sizes in sorted(build.causes.items())
        if len(sizes) > 1 and cause in groups[source]
    ) + tuple(Shared(MOISTURE_TEST, name, size) for name, size in sorted(tests.items()))
    return Network(
        tuple(names), tuple(e.name for e in build.edges), components, tail, head, value, sd, seen,
        conserves & closed[:, None], "kg", groups, (), shared,
    )  # fmt: skip
