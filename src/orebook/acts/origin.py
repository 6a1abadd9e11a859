"""Where a lot of a book came from: shares with bounds, from what the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orebook.acts.origin_list import Answer
from orebook.acts.origin_list import origin as of_list
from orebook.acts.origin_models import RECORDED, touches
from orebook.acts.see import View
from orebook.model.event import Event
from orebook.model.lot import Lot
from orebook.model.problem import NotFound


def origin(
    view: View,
    *,
    lots: Sequence[str] = (),
    by: Sequence[str] = (),
    stage: str = "",
    element: str = "",
    method: str = "proportional",
    model: str = RECORDED,
) -> Answer:
    """The shares of lots of a book: of those named, or of all that hold an assayed element.

    Takes: `model`, a custody model to read every event under in place of its own.

    Refuses: NotFound for a lot or an element nothing in the book speaks of.
    Unknown: what this reader may not see is of unknown origin or mass.
    """
    from orebook.acts.origin_flows import flows_of

    found = flows_of(view, lots, element, model)
    for lot in lots:
        if not touches(found.flows, lot) and not _spoken_of(view, lot):
            message = f"no statement and no event in this book names the lot {lot}"
            raise NotFound(message)
    asked = [lot for lot in lots if touches(found.flows, lot)]
    if lots and not asked:
        return Answer((), found.flows.problems, 0, method)
    answer = of_list(found.flows, lots=asked, by=by, stage=stage, element=element, method=method)
    return replace(answer, lots=tuple(a for a in answer.lots if a.lot not in found.events))


def _spoken_of(view: View, lot: str) -> bool:
    facts = view.facts(lots=[lot], steps=1)
    return facts.get(Lot, lot) is not None or bool(facts.all(Event))
