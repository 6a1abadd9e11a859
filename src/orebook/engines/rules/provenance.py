"""What a rule is asked of: the steps a lot came through, and what is known of the lot itself.

A chain holds every step upstream of a lot. A stage is *covered* where every way back from the lot
passes a step of that stage before it ends; what ends before leaves the stage open, and no rule
about that stage can be proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

STAGES = (
    "mine", "beneficiate", "crack_leach", "separate_smelt", "refine", "reduce", "alloy", "make",
    "recycle",
)  # fmt: skip
# A share or mass is bounded: from, to. What is measured: the dry mass, or an element by symbol.
Bounds = tuple[Decimal, Decimal]
Held = tuple[Decimal, Decimal | None]
Parts = Mapping[str, Mapping[str, Bounds]]
NOTHING: Bounds = (Decimal(0), Decimal(0))
ALL: Bounds = (Decimal(1), Decimal(1))
DRY = "dry"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an event with its stage and place. None: not known, which is no place at all.

    `doubt` says why its place is not believed for good: it can still refute, and proves nothing.
    `parts` bounds, by what is measured and by feed, the share of what came in that a feed brought.
    """

    id: str
    stage: str | None
    country: str | None = None
    region: str | None = None
    facility: str | None = None
    operator: str | None = None
    entry: str = ""
    feeds: tuple[str, ...] = ()
    doubt: str = ""
    parts: Parts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value with its standard uncertainty (k = 1), None where nobody stated one.

    `operator` is `<` or `≤` where the reading is a bound. Basis and unit are in the name of what
    was measured: `Sb fraction dry`, `moisture fraction`, `Th-232 Bq/g`.
    """

    id: str
    value: Decimal
    standard: Decimal | None = None
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a kind, valid from and until days (ISO), None where it does not say."""

    id: str
    kind: str
    valid_from: str | None = None
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A lot and all steps upstream of it, by id; `last` are the steps that made it.

    `readings` by what was measured; `shares` gives, for a class named by a rule, the lowest and
    highest share that the facts allow. `owners` gives, per party, the share each class of owner
    holds. What is not in a mapping is not known. `entries` says where papers, readings and the lot
    itself are stated, for the witness. `held` bounds the lot's kilograms by what is measured, and
    `parts` the share of it that each of `last` made.
    """

    lot: str
    steps: Mapping[str, Step]
    last: tuple[str, ...]
    elements: frozenset[str] | None = None
    form: str | None = None
    hs_code: str | None = None
    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    shares: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    owners: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    destination: str | None = None
    entries: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)

    def entry(self, ident: str) -> str:
        """The entry that states a step, paper, reading or the lot; empty where none is known."""
        step = self.steps.get(ident)
        return step.entry if step is not None else self.entries.get(ident, "")

    def at(self, stages: Iterable[str]) -> tuple[Step, ...]:
        """The steps of those stages, in the order of the chain."""
        wanted = set(stages)
        return tuple(step for step in self.steps.values() if step.stage in wanted)

    def open_ends(self, stages: Iterable[str]) -> tuple[str, ...]:
        """The steps or lots at which a way back ends without having passed any of those stages.

        Empty where every way passes one. A lot without any step ends at itself. Loops are cut
        where they meet themselves.
        """
        wanted = set(stages)
        ends: list[str] = []
        seen: set[str] = set()
        stack = list(reversed(self.last))
        if not self.last:
            return (self.lot,)
        while stack:
            ident = stack.pop()
            if ident in seen:
                continue
            seen.add(ident)
            step = self.steps.get(ident)
            if step is None:
                ends.append(ident)
            elif step.stage in wanted:
                continue
            elif step.feeds:
                stack.extend(reversed(step.feeds))
            else:
                ends.append(ident)
        return tuple(ends)
