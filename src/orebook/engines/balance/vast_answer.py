"""A network over the size of one joint search: reconciled whole, each component searched by itself.

Masses and grades are reconciled together where every figure was measured. Then the dry mass, and
the mass of each element, is a network of one component: linear, a fifth as large, with every
suspicion that one component can carry.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import chi2

from orebook.engines.balance.answer_json import explained_json, rounded, sight_json
from orebook.engines.balance.hypotheses import ASSAY, READING
from orebook.engines.balance.large import Balanced, gaps
from orebook.engines.balance.lots_apart import apart, unfit
from orebook.engines.balance.network import MOISTURE_TEST, Floats, Network
from orebook.engines.balance.phrases import number, sentence
from orebook.engines.balance.solve import Unsolved
from orebook.engines.balance.suspicions import UNBIASED, VERSION, Amount, Answer, Explanation, Gap
from orebook.engines.balance.vast import VastAnswer
from orebook.engines.balance.words import ADDS_UP, CANNOT_BE_TOLD, DOES_NOT_ADD_UP

CLOSES = 1e-8


def vast_answer(network: Network, level: float = 0.05) -> VastAnswer:
    """Reconcile masses and grades together; search each component for what explains its gaps.

    Refuses: Unsolved where the method does not apply or converge: no number is given.
    Unknown: where a figure is not measured, each component is reconciled by itself as well.
    """
    from orebook.engines.balance.answer import answer

    network, alone_tests = tests_apart(network)
    if network.matrix is not None or network.slacks or network.shared:
        message = (
            "at this size only plain transfers are reconciled, without stocks or shared errors"
        )
        raise Unsolved(message)
    why = unfit(network)
    state, closure = None, 0.0
    if not why:
        split = apart(network)
        state = split.solve(network)
        left = np.abs(gaps(split.wide, state.amount)).max(axis=0)
        through = np.maximum(np.abs(state.amount).mean(axis=0), 1e-300)
        closure = float((left / through).max())
        if not closure <= CLOSES:
            message = f"the result does not pass its second look (balance {closure:.1e})"
            raise Unsolved(message)
    many = len(network.components)
    own = -float(np.expm1(np.log1p(-level) / many))
    each = tuple(answer(alone(network, k), level=own) for k in range(many))
    if state is not None:
        amount, told = split.amounts(state), np.ones(network.value.shape, dtype=bool)
    else:
        amount = np.concatenate([a.known.value for a in each], axis=1)
        told = np.concatenate([a.known.told for a in each], axis=1)
        closure = max(a.checked.balance for a in each)
    found = _merged(network, amount, each)
    freedom = each[0].found.freedom * many if state is None else split.balances * many
    verdict, reason = _verdict(state, each, freedom, len(found))
    method = f"{_method(why)}{alone_tests}; each component searched by itself: {each[0].method}"
    return VastAnswer(
        network, amount, told, state, closure, each, found, verdict, reason, method
    )  # fmt: skip


def tests_apart(network: Network) -> tuple[Network, str]:
    """The network with what moisture tests shift counted as each transfer's own doubt."""
    rest = tuple(s for s in network.shared if s.source != MOISTURE_TEST)
    if len(rest) == len(network.shared):
        return network, ""
    told = ", the doubt of a moisture test counted for each of its transfers by itself"
    return replace(network, sd=network.doubts(), shared=rest), told


def alone(network: Network, k: int) -> Network:
    """One component as a network of its own: masses, or the mass of one element in each transfer.

    The variance of m·c is c²s_m² + m²s_c² (JCGM 100:2008, 5.1.2).
    """
    mass, own = network.value[:, 0], network.value[:, k]
    value, sd, known = mass.copy(), network.sd[:, 0].copy(), network.known[:, 0].copy()
    if k:
        value = mass * own
        sd = np.hypot(own * network.sd[:, 0], mass * network.sd[:, k])
        known &= network.known[:, k] & (sd > 0)
    value, sd = np.where(known, value, 0.0), np.where(known, sd, 0.0)
    names = (network.components[k],)
    return replace(
        network, components=names, value=value[:, None], sd=sd[:, None], known=known[:, None],
        conserves=network.conserves[:, [k]], heterogeneity=None,
    )  # fmt: skip


def _merged(network: Network, amount: Floats, each: tuple[Answer, ...]) -> tuple[Gap, ...]:
    """The gaps of all components; what the masses explain is not said again of each element."""
    gaps_found = list(each[0].gaps)
    places = {e.place for g in gaps_found for e in (g.best, *g.near)}
    edge = {name: i for i, name in enumerate(network.edges)}
    for k, told in enumerate(each[1:], 1):
        gaps_found += [
            _of_element(gap, network.components[k], edge, amount[:, 0])
            for gap in told.gaps
            if gap.best.place not in places
        ]
    order = sorted(range(len(gaps_found)), key=lambda i: -gaps_found[i].best.statistic)
    return tuple(gaps_found[i] for i in order)


def _of_element(gap: Gap, component: str, edge: dict[str, int], mass: Floats) -> Gap:
    def said(item: Explanation) -> Explanation:
        item = replace(item, component=component)
        moved = float(mass[edge[item.place]]) if item.kind == READING else 0.0
        if moved <= 0:
            return item
        size = Amount(item.size.value / moved, item.size.sd / moved, "fraction")
        return replace(item, kind=ASSAY, size=size)

    return Gap(said(gap.best), tuple(map(said, gap.near)), tuple(map(said, gap.rivals)))


def _method(why: str) -> str:
    if why:
        return f"each component reconciled by itself, since {why}"
    return "lots eliminated, events iterated"


def _verdict(
    state: Balanced | None, each: tuple[Answer, ...], freedom: int, many: int
) -> tuple[str, str]:
    worst = min(float(chi2.sf(a.found.statistic, max(a.found.freedom, 1))) for a in each)
    worth = f"worst fit of a component: chance {worst:.2g}"
    if state is not None:
        worst = float(chi2.sf(state.statistic, freedom))
        worth = f"fit {state.statistic:.6g} at {freedom} degrees of freedom"
    if many:
        return DOES_NOT_ADD_UP, f"{many} {'gap' if many == 1 else 'gaps'} found; {worth}."
    if not any(a.found.freedom for a in each):
        return CANNOT_BE_TOLD, "No figure is checked by any other, so nothing can be told."
    if worst < (0.05 if state is not None else 0.05 / len(each)):
        return CANNOT_BE_TOLD, f"The whole fits worse than clean data do; {worth}."
    return ADDS_UP, f"Everything measured agrees within its doubt; {worth}."


def vast_json(told: VastAnswer) -> dict[str, Any]:
    """The members of the answer that exist at this size."""
    network, amount = told.network, told.amount
    value = amount.copy()
    value[:, 1:] /= np.where(amount[:, :1] != 0, amount[:, :1], 1.0)
    known = told.told.copy()
    known[:, 1:] &= told.told[:, :1]
    sights = [sight_json(a) for a in told.each]
    first = told.state
    return {
        "engine": VERSION,
        "verdict": told.verdict,
        "reason": told.reason,
        "unit": network.unit,
        "components": list(network.components),
        **({} if first is None else {"global_test": rounded(first.statistic)}),
        "dof": sum(a.found.freedom for a in told.each),
        "rounds": 1 if first is None else first.rounds,
        "steps": 0 if first is None else first.steps,
        "recheck": {"relative_imbalance": told.closure, "holds": True},
        "reconciled": {
            edge: {
                n: rounded(v) if seen else None
                for n, v, seen in zip(network.components, row, sure, strict=True)
            }
            for edge, row, sure in zip(network.edges, value.tolist(), known.tolist(), strict=True)
        },
        "explanations": [explained_json(g) for g in told.gaps],
        **{name: [item for s in sights for item in s[name]] for name in sights[0]},
        "note": UNBIASED,
        "remarks": [p.as_json() for p in told.each[0].problems],
        "method": told.method,
    }


def vast_lines(told: VastAnswer) -> list[str]:
    """The answer for a terminal."""
    made = [told.reason]
    for gap in told.gaps:
        about = f"{gap.best.component}: " if gap.best.component else ""
        made.append(f"{about}{sentence(gap.best)} ({gap.best.weight:.0%})")
        made += [f"  cannot be told apart from it: {sentence(e)}" for e in gap.near[:4]]
    return [*made, f"Balances close to {number(told.closure)}.", UNBIASED]
