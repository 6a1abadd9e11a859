"""What the engines answer, as types: verdicts of rules, origins and reaches, standings."""

from __future__ import annotations

from typing import Literal

import msgspec

from orebook.web.api.answer_shapes import Fault, Head, Text

Truth = Literal["proved", "refuted", "unknown"]


class Bounds(msgspec.Struct):
    """The least and the most that is possible, decimals as text; no most is null."""

    low: str
    high: Text


class Covers(msgspec.Struct):
    """What of the lot came through the steps that a fact is missing of."""

    share: Bounds
    kg: dict[str, Bounds]


class MissingStep(msgspec.Struct):
    """A fact that a rule asks for and nobody states."""

    what: str
    about: str
    why: str
    covers: Covers | None


class Witness(msgspec.Struct):
    """One step that decides a rule, and the entry that states it."""

    step: str
    entry: str


class Verification(msgspec.Struct):
    """Who read the clause beside the rule, and when."""

    clause: str
    date: str
    reader: str
    source: str


class RuleVerdict(msgspec.Struct):
    """What one rule of a pack says of a lot."""

    rule: str
    clause: str
    status: str
    applies: Truth
    outcome: Truth
    value: str
    exemption: Text
    next_change: Text
    witness: list[Witness]
    reasons: list[str]
    missing: list[MissingStep]
    missing_covers: Covers | None
    assumptions: list[str]
    verified: Verification | None


class PackVerdict(msgspec.Struct):
    """What a pack says of a lot on a day, under one branch of the law."""

    pack: str
    pack_version: str
    pack_digest: str
    as_of: Text
    branch: str
    outcome: Truth
    next_change: Text
    rules: list[RuleVerdict]


class Verdict(msgspec.Struct):
    """What a pack of rules says of one lot, under the law as enacted and each branch asked for.

    `robust`: whether all of them come to the same.
    """

    engine: str
    version: str
    lot: str
    head: Head
    inputs: str
    robust: bool | None
    verdicts: list[PackVerdict]


class Share(msgspec.Struct):
    """A share between 0 and 1: as recorded, the least and the most that is possible."""

    name: str
    low: float
    value: float
    high: float


class Split(msgspec.Struct):
    """The shares of a lot by mine, country, facility or owner."""

    by: str
    stage: Text
    shares: list[Share]
    unknown: float
    not_passed: Share | None


class OriginGap(msgspec.Struct):
    """A fact that is missing, and how much of the shares it leaves open."""

    what: str
    lot: str
    narrows: float


class Way(msgspec.Struct):
    """The way by which most of it came."""

    lots: list[str]
    share: float


class Plant(msgspec.Struct):
    """What the loss of one plant would have taken."""

    facility: str
    share: float


class Cut(msgspec.Struct):
    """The fewest plants without which the most would not have come."""

    facilities: list[str]
    share: float
    severs: bool


class LotOrigin(msgspec.Struct):
    """Where one element of one lot came from."""

    lot: str
    element: Text
    splits: list[Split]
    missing: list[OriginGap]
    heaviest_way: Way | None
    plants: list[Plant]
    smallest_cut: Cut | None


class Origin(msgspec.Struct):
    """Where lots came from, by which method and under which custody models."""

    method: str
    custody: dict[str, int]
    lots: list[LotOrigin]
    claims_without_goods: int
    problems: list[Fault]


class Reached(msgspec.Struct):
    """A lot that holds metal which came through what was asked about, and its share."""

    element: Text
    lot: str
    share: float


class Exposed(msgspec.Struct):
    """What share of a lot came from the set."""

    element: Text
    lot: str
    name: str
    low: float
    value: float
    high: float


class Affected(msgspec.Struct):
    """A lot that a recall touches."""

    lot: str
    label: str
    element: Text
    share: float
    mass_kg: Text
    owner: Text
    facility: Text
    shipments: list[str]


class Recall(msgspec.Struct):
    """What a recall touches, whom to tell, and what carried it."""

    subject: str
    start: list[str]
    owners: list[str]
    shipments: list[str]
    affected: list[Affected]


class PartyShare(msgspec.Struct):
    """The share of a stage that one party has."""

    party: str
    share: str


class Benchmark(msgspec.Struct):
    """How the largest third country stands to the benchmark of the Union."""

    rule: str
    limit: str
    country: Text
    share: Bounds
    outcome: Literal["met", "not met", "cannot be told"]


class StageStanding(msgspec.Struct):
    """How concentrated a stage is: its parties by share, and its indices as intervals."""

    mineral: str
    stage: str
    year: str
    source: str
    vintage: str
    by: str
    unit: str
    total: str
    parties: list[PartyShare]
    unnamed: str
    indices: dict[str, Bounds]
    benchmark: Benchmark | None
