"""What a new source, a ban or a lost plant changes, as the difference an overlay makes.

The overlay changes amounts at one stage and year; every index is computed before and after from the
same statistics. A stage the overlay does not touch stays as it is, and that is said: ore that
nobody new smelts leaves the smelting stage as dependent as before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orebook.engines.reliance.shares import Holdings, NoShares, bloc, hhi, top
from orebook.model.statistic import ZERO, Interval

Kind = Literal["new_source", "ban", "quota", "lost_facility"]
KINDS: tuple[Kind, ...] = ("new_source", "ban", "quota", "lost_facility")


@dataclass(frozen=True, slots=True)
class Change:
    """One change at a stage: whose amount, and by how much in each year of its ramp (tonnes).

    `new_source` adds the amount; `quota` sets it as the most there may be; `ban` takes all of the
    party's supply away; `lost_facility` takes the amount away, never below nothing. A year between
    two of the ramp has the amount of the earlier; one before the first has none.
    """

    kind: Kind
    stage: str
    party: str
    ramp: Mapping[int, Decimal]

    def amount(self, year: int) -> Decimal | None:
        """The amount in force in a year, None before the first."""
        begun = [at for at in self.ramp if at <= year]
        return self.ramp[max(begun)] if begun else None


@dataclass(frozen=True, slots=True)
class Index:
    """One index before and after; both are intervals in the unit that its name says."""

    name: str
    before: Interval
    after: Interval


@dataclass(frozen=True, slots=True)
class Effect:
    """What the overlay does at one stage in one year; `indices` is empty where it does nothing.

    `why` says why a stage is not changed or cannot be told.
    """

    stage: str
    year: int
    indices: tuple[Index, ...]
    why: str = ""


def overlaid(base: Holdings, changes: Iterable[Change], year: int) -> Holdings:
    """The holdings of a stage after the changes in force that year, all else equal.

    Refuses: NoShares where nothing would be left.
    """
    named = dict(base.named)
    for change in changes:
        amount = change.amount(year)
        if amount is None:
            continue
        held = named.get(change.party, ZERO)
        if change.kind == "new_source":
            named[change.party] = held + amount
        elif change.kind == "quota":
            named[change.party] = min(held, amount)
        elif change.kind == "ban":
            named[change.party] = ZERO
        else:
            named[change.party] = max(held - amount, ZERO)
    return Holdings(named, base.rest)


def effects(
    bases: Mapping[str, Holdings],
    stages: Iterable[str],
    changes: Iterable[Change],
    years: Iterable[int],
    members: Collection[str] = (),
) -> tuple[Effect, ...]:
    """The effect at every stage and year, in the order of the chain.

    Takes: the holdings of each stage that has statistics; the stages to answer for; a bloc whose
    share is asked for. Unknown: a stage without statistics is said to be so, never left out.
    """
    listed, order, asked = tuple(changes), tuple(stages), tuple(years)
    return tuple(
        _effect(
            bases.get(stage),
            stage,
            tuple(c for c in listed if c.stage == stage),
            year,
            members,
            _before(listed, order[:place], year),
        )
        for place, stage in enumerate(order)
        for year in asked
    )


def _before(changes: Iterable[Change], earlier: Collection[str], year: int) -> str:
    """The nearest stage before that a change in force touches; empty where there is none."""
    moved = {c.stage for c in changes if c.amount(year) is not None}
    return next((stage for stage in reversed(list(earlier)) if stage in moved), "")


def _effect(
    base: Holdings | None,
    stage: str,
    changes: tuple[Change, ...],
    year: int,
    members: Collection[str],
    before: str,
) -> Effect:
    unchanged = "no effect here: this stage is unchanged"
    if before:
        unchanged += f", and takes what the stage {before} newly gives as it takes all else"
    if base is None:
        why = "no statistics of this stage by party are in the data"
        return Effect(stage, year, (), why if changes else f"{why}; {unchanged}")
    if not changes:
        return Effect(stage, year, (), unchanged)
    if all(change.amount(year) is None for change in changes):
        return Effect(stage, year, (), "no effect yet: the ramp begins later")
    try:
        after = overlaid(base, changes, year)
    except NoShares:
        return Effect(stage, year, (), "nothing would be left at this stage")
    indices = [
        Index("HHI", hhi(base), hhi(after)),
        Index("share of the largest", top(base, 1), top(after, 1)),
    ]
    leader = base.ranked()[0][0]
    indices.append(Index(f"share of {leader}", base.share(leader), after.share(leader)))
    others = sorted({change.party for change in changes} - {leader})
    indices += [Index(f"share of {p}", base.share(p), after.share(p)) for p in others]
    if members:
        indices.append(Index("share of the bloc", bloc(base, members), bloc(after, members)))
    return Effect(stage, year, tuple(indices))
