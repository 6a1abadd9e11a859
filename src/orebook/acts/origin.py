"""Where a lot of a book came from: shares with bounds, from what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orebook.acts.origin_list import Answer, Run, Share, exposure_of, reach_of, strangers
from orebook.acts.origin_list import origin as of_list
from orebook.acts.origin_models import RECORDED, touches
from orebook.acts.see import View
from orebook.engines.origin.sweep import forward
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.model.problem import NotFound, Problem


def origin(
    view: View,
    *,
    lots: Sequence[str] = (),
    by: Sequence[str] = (),
    stage: str = "",
    element: str = "",
    method: str = "proportional",
    model: str = RECORDED,
    run: Run = forward,
) -> Answer:
    """The shares of lots of a book: of those named, or of all that hold an assayed element.

    Takes: `model`, a custody model to read every event under in place of its own; `run`, the sweep
    that answers.

    Refuses: NotFound for a lot or an element nothing in the book speaks of.
    Unknown: what this reader may not see is of unknown origin or mass.
    """
    from orebook.acts.origin_flows import flows_of

    found = flows_of(view, lots, element, model, drawn=method in {"fifo", "lifo"})
    for lot in lots:
        if not touches(found.flows, lot) and not _spoken_of(view, lot):
            message = f"no statement and no event in this book names the lot {lot}"
            raise NotFound(message)
    asked = [lot for lot in lots if touches(found.flows, lot)]
    if lots and not asked:
        return Answer((), found.flows.problems, 0, method)
    answer = of_list(
        found.flows, lots=asked, by=by, stage=stage, element=element, method=method, run=run
    )
    return replace(answer, lots=tuple(a for a in answer.lots if a.lot not in found.events))


def reach(
    view: View, ident: str, *, element: str = "", model: str = RECORDED
) -> tuple[tuple[str, str, float], ...]:
    """Per element and lot of a book the share that came through a lot, mine or plant.

    Takes: an identifier, or the name of a mine or plant. Refuses: NotFound for what no flow names.
    """
    from orebook.acts.origin_whole import whole_of

    found = whole_of(view, element, model)
    plant = view.facts(ids=[ident]).get(Facility, ident)
    name = (known(plant.name) if plant is not None else None) or ident
    return tuple(r for r in reach_of(found.elements, name) if r[1] not in found.events)


def exposure(
    view: View,
    names: Mapping[str, Sequence[str]],
    *,
    stage: str = "",
    element: str = "",
    model: str = RECORDED,
) -> tuple[tuple[str, str, Share], ...]:
    """Per element and lot of a book the share that came from, or passed, a set of names."""
    from orebook.acts.origin_whole import whole_of

    found = whole_of(view, element, model)
    every = exposure_of(found.elements, names, stage=stage)
    return tuple(r for r in every if r[1] not in found.events)


def unmet(
    view: View, names: Mapping[str, Sequence[str]], place: str, model: str = RECORDED
) -> tuple[Problem, ...]:
    """The names of a set that no flow of the book knows, at their place."""
    from orebook.acts.origin_whole import whole_of

    return strangers(whole_of(view, model=model).elements, names, place)


def _spoken_of(view: View, lot: str) -> bool:
    facts = view.facts(lots=[lot], steps=1)
    return facts.get(Lot, lot) is not None or bool(facts.all(Event))
