"""From a pack, a chain and a day to a verdict: same question, same bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from orebook.engines.rules.pack import Force, Pack, Rule
from orebook.engines.rules.predicates import Setting, evaluate
from orebook.engines.rules.provenance import Chain
from orebook.engines.rules.truth import PROVED, REFUTED, UNKNOWN, Gap, Outcome, Truth, both


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule judged: whether it is in force and applies, its outcome and what decides it.

    `value` says what follows in a few words; `exemption` names the rule that defeated it. `change`
    is the next day on which the answer could be another, None where the pack knows of none. `pack`
    is the id of its pack.
    """

    rule: Rule
    status: str
    applies: Truth
    outcome: Truth
    witness: tuple[str, ...]
    reasons: tuple[str, ...]
    gaps: tuple[Gap, ...]
    value: str
    exemption: str = ""
    change: str | None = None
    assumptions: tuple[str, ...] = ()
    pack: str = ""

    @property
    def law(self) -> frozenset[str]:
        """The ids of the rule and its pack: what is missing of these is missing of no lot."""
        return frozenset({self.rule.id, self.pack})

    @property
    def counts(self) -> bool:
        """Whether it takes part in the answer of its pack."""
        return _counts(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a pack says of one lot on one day, under one branch."""

    pack: Pack
    lot: str
    day: str
    branch: str
    outcome: Truth
    rules: tuple[Judged, ...]
    change: str | None
    steps: tuple[str, ...]


def decide(pack: Pack, chain: Chain, day: str, branch: str = "") -> Verdict:
    """The verdict of a pack: proved where every rule in force that applies is proved.

    Takes: a day (ISO); a branch of the pack, or the law as enacted. Unknown: a pack none of whose
    rules is in force or applies decides nothing. Refuses: KeyError for a branch it does not have.
    """
    forces = pack.branches[branch].force if branch else {}
    judged = tuple(judge(pack, rule, chain, day, forces.get(rule.id)) for rule in pack.rules)
    parts = [Outcome(j.outcome, j.witness, j.reasons, j.gaps) for j in judged if j.counts]
    whole = both(parts) if parts else Outcome(UNKNOWN)
    return Verdict(
        pack,
        chain.lot,
        day,
        branch,
        whole.truth,
        judged,
        next_day(judged),
        whole.witness,
    )


def robust(verdicts: Iterable[Verdict]) -> bool:
    """Whether every branch gives the same outcome."""
    return len({verdict.outcome for verdict in verdicts}) == 1


class Answered(Protocol):
    """One rule's answer, with its witness or without."""

    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def applies(self) -> Truth: ...  # noqa: D102
    @property
    def outcome(self) -> Truth: ...  # noqa: D102
    @property
    def change(self) -> str | None: ...  # noqa: D102


def _counts(answer: Answered) -> bool:
    """In force, and not known not to apply."""
    return answer.status == "in_force" and answer.applies != REFUTED


def whole_truth(answers: Iterable[Answered]) -> Truth:
    """The truth of a pack by those of its rules; unknown where none counts."""
    parts = [Outcome(a.outcome) for a in answers if _counts(a)]
    return both(parts).truth if parts else UNKNOWN


def next_day(answers: Iterable[Answered]) -> str | None:
    """The first day on which one of the answers could change."""
    days = [a.change for a in answers if a.change]
    return min(days) if days else None


def judge(
    pack: Pack, rule: Rule, chain: Chain, day: str, branched: tuple[Force, ...] | None
) -> Judged:
    """One rule asked of a chain. Takes: the forces of a branch in place of those enacted."""
    forces = branched or rule.force
    force = rule.at(day, forces)
    setting = Setting(
        day,
        _parameters(rule, day),
        {name: listed.members for name, listed in pack.lists.items()},
    )
    applies = Outcome(PROVED)
    if rule.applies is not None:
        applies = evaluate(rule.applies, chain, setting)
    outcome, exemption = _tested(rule, chain, setting, applies)
    status = force.status if force is not None else _outside(forces, day)
    gaps = outcome.gaps + applies.gaps
    truth = outcome.truth
    if truth == PROVED and applies.truth == UNKNOWN:
        truth = UNKNOWN
    truth, gaps = _held_back(pack, rule, force, day, truth, gaps)
    return Judged(
        rule,
        status,
        applies.truth,
        truth,
        outcome.witness,
        outcome.reasons,
        tuple(dict.fromkeys(gaps)),
        _value(rule, force, status, truth, applies.truth, day),
        exemption,
        _next(forces, rule, day, pack),
        _assumed(pack, rule),
        pack.id,
    )


def _tested(rule: Rule, chain: Chain, setting: Setting, applies: Outcome) -> tuple[Outcome, str]:
    """The outcome of the test, or of the exemption that defeats it.

    An exemption that nobody has shown to hold defeats nothing; what would show it stands among the
    gaps of a refuted rule.
    """
    if applies.truth == REFUTED:
        return Outcome(UNKNOWN, applies.witness, applies.reasons), ""
    outcome = evaluate(rule.test, chain, setting)
    open_: list[Gap] = []
    for exemption in rule.exemptions:
        if outcome.truth == exemption.effect:
            continue
        found = evaluate(exemption.when, chain, setting)
        if found.truth == PROVED:
            said = (*found.reasons, f"exemption: {exemption.text}")
            return Outcome(exemption.effect, found.witness, said), exemption.id
        open_ += [Gap(g.what, g.about, f"would defeat it: {exemption.text}") for g in found.gaps]
    return Outcome(outcome.truth, outcome.witness, outcome.reasons, (*outcome.gaps, *open_)), ""


def _held_back(
    pack: Pack,
    rule: Rule,
    force: Force | None,
    day: str,
    truth: Truth,
    gaps: tuple[Gap, ...],
) -> tuple[Truth, tuple[Gap, ...]]:
    """A pack past its date, or a rule nobody read the clause of, proves nothing."""
    why: list[Gap] = []
    if rule.verification is None:
        why.append(Gap("a reader of the clause", rule.id, "written from memory or second hand"))
    if pack.recheck < day:
        why.append(Gap("a fresh look at the law", pack.id, f"it was good until {pack.recheck}"))
    if force is not None and force.until is not None and force.until < day:
        why.append(Gap("what holds now", rule.id, f"the status ran until {force.until}"))
    if why and truth == PROVED:
        return UNKNOWN, (*gaps, *why)
    return truth, gaps


def _parameters(rule: Rule, day: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, dated in rule.parameters.items():
        begun = [force for force in dated if force.holds(day)]
        if begun:
            found[name] = begun[-1].value
    return found


def _outside(forces: tuple[Force, ...], day: str) -> str:
    return "not yet" if not forces or day < forces[0].start else "ended"


def _value(
    rule: Rule, force: Force | None, status: str, truth: Truth, applies: Truth, day: str
) -> str:
    if applies == REFUTED:
        return "does not apply"
    if rule.kind == "control":
        caught = {PROVED: "needed", REFUTED: "not needed", UNKNOWN: "cannot be told"}[truth]
        if status == "suspended":
            if force is not None and force.until is not None and force.until < day:
                return f"cannot be told: the suspension ran until {force.until}"
            ends = f" on {_after(force.until)}" if force is not None and force.until else ""
            if truth == REFUTED:
                return "not needed, suspended or not"
            sure = "needed" if truth == PROVED else "perhaps needed"
            return f"not needed while suspended; {sure} if revived{ends}"
        if status != "in_force":
            return f"{status}: {caught} if it were in force"
        return caught
    if status != "in_force":
        return f"{status.replace('_', ' ')}: not law on this day"
    return {PROVED: "meets it", REFUTED: "does not meet it", UNKNOWN: "cannot be told"}[truth]


def _after(day: str) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def _next(forces: tuple[Force, ...], rule: Rule, day: str, pack: Pack) -> str | None:
    """The first day after this one on which a force, parameter or the pack itself changes."""
    days: set[str] = {_after(pack.recheck)}
    for force in (*forces, *(f for dated in rule.parameters.values() for f in dated)):
        days.add(force.start)
        days.update(_after(end) for end in (force.end, force.until) if end is not None)
    later = sorted(d for d in days if d > day)
    return later[0] if later else None


def _assumed(pack: Pack, rule: Rule) -> tuple[str, ...]:
    lists = [f"list {item.name} at version {item.version}" for item in pack.lists.values()]
    words = str(rule.test)
    return tuple(
        text for text, item in zip(lists, pack.lists.values(), strict=True) if item.name in words
    )
