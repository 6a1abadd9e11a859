"""Shipments, and objects seen that no paper ties to one."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.quantity import Fraction, Mass, Money
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody says is inside, or calls it, and the claim that says so."""

    ref: Ref
    text: Maybe[str] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Package:
    """One bag or drum of a shipment."""

    ref: Ref
    id: Maybe[str] = None
    lot: Maybe[str] = None
    seal: Maybe[str] = None
    gross: Maybe[Mass] = None
    tare: Maybe[Mass] = None
    net: Maybe[Mass] = None
    moisture: Maybe[Fraction] = None
    assay: Maybe[str] = None
    paper: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A consignment. Attributes: tables/attributes.csv, kind `shipment`."""

    ref: Ref
    id: str
    label: Maybe[str] = None
    agreement: Maybe[str] = None
    sender: Maybe[str] = None
    receiver: Maybe[str] = None
    origin: Maybe[str] = None
    destination: Maybe[str] = None
    mine: Maybe[str] = None
    dispatched: Maybe[When] = None
    received: Maybe[When] = None
    mass: Maybe[Mass] = None
    assay: Maybe[str] = None
    hs_code: Maybe[str] = None
    value: Maybe[Money] = None
    incoterm: Maybe[str] = None
    purpose: Maybe[str] = None
    contents: Maybe[tuple[Content, ...]] = None
    lots: Maybe[tuple[str, ...]] = None
    packages: Maybe[tuple[Package, ...]] = None
    papers: Maybe[tuple[str, ...]] = None
    invented: Maybe[bool] = None
    note: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Thing:
    """An object somebody showed, kept apart from every shipment unless a paper ties them.

    Attributes: tables/attributes.csv, kind `object`.
    """

    ref: Ref
    id: str
    label: Maybe[str] = None
    seen: Maybe[When] = None
    place: Maybe[str] = None
    descriptions: Maybe[tuple[Content, ...]] = None
    part_of: Maybe[str] = None
    note: Maybe[str] = None
