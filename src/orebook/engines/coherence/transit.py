"""Material that would have had to move faster than anything on land or sea."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.coherence.faults import CANNOT_BE_TOLD, CONTRADICTS, Fault, events
from orebook.model.absence import known
from orebook.model.event import Event, lots_of
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Missing
from orebook.model.place import Facility
from orebook.model.when import When

# The fastest regime of ordinary freight wagons (UIC "SS"), which lorries do not pass either; the
# design speed of the fastest container ships; and what no freight aircraft passes.
_LAND_KM_H = 120
_SEA_KM_H = 46.3  # 25 knots
_AIR_KM_H = 1000
_RADIUS_KM = 6371.0088  # mean radius, IUGG 1980
_SPHERE = 0.994  # an arc of the sphere is at most 0.56 % longer than that of the ellipsoid
_DAY = dt.timedelta(days=1)
_FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A lot at a place: the first and last instant that can mean, and how the event takes it."""

    first: dt.datetime
    last: dt.datetime
    event: Event
    place: Facility
    sides: frozenset[str]


def moved_too_fast(facts: Facts) -> Iterator[Fault]:
    """A lot at two places so soon one after the other that no train or ship could have carried it.

    The straight line over the globe is taken at 120 km/h without a stop. What an aircraft could
    have done, or a lot used or made in parts, cannot be told; what else there is contradicts.
    Unknown: nothing is said where a place, its position or a moment is not known to the reader.
    """
    seen: dict[str, list[_Stop]] = {}
    for event in events(facts):
        place, when = known(event.facility), known(event.when)
        facility = facts.get(Facility, place) if place else None
        if facility is None or when is None or known(facility.position) is None:
            continue
        sides: dict[str, set[str]] = {}
        for name in ("inputs", "outputs", "subjects"):
            for lot in lots_of(known(getattr(event, name))):
                sides.setdefault(lot, set()).add(name)
        for lot, taken in sides.items():
            stop = _Stop(*_ends(when), event, facility, frozenset(taken))
            seen.setdefault(lot, []).append(stop)
    for lot, stops in seen.items():
        stops.sort(key=lambda stop: (stop.first, stop.last, stop.event.id))
        yield from _along(lot, stops)


def _along(lot: str, stops: list[_Stop]) -> Iterator[Fault]:
    """The faults of a lot from stop to stop; a part is judged from where the lot last was whole."""
    divided = len({stop.place.id for stop in stops if stop.sides == {"outputs"}}) > 1
    whole: _Stop | None = None
    before: _Stop | None = None
    for after in stops:
        parts = before is not None and (divided or _in_parts(before, after))
        fault = _too_fast(lot, before, after, divided=parts) if before else None
        if fault and whole and parts:
            other = _too_fast(lot, whole, after, divided=divided)
            if other and other.verdict == CONTRADICTS:
                fault = other
        if fault:
            yield fault
        before = after
        if after.sides != {"inputs"}:
            whole = after


def _in_parts(before: _Stop, after: _Stop) -> bool:
    """Whether what one event left of the lot may be what the other takes."""
    return before.sides == {"inputs"} and "outputs" not in after.sides


def _ends(when: When) -> tuple[dt.datetime, dt.datetime]:
    """The first and last instant it can mean; a day without an offset may lie a day off."""
    if when.instant is not None:
        return when.instant, when.instant
    first, last = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (when.first, when.last))
    return (
        first - _DAY if first - _FIRST > _DAY else _FIRST,
        last + 2 * _DAY if _LAST - last > 2 * _DAY else _LAST,
    )


def _too_fast(lot: str, before: _Stop, after: _Stop, *, divided: bool) -> Fault | None:
    start, end = before.event, after.event
    most_h = (after.last - before.first).total_seconds() / 3600
    distance_km = None
    if before.place.id != after.place.id:
        distance_km = _distance_km(before.place, after.place)
    if distance_km is None or most_h >= distance_km / _LAND_KM_H:
        return None
    days, km = Decimal(f"{most_h / 24:.1f}"), Decimal(f"{distance_km:.0f}")
    by_land, by_sea = (f"{distance_km / speed / 24:.1f}" for speed in (_LAND_KM_H, _SEA_KM_H))
    unsaid: dict[str, str] = {}
    if most_h >= distance_km / _AIR_KM_H:
        unsaid["how it moved"] = "an aircraft"
    if divided:
        unsaid["whether it was divided"] = "a lot that was divided"
    causes = ", ".join(unsaid.values())
    return Fault(
        "moved-too-fast",
        lot,
        (lot, start.id, end.id),
        f"Lot {lot} was at {before.place.id} ({start.id}) and at most {days} days later at"
        f" {after.place.id} ({end.id}), {km} km away in a straight line: a ship of 25 knots takes"
        f" {by_sea} days, and 120 km/h without a stop {by_land}."
        + (f" Only {causes}, or another batch under the same name, explains it." if unsaid else ""),
        (start.ref.text(), end.ref.text(), before.place.ref.text(), after.place.ref.text()),
        CANNOT_BE_TOLD if unsaid else CONTRADICTS,
        figures=(
            Figure("days", days, "d", label="most days between the two"),
            Figure("distance", km, "km", label="straight line over the globe"),
        ),
        missing=tuple(Missing(what, lot, "nobody stated it") for what in unsaid),
    )


def _distance_km(one: Facility, other: Facility) -> float | None:
    """The least length of the arc between two places; None where a coordinate is not known."""
    ends: list[float] = []
    for facility in (one, other):
        position = known(facility.position)
        latitude = known(position.latitude) if position else None
        longitude = known(position.longitude) if position else None
        if latitude is None or longitude is None:
            return None
        ends += [math.radians(float(latitude)), math.radians(float(longitude))]
    up, left, down, right = ends
    half = math.sin((down - up) / 2) ** 2
    half += math.cos(up) * math.cos(down) * math.sin((right - left) / 2) ** 2
    return 2 * _RADIUS_KM * _SPHERE * math.asin(min(1.0, math.sqrt(half)))
