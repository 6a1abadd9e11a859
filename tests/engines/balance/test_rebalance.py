"""A balance begun at the one before: only what changed is solved again, to the same answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_chains import Made, chain
from orebook.engines.balance import rebalance as room
from orebook.engines.balance import reconcile as whole
from orebook.engines.balance.network import Floats, Network, Slack, closing_nodes
from orebook.engines.balance.rebalance import Afresh, Standing, rebalance, standing
from orebook.engines.balance.recheck import recheck
from orebook.engines.balance.reconcile import reconcile

DOUBT = np.array([0.01, 0.025, 0.025, 0.025, 0.025])


def measured(seed: int, lots: int = 40) -> tuple[Made, Network]:
    made = chain(lots, sites=2, seed=seed)
    value = np.concatenate([made.mass[:, None], made.grade], 1)
    sd = value * DOUBT
    return made, made.network(
        value + sd * np.random.default_rng(seed).standard_normal(sd.shape), sd
    )


def held(network: Network, edges: np.ndarray) -> Network:
    """The network with those transfers alone; lots and events that lose all of theirs are none."""
    left = replace(
        network, edges=tuple(n for n, keep in zip(network.edges, edges, strict=True) if keep),
        tail=network.tail[edges], head=network.head[edges], value=network.value[edges],
        sd=network.sd[edges], known=network.known[edges],
    )  # fmt: skip
    ends = np.union1d(left.tail, left.head)
    nodes = ends[ends >= 0]
    number = np.full(len(network.nodes) + 1, -1)
    number[nodes] = np.arange(nodes.size)
    tail, head = number[left.tail], number[left.head]
    closed = closing_nodes(nodes.size, tail, head)
    return replace(
        left, nodes=tuple(network.nodes[n] for n in nodes.tolist()), tail=tail, head=head,
        conserves=np.repeat(closed[:, None], len(network.components), axis=1),
    )  # fmt: skip


def without_events(network: Network, chance: np.random.Generator, many: int) -> Network:
    """Before the last so many events: what they made is not there, what they took goes outside."""
    inner = (network.tail >= 0) & (network.head >= 0)
    lots = {n for n, name in enumerate(network.nodes) if name.startswith("lot")}
    onward = set(network.tail[inner].tolist())
    last = [e for e in np.unique(network.tail[inner]).tolist() if e not in lots
            and not onward & set(network.head[inner & (network.tail == e)].tolist())]  # fmt: skip
    gone = chance.choice(last, min(many, len(last)), replace=False)
    made = network.head[inner & np.isin(network.tail, gone)]
    keep = ~(np.isin(network.tail, [*gone, *made]) | np.isin(network.head, made))
    head = np.where(np.isin(network.head, gone), -1, network.head)
    return held(replace(network, head=head), keep)


def joined(network: Network) -> Network:
    """One event more, which takes what left the first site and the last and mixes it."""
    outward = np.flatnonzero(network.head < 0)
    first, last = int(outward[0]), int(outward[-1])
    event = len(network.nodes)
    head = network.head.copy()
    head[[first, last]] = event
    amount = network.value[[first, last]].copy()
    amount[:, 1:] *= amount[:, :1]
    total = amount.sum(axis=0)
    value = np.concatenate([total[:1], total[1:] / total[0]]) * 1.01
    return replace(
        network, nodes=(*network.nodes, "event-new"), edges=(*network.edges, "new"),
        tail=np.append(network.tail, event), head=np.append(head, -1),
        value=np.append(network.value, value[None], 0),
        sd=np.append(network.sd, (value * DOUBT)[None], 0),
        known=np.append(network.known, np.ones((1, 5), dtype=bool), 0),
        conserves=np.append(network.conserves, np.ones((1, 5), dtype=bool), 0),
    )  # fmt: skip


def corrected(network: Network, chance: np.random.Generator, times: int) -> Network:
    value = network.value.copy()
    where = chance.choice(value.size, times, replace=False)
    value.ravel()[where] *= 1 + 0.03 * chance.choice([-1, 1], times)
    return replace(network, value=value)


def unread(network: Network, chance: np.random.Generator) -> Network:
    """Some assays and some transfers that nobody measured."""
    known = network.known.copy()
    known[:, 1:] &= chance.random(known[:, 1:].shape) > 0.05
    known[chance.random(len(network.edges)) < 0.02] = False
    return replace(network, known=known)


def kept(network: Network) -> Standing:
    state = standing(reconcile(network))
    assert state is not None
    return state


def agrees(later: Network, before: Standing) -> None:
    cold = reconcile(later)
    found = rebalance(later, before)
    told = later.known
    assert found.point[told] == pytest.approx(cold.point[told], rel=1e-8)
    assert found.statistic == pytest.approx(cold.statistic, rel=1e-8)
    assert found.closure <= 1e-10
    again = rebalance(later, before)
    assert (again.point == found.point).all()
    assert (again.multiplier == found.multiplier).all()
    warm = reconcile(later, before=before)
    assert recheck(warm).holds
    assert warm.begun == found.sentence()
    assert warm.point[told] == pytest.approx(cold.point[told], rel=1e-8)
    # And the next balance begins there: nothing is left to do.
    assert rebalance(later, found.standing()).solved == 0


@given(st.integers(0, 10_000), st.sampled_from(["events", "figure", "joins", "unread", "undone"]))
@settings(max_examples=10, deadline=None)
def test_what_new_events_change_is_solved_again_and_agrees_with_a_fresh_start(seed, kind) -> None:
    chance = np.random.default_rng(seed)
    _, network = measured(seed)
    if kind == "unread":
        network = unread(network, chance)
    before = network
    if kind in {"events", "undone"}:
        before = without_events(network, chance, int(chance.integers(1, 4)))
        if kind == "undone":
            before, network = network, before
    elif kind == "joins":
        network = joined(network)
    else:
        network = corrected(network, chance, int(chance.integers(1, 4)))
    agrees(network, kept(before))


def test_a_change_in_a_large_network_touches_few_balances(monkeypatch) -> None:
    monkeypatch.setattr(whole, "DENSE_ROWS", 100)
    made = chain(600, sites=12, seed=3)
    value = np.concatenate([made.mass[:, None], made.grade], 1)
    sd = value * DOUBT
    network = made.network(value + sd * np.random.default_rng(3).standard_normal(sd.shape), sd)
    before = without_events(network, np.random.default_rng(1), 1)
    state = kept(before)
    found = rebalance(network, state)
    assert 0 < found.solved < found.lay.rows / 2
    agrees(network, state)


def test_what_reaches_too_far_is_solved_whole_and_says_so(monkeypatch) -> None:
    monkeypatch.setattr(room, "_FEW", 10)
    _, network = measured(5)
    value = network.value.copy()
    value[:, 0] *= np.where(np.arange(len(value)) % 2, 1.01, 1.0)
    later, before = replace(network, value=value), kept(network)
    with pytest.raises(Afresh, match=r"the change reaches \d+ of \d+ balances"):
        rebalance(later, before)
    found, cold = reconcile(later, before=before), reconcile(later)
    assert found.begun.startswith("solved whole: the change reaches")
    assert found.point == pytest.approx(cold.point, rel=1e-12)


def test_a_state_of_more_than_multipliers_is_solved_whole() -> None:
    _, network = measured(7)
    before = kept(network)
    node = int(network.head[network.head >= 0][0])
    lost = replace(network, slacks=(Slack(node, "loss", 0.0, 1.0),))
    assert standing(reconcile(lost)) is None
    with pytest.raises(Afresh, match="stocks"):
        rebalance(lost, before)
    assert reconcile(lost, before=before).begun.startswith("solved whole: there are stocks")
    matrix = Network(
        (), ("a", "b"), ("mass",), np.array([-1, -1]), np.array([-1, -1]),
        np.array([[10.0], [10.4]]), np.ones((2, 1)), np.ones((2, 1), dtype=bool),
        np.ones((0, 1), dtype=bool), matrix=np.array([[1.0, -1.0]]),
    )  # fmt: skip
    assert standing(reconcile(matrix)) is None
    assert reconcile(matrix, before=before).begun == (
        "solved whole: the balances are given as a matrix"
    )
    two = replace(
        network, components=network.components[:2], value=network.value[:, :2],
        sd=network.sd[:, :2], known=network.known[:, :2], conserves=network.conserves[:, :2],
    )  # fmt: skip
    with pytest.raises(Afresh, match="other components"):
        rebalance(two, before)


def bound_at(value: Floats) -> Network:
    """A mill whose feed was read less than its product is: the tails would be below zero."""
    value = np.asarray(value)[:, None]
    return Network(
        ("mill",), ("feed", "product", "tails"), ("mass",), np.array([-1, 0, 0]),
        np.array([0, -1, -1]), value, np.full((3, 1), 1.0), np.ones((3, 1), dtype=bool),
        np.ones((1, 1), dtype=bool),
    )  # fmt: skip


def test_a_figure_that_comes_to_its_bound_is_solved_whole_and_held_there() -> None:
    before = kept(bound_at(np.array([100.0, 80.0, 20.5])))
    later = bound_at(np.array([100.0, 110.0, 0.5]))
    with pytest.raises(Afresh, match="bound of nature"):
        rebalance(later, before)
    found = reconcile(later, before=before)
    assert found.begun == "solved whole: a figure comes to a bound of nature"
    assert found.held
    assert found.point == pytest.approx(reconcile(later).point, rel=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_however_large_the_change_the_answer_is_that_of_a_fresh_start(seed) -> None:
    """Readings off by half, and doubts a hundred times as large or as small as before."""
    chance = np.random.default_rng(seed)
    _, network = measured(seed)
    value, sd = network.value.copy(), network.sd.copy()
    off = chance.choice(len(value), 6, replace=False)
    value[off[:3], 0] *= 1.5
    sd[off[2:], 0] *= 60
    later = replace(network, value=value, sd=sd)
    for now, past in ((later, network), (network, later)):
        found, cold = reconcile(now, before=kept(past)), reconcile(now)
        assert found.begun
        assert recheck(found).holds
        assert found.point == pytest.approx(cold.point, rel=1e-8)
