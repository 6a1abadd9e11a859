"""An agreement in the open: who says what, what differs, what was not found, for how many days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from orebook.acts.see import View
from orebook.engines.disclosure.yardstick import keys
from orebook.engines.evidence.statements import Group, group_claims
from orebook.engines.evidence.voices import Voices, voices
from orebook.model.absence import Absent, known
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim, Notice, Reply, Source
from orebook.model.facts import Facts, Head, R
from orebook.model.party import Party
from orebook.model.problem import NotFound
from orebook.model.shipment import Shipment, Thing
from orebook.model.when import When, when


@dataclass(frozen=True, slots=True)
class Clock:
    """Days from signature to the day the text was public, or until now while none was found.

    `days` is least and most, equal where both dates are known to the day. `public` is None while no
    public text was found. `steps` are later legal steps, in days from signature.
    """

    agreement: Agreement
    days: tuple[int, int]
    public: When | None
    steps: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question a member could ask, with the claims it cites."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deal:
    """Everything one reader may see about an agreement, at one head on one day."""

    agreement: Agreement
    parties: tuple[tuple[Party | None, str], ...]
    groups: tuple[Group, ...]
    voices: Voices
    clock: Clock | None
    comparators: tuple[Clock, ...]
    shipments: tuple[Shipment, ...]
    things: tuple[Thing, ...]
    replies: tuple[Reply, ...]
    notices: tuple[Notice, ...]
    questions: tuple[Question, ...]
    facts: Facts

    @property
    def head(self) -> Head:
        """The head all of it was read at."""
        return self.facts.head

    def of(self, state: str) -> tuple[Group, ...]:
        """The groups in that state: agree, one_voice, differ, not_found."""
        return tuple(g for g in self.groups if g.state == state)


# So many agreements are named to who asked for one that is not there.
_NAMED = 5
KINDS = (
    "agreement", "party", "claim", "source", "shipment", "object", "reply", "notice",
)  # fmt: skip


def deals(view: View) -> tuple[Agreement, ...]:
    """Every agreement in the book, latest statement of each, by id."""
    facts = view.facts(kinds=["agreement"])
    latest = {a.id: a for a in facts.all(Agreement)}
    return tuple(latest[name] for name in sorted(latest))


def deal(view: View, ident: str) -> Deal:
    """One agreement with all that is said of it.

    Refuses: NotFound. Unknown: what nobody stated is shown as not stated, never as none.
    """
    facts = view.facts(kinds=KINDS)
    agreement = facts.get(Agreement, ident)
    if agreement is None:
        raise none_such(facts, ident)
    shipments = tuple(s for s in _latest(facts, Shipment) if known(s.agreement) == ident)
    concerned = {ident, *(s.id for s in shipments)}
    claims = [c for c in facts.all(Claim) if concerned & set(known(c.about) or ())]
    cited = {c.id for c in claims}
    compared = [facts.get(Agreement, other) for other in known(agreement.compared_with) or ()]
    clocks = [c for a in compared if a is not None and (c := clock(a, facts.as_of)) is not None]
    return Deal(
        agreement,
        tuple(
            (facts.get(Party, known(r.party) or ""), known(r.role) or "role not stated")
            for r in known(agreement.parties) or ()
        ),
        group_claims(facts, claims),
        voices(facts, claims),
        clock(agreement, facts.as_of),
        tuple(clocks),
        shipments,
        tuple(t for t in _latest(facts, Thing) if cited & _claims_of(t)),
        tuple(r for r in facts.all(Reply) if cited & set(known(r.to) or ())),
        tuple(n for n in facts.all(Notice) if cited & set(known(n.about) or ())),
        questions(agreement, facts),
        facts,
    )


def none_such(facts: Facts, ident: str) -> NotFound:
    """That there is no such agreement, and which there are."""
    there = sorted({a.id for a in facts.all(Agreement)})
    more = f" and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
    told = f"it has {', '.join(there[:_NAMED])}{more}" if there else "it has none"
    return NotFound(f'this book has no agreement "{ident[:80]}"; {told}')


def clock(agreement: Agreement, today: str) -> Clock | None:
    """The disclosure clock of one agreement, or None while its date of signature is not known."""
    signed = known(agreement.signed)
    if signed is None:
        return None
    public = known(agreement.text_public)
    end = public if public is not None else when(today)
    least, most = (end.first - signed.last).days, (end.last - signed.first).days
    steps = tuple(
        (known(s.body) or "a body not named", (at.first - signed.last).days)
        for s in known(agreement.steps) or ()
        if (at := known(s.when)) is not None
    )
    return Clock(agreement, (least, most), public, steps)


def questions(agreement: Agreement, facts: Facts, most: int = 5) -> tuple[Question, ...]:
    """The first open terms as questions, in the order the terms are listed, with their claims."""
    asked: list[Question] = []
    for term in known(agreement.terms) or ():
        if not isinstance(term.value, Absent) or len(asked) == most:
            continue
        key = known(term.key) or ""
        label = keys()[key].label if key in keys() else key.replace("_", " ")
        claim = facts.get(Claim, known(term.claim) or "")
        yardstick = (known(claim.note) or "").split(";")[0] if claim is not None else ""
        tail = f" (yardstick: {yardstick})" if yardstick else ""
        label = label[:1].upper() + label[1:]
        text = f"{label}: where is it public, and if nowhere, who decided so?{tail}"
        asked.append(Question(text, (claim.id,) if claim is not None else ()))
    return tuple(asked)


def source_of(facts: Facts, claim: Claim) -> Source | None:
    """The source that makes the claim, where this reader may see it."""
    return facts.get(Source, known(claim.source) or "")


def days_between(first: str, second: str) -> int:
    """Whole days from one day to another."""
    return (dt.date.fromisoformat(second) - dt.date.fromisoformat(first)).days


def _claims_of(thing: Thing) -> set[str]:
    return {c for d in known(thing.descriptions) or () if (c := known(d.claim)) is not None}


def _latest(facts: Facts, cls: type[R]) -> tuple[R, ...]:
    return tuple({r.id: r for r in facts.all(cls)}.values())
