"""Laws of the kernel: against exact rationals, both ways, in any order, compiled and not."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from orebook.engines.origin import cone, reach, sweep
from orebook.engines.origin.bounds import shares, softs
from orebook.engines.origin.index import build
from orebook.engines.origin.live import Live, solved
from orebook.engines.origin.network import Circle, Network, exact

from .books import Book, random_book

CLOSE = 1e-12


def _x(book: Book, place: list[int] | None = None, **how: Any) -> np.ndarray:
    """Shares per node, in the book's own order of nodes."""
    at = place or list(range(book.nodes))
    network = book.network(place)
    group = np.empty(book.nodes, dtype=np.int32)
    group[at] = book.group_of
    index = build(network, **how)
    found = solved(network, index, group, book.groups)[index.row_of]
    return found[at]


def test_shares_are_the_exact_rationals_and_sum_to_one(count: Any) -> None:
    for seed in range(count(200, 3000)):
        book = random_book(seed)
        x = _x(book)
        truth = np.array([[float(f) for f in row] for row in book.truth()])
        assert np.abs(x - truth).max() <= CLOSE
        assert np.abs(x.sum(axis=1) - 1).max() <= CLOSE


def test_relabelling_and_reordering_changes_nothing(count: Any) -> None:
    for seed in range(count(100, 1500)):
        book, rnd = random_book(seed), random.Random(seed)
        place = list(range(book.nodes))
        rnd.shuffle(place)
        mixed = Book(book.nodes, rnd.sample(book.edges, len(book.edges)), book.group_of, 3)
        assert np.abs(_x(book) - _x(mixed, place)).max() <= CLOSE


def test_forward_backward_and_cone_agree(count: Any) -> None:
    for seed in range(count(60, 800)):
        book = random_book(seed)
        network = book.network()
        index = build(network)
        every = sweep.forward(index, np.eye(index.sources), compiled=False)
        for node in range(book.nodes):
            row = int(index.row_of[node])
            back = sweep.backward(index, row, compiled=False)[: index.sources]
            assert np.abs(back - every[row]).max() <= CLOSE
            for most in (0, 10_000):
                rows, part = cone.made_of(index, node, most=most)
                assert np.abs(np.bincount(rows, part, index.sources) - every[row]).max() <= CLOSE


def test_compiled_kernels_give_the_same(count: Any) -> None:
    assert find_spec("numba") is not None  # else one way would be held against itself
    for seed in range(count(10, 200)):
        network = random_book(seed, 60).network()
        index = build(network)
        start = np.eye(index.sources)
        plain = sweep.forward(index, start, compiled=False)
        assert np.abs(plain - sweep.forward(index, start, compiled=True)).max() <= CLOSE
        one = sweep.forward(index, start[:, 0].copy(), compiled=True)
        assert np.abs(one - plain[:, 0]).max() <= CLOSE
        for compiled in (False, True):
            of_nodes = sweep.by_node(index, one, compiled=compiled)
            assert np.array_equal(of_nodes, one[index.row_of])
        for node in range(0, network.nodes, 7):
            for most in (0, 10_000):
                wanted = cone.made_of(index, node, compiled=False)
                rows, part = cone.made_of(index, node, most=most, compiled=True)
                assert rows.tolist() == wanted[0].tolist()
                assert np.abs(part - wanted[1]).max() <= CLOSE
        last = index.rows - 1
        back = sweep.backward(index, last, compiled=True)
        assert np.abs(back - sweep.backward(index, last, compiled=False)).max() <= CLOSE


def test_outputs_of_one_event_share_a_row_only_where_their_mixes_are_equal() -> None:
    src = np.array([0, 1, 0, 1, 0, 1])
    dst = np.array([2, 2, 3, 3, 4, 4])
    kg = np.array([6.0, 4.0, 3.0, 2.0, 1.0, 9.0])
    group = np.array([-1, -1, 0, 0, 0], dtype=np.int32)
    index = build(exact(5, src, dst, kg, group))
    assert index.row_of[2] == index.row_of[3] != index.row_of[4]
    x = sweep.forward(index, np.array([1.0, 0.0]))[index.row_of]
    first = int(index.row_of[0])
    assert x[2] == pytest.approx(0.6 if first == 0 else 0.4)
    assert index.rows == 4


CIRCLES = (
    [(0, 1), (1, 0)],
    [(0, 1), (1, 2), (2, 0)],
    [(0, 1), (1, 2), (2, 3), (3, 0)],
    [(0, 1), (2, 1), (1, 2), (0, 2)],
)


@pytest.mark.parametrize("ends", CIRCLES)
def test_a_circle_is_named(ends: list[tuple[int, int]]) -> None:
    src, dst = (np.array(a) for a in zip(*ends, strict=True))
    with pytest.raises(Circle) as fault:
        build(exact(max(map(max, ends)) + 1, src, dst, np.ones(len(ends))))
    named = fault.value.nodes
    pairs = set(ends)
    assert all((a, b) in pairs for a, b in zip(named, [*named[1:], named[0]], strict=True))


def test_incremental_is_rebuilt_after_random_histories(count: Any) -> None:
    for seed in range(count(40, 600)):
        rnd, book = random.Random(seed), random_book(seed)
        group = np.array(book.group_of, dtype=np.int32)
        live = Live(book.network(), group, book.groups, compiled=False)
        # Compiling takes seconds, so that `make test` holds the arrays against themselves alone.
        quick = Live(book.network(), group, book.groups, compiled=bool(count(0, 1)))
        kinds = list(book.group_of)
        refused = 0
        for _ in range(12):
            n = len(kinds)
            node = rnd.randrange(n)
            inputs = [(s, float(rnd.randint(1, 9))) for s in rnd.sample(range(n), min(n, 3))]
            if rnd.random() < 0.4:
                kinds.append(rnd.choice([-1, 0, 1, 2]))
                made = inputs[: rnd.randint(0, 3)]
                assert live.add(made, group=kinds[-1]) == quick.add(made, group=kinds[-1])
                continue
            before = [live.shares(i) for i in range(n)]
            put = inputs[: rnd.randint(0, 3)]
            try:
                changes = list(live.correct(node, put))
                moved = {c.node for c in changes}
                assert {c.node: c for c in quick.correct(node, put)} == {c.node: c for c in changes}
            except Circle:
                refused += 1
                moved = set()
                with pytest.raises(Circle):
                    quick.correct(node, put)
            after = [live.shares(i) for i in range(n)]
            assert {i for i in range(n) if before[i] != after[i]} == moved
        network = live.network()
        now = np.array(kinds, dtype=np.int32)
        index = build(network)
        x = solved(network, index, now, book.groups)[index.row_of]
        assert np.abs(x - [live.shares(i) for i in range(len(kinds))]).max() <= CLOSE


def test_a_wide_correction_falls_back_to_a_rebuild_and_is_the_same(count: Any) -> None:
    n = 3000
    src = np.concatenate(([0, 1], np.full(n, 2)))
    dst = np.concatenate(([2, 2], np.arange(3, n + 3)))
    group = np.full(n + 3, -1, dtype=np.int32)
    group[:2] = [0, 1]
    for compiled in (False, True)[: count(1, 2)]:
        live = Live(exact(n + 3, src, dst, np.ones(n + 2)), group, 2, compiled=compiled)
        changes = live.correct(2, [(0, 3.0), (1, 1.0)])
        assert len(changes) == n + 1
        assert live.shares(n + 2) == pytest.approx((0.75, 0.25, 0.0))
        assert changes[-1].before == pytest.approx((0.5, 0.5, 0.0))
        assert [c.node for c in changes[:2]] == [2, 3]


@pytest.mark.parametrize("kg", [float("nan"), float("inf"), -1.0])
def test_a_correction_to_no_mass_is_refused_and_changes_nothing(kg: float) -> None:
    ends = np.array([0]), np.array([1])
    live = Live(exact(2, *ends, np.ones(1)), np.array([0, -1]), 1, compiled=False)
    with pytest.raises(ValueError, match="finite number"):
        live.correct(1, [(0, kg)])
    assert live.shares(1) == (1.0, 0.0)


def test_what_a_node_reaches_agrees_with_the_sweep(count: Any) -> None:
    for seed in range(count(40, 400)):
        network = random_book(seed).network()
        index, wired = build(network), reach.wires(network)
        for node in range(network.nodes):
            near = reach.of_node(network, index, wired, node)
            x = reach.of_nodes(network, np.array([node], dtype=np.int32))
            assert {n for n in range(network.nodes) if x[n] > 0} == set(near)
            assert all(abs(near[n] - x[n]) <= CLOSE for n in near)


def _hidden(book: Book, rnd: random.Random) -> tuple[Network, list[int]]:
    """The book with masses bounded or gone and groups unknown, at random."""
    low, high, told = [], [], []
    for _, _, m in book.edges:
        fate = rnd.random()
        told.append(fate > 0.4)
        low.append(m if fate > 0.4 else 0.0 if fate < 0.2 else m * rnd.uniform(0.3, 1))
        high.append(m if fate > 0.4 else np.inf if fate < 0.1 else m * rnd.uniform(1, 3))
    full = book.network()
    totals: dict[int, float] = {}
    for _, d, m in book.edges:
        totals[d] = totals.get(d, 0.0) + m
    ties = {
        d: (t * rnd.uniform(0.8, 1), t * rnd.uniform(1, 1.2))
        for d, t in totals.items()
        if rnd.random() < 0.3
    }
    network = Network(
        full.nodes,
        full.src,
        full.dst,
        np.where(told, full.mass_kg, 0.0),
        np.array(low),
        np.array(high),
        np.array(told, dtype=np.bool_),
        ties,
    )
    return network, [g if rnd.random() < 0.8 else -1 for g in book.group_of]


def test_bounds_contain_the_truth_however_facts_are_hidden(count: Any) -> None:
    """10,000 books in full, a few hundred here; the truth of each is known in exact fractions."""
    for seed in range(count(150, 10_000)):
        rnd = random.Random(seed)
        book = random_book(seed, 14, unknown=False)
        network, seen = _hidden(book, rnd)
        index = build(network)
        of_source = np.full(index.sources, -1, dtype=np.int32)
        made = {d for _, d, _ in book.edges}
        for node in range(book.nodes):
            if node not in made:
                of_source[index.row_of[node]] = seen[node]
        found = shares(index, softs(network, index), of_source, book.groups)
        truth = np.array([[float(f) for f in row[:-1]] for row in book.truth()])
        rows = index.row_of
        assert (found.low[rows] <= truth + 1e-9).all(), seed
        assert (found.high[rows] >= truth - 1e-9).all(), seed
        assert (found.low <= found.value + 1e-12).all()
        assert (found.value <= found.high + 1e-12).all()
        assert np.abs(found.value.sum(axis=1) + found.unknown - 1).max() <= CLOSE
