"""Agreements: instrument, parties, roadmap, commitments, amounts with meaning, legal steps."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.quantity import Mass, Money
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Role:
    """A party in its role."""

    ref: Ref
    party: Maybe[str] = None
    role: Maybe[str] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class RoadmapStage:
    """A stage of the roadmap as printed."""

    ref: Ref
    stage: Maybe[int] = None
    text: Maybe[str] = None
    due: Maybe[When] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise, with what would be counted and from what baseline, or the absence of both."""

    ref: Ref
    topic: Maybe[str] = None
    text: Maybe[str] = None
    measure: Maybe[str] = None
    baseline: Maybe[str] = None
    due: Maybe[When] = None
    mass: Maybe[Mass] = None
    money: Maybe[Money] = None
    count: Maybe[int] = None
    facility: Maybe[str] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A printed amount and what the source says it means. Unsettled meanings enter no sum."""

    ref: Ref
    amount: Maybe[Money] = None
    meaning: Maybe[str] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class LegalStep:
    """What a body asked or did, and what was answered."""

    ref: Ref
    when: Maybe[When] = None
    body: Maybe[str] = None
    asked: Maybe[str] = None
    answered: Maybe[str] = None
    claims: Maybe[tuple[str, ...]] = None


@dataclass(frozen=True, slots=True)
class Term:
    """One term by key, with its text or its absence, and who bears the risk where it names them."""

    ref: Ref
    key: Maybe[str] = None
    value: Maybe[str] = None
    borne_by: Maybe[tuple[str, ...]] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a text that is public: its number, its words, the terms it settles, a note."""

    ref: Ref
    number: Maybe[str] = None
    title: Maybe[str] = None
    text: Maybe[str] = None
    keys: Maybe[tuple[str, ...]] = None
    page: Maybe[int] = None
    borne_by: Maybe[tuple[str, ...]] = None
    note: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What users or the state pay for what an agreement provides: a tariff, or its revenue."""

    ref: Ref
    title: Maybe[str] = None
    paid_by: Maybe[str] = None
    rate: Maybe[Money] = None
    per: Maybe[str] = None
    expected: Maybe[Money] = None
    paid: Maybe[Money] = None
    since: Maybe[When] = None
    until: Maybe[When] = None
    claim: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of an agreement: which, in what part it plays, and what the copy lacks."""

    ref: Ref
    document: Maybe[str] = None
    role: Maybe[str] = None
    public: Maybe[When] = None
    by: Maybe[str] = None
    signed: Maybe[bool] = None
    pages_missing: Maybe[bool] = None
    annexes_missing: Maybe[bool] = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money paid under an agreement, and the tonnes it was paid on. Kind `payment`."""

    ref: Ref
    id: str
    agreement: Maybe[str] = None
    kind: Maybe[str] = None
    payer: Maybe[str] = None
    payee: Maybe[str] = None
    when: Maybe[When] = None
    amount: Maybe[Money] = None
    mass: Maybe[Mass] = None
    shipments: Maybe[tuple[str, ...]] = None
    source: Maybe[str] = None
    note: Maybe[str] = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """An instrument between parties. Attributes: tables/attributes.csv, kind `agreement`."""

    ref: Ref
    id: str
    title: Maybe[str] = None
    instrument: Maybe[str] = None
    signed: Maybe[When] = None
    place: Maybe[str] = None
    text_public: Maybe[When] = None
    parties: Maybe[tuple[Role, ...]] = None
    roadmap: Maybe[tuple[RoadmapStage, ...]] = None
    commitments: Maybe[tuple[Commitment, ...]] = None
    amounts: Maybe[tuple[Amount, ...]] = None
    steps: Maybe[tuple[LegalStep, ...]] = None
    terms: Maybe[tuple[Term, ...]] = None
    charges: Maybe[tuple[Charge, ...]] = None
    grants_rights: Maybe[bool] = None
    amends: Maybe[str] = None
    version: Maybe[str] = None
    papers: Maybe[tuple[Paper, ...]] = None
    clauses: Maybe[tuple[Clause, ...]] = None
    eiti_member: Maybe[bool] = None
    compared_with: Maybe[tuple[str, ...]] = None
    difference: Maybe[str] = None
    source: Maybe[str] = None
    note: Maybe[str] = None
