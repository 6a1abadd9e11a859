"""Material that would have had to move faster than anything on land or sea."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

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


def moved_too_fast(facts: Facts) -> Iterator[Fault]:
    """A lot at two places so soon one after the other that no train or ship could have carried it.

    The straight line over the globe is taken at 120 km/h without a stop. What an aircraft could
    have done cannot be told; what it could not either contradicts.
    Unknown: nothing is said where a place, its position or a moment is not known to the reader.
    """
    seen: dict[str, list[tuple[dt.datetime, dt.datetime, Event, Facility]]] = {}
    for event in events(facts):
        place, when = known(event.facility), known(event.when)
        facility = facts.get(Facility, place) if place else None
        if facility is None or when is None or known(facility.position) is None:
            continue
        flows = (known(side) for side in (event.inputs, event.outputs, event.subjects))
        for lot in dict.fromkeys(lot for side in flows for lot in lots_of(side)):
            seen.setdefault(lot, []).append((*_ends(when), event, facility))
    for lot, stops in seen.items():
        stops.sort(key=lambda stop: (stop[0], stop[1], stop[2].id))
        for before, after in pairwise(stops):
            if before[3].id != after[3].id:
                yield from _too_fast(lot, before, after)


def _ends(when: When) -> tuple[dt.datetime, dt.datetime]:
    """The first and last instant it can mean; a day without an offset may lie a day off."""
    if when.instant is not None:
        return when.instant, when.instant
    first = dt.datetime.combine(when.first, dt.time(), dt.UTC)
    return first - _DAY, dt.datetime.combine(when.last, dt.time(), dt.UTC) + 2 * _DAY


def _too_fast(
    lot: str,
    before: tuple[dt.datetime, dt.datetime, Event, Facility],
    after: tuple[dt.datetime, dt.datetime, Event, Facility],
) -> Iterator[Fault]:
    start, end = before[2], after[2]
    most_h = (after[1] - before[0]).total_seconds() / 3600
    distance_km = _distance_km(before[3], after[3])
    if distance_km is None or most_h >= distance_km / _LAND_KM_H:
        return
    days, km = Decimal(f"{most_h / 24:.1f}"), Decimal(f"{distance_km:.0f}")
    by_land, by_sea = (f"{distance_km / speed / 24:.1f}" for speed in (_LAND_KM_H, _SEA_KM_H))
    flown = most_h >= distance_km / _AIR_KM_H
    yield Fault(
        "moved-too-fast",
        lot,
        (lot, start.id, end.id),
        f"Lot {lot} was at {before[3].id} ({start.id}) and at most {days} days later at"
        f" {after[3].id} ({end.id}), {km} km away in a straight line: a ship of 25 knots takes"
        f" {by_sea} days, and 120 km/h without a stop {by_land}."
        + (
            " Only an aircraft, or another batch under the same name, explains it." if flown else ""
        ),
        (start.ref.text(), end.ref.text(), before[3].ref.text(), after[3].ref.text()),
        CANNOT_BE_TOLD if flown else CONTRADICTS,
        figures=(
            Figure("days", days, "d", label="most days between the two"),
            Figure("distance", km, "km", label="straight line over the globe"),
        ),
        missing=(Missing("how it moved", lot, "nobody stated it"),) if flown else (),
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
