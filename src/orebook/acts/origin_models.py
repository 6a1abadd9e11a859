"""The custody model flows are read under: as each event states it, or one named for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from orebook.model.flow import CUSTODY, FlowList, Move
from orebook.model.problem import ReaderError

RECORDED = "recorded"
MODELS = (RECORDED, *CUSTODY)


@dataclass(frozen=True, slots=True)
class BookFlows:
    """A book as flows per element, its events among the lots, and the plant of each by identifier.

    `days` says when each event was, as far as that is seen.
    """

    flows: FlowList
    events: frozenset[str]
    plants: Mapping[str, str]
    days: Mapping[str, str]


def under(flows: FlowList, model: str) -> FlowList:
    """The flows as stated, or all of them read under one model. Refuses: ReaderError for none."""
    if model not in MODELS:
        message = f"a custody model is {', '.join(MODELS)}, not {model[:60]}"
        raise ReaderError(message)
    if model == RECORDED:
        return flows
    return replace(flows, moves=tuple(replace(m, custody=model) for m in flows.moves))


def models_of(moves: Iterable[Move]) -> tuple[tuple[str, int], ...]:
    """Each custody model with how many events stand under it ("" is not stated), by name.

    A move that names no event counts as one.
    """
    seen = dict.fromkeys((m.custody, m.event or f"\0{n}") for n, m in enumerate(moves))
    found: dict[str, int] = {}
    for custody, _ in seen:
        found[custody] = found.get(custody, 0) + 1
    return tuple(sorted(found.items()))


def touches(flows: FlowList, lot: str) -> bool:
    """Whether any flow names that lot."""
    return any(lot in {m.source, m.target} for m in flows.moves)
