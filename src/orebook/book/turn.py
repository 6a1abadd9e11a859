"""Whose turn it is to write."""

from __future__ import annotations

from dataclasses import dataclass

MOVED = "moved"  # the lock of a turn that is nobody's any more: the book lies elsewhere


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is to write: a number that only grows, the holder's name, its lock file."""

    epoch: int = 0
    holder: str = ""
    lock: str = ""
