"""The rivals of one event's gap in order: how far each must depart from what is allowed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Context, Decimal

from orebook.engines.balance.assumptions import Assumption
from orebook.engines.balance.rivals import rivals
from orebook.engines.balance.shown import figure
from orebook.engines.balance.words import said
from orebook.model.facts import Facts
from orebook.model.finding import Finding

_SHORT = Context(prec=5)


def ranked(facts: Facts, *, event: str, element: str, assumptions: Sequence[Assumption]) -> Finding:
    """The rivals under named assumptions, the smallest departure first.

    Gives: the finding of `rivals` with its parts in order, each with the figure `departure`: how
    many times the half-width of what the papers or the assumption allow a figure must move; for
    scrap, the share of what the passport declares that the gap needs.
    Unknown: a rival that nothing bounds, or that nature does not allow, has no departure and comes
    last, in its old order.
    """
    found = rivals(facts, event=event, element=element, assumptions=assumptions)
    parts = [_measured(part) for part in found.parts]
    order = sorted(range(len(parts)), key=lambda i: (parts[i][0] is None, parts[i][0] or 0, i))
    return replace(found, parts=tuple(parts[i][1] for i in order))


def _measured(part: Finding) -> tuple[Decimal | None, Finding]:
    needed, stated = part.figure("needed"), part.figure("stated")
    if needed is None or needed.value is None or needed.low is None or needed.high is None:
        return None, part
    if stated is None:
        if not needed.high:
            return None, part
        departure = needed.value / needed.high
        told = (
            "the passport's scrap more than covers it"
            if departure < 1
            else ("the passport's scrap does not cover it")
        )
        reason = f"{said(needed.value, 'mass')} of {said(needed.high, 'mass')} declared: {told}."
    elif stated.value is None or needed.low >= needed.high:
        return None, part
    else:
        half = (needed.high - needed.low) / 2
        departure = abs(needed.value - stated.value) / half
        what = "mass" if needed.unit == "kg" else "fraction"
        word = "understated" if needed.value > stated.value else "overstated"
        closes = said(_SHORT.plus(needed.value), what)
        times = f"{_SHORT.plus(departure):.{1 if departure < 1000 else 0}f} times"
        reason = f"{word}: {closes}, not {said(stated.value, what)}, {times} the doubt it is given."
    shown = figure("departure", departure, "1", "in units of what is allowed")
    return departure, replace(part, figures=(*part.figures, shown), reasons=(reason,))
