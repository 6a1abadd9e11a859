"""What stands where a value is not: looked for and not found, withheld, sealed.

An absence is a value of its own and never zero. `None` in a record means: this statement does not
speak of it at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, Union


@dataclass(frozen=True, slots=True)
class Absent:
    """A value that is not there, and in what way.

    `kind` is not_found (with `until` and `where` it was looked for), undisclosed or withheld (only
    where a party was asked or said so), or not_applicable.
    """

    kind: str
    until: str = ""
    where: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that is there and that this reader may not see: since which entry, and for whom.

    `audience` is `owner`, `public` (it was taken down) or a party; `others` are further ones.
    """

    since: int
    audience: str
    others: tuple[str, ...] = ()

    @property
    def audiences(self) -> tuple[str, ...]:
        """Everyone it is for."""
        return (self.audience, *self.others)


def sealed_for(since: int, audience: object) -> Sealed:
    """What stands for a hidden value, its audience as a leaf writes it: one name, or a list."""
    names = [str(a) for a in audience] if isinstance(audience, list) else [str(audience)]
    return Sealed(since, names[0], tuple(names[1:])) if names else Sealed(since, "")


T = TypeVar("T")
Maybe = Union[T, Absent, Sealed, None]  # noqa: UP007 - a generic alias needs the old spelling


def known(value: Maybe[T]) -> T | None:
    """The value where one is known to this reader, else None."""
    if value is None or isinstance(value, Absent | Sealed):
        return None
    return value
