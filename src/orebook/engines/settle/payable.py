"""Payable content of a substance: the usual schedules, as data, exact."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ZERO, HUNDRED = Decimal(0), Decimal(100)
FORMS = ("lesser_of", "percent", "deduct", "deduct_then_percent")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How much of an assay is paid, in the unit of the assay.

    `lesser_of`: the lesser of `percent` of the assay and the assay less `deduction` units;
    `percent`: a percentage alone; `deduct`: the assay less units; `deduct_then_percent`: a
    percentage of what is left after units are deducted. Below `threshold` nothing is paid.
    """

    form: str
    percent: Decimal = HUNDRED
    deduction: Decimal = ZERO
    threshold: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Step:
    """A schedule that holds from an assay on, up to the next step."""

    start: Decimal
    schedule: Schedule


def schedule_at(assay: Decimal, steps: tuple[Step, ...]) -> Schedule | None:
    """The schedule of the last step that the assay reaches, or None below the first."""
    found = None
    for step in steps:
        if assay >= step.start:
            found = step.schedule
    return found


def payable(assay: Decimal, schedule: Schedule | None) -> tuple[Decimal, str]:
    """The payable assay, never below zero, and what governs it.

    Ties: where percentage and deduction give the same, the percentage governs.
    """
    if schedule is None or assay < schedule.threshold:
        return ZERO, "below the least payable assay"
    by_percent = assay * schedule.percent / HUNDRED
    by_units = assay - schedule.deduction
    match schedule.form:
        case "percent":
            found, governs = by_percent, "percentage"
        case "deduct":
            found, governs = by_units, "unit deduction"
        case "deduct_then_percent":
            found, governs = by_units * schedule.percent / HUNDRED, "deduction, then percentage"
        case _ if by_percent <= by_units:
            found, governs = by_percent, "percentage"
        case _:
            found, governs = by_units, "minimum deduction"
    return max(found, ZERO), governs


def in_words(schedule: Schedule) -> str:
    """The schedule as an invoice has it: `the lesser of 96.5 % of it and it less 1`."""
    share, less = f"{schedule.percent} % of it", f"it less {schedule.deduction}"
    said = {
        "percent": share,
        "deduct": less,
        "deduct_then_percent": f"{schedule.percent} % of {less}",
    }.get(schedule.form, f"the lesser of {share} and {less}")
    return f"{said}, nothing below {schedule.threshold}" if schedule.threshold else said


def dry_tonnes(wet_t: Decimal, franchise_percent: Decimal, moisture_percent: Decimal) -> Decimal:
    """Dry tonnes settled: wet tonnes × (1 - franchise) × (1 - moisture)."""
    return wet_t * (1 - franchise_percent / HUNDRED) * (1 - moisture_percent / HUNDRED)
