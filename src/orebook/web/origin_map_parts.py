"""The places a lot came by, as spots of a map and as the table beside it.

A plant stands where the record puts it, as far as the reader may see; else in its country's middle.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orebook.acts.origin_flow import LotFlow, Step
from orebook.acts.origin_list import Share
from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.place import Facility
from orebook.show.html import Html
from orebook.show.origin import between, percent
from orebook.show.origin_map import Route, Spot, country_name, country_point, origin_map
from orebook.show.svg import responsive
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table

_SITED = "its own position"
_MIDDLE = "middle of its country"
_NOWHERE = "not on the map"


@dataclass(slots=True)
class _Place:
    """The steps that stand at one point."""

    name: str
    where: tuple[float, float] | None
    how: str
    href: str | None = None
    steps: list[Step] = field(default_factory=list)


def map_of(view: View, flow: LotFlow, title: str) -> tuple[Html | None, Table]:
    """The map of a lot's way and its table; no map where no place of it is known."""
    plants = {s.plant for s in flow.steps if s.plant}
    facts = view.facts(ids=plants)
    places: dict[str, _Place] = {}
    spot_of: dict[str, str] = {}
    for step in (s for s in flow.steps if s.stage or s.country):
        found = facts.get(Facility, step.plant) if step.plant else None
        key, place = _place(step, found)
        spot_of[step.key] = key
        places.setdefault(key, place).steps.append(step)
    spots = [_spot(k, p, flow) for k, p in places.items() if p.where is not None]
    drawn = {s.key for s in spots}
    routes: dict[tuple[str, str], float] = {}
    for passage in flow.passages:
        ends = spot_of.get(passage.source, ""), spot_of.get(passage.target, "")
        if ends[0] != ends[1] and set(ends) <= drawn:
            routes[ends] = routes.get(ends, 0.0) + passage.share
    lines = [Route(a, b, share) for (a, b), share in routes.items()]
    picture = (
        responsive("origin-map", lambda k, w: origin_map(k, spots, lines, width=w, title=title))
        if spots
        else None
    )
    return picture, _table(places, flow)


def _place(step: Step, found: Facility | None) -> tuple[str, _Place]:
    """Where a step stands: at its plant's own position, or with all else of its country."""
    position = known(found.position) if found is not None else None
    if found is not None and position is not None:
        latitude, longitude = known(position.latitude), known(position.longitude)
        if latitude is not None and longitude is not None:
            where = float(longitude), float(latitude)
            return found.id, _Place(step.name, where, _SITED, address("facility", found.id))
    if step.country:
        point = country_point(step.country)
        how = _MIDDLE if point is not None else _NOWHERE
        return f"country {step.country}", _Place(country_name(step.country), point, how)
    return f"step {step.key}", _Place(step.name, None, _NOWHERE)


def _share(step: Step, flow: LotFlow) -> Share | None:
    """What the answer says of a step: as mine, or as plant at its stage."""
    for split in flow.answer.splits:
        q = split.question
        if q.attribute == "facility" and q.stage == step.stage:
            found = next((s for s in split.shares if s.name == step.name), None)
            if found is not None:
                return found
    return None


def _together(place: _Place, flow: LotFlow) -> Share | None:
    """The share that passed a point by any of its steps: no less than by one, no more than by all.

    Unknown: None where a step has no share of its own in the answer.
    """
    shares = [_share(s, flow) for s in place.steps]
    told = [s for s in shares if s is not None]
    if len(told) < len(shares) or not told:
        return None
    low, high = max(s.low for s in told), min(sum(s.high for s in told), 1.0)
    value = told[0].value if len(told) == 1 else low
    return Share(place.name, low, value, high)


def _spot(key: str, place: _Place, flow: LotFlow) -> Spot:
    share = _together(place, flow)
    assert place.where is not None
    said = "" if share is None else _said(share, len(place.steps))
    low, high = (None, None) if share is None else (share.low, share.high)
    return Spot(key, place.name, *place.where, low, high, said, place.how == _SITED, place.href)


def _said(share: Share, steps: int) -> str:
    if steps == 1:
        return between(share)
    if share.high - share.low < 1e-12:
        return percent(share.low)
    return f"{percent(share.low)} to {percent(share.high)}"


def _table(places: dict[str, _Place], flow: LotFlow) -> Table:
    rows = []
    for place in places.values():
        for step in place.steps:
            share = _share(step, flow)
            rows.append(
                (
                    Cell(step.name, address("facility", step.plant) if step.plant else ""),
                    Cell(step.stage.replace("_", " ")),
                    Cell(country_name(step.country) if step.country else ""),
                    Cell("not told", "", "silent")
                    if share is None
                    else Cell(between(share), value=repr(share.value)),
                    Cell(place.how),
                )
            )
    columns = (
        ("place", "place"),
        ("stage", "stage"),
        ("country", "country"),
        ("share", "share of the lot"),
        ("point", "point on the map"),
    )
    return table("origin-map", "The places on the map", columns, rows, numbers=("share",))
