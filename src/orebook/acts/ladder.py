"""How much of a headline is backed: the ladder of a case, and the answer as a finding."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orebook.acts.case import Case, resolved
from orebook.engines.ladder.case import Reading
from orebook.engines.ladder.ladder import VERSION, Ladder, climb
from orebook.engines.ladder.span import Span
from orebook.model.facts import Head
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.problem import SenderError

NO_BOOK = Head("", 0, "")


def ladder_of(case: Case) -> Ladder | None:
    """The ladder of a case, None where it holds none. Refuses: SenderError by JSON pointer."""
    if "ladder" not in case.members:
        return None
    reading = Reading()
    headline, money, deposits, project = reading.ladder(
        resolved(case.members["ladder"], case, "/ladder")
    )
    if reading.members.problems:
        placed = tuple(p.within("", case.name) for p in reading.members.problems)
        raise SenderError("\n".join(p.text() for p in placed), placed)
    return climb(headline, money, deposits, project)


def ladder_functions(case: Case) -> dict[str, Callable[..., Any]]:
    """`ladder()` for the formulas of a case: coverage, rungs, what was refused."""

    def ladder() -> dict[str, Any]:
        found = ladder_of(case)
        if found is None:
            raise ValueError("the case holds no ladder")
        return members_of(found)

    return {"ladder": ladder}


def verdict(ladder: Ladder) -> str:
    """`refused` where it does not run, `backed_in_part` or `backed` where it does."""
    if not ladder.steps:
        return "refused"
    share = ladder.coverage("reserve", "resource")
    return "backed" if share is None or share.low >= 1 else "backed_in_part"


def members_of(ladder: Ladder) -> dict[str, Any]:
    """A ladder as plain members."""
    return {
        "verdict": verdict(ladder),
        "headline": ladder.headline,
        "money": ladder.money,
        "coverage": {
            "backed": _ends(ladder.coverage("reserve", "resource")),
            "inferred_apart": _ends(ladder.coverage("inferred")),
            "with_inferred": _ends(ladder.coverage("reserve", "resource", "inferred")),
        },
        "steps": [
            {"name": s.name, "value": _ends(s.value), "basis": s.basis, "needs": s.needs}
            for s in ladder.steps
        ],
        "split": {name: _ends(value) for name, value in ladder.split},
        "refused": list(ladder.refused),
    }


def _ends(span: Span | None) -> dict[str, Decimal] | None:
    return None if span is None else {"low": span.low, "high": span.high}


def finding(ladder: Ladder, subject: str, head: Head = NO_BOOK, as_of: str = "") -> Finding:
    """The ladder as a finding. Unknown: a rung that was not stated is missing and never zero."""
    figures = [_figure(s.name, s.value, ladder.money, s.basis) for s in ladder.steps]
    shares = (
        ("backed share of the headline", ("reserve", "resource")),
        ("inferred, shown apart", ("inferred",)),
    )
    for name, classes in shares:
        figures.append(_figure(name, ladder.coverage(*classes), "fraction", name))
    missing = tuple(
        Missing(s.needs, s.name, "not stated, so this rung and those above it cannot be told")
        for s in ladder.steps
        if s.value is None
    )
    if not ladder.steps:
        missing = (Missing("tonnage, grade and class", subject, "none is stated for the headline"),)
    return Finding(
        "ladder", VERSION, "How much of the headline is backed", subject, verdict(ladder), head,
        as_of, tuple(figures), ladder.refused, missing,
    )  # fmt: skip


def _figure(name: str, span: Span | None, unit: str, label: str) -> Figure:
    if span is None:
        return Figure(name, None, unit, "missing", label=label)
    if span.low == span.high:
        return Figure(name, span.low, unit, "derived", label=label)
    return Figure(name, None, unit, "derived", low=span.low, high=span.high, label=label)
