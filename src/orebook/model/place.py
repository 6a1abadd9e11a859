"""Places where something is done to material, with their dated status."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.quantity import Mass
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class FacilityStatus:
    """Announced to stopped, since when, and who says so."""

    ref: Ref
    status: Maybe[str] = None
    when: Maybe[When] = None
    source: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Position:
    """Coordinates in degrees (WGS 84); sealed unless the place is public."""

    ref: Ref
    latitude: Maybe[Decimal] = None
    longitude: Maybe[Decimal] = None


@dataclass(frozen=True, slots=True)
class Facility:
    """A mine, plant, port or warehouse. Attributes: tables/attributes.csv, kind `facility`."""

    ref: Ref
    id: str
    name: Maybe[str] = None
    kind: Maybe[str] = None
    stage: Maybe[str] = None
    country: Maybe[str] = None
    region: Maybe[str] = None
    operator: Maybe[str] = None
    capacity: Maybe[Mass] = None
    status: Maybe[tuple[FacilityStatus, ...]] = None
    position: Maybe[Position] = None
    note: Maybe[str] = None
