"""What reading processes need, read once: they are forked from a process that has imported this."""

from __future__ import annotations

from orebook.acts import capture_apart, capture_beside
from orebook.exchange.registry import formats
from orebook.model.shape import shapes
from orebook.model.vocabulary import event_kinds

__all__ = ["capture_apart", "capture_beside"]

formats()
shapes()
event_kinds()
