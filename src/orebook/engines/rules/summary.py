"""Many lots under one pack: what a rule can tell apart is decided once, and looked up after that.

Whether a rule is proved, refuted or unknown depends on the steps behind a lot only through their
stages, places and operators, and through the stages each way back passes; not on which step it was.
Lots alike in that share a decision. The witness, which does name steps, is made on demand by
`decide` for one lot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from orebook.engines.rules.decide import Judged, judge, next_day, whole_truth
from orebook.engines.rules.pack import Pack, Rule
from orebook.engines.rules.predicates import READS
from orebook.engines.rules.provenance import STAGES, Chain, Step
from orebook.engines.rules.truth import Truth

# What tells one step from another: stage, country, region, operator, whether it is in doubt.
Key = tuple[str | None, str | None, str | None, str | None, bool]


@dataclass(frozen=True, slots=True)
class Trail:
    """The steps behind something, as rules tell them apart.

    `kinds` holds a bit for each key met; `ways`, for each way back, a bit for each stage it passes,
    without those that pass more than another does; `made` is False where nothing is said of any
    step.
    """

    kinds: int
    ways: frozenset[int]
    made: bool = True


@dataclass(frozen=True, slots=True)
class Brief:
    """One rule judged without its witness; `missing` names the kinds of facts not there."""

    rule: Rule
    status: str
    applies: Truth
    outcome: Truth
    value: str
    exemption: str
    change: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a pack says of a lot on a day under a branch, without the witness."""

    outcome: Truth
    rules: tuple[Brief, ...]
    change: str | None


class Trails:
    """The trail of every step and lot of a book, each worked out once, feeds before what they feed.

    Takes: steps by id, each with the ids it was fed by; an id that is no step is an open end.
    """

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self.keys: list[Key] = []
        self._number: dict[Key, int] = {}
        self._shared: dict[tuple[int, frozenset[int]], Trail] = {}
        self._steps = steps
        self._of: dict[str, Trail] = {}
        self._latest: tuple[Trail, tuple[dict[str, Step], tuple[str, ...]]] | None = None
        self._own = {i: (1 << self._key(s), _bit(s.stage)) for i, s in steps.items()}
        self._sweep()

    def behind(self, last: Iterable[str]) -> Trail:
        """The trail of a lot that these steps made; nothing is known of it where there is none."""
        ends = tuple(last)
        kinds, ways = self._joined(ends)
        return self._share(kinds, ways) if ends else Trail(0, frozenset(), made=False)

    def _key(self, step: Step) -> int:
        key = (step.stage, step.country, step.region, step.operator, bool(step.doubt))
        number = self._number.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number

    def _share(self, kinds: int, ways: frozenset[int]) -> Trail:
        trail = Trail(kinds, ways)
        return self._shared.setdefault((kinds, ways), trail)

    def _joined(self, feeds: Iterable[str]) -> tuple[int, frozenset[int]]:
        kinds = 0
        ways: frozenset[int] = frozenset()
        for feed in feeds:
            if feed not in self._steps:
                ways = frozenset({0})
            elif (trail := self._of.get(feed)) is not None:
                kinds |= trail.kinds
                ways = ways if ways == trail.ways else _least(ways | trail.ways)
        return kinds, ways

    def _sweep(self) -> None:
        """Each step after its feeds; where steps feed each other, again until nothing changes."""
        waiting: dict[str, int] = {}
        users: dict[str, list[str]] = {}
        for ident, step in self._steps.items():
            feeds = {f for f in step.feeds if f in self._steps}
            waiting[ident] = len(feeds)
            for feed in feeds:
                users.setdefault(feed, []).append(ident)
        ready = deque(ident for ident, count in waiting.items() if not count)
        while ready:
            ident = ready.popleft()
            self._settle(ident)
            for user in users.get(ident, ()):
                waiting[user] -= 1
                if not waiting[user]:
                    ready.append(user)
        again = deque(ident for ident in self._steps if ident not in self._of)
        queued = set(again)
        while again:
            ident = again.popleft()
            queued.discard(ident)
            if self._settle(ident):
                fresh = [u for u in users.get(ident, ()) if u not in queued]
                again.extend(fresh)
                queued.update(fresh)

    def _settle(self, ident: str) -> bool:
        """Works a step out from its feeds; says whether it came out otherwise than before."""
        own, bit = self._own[ident]
        step = self._steps[ident]
        if step.feeds:
            kinds, ways = self._joined(step.feeds)
            trail = self._share(kinds | own, _least(frozenset(way | bit for way in ways)))
        else:
            trail = self._share(own, frozenset({bit}))
        changed = self._of.get(ident) is not trail
        self._of[ident] = trail
        return changed

    def like(self, trail: Trail) -> tuple[dict[str, Step], tuple[str, ...]]:
        """Steps, and the last of them, that no rule tells from those behind the trail."""
        if self._latest is None or self._latest[0] is not trail:
            self._latest = trail, self._like(trail)
        return self._latest[1]

    def _like(self, trail: Trail) -> tuple[dict[str, Step], tuple[str, ...]]:
        held = [self.keys[number] for number in _bits(trail.kinds)]
        steps = {f"kind {n}": _step(f"kind {n}", key) for n, key in enumerate(held)}
        if not trail.made:
            return steps, ()
        of_stage = {key[0]: key for key in held if key[0]}
        last: list[str] = []
        for number, way in enumerate(sorted(trail.ways)):
            feeds = () if way else ("end",)
            name = "end"
            for at, stage in enumerate(STAGES):
                if way >> at & 1:
                    name = f"way {number} {stage}"
                    steps[name] = _step(name, of_stage[stage], feeds)
                    feeds = (name,)
            last.append(name)
        if not last:  # a circle that nothing leads into: no way back ever ends
            first = next(iter(steps))
            steps[first] = _step(first, held[0], (first,))
            last.append(first)
        return steps, tuple(last)


class Decider:
    """One pack on one day under one branch, asked of many lots."""

    def __init__(self, pack: Pack, trails: Trails, day: str, branch: str = "") -> None:
        self.pack, self.day, self.branch = pack, day, branch
        self._trails = trails
        self._forces = pack.branches[branch].force if branch else {}
        self._rules = [(rule, _reads_of(rule)) for rule in pack.rules]
        self._briefs: list[dict[Hashable, Brief]] = [{} for _ in self._rules]
        self._decisions: dict[tuple[int, ...], Decision] = {}

    def decide(self, lot: Chain, trail: Trail) -> Decision:
        """The decision on a lot. Takes: what is known of it itself, and the trail behind it."""
        briefs = []
        for number, (rule, reads) in enumerate(self._rules):
            kept = self._briefs[number]
            key = tuple(_part(lot, trail, name, what) for name, what in reads)
            brief = kept.get(key)
            if brief is None:
                brief = kept[key] = self._judge(rule, lot, trail)
            briefs.append(brief)
        asked = tuple(map(id, briefs))
        found = self._decisions.get(asked)
        if found is None:
            found = self._decisions[asked] = Decision(
                whole_truth(briefs), tuple(briefs), next_day(briefs)
            )
        return found

    def _judge(self, rule: Rule, lot: Chain, trail: Trail) -> Brief:
        steps, last = self._trails.like(trail)
        alike = Chain(
            lot.lot, steps, last, lot.elements, lot.form, lot.hs_code, lot.readings, lot.papers,
            lot.shares, lot.owners, lot.destination,
        )  # fmt: skip
        return brief(judge(self.pack, rule, alike, self.day, self._forces.get(rule.id)))


def brief(judged: Judged) -> Brief:
    """A judged rule without what names single steps."""
    return Brief(
        judged.rule,
        judged.status,
        judged.applies,
        judged.outcome,
        judged.value,
        judged.exemption,
        judged.change,
        tuple(sorted({gap.what for gap in judged.gaps})),
    )


def _step(ident: str, key: Key, feeds: tuple[str, ...] = ()) -> Step:
    stage, country, region, operator, doubted = key
    doubt = "its origin" if doubted else ""
    return Step(ident, stage, country, region, None, operator, feeds=feeds, doubt=doubt)


def _bit(stage: str | None) -> int:
    return 1 << STAGES.index(stage) if stage in STAGES else 0


def _bits(mask: int) -> Iterable[int]:
    """The numbers of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _least(ways: frozenset[int]) -> frozenset[int]:
    """Without a way that passes all that another passes, and more."""
    if len(ways) < 2:
        return ways
    kept: list[int] = []
    for way in sorted(ways, key=lambda w: (w.bit_count(), w)):
        if not any(way & less == less for less in kept):
            kept.append(way)
    return frozenset(kept)


def _reads_of(rule: Rule) -> tuple[tuple[str, str], ...]:
    """What of a lot a rule reads: members of a chain, and of readings and papers which."""
    asked = [rule.test, *(e.when for e in rule.exemptions)]
    if rule.applies is not None:
        asked.append(rule.applies)
    return tuple(sorted({read for predicate in asked for read in _reads(predicate)}))


def _reads(predicate: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    ((name, value),) = predicate.items()
    if name in {"all", "any", "not"}:
        parts = value if isinstance(value, list) else [value]
        for part in cast("list[Mapping[str, object]]", parts):
            yield from _reads(part)
        return
    words = cast("Mapping[str, object]", value)
    for member in READS[name]:
        which = {"readings": "what", "papers": "kind"}.get(member)
        yield member, str(words[which]) if which else ""


def _part(lot: Chain, trail: Trail, name: str, what: str) -> Hashable:
    """What a lot holds of one thing that a rule reads, without the names of readings and papers."""
    if name == "steps":
        return trail
    if name == "readings":
        return tuple((r.value, r.standard, r.operator) for r in lot.readings.get(what, ()))
    if name == "papers":
        mine = (p for p in lot.papers if p.kind == what)
        return tuple((p.valid_from, p.valid_until) for p in mine)
    if name == "shares":
        return tuple(sorted(lot.shares.items()))
    if name == "owners":
        return tuple(sorted((p, tuple(sorted(c.items()))) for p, c in lot.owners.items()))
    return cast("Hashable", getattr(lot, name))
