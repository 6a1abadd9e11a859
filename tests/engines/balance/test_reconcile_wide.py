"""Solving at size against dense references: the same figures, to 1e-8, and the same deviations."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from made_chains import chain
from orebook.acts.reconcile import reconcile as weigh
from orebook.engines.balance import large as large_room
from orebook.engines.balance import reconcile as exact_room
from orebook.engines.balance.accuse import accuse
from orebook.engines.balance.draws import sampled, together
from orebook.engines.balance.large import Wide, conjugate, gaps, joint, linear
from orebook.engines.balance.lots_apart import apart
from orebook.engines.balance.network import Network, Shared, Slack
from orebook.engines.balance.posterior import known_of
from orebook.engines.balance.recheck import recheck
from orebook.engines.balance.reconcile import reconcile
from orebook.engines.balance.selected import factor, matrix_of, posterior, selected
from orebook.engines.balance.solve import Unsolved
from orebook.engines.balance.vast_answer import vast_answer, vast_json


def network(lots: int = 60, *, graded: bool = True, seed: int = 1, mixing: bool = False) -> tuple:
    made = chain(lots, sites=2, seed=seed, mixing=mixing)
    columns = [made.mass[:, None], made.grade] if graded else [made.mass[:, None]]
    true = np.concatenate(columns, axis=1)
    sd = true * np.array([0.01, 0.025, 0.025, 0.025, 0.025][: true.shape[1]])
    value = true + sd * np.random.default_rng(seed).standard_normal(true.shape)
    return made.network(value, sd), made.wide


@pytest.mark.parametrize("mixing", [False, True])
def test_one_component_equals_the_dense_projection(mixing) -> None:
    held, wide = network(graded=False, mixing=mixing)
    reading, sd = held.value[:, 0], held.sd[:, 0]
    matrix = np.zeros((wide.lot.size, reading.size))
    for side, sign in ((wide.head, 1), (wide.tail, -1)):
        matrix[side[side >= 0], np.flatnonzero(side >= 0)] += sign
    inverse = np.linalg.pinv((matrix * sd**2) @ matrix.T)
    wanted = reading - sd**2 * (matrix.T @ inverse @ matrix @ reading)
    state = linear(wide, reading, sd)
    assert state.amount[:, 0] == pytest.approx(wanted, rel=1e-8)
    assert np.abs(gaps(wide, state.amount)).max() < 1e-9 * reading.max()
    exact = reconcile(held)
    assert exact.point[:, 0] == pytest.approx(wanted, rel=1e-8)
    assert state.statistic == pytest.approx(exact.statistic, rel=1e-8)


def test_mass_and_grades_together_equal_the_exact_method() -> None:
    held, wide = network()
    exact = reconcile(held)
    state = joint(wide, held.value[:, 0], held.sd[:, 0], held.value[:, 1:], held.sd[:, 1:])
    assert state.amount[:, 0] == pytest.approx(exact.point[:, 0], rel=1e-7)
    grades = state.amount[:, 1:] / state.amount[:, :1]
    assert grades == pytest.approx(exact.point[:, 1:], rel=1e-6)
    assert state.statistic == pytest.approx(exact.statistic, rel=1e-6)


def test_deviations_by_selected_inverse_by_sampling_and_exactly_agree() -> None:
    held, wide = network(graded=False)
    sd = held.sd[:, 0]
    exact = known_of(reconcile(held)).sd[:, 0]
    chosen = posterior(wide, sd, selected(wide, factor(matrix_of(wide, sd**2))))
    assert chosen == pytest.approx(exact, rel=1e-8)
    drawn = sampled(wide, sd, draws=50)
    assert np.sqrt(np.mean((drawn / exact - 1) ** 2)) < 0.15
    assert (drawn == sampled(wide, sd, draws=50)).all()
    # What each draw leaves undone changes nothing that fifty draws could tell.
    assert sampled(wide, sd, tolerance=1e-12) == pytest.approx(drawn, rel=1e-3)
    assert sampled(wide, sd, draws=4000) == pytest.approx(exact, rel=0.06)


def test_an_error_is_named_at_size_with_its_interval() -> None:
    held, wide = network(200, graded=False, seed=4)
    sd, reading = held.sd[:, 0], held.value[:, 0].copy()
    made = factor(matrix_of(wide, sd**2))
    inverse = selected(wide, made)
    seen = int((posterior(wide, sd, inverse) / sd).argmin())
    reading[seen] += 25 * sd[seen]
    limit = norm.isf((1 - 0.95 ** (1 / sd.size)) / 2) ** 2
    found = accuse(wide, reading, made, inverse, limit)
    assert [a.edge for a in found] == [seen]
    assert abs(found[0].size - 25 * sd[seen]) < 4 * found[0].sd


@pytest.mark.proof
def test_beside_one_large_error_another_is_named_no_oftener_than_the_level_says() -> None:
    runs, extra, missed = 150, 0, 0
    for run in range(runs):
        held, wide = network(200, graded=False, seed=1000 + run)
        sd, reading = held.sd[:, 0], held.value[:, 0].copy()
        made = factor(matrix_of(wide, sd**2))
        inverse = selected(wide, made)
        seen = int((posterior(wide, sd, inverse) / sd).argmin())
        reading[seen] += 25 * sd[seen]
        limit = norm.isf((1 - 0.95 ** (1 / sd.size)) / 2) ** 2
        named = {a.edge for a in accuse(wide, reading, made, inverse, limit)}
        missed += seen not in named
        extra += bool(named - {seen})
    assert missed == 0
    assert extra / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def as_csv(held: Network) -> list[str]:
    head = "edge,from,to,dry_t,sd_dry_t,Nd,sd_Nd,Pr,sd_Pr,Sb,sd_Sb,Cu,sd_Cu"
    rows = [head]
    for i, edge in enumerate(held.edges):
        ends = [held.nodes[n] if n >= 0 else "boundary" for n in (held.tail[i], held.head[i])]
        pairs = zip(held.value[i].tolist(), held.sd[i].tolist(), strict=True)
        figures = [repr(x) for pair in pairs for x in pair]
        rows.append(",".join([edge, *ends, *figures]))
    return rows


def test_over_the_size_of_a_factor_the_same_figures_come_out(monkeypatch) -> None:
    held, _ = network()
    rows = as_csv(held)
    data = "\n".join(rows).encode()
    small = weigh(data, "t.csv").as_json()
    monkeypatch.setattr(exact_room, "SPARSE_ROWS", 200)
    told = weigh(data, "t.csv").as_json()
    assert "lots eliminated" in told["method"]
    assert told["verdict"] == small["verdict"]
    assert told["global_test"] == pytest.approx(small["global_test"], rel=1e-6)
    for edge, values in small["reconciled"].items():
        assert told["reconciled"][edge] == pytest.approx(values, rel=1e-6)
    assert {(b["place"], b["component"]) for b in told["not_visible"]}


def test_over_that_size_each_component_is_searched_and_an_assay_is_named(monkeypatch) -> None:
    held, wide = network()
    value, known = held.value.copy(), held.known.copy()
    inner = np.flatnonzero((wide.tail >= 0) & (wide.head >= 0))
    value[inner[7], 2] *= 2.0
    value[inner[30], 0] *= 1.4
    monkeypatch.setattr(exact_room, "SPARSE_ROWS", 200)
    for unread in (False, True):
        # A figure that nobody measured: each component is then reconciled by itself as well.
        known[inner[2], 4] = not unread
        told = vast_answer(replace(held, value=value, known=known))
        named = {(g.best.kind, g.best.place, g.best.component) for g in told.gaps}
        assert ("assay", held.edges[inner[7]], "Pr") in named
        assert any(held.edges[inner[30]] in {e.place for e in (g.best, *g.near)} for g in told.gaps)
        assert ("by itself, since" in told.method) == unread
        gap = next(g.best for g in told.gaps if g.best.component == "Pr")
        low, high = gap.size.interval
        assert low < value[inner[7], 2] / 2 < high
        shown = vast_json(told)
        assert (shown["reconciled"][held.edges[inner[2]]]["Cu"] is None) <= unread
        assert json.dumps(shown, allow_nan=False)


def test_a_ring_of_odd_length_changes_nothing() -> None:
    """Two nodes of one colour touch: their transfer is written twice, to the same figures."""
    rng = np.random.default_rng(4)
    many = 7
    ring = np.arange(many)
    tail = np.concatenate([ring, [-1, 3]])
    head = np.concatenate([(ring + 1) % many, [0, -1]])
    true = np.concatenate([np.where((ring >= 3), 40.0, 50.0), [10.0, 10.0]])
    true = np.stack([true, np.full(true.size, 0.02)], 1)
    sd = true * np.array([0.01, 0.03])
    held = Network(
        tuple(f"n{i}" for i in ring), tuple(f"e{i}" for i in range(tail.size)), ("dry", "Cu"), tail,
        head, true + sd * rng.standard_normal(true.shape), sd, np.ones(true.shape, dtype=bool),
        np.ones((many, 2), dtype=bool),
    )  # fmt: skip
    exact, split = reconcile(held), apart(held)
    assert int(split.twice.sum()) == 2
    state = split.solve(held, 1e-12)
    amount = split.amounts(state)
    assert amount[:, 0] == pytest.approx(exact.point[:, 0], rel=1e-8)
    assert amount[:, 1] / amount[:, 0] == pytest.approx(exact.point[:, 1], rel=1e-8)
    assert state.statistic == pytest.approx(exact.statistic, rel=1e-8)


def test_two_lots_that_touch_are_refused() -> None:
    wide = Wide(np.array([0]), np.array([1]), np.array([True, True]))
    with pytest.raises(Unsolved, match="joins two lots"):
        linear(wide, np.array([1.0]), np.array([0.1]))


def test_a_declared_loss_and_a_stock_take_their_share_of_the_gap() -> None:
    held, _ = network(graded=False)
    node = int(held.head[held.head >= 0][0])
    lost = replace(
        held, slacks=(Slack(node, "loss", 0.0, 1.0), Slack(node, "opening", 0.0, 2.0, 1.0))
    )
    plain, found = reconcile(held), reconcile(lost)
    assert recheck(found).holds
    assert found.statistic < plain.statistic
    # The opening stock is twice as doubtful, so it moves four times as far, the other way.
    assert found.slack[1] == pytest.approx(-4 * found.slack[0])


def test_readings_that_share_an_error_tell_less_together() -> None:
    held, _ = network(graded=False)
    scale = tuple("one" if i % 2 else "two" for i in range(len(held.edges)))
    groups = {"scale": scale}
    alone = replace(held, groups=groups)
    shared = replace(alone, shared=(Shared("scale", "one", 0.02),))
    first, second = reconcile(alone), reconcile(shared)
    assert recheck(second).holds
    assert second.statistic < first.statistic
    total = held.tail < 0
    assert (known_of(second).sd[total, 0] >= known_of(first).sd[total, 0] - 1e-9).all()


def test_parts_of_one_lot_share_its_grade_within_its_heterogeneity() -> None:
    held, _ = network()
    tied = replace(held, heterogeneity=0.001)
    found = reconcile(tied)
    assert recheck(found).holds
    assert found.freedom > reconcile(held).freedom
    spread = {}
    for edge, node in enumerate(held.tail.tolist()):
        if node >= 0 and held.nodes[node].startswith("lot"):
            spread.setdefault(node, []).append(found.point[edge, 1])
    worst = max(max(v) / min(v) - 1 for v in spread.values() if len(v) > 1)
    assert worst < 0.005


def test_steps_that_do_not_converge_say_so_and_give_no_number(monkeypatch) -> None:
    held, wide = network()
    monkeypatch.setattr(large_room, "ROUNDS", 1)
    grades = (held.value[:, 1:], held.sd[:, 1:])
    with pytest.raises(Unsolved, match="the rounds do not settle"):
        joint(wide, held.value[:, 0], held.sd[:, 0], *grades)
    matrix = np.diag(np.arange(1.0, 9.0))
    with pytest.raises(Unsolved, match="3 taken, no number is given"):
        conjugate(lambda x: matrix @ x, np.ones(8), lambda r: r, np.zeros(8), most=3)
    with pytest.raises(Unsolved, match="3 taken, no number is given"):
        together(lambda x: matrix @ x, np.ones((8, 2)), 1e-10, most=3)
    monkeypatch.setattr(exact_room, "SPARSE_ROWS", 200)
    told = weigh("\n".join(as_csv(held)).encode(), "t.csv").as_json()
    assert (told["verdict"], "reconciled" in told) == ("cannot_be_told", False)
    assert "do not settle" in told["reason"]
