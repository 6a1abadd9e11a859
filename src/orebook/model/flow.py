"""A bare list of flows: what moved from which lot to which, and where each lot was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from orebook.model.problem import Problem

CUSTODY = {
    "identity_preserved": "one source, never mixed",
    "segregated": "mixed only with others that hold the claim",
    "controlled_blending": "mixed in a stated ratio",
    "mass_balance": "mixed in an account; outputs take its average (rolling)",
    "mass_balance_credit": "mixed in an account; claims go to any output up to the credits",
    "book_and_claim": "the claim moves without the material",
}
ATTRIBUTES = ("mine", "country", "facility", "owner", "stage")


@dataclass(frozen=True, slots=True)
class Move:
    """Metal that went from one lot into another; an empty `source` is outside the list.

    `mass_kg` is None where no mass is recorded; `low_kg` and `high_kg` bound it then (None: no
    upper bound). `share` says that the mass is a fraction of the lot that was made.
    """

    source: str
    target: str
    mass_kg: Decimal | None
    low_kg: Decimal = Decimal(0)
    high_kg: Decimal | None = None
    element: str = ""
    event: str = ""
    time: str = ""
    custody: str = ""
    place: str = ""
    share: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """One lot of the list: where it was made, whose it was, at which stage; None is not stated.

    `mine` and `country` of a lot that nothing went into say where it came from. `mass_kg` is the
    metal it held; what came in beyond the recorded moves has no name.
    """

    id: str
    mine: str | None = None
    country: str | None = None
    facility: str | None = None
    owner: str | None = None
    stage: str | None = None
    mass_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FlowList:
    """Moves in the order given, lots by id, and every fault of the document by its place.

    `held`, where it is given, says per element and lot the least and most that lots held from which
    more was taken, beyond doubt; no other lot is asked for it then. `name` is the document's.
    """

    moves: tuple[Move, ...]
    stops: Mapping[str, Stop] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    held: Mapping[tuple[str, str], tuple[Decimal, Decimal]] | None = None
    name: str = ""

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements that moves name, sorted; one empty name where none does."""
        return tuple(sorted({m.element for m in self.moves})) or ("",)
