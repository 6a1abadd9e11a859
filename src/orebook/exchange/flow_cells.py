"""The cells of a flow list: which column is which, masses with their bounds, lots and labels."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from orebook.model.flow import ATTRIBUTES, CUSTODY, Move, Stop
from orebook.model.problem import Problem, found
from orebook.model.units import UnknownUnit, unit

_ALIASES = {
    "from": ("from", "source", "src", "from_lot", "from_node", "input", "parent"),
    "to": ("to", "target", "dst", "destination", "to_lot", "to_node", "output", "child"),
    "mass": ("mass", "mass_kg", "kg", "amount", "quantity", "weight", "value", "contained_kg"),
    "low": ("mass_low", "low", "mass_low_kg", "mass_min", "min"),
    "high": ("mass_high", "high", "mass_high_kg", "mass_max", "max"),
    "share": ("share", "fraction"),
    "unit": ("unit", "uom"),
    "element": ("element", "metal"),
    "event": ("event", "event_id"),
    "time": ("time", "when", "date", "event_time"),
    "custody": ("custody", "custody_model"),
    "id": ("id", "lot", "node", "name"),
}
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_FIGURE = re.compile(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([^\d\s.].*)?", re.ASCII)
_BLANK = {"", "-", "–", "?", "unknown", "n/a", "na", "null", "none"}
LABELS = frozenset(
    f"{side}{name}" for side in ("", "from_", "to_") for name in (*ATTRIBUTES, "mass")
)


def column(text: str) -> str:
    """What a header cell means: `from`, `to`, `mass`, …, a label such as `to_facility`, or ""."""
    name = re.sub(r"[\s\-]+", "_", text.strip().casefold()).strip("_()")
    if name in _NAMES:
        return _NAMES[name]
    tonnes = name in {"mass_t", "tonnes", "t"}
    return "mass_t" if tonnes else name if name in LABELS else ""


@dataclass(slots=True)
class Board:
    """What has been read so far; faults are kept and the rows that are sound go on."""

    moves: list[Move] = field(default_factory=list)
    stops: dict[str, Stop] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    clashing: set[tuple[str, str]] = field(default_factory=set)

    def fault(self, code: str, place: str, expected: str, seen: object, step: str) -> None:
        """One more fault."""
        self.problems.append(Problem(code, place, expected, found(seen), step))

    def label(self, lot: str, name: str, value: str, place: str) -> None:
        """A label of a lot. Two that differ are a fault, and then neither holds."""
        text = value.strip()
        if not lot or text.casefold() in _BLANK or (lot, name) in self.clashing:
            return
        stop = self.stops.setdefault(lot, Stop(lot))
        if name == "mass":
            self._held(stop, text, place)
            return
        before = getattr(stop, name)
        if before is not None and before != text:
            self.clashing.add((lot, name))
            self.stops[lot] = _with(stop, name, None)
            self.fault(
                "two-identities",
                place,
                f"one {name} for lot {lot} (earlier: {before})",
                text,
                f"Two lots share one identity, or one is wrong: the {name} of {lot} is unknown.",
            )
            return
        self.stops[lot] = _with(stop, name, text)

    def _held(self, stop: Stop, text: str, place: str) -> None:
        mass = figure(text, "")
        if isinstance(mass, str) or mass < 0:
            self.fault("not-a-mass", place, "a mass in kg such as 1200.5", text, _CORRECT)
            return
        if stop.mass_kg is not None and stop.mass_kg != mass:
            self.clashing.add((stop.id, "mass"))
            self.stops[stop.id] = replace(stop, mass_kg=None)
            step = (
                f"Two lots share one identity, or one is wrong: the mass of {stop.id} is unknown."
            )
            expected = f"one mass for lot {stop.id} (earlier: {stop.mass_kg} kg)"
            self.fault("two-identities", place, expected, text, step)
            return
        self.stops[stop.id] = replace(stop, mass_kg=mass)

    def row(self, cells: Mapping[str, str], where: Mapping[str, str], place: str) -> None:
        """One move with its labels; `where` gives the place of each cell."""
        lots = {side: cells.get(side, "").strip() for side in ("from", "to")}
        source, target = lots["from"], lots["to"]
        if not target:
            step = "Name the lot the metal went into, or take the row out."
            self.fault("no-lot", where.get("to", place), "the lot it went into", None, step)
            return
        if source == target:
            step = "A lot cannot be made of itself: take the row out, or name the later lot apart."
            self.fault("self-loop", where.get("from", place), "two different lots", source, step)
            return
        self.moves.append(self._move(source, target, cells, where, place))
        self._labels(source, target, cells, where)

    def _labels(
        self, source: str, target: str, cells: Mapping[str, str], where: Mapping[str, str]
    ) -> None:
        """`mine` and `country` tell of what came in; the step's labels of what was made."""
        for name in ATTRIBUTES:
            bare = (source or target) if name in {"mine", "country"} else target
            for key, lot in ((name, bare), (f"from_{name}", source), (f"to_{name}", target)):
                if cells.get(key):
                    self.label(lot, name, cells[key], where[key])
        for key, lot in (("from_mass", source), ("to_mass", target)):
            if cells.get(key):
                self.label(lot, "mass", cells[key], where[key])

    def _move(
        self,
        source: str,
        target: str,
        cells: Mapping[str, str],
        where: Mapping[str, str],
        place: str,
    ) -> Move:
        mass, low, high, shared = self._masses(cells, where)
        custody = cells.get("custody", "").strip().casefold().replace(" ", "_").replace("-", "_")
        if custody and custody not in CUSTODY:
            expected = f"a custody model: {', '.join(CUSTODY)}"
            step = "It was read as not stated."
            self.fault("unknown-custody", where["custody"], expected, cells["custody"], step)
            custody = ""
        return Move(
            source,
            target,
            mass,
            low,
            high,
            cells.get("element", "").strip(),
            cells.get("event", "").strip(),
            self._time(cells, where),
            custody,
            place,
            shared,
        )

    def _time(self, cells: Mapping[str, str], where: Mapping[str, str]) -> str:
        """When, in a form that sorts by time; what cannot be read is not stated."""
        text = cells.get("time", "").strip()
        if text.casefold() in _BLANK:
            return ""
        found = moment(text)
        if found is None:
            step = "Correct it; the flow counts as one without a time."
            expected = "a time as in ISO 8601, such as 2026-03-01, or a whole number"
            self.fault("not-a-time", where["time"], expected, text, step)
        return found or ""

    def _masses(
        self, cells: Mapping[str, str], where: Mapping[str, str]
    ) -> tuple[Decimal | None, Decimal, Decimal | None, bool]:
        """Mass, bounds, and whether it is a share; what cannot be read is not recorded."""
        read: dict[str, Decimal | None] = {}
        for name in ("mass", "mass_t", "share", "low", "high"):
            text = cells.get(name, "").strip()
            if text.casefold() in _BLANK:
                continue
            named = "t" if name == "mass_t" else "" if name == "share" else cells.get("unit", "")
            value = figure(text, named)
            if isinstance(value, str) or value < 0:
                what = "a share" if name == "share" else "a mass"
                why = value if isinstance(value, str) else "it is below zero"
                step = f"Correct it ({why}); it counts as not recorded."
                self.fault("not-a-mass", where[name], f"{what} such as 1200.5", text, step)
                return None, Decimal(0), None, False
            read[name] = value
        mass = read.get("mass", read.get("mass_t", read.get("share")))
        low, high = read.get("low"), read.get("high")
        if low is not None and high is not None and low > high:
            step = "Swap the bounds, or correct one; they count as not recorded."
            self.fault("bounds-crossed", where["low"], "low ≤ high", f"{low} > {high}", step)
            low = high = None
        if mass is not None:
            low, high = min(low, mass) if low is not None else mass, max(high or mass, mass)
        shared = "share" in read and "mass" not in read and "mass_t" not in read
        return mass, low if low is not None else Decimal(0), high, shared


def _with(stop: Stop, name: str, value: str | None) -> Stop:
    changed: dict[str, Any] = {name: value}
    return replace(stop, **changed)


# Between less than an atom and more than the earth's crust.
_LIGHTEST_KG, _HEAVIEST_KG = Decimal("1e-27"), Decimal("1e23")
_CORRECT = "Correct it; the figure was left out."


def figure(text: str, named: str) -> Decimal | str:
    """A mass in kilograms (`12.5`, `12.5 t`, `1e3`), or a sentence that says what is wrong."""
    match = _FIGURE.fullmatch(text.replace("\u2212", "-").replace("_", ""))
    if match is None:
        return "it is no number; write thousands without separators and a point for decimals"
    try:
        value = Decimal(match[1])
    except InvalidOperation:
        return "it is no number"
    if not value.is_finite():
        return "it is no number"
    word = (match[2] or named).strip()
    if word:
        try:
            found_unit = unit(word)
        except UnknownUnit:
            return f'"{word}" is no unit of mass'
        if found_unit.dimension != "mass":
            return f"{word} is no mass"
        value *= found_unit.factor
    if value and not _LIGHTEST_KG <= abs(value) <= _HEAVIEST_KG:
        return "no amount of metal on earth is so large or so small"
    return value


def moment(text: str) -> str | None:
    """A time as text that sorts by time, those with a zone in UTC; None for what is none.

    Takes: a year, month, day or moment as ISO 8601 writes them, or a whole number (a step).
    """
    if text.isascii() and text.isdigit() and len(text) != 4:
        return text.zfill(20)
    try:
        if re.fullmatch(r"\d{4}(-\d{2})?", text):
            dt.date.fromisoformat(f"{text}-01-01"[:10])
            return text
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text).isoformat()
        found = dt.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        return found.isoformat()
    except (ValueError, OverflowError):
        return None
