"""Every lot of a book under dated rules: one line a lot and pack, the witness left for one lot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orebook.acts.chains import Chains
from orebook.acts.plausible import weighed
from orebook.acts.qualify import branches_of
from orebook.acts.see import View
from orebook.engines.rules import ENGINE, VERSION, Brief, Decider, Decision, Pack, Step, Trails
from orebook.model.absence import known
from orebook.model.event import Event, lots_of
from orebook.model.facts import Facts, Head
from orebook.model.lot import Lot

KINDS = ("event", "lot", "assay", "facility", "shipment", "trade_paper")


@dataclass(frozen=True, slots=True)
class Asked:
    """A pack on a day under a branch, at a head."""

    pack: Pack
    day: str
    branch: str
    head: Head


@dataclass(frozen=True, slots=True)
class Line:
    """What one pack says of one lot, without the witness; `qualify` gives that for the lot.

    `said` is its JSON but for the lot: lots alike share it.
    """

    lot: str
    asked: Asked
    decision: Decision
    said: str

    def text(self) -> str:
        """One line of JSON, in the shape of schemas/verdict_line.json."""
        return f'{{"lot": {json.dumps(self.lot)}, {self.said}'


def _said(asked: Asked, decision: Decision) -> str:
    members = {
        "engine": ENGINE,
        "version": VERSION,
        "head": asked.head.as_json(),
        "pack": asked.pack.id,
        "pack_version": asked.pack.version,
        "pack_digest": asked.pack.digest,
        "as_of": asked.day,
        "branch": asked.branch or "as enacted",
        "outcome": decision.outcome,
        "next_change": decision.change,
        "rules": [_rule(item) for item in decision.rules],
    }
    return json.dumps(members)[1:]


def _rule(item: Brief) -> dict[str, object]:
    return {
        "rule": item.rule.id,
        "status": item.status,
        "applies": item.applies,
        "outcome": item.outcome,
        "value": item.value,
        "exemption": item.exemption or None,
        "next_change": item.change,
        "missing": list(item.missing),
    }


def every(
    view: View, packs: Sequence[Pack], day: str, branches: Sequence[str] = ()
) -> Iterator[Line]:
    """The answer of each pack and branch on every lot that a statement or event names, by lot.

    Refuses: ReaderError for a branch a pack does not have.
    """
    return every_of(view.facts(kinds=KINDS), packs, day, branches)


def every_of(
    facts: Facts, packs: Sequence[Pack], day: str, branches: Sequence[str] = ()
) -> Iterator[Line]:
    """The same out of facts that hold the whole book."""
    asked = [(pack, name) for pack in packs for name in ("", *branches_of(pack, branches))]
    chains = Chains(facts)
    chains.doubts = weighed(chains).doubts
    names = {lot.id for lot in facts.all(Lot)} | set(chains.makers)
    steps: dict[str, Step] = {}
    for event in chains.events.values():
        steps[event.id] = chains.step(event)[0]
    for event in facts.all(Event):
        for side in (event.inputs, event.outputs, event.subjects):
            names.update(lots_of(known(side)))
    for name in sorted(names):
        if (stated := chains.stated(name)) is not None:
            steps[name] = stated
    trails = Trails(steps)
    deciders = [
        (Asked(pack, day, name, facts.head), Decider(pack, trails, day, name), dict[int, str]())
        for pack, name in asked
    ]
    for name in sorted(names):
        trail = trails.behind(chains.last(name, stated=name in steps))
        lot = chains.about(name, {}, ())
        for about, decider, said in deciders:
            decision = decider.decide(lot, trail)
            text = said.get(id(decision))  # the decider keeps its decisions, so ids stay theirs
            if text is None:
                text = said[id(decision)] = _said(about, decision)
            yield Line(name, about, decision, text)
