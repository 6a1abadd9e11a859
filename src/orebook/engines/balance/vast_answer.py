"""A network over the size of the exact method: reconciled whole, its masses searched for errors."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.stats import chi2, norm

from orebook.engines.balance.accuse import Accused, accuse, alike
from orebook.engines.balance.large import Balanced, Wide, gaps, joint, linear
from orebook.engines.balance.network import Bools, Floats, Network
from orebook.engines.balance.selected import factor, matrix_of, quadratic, selected
from orebook.engines.balance.solve import Unsolved
from orebook.engines.balance.suspicions import COVERAGE, UNBIASED, VERSION
from orebook.engines.balance.words import ADDS_UP, CANNOT_BE_TOLD, DOES_NOT_ADD_UP

SHOWN_ALIKE = 40


@dataclass(frozen=True, slots=True, eq=False)
class VastAnswer:
    """What can be said of a very large network; `searched` is false without the extra `exact`."""

    network: Network
    wide: Wide
    state: Balanced
    closure: float
    freedom: int
    accused: tuple[tuple[Accused, tuple[int, ...]], ...]
    sd: Floats | None
    searched: bool
    verdict: str
    reason: str


def wide_of(network: Network) -> Wide:
    """Lots and events as arrays. Refuses: Unsolved, saying which condition does not hold."""
    if network.matrix is not None or network.slacks or network.shared:
        message = "at this size only plain transfers are reconciled"
        raise Unsolved(message)
    if not network.known.all() or not (network.sd > 0).all():
        edge = int(np.flatnonzero(~(network.known & (network.sd > 0)).all(axis=1))[0])
        message = f"at this size every figure must be measured; {network.edges[edge]} is not"
        raise Unsolved(message)
    kept: Bools = np.asarray(network.conserves.all(axis=1))
    if (network.conserves.any(axis=1) != kept).any():
        message = "at this size every node must conserve all that is followed"
        raise Unsolved(message)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    lot = np.array([n.casefold().startswith("lot") for n in network.nodes], dtype=bool)[kept]

    def inside(side: Any) -> Any:
        return np.where(side >= 0, number[np.maximum(side, 0)], -1)

    return Wide(inside(network.tail), inside(network.head), lot)


def vast_answer(network: Network, level: float = 0.05) -> VastAnswer:
    """Reconcile masses and grades together; name the weighings that are off.

    Refuses: Unsolved where the method does not apply or converge: no number is given.
    """
    wide = wide_of(network)
    mass, sd = network.value[:, 0].copy(), network.sd[:, 0].copy()
    if network.is_graded:
        state = joint(wide, mass, sd, network.value[:, 1:].copy(), network.sd[:, 1:].copy())
    else:
        state = linear(wide, mass, sd)
    left = np.abs(gaps(wide, state.amount)).max(axis=0)
    through = np.maximum(np.abs(state.amount).mean(axis=0), 1e-300)
    closure = float((left / through).max())
    if closure > 1e-8:
        message = f"the result does not pass its second look (balance {closure:.1e})"
        raise Unsolved(message)
    freedom = int(wide.lot.size) * state.amount.shape[1]
    accused: tuple[tuple[Accused, tuple[int, ...]], ...] = ()
    deviation = None
    searched = find_spec("qdldl") is not None
    if searched:
        held = factor(matrix_of(wide, sd**2))
        inverse = selected(wide, held)
        deviation = sd * np.sqrt(np.maximum(1 - sd**2 * quadratic(wide, inverse), 0.0))
        limit = float(norm.isf((1 - (1 - level) ** (1 / mass.size)) / 2)) ** 2
        accused = tuple(
            (a, tuple(alike(wide, inverse, held, a.edge)))
            for a in sorted(accuse(wide, mass, held, inverse, limit), key=lambda a: -a.statistic)
        )
    verdict, reason = _verdict(state, freedom, len(accused))
    return VastAnswer(
        network, wide, state, closure, freedom, accused, deviation, searched, verdict, reason
    )


def _verdict(state: Balanced, freedom: int, many: int) -> tuple[str, str]:
    worth = f"fit {state.statistic:.6g} at {freedom} degrees of freedom"
    if many:
        return DOES_NOT_ADD_UP, f"{many} {'gap' if many == 1 else 'gaps'} found; {worth}."
    if state.statistic > float(chi2.isf(0.05, freedom)):
        return CANNOT_BE_TOLD, f"The whole fits worse than clean data do; {worth}."
    return ADDS_UP, f"Everything measured agrees within its doubt; {worth}."


def vast_json(told: VastAnswer) -> dict[str, Any]:
    """The members of the answer that exist at this size."""
    network, amount = told.network, told.state.amount
    names = network.components
    value = amount.copy()
    value[:, 1:] /= np.where(amount[:, :1] != 0, amount[:, :1], 1.0)
    return {
        "engine": VERSION,
        "verdict": told.verdict,
        "reason": told.reason,
        "unit": network.unit,
        "components": list(names),
        "global_test": float(f"{told.state.statistic:.12g}"),
        "dof": told.freedom,
        "rounds": told.state.rounds,
        "steps": told.state.steps,
        "recheck": {"relative_imbalance": told.closure, "holds": True},
        "reconciled": {
            edge: {n: float(f"{v:.12g}") for n, v in zip(names, row, strict=True)}
            for edge, row in zip(network.edges, value.tolist(), strict=True)
        },
        "explanations": [_explanation(told, a, same) for a, same in told.accused],
        "not_visible": _blind(told),
        "note": UNBIASED,
        "method": (
            "lots eliminated, events iterated; masses searched for wrong readings, with all"
            " deviations by a selected inverse"
            if told.searched
            else "lots eliminated, events iterated; without the extra `exact` nothing was searched"
        ),
    }


def _explanation(told: VastAnswer, item: Accused, same: tuple[int, ...]) -> dict[str, Any]:
    network = told.network
    low, high = item.size - COVERAGE * item.sd, item.size + COVERAGE * item.sd
    return {
        "kind": "reading",
        "place": network.edges[item.edge],
        "component": network.components[0],
        "size": item.size,
        "sd": item.sd,
        "interval": [low, high],
        "unit": network.unit,
        "statistic": item.statistic,
        "equivalence_set": [
            {"kind": "reading", "place": network.edges[e]} for e in same[:SHOWN_ALIKE]
        ],
    }


def _blind(told: VastAnswer) -> list[dict[str, Any]]:
    if told.sd is None:
        return []
    weak = np.flatnonzero(told.sd > 0.95 * told.network.sd[:, 0])
    name = told.network.components[0]
    return [{"place": told.network.edges[e], "component": name} for e in weak.tolist()]
