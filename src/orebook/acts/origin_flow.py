"""The flow a lot came by, plant by plant: what a picture of its origin draws."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.acts.origin_list import LotOrigin, origin
from orebook.acts.origin_models import RECORDED, BookFlows
from orebook.acts.see import View
from orebook.engines.balance.grades import analyses, elements_of, readings
from orebook.engines.origin.assemble import Assembled, assemble
from orebook.engines.origin.reach import wires
from orebook.engines.origin.ways import Cone, cone
from orebook.model.facts import Facts


@dataclass(frozen=True, slots=True)
class Passage:
    """A share of the lot that went from one step to the next; the ends are steps' keys."""

    source: str
    target: str
    share: float


@dataclass(frozen=True, slots=True)
class Step:
    """A plant at a stage, what nobody knows, or the lot itself; `day` is when it first acted.

    `plant` is the plant's identifier, empty where there is none.
    """

    key: str
    name: str
    stage: str
    country: str
    day: str
    plant: str = ""


@dataclass(frozen=True, slots=True)
class LotFlow:
    """One lot and element: its shares, and the steps and passages it came by at recorded masses."""

    answer: LotOrigin
    steps: tuple[Step, ...]
    passages: tuple[Passage, ...]
    days: tuple[str, ...]
    models: tuple[tuple[str, int], ...]


def elements(facts: Facts, lot: str) -> tuple[str, ...]:
    """The elements assayed on a lot, the one it holds most of first."""
    assays = analyses(facts, [lot]).of(lot)
    grade = {}
    for symbol in elements_of(assays):
        found = readings(assays, symbol)
        grade[symbol] = found[0].grade.value * found[0].factor if found else Decimal(0)
    return tuple(sorted(grade, key=lambda e: (-grade[e], e)))


def lot_flow(
    view: View, lot: str, element: str, *, until: str = "", model: str = RECORDED
) -> LotFlow | None:
    """The origin of one lot for one element, with the way it came; None where no event made it.

    Takes: `until`, a day; steps of later days are left out of the passages, not of the shares.
    """
    from orebook.acts.origin_flows import flows_of

    found = flows_of(view, [lot], element, model)
    if not any(m.target == lot for m in found.flows.moves):
        return None
    answer = origin(found.flows, lots=[lot])
    return _flow(found, answer.lots[0], until, answer.models)


def _flow(
    found: BookFlows, answer: LotOrigin, until: str, models: tuple[tuple[str, int], ...]
) -> LotFlow:
    whole = assemble(found.flows, answer.element)
    around = cone(whole, wires(whole.network), whole.at[answer.lot])
    passages, steps = _passages(whole, around, answer.lot, found)
    dates = tuple(sorted({s.day for s in steps.values() if s.day}))
    if until:
        late = {k for k, s in steps.items() if s.day > until}
        steps = {k: s for k, s in steps.items() if k not in late}
        passages = {e: v for e, v in passages.items() if not late & set(e)}
    drawn = tuple(Passage(a, b, v) for (a, b), v in passages.items() if v > 1e-6)
    ends = {e for p in drawn for e in (p.source, p.target)}
    shown = tuple(s for k, s in steps.items() if k in ends)
    return LotFlow(answer, shown, drawn, dates, models)


def _passages(
    whole: Assembled, around: Cone, lot: str, found: BookFlows
) -> tuple[dict[tuple[str, str], float], dict[str, Step]]:
    """Shares of the lot between steps: lots between two events are passed over."""
    held = {around.nodes[-1]: 1.0}
    steps = {"lot": Step("lot", lot, "", "", "")}
    ahead: dict[int, dict[str, float]] = {around.nodes[-1]: {"lot": 1.0}}
    links: dict[tuple[str, str], float] = {}
    for node, inputs in zip(reversed(around.nodes), reversed(around.inputs), strict=True):
        share = held.get(node, 0.0)
        key = _step(whole, node, found, steps, source=not inputs)
        going = ahead.get(node, {})
        if key:
            for target, part in going.items():
                if key != target:
                    links[key, target] = links.get((key, target), 0.0) + part
            going = {key: share}
        for source, part in inputs:
            held[source] = held.get(source, 0.0) + share * part
            into = ahead.setdefault(source, {})
            for target, flow in going.items():
                into[target] = into.get(target, 0.0) + flow * part
    return links, steps


def _step(
    whole: Assembled, node: int, book: BookFlows, steps: dict[str, Step], *, source: bool
) -> str:
    """The key of the step a node is, or empty for a lot on its way."""
    found = whole.nodes[node]
    if found.unknown:
        steps.setdefault("unknown", Step("unknown", "Unknown", "", "", ""))
        return "unknown"
    place = found.stop.facility
    if not place and not source:
        return ""
    name = place or f"{found.lot} (origin not recorded)"
    key = f"{found.stop.stage or ''} {name}"
    day = book.days.get(found.lot, "")
    plant = book.plants.get(found.lot, "") if place else ""
    before = steps.get(key)
    if before is None or (day and day < before.day):
        country = found.stop.country or ""
        steps[key] = Step(key, name, found.stop.stage or "", country, day, plant)
    return key
