"""Which grade of a lot is used: one reading, never an average; the others are named beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.balance.words import percent
from orebook.model.absence import Absent, Sealed, known
from orebook.model.assay import Assay
from orebook.model.facts import Facts
from orebook.model.quantity import Fraction
from orebook.model.substance import UnknownSubstance, oxide_to_element, substance, weights
from orebook.model.vocabulary import words

_STANDING = {"umpire": 3, "certificate": 2, "declared": 1}


@dataclass(frozen=True, slots=True)
class Reading:
    """One result of one assay, as the content of one element: grade × factor."""

    figure: str
    assay: Assay
    reported: str
    element: str
    factor: Decimal
    operator: str
    grade: Fraction
    basis: str

    def text(self) -> str:
        """What it is, for a sentence."""
        sign = self.operator if self.operator != "=" else ""
        words_ = [known(self.assay.standing) or "standing not stated"]
        day = known(self.assay.when)
        words_.append(day.text if day else "not dated")
        return f"{self.assay.id} ({', '.join(words_)}): {sign}{percent(self.grade.value)} " + (
            self.reported
        )


@dataclass(frozen=True, slots=True)
class Analyses:
    """The assays of every lot, latest statement of each, best first."""

    by_lot: dict[str, tuple[Assay, ...]]

    def of(self, lot: str) -> tuple[Assay, ...]:
        """The assays of that lot, best first."""
        return self.by_lot.get(lot, ())


def analyses(facts: Facts, lots: Iterable[str]) -> Analyses:
    """The assays of those lots: umpire before certificate before declared, then latest first."""
    wanted = set(lots)
    found: dict[str, list[Assay]] = {}
    for assay in facts.all(Assay):
        lot = known(assay.lot)
        if lot in wanted and facts.get(Assay, assay.id) is assay:
            found.setdefault(str(lot), []).append(assay)
    return Analyses({k: tuple(sorted(v, key=_rank, reverse=True)) for k, v in found.items()})


def _rank(assay: Assay) -> tuple[int, dt.date, int, int]:
    day = known(assay.when)
    return (
        _STANDING.get(known(assay.standing) or "", 0),
        day.last if day else dt.date.min,
        assay.ref.position,
        assay.ref.index,
    )


def reported_for(formula: str) -> tuple[str, Decimal] | None:
    """The element a result tells the whole content of, with its mass fraction, or None.

    An element, or the oxide of one element, by which the trade reports that element's content.
    A mineral or salt (CuFeS2) tells only part of it, a group such as TREO of none.
    Source: standard atomic weights, CIAAW.
    """
    try:
        if substance(formula).is_group:
            return None
        if formula in weights():
            return formula, Decimal(1)
        return oxide_to_element(formula)
    except UnknownSubstance:
        return None


def readings(assays: Iterable[Assay], element: str) -> list[Reading]:
    """Every usable reading of that element, best first; the element before its oxide."""
    found = []
    for assay in assays:
        inside = []
        for number, result in enumerate(known(assay.results) or ()):
            formula, grade = known(result.substance), known(result.grade)
            hit = reported_for(formula) if formula else None
            if formula and grade is not None and hit and hit[0] == element:
                inside.append(
                    Reading(
                        f"assay:{assay.id}/results/{number}/grade",
                        assay,
                        formula,
                        element,
                        hit[1],
                        known(result.operator) or "=",
                        grade,
                        known(assay.basis) or "unstated",
                    )
                )
        found += sorted(inside, key=lambda r: r.factor != 1)
    return found


def elements_of(assays: Iterable[Assay]) -> set[str]:
    """The elements some result tells the content of."""
    return {
        hit[0]
        for assay in assays
        for result in known(assay.results) or ()
        if (formula := known(result.substance))
        and known(result.grade) is not None
        and (hit := reported_for(formula))
    }


def why_none(assays: Iterable[Assay], element: str) -> str:
    """Why no reading of that element can be used."""
    notes = []
    for assay in assays:
        if isinstance(assay.results, Sealed | Absent):
            notes.append(f"the results of {assay.id} are {gone(assay.results)}")
            continue
        for result in known(assay.results) or ():
            formula = known(result.substance) or ""
            if not formula:
                continue
            hit = reported_for(formula)
            if hit and hit[0] == element and isinstance(result.grade, Sealed | Absent):
                notes.append(f"the grade in {assay.id} is {gone(result.grade)}")
            elif hit is None:
                notes.append(f"{assay.id} gives {formula}, from which {element} cannot be told")
    return "; ".join(dict.fromkeys(notes)) or f"no assay of it gives {element}"


def gone(value: Absent | Sealed) -> str:
    """How a value is not there, for a sentence."""
    if isinstance(value, Sealed):
        return f"sealed since entry {value.since}"
    meaning = words("absence").get(value.kind, value.kind)
    until = f" (looked for until {value.until})" if value.until else ""
    return f"{value.kind.replace('_', ' ')}{until}" if until else meaning
