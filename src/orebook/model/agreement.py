"""Agreements: instrument, parties, roadmap, commitments, amounts with meaning, legal steps."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.quantity import Money
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
    """One term by key, with its text or its absence."""

    ref: Ref
    key: Maybe[str] = None
    value: Maybe[str] = None
    claim: Maybe[str] = None


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
    compared_with: Maybe[tuple[str, ...]] = None
    difference: Maybe[str] = None
    source: Maybe[str] = None
    note: Maybe[str] = None
