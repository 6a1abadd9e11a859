"""What was weighed and assayed of a lot: by whom, and when what happened; and its reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from orebook.engines.settle.clause_terms import UNITS
from orebook.engines.settle.exchange import Reading
from orebook.engines.settle.payable import HUNDRED, ZERO
from orebook.engines.settle.price import Quote
from orebook.engines.settle.terms import day, quotes_of
from orebook.model.members import Members
from orebook.model.problem import Problem

_MOST = Decimal("1e9")  # tonnes; more than any lot
PARTIES = ("seller", "buyer", "umpire")


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot to settle: wet tonnes, moisture, assays, events by name. None where not stated."""

    id: str
    wet_t: Decimal | None
    moisture_percent: Decimal | None
    readings: tuple[Reading, ...] = ()
    events: Mapping[str, dt.date] = field(default_factory=dict)
    quotes: Mapping[str, tuple[Quote, ...]] = field(default_factory=dict)
    paid: Decimal | None = None

    def of(self, substance: str) -> dict[str, Reading]:
        """The readings of a substance by side, the last one stated of each."""
        return {r.by: r for r in self.readings if r.substance == substance}


def read_lots(value: object) -> tuple[tuple[Lot, ...], tuple[Problem, ...]]:
    """Lots of a document: one lot, or `{"lots": […]}`; good lots survive, faults have pointers."""
    m = Members()
    listed = value.get("lots") if isinstance(value, Mapping) and "lots" in value else [value]
    place = "/lots" if isinstance(value, Mapping) and "lots" in value else ""
    out: list[Lot] = []
    faults: list[Problem] = []
    for i, one in enumerate(m.items(listed, place)):
        inner = Members()
        lot = _lot(inner, one, f"{place}/{i}" if place else "")
        if not inner.problems and lot.id in {other.id for other in out}:
            step = "Give each lot once, or each under its own name."
            inner.wrong("twice", f"{place}/{i}/id", "a lot not yet given", lot.id, step)
        faults += inner.problems
        if not inner.problems:
            out.append(lot)
    if place and isinstance(listed, list) and not listed:
        m.wrong("missing", place, "at least one lot", None)
    return tuple(out), (*m.problems, *faults)


def _lot(m: Members, value: object, here: str) -> Lot:
    allowed = (
        "id",
        "wmt",
        "moisture_percent",
        "assays",
        "events",
        "quotes",
        "provisional_paid",
        "note",
    )
    parts = m.members(value, here, allowed, ("id",))
    if not isinstance(value, Mapping):
        return Lot("", None, None)
    name = m.text(parts.get("id"), f"{here}/id")
    wet = m.number(parts["wmt"], f"{here}/wmt", ZERO, _MOST) if "wmt" in parts else None
    damp = parts.get("moisture_percent")
    moisture = None if damp is None else m.number(damp, f"{here}/moisture_percent", ZERO, HUNDRED)
    readings = []
    seen: set[tuple[str, str]] = set()
    for i, one in enumerate(m.items(parts.get("assays", []), f"{here}/assays")):
        place = f"{here}/assays/{i}"
        inner = m.members(
            one, place, ("substance", "by", "value", "unit"), ("substance", "by", "value", "unit")
        )
        unit = m.text(inner.get("unit"), f"{place}/unit", tuple(UNITS))
        most = HUNDRED if unit == "%" else Decimal(1000000)
        by = m.text(inner.get("by"), f"{place}/by", PARTIES)
        of = m.text(inner.get("substance"), f"{place}/substance")
        if (of, by) in seen:
            step = "Give the one reading that the side stands by."
            m.wrong("twice", place, f"one reading of {of} by the {by}", "a second", step)
        seen.add((of, by))
        readings.append(
            Reading(of, by, m.number(inner.get("value"), f"{place}/value", ZERO, most), unit)
        )
    events = {}
    stated = parts.get("events", {})
    for event, at in stated.items() if isinstance(stated, Mapping) else ():
        found = day(m, at, f"{here}/events/{event}")
        if found is not None:
            events[str(event)] = found
    paid = parts.get("provisional_paid")
    return Lot(
        name, wet, moisture, tuple(readings), events,
        quotes_of(m, parts.get("quotes"), f"{here}/quotes"),
        None if paid is None else m.number(paid, f"{here}/provisional_paid", ZERO),
    )  # fmt: skip
