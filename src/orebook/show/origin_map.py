"""Where a lot came from on a map: a disc per place as large as its share, lines between places.

A place stands at its own position where the reader may see one, and else at the middle of its
country, said as such. Filled is certain, the ring around it possible; the table says it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import hypot, sqrt

from orebook.model.vocabulary import table
from orebook.show.html import Html
from orebook.show.svg import SMALL, arrow, el, group, link, measure, num, picture, text

_MOST_RADIUS = 26.0
_LEAST_RADIUS = 5.0
_MARGIN = 14.0  # degrees around what is shown
_LEAST_SPAN = 70.0
_THICKEST = 8.0
_LEAST_ROUTE = 0.005
_TALLEST = 0.8  # of the width

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with its share: least and most, as fractions of one; None where it passed nothing.

    `sited` is True for a position of its own, False for the middle of a country.
    """

    key: str
    name: str
    longitude: float
    latitude: float
    low: float | None
    high: float | None
    said: str
    sited: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The share of the lot that went from one spot to another."""

    source: str
    target: str
    share: float


@cache
def country_point(code: str) -> tuple[float, float] | None:
    """Longitude and latitude of the middle of a country's largest part; None for no country.

    Source: tables/country_points.csv, from Natural Earth 1:50m (public domain).
    """
    for row in table("country_points"):
        if row["alpha_2"] == code:
            return float(row["longitude"]), float(row["latitude"])
    return None


@cache
def country_name(code: str) -> str:
    """The name of a country, or its code where no table has it.

    Source: tables/countries.csv, else tables/country_points.csv.
    """
    rows = (*table("countries"), *table("country_points"))
    return next((row["name"] for row in rows if row["alpha_2"] == code), code)


@cache
def _land() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Outlines of land, coarse. Source: Natural Earth 1:110m (public domain), simplified."""
    rings: dict[str, list[tuple[float, float]]] = {}
    for row in table("land_outline"):
        point = float(row["longitude"]), float(row["latitude"])
        rings.setdefault(row["ring"], []).append(point)
    return tuple(tuple(r) for r in rings.values())


def origin_map(
    key: str, spots: Sequence[Spot], routes: Sequence[Route], *, width: int, title: str
) -> Html:
    """The spots on the part of the world they lie in, and how much went from which to which.

    Refuses: ValueError without a spot.
    """
    if not spots:
        message = f"map {key}: expected a place, found none"
        raise ValueError(message)
    frame = _frame(spots)
    scale = width / (frame[2] - frame[0])
    height = round((frame[3] - frame[1]) * scale)
    at = {s.key: ((s.longitude - frame[0]) * scale, (frame[3] - s.latitude) * scale) for s in spots}
    size = {s.key: _radius(s.high or 0.0) for s in spots}
    shown = sorted(spots, key=lambda s: -(s.high or 0.0))
    parts = [
        el("defs", arrow(f"{key}-head", "arrow")),
        el("rect", width=width, height=height, class_="sea"),
        _ground(frame, scale),
        *(_way(r, at, key, size) for r in routes if r.share >= _LEAST_ROUTE),
        *(_disc(s, *at[s.key]) for s in shown),
        *_names(shown, at, width, height),
    ]
    desc = "Discs grow with the share: filled is certain, the ring possible. The table has it all."
    return picture(key, width, height, *parts, title=title, desc=desc)


def _frame(spots: Sequence[Spot]) -> Box:
    """West, south, east and north of what is shown: all spots with room, not too tall."""
    west = min(s.longitude for s in spots) - _MARGIN
    east = max(s.longitude for s in spots) + _MARGIN
    south = min(s.latitude for s in spots) - _MARGIN
    north = max(s.latitude for s in spots) + _MARGIN
    wide = max(east - west, _LEAST_SPAN, (north - south) / _TALLEST)
    tall = max(north - south, wide * 0.5)
    middle, centre = (west + east) / 2, (south + north) / 2
    # A frame that would leave the world is moved back into it.
    centre = min(max(centre, -90 + tall / 2), 90 - tall / 2)
    return middle - wide / 2, centre - tall / 2, middle + wide / 2, centre + tall / 2


def _ground(frame: Box, scale: float) -> Html:
    """Land as one path of the rings that lie in the frame, and lines of every thirty degrees."""
    west, south, east, north = frame
    drawn = []
    for ring in _land():
        longitudes, latitudes = [x for x, _ in ring], [y for _, y in ring]
        if max(longitudes) < west or min(longitudes) > east:
            continue
        if max(latitudes) < south or min(latitudes) > north:
            continue
        places = [f"{num((x - west) * scale)} {num((north - y) * scale)}" for x, y in ring]
        drawn.append(f"M{'L'.join(places)}Z")
    lines = []
    for degree in range(-180, 181, 30):
        if west < degree < east:
            lines.append(f"M{num((degree - west) * scale)} 0V{num((north - south) * scale)}")
        if south < degree < north:
            lines.append(f"M0 {num((north - degree) * scale)}H{num((east - west) * scale)}")
    return group(
        el("path", d="".join(lines), class_="graticule"),
        el("path", d="".join(drawn), class_="land"),
    )


def _way(
    route: Route, at: dict[str, tuple[float, float]], key: str, size: dict[str, float]
) -> Html:
    """A bowed line that ends where the disc it leads to begins."""
    (x0, y0), (x1, y1) = at[route.source], at[route.target]
    long = hypot(x1 - x0, y1 - y0)
    if long <= size[route.source] + size[route.target]:
        return Html("")
    # Bowed to the left of its direction, so that there and back are two lines.
    bow = min(0.18 * long, 60.0)
    middle = (x0 + x1) / 2 + (y1 - y0) / long * bow, (y0 + y1) / 2 - (x1 - x0) / long * bow
    near = size[route.target] / hypot(x1 - middle[0], y1 - middle[1])
    x1, y1 = x1 + (middle[0] - x1) * near, y1 + (middle[1] - y1) * near
    curve = f"M{num(x0)} {num(y0)}Q{num(middle[0])} {num(middle[1])} {num(x1)} {num(y1)}"
    thick = max(1.0, _THICKEST * route.share)
    return el("path", d=curve, class_="route", stroke_width=thick, marker_end=f"url(#{key}-head)")


def _radius(share: float) -> float:
    return max(_LEAST_RADIUS, _MOST_RADIUS * sqrt(min(share, 1.0)))


def _disc(spot: Spot, x: float, y: float) -> Html:
    shape = []
    if spot.high is None or spot.low is None:
        shape.append(el("circle", cx=x, cy=y, r=_LEAST_RADIUS, class_="dot-open"))
    else:
        if spot.high > spot.low + 1e-9:
            shape.append(el("circle", cx=x, cy=y, r=_radius(spot.high), class_="unknown"))
        if spot.low > 0:
            shape.append(el("circle", cx=x, cy=y, r=_radius(spot.low), class_="known"))
    if not spot.sited:
        shape.append(
            el("path", d=f"M{num(x - 3)} {num(y)}h6M{num(x)} {num(y - 3)}v6", class_="edge")
        )
    return link(spot.href, f"{spot.name}: {spot.said}", *shape)


def _names(
    spots: Sequence[Spot], at: dict[str, tuple[float, float]], width: float, height: float
) -> list[Html]:
    """Each name where there is room for it, the largest first; the table has those left out."""
    taken: list[Box] = []
    for s in spots:
        x, y = at[s.key]
        taken.append((x - 6, y - 6, x + 6, y + 6))
    found = []
    for s in spots:
        x, y = at[s.key]
        words = f"{s.name}, {s.said}" if s.said else s.name
        long, away = measure(words, SMALL), _radius(s.high or 0.0) + 5
        for left, base in (
            (x + away, y + 4),
            (x - away - long, y + 4),
            (x - long / 2, y - away),
            (x - long / 2, y + away + 11),
        ):
            box = left, base - 12, left + long, base + 4
            inside = box[0] >= 2 and box[2] <= width - 2 and box[1] >= 2 and box[3] <= height - 2
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                found.append(text(left, base, words, size=SMALL, class_="halo"))
                break
    return found


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
