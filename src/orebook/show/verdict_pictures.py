"""The steps behind a lot as a picture of one rule: what decides it, what is missing, the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from orebook.engines.rules import Chain, Judged, Step
from orebook.show.html import Html
from orebook.show.lineage import LineageWords, Lot, State, lineage
from orebook.show.svg import responsive

# More steps than a reader can take in: only those that decide or lack something are drawn.
MOST = 40
_WORDS = LineageWords({"normal": "", "focus": "decides it", "absent": "a fact is missing"})
STAGES: Mapping[str, str] = {
    "mine": "mined",
    "beneficiate": "concentrated",
    "crack_leach": "cracked and leached",
    "separate_smelt": "separated or smelted",
    "refine": "refined",
    "reduce": "reduced to metal",
    "alloy": "alloyed",
    "make": "made",
    "recycle": "recycled",
}


def stage_words(stage: str | None) -> str:
    """A stage as a word on a picture."""
    if stage is None:
        return "stage not known"
    return STAGES.get(stage, "moved or held")


def witness_picture(
    key: str,
    chain: Chain,
    judged: Judged,
    page: Callable[[str], str | None],
    called: Mapping[str, str],
) -> Html | None:
    """The steps with those that decide the rule strong, and each missing fact dashed.

    Takes: `page`, the address of a step; `called`, the names of places. Gives: None where no step
    is known.
    """
    if not chain.steps:
        return None
    gaps: dict[str, list[str]] = {}
    for gap in judged.gaps:
        gaps.setdefault(gap.about, []).append(gap.what)
    deciding = set(judged.witness)
    drawn = _drawn(chain, deciding | set(gaps))
    items = [
        _item(chain.steps[ident], ident in deciding, gaps.get(ident, ()), page, called)
        for ident in chain.steps
        if ident in drawn
    ]
    outside = [about for about in gaps if about not in chain.steps and about != chain.lot]
    items += [Lot(about, about, _lacking(gaps[about]), page(about), "absent") for about in outside]
    state: State = "normal"
    if chain.lot in deciding:
        state = "focus"
    elif chain.lot in gaps:
        state = "absent"
    note = _lacking(gaps[chain.lot]) if chain.lot in gaps else "this lot"
    if chain.lot not in {item.id for item in items}:
        items.append(Lot(chain.lot, chain.lot, note, None, state))
    known = {item.id for item in items}
    edges = [edge for edge in _edges(chain, drawn) if set(edge) <= known]
    title = f"{judged.rule.title}: what decides it"
    return responsive(
        key, lambda k, width: lineage(k, items, edges, width=width, title=title, words=_WORDS)
    )


def left_out(chain: Chain, judged: Judged) -> int:
    """How many steps the picture leaves out."""
    wanted = set(judged.witness) | {gap.about for gap in judged.gaps}
    return len(chain.steps) - len(_drawn(chain, wanted) & set(chain.steps))


def _drawn(chain: Chain, wanted: set[str]) -> set[str]:
    if len(chain.steps) <= MOST:
        return set(chain.steps)
    kept = [ident for ident in chain.steps if ident in wanted or ident in chain.last]
    return set(kept[:MOST])


def _item(
    step: Step,
    deciding: bool,
    missing: Iterable[str],
    page: Callable[[str], str | None],
    called: Mapping[str, str],
) -> Lot:
    lacking = tuple(missing)
    state: State = "absent" if lacking else "focus" if deciding else "normal"
    place = step.facility or step.operator or ""
    where = step.region or step.country or "country not known"
    note = _lacking(lacking) if lacking else called.get(place, place)
    return Lot(step.id, f"{stage_words(step.stage)}, {where}", note, page(step.id), state)


def _lacking(whats: Iterable[str]) -> str:
    """What is missing in as few words as a box has room for."""
    short = (w.removeprefix("step of stage ") for w in whats)
    return f"lacks {', '.join(dict.fromkeys(short))}"


def _edges(chain: Chain, drawn: set[str]) -> list[tuple[str, str]]:
    """From each drawn step to the drawn ones it came to feed; steps between are passed over."""
    edges: dict[tuple[str, str], None] = {}
    for ident in (*chain.steps, chain.lot):
        if ident != chain.lot and ident not in drawn:
            continue
        feeds = chain.last if ident == chain.lot else chain.steps[ident].feeds
        ring, seen = list(feeds), set[str]()
        while ring:
            name = ring.pop()
            if name in seen or name == ident:
                continue
            seen.add(name)
            if name in drawn or name not in chain.steps:
                edges[name, ident] = None
            else:
                ring += chain.steps[name].feeds
    return list(edges)
