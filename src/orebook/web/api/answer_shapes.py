"""What the engines answer, as types: findings, and what is reckoned of a network."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

Text = str | None


class Head(msgspec.Struct):
    """A head of the log: its name, how many entries, and the root over them."""

    origin: str
    size: int
    root: str


class Figure(msgspec.Struct):
    """One number of a finding: decimals as text; null where it cannot be told, `state` says why.

    `standard` is the standard uncertainty (k = 1) in `unit`; `low` and `high` are hard bounds.
    """

    name: str
    value: Text
    standard: Text
    low: Text
    high: Text
    unit: str
    state: str
    label: str
    sources: list[str]


class Missing(msgspec.Struct):
    """A fact that is not there, and what its absence keeps from being told."""

    what: str
    subject: str
    why: str


class Finding(msgspec.Struct):
    """What an engine answers: verdict, figures, reasons, what is missing, and the head it is of."""

    engine: str
    version: str
    question: str
    subject: str
    component: str
    verdict: str
    as_of: str
    head: Head
    figures: list[Figure]
    reasons: list[str]
    missing: list[Missing]
    assumptions: list[str]
    sources: list[str]
    parts: list[Finding]


class Amount(msgspec.Struct):
    """A size with its standard deviation and its interval of 95 per cent."""

    size: float
    sd: float
    interval: list[float]
    unit: str


class Hypothesis(msgspec.Struct):
    """One explanation of a gap: what, where, how large, and with what weight."""

    kind: str
    place: str
    component: str
    size: float
    sd: float
    interval: list[float]
    unit: str
    statistic: float
    weight: float
    same_signature: bool
    readings: int
    unrecorded_loss: dict[str, Amount] | UnsetType = UNSET
    sentence: str | UnsetType = UNSET


class Source(msgspec.Struct):
    """A source whose proportions of elements fit an injection."""

    source: str
    kind: str
    statistic: float
    dof: int
    chance: float
    told_by: str | UnsetType = UNSET


class Worth(msgspec.Struct):
    """What an explanation is worth at a dated price."""

    component: str
    value: str
    interval: list[str]
    currency: str
    price: str
    date: str


class Explanation(Hypothesis, kw_only=True):
    """The likeliest explanation of a gap, what cannot be told apart from it, and its rivals."""

    sentence: str
    equivalence_set: list[Hypothesis]
    rivals: list[Hypothesis]
    fingerprint: list[Source]
    money: list[Worth]


class Reconciled(msgspec.Struct):
    """One figure of a network, as read and as reconciled; null where it cannot be known."""

    edge: str
    tail: str = msgspec.field(name="from")
    tip: str = msgspec.field(name="to")
    component: str
    class_: str = msgspec.field(name="class")
    measured: float | None
    sd: float | None
    reconciled: float | None
    reconciled_sd: float | None
    deviation: float | None
    z: float | None
    smallest_detectable: float | None


class Node(msgspec.Struct):
    """How far one balance is from closing as read."""

    node: str
    component: str
    gap: float
    nodal_test_z: float | None
    glr_loss_t: float = msgspec.field(name="glr_loss_T")


class Part(msgspec.Struct):
    """How well one part of a network fits that shares nothing with the others."""

    around: str
    edges: int
    statistic: float
    dof: int


class Recheck(msgspec.Struct):
    """The result looked at a second time, without the solver."""

    relative_imbalance: float
    stationarity: float
    statistic: float
    holds: bool


class Held(msgspec.Struct):
    """A figure that lies at its bound."""

    edge: str
    component: str
    bound: float


class Blind(msgspec.Struct):
    """Where a loss could not have been seen, and why."""

    place: str
    component: str
    why: str
    smallest_detectable: float | None


class Smallest(msgspec.Struct):
    """The smallest loss or bias that would have been seen."""

    kind: str
    place: str
    component: str
    size: float
    unit: str


class MeasureNext(msgspec.Struct):
    """A weighing or assay that would help to see more."""

    what: str
    place: str
    component: str
    node: str | UnsetType = UNSET
    smallest_before: float | UnsetType = UNSET
    smallest_after: float | UnsetType = UNSET
    balances_added: int | UnsetType = UNSET


class Fault(msgspec.Struct, omit_defaults=True):
    """One fault of a document, with its place."""

    code: str
    file: str
    place: str
    expected: str
    found: str
    next_step: str
    type: str = ""
    title: str = ""
    status: int = 0
    detail: str = ""


class Asked(msgspec.Struct):
    """A party that was asked about a balance, and what it answered."""

    party: str
    asked: str
    reply: Text
    replied: Text
    may_be_named: bool


class Network(msgspec.Struct, kw_only=True):
    """What all readings of a network say together. What could not be reckoned is left out."""

    engine: str
    verdict: str
    reason: str
    explanations: list[Explanation]
    assumptions: list[str]
    problems: list[Fault]
    input_sha256: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    components: list[str] | UnsetType = UNSET
    global_test: float | UnsetType = UNSET
    dof: int | UnsetType = UNSET
    chi2_95: float | UnsetType = UNSET
    parts: list[Part] | UnsetType = UNSET
    parts_in_all: int | UnsetType = UNSET
    rounds: int | UnsetType = UNSET
    recheck: Recheck | UnsetType = UNSET
    method: str | UnsetType = UNSET
    nodes: list[Node] | UnsetType = UNSET
    bounds_held: list[Held] | UnsetType = UNSET
    reconciled: dict[str, dict[str, float | None]] | UnsetType = UNSET
    figures: list[Reconciled] | UnsetType = UNSET
    left_out: str | UnsetType = UNSET
    not_visible: list[Blind] | UnsetType = UNSET
    smallest_detectable: list[Smallest] | UnsetType = UNSET
    measure_next: list[MeasureNext] | UnsetType = UNSET
    note: str | UnsetType = UNSET
    remarks: list[Fault] | UnsetType = UNSET
    asked: list[Asked] | UnsetType = UNSET
    head: Head | UnsetType = UNSET
    as_of: str | UnsetType = UNSET
    standing: str | UnsetType = UNSET
    unchecked: list[str] | UnsetType = UNSET


class Closing(msgspec.Struct):
    """A balance of the same question that was closed, and the entry it stands in."""

    entry: int
    status: str
    verdict: str
    head: int


class NetworkFinding(Finding, kw_only=True):
    """A finding over a whole network, with the network's own answer."""

    network: Network
    standing: str
    closings: list[Closing]
