"""Damage to a JSON document, one place at a time, for tests that feed readers rubbish."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

LEFT_OUT = "left out"
Pointer = tuple[Any, ...]


def pointers(value: Any, at: Pointer = ()) -> Iterator[Pointer]:
    """The place of every member and item below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in items:
        yield (*at, key)
        if isinstance(member, dict | list):
            yield from pointers(member, (*at, key))


def damaged(document: Any, pointer: Pointer, damage: Any) -> Any:
    """A copy in which that place holds the damage, or is `LEFT_OUT`."""
    made = copy.deepcopy(document)
    here = made
    for step in pointer[:-1]:
        here = here[step]
    if damage == LEFT_OUT:
        del here[pointer[-1]]
    else:
        here[pointer[-1]] = damage
    return made
