"""Bounds of mixes are the exact ones, and a question about one lot grows with its cone alone."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from orebook.acts.origin_list import origin, read, upstream
from orebook.engines.origin import labels
from orebook.engines.origin.mix import least
from orebook.model.problem import ReaderError
from overdrawn import overdrawn_list


def _programme(x: Any, low: Any, high: Any, floor: float, roof: float) -> float | None:
    """The least share as a linear programme. Source: Charnes and Cooper 1962, in y = t·m, t."""
    from scipy.optimize import linprog

    k = len(x)
    above, limit = [], []
    for i in range(k):
        unit = np.eye(k)[i]
        above.append([*-unit, low[i]])  # low·t ≤ y
        if np.isfinite(high[i]):
            above.append([*unit, -high[i]])
    above.append([*np.zeros(k), floor])
    limit = [0.0] * (len(above) - 1) + [1.0]
    if np.isfinite(roof):
        above.append([*np.zeros(k), -roof])
        limit.append(-1.0)
    whole = [[*np.ones(k), 0.0]]
    done = linprog([*x, 0.0], A_ub=above, b_ub=limit, A_eq=whole, b_eq=[1.0], bounds=(0, None))
    return float(done.fun) if done.success else None


def test_the_least_of_a_mix_is_what_a_linear_programme_finds(count: Any) -> None:
    solved = 0
    for seed in range(count(25, 800)):
        rng = np.random.default_rng(seed)
        k = int(rng.integers(2, 6))
        x = rng.choice([0.0, 0.25, 0.5, 1.0, rng.random()], k)
        low = rng.choice([0.0, 1.0, rng.random() * 5], k)
        high = low + rng.choice([0.0, 2.0, rng.random() * 9, np.inf], k)
        floor, roof = 0.0, np.inf
        if rng.random() < 0.5:
            floor = float(low.sum() + rng.random())
            roof = floor + float(rng.choice([0.0, 1.0]))
        wanted = _programme(x, low, high, floor, roof)
        if wanted is None:  # the total cannot be met: the box alone bounds the mix
            wanted = _programme(x, low, high, 0.0, np.inf)
        if wanted is None:
            continue
        solved += 1
        ends = (np.array([floor]), np.array([roof]))
        found = least(x[None, :, None], low[None], high[None], *ends)
        assert float(found[0, 0]) == pytest.approx(wanted, abs=1e-7), seed
    assert solved > 15


def _steps(lots: int) -> float:
    """Calls of functions that one question about the last lot takes, per flow that bears on it."""
    flows = read(overdrawn_list(lots), "f")
    counted = 0

    def one(_frame: object, event: str, _what: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(one)
    try:
        answer = origin(flows, lots=[f"l{lots - 1}"])
    finally:
        sys.setprofile(before)
    assert any(p.code == "overdrawn" for p in answer.problems) or lots < 400
    for split in answer.lots[0].splits:
        assert split.whole == pytest.approx(1, abs=1e-9)
    return counted / len(upstream(flows, [f"l{lots - 1}"]).moves)


def test_one_lot_of_an_overdrawn_list_takes_steps_in_proportion(count: Any) -> None:
    _steps(200)  # what is loaded late is loaded
    assert _steps(count(3_000, 20_000)) < 1.3 * _steps(1_500)


def test_more_sources_than_a_reader_can_use_stand_as_one() -> None:
    rows = ["from,to,mass"] + [f"s{i},x,{1 + (i == 7) * 500}" for i in range(80)]
    (lot,) = origin(read("\n".join(rows).encode(), "f"), lots=["x"]).lots
    (split,) = lot.splits
    assert split.shares[0].name == "s7"
    others = next(s for s in split.shares if s.name == labels.OTHERS)
    assert others.value == pytest.approx(30 / 580)
    assert split.whole == pytest.approx(1, abs=1e-12)


def test_a_table_that_would_not_fit_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(labels, "CELLS_MOST", 20)
    rows = [f"s{i},x{j},1" for i in range(5) for j in range(4)]
    flows = read("\n".join(["from,to,mass", *rows]).encode(), "f")
    with pytest.raises(ReaderError, match="Name the lots to answer for"):
        origin(flows, by=["source"])
