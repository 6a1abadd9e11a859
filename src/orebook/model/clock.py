"""The sequencer's clock, written once per publishing interval that has writes."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.absence import Maybe
from orebook.model.entry import Ref
from orebook.model.when import When


@dataclass(frozen=True, slots=True)
class Clock:
    """The time at which the sequencer sealed a batch. "As of D" is the last head not after D."""

    ref: Ref
    id: str
    at: Maybe[When] = None
