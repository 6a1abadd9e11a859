"""What is said of a network over the size of one joint search."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.engines.balance.large import Balanced
from orebook.engines.balance.network import Bools, Floats, Network
from orebook.engines.balance.suspicions import Answer, Gap


@dataclass(frozen=True, slots=True, eq=False)
class VastAnswer:
    """What can be said of a very large network; `each` has one answer per component.

    `amount` are the masses and element masses (E × k), NaN-free: 0 where `told` is false.
    """

    network: Network
    amount: Floats
    told: Bools
    state: Balanced | None
    closure: float
    each: tuple[Answer, ...]
    gaps: tuple[Gap, ...]
    verdict: str
    reason: str
    method: str
