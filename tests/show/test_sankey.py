"""Flow pictures: the same numbers as their table, thickness true to amount, gaps in sight."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.show.numbers import number
from orebook.show.sankey import Link, Node, sankey, sankey_table
from orebook.show.sankey_layout import lay_out
from orebook.show.svg import measure

NODES = [
    Node("c", "Concentrate in", "30\u202f000 kg at “30 %”", "/lot/c"),
    Node("s", "Copper smelter"),
    Node("k", "Cathode out"),
]
LINKS = [
    Link("c", "s", Decimal(9000), "as stated", href="/e/1"),
    Link("s", "k", Decimal(9999), "as stated", href="/e/2"),
    Link(None, "s", Decimal(999), "unexplained copper", kind="gap", href="/f/9"),
]


@pytest.mark.parametrize("width", [358, 760])
def test_picture_and_table_hold_the_same_numbers(width: int) -> None:
    svg = sankey("s", NODES, LINKS, unit="kg Cu", width=width, title="Copper")
    words = [node.text or "" for node in ET.fromstring(svg).iter("text")]
    for row in sankey_table(NODES, LINKS, unit="kg Cu"):
        assert row.amount in words
    assert "999\u202fkg Cu" in words


def test_downward_names_stay_on_the_page() -> None:
    long = "Blended rare-earth concentrate of the north and the south mine (invented)"
    nodes = [Node("a", long), Node("b", f"{long}, washed")]
    svg = sankey("w", nodes, [Link("a", "b", Decimal(9))], unit="kg", width=358, title="Long")
    names = [n for n in ET.fromstring(svg).iter("text") if "t-strong" in n.get("class", "")]
    assert len(names) >= 2
    for name in names:
        lines = [one.text or "" for one in name.iter("tspan")] or [name.text or ""]
        half = max(measure(line, strong=True) for line in lines) / 2
        assert half <= float(name.get("x", "0")) <= 358 - half


def test_a_gap_is_drawn_as_one_and_named() -> None:
    svg = sankey("s", NODES, LINKS, unit="kg Cu", width=760, title="Copper")
    root = ET.fromstring(svg)
    assert sum(node.get("class") == "gap" for node in root.iter("path")) == 1
    assert any(node.text == "?" for node in root.iter("text"))
    row = sankey_table(NODES, LINKS, unit="kg Cu")[2]
    assert (row.source, row.kind) == ("Not on record", "unexplained")


@pytest.mark.parametrize("downward", [False, True])
def test_what_goes_in_is_as_thick_as_what_comes_out(downward: bool) -> None:
    laid = lay_out(NODES, LINKS, width=342, downward=downward)
    into = sum(b.thickness for b in laid.bands if b.link.target == "s")
    out = sum(b.thickness for b in laid.bands if b.link.source == "s")
    bar = next(b for b in laid.bars if b.node and b.node.id == "s")
    assert into == pytest.approx(out)
    assert bar.length == pytest.approx(out)


flows = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 10**6)), min_size=1, max_size=20
)


@given(flows, st.booleans())
def test_every_thickness_is_its_amount_times_one_scale(
    drawn: list[tuple[int, int, int]], downward: bool
) -> None:
    nodes = [Node(str(n), f"Place {n}") for n in range(8)]
    links = [Link(str(a), str(b), Decimal(v)) for a, b, v in drawn]
    laid = lay_out(nodes, links, width=342, downward=downward)
    for band in laid.bands:
        assert band.link.value is not None
        assert band.thickness == pytest.approx(float(band.link.value) * laid.scale)
    for bar in laid.bars:
        assert bar.node is not None
        into = sum(b.thickness for b in laid.bands if b.link.target == bar.node.id)
        out = sum(b.thickness for b in laid.bands if b.link.source == bar.node.id)
        assert bar.length == pytest.approx(max(into, out))


@given(flows)
def test_amounts_without_room_are_counted_at_the_foot(drawn: list[tuple[int, int, int]]) -> None:
    nodes = [Node(str(n), f"Place {n}") for n in range(8)]
    links = [Link(str(a), str(b), Decimal(v)) for a, b, v in drawn]
    root = ET.fromstring(sankey("k", nodes, links, unit="kg", width=760, title="t"))
    words = [node.text or "" for node in root.iter("text")]
    shown = sum(word.endswith("\u202fkg") for word in words)
    foot = [word for word in words if word.startswith("amounts are in the table only")]
    left_out = int(foot[0].rsplit(" ", 1)[1]) if foot else 0
    assert shown + left_out == len(links)


def test_sealed_and_unknown_need_no_amount_but_a_known_one_does() -> None:
    links = [Link("c", "s", None, kind="sealed"), Link("s", "k", None, kind="unknown")]
    svg = sankey("s", NODES, links, unit="kg", width=358, title="Copper")
    assert [row.amount for row in sankey_table(NODES, links, unit="kg")] == ["sealed", "unknown"]
    assert "url(#s-hatch)" in svg
    assert f">{number(0)}" not in svg
    for bad in (
        [Link("c", "s", None)],
        [Link("c", "s", Decimal(-1))],
        [Link("c", "x", Decimal(1))],
        [Link(None, None, Decimal(1), kind="gap")],
    ):
        with pytest.raises(ValueError, match="expected"):
            sankey("s", NODES, bad, unit="kg", width=358, title="Copper")
