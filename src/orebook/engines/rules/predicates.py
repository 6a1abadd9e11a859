"""The closed set of questions a pack may ask. No pack brings code.

Each takes its parameters as the pack writes them, and the chain of one lot; what is not known makes
it unknown, with the gap that would settle it, and never a pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from orebook.engines.rules.provenance import Chain, Reading, Step
from orebook.engines.rules.truth import (
    PROVED,
    REFUTED,
    UNKNOWN,
    Gap,
    Outcome,
    Truth,
    both,
    either,
    negated,
)

# A limit nearer than this to a value is not told from it (DESIGN, the engines).
NEAREST = Decimal("1e-9")
# How sure a reading with doubt must be to be told from a limit.
SURE = 0.95
Words = Mapping[str, object]


class NoValue(LookupError):
    """A parameter has no value on the day asked; the message names it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds on the day asked: the day, the parameters, the named lists with their versions."""

    day: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def listed(self, value: object) -> tuple[str, ...]:
        """A list as the pack writes it: itself, or the parameter `$name`."""
        found = self.value(value)
        items = found if isinstance(found, list | tuple) else [found]
        return tuple(str(item) for item in items)

    def value(self, value: object) -> object:
        """A value as the pack writes it: itself, or the parameter `$name` on the day.

        Refuses: NoValue where the parameter has none on that day.
        """
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in self.parameters:
                raise NoValue(value[1:])
            return self.parameters[value[1:]]
        return value


def evaluate(predicate: Words, chain: Chain, setting: Setting) -> Outcome:
    """The outcome of one predicate, which is an object with one member: its name.

    Refuses: KeyError for a name outside the closed set; the loader of packs has refused it before.
    """
    ((name, value),) = predicate.items()
    if name in {"all", "any"}:
        parts = [evaluate(part, chain, setting) for part in cast("list[Words]", value)]
        return both(parts) if name == "all" else either(parts)
    if name == "not":
        return _denied(cast("Words", value), chain, setting)
    try:
        return PREDICATES[name](cast("Words", value), chain, setting)
    except NoValue as none:
        gap = Gap(f"value of {none} on {setting.day}", chain.lot, "the pack has none for that day")
        return Outcome(UNKNOWN, gaps=(gap,))


def _denied(predicate: Words, chain: Chain, setting: Setting) -> Outcome:
    """The opposite of a predicate; what a doubtful origin alone refutes does not prove it."""
    ((name, value),) = predicate.items()
    if name == "not":
        return evaluate(cast("Words", value), chain, setting)
    if name in {"all", "any"}:
        parts = [_denied(part, chain, setting) for part in cast("list[Words]", value)]
        return either(parts) if name == "all" else both(parts)
    if name in _OPPOSITE:
        return evaluate({_OPPOSITE[name]: value}, chain, setting)
    return negated(evaluate(predicate, chain, setting))


def no_step_in(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """No step of those stages was in those places; every required stage is known by country.

    `stages` are looked at; each group of `required` (stages joined by |) must be on every way back.
    """
    return _none_inside(words, chain, setting, _inside(words, chain, setting))


def some_step_in(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """Some step of those stages was in those places, and its origin is not in doubt."""
    sure = [step for step in _inside(words, chain, setting) if not step.doubt]
    return negated(_none_inside(words, chain, setting, sure))


def _inside(words: Words, chain: Chain, setting: Setting) -> list[Step]:
    places = set(setting.listed(words["places"]))
    steps = chain.at(setting.listed(words["stages"]))
    return [s for s in steps if s.country in places or (s.region and s.region in places)]


def _none_inside(words: Words, chain: Chain, setting: Setting, inside: Sequence[Step]) -> Outcome:
    """Refuted by the first step inside; else open for what is lacking, or proved."""
    places = set(setting.listed(words["places"]))
    steps = chain.at(setting.listed(words["stages"]))
    if inside:
        first = inside[0]
        where = first.region if first.region in places else first.country
        reason = f"{first.id}, {first.stage}, was in {where}"
        return Outcome(REFUTED, (first.id,), (reason,))
    by_region = any("-" in place for place in places)
    gaps = [
        Gap("country", step.id, f"a step of stage {step.stage}")
        for step in steps
        if not step.country
    ]
    if by_region:
        countries = {place.partition("-")[0] for place in places if "-" in place}
        gaps += [
            Gap("region", step.id, f"{step.country} holds a listed region")
            for step in steps
            if step.country in countries and not step.region
        ]
    gaps += [Gap("origin beyond doubt", step.id, step.doubt) for step in steps if step.doubt]
    for group in setting.listed(words.get("required", ())):
        ends = chain.open_ends(group.split("|"))
        what = f"step of stage {group.replace('|', ' or ').replace('_', '/')}"
        gaps += [Gap(what, end, "this way back ends before it") for end in ends]
    gaps += _stageless(chain)
    if gaps:
        return Outcome(UNKNOWN, (), (), tuple(gaps))
    names = ", ".join(sorted({str(s.country) for s in steps}))
    return Outcome(PROVED, tuple(s.id for s in steps), (f"every such step was in {names}",))


def _stageless(chain: Chain) -> list[Gap]:
    return [
        Gap("stage", s.id, "its kind says none") for s in chain.steps.values() if s.stage is None
    ]


def no_operator_on(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """No step was run by a party on that list at its version."""
    name = str(words["list"])
    listed = setting.lists[name]
    stages = setting.listed(words.get("stages", ()))
    steps = chain.at(stages) if stages else tuple(chain.steps.values())
    for step in steps:
        if step.operator in listed:
            return Outcome(REFUTED, (step.id,), (f"{step.operator} is on the list {name}",))
    gaps = [
        Gap("operator", step.id, f"to be looked up in {name}")
        for step in steps
        if not step.operator
    ]
    if stages:
        gaps += _stageless(chain)
    gaps += [
        Gap("every step", end, "this way back ends here")
        for end in chain.open_ends(["mine", "recycle"])
    ]
    if gaps:
        return Outcome(UNKNOWN, (), (), tuple(gaps))
    return Outcome(PROVED, tuple(s.id for s in steps), (f"no operator is on the list {name}",))


def holds_element(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """The lot holds one of those elements."""
    wanted = set(setting.listed(words["any_of"]))
    if chain.elements is None:
        return Outcome(UNKNOWN, gaps=(Gap("composition", chain.lot, "no assay and no material"),))
    held = sorted(wanted & chain.elements)
    if held:
        return Outcome(PROVED, (chain.lot,), (f"it holds {', '.join(held)}",))
    return Outcome(
        REFUTED, (chain.lot,), (f"it is not stated to hold {', '.join(sorted(wanted))}",)
    )


def is_form(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """The lot is of one of those forms."""
    wanted = setting.listed(words["any_of"])
    if chain.form is None:
        return Outcome(UNKNOWN, gaps=(Gap("form", chain.lot),))
    truth: Truth = PROVED if chain.form in wanted else REFUTED
    return Outcome(truth, (chain.lot,), (f"its form is {chain.form}",))


def has_hs_code(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """The lot is declared under one of those headings (beginnings of the code, without dots)."""
    if chain.hs_code is None:
        return Outcome(UNKNOWN, gaps=(Gap("HS code", chain.lot),))
    code = chain.hs_code.replace(".", "").replace(" ", "")
    wanted = [item.replace(".", "") for item in setting.listed(words["any_of"])]
    truth: Truth = PROVED if any(code.startswith(item) for item in wanted) else REFUTED
    return Outcome(truth, (chain.lot,), (f"it is declared under {chain.hs_code}",))


def goes_to(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """The lot goes to one of those countries."""
    if chain.destination is None:
        return Outcome(UNKNOWN, gaps=(Gap("destination", chain.lot),))
    truth: Truth = PROVED if chain.destination in setting.listed(words["any_of"]) else REFUTED
    return Outcome(truth, (chain.lot,), (f"it goes to {chain.destination}",))


def measured(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """A measured value is below (or above) a limit, its doubt included.

    Unknown where the limit lies inside the doubt, with the probability stated; where nobody stated
    a doubt, the assumption that resolves it has to be named, and none is here.
    """
    what = str(words["what"])
    limit = Decimal(str(setting.value(words["limit"])))
    below = str(words["is"]) in {"<", "<=", "≤"}
    readings = chain.readings.get(what, ())
    if not readings:
        return Outcome(UNKNOWN, gaps=(Gap(f"reading of {what}", chain.lot),))
    return both([_against(reading, limit, what, below=below) for reading in readings])


def _against(reading: Reading, limit: Decimal, what: str, *, below: bool) -> Outcome:
    value, doubt = reading.value, reading.standard
    if reading.operator in {"<", "≤"}:
        if below and value <= limit:
            return Outcome(PROVED, (reading.id,), (f"{what} {reading.operator} {value}",))
        gap = Gap(f"{what} below its detection limit of {value}", reading.id)
        return Outcome(UNKNOWN, gaps=(gap,))
    if doubt is None:
        return Outcome(UNKNOWN, gaps=(Gap(f"doubt of {what}", reading.id, "nobody stated one"),))
    if abs(value - limit) < NEAREST:
        gap = Gap(f"a second reading of {what}", reading.id, "it equals the limit")
        return Outcome(UNKNOWN, gaps=(gap,))
    chance = _below(value, doubt, limit)
    sure = chance if below else 1 - chance
    said = f"{what} {value} ± {doubt} (k = 1) against {limit}"
    if sure >= SURE:
        return Outcome(PROVED, (reading.id,), (said,))
    if sure <= 1 - SURE:
        return Outcome(REFUTED, (reading.id,), (said,))
    why = f"the limit lies inside its doubt: {sure:.3f} that it holds"
    return Outcome(UNKNOWN, (), (said,), (Gap(f"a better reading of {what}", reading.id, why),))


def _below(value: Decimal, doubt: Decimal, limit: Decimal) -> float:
    """The probability that a normal value lies below the limit."""
    if doubt == 0:
        return 1.0 if value < limit else 0.0
    return 0.5 * math.erfc(float((value - limit) / doubt) / math.sqrt(2))


def has_paper(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """A paper of that kind is in the book and valid on the day."""
    kind = str(words["kind"])
    mine = [paper for paper in chain.papers if paper.kind == kind]
    for paper in mine:
        begun = paper.valid_from is None or paper.valid_from <= setting.day
        if begun and paper.valid_until is not None and paper.valid_until >= setting.day:
            return Outcome(
                PROVED, (paper.id,), (f"{kind} {paper.id} valid until {paper.valid_until}",)
            )
        if begun and paper.valid_until is None and not words.get("dated"):
            return Outcome(PROVED, (paper.id,), (f"{kind} {paper.id}",))
    if mine:
        gaps = tuple(Gap(f"{kind} valid on {setting.day}", paper.id) for paper in mine)
        return Outcome(UNKNOWN, gaps=gaps)
    return Outcome(UNKNOWN, gaps=(Gap(kind, chain.lot, "no such paper is in the book"),))


def share(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """The share of a class is at least (or below) a limit, by the bounds the facts allow."""
    name = str(words["of"])
    limit = Decimal(str(setting.value(words["limit"])))
    if name not in chain.shares:
        return Outcome(UNKNOWN, gaps=(Gap(f"share of {name}", chain.lot),))
    low, high = chain.shares[name]
    at_least = str(words["is"]) in {">=", "≥"}
    said = f"share of {name} from {low} to {high} against {limit}"
    certain = low >= limit if at_least else high < limit
    contrary = high < limit if at_least else low >= limit
    if certain or contrary:
        return Outcome(PROVED if certain else REFUTED, (chain.lot,), (said,))
    return Outcome(UNKNOWN, (), (said,), (Gap(f"a narrower share of {name}", chain.lot),))


def owned_below(words: Words, chain: Chain, setting: Setting) -> Outcome:
    """Every operator is owned by that class to less than the limit."""
    name = str(words["class"])
    limit = Decimal(str(setting.value(words["limit"])))
    parties = sorted({s.operator for s in chain.steps.values() if s.operator})
    gaps = [Gap("operator", s.id) for s in chain.steps.values() if not s.operator]
    for party in parties:
        held = chain.owners.get(party, {}).get(name)
        if held is None:
            gaps.append(Gap(f"ownership by {name}", party))
        elif held >= limit:
            return Outcome(REFUTED, (party,), (f"{name} holds {held} of {party}",))
    if gaps or not parties:
        return Outcome(UNKNOWN, gaps=tuple(gaps) or (Gap("operator", chain.lot),))
    return Outcome(PROVED, tuple(parties), (f"{name} holds less than {limit} of each operator",))


Predicate = Callable[[Words, Chain, Setting], Outcome]
PREDICATES: dict[str, Predicate] = {
    "no_step_in": no_step_in,
    "some_step_in": some_step_in,
    "no_operator_on": no_operator_on,
    "holds_element": holds_element,
    "is_form": is_form,
    "has_hs_code": has_hs_code,
    "goes_to": goes_to,
    "measured": measured,
    "has_paper": has_paper,
    "share": share,
    "owned_below": owned_below,
}
# Predicate → its opposite, where a step in doubt can refute either and prove neither.
_OPPOSITE = {"no_step_in": "some_step_in", "some_step_in": "no_step_in"}
# Predicate → the members it must have, and those it may.
SHAPES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "no_step_in": (frozenset({"stages", "places"}), frozenset({"required"})),
    "some_step_in": (frozenset({"stages", "places"}), frozenset({"required"})),
    "no_operator_on": (frozenset({"list"}), frozenset({"stages", "version"})),
    "holds_element": (frozenset({"any_of"}), frozenset()),
    "is_form": (frozenset({"any_of"}), frozenset()),
    "has_hs_code": (frozenset({"any_of"}), frozenset()),
    "goes_to": (frozenset({"any_of"}), frozenset()),
    "measured": (frozenset({"what", "is", "limit"}), frozenset()),
    "has_paper": (frozenset({"kind"}), frozenset({"dated"})),
    "share": (frozenset({"of", "is", "limit"}), frozenset()),
    "owned_below": (frozenset({"class", "limit"}), frozenset()),
}
# Predicate → the members of a chain that its truth depends on. Of steps, it depends on their
# stages, places and operators and on the stages each way back passes, never on which step it was.
READS: dict[str, tuple[str, ...]] = {
    "no_step_in": ("steps",),
    "some_step_in": ("steps",),
    "no_operator_on": ("steps",),
    "holds_element": ("elements",),
    "is_form": ("form",),
    "has_hs_code": ("hs_code",),
    "goes_to": ("destination",),
    "measured": ("readings",),
    "has_paper": ("papers",),
    "share": ("shares",),
    "owned_below": ("steps", "owners"),
}
