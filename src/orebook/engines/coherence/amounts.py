"""Masses and grades that no lot can have."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from orebook.engines.coherence.faults import CANNOT_BE_TOLD, CONTRADICTS, Fault, Step, Steps
from orebook.model.absence import known
from orebook.model.assay import Assay, Result
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Missing
from orebook.model.lot import Lot
from orebook.model.quantity import Mass
from orebook.model.substance import UnknownSubstance, ceilings, oxide_to_element, weights
from orebook.model.uncertainty import Spread, total

COVERAGE = Decimal(2)
NEAR = Decimal("1e-9")


def consumed_beyond(facts: Facts, found: Steps) -> Iterator[Fault]:
    """A lot used whole more than once, or in parts that together weigh more than it does.

    An identifier that names a model stands for many lots and is left to the identity check.
    """
    for lot_id, uses in found.consumed.items():
        lot = facts.get(Lot, lot_id)
        if len(uses) < 2 or (lot and known(lot.granularity) == "model"):
            continue
        whole = [u for u in uses if known(u.flow.mass) is None]
        if len(whole) == len(uses):
            yield _used_twice(lot_id, uses, lot)
        elif lot is not None:
            yield from _too_much(lot, uses)


def _used_twice(lot_id: str, uses: list[Step], lot: Lot | None) -> Fault:
    ids = tuple(dict.fromkeys(u.event.id for u in uses))
    refs = tuple(dict.fromkeys(u.event.ref.text() for u in uses))
    return Fault(
        "consumed-twice",
        lot_id,
        (lot_id, *ids),
        f"Lot {lot_id} is consumed {len(uses)} times ({', '.join(ids)}), no part of it named.",
        (*((lot.ref.text(),) if lot else ()), *refs),
    )


def _too_much(lot: Lot, uses: list[Step]) -> Iterator[Fault]:
    """Parts against the whole, where all stand on one stated basis or all on none."""
    mass = known(lot.mass)
    parts = [m for u in uses if (m := known(u.flow.mass)) is not None]
    if mass is None or any(type(p) is not type(mass) for p in parts):
        return
    used = sum((p.value for p in parts), Decimal(0))
    if used <= mass.value:
        return
    spread = total(p.spread for p in parts).plus(mass.spread.times(Decimal(-1)))
    verdict, missing = _beyond_doubt(used - mass.value, mass.value, spread)
    ids = tuple(dict.fromkeys(u.event.id for u in uses))
    yield Fault(
        "consumed-beyond-its-mass",
        lot.id,
        (lot.id, *ids),
        f"Events {', '.join(ids)} use {used:f} kg of lot {lot.id}, which weighs {mass.value:f} kg"
        f"{_basis(mass)}.",
        (lot.ref.text(), *(u.event.ref.text() for u in uses)),
        verdict,
        (
            Figure("used", used, "kg", label=f"used of {lot.id}"),
            Figure("mass", mass.value, "kg", "known", label=f"mass of {lot.id}"),
        ),
        tuple(Missing(f"doubt of {name}", lot.id, "nobody stated it") for name in missing),
    )


def _basis(mass: Mass) -> str:
    return "" if mass.basis == "unstated" else f" {mass.basis}"


def _beyond_doubt(over: Decimal, scale: Decimal, spread: Spread) -> tuple[str, tuple[str, ...]]:
    """Contradicts where the excess is beyond hard bounds, or twice its standard uncertainty."""
    if spread.unstated:
        return CANNOT_BE_TOLD, spread.unstated
    bounds, standard = spread.bounds(), spread.standard()
    assert standard is not None
    reach = -bounds[0] if bounds else COVERAGE * standard
    return (CONTRADICTS if over > reach + NEAR * scale else CANNOT_BE_TOLD), ()


def above_its_mineral(facts: Facts) -> Iterator[Fault]:
    """A grade above what the pure mineral holds (chalcopyrite 34.63 % Cu).

    Source: compositions in tables/minerals.csv, atomic weights of CIAAW.
    """
    with localcontext(prec=60):
        for assay in facts.all(Assay):
            lot_id = known(assay.lot) or ""
            lot = facts.get(Lot, lot_id)
            mineral = (known(lot.mineral) if lot else None) or ""
            pure = ceilings().get(mineral.casefold())
            if lot is None or pure is None or facts.get(Assay, assay.id) is not assay:
                continue
            for result in known(assay.results) or ():
                yield from _above(lot, mineral, pure, assay, result)


def _above(
    lot: Lot, mineral: str, pure: dict[str, Decimal], assay: Assay, result: Result
) -> Iterator[Fault]:
    formula, grade = known(result.substance) or "", known(result.grade)
    hit = _element(formula)
    if hit is None or grade is None or (known(result.operator) or "=") in {"<", "≤"}:
        return
    element, factor = hit
    most = pure.get(element)
    held = grade.value * factor
    if most is None or held <= most:
        return
    verdict, missing = _beyond_doubt(held - most, most, grade.spread.times(factor))
    yield Fault(
        "above-its-mineral",
        lot.id,
        (lot.id, assay.id),
        f"Assay {assay.id} finds {_percent(held)} {element} in lot {lot.id}; pure {mineral} holds"
        f" {_percent(most)}.",
        (assay.ref.text(), lot.ref.text()),
        verdict,
        (
            Figure("grade", held, "1", label=f"{element} as reported"),
            Figure("ceiling", most.quantize(Decimal("1e-9")), "1", label=f"{element} in {mineral}"),
        ),
        tuple(Missing(f"doubt of {name}", lot.id, "nobody stated it") for name in missing),
    )


def _element(formula: str) -> tuple[str, Decimal] | None:
    if formula in weights():
        return formula, Decimal(1)
    try:
        return oxide_to_element(formula)
    except UnknownSubstance:
        return None


def _percent(fraction: Decimal) -> str:
    return f"{(fraction * 100).quantize(Decimal('0.01')):f} %"
