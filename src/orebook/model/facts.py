"""Facts(head, disclosures, as_of): the only thing an engine, a page or an export is handed.

It is a slice of the book as one reader may see it at one head. What the reader may not see is not
in it: a sealed value enters as `Sealed`, never as a number to be hidden later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from orebook.model.entry import Ref


class Record(Protocol):
    """Any typed fact: it knows where it stands and what it is about."""

    @property
    def ref(self) -> Ref: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Head:
    """The signed head an answer was computed at: origin, number of entries, root hash (hex)."""

    origin: str
    size: int
    root: str

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {"origin": self.origin, "size": self.size, "root": self.root}


@dataclass(frozen=True, slots=True)
class Facts:
    """A slice of the book: typed records by class, as seen with `disclosures`, on day `as_of`.

    `disclosures` fingerprints the set of disclosures the reader holds; findings and caches carry
    it. Records of one class are in log order; several statements about one id all stand.
    """

    head: Head
    disclosures: str
    as_of: str
    records: Mapping[type, tuple[Record, ...]] = field(default_factory=dict)
    _index: Mapping[type, Mapping[str, tuple[Record, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def all(self, cls: type[R]) -> tuple[R, ...]:
        """Every record of that class, in log order."""
        return self.records.get(cls, ())  # type: ignore[return-value]

    def stated(self, cls: type[R], ident: str) -> tuple[R, ...]:
        """Every statement about that id, in log order; empty where there is none."""
        return self._index.get(cls, {}).get(ident, ())  # type: ignore[return-value]

    def get(self, cls: type[R], ident: str) -> R | None:
        """The latest statement about that id, or None."""
        found = self.stated(cls, ident)
        return found[-1] if found else None


def facts_of(head: Head, disclosures: str, as_of: str, records: Iterable[Record]) -> Facts:
    """Facts from records in any order; they are kept in log order."""
    grouped: dict[type, list[Record]] = {}
    for record in sorted(records, key=lambda r: (r.ref.position, r.ref.index)):
        grouped.setdefault(type(record), []).append(record)
    index: dict[type, dict[str, tuple[Record, ...]]] = {}
    for cls, members in grouped.items():
        ids = index.setdefault(cls, {})
        for record in members:
            ids[record.id] = (*ids.get(record.id, ()), record)
    return Facts(head, disclosures, as_of, {k: tuple(v) for k, v in grouped.items()}, index)
