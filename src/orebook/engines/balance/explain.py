"""Gaps with their rival explanations: what, where, how much, how likely, and what looks alike."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, hstack

from orebook.engines.balance.hypotheses import (
    FAMILIES,
    INJECTION,
    LOSS,
    SUBSTITUTION,
    exchanged,
    suspects,
)
from orebook.engines.balance.network import Floats
from orebook.engines.balance.replaced import grades_after, of_own_material
from orebook.engines.balance.scores import left_of
from orebook.engines.balance.search import CLEARLY, Pick, Search
from orebook.engines.balance.solve import Exact, Unsolved
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import (
    Amount,
    Explained,
    Explanation,
    Gap,
    Roll,
    Scores,
    Suspect,
    Suspects,
)

# Explanations nearer than one to a hundred in likelihood cannot be told apart.
NEAR = float(np.log(100.0))
SHOWN = 40
_EXCHANGE_EDGES = 12
# An exchange always pays something: that marks it, and it must be of whole papers to be one.
_CHOSEN = 1e-6


def explain(
    found: Reconciled, families: tuple[str, ...] = FAMILIES, level: float = 0.05
) -> Explained:
    """The gaps that clean data would show once in twenty networks at most, and what explains each.

    Two explanations are in one set of `near` where the data favour neither a hundred to one.
    Balanced is not unbiased: what shifts all readings alike leaves no gap.
    """
    known = suspects(found, families)
    search = _search(found, known, families, level)
    picks = search.run()
    gaps = tuple(_gap(found, search, pick, [p for p in picks if p is not pick]) for pick in picks)
    return Explained(gaps, search.known, search.scored([]), search.needed, search.first)


def _search(found: Reconciled, known: Suspects, families: tuple[str, ...], level: float) -> Search:
    """The search, with exchanges of papers among the transfers that look worst."""
    any_kind = LOSS in families
    solver = _dense(found)
    search = Search(solver, found.residual, known, any_kind, level)
    many = len(found.network.components)
    priority = np.array([_departure(s, d) for s, d in zip(known.names, known.doubt, strict=True)])
    search.priority = priority
    search.ceiling = _ceilings(found, known)
    if many == 1:
        # In a plant of meters, meters come first: a loss is named where it is clearly better.
        search.leads = np.array([n.kind != LOSS for n in known.names])
    else:
        search.prior = prior_of(known)
    if many < 2 or not found.network.is_graded or not known.names:
        return search
    first = search.scored([])
    worst: dict[int, float] = {}
    for name, value in zip(known.names, first.statistic.tolist(), strict=True):
        if name.kind in {"reading", "assay"}:
            edge = name.index // many
            worst[edge] = max(worst.get(edge, 0.0), value)
    top = sorted(worst, key=lambda e: -worst[e])[:_EXCHANGE_EDGES]
    columns, names = exchanged(found, [e for e in top if worst[e] > 9.0])
    if not names:
        return search
    wide = Suspects(
        csc_array(hstack([known.columns, columns], format="csc")),
        (*known.names, *names),
        known.node_rows,
        known.directions,
        np.concatenate([known.doubt, np.ones(len(names))]),
    )
    again = Search(solver, found.residual, wide, any_kind, level)
    again.needed = search.needed
    again.ceiling = np.concatenate([search.ceiling, np.full(len(names), np.inf)])
    again.priority = np.concatenate([priority, np.full(len(names), 1e9)])
    again.prior = np.concatenate([prior_of(known), np.zeros(len(names))])
    pairs = len(found.network.edges) ** 2 / 2 / max(len(known.names), 1)
    again.offset = np.concatenate(
        [np.zeros(len(known.names)), np.full(len(names), max(np.log(pairs), _CHOSEN))]
    )
    return again


def _dense(found: Reconciled) -> Exact:
    """The dense solver. Refuses: Unsolved at a size that `wide_explain` is for."""
    if not isinstance(found.solver, Exact):
        message = "this search is for small networks"
        raise Unsolved(message)
    return found.solver


def prior_of(known: Suspects) -> Floats:
    """What each suspicion owes beforehand where grades were measured: amounts at a place owe e : 1.

    An error of a reading and an amount of nearly the same composition at its end often differ by
    less than noise; then what was read is doubted before what was done.
    """
    assert isinstance(known.names, Roll)
    return np.where(known.names.is_place, -CLEARLY, 0.0)


def _ceilings(found: Reconciled, known: Suspects) -> Floats:
    """What each reading says, above which no error of it can lie; infinite for anything else."""
    read = found.network.value.ravel()
    return np.array(
        [
            float(read[n.index]) if n.kind in {"reading", "assay"} and found.network.matrix is None
            else np.inf
            for n in known.names
        ]
    )  # fmt: skip


def _departure(suspect: Suspect, doubt: float) -> float:
    """Readings before places, the smallest departure in its own doubt first."""
    return 1.0 / doubt if suspect.kind in {"reading", "assay"} else 1e9


def _gap(found: Reconciled, search: Search, pick: Pick, others: list[Pick]) -> Gap:
    scored = search.scored(others)
    weights = search.ranked(scored)
    top = search.evidence_of(pick, scored) + search.owed(pick)
    total = float(np.exp(np.minimum(weights - top, 0.0)).sum())
    if pick.number < 0:
        total += 1.0
    order = np.argsort(-weights, kind="stable")[: SHOWN + 8]
    made = []
    for number in order.tolist():
        if scored.statistic[number] <= 0:
            continue
        share = float(np.exp(min(weights[number] - top, 0.0))) / total
        # Nearer than one part in 10⁹ in the statistic: the same column in other words.
        same = bool(
            abs(scored.statistic[number] - _statistic(pick, scored))
            <= 1e-9 * (1.0 + _statistic(pick, scored))
        )
        made.append(
            (
                number,
                float(weights[number]),
                of_column(found, search.known, scored, number, share, identical=same),
            )
        )
    if pick.number >= 0:
        own = next((m[2] for m in made if m[0] == pick.number), None)
        best = own or of_column(
            found, search.known, scored, pick.number, 1.0 / total, identical=True
        )
    else:
        best = _of_any(found, search, scored, others, -1 - pick.number, 1.0 / total)
    rest = [m for m in made if m[0] != pick.number]
    near = tuple(m[2] for m in rest if m[1] >= top - NEAR)
    far = tuple(m[2] for m in rest if m[1] < top - NEAR)[:5]
    return Gap(best, near, far)


def _statistic(pick: Pick, scored: Scores) -> float:
    if pick.number >= 0:
        return float(scored.statistic[pick.number])
    return float(scored.node[-1 - pick.number])


def of_column(
    found: Reconciled,
    known: Suspects,
    scored: Scores,
    number: int,
    share: float,
    *,
    identical: bool,
) -> Explanation:
    """What one column says: its kind, place and size, and the amounts it stands for."""
    suspect = known.names[number]
    size, sd = float(scored.size[number]), float(scored.sd[number])
    kind, amounts = suspect.kind, {}
    if kind in {LOSS, "moisture", SUBSTITUTION}:
        direction = _direction(known, suspect)
        if kind == SUBSTITUTION:
            size, sd, direction = of_own_material(found, known, scored, number)
        amounts = {
            name: Amount(size * d, sd * abs(d), found.network.unit)
            for k, (name, d) in enumerate(
                zip(found.network.components, direction.tolist(), strict=True)
            )
            if known.node_rows[suspect.index, k] >= 0 or d
        }
        if kind == LOSS and size < 0:
            kind = INJECTION
    value = abs(size) if kind == INJECTION else size
    return Explanation(
        kind, suspect.place, suspect.component, Amount(value, sd, suspect.unit),
        float(scored.statistic[number]), share, identical, suspect.readings, amounts,
    )  # fmt: skip


def _direction(known: Suspects, suspect: Suspect) -> Floats:
    direction: Floats = known.directions[suspect.index].copy()
    if suspect.kind == "moisture":
        direction[1:] = 0.0
    if suspect.kind == SUBSTITUTION:
        direction[0] = 0.0
    return direction


def _of_any(
    found: Reconciled, search: Search, scored: Scores, others: list[Pick], node: int, share: float
) -> Explanation:
    rows = search.known.node_rows[node]
    block, pull = left_of(_dense(found), found.residual, [p.columns for p in others], rows)
    statistic = float(scored.node[node])
    return foreign_explanation(found, search.known, node, block, pull, statistic, share)


def foreign_explanation(
    found: Reconciled, known: Suspects, node: int, block: Floats, pull: Floats, statistic: float,
    share: float,
) -> Explanation:  # fmt: skip
    """An amount whose composition is not that of its node: what came in, or left, of each."""
    network = found.network
    inverse = np.linalg.pinv(block, rcond=1e-10, hermitian=True)
    size = inverse @ pull
    doubt = np.sqrt(np.maximum(np.diag(inverse), 0.0))
    amounts = {
        name: Amount(float(s), float(d), network.unit)
        for name, s, d in zip(network.components, size, doubt, strict=True)
    }
    mass, sd = float(size[0]), float(doubt[0])
    elements = float(sum(size[1:]))
    kind = SUBSTITUTION if abs(mass) < 2 * sd else LOSS if mass > 0 else INJECTION
    if kind == SUBSTITUTION:
        # Told in the mass of the node's own material that holds as much metal.
        held = float(grades_after(found, node, size, known.node_rows[node])[1:].sum())
        mass = elements / held if held > 0 else 0.0
        sd = float(np.sqrt(max(inverse[1:, 1:].sum(), 0.0))) / held if held > 0 else 0.0
    shown = abs(mass) if kind == INJECTION else mass
    return Explanation(
        kind, network.nodes[node], "", Amount(shown, sd, network.unit),
        statistic, share, True, 1, amounts,
    )  # fmt: skip
