"""Long chains: a scale that reads high among a thousand lots, a ring among a hundred thousand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from made_chains import chain
from orebook.engines.balance.answer import answer

RARE = 1e-4


@pytest.mark.proof
def test_a_scale_off_among_a_thousand_lots_is_named_as_a_scale_with_its_factor() -> None:
    runs, first, inside, held = 3, 0, 0, 0
    for run in range(runs):
        made = chain(1000, sites=8, seed=run + 1)
        chance = np.random.default_rng([run, 17])
        true = np.concatenate([made.mass[:, None], made.grade], axis=1)
        sd = true * np.array([0.006, 0.02, 0.02, 0.02, 0.02])
        value = true + sd * chance.standard_normal(true.shape)
        value[made.scale % 40 == 5, 0] *= 1.02
        told = answer(made.network(value, sd, 40))
        assert "sparse" in told.method
        for gap in told.gaps[:1]:
            first += (gap.best.kind, gap.best.place) == ("scale", "scale-5")
            low, high = gap.best.size.interval
            inside += low <= 0.02 <= high
        held += any(e.place == "scale-5" for g in told.gaps for e in (g.best, *g.near))
    assert first == held == runs
    assert binom.cdf(inside, runs, 0.95) > RARE


@pytest.mark.proof
def test_one_ring_among_a_hundred_thousand_lots_is_named_and_everything_else_answered() -> None:
    made = chain(100_000, sites=80)
    sd = 0.01 * made.mass
    reading = made.mass + sd * np.random.default_rng(3).standard_normal(sd.size)
    network, wide = made.network(reading[:, None], sd[:, None]), made.wide
    inner = (wide.tail >= 0) & (wide.head >= 0)
    back = int(np.flatnonzero(inner & ~wide.lot[wide.tail])[-1])
    more = np.array([[made.mass[back] / 100]])
    looped = replace(
        network, edges=(*network.edges, "back"), tail=np.append(wide.tail, wide.head[back]),
        head=np.append(wide.head, wide.tail[back]), value=np.append(network.value, more, 0),
        sd=np.append(network.sd, more / 50, 0), known=np.append(network.known, more > 0, 0),
    )  # fmt: skip
    told = answer(looped)
    lot = network.nodes[int(wide.head[back])]
    named = [(p.code, p.place) for p in told.problems]
    assert named == [("comes-from-itself", f'node "{lot}"')]
    assert told.checked.balance < 1e-9
    assert told.known.told.all()
    assert np.isfinite(told.known.sd).all()
