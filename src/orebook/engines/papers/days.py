"""Dates: one day of shipment, every permission given before it and in force on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orebook.engines.papers.compared import (
    AGREES,
    CANNOT_BE_TOLD,
    DISAGREES,
    Compared,
    Stated,
    same,
)
from orebook.engines.papers.printed import Printed
from orebook.model.absence import known
from orebook.model.finding import Missing
from orebook.model.when import When

_BEFOREHAND = {"export_permit", "no_objection", "mineral_certificate"}


def days(papers: Sequence[Printed]) -> Iterator[Compared]:
    """The day of shipment on every paper, then each validity, last day and issue against it."""
    shipped = [s for p in papers for s in p.states(p.paper.shipped, lambda w: w.text)]
    compared = same("day of shipment", shipped, _same_day)
    if compared is not None:
        yield compared
    for paper in papers:
        for value, word, ahead in (
            (known(paper.paper.valid_from), "holds from", True),
            (known(paper.paper.valid_until), "holds until", False),
            (known(paper.paper.ship_by), "asks for shipment by", False),
        ):
            if value is not None:
                yield _held(paper, value, word, shipped, first=ahead)
        yield from _issued(paper, shipped)


def _issued(paper: Printed, shipped: Sequence[Stated[When]]) -> Iterator[Compared]:
    """A paper that ends before it begins, and a permission given once the goods had left."""
    issued, begins = known(paper.paper.issued), known(paper.paper.valid_from)
    ends = known(paper.paper.valid_until)
    first = begins or issued
    if first is not None and ends is not None and ends.last < first.first:
        since = f"holds from {first.text}" if begins else f"was issued on {first.text}"
        reason = f"The {paper.name} {since} and holds until {ends.text}, before that."
        yield Compared(f"validity of the {paper.name}", DISAGREES, reason, (paper.ref,))
    late = [s for s in shipped if issued is not None and s.value.last < issued.first]
    if paper.kind in _BEFOREHAND and issued is not None and late:
        when = f"{late[0].text}, as the {late[0].paper} says"
        reason = f"The {paper.name} was issued on {issued.text}, and it was shipped on {when}."
        sources = tuple(dict.fromkeys((paper.ref, *(s.ref for s in late))))
        yield Compared(f"issue of the {paper.name}", DISAGREES, reason, sources)


def _same_day(one: When, other: When) -> bool | None:
    """Whether two dates can be one day; None where one is less exact and holds the other."""
    if one.first == other.first and one.last == other.last:
        return True
    if one.last < other.first or other.last < one.first:
        return False
    return None


def _held(
    paper: Printed, value: When, word: str, shipped: Sequence[Stated[When]], *, first: bool
) -> Compared:
    """Whether the shipment falls within what the paper allows."""
    name = f"{paper.name} {word} {value.text}"
    said = f"The {paper.name} {word} {value.text}"
    if not shipped:
        why = "no paper says when it was shipped"
        missing = (Missing("the day of shipment", paper.name, why),)
        return Compared(name, CANNOT_BE_TOLD, f"{said}; {why}.", (paper.ref,), missing)
    sources = tuple(dict.fromkeys((paper.ref, *(s.ref for s in shipped))))
    wrong = [
        s for s in shipped if (s.value.last < value.first if first else value.last < s.value.first)
    ]
    if wrong:
        when = f"{wrong[0].text}, as the {wrong[0].paper} says"
        return Compared(name, DISAGREES, f"{said}, and it was shipped on {when}.", sources)
    sure = all(
        (s.value.first >= value.last) if first else (s.value.last <= value.first) for s in shipped
    )
    return Compared(name, AGREES if sure else CANNOT_BE_TOLD, f"{said}; shipped in time.", sources)
