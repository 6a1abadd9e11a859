"""How much of a lot a missing fact covers: what came through the steps it is missing of.

Shares are bounds in decimals: where the masses that went into a step are not told, anything from
nothing to all of it may have come through one of them. Each gram counts once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from orebook.engines.rules.provenance import ALL, DRY, NOTHING, Bounds, Chain, Held
from orebook.engines.rules.truth import Gap

_SHARE = Decimal("0.000001")
_KG = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Covers:
    """The share of a lot, and its kilograms: dry, and of each element that its assays tell.

    What is not known of the lot's mass is not in `kg`; a high of None has no upper bound.
    """

    share: Bounds
    kg: dict[str, Held]

    def as_json(self) -> dict[str, object]:
        """Plain members; bounds rounded outward, numbers as decimal text."""
        masses = {name: _kilograms(*held) for name, held in sorted(self.kg.items())}
        return {"share": dict(zip(("low", "high"), map(_plain, self.share), strict=True)),
                "kg": masses}  # fmt: skip


def _kilograms(low: Decimal, high: Decimal | None) -> dict[str, str | None]:
    return {"low": _plain(low), "high": None if high is None else _plain(high)}


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def covers(chain: Chain, law: Collection[str], gaps: Iterable[Gap]) -> Covers | None:
    """What these gaps of a rule cover together; None where they are of the law and not of a lot.

    Takes: `law`, the ids of the rule and its pack; gaps of a step, of an end of a way back, of a
    party (all its steps), of the lot itself.
    """
    targets: set[str] = set()
    material = False
    ends = {feed for step in chain.steps.values() for feed in step.feeds}
    for gap in gaps:
        if gap.about in chain.steps or (gap.about in ends and gap.about != chain.lot):
            targets.add(gap.about)
        elif gap.about in law:
            continue
        elif run := {s.id for s in chain.steps.values() if s.operator == gap.about}:
            targets |= run
        else:
            return _whole(chain)
        material = True
    return _through(chain, targets) if material else None


def _whole(chain: Chain) -> Covers:
    return Covers(ALL, {name: _outward(held) for name, held in chain.held.items()})


def _through(chain: Chain, targets: Collection[str]) -> Covers:
    shares = {name: passed(chain, targets, name) for name in {DRY, *chain.held}}
    kg: dict[str, Held] = {}
    for name, (low, high) in chain.held.items():
        share = shares[name]
        kg[name] = _outward((low * share[0], None if high is None else high * share[1]))
    return Covers(_rounded(shares[DRY], _SHARE), kg)


def passed(chain: Chain, targets: Collection[str], measure: str = DRY) -> Bounds:
    """The least and most share of the lot that passed one of these steps or ends.

    Takes: `measure`, the dry mass or an element. Unknown: a circle may hold anything.
    """
    found = [Decimal(0), Decimal(0)]
    users = _inside(chain, targets)
    waiting = dict(users)
    held: dict[str, Bounds] = {}
    ready = _handed(chain.parts.get(measure, {}), chain.last, ALL, held, waiting)
    met = 0
    while ready:
        ident = ready.pop()
        met += 1
        share = held[ident]
        if ident in targets:
            found = [found[0] + share[0], found[1] + share[1]]
            continue
        step = chain.steps.get(ident)
        if step is not None:
            parts = step.parts.get(measure, {})
            ready += _handed(parts, step.feeds, share, held, waiting)
    circled = met < len(users) and any(waiting.get(target) for target in targets)
    return min(found[0], Decimal(1)), Decimal(1) if circled else min(found[1], Decimal(1))


def _inside(chain: Chain, targets: Collection[str]) -> dict[str, int]:
    """Everything behind the lot as far as the targets, with how many feed on it."""
    users: dict[str, int] = {}
    stack = list(dict.fromkeys(chain.last))
    for ident in stack:
        users[ident] = users.get(ident, 0) + 1
    seen: set[str] = set()
    while stack:
        ident = stack.pop()
        if ident in seen:
            continue
        seen.add(ident)
        step = chain.steps.get(ident) if ident not in targets else None
        for feed in dict.fromkeys(step.feeds) if step is not None else ():
            users[feed] = users.get(feed, 0) + 1
            stack.append(feed)
    return users


def _handed(
    parts: Mapping[str, Bounds],
    feeds: Iterable[str],
    share: Bounds,
    held: dict[str, Bounds],
    waiting: dict[str, int],
) -> list[str]:
    """Hands a share on to what fed it; those of whom all is known now come back."""
    ready = []
    every = tuple(dict.fromkeys(feeds))
    for feed in every:
        low, high = parts.get(feed, ALL if len(every) == 1 else (Decimal(0), Decimal(1)))
        before = held.get(feed, NOTHING)
        held[feed] = (
            min(before[0] + share[0] * low, Decimal(1)),
            min(before[1] + share[1] * high, Decimal(1)),
        )
        waiting[feed] -= 1
        if not waiting[feed]:
            ready.append(feed)
    return ready


def _outward(held: Held) -> Held:
    low, high = held
    up = None if high is None else high.quantize(_KG, ROUND_CEILING)
    return low.quantize(_KG, ROUND_FLOOR), up


def _rounded(bounds: Bounds, step: Decimal) -> Bounds:
    return bounds[0].quantize(step, ROUND_FLOOR), bounds[1].quantize(step, ROUND_CEILING)
