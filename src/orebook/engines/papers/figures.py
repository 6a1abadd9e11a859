"""Masses, numbers of bags, values and grades: the same within the digits that are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.engines.papers.compared import (
    AGREES,
    CANNOT_BE_TOLD,
    DISAGREES,
    Compared,
    Stated,
    code,
    joined,
    same,
)
from orebook.engines.papers.printed import Printed
from orebook.model.absence import known
from orebook.model.finding import Missing
from orebook.model.quantity import DryMass, Fraction, Mass, Money, Quantity, WetMass
from orebook.model.units import unit

_HALF = Decimal("0.5")


def figures(papers: Sequence[Printed]) -> Iterator[Compared]:
    """Net and gross mass, moisture, bags, value and each grade; then gross against net."""
    for name in ("net", "gross"):
        yield from _masses(f"{name} mass", name, papers)
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


def written(quantity: Quantity) -> str:
    """A quantity as it was printed, with its basis."""
    told = quantity.written
    basis = quantity.basis if isinstance(quantity, Mass) else ""
    if told is None:
        text = format(quantity.value.normalize(), "f")
    elif isinstance(quantity, Money):
        return f"{_grouped(told.value)} {told.unit}"
    else:
        text = f"{_grouped(told.value)} {unit(told.unit).symbol}"
    return f"{text} {basis}" if basis in {"wet", "dry", "contained"} else text


def _grouped(digits: str) -> str:
    return format(Decimal(digits), ",f") if "e" not in digits.casefold() else digits


def last_digit(quantity: Quantity) -> Decimal:
    """Half of the last digit printed, in the canonical unit."""
    told = quantity.written
    if told is None:
        return Decimal(0)
    exponent = Decimal(told.value).as_tuple().exponent
    assert isinstance(exponent, int)
    step = Decimal(1).scaleb(min(exponent, 0))
    return step * _HALF * (Decimal(1) if isinstance(quantity, Money) else unit(told.unit).factor)


def close(one: Quantity, other: Quantity) -> bool:
    """Whether the coarser of two figures is the finer one rounded."""
    return abs(one.value - other.value) <= max(last_digit(one), last_digit(other))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A mass and the moisture of its own paper, where that prints one."""

    mass: Mass
    moisture: Fraction | None


def _masses(name: str, attribute: str, papers: Sequence[Printed]) -> Iterator[Compared]:
    stated = [
        Stated(one.paper, one.ref, _Weighed(one.value, known(p.paper.moisture)), one.text)
        for p in papers
        for one in p.states(getattr(p.paper, attribute), written)
    ]
    moistures = {f.value for p in papers if (f := known(p.paper.moisture)) is not None}
    only = next(
        (f for p in papers if (f := known(p.paper.moisture)) is not None), None
    ) if len(moistures) == 1 else None  # fmt: skip
    compared = same(name, stated, lambda a, b: _mass_alike(a, b, only))
    if compared is None:
        return
    if compared.verdict == CANNOT_BE_TOLD:
        why = "wet, dry and unstated mass are not compared without a moisture or a stated basis"
        yield Compared(
            name,
            compared.verdict,
            compared.reason,
            compared.sources,
            (Missing("the basis, or one moisture", name, why),),
        )
        return
    yield compared if only is None else _joined(compared, stated, only)


def _joined(compared: Compared, stated: Sequence[Stated[_Weighed]], only: Fraction) -> Compared:
    """Wet and dry told apart: which wet figures a dry one fits, at the moisture there is."""
    fits = [
        f"{dry.text} and {wet.text}"
        for dry in stated
        if isinstance(dry.value.mass, DryMass)
        for wet in {one.text: one for one in stated}.values()
        if isinstance(wet.value.mass, WetMass) and _mass_alike(dry.value, wet.value, only)
    ]
    if not fits:
        return compared
    told = f" At {written(only)} moisture {joined(fits)} are the same."
    return replace(compared, reason=compared.reason + told)


def _mass_alike(one: _Weighed, other: _Weighed, only: Fraction | None) -> bool | None:
    """Whether two masses are one; None where their bases differ and no moisture joins them."""
    if type(one.mass) is type(other.mass):
        return close(one.mass, other.mass)
    kinds = {type(one.mass), type(other.mass)}
    if kinds != {WetMass, DryMass}:
        return None  # a basis that nobody states may be either
    wet, dry = (one, other) if isinstance(one.mass, WetMass) else (other, one)
    moisture = wet.moisture or only
    if moisture is None or not isinstance(wet.mass, WetMass):
        return None
    worked = wet.mass.dry(moisture)
    doubt = last_digit(wet.mass) + last_digit(dry.mass) + wet.mass.value * last_digit(moisture)
    return abs(worked.value - dry.mass.value) <= doubt


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
