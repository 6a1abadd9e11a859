"""What each step behind a lot drew from each of its feeds, and what the lot holds: in bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from orebook.engines.balance.grades import Analyses, analyses, elements_of, readings
from orebook.engines.rules.provenance import DRY, Bounds, Chain, Held, Step
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.facts import Facts
from orebook.model.lot import Lot
from orebook.model.quantity import Mass

_NOT_KNOWN: Held = (Decimal(0), None)


def weighed_chain(chain: Chain, facts: Facts, makers: Mapping[str, Sequence[Event]]) -> Chain:
    """The chain with the parts of its steps and what the lot holds, out of the facts it is from.

    Takes: the events that made each lot. Unknown: a mass or grade that is not there bounds nothing.
    """
    masses = _Masses(facts, makers, chain)
    held = masses.of(chain.lot, None)
    named = [m for m in held if m == DRY or m in (chain.elements or ())]
    steps = {ident: masses.parted(step, named) for ident, step in chain.steps.items()}
    last = masses.makers_of(chain.lot)
    return replace(
        chain,
        steps=steps,
        held={m: held[m] for m in named},
        parts={m: _joined(last[m]) for m in named if len(chain.last) > 1},
    )


class _Masses:
    """Masses of some facts, worked out where a step has more than one feed."""

    def __init__(self, facts: Facts, makers: Mapping[str, Sequence[Event]], chain: Chain) -> None:
        self._facts = facts
        self._makers = makers
        self._events = {e.id: e for some in makers.values() for e in some}
        self._held: Analyses = analyses(facts, {lot.id for lot in facts.all(Lot)} | set(makers))
        self._chain = chain

    def of(self, lot: str, moved: Mass | None, *, drawn: bool = False) -> dict[str, Held]:
        """What a lot holds, or a flow of it moved: dry, and of each element assayed.

        Takes: `drawn`, that an event took of it an amount that nobody told: at most the whole.
        """
        record = self._facts.get(Lot, lot)
        stated = known(record.mass) if record is not None else None
        mass = moved if moved is not None else stated
        if mass is None or mass.basis == "contained":
            return {}  # the mass of a part bounds no whole
        water = known(record.moisture) if record is not None else None
        low, high = dry(mass, water.value if water is not None else None)
        if drawn and moved is None:
            low = Decimal(0)
        found: dict[str, Held] = {DRY: (low, high)}
        assays = self._held.of(lot)
        for element in sorted(elements_of(assays)):
            read = readings(assays, element)
            if read and read[0].operator == "=":
                best = read[0]
                doubt = (best.grade.spread.standard() or Decimal(0)) * 2
                least = max(best.grade.value - doubt, Decimal(0)) * best.factor * low
                found[element] = (least, (best.grade.value + doubt) * best.factor * high)
        return found

    def makers_of(self, lot: str) -> dict[str, list[tuple[str, Bounds]]]:
        """Per measure, each event that made a lot with the share of the lot it made."""
        every = self._makers.get(lot, ())
        amounts = [
            (event.id, self.of(lot, _moved(event, lot)) if _moved(event, lot) else {})
            for event in every
        ]
        return _Shares(amounts)

    def parted(self, step: Step, measures: Iterable[str]) -> Step:
        """The step with the part of each feed; one feed alone brought all."""
        event = self._events.get(step.id)
        if event is None or len(set(step.feeds)) < 2:
            return step
        came = [
            (name, self.of(name, known(flow.mass), drawn=True))
            for flow in known(event.inputs) or ()
            if (name := known(flow.lot)) is not None and self._feeds(name) & set(step.feeds)
        ]
        if event.container is not None or not came:
            return step  # what is packed has no mass of its own here
        shares = _Shares(came)
        parts: dict[str, dict[str, Bounds]] = {}
        for measure in measures:
            told: list[tuple[str, Bounds]] = []
            for lot, (low, high) in shares[measure]:
                made = self.makers_of(lot)[measure] if self._makers.get(lot) else []
                told += [
                    (feed, (low * least, high * most))
                    for feed, (least, most) in made or [(lot, (Decimal(1), Decimal(1)))]
                ]
            parts[measure] = _joined(told)
        return replace(step, parts=parts)

    def _feeds(self, lot: str) -> set[str]:
        return {event.id for event in self._makers.get(lot, ())} or {lot}


class _Shares(dict[str, list[tuple[str, Bounds]]]):
    """Per measure the share of each of some amounts in their sum; what is not told may be all."""

    def __init__(self, amounts: Sequence[tuple[str, Mapping[str, Held]]]) -> None:
        super().__init__()
        self._amounts = amounts

    def __missing__(self, measure: str) -> list[tuple[str, Bounds]]:
        held = [(name, found.get(measure, _NOT_KNOWN)) for name, found in self._amounts]
        lows = sum((low for _, (low, _) in held), Decimal(0))
        open_ = sum(high is None for _, (_, high) in held)
        highs = sum((high for _, (_, high) in held if high is not None), Decimal(0))
        found = []
        for name, (low, high) in held:
            rest_low = lows - low
            rest_open = open_ - (high is None)
            rest_high = highs - (high or Decimal(0))
            least = Decimal(0) if rest_open or not low else low / (low + rest_high)
            most = Decimal(1) if high is None or not rest_low else high / (high + rest_low)
            found.append((name, (least, most) if len(held) > 1 else (Decimal(1), Decimal(1))))
        self[measure] = found
        return found


def _joined(told: Iterable[tuple[str, Bounds]]) -> dict[str, Bounds]:
    """The shares by name; one that comes more than once is added up."""
    found: dict[str, Bounds] = {}
    for name, (low, high) in told:
        before = found.get(name, (Decimal(0), Decimal(0)))
        found[name] = (min(before[0] + low, Decimal(1)), min(before[1] + high, Decimal(1)))
    return found


def dry(mass: Mass, moisture: Decimal | None) -> tuple[Decimal, Decimal]:
    """The least and most dry mass; a wet mass without moisture may be nearly all water."""
    doubt = (mass.spread.standard() or Decimal(0)) * 2
    low, high = max(mass.value - doubt, Decimal(0)), mass.value + doubt
    if mass.basis == "dry":
        return low, high
    if mass.basis == "wet" and moisture is not None:
        return low * (1 - moisture), high * (1 - moisture)
    return Decimal(0), high


def _moved(event: Event, lot: str) -> Mass | None:
    """What an event put into a lot; None where a flow of it says no mass, or several do."""
    flows = [f for f in known(event.outputs) or () if known(f.lot) == lot]
    return known(flows[0].mass) if len(flows) == 1 else None
