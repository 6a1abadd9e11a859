"""Gaps of a large network with their rival explanations: the same suspicions, the same rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack

from orebook.engines.balance.detect import multiple
from orebook.engines.balance.explain import NEAR, SHOWN, foreign_explanation, of_column, prior_of
from orebook.engines.balance.hypotheses import FAMILIES, LOSS, exchanged, suspects
from orebook.engines.balance.network import Bools, Floats
from orebook.engines.balance.search import Pick
from orebook.engines.balance.sparse import Sparse
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import (
    Explained,
    Gap,
    More,
    Roll,
    Scores,
    Smallest,
    Suspect,
    Suspects,
)
from orebook.engines.balance.wide_search import Fit, Hunt

_EXCHANGE_EDGES = 12
BLIND = 1e-9
NODES_SHOWN = 200
HELPED = 3


@dataclass(frozen=True, slots=True, eq=False)
class WideExplained:
    """The gaps, the search they come from, and the smallest losses that would be seen."""

    explained: Explained
    hunt: Hunt
    smallest: tuple[Smallest, ...]

    @property
    def limited(self) -> bool:
        """Whether the search stopped at its bound of choices."""
        return self.hunt.limited


def wide_explain(
    found: Reconciled, families: tuple[str, ...] = FAMILIES, level: float = 0.05
) -> WideExplained:
    """The gaps that clean data show once in twenty networks at most, and what explains each."""
    hunt = _hunt(found, suspects(found, families), families, level)
    before = hunt.scores(hunt.begun)
    picks = list(hunt.run())
    left = hunt.scores(hunt.now)
    idle = hunt.ranked(left, np.arange(left.statistic.size)) if picks else left.statistic
    gaps = tuple(_gap(found, hunt, place, pick, left, idle) for place, pick in enumerate(picks))
    explained = Explained(gaps, hunt.known, before, hunt.needed, hunt.first)
    return WideExplained(explained, hunt, _smallest(found, explained))


def _hunt(found: Reconciled, known: Suspects, families: tuple[str, ...], level: float) -> Hunt:
    """The search, with exchanges of papers among the transfers that look worst."""
    assert isinstance(found.solver, Sparse)
    assert isinstance(known.names, Roll)
    read, size = known.names.is_read, len(known.names)
    first = found.solver.quadratic(known.columns)
    ceiling = np.full(size, np.inf)
    ceiling[read] = found.network.value.ravel()[known.names.indices[read]]
    priority = np.where(read, 1.0 / known.doubt, 1e9)
    leads = None if found.network.is_graded else ~known.names.is_loss
    offset = np.zeros(size)
    prior = prior_of(known) if found.network.is_graded else np.zeros(size)
    columns, names = _exchanges(found, known, first, read)
    if more := len(names):
        known = Suspects(
            csc_array(hstack([known.columns, columns], format="csc")),
            known.names.joined(names), known.node_rows, known.directions,
            np.concatenate([known.doubt, np.ones(more)]),
        )  # fmt: skip
        pairs = float(np.log(max(len(found.network.edges) ** 2 / 2 / size, 1.0)))
        first = np.concatenate([first, found.solver.quadratic(columns)])
        ceiling = np.concatenate([ceiling, np.full(more, np.inf)])
        priority = np.concatenate([priority, np.full(more, 1e9)])
        offset = np.concatenate([offset, np.full(more, pairs)])
        prior = np.concatenate([prior, np.zeros(more)])
    return Hunt(
        found.solver, found.residual, known, first, ceiling, priority, offset, prior, leads,
        LOSS in families, level,
    )  # fmt: skip


def _exchanges(
    found: Reconciled, known: Suspects, first: Floats, read: Bools
) -> tuple[csc_array, list[Suspect]]:
    """Exchanges of papers among the transfers whose figures look worst."""
    assert isinstance(known.names, Roll)
    if not found.network.is_graded or not len(known.names):
        return csc_array((found.residual.size, 0)), []
    many = len(found.network.components)
    pull = np.asarray(known.columns.T @ found.solver.solve(found.residual))
    own = np.where(read & (first > 0), pull**2 / np.where(first > 0, first, 1.0), 0.0)
    top = np.argsort(-own, kind="stable")[: _EXCHANGE_EDGES * many]
    edges = [int(known.names.indices[p]) // many for p in top.tolist() if own[p] > 9.0]
    return exchanged(found, list(dict.fromkeys(edges))[:_EXCHANGE_EDGES])


def _gap(found: Reconciled, hunt: Hunt, place: int, pick: Pick, left: Scores, idle: Floats) -> Gap:
    """One gap. `left` are the scores once every gap is fitted, `idle` the evidence of those."""
    fit = hunt.without(place)
    scored = hunt.scores(fit)
    top = hunt.evidence_of(pick, scored) + hunt.owed(pick)
    order = hunt.strongest(scored, SHOWN + 8)
    weights = hunt.ranked(scored, order)
    # Far from this gap a score is what it is with all fitted.
    changed = np.flatnonzero(np.abs(scored.statistic - left.statistic) > 1e-9)
    every = idle.copy()
    every[changed] = hunt.ranked(scored, changed)
    every = every[(scored.statistic > 0) & (scored.size < hunt.ceiling)]
    total = float(np.exp(np.minimum(every - top, 0.0)).sum())
    own = scored.statistic[pick.number] if pick.number >= 0 else scored.node[-1 - pick.number]
    made = []
    for number, weight in zip(order.tolist(), weights.tolist(), strict=True):
        if scored.statistic[number] <= 0 or number == pick.number:
            continue
        share = float(np.exp(min(weight - top, 0.0))) / total
        same = bool(abs(scored.statistic[number] - own) <= 1e-9 * (1.0 + own))
        told = of_column(found, hunt.known, scored, number, share, identical=same)
        made.append((weight, told))
    if pick.number >= 0:
        best = of_column(found, hunt.known, scored, pick.number, 1.0 / total, identical=True)
    else:
        node = -1 - pick.number
        block, pull = _left(hunt, fit, node)
        best = foreign_explanation(
            found, hunt.known, node, block, pull, float(own), 1.0 / (total + 1.0)
        )
    near = tuple(m for w, m in made if w >= top - NEAR)
    far = tuple(m for w, m in made if w < top - NEAR)[:5]
    return Gap(best, near, far)


def _left(hunt: Hunt, fit: Fit, node: int) -> tuple[Floats, Floats]:
    rows = hunt.known.node_rows[node]
    pull = np.where(rows >= 0, fit.multiplier[np.maximum(rows, 0)], 0.0)
    return fit.blocks[node], pull


def _smallest(found: Reconciled, explained: Explained) -> tuple[Smallest, ...]:
    """The smallest detectable size of every source, and of the nodes where it is worst.

    Worst is the share of what goes through a node; at this size a list of all is none to read.
    """
    known = explained.known
    assert isinstance(known.names, Roll)
    seen = (explained.power * known.doubt**2 > BLIND) & ~known.names.is_read
    size = multiple(explained) / np.sqrt(np.where(seen, explained.power, 1.0))
    worst = _worst_nodes(found, explained, size, seen)
    sources = np.flatnonzero(seen & (known.names.indices < len(found.network.components)))
    named = [(p, known.names[p]) for p in (*sources.tolist(), *worst[:NODES_SHOWN].tolist())]
    return tuple(
        Smallest(n.kind, n.place, n.component, float(size[p]), n.unit)
        for p, n in named
        if n.kind != "swapped" and (n.unit == "relative" or n.kind == LOSS)
    )


def _worst_nodes(
    found: Reconciled, explained: Explained, size: Floats, seen: np.ndarray
) -> np.ndarray:
    """The columns of losses, the one that could hide the largest share first."""
    assert isinstance(explained.known.names, Roll)
    mass = np.abs(found.point[:, 0])
    count = len(found.network.nodes)
    through = np.bincount(found.network.head % (count + 1), mass, count + 1)[:count]
    places = np.flatnonzero(explained.known.names.is_loss & seen)
    node = explained.known.names.indices[places]
    share = size[places] / np.maximum(through[node], 1e-300)
    return np.asarray(places[np.argsort(-share, kind="stable")])


def wide_helps(found: Reconciled, hunted: WideExplained) -> tuple[More, ...]:
    """The readings whose repetition lowers the worst detectable losses most.

    A second, independent reading of the same doubt halves its variance.
    """
    explained = hunted.explained
    power, known, network = explained.power, explained.known, found.network
    seen = power * known.doubt**2 > BLIND
    size = multiple(explained) / np.sqrt(np.where(seen, power, 1.0))
    count = found.lay.column.size
    derivative = csr_array(csc_array(found.derivative)[:, :count].T)
    own = found.sd[:count] ** 2
    sight = np.minimum(found.solver.quadratic(csc_array(derivative.T)) * own, 1.0)
    many = len(network.components)
    made = []
    for place in _worst_nodes(found, explained, size, seen)[:HELPED].tolist():
        column = np.asarray(known.columns[:, [place]].todense()).ravel()
        cross = np.asarray(derivative @ found.solver.solve(column))
        gain = own / 2 * cross**2 / (1.0 - sight / 2)
        best = int(gain.argmax())
        edge, k = divmod(int(found.lay.column[best]), many)
        after = float(size[place] / np.sqrt(1.0 + gain[best] / power[place]))
        what = "assay" if k else "weighing"
        made.append(
            More(what, network.edges[edge], network.components[k], known.names[place].place,
                 float(size[place]), after)
        )  # fmt: skip
    return tuple(made)
