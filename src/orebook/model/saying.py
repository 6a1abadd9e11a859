"""All that one author states of one thing, told in one piece."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.model.entry import Body


@dataclass(frozen=True, slots=True)
class Saying:
    """What an author states of a thing, and the last entry that bears on it.

    `last` counts all that its author ever stated of it, what ended one of these statements, and
    what opened or erased a value of the one that holds. `body` is that one, as the reader may see
    it, and stands at `place`; without one, none holds.
    """

    id: str
    author: str
    last: int
    place: tuple[int, int] = (-1, 0)
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """A statement, one that holds no longer too, that names a thing: which, whose, and where."""

    target: str
    id: str
    author: str
    place: tuple[int, int]
