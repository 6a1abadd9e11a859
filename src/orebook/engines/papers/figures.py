"""Masses, numbers of bags, values and grades: the same within the digits that are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from orebook.engines.papers.compared import (
    AGREES,
    CANNOT_BE_TOLD,
    DISAGREES,
    Compared,
    Stated,
    code,
    same,
)
from orebook.engines.papers.masses import close, last_digit, masses, written
from orebook.engines.papers.printed import Printed
from orebook.model.absence import known
from orebook.model.finding import Missing
from orebook.model.quantity import DryMass, Fraction, Money


def figures(papers: Sequence[Printed]) -> Iterator[Compared]:
    """Net and gross mass, moisture, bags, value and each grade; then gross against net."""
    yield from masses(papers)
    moistures = [s for p in papers for s in p.states(p.paper.moisture, written)]
    yield from _one(same("moisture", moistures, close))
    bags = [s for p in papers for s in p.states(p.paper.packages, str)]
    yield from _one(same("number of packages", bags, lambda a, b: a == b))
    yield from _values(papers)
    yield from _grades(papers)
    yield from _lines(papers)
    for paper in papers:
        yield from _gross_below_net(paper)


def _one(compared: Compared | None) -> Iterator[Compared]:
    if compared is not None:
        yield compared


def _values(papers: Sequence[Printed]) -> Iterator[Compared]:
    """Values of one currency under one incoterm; others are not the same thing."""
    stated = [
        Stated(one.paper, one.ref, (one.value, code(known(p.paper.incoterm))), one.text)
        for p in papers
        for one in p.states(p.paper.value, written)
    ]

    def alike(one: tuple[Money, str], other: tuple[Money, str]) -> bool | None:
        if one[0].currency != other[0].currency:
            return None  # no rate is guessed
        if one[1] and other[1] and one[1] != other[1]:
            return None  # with and without freight are two values
        return close(one[0], other[0])

    yield from _one(same("value", stated, alike))


def _grades(papers: Sequence[Printed]) -> Iterator[Compared]:
    """Each substance that two papers report; a bound is met by what lies within it."""
    stated: dict[str, list[Stated[tuple[str, Fraction]]]] = {}
    for paper in papers:
        for line in known(paper.paper.results) or ():
            substance, grade = known(line.substance), known(line.grade)
            operator = known(line.operator) or ""
            if substance and grade is not None:
                text = f"{operator if operator != '=' else ''}{written(grade)}"
                one = Stated(paper.name, paper.ref, (operator, grade), text)
                stated.setdefault(substance, []).append(one)
    for substance, ones in stated.items():
        yield from _one(same(f"{substance} grade", ones, _grade_alike))


def _grade_alike(one: tuple[str, Fraction], other: tuple[str, Fraction]) -> bool | None:
    bounds = [o for o, _ in (one, other) if o not in {"", "="}]
    if not bounds:
        return close(one[1], other[1])
    if len(bounds) == 2:
        return None
    (operator, limit), (_, figure) = (one, other) if one[0] == bounds[0] else (other, one)
    below = operator in {"<", "≤"}
    fits = figure.value <= limit.value if below else figure.value >= limit.value
    return None if fits else False


def _lines(papers: Sequence[Printed]) -> Iterator[Compared]:
    """The lots on a paper must add up to its net mass, where each states one on its basis."""
    for paper in papers:
        lines, net = known(paper.paper.lines), known(paper.paper.net)
        masses = [known(line.mass) for line in lines or ()]
        if not masses or net is None:
            continue
        name = f"lots of the {paper.name}"
        if any(m is None or type(m) is not type(net) for m in masses):
            reason = f"The {name}: cannot be added up to its net mass, a mass or its basis missing."
            why = "a sum needs every part on one basis"
            missing = (Missing("the mass of each lot", paper.name, why),)
            yield Compared(name, CANNOT_BE_TOLD, reason, (paper.ref,), missing)
            continue
        sure = [m for m in masses if m is not None]
        total = sum((m.value for m in sure), Decimal(0))
        doubt = sum((last_digit(m) for m in sure), last_digit(net))
        good = abs(total - net.value) <= doubt
        text = f"{total.normalize():,f} kg, and its net mass is {written(net)}"
        reason = f"The {name} add up to {text}."
        yield Compared(name, AGREES if good else DISAGREES, reason, (paper.ref,))


def _gross_below_net(paper: Printed) -> Iterator[Compared]:
    net, gross = known(paper.paper.net), known(paper.paper.gross)
    if net is None or gross is None or isinstance(net, DryMass) != isinstance(gross, DryMass):
        return
    if gross.value + last_digit(gross) < net.value - last_digit(net):
        reason = f"The {paper.name} prints a gross mass of {written(gross)}, below its net mass of"
        yield Compared("gross below net", DISAGREES, f"{reason} {written(net)}.", (paper.ref,))
