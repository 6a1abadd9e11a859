"""Masses on papers: one on every paper, wet or dry, and within what a permission allows."""

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
    groups,
    joined,
    same,
)
from orebook.engines.papers.printed import Printed
from orebook.model.absence import known
from orebook.model.finding import Missing
from orebook.model.quantity import ContainedMass, DryMass, Fraction, Mass, Money, Quantity, WetMass
from orebook.model.units import unit

PERMISSIONS = {"export_permit", "no_objection"}
_HALF = Decimal("0.5")


def masses(papers: Sequence[Printed]) -> Iterator[Compared]:
    """Net and gross mass on every paper, then against what each permission allows."""
    for name in ("net", "gross"):
        yield from _masses(f"{name} mass", name, papers)
        yield from _allowed(f"{name} mass", name, papers)


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
        if p.kind not in PERMISSIONS
        for one in p.states(getattr(p.paper, attribute), written)
    ]
    only = _one_moisture(papers)
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


def _one_moisture(papers: Sequence[Printed]) -> Fraction | None:
    """The moisture, where all papers that print one print the same."""
    told = {f.value: f for p in papers if (f := known(p.paper.moisture)) is not None}
    return next(iter(told.values())) if len(told) == 1 else None


def _joined(compared: Compared, stated: Sequence[Stated[_Weighed]], only: Fraction) -> Compared:
    """Wet and dry told apart: which wet figures a dry one fits, at the moisture there is."""
    each = {one.text: one for one in stated}.values()
    fits = [
        f"{dry.text} and {wet.text}"
        for dry in each
        if isinstance(dry.value.mass, DryMass)
        for wet in each
        if isinstance(wet.value.mass, WetMass) and _mass_alike(dry.value, wet.value, only)
    ]
    if not fits:
        return compared
    told = f" At {written(only)} moisture {joined(fits)} are the same."
    return replace(compared, reason=compared.reason + told)


def _mass_alike(one: _Weighed, other: _Weighed, only: Fraction | None) -> bool | None:
    """Whether two masses are one; None where their bases differ and nothing settles it.

    A mass whose basis nobody states is wet or dry. Where it fits neither way it is another mass,
    for a dry mass is never above the wet one.
    """
    if type(one.mass) is type(other.mass):
        return close(one.mass, other.mass)
    kinds = {type(one.mass), type(other.mass)}
    if ContainedMass in kinds:
        return None
    if kinds == {WetMass, DryMass}:
        wet, dry = (one, other) if isinstance(one.mass, WetMass) else (other, one)
        return _one_goods(wet, dry, wet.moisture or only)
    told, bare = (other, one) if type(one.mass) is Mass else (one, other)
    moisture = told.moisture or bare.moisture or only
    if close(told.mass, bare.mass):
        return None  # the same figure, which may stand on either basis
    pair = (told, bare) if isinstance(told.mass, WetMass) else (bare, told)
    return None if _one_goods(*pair, moisture) is not False else False


def _one_goods(wet: _Weighed, dry: _Weighed, moisture: Fraction | None) -> bool | None:
    """Whether a wet and a dry mass are of the same goods; None without a moisture."""
    doubt = last_digit(wet.mass) + last_digit(dry.mass)
    if dry.mass.value > wet.mass.value + doubt:
        return False
    if moisture is None:
        return None
    worked = wet.mass.value * (1 - moisture.value)
    return abs(worked - dry.mass.value) <= doubt + wet.mass.value * last_digit(moisture)


def _allowed(name: str, attribute: str, papers: Sequence[Printed]) -> Iterator[Compared]:
    """What a permission allows is no statement of what goes: it may be more, and not less."""
    shipped = [
        (one, paper)
        for paper in papers
        if paper.kind not in PERMISSIONS
        for one in paper.states(getattr(paper.paper, attribute), written)
        if not isinstance(one.value, ContainedMass)
    ]
    only = _one_moisture(papers)
    for permit in (p for p in papers if p.kind in PERMISSIONS and shipped):
        limit = known(getattr(permit.paper, attribute))
        if limit is None or isinstance(limit, ContainedMass):
            continue
        told = {
            one: _above(one.value, limit, known(paper.paper.moisture) or only)
            for one, paper in shipped
        }
        what = f"{name} that the {permit.name} allows"
        sources = tuple(dict.fromkeys((permit.ref, *(one.ref for one in told))))
        said = f"The {permit.name} allows {written(limit)} ({name})"
        more = [one for one, above in told.items() if above]
        if more:
            reason = f"{said}, and it is {groups(more)}."
            yield Compared(what, DISAGREES, reason, sources)
        elif None in told.values():
            why = "the basis of one of them, or the moisture, is not stated"
            missing = (Missing("the basis, or one moisture", permit.name, why),)
            open_ = groups([one for one, above in told.items() if above is None])
            yield Compared(what, CANNOT_BE_TOLD, f"{said}; it is {open_}.", sources, missing)
        else:
            yield Compared(what, AGREES, f"{said}; no paper has more.", sources)


def _above(mass: Mass, limit: Mass, moisture: Fraction | None) -> bool | None:
    """Whether a mass exceeds a limit, on the limit's basis; on both where it states none.

    A mass and a moisture are rounded as they are printed, a limit is not: 20 t allow no 20.1 t.
    """
    slack = last_digit(mass)
    bases = ("wet",) if isinstance(limit, WetMass) else ("dry",)
    told: set[bool | None] = set()
    for basis in bases if type(limit) is not Mass else ("wet", "dry"):
        low, high = _span(mass, basis, moisture)
        rounded = slack
        if moisture is not None and mass.basis in {"wet", "dry"} - {basis}:
            rounded += max(mass.value, limit.value) * last_digit(moisture)
        within = high is not None and high <= limit.value + rounded
        told.add(True if low > limit.value + rounded else False if within else None)
    return told.pop() if len(told) == 1 else None


def _span(mass: Mass, basis: str, moisture: Fraction | None) -> tuple[Decimal, Decimal | None]:
    """The least and the most that a mass can be on a basis, in kilograms; None for no most."""
    value, unstated = mass.value, mass.basis == "unstated"
    if mass.basis == basis:
        return value, value
    part = None if moisture is None or moisture.value >= 1 else 1 - moisture.value
    if basis == "dry":
        dried = Decimal(0) if part is None else value * part
        return dried, value if unstated or part is None else dried
    wetted = None if part is None else value / part
    return value if unstated or wetted is None else wetted, wetted
