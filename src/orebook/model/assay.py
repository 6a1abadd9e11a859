"""Assays: readings of what a lot holds, with basis, laboratory, sample split and doubt."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.document import Foreign
from orebook.model.entry import Ref
from orebook.model.quantity import Fraction
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Result:
    """One substance: its grade, and `<` or `≤` where the reading is a bound and not a number."""

    ref: Ref
    substance: Maybe[str] = None
    operator: Maybe[str] = None
    grade: Maybe[Fraction] = None


@dataclass(frozen=True, slots=True)
class Assay:
    """An analysis of one lot. Attributes: tables/attributes.csv, kind `assay`."""

    ref: Ref
    id: str
    lot: Maybe[str] = None
    when: Maybe[When] = None
    laboratory: Maybe[str] = None
    method: Maybe[str] = None
    sample: Maybe[str] = None
    split: Maybe[str] = None
    standing: Maybe[str] = None
    basis: Maybe[str] = None
    moisture: Maybe[Fraction] = None
    results: Maybe[tuple[Result, ...]] = None
    invented: Maybe[bool] = None
    note: Maybe[str] = None
    foreign: Maybe[Foreign] = None
