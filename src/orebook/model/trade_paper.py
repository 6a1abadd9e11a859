"""The papers of a shipment as typed documents, and the lines of lots on them."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.assay import Result
from orebook.model.entry import Ref
from orebook.model.quantity import Fraction, Mass, Money
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot on a paper. Source: ICGLR semantic data standard MD.12 (fields)."""

    ref: Ref
    number: Maybe[str] = None
    when: Maybe[When] = None
    creator: Maybe[str] = None
    hs_code: Maybe[str] = None
    mass: Maybe[Mass] = None
    substance: Maybe[str] = None
    concentration: Maybe[Fraction] = None
    mine: Maybe[str] = None
    inputs: Maybe[tuple[str, ...]] = None
    tag: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class TradePaper:
    """One paper that goes with a shipment, as printed. Attributes: kind `trade_paper`.

    Names of parties are as printed, never identifiers: who they are is for others to say.
    """

    ref: Ref
    id: str
    kind: Maybe[str] = None
    shipment: Maybe[str] = None
    number: Maybe[str] = None
    issuer: Maybe[str] = None
    issued: Maybe[When] = None
    valid_from: Maybe[When] = None
    valid_until: Maybe[When] = None
    document: Maybe[str] = None
    sender: Maybe[str] = None
    receiver: Maybe[str] = None
    net: Maybe[Mass] = None
    gross: Maybe[Mass] = None
    moisture: Maybe[Fraction] = None
    packages: Maybe[int] = None
    seals: Maybe[tuple[str, ...]] = None
    containers: Maybe[tuple[str, ...]] = None
    lots: Maybe[tuple[str, ...]] = None
    hs_code: Maybe[str] = None
    value: Maybe[Money] = None
    incoterm: Maybe[str] = None
    origin: Maybe[str] = None
    destination: Maybe[str] = None
    vessel: Maybe[str] = None
    shipped: Maybe[When] = None
    ship_by: Maybe[When] = None
    results: Maybe[tuple[Result, ...]] = None
    lines: Maybe[tuple[LotLine, ...]] = None
    refers_to: Maybe[tuple[str, ...]] = None
    invented: Maybe[bool] = None
    note: Maybe[str] = None
