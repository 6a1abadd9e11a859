"""A register of claims weighed without any book: what disagrees, and by which rule."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

from orebook.engines.evidence.review import Review, review
from orebook.exchange.claims_csv import read
from orebook.exchange.format import Read
from orebook.exchange.format import Source as Document
from orebook.model.absence import known
from orebook.model.claim import Claim, Source
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.problem import Problem, TooLarge, found
from orebook.model.read import record

FILE_MAX = 16 << 20
# Faults that take a row out of the answer; the others are told and the row stays.
NOTICES = frozenset({"undated-source", "missing-source", "circular-relays", "unknown-column"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a register says against itself, and its faults by place; `facts` are its good rows."""

    name: str
    review: Review
    facts: Facts
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        """True where a row could not be read."""
        return any(p.code not in NOTICES for p in self.problems)


def check_claims(data: bytes, name: str, today: str) -> Checked:
    """A register weighed by every rule of the evidence engine.

    Takes: the columns of docs/reference/claims-csv.md, as UTF-8 text.
    Refuses: TooLarge over 16 MiB; per row, a Problem with its line and column; good rows stand.
    Unknown: a source without a date, a relay to a source that no row holds and relays in a circle
    are named, placed and never guessed.
    """
    if len(data) > FILE_MAX:
        step = "Split the register."
        problem = Problem(
            "too-large", "", f"at most {FILE_MAX} bytes", f"{len(data)} bytes", step, name
        )
        raise TooLarge(problem.text(), [problem])
    problems: list[Problem] = []
    reads: list[Read] = []
    for one in read(io.BytesIO(data), Document(name, "")):
        if isinstance(one, Read):
            reads.append(one)
        else:
            problems.append(one)
    records = [
        record(one.kind, one.body, Ref(f"{position:064x}", 0, position))
        for position, one in enumerate(reads)
    ]
    facts = facts_of(Head("no book", len(records), ""), "", today, records)
    weighed = review(facts, facts.all(Claim))
    places = {str(one.body["id"]): one.place for one in reads if one.kind == "source"}
    problems += (p.within("", name) for p in _notices(facts, weighed, places))
    return Checked(name, weighed, facts, tuple(problems))


def _notices(facts: Facts, weighed: Review, places: dict[str, str]) -> Iterable[Problem]:
    for ident in weighed.undated:
        source = facts.get(Source, ident)
        title = (known(source.title) or ident) if source is not None else ident
        step = "State the date, a month or a year; no rule over time uses this source until then."
        yield Problem(
            "undated-source", places.get(ident, ""), "a source with a date", found(title), step
        )
    for source in facts.all(Source):
        for relay in known(source.relays) or ():
            to = known(relay.source) or ""
            if facts.get(Source, to) is None:
                step = "Add a row of that source, or name it by title, publisher and date."
                yield Problem(
                    "missing-source",
                    places.get(source.id, ""),
                    "a source that a row holds",
                    found(to),
                    step,
                )
    for ring in weighed.circles:
        titles = [
            known(s.title) or s.id if (s := facts.get(Source, name)) is not None else name
            for name in ring
        ]
        step = "Say which of them spoke first; until then they count as one voice."
        yield Problem(
            "circular-relays",
            places.get(ring[0], ""),
            "relays that end at a source",
            found(", ".join(titles), 200),
            step,
        )
