"""How much of each claimed headline of mineral wealth has tonnage, grade and class behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orebook.acts.case import read_case, resolved
from orebook.acts.ladder import finding
from orebook.acts.see import View
from orebook.engines.ladder.case import Reading
from orebook.engines.ladder.ladder import Deposit, Ladder, Project, climb
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.finding import Finding
from orebook.model.members import decimal
from orebook.model.problem import SenderError

PROPERTY = "headline_value"
Headline = tuple[Claim, Ladder, Finding]


@dataclass(frozen=True, slots=True)
class Backed:
    """Headlines said of an agreement's parties, and the deposits they are held against.

    `ladder` is that of the deposits alone: its rungs are the same whatever the headline.
    """

    headlines: tuple[Headline, ...]
    deposits: tuple[Deposit, ...]
    ladder: Ladder


def deposits_of(path: Path) -> tuple[str, tuple[Deposit, ...], Project]:
    """Money, deposits and project of a ladder case. Refuses: SenderError by JSON pointer."""
    case = read_case(path.read_bytes(), path.name, path.parent)
    reading = Reading()
    _, money, deposits, project = reading.ladder(
        resolved(case.members.get("ladder"), case, "/ladder")
    )
    if reading.members.problems:
        raise SenderError(
            "; ".join(p.text() for p in reading.members.problems), reading.members.problems
        )
    return money, deposits, project


def agreement_headlines(view: View, ident: str, backing: Path) -> Backed:
    """The headlines of mineral wealth said about a party of an agreement, largest first.

    Takes: `backing`, as `headlines` takes it. Unknown: an agreement that is not there has none.
    """
    money, deposits, project = deposits_of(backing)
    agreement = view.facts(kinds=["agreement"]).get(Agreement, ident)
    roles = known(agreement.parties) or () if agreement is not None else ()
    parties = {name for role in roles if (name := known(role.party)) is not None}
    said = tuple(
        one for one in headlines(view, backing) if parties & set(known(one[0].about) or ())
    )
    return Backed(said, deposits, climb(None, money, deposits, project))


def headlines(view: View, backing: Path) -> tuple[Headline, ...]:
    """Each claim of a headline value with its ladder and finding, the largest value first.

    Takes: `backing`, a ladder case with the deposits whose tonnage, grade and class are public.
    A claim is one whose property is `headline_value`, in the money of that case, and whose subject
    is no agreement: wealth in the ground and not the amount of a deal. Unknown: a claim in words.
    """
    money, deposits, project = deposits_of(backing)
    facts = view.facts(kinds=["claim"])
    found = []
    for claim in {c.id: c for c in facts.all(Claim)}.values():
        value = decimal(known(claim.value))
        about = known(claim.about) or ()
        if known(claim.property) != PROPERTY or known(claim.unit) != money or value is None:
            continue
        if any(name.startswith("agreement:") for name in about):
            continue
        ladder = climb(value, money, deposits, project)
        found.append((value, claim, ladder, finding(ladder, claim.id, facts.head, facts.as_of)))
    ranked = sorted(found, key=lambda f: (-f[0], f[1].id))
    return tuple((claim, ladder, made) for _, claim, ladder, made in ranked)
