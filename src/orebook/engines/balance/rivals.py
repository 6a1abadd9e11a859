"""Rival explanations of a gap: each single thing that would close it, and whether papers allow it.

Nothing here is chosen or applied: rivals stand side by side, each with the value it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from orebook.engines.balance.assumptions import Assumption, choose
from orebook.engines.balance.closing import BreakEven, break_evens, measured
from orebook.engines.balance.gap import metal, value_of
from orebook.engines.balance.parts import Contribution
from orebook.engines.balance.shown import figure
from orebook.engines.balance.streams import Scene, contributions, scene_of
from orebook.engines.balance.words import (
    CANNOT_BE_TOLD,
    COVERAGE,
    EXACT,
    VERSION,
    kilograms,
    percent,
    said,
)
from orebook.model.absence import known
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.lot import Lot
from orebook.model.uncertainty import Range, standard_deviation

INSIDE = "inside"
OUTSIDE = "outside"
COVERED = "covered"
COVERED_ONLY_IF_DRY = "covered_only_if_dry"
NOT_COVERED = "not_covered"
_SHORT = Context(prec=4)


def rivals(
    facts: Facts, *, event: str, element: str, assumptions: Sequence[Assumption] = ()
) -> Finding:
    """The single-figure explanations of an element's gap, each with the value needed.

    Gives: one part per rival: a grade, mass or moisture misstated, scrap that a passport declares,
    an output nobody lists; verdict `inside` or `outside` what the papers (or nature) allow, or
    `cannot_be_told` where no paper bounds it. The figure `needed` carries the allowed range, none
    where nature does not allow it.
    Refuses: NotFound for an event not in the facts.
    Unknown: with a figure missing there is no gap to explain, and no rival is given.
    """
    with localcontext(EXACT):
        scene = scene_of(facts, event, assumptions)
        flows = contributions(scene, element)
        gap = _gap(flows)
        parts: tuple[Finding, ...] = ()
        if gap:
            drafts = [_figure_rival(b, element) for b in break_evens(flows, element)]
            drafts += _unlisted(scene, element, gap)
            parts = tuple(_finding(facts, scene, element, d) for d in drafts)
        return Finding(
            "balance",
            VERSION,
            f"Which single figure would close the gap of {element}?",
            event,
            _overall(gap, parts),
            facts.head,
            facts.as_of,
            (_gap_figure(flows, gap),),
            (_lead(gap, element, parts),),
            tuple(dict.fromkeys(m for c in flows for m in c.missing)),
            tuple(a.sentence for a in scene.assumptions),
            tuple(dict.fromkeys(s for c in flows for s in c.sources)),
            parts,
            component=element,
        )


@dataclass(frozen=True, slots=True)
class _Rival:
    verdict: str
    reason: str
    figures: tuple[Figure, ...]
    missing: tuple[Missing, ...] = ()


def _finding(facts: Facts, scene: Scene, element: str, rival: _Rival) -> Finding:
    return Finding(
        "balance",
        VERSION,
        rival.figures[0].label,
        scene.event.id,
        rival.verdict,
        facts.head,
        facts.as_of,
        rival.figures,
        (rival.reason,),
        rival.missing,
        sources=rival.figures[0].sources,
        component=element,
    )


def _gap(flows: tuple[Contribution, ...]) -> Decimal | None:
    out, into = metal(flows, "out"), metal(flows, "in")
    if out is None or into is None or {c.side for c in flows} != {"in", "out"}:
        return None
    return out - into


def _assumed(flows: tuple[Contribution, ...]) -> bool:
    return any(not c.settled or any(f.state == "assumed" for f in c.factors or ()) for c in flows)


def _gap_figure(flows: tuple[Contribution, ...], gap: Decimal | None) -> Figure:
    state = "missing" if gap is None else "assumed" if _assumed(flows) else "derived"
    return figure("gap", gap, "kg", "gap: what came out minus what went in", state=state)


def _overall(gap: Decimal | None, parts: tuple[Finding, ...]) -> str:
    """The best any rival has: one inside what papers allow, one not ruled out, or none."""
    if gap is None:
        return CANNOT_BE_TOLD
    verdicts = {p.verdict for p in parts}
    if gap == 0 or INSIDE in verdicts:
        return INSIDE
    return CANNOT_BE_TOLD if CANNOT_BE_TOLD in verdicts else OUTSIDE


def _lead(gap: Decimal | None, element: str, parts: tuple[Finding, ...]) -> str:
    if gap is None:
        return f"A figure of {element} is missing, so there is no gap to explain."
    if gap == 0:
        return f"The figures of {element} agree; there is nothing to explain."
    word = "more" if gap > 0 else "less"
    return f"{kilograms(abs(gap))} {word} {element} came out than went in; {len(parts)} rivals."


def _figure_rival(broken: BreakEven, element: str) -> _Rival:
    """One stated figure that would have to be otherwise."""
    factor = broken.factor
    what = f"{measured(factor, element)} of {broken.contribution.label}"
    needed, stated = said(broken.value, factor.what), said(factor.quantity.value, factor.what)
    allowed = _allowed(broken)
    missing: tuple[Missing, ...] = ()
    if broken.impossible:
        verdict, reason = OUTSIDE, f"It would need {needed}: {broken.impossible}."
    elif factor.state == "missing":
        verdict = CANNOT_BE_TOLD
        reason = f"It would need {needed}; no paper states it."
        missing = (Missing(what, factor.lot, "no paper states it"),)
    elif allowed is None:
        verdict = CANNOT_BE_TOLD
        reason = f"It would need {needed}, not {stated}; nobody stated how good {stated} is."
        missing = (Missing(f"doubt of the {what}", factor.lot, "nobody stated it"),)
    else:
        inside = allowed[0] <= broken.value <= allowed[1]
        verdict = INSIDE if inside else OUTSIDE
        low, high = (said(end, factor.what) for end in allowed)
        reason = f"It would need {needed}; the papers allow {low} to {high}."
    shown = figure(
        "needed",
        broken.value,
        "kg" if factor.what == "mass" else "1",
        what,
        ends=None if broken.impossible else allowed,
        sources=(factor.source,) if factor.source else (),
    )
    was = None if factor.state == "missing" else factor.quantity.value
    state = "missing" if was is None else "known"
    return _Rival(
        verdict, reason, (shown, figure("stated", was, shown.unit, what, state=state)), missing
    )


def _allowed(broken: BreakEven) -> tuple[Decimal, Decimal] | None:
    """What the stated doubt allows: bounds in full, standard uncertainties twice."""
    quantity = broken.factor.quantity
    if quantity.spread.unstated or broken.factor.state == "missing":
        return None
    low = high = quantity.value
    for term in quantity.spread.terms:
        if isinstance(term.doubt, Range):
            low += term.doubt.low - term.value
            high += term.doubt.high - term.value
        else:
            wide = COVERAGE * (standard_deviation(term.doubt, term.value) or Decimal(0))
            low, high = low - wide, high + wide
    return low, high


def _unlisted(scene: Scene, element: str, gap: Decimal) -> Iterator[_Rival]:
    """What no event lists: scrap that went in, or an output that went unrecorded."""
    if gap < 0:
        label = f"an output of {element} nobody lists: tailings, slag or a loss"
        lot = scene.event.id
        shown = figure("needed", -gap, "kg", label)
        yield _Rival(
            CANNOT_BE_TOLD,
            f"It would need {kilograms(-gap)} of {element} in outputs that are not recorded.",
            (shown,),
            (Missing(label, lot, "no paper lists it"),),
        )
        return
    declared, sources, missing = declared_scrap(scene)
    label = f"scrap that the event does not list (as if pure {element})"
    if declared is None:
        why = f"It would need {kilograms(gap)}; no passport of an output declares recycled input."
        yield _Rival(CANNOT_BE_TOLD, why, (figure("needed", gap, "kg", label),), missing)
        return
    ends = (Decimal(0), declared)
    shown = figure("needed", gap, "kg", label, ends=ends, sources=sources)
    verdict = INSIDE if gap <= declared else OUTSIDE
    reason = f"It would need {kilograms(gap)}; the passport declares {kilograms(declared)}."
    if any(not c.settled for c in contributions(scene, element)):
        reason += " That holds only at the gap as if dry."
        verdict = CANNOT_BE_TOLD if verdict == INSIDE else verdict
    yield _Rival(verdict, reason, (shown,), missing)


def declared_scrap(scene: Scene) -> tuple[Decimal | None, tuple[str, ...], tuple[Missing, ...]]:
    """The recycled input that the outputs' passports declare, in kilograms, with its sources.

    Share of the output's mass × recycled share of that material; else the lot's recycled share.
    Unknown: None where no output declares any; a share without its recycled part is not counted.
    """
    total: Decimal | None = None
    sources: list[str] = []
    missing: list[Missing] = []
    for stream in scene.streams:
        share = _recycled(stream.lot) if stream.side == "out" and stream.lot else None
        if share is None or stream.lot is None:
            continue
        if stream.mass is None:
            missing += stream.missing
            continue
        total = (total or Decimal(0)) + share * stream.mass.value
        sources.append(stream.lot.ref.text())
    if total is None:
        missing.append(
            Missing("recycled share of the outputs", scene.event.id, "no passport declares it")
        )
    return total, tuple(sources), tuple(missing)


def _recycled(lot: Lot) -> Decimal | None:
    parts = [
        share.value * recycled.value
        for material in known(lot.materials) or ()
        if (share := known(material.share)) is not None
        and (recycled := known(material.recycled)) is not None
    ]
    if parts:
        return sum(parts, Decimal(0))
    own = known(lot.recycled_share)
    return own.value if own is not None else None


def explain_with_scrap(
    facts: Facts, *, event: str, element: str, assumptions: Sequence[Assumption] = ()
) -> Finding:
    """Whether the recycled input a passport declares covers the gap, and on what condition.

    Gives: `declared_scrap`, `gap`, `recovery` from the listed inputs with that scrap, the
    `break_even_moisture` above which it no longer covers, and under a named moisture what stays
    `unexplained`. Verdict: `covered`, `covered_only_if_dry`, `not_covered`, `cannot_be_told`.
    Takes: the scrap as pure as it can be: every kilogram of it counts as a kilogram of the element.
    Refuses: NotFound for an event not in the facts.
    Unknown: a missing mass, grade or declaration makes it `cannot_be_told`.
    """
    with localcontext(EXACT):
        scene = scene_of(facts, event, assumptions)
        flows = contributions(scene, element)
        gap = _gap(flows)
        declared, sources, missing = declared_scrap(scene)
        figures = [_gap_figure(flows, gap)]
        figures.append(
            figure(
                "declared_scrap",
                declared,
                "kg",
                "recycled input as declared",
                state="missing" if declared is None else "derived",
                sources=sources,
            )
        )
        verdict, reasons = CANNOT_BE_TOLD, ["A figure is missing, so nothing can be compared."]
        if gap is not None and declared is not None:
            verdict, reasons, more = _covering(scene, flows, gap, declared)
            figures += more
        return Finding(
            "balance",
            VERSION,
            f"Does the declared scrap cover the gap of {element}?",
            event,
            verdict,
            facts.head,
            facts.as_of,
            tuple(figures),
            (*reasons, "Compared at the figures as stated; their doubt is judged by the balance."),
            tuple(dict.fromkeys((*(m for c in flows for m in c.missing), *missing))),
            tuple(a.sentence for a in scene.assumptions),
            tuple(dict.fromkeys((*sources, *(s for c in flows for s in c.sources)))),
            component=element,
        )


def _covering(
    scene: Scene, flows: tuple[Contribution, ...], gap: Decimal, declared: Decimal
) -> tuple[str, list[str], list[Figure]]:
    open_flows = [c for c in flows if c.side == "in" and not c.settled]
    as_if_dry = sum((value_of(c) or Decimal(0) for c in open_flows), Decimal(0))
    into = metal(flows, "in") or Decimal(0)
    needed = into + gap - declared
    figures, reasons = [], []
    if into:
        recovery = needed / into
        figures.append(
            figure(
                "recovery",
                recovery,
                "1",
                "share of the listed inputs' metal that comes out, with the declared scrap",
                state="assumed" if open_flows else "derived",
            )
        )
        share = percent(_SHORT.plus(recovery))
        reasons.append(
            f"With {kilograms(declared)} of scrap, {share} of the listed inputs'"
            " metal would have come out" + (" if they are dry." if open_flows else ".")
        )
    if gap > declared:
        reasons.insert(0, f"{kilograms(gap - declared)} stay unexplained.")
        figures.append(figure("unexplained", gap - declared, "kg", "not covered by the scrap"))
        return NOT_COVERED, reasons, figures
    if not as_if_dry:
        more = "more than covers" if gap < declared else "covers"
        reasons.insert(
            0,
            f"The passport's scrap {more} it: {kilograms(declared)} declared,"
            f" {kilograms(gap)} needed.",
        )
        return COVERED, reasons, figures
    wettest = 1 - (needed - (into - as_if_dry)) / as_if_dry
    figures.append(
        figure(
            "break_even_moisture",
            wettest,
            "1",
            "moisture of the inputs of unstated basis"
            " above which the scrap no longer covers the gap",
            state="assumed",
        )
    )
    reasons.insert(
        0,
        "The passport's scrap covers the gap only if the inputs are dry, or at most"
        f" {percent(_SHORT.plus(wettest))} moist; their basis is not stated.",
    )
    water = [(c, choose(scene.assumptions, "moisture", c.lot)) for c in open_flows]
    if any(a is not None for _, a in water):
        lost = sum(
            ((value_of(c) or Decimal(0)) * a.value for c, a in water if a is not None), Decimal(0)
        )
        left = max(needed - into + lost, Decimal(0))
        figures.append(
            figure(
                "unexplained",
                left,
                "kg",
                "not covered by the scrap at the named moisture",
                state="assumed",
            )
        )
        reasons.append(f"At the named moisture {kilograms(left)} stay unexplained.")
    return COVERED_ONLY_IF_DRY, reasons, figures
