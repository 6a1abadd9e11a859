"""What flows through an event: from facts to products of stated figures, with what is missing.

A contribution is mass × dry share × grade × factor. Where the papers do not say on what basis a
figure stands, it is taken as if dry and marked unsettled: such a contribution is known from above
only, and never makes a balance add up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from orebook.engines.balance.assumptions import Assumption, choose, doubted, settle
from orebook.engines.balance.grades import Analyses, Reading, analyses, gone, readings, why_none
from orebook.engines.balance.parts import ONE, Contribution, Factor
from orebook.engines.balance.words import DRY_MASS
from orebook.model.absence import Absent, Maybe, Sealed, known
from orebook.model.event import Event, Flow
from orebook.model.facts import Facts
from orebook.model.finding import Missing
from orebook.model.lot import Lot
from orebook.model.problem import NotFound
from orebook.model.quantity import ContainedMass, Fraction, Mass, Quantity
from orebook.model.substance import Substance, UnknownSubstance
from orebook.model.uncertainty import Exact, Range, Spread

# These forms hold no moisture: wet and dry are one for them.
_METALS = {"cathode", "metal", "alloy"}
READING_RULE = (
    "A grade whose basis is unstated is read as on the mass given or on its dry part, so a flow of"
    " unstated basis holds at most what it would hold if dry."
)


@dataclass(frozen=True, slots=True)
class Stream:
    """One flow with its lot and the assumptions that may bear on it."""

    side: str
    index: int
    lot_id: str
    lot: Lot | None
    role: str
    mass: Mass | None
    mass_figure: str
    missing: tuple[Missing, ...]
    used: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def label(self) -> str:
        """The lot's short name, or its id."""
        return (known(self.lot.label) if self.lot else None) or self.lot_id or "a lot not named"

    @property
    def is_metal(self) -> bool:
        """True where the form holds no moisture."""
        return self.lot is not None and known(self.lot.form) in _METALS


@dataclass(frozen=True, slots=True)
class Scene:
    """One event ready to be balanced: its streams, the assays of its lots, the assumptions."""

    event: Event
    streams: tuple[Stream, ...]
    analyses: Analyses
    assumptions: tuple[Assumption, ...] = field(default=())


def streams(facts: Facts, event: Event, assumptions: tuple[Assumption, ...]) -> tuple[Stream, ...]:
    """The event's flows, in log order, inputs first."""
    found = []
    for side, name in (("in", "inputs"), ("out", "outputs")):
        flows = known(event.inputs if side == "in" else event.outputs) or ()
        names = [known(f.lot) for f in flows]
        for index, flow in enumerate(flows):
            place = f"event:{event.id}/{name}/{index}/mass"
            twice = names.count(known(flow.lot)) > 1
            found.append(_stream(facts, side, index, flow, place, assumptions, twice=twice))
    return tuple(found)


def _stream(
    facts: Facts,
    side: str,
    index: int,
    flow: Flow,
    place: str,
    assumptions: tuple[Assumption, ...],
    *,
    twice: bool,
) -> Stream:
    lot_id = known(flow.lot) or ""
    lot = facts.get(Lot, lot_id) if lot_id else None
    mass, where, missing = _mass(flow, lot, place, twice=twice)
    used: list[str] = []
    override = choose(assumptions, "mass", lot_id)
    if override is not None and lot_id:
        base = mass or Mass(override.value)
        mass, missing = replace(base, value=override.value, spread=Spread(), written=None), ()
        used.append(override.id)
    elif mass is not None:
        resolved, by = doubted(mass, "mass", assumptions)
        assert isinstance(resolved, Mass)
        mass = resolved
        used += [by.id] if by else []
    sources = (flow.ref.text(), *((lot.ref.text(),) if lot else ()))
    return Stream(
        side,
        index,
        lot_id,
        lot,
        known(flow.role) or "",
        mass,
        where,
        missing,
        tuple(used),
        tuple(dict.fromkeys(sources)),
    )


def _mass(
    flow: Flow, lot: Lot | None, place: str, *, twice: bool
) -> tuple[Mass | None, str, tuple[Missing, ...]]:
    """The mass moved: the flow's own, else the whole lot's where the lot comes once."""
    moved = known(flow.mass)
    if moved is not None:
        return moved, place, ()
    lot_id = known(flow.lot) or ""
    if flow.lot is not None and not lot_id:
        return None, place, (_miss("lot", "", f"which lot it is: {_state(flow.lot)}"),)
    if isinstance(flow.mass, Sealed | Absent):
        return None, place, (_miss("mass", lot_id, f"the mass moved is {gone(flow.mass)}"),)
    whole = lot.mass if lot is not None else None
    if twice and known(whole) is not None:
        why = "the lot comes more than once in this event and the mass moved is not stated"
        return None, place, (_miss("mass", lot_id, why),)
    if known(whole) is None:
        return None, place, (_miss("mass", lot_id, f"the mass is {_state(whole)}"),)
    return known(whole), f"lot:{lot_id}/mass", ()


def _miss(what: str, lot: str, why: str) -> Missing:
    return Missing(f"{what} of lot {lot}" if lot else what, lot, why)


def _state(value: Maybe[object]) -> str:
    return gone(value) if isinstance(value, Sealed | Absent) else "not stated"


def contribution(scene: Scene, stream: Stream, component: str) -> Contribution:
    """What that stream brings of that component: an element symbol, or `DRY_MASS`.

    Unknown: what cannot be told is listed in `missing`, and `factors` is None.
    """
    blank = Contribution(
        stream.side,
        stream.index,
        stream.lot_id,
        stream.label,
        used=stream.used,
        sources=stream.sources,
        missing=stream.missing,
        mineral=(known(stream.lot.mineral) if stream.lot else None) or "",
    )
    if component != DRY_MASS and stream.role == "reagent":
        zero = Factor("", "mass", stream.lot_id, Mass(Decimal(0)))
        note = f"{stream.label} is a reagent and by that role brings none of {component}."
        return replace(blank, factors=(zero,), missing=(), notes=(note,))
    if stream.mass is None:
        return blank
    mass = Factor(
        stream.mass_figure,
        "mass",
        stream.lot_id,
        stream.mass,
        state="assumed" if any(u.startswith("mass:") for u in stream.used) else "known",
        source=stream.sources[-1],
    )
    if isinstance(stream.mass, ContainedMass):
        return _contained(replace(blank, mass=mass), stream.mass, component)
    blank = replace(blank, mass=mass)
    if component == DRY_MASS:
        return _on_basis(scene, stream, blank, mass, None)
    return _graded(scene, stream, blank, mass, component)


def _contained(blank: Contribution, mass: ContainedMass, component: str) -> Contribution:
    """A mass stated as contained already: the grade is in it."""
    assert blank.mass is not None
    try:
        share = Substance(mass.of).factor(component) if component != DRY_MASS else Decimal(0)
    except UnknownSubstance:
        share = Decimal(0)
    if share:
        return replace(blank, constant=share, factors=(blank.mass,))
    why = f"its mass is stated as contained {mass.of}, which does not tell {component}"
    return replace(blank, mass=None, missing=(_miss(component, blank.lot, why),))


def _graded(
    scene: Scene, stream: Stream, blank: Contribution, mass: Factor, element: str
) -> Contribution:
    what_if = choose(scene.assumptions, "grade", stream.lot_id, element)
    if what_if is not None and what_if.lot == stream.lot_id:
        name = f"lot:{stream.lot_id}/what-if/{element}"
        grade = Factor(name, "grade", stream.lot_id, Fraction(what_if.value), state="assumed")
        blank = replace(blank, used=(*blank.used, what_if.id))
        return _on_basis(scene, stream, blank, mass, (grade, "dry", ONE))
    assays = scene.analyses.of(stream.lot_id)
    found = readings(assays, element)
    if not found:
        missing = _miss(f"assay of {element}", stream.lot_id, why_none(assays, element))
        return replace(blank, missing=(*blank.missing, missing))
    best, rivals = found[0], found[1:]
    notes: tuple[str, ...] = ()
    if rivals:
        others = "; ".join(r.text() for r in rivals)
        notes = (f"Grade of {element} in {stream.label}: used {best.text()}; rivals: {others}.",)
    grade, used = _grade(scene, stream, best)
    blank = replace(
        blank,
        notes=notes,
        used=(*blank.used, *used),
        sources=(*blank.sources, best.assay.ref.text()),
    )
    return _on_basis(scene, stream, blank, mass, (grade, best.basis, best.factor))


def _grade(scene: Scene, stream: Stream, best: Reading) -> tuple[Factor, tuple[str, ...]]:
    """The factor of a reading; `<` and `>` are ranges and not numbers."""
    low, high = Decimal(0), best.grade.value
    if best.operator in {">", "≥"}:
        low, high = best.grade.value, ONE
    bound = best.operator != "="
    used: tuple[str, ...] = ()
    if bound:
        middle = (low + high) / 2
        spread = Spread.of(Range(low, high), middle, best.figure)
        quantity: Quantity = Fraction(middle, spread)
    else:
        quantity, by = doubted(best.grade, "grade", scene.assumptions)
        used = (by.id,) if by else ()
    ref = best.assay.ref.text()
    return Factor(best.figure, "grade", stream.lot_id, quantity, bound=bound, source=ref), used


def _moisture(scene: Scene, stream: Stream) -> tuple[Factor | None, tuple[str, ...], str]:
    """The moisture of a stream: its lot's, else the best assay's, else a named assumption's."""
    stated: list[tuple[str, Fraction, str]] = []
    if stream.lot is not None and (own := known(stream.lot.moisture)) is not None:
        stated.append((f"lot:{stream.lot_id}/moisture", own, stream.lot.ref.text()))
    stated += [
        (f"assay:{assay.id}/moisture", wet, assay.ref.text())
        for assay in scene.analyses.of(stream.lot_id)
        if (wet := known(assay.moisture)) is not None
    ]
    if stated:
        figure, value, source = stated[0]
        quantity, by = doubted(value, "moisture", scene.assumptions)
        rivals = "; ".join(f"{f} {v.value * 100:f} %" for f, v, _ in stated[1:])
        note = f"Moisture of {stream.label}: used {figure}; rivals: {rivals}." if rivals else ""
        factor = Factor(figure, "moisture", stream.lot_id, quantity, complement=True, source=source)
        return factor, (by.id,) if by else (), note
    assumed = choose(scene.assumptions, "moisture", stream.lot_id)
    if assumed is None:
        return None, (), ""
    figure = f"lot:{stream.lot_id}/moisture"
    value = Fraction(assumed.value, Spread.of(Exact(), assumed.value, figure))
    factor = Factor(figure, "moisture", stream.lot_id, value, complement=True, state="assumed")
    return factor, (assumed.id,), ""


def _on_basis(
    scene: Scene,
    stream: Stream,
    blank: Contribution,
    mass: Factor,
    grade: tuple[Factor, str, Decimal] | None,
) -> Contribution:
    """Mass and grade brought to one basis, or marked unsettled where a basis is unstated."""
    assert isinstance(mass.quantity, Mass)
    bases = [mass.quantity.basis, grade[1] if grade else "dry"]
    product = (mass, grade[0]) if grade else (mass,)
    blank = replace(blank, constant=grade[2] if grade else ONE)
    if stream.is_metal:
        note = f"{stream.label} is {known(stream.lot.form) if stream.lot else ''}, dry as it lies."
        return replace(blank, factors=product, notes=(*blank.notes, note))
    bases, used = _assumed_bases(scene, stream, bases)
    blank = replace(blank, used=(*blank.used, *used))
    if "unstated" in bases:
        return _unsettled(blank, stream, product, bases)
    if bases in (["dry", "dry"], ["wet", "as_received"]):
        return replace(blank, factors=product)
    moisture, used, note = _moisture(scene, stream)
    if moisture is None or (moisture.term == 0 and bases[0] == "dry"):
        return _unsettled(blank, stream, product, bases)
    power = 1 if bases[0] == "wet" else -1
    return replace(
        blank,
        factors=(*product, replace(moisture, power=power)),
        used=(*blank.used, *used),
        notes=(*blank.notes, *([note] if note else [])),
    )


def _assumed_bases(
    scene: Scene, stream: Stream, bases: list[str]
) -> tuple[list[str], tuple[str, ...]]:
    """The bases of mass and grade, after the assumptions that speak of them."""
    used: list[str] = []
    mass, grade = bases
    basis = choose(scene.assumptions, "basis", stream.lot_id)
    own = choose(scene.assumptions, "grade-basis", stream.lot_id)
    if mass == "unstated" and basis is not None:
        mass = basis.of
        used.append(basis.id)
    if grade == "unstated" and own is not None:
        grade = own.of
        used.append(own.id)
    elif grade == "unstated" and basis is not None:
        grade = "dry"
        used.append(basis.id)
    return [mass, grade], tuple(dict.fromkeys(used))


def _unsettled(
    blank: Contribution, stream: Stream, product: tuple[Factor, ...], bases: list[str]
) -> Contribution:
    """The flow taken as if dry, with what keeps it from being settled."""
    missing = []
    if bases[0] == "unstated":
        why = "nobody said whether the mass is wet or dry"
        missing.append(_miss("basis of the mass", stream.lot_id, why))
    if bases[1] == "unstated":
        why = "nobody said whether the grade is on dry mass or as received"
        missing.append(_miss("basis of the grade", stream.lot_id, why))
    note = f"Taken as if dry, for no basis is stated: {stream.label}. {READING_RULE}"
    if not missing:
        state = stream.lot.moisture if stream.lot else None
        why = f"the moisture is {_state(state)}, and mass and grade are not on one basis"
        missing.append(_miss("moisture", stream.lot_id, why))
        note = f"Taken as if dry, for no moisture is stated: {stream.label}."
    return replace(
        blank,
        factors=product,
        settled=False,
        # A mass that may be dry with a grade as received can hold more than mass × grade.
        ceiling_holds=bases[1] != "as_received",
        missing=(*blank.missing, *missing),
        notes=(*blank.notes, note),
    )


def scene_of(facts: Facts, event: str, assumptions: Iterable[Assumption]) -> Scene:
    """The event with its streams and the assays of its lots."""
    record = facts.get(Event, event)
    if record is None:
        message = f'no event "{event}" is in the book at this head; check its id'
        raise NotFound(message)
    chosen = settle(assumptions)
    flows = streams(facts, record, chosen)
    return Scene(record, flows, analyses(facts, (s.lot_id for s in flows)), chosen)


def contributions(scene: Scene, component: str) -> tuple[Contribution, ...]:
    """What every stream of the event brings of that component, with scrap that is supposed."""
    found = [contribution(scene, stream, component) for stream in scene.streams]
    for number, extra in enumerate(a for a in scene.assumptions if a.verb == "scrap"):
        if component not in {DRY_MASS, extra.of}:
            continue
        lot = f"supposed scrap {number + 1}"
        mass = Factor(f"{extra.id}/mass", "mass", lot, Mass(extra.value), state="assumed")
        grade = Factor(f"{extra.id}/grade", "grade", lot, Fraction(extra.grade), state="assumed")
        factors = (mass,) if component == DRY_MASS else (mass, grade)
        index = sum(1 for c in found if c.side == "in")
        found.append(Contribution("in", index, lot, lot, factors=factors, used=(extra.id,)))
    return tuple(found)
