"""Lots: quantities of material with an identity."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.document import Foreign
from orebook.model.entry import Ref
from orebook.model.quantity import Fraction, Mass
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class MaterialShare:
    """An input material as a passport declares it."""

    ref: Ref
    name: Maybe[str] = None
    country: Maybe[str] = None
    share: Maybe[Fraction] = None
    mass: Maybe[Mass] = None
    recycled: Maybe[Fraction] = None


@dataclass(frozen=True, slots=True)
class LotSource:
    """A named supplier of a purchase lot; what no supplier is named for stays unnamed."""

    ref: Ref
    source: Maybe[str] = None
    share: Maybe[Fraction] = None


@dataclass(frozen=True, slots=True)
class Lot:
    """A quantity of material with an identity. Attributes: tables/attributes.csv, kind `lot`.

    Contained metal is derived from mass, moisture and assay and never stored. Purpose is stated
    and never inferred.
    """

    ref: Ref
    id: str
    label: Maybe[str] = None
    material: Maybe[str] = None
    form: Maybe[str] = None
    mineral: Maybe[str] = None
    mass: Maybe[Mass] = None
    moisture: Maybe[Fraction] = None
    stage: Maybe[str] = None
    facility: Maybe[str] = None
    country: Maybe[str] = None
    owner: Maybe[str] = None
    made: Maybe[When] = None
    batch: Maybe[str] = None
    granularity: Maybe[str] = None
    purpose: Maybe[str] = None
    custody_model: Maybe[str] = None
    recycled_share: Maybe[Fraction] = None
    materials: Maybe[tuple[MaterialShare, ...]] = None
    sources: Maybe[tuple[LotSource, ...]] = None
    hs_code: Maybe[str] = None
    invented: Maybe[bool] = None
    sample_data: Maybe[str] = None
    note: Maybe[str] = None
    foreign: Maybe[Foreign] = None
