"""The balance of one event: per element, and of dry mass where its kind conserves it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import localcontext

from orebook.engines.balance.assumptions import Assumption
from orebook.engines.balance.closing import break_evens, measured
from orebook.engines.balance.gap import Judgement, Side, judge, side
from orebook.engines.balance.grades import elements_of
from orebook.engines.balance.parts import Contribution, Factor
from orebook.engines.balance.shown import figure
from orebook.engines.balance.streams import Scene, contributions, scene_of
from orebook.engines.balance.words import (
    ADDS_UP,
    CANNOT_BE_TOLD,
    DOES_NOT_ADD_UP,
    DRY_MASS,
    EXACT,
    VERSION,
    kilograms,
)
from orebook.model.absence import known
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.problem import ReaderError
from orebook.model.substance import weights
from orebook.model.vocabulary import event_kinds

COVERAGE_REASON = (
    "A gap is judged at coverage k = 2: hard bounds are added in full, standard uncertainties in"
    " quadrature; what shares a cause is added in full (JCGM 100:2008)."
)
GAP_LABEL = "gap: what came out minus what went in; above zero more came out than went in"


def balance(
    facts: Facts,
    *,
    event: str,
    elements: Sequence[str] | None = None,
    assumptions: Sequence[Assumption] = (),
) -> Finding:
    """Whether what went into an event came out of it, per element and in dry mass.

    Takes: the event's id; element symbols to follow, or None for every element with a grade on at
    least one side; named assumptions for what the papers leave unsaid.
    Gives: one part per component with `in`, `out` and `gap` in kilograms, the gap's standard
    uncertainty and hard bounds, and `break_even/…` values; verdicts `adds_up`, `does_not_add_up`,
    `cannot_be_told`. The whole adds up only where every part does.
    Refuses: NotFound for an event not in the facts, ReaderError for an unknown element.
    Unknown: a missing figure, an unstated basis or doubt never makes a part add up; where what is
    known decides from one side alone, the part does not add up regardless.
    Source: JCGM 100:2008, 5 (spreading of doubt); ISO 10251:2006 (moisture).
    """
    with localcontext(EXACT):
        scene = scene_of(facts, event, assumptions)
        parts = tuple(_part(facts, scene, component) for component in components(scene, elements))
        return _whole(facts, scene, parts)


def components(scene: Scene, elements: Sequence[str] | None) -> list[str]:
    """What the event's kind conserves and somebody measured: dry mass first, then elements."""
    kind = event_kinds().get(known(scene.event.kind) or "")
    if kind is None or not scene.streams:
        return []
    found = [DRY_MASS] if kind.dry_mass == "conserved" and elements is None else []
    if kind.elements != "conserved":
        return found
    if elements is not None:
        unknown = [e for e in elements if e not in weights()]
        if unknown:
            message = f'"{unknown[0]}" is not an element symbol such as Cu'
            raise ReaderError(message)
        return list(dict.fromkeys(elements))
    followed = {a.of for a in scene.assumptions if a.verb == "grade" and _has(scene, a.lot)}
    for stream in scene.streams:
        if stream.role != "reagent":
            followed |= elements_of(scene.analyses.of(stream.lot_id))
    return found + sorted(followed)


def _has(scene: Scene, lot: str) -> bool:
    return any(s.lot_id == lot for s in scene.streams)


def _part(facts: Facts, scene: Scene, component: str) -> Finding:
    flows = contributions(scene, component)
    one_sided = _one_sided(flows)
    total = side(flows, signed=True)
    whole = None if one_sided else total  # what nobody recorded is not nil, so there is no gap
    judgement = one_sided or judge(flows, whole)
    unstated = _unstated(flows, total)
    missing = [m for c in flows for m in c.missing] + [
        Missing(
            f"doubt of the {measured(f, component)} of lot {c.lot}",
            c.lot,
            "nobody said how good the figure is",
        )
        for c, f in unstated
    ]
    if one_sided:
        name = "inputs" if not any(c.side == "in" for c in flows) else "outputs"
        missing.append(Missing(name, scene.event.id, f"no {name} are recorded"))
    used = {u for c in flows for u in c.used}
    return Finding(
        "balance",
        VERSION,
        f"Did the {component} that went in come out?",
        scene.event.id,
        judgement.verdict,
        facts.head,
        facts.as_of,
        (
            *_sums(flows, whole),
            *(b.shown(component) for b in (() if one_sided else break_evens(flows, component))),
        ),
        _reasons(
            flows, whole, judgement, [f"{measured(f, component)} of {c.label}" for c, f in unstated]
        ),
        tuple(dict.fromkeys(missing)),
        tuple(a.sentence for a in scene.assumptions if a.id in used),
        tuple(dict.fromkeys(s for c in flows for s in c.sources)),
        component=component,
    )


def _one_sided(flows: tuple[Contribution, ...]) -> Judgement | None:
    sides = {c.side for c in flows}
    if sides == {"in", "out"}:
        return None
    gone = "inputs" if "in" not in sides else "outputs"
    return Judgement(CANNOT_BE_TOLD, f"No {gone} are recorded, so there is nothing to compare.")


def _unstated(
    flows: tuple[Contribution, ...], whole: Side | None
) -> list[tuple[Contribution, Factor]]:
    """The figures whose doubt nobody stated and that bear on the gap, each once."""
    bearing = None if whole is None else set(whole.spread.unstated)
    found: dict[str, tuple[Contribution, Factor]] = {}
    for flow in flows:
        for factor in flow.factors or ((flow.mass,) if flow.mass else ()):
            names = set(factor.quantity.spread.unstated)
            if names and (bearing is None or names & bearing):
                found.setdefault(factor.figure, (flow, factor))
    return list(found.values())


def _reasons(
    flows: tuple[Contribution, ...],
    whole: Side | None,
    judgement: Judgement,
    unstated: list[str],
) -> tuple[str, ...]:
    reasons = [judgement.reason]
    if whole is not None:
        value = whole.value
        direction = "more came out than went in" if value > 0 else "less came out than went in"
        reasons.append(
            f"Gap {kilograms(value)}: {direction}." if value else "Gap 0 kg: the figures agree."
        )
        if value < 0:
            reasons.append("Tailings, slag or a loss may not be recorded as an output.")
    if unstated:
        reasons.append(f"Nobody stated the doubt of: {'; '.join(unstated)}.")
    if any(f.bound for c in flows for f in c.factors or ()):
        reasons.append("A reading below or above a limit is carried as a range, not as a number.")
    reasons += [note for c in flows for note in c.notes]
    return (*dict.fromkeys(reasons), COVERAGE_REASON)


def _sums(flows: tuple[Contribution, ...], whole: Side | None) -> list[Figure]:
    """In, out, gap, the gap in units of its doubt, and what each flow brings."""
    found = []
    for name, label in (("in", "went in"), ("out", "came out")):
        found.append(_sum(name, tuple(c for c in flows if c.side == name), label))
    if {c.side for c in flows} == {"in", "out"}:
        gap = _sum("gap", flows, GAP_LABEL, signed=True)
    else:
        gap = figure("gap", None, "kg", GAP_LABEL, state="missing")
    found.append(gap)
    ratio = None
    standard = whole.spread.standard() if whole is not None else None
    if whole is not None and standard:
        ratio = whole.value / standard
    found.append(
        figure(
            "gap_in_doubts",
            ratio,
            "1",
            "gap in units of its standard uncertainty",
            state="missing" if ratio is None else gap.state,
        )
    )
    return found + [_sum(f"flow/{c.name}", (c,), c.label) for c in flows]


def _sum(name: str, flows: tuple[Contribution, ...], label: str, *, signed: bool = False) -> Figure:
    total = side(flows, signed=signed) if flows else None
    if total is None:
        return figure(name, None, "kg", label, state="missing")
    assumed = any(
        not c.settled or any(f.state == "assumed" for f in c.factors or ()) for c in flows
    )
    return figure(
        name,
        total.value,
        "kg",
        f"{label} (as if dry where no basis is stated)"
        if any(not c.settled for c in flows)
        else label,
        state="assumed" if assumed else "derived",
        standard=total.spread.standard(),
        ends=total.hard(),
        sources=tuple(dict.fromkeys(s for c in flows for s in c.sources)),
    )


def _whole(facts: Facts, scene: Scene, parts: tuple[Finding, ...]) -> Finding:
    verdicts = [p.verdict for p in parts]
    reasons = _remarks(scene, parts)
    if DOES_NOT_ADD_UP in verdicts:
        verdict = DOES_NOT_ADD_UP
    elif not verdicts or CANNOT_BE_TOLD in verdicts or verdicts == _only_dry(parts):
        # A kind that conserves elements has not been checked while none of them is assayed.
        verdict = CANNOT_BE_TOLD
    else:
        verdict = ADDS_UP
    missing = [m for p in parts for m in p.missing]
    for name, flows in (("inputs", scene.event.inputs), ("outputs", scene.event.outputs)):
        if not known(flows):
            missing.append(Missing(name, scene.event.id, f"no {name} are recorded"))
    return Finding(
        "balance",
        VERSION,
        "Did what went in come out?",
        scene.event.id,
        verdict,
        facts.head,
        facts.as_of,
        (),
        reasons,
        tuple(dict.fromkeys(missing)),
        tuple(a.sentence for a in scene.assumptions),
        tuple(dict.fromkeys((scene.event.ref.text(), *(s for p in parts for s in p.sources)))),
        parts,
    )


def _only_dry(parts: tuple[Finding, ...]) -> list[str]:
    return [p.verdict for p in parts if p.component == DRY_MASS]


def _remarks(scene: Scene, parts: tuple[Finding, ...]) -> tuple[str, ...]:
    kind = event_kinds().get(known(scene.event.kind) or "")
    reasons = []
    for word in (ADDS_UP, DOES_NOT_ADD_UP, CANNOT_BE_TOLD):
        names = [p.component for p in parts if p.verdict == word]
        if names:
            reasons.append(f"{word.replace('_', ' ').capitalize()}: {', '.join(names)}.")
    if kind is None:
        reasons.append("What was done is not stated, so nothing can be checked.")
    elif len(parts) == len(_only_dry(parts)) and kind.elements == "conserved" and scene.streams:
        reasons.append("No element is assayed on any of its lots, so no metal can be checked.")
    elif not parts and kind.elements == "conserved":
        reasons.append("Neither inputs nor outputs are recorded, so nothing can be checked.")
    elif not parts:
        reasons.append(
            f'Kind "{kind.kind}" ({kind.description}) conserves nothing that can be checked.'
        )
    elif kind.dry_mass != "conserved":
        reasons.append(f'Kind "{kind.kind}" does not conserve dry mass, so that is not asked.')
    if known(scene.event.withdrawn) is not None:
        reasons.append("The event itself is said to be wrong: an error declaration stands.")
    taken = {s for p in parts for s in p.assumptions}
    idle = [a.id for a in scene.assumptions if a.sentence not in taken]
    reasons += [f'Assumption "{name}" touched nothing here.' for name in idle]
    return tuple(reasons)


def part_of(finding: Finding, component: str) -> Finding | None:
    """The part about that element, or about `dry mass`, if the finding has one."""
    return next((p for p in finding.parts if p.component == component), None)
