"""Layered layout and lineage: every edge forward but those that close a circle, no overlap."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.show.layers import layered, places
from orebook.show.lineage import Event, Lot, lineage, place

graphs = st.integers(1, 14).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40)
    )
)


@given(graphs)
def test_edges_run_forward_through_every_layer(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    plan = layered(count, edges)
    layer = {item: depth for depth, items in enumerate(plan.layers) for item in items}
    assert sorted(item for item in layer if item < count) == list(range(count))
    for (a, b), path, back in zip(edges, plan.paths, plan.backward, strict=True):
        assert (path[0], path[-1]) == ((b, a) if back else (a, b))
        if a != b:
            steps = [layer[y] - layer[x] for x, y in pairwise(path)]
            assert all(step == 1 for step in steps)


@given(graphs)
def test_items_of_a_layer_never_overlap(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    plan = layered(count, edges)
    size = [10.0 + item % 3 for item in range(sum(map(len, plan.layers)))]
    centre = places(plan, size, 4.0)
    for layer in plan.layers:
        for a, b in pairwise(layer):
            assert centre[b] - centre[a] >= (size[a] + size[b]) / 2 + 4.0 - 1e-6


def test_a_graph_without_circles_has_no_backward_edge() -> None:
    assert not any(layered(4, [(0, 1), (1, 2), (0, 2), (2, 3)]).backward)


def test_a_circle_is_drawn_and_marked() -> None:
    items = [Lot("a", "A"), Event("e", "melt"), Lot("b", "B")]
    svg = lineage("l", items, [("a", "e"), ("e", "b"), ("b", "a")], width=760, title="t")
    styles = [node.get("class") for node in ET.fromstring(svg).iter("path")]
    assert styles.count("edge-back") == 1
    assert styles.count("edge") == 2


def test_a_large_book_is_laid_out_whole_and_the_same_twice() -> None:
    items = [Lot(str(n), f"Lot {n}") for n in range(6000)]
    edges = [(str(max(0, n - 1 - (n * 7919) % 90)), str(n)) for n in range(1, 6000)]
    first = place(items, edges, downward=False)
    assert len(first.boxes) == 6000
    assert first == place(items, edges, downward=False)


def test_states_and_more_are_said_in_words() -> None:
    items = [
        Lot("a", "A", state="focus", href="/a", more="+3", more_href="/a?all"),
        Lot("b", "B", state="absent", href="/b"),
    ]
    svg = lineage("l", items, [("a", "b")], width=358, title="t")
    labels = [node.get("aria-label") for node in ET.fromstring(svg).iter("a")]
    assert labels == ["A, this lot", "A: +3 more, not drawn", "B, not found"]


def test_lineage_refuses_what_it_cannot_place() -> None:
    with pytest.raises(ValueError, match="found an id twice"):
        place([Lot("a", "A"), Event("a", "B")], [], downward=False)
    with pytest.raises(ValueError, match="expected ids of given items"):
        place([Lot("a", "A")], [("a", "z")], downward=False)
