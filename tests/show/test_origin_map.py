"""The map of a lot's way: discs by share, lines between them, nothing outside the picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from orebook.show.origin_map import Route, Spot, country_name, country_point, origin_map
from orebook.show.svg import NARROW, WIDE


def _spot(key: str, place: tuple[float, float], low: float | None, high: float | None) -> Spot:
    return Spot(key, f"Place <{key}>", *place, low, high, f"{key} %", sited=key != "b")


def _drawn(spots: list[Spot], routes: list[Route], width: int = WIDE) -> ET.Element:
    return ET.fromstring(origin_map("m", spots, routes, width=width, title="A map"))


def _radii(root: ET.Element, kind: str) -> list[float]:
    return [float(c.attrib["r"]) for c in root.iter("circle") if c.attrib["class"] == kind]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_discs_grow_with_shares_and_lines_lead_from_one_to_the_next(width: int) -> None:
    spots = [
        _spot("a", (28.0, -13.0), 0.64, 0.81),
        _spot("b", (138.0, 36.0), 0.16, 0.16),
        _spot("c", (-70.0, -30.0), 0.0, 0.25),
        _spot("d", (10.0, 50.0), None, None),
    ]
    routes = [Route("a", "b", 0.5), Route("b", "a", 0.25), Route("a", "c", 0.0001)]
    root = _drawn(spots, routes, width)
    sure, possible = _radii(root, "known"), _radii(root, "unknown")
    assert sorted(sure, reverse=True) == pytest.approx([26 * 0.8, 26 * 0.4])
    assert sorted(possible, reverse=True) == pytest.approx([26 * 0.9, 26 * 0.5])
    assert len(_radii(root, "dot-open")) == 1
    lines = [p for p in root.iter("path") if p.attrib.get("class") == "route"]
    assert [float(p.attrib["stroke-width"]) for p in lines] == [4.0, 2.0]
    assert sum(p.attrib.get("class") == "edge" for p in root.iter("path")) == 1
    high = float(root.attrib["height"])
    for disc in root.iter("circle"):
        assert 0 < float(disc.attrib["cx"]) < width
        assert 0 < float(disc.attrib["cy"]) < high
    words = [t.text for t in root.iter("text")]
    assert any(w and "Place <a>" in w for w in words)


@pytest.mark.parametrize("place", [(0.0, 0.0), (179.9, -89.0), (-180.0, 90.0)])
def test_one_place_alone_and_one_at_the_end_of_the_world_have_a_map(
    place: tuple[float, float],
) -> None:
    root = _drawn([_spot("a", place, 1.0, 1.0), _spot("a2", place, 0.5, 0.5)], [])
    assert 0.4 * WIDE < float(root.attrib["height"]) < WIDE
    assert all(
        0 <= float(c.attrib["cy"]) <= float(root.attrib["height"]) for c in root.iter("circle")
    )


def test_a_map_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a place"):
        origin_map("m", [], [], width=WIDE, title="A map")


def test_countries_have_a_name_and_a_point_inside_the_world() -> None:
    assert country_name("ZM") == "Zambia"
    assert country_name("JP") == "Japan"
    assert country_name("ZZ") == "ZZ"
    assert country_point("ZZ") is None
    point = country_point("CL")
    assert point is not None
    assert -76 < point[0] < -66
    assert -56 < point[1] < -17
