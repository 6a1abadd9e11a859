"""Where an injection may come from: its composition held to inputs and known baskets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import chi2

from orebook.engines.balance.network import Floats, Network
from orebook.engines.balance.network_rows import Read
from orebook.engines.balance.suspicions import Explanation
from orebook.model.baskets import baskets
from orebook.model.problem import Problem, found
from orebook.model.substance import UnknownSubstance, oxide_to_element, weights

SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Source:
    """Proportions to hold an injection to; `varies` is their relative doubt, `told` who says so."""

    shares: Mapping[str, float]
    kind: str
    varies: float = 0.0
    told: str = ""


def fingerprint(network: Network, item: Explanation) -> list[dict[str, Any]]:
    """The sources whose proportions of elements fit an injection, the best first.

    Compared are the transfers that come in from outside, and the baskets given with the network or,
    where none were, those of known minerals (`model/tables/baskets.csv`).
    Gives: per source the least Σ(amount − t·share)²/(sd² + (t·share·varies)²) over t, its degrees
    of freedom, and the chance of so much or more if the material came from there. Only proportions
    are compared, so dilution does not matter; a fit is no proof of origin.
    Unknown: nothing for fewer than two elements, or for anything but an injection.
    """
    names = [n for n in network.components[1:] if n in item.amounts and item.amounts[n].sd > 0]
    if item.kind != "injection" or len(names) < 2:
        return []
    amount = np.array([-item.amounts[n].value for n in names])
    sd = np.array([item.amounts[n].sd for n in names])
    made = []
    for name, source in _sources(network).items():
        known = np.array([n in source.shares for n in names])
        if known.sum() < 2:
            continue
        share = np.array([source.shares.get(n, 0.0) for n in names])[known]
        statistic = _fit(amount[known], sd[known], share, source.varies)
        freedom = int(known.sum()) - 1
        told = {
            "source": name,
            "kind": source.kind,
            "statistic": float(f"{statistic:.6g}"),
            "dof": freedom,
            "chance": float(f"{chi2.sf(statistic, freedom):.6g}"),
        }
        made.append(told | ({"told_by": source.told} if source.told else {}))
    return sorted(made, key=lambda m: (-float(str(m["chance"])), str(m["source"])))[:SHOWN]


def _fit(amount: Floats, sd: Floats, share: Floats, varies: float) -> float:
    """The least sum of squares over the size t; what shares vary by grows with t, so twice."""
    doubt = sd
    for _ in range(2 if varies else 1):
        along, scaled = share / doubt, amount / doubt
        size = max(float(along @ scaled) / max(float(along @ along), 1e-300), 0.0)
        doubt = np.sqrt(sd**2 + (size * share * varies) ** 2)
    along, scaled = share / doubt, amount / doubt
    size = max(float(along @ scaled) / max(float(along @ along), 1e-300), 0.0)
    return float(((scaled - size * along) ** 2).sum())


def _sources(network: Network) -> dict[str, _Source]:
    """What comes into the chain from outside, by its transfer; and baskets, given or known."""
    made: dict[str, _Source] = {}
    for e in np.flatnonzero(network.tail < 0).tolist():
        shares = {
            name: float(network.value[e, k])
            for k, name in enumerate(network.components)
            if k and network.known[e, k]
        }
        made[f"input {network.edges[e]}"] = _Source(shares, "input")
    if network.baskets:
        return made | {n: _Source(b, "given") for n, b in network.baskets.items()}
    for basket in baskets():
        shares = {element: float(share) for element, share in basket.elements.items()}
        told = f"{basket.source} ({basket.standing})"
        made[basket.name] = _Source(shares, "table", float(basket.varies), told)
    return made


def with_baskets(read: Read, items: Any) -> Read:
    """The network with named compositions: `{"name": {"Nd2O3": 15.7, "Pr6O11": 4.3}}`."""
    assert read.network is not None
    problems, kept = list(read.problems), {}
    for name, shares in items.items() if isinstance(items, dict) else ():
        basket = {}
        for formula, share in shares.items() if isinstance(shares, dict) else ():
            element, factor = _element(str(formula))
            try:
                value = float(share)
            except (TypeError, ValueError):
                value = -1.0
            if not element or not 0 <= value < float("inf"):
                at = f"/baskets/{name}/{formula}"
                step = "Correct the file and give it again."
                expected = "an element or oxide with a share of 0 or more"
                problems.append(Problem("bad-basket", at, expected, found(share), step))
                continue
            basket[element] = value * factor
        kept[str(name)] = basket
    return Read(replace(read.network, baskets=kept), tuple(problems), read.assumptions)


def _element(formula: str) -> tuple[str, float]:
    if formula in weights():
        return formula, 1.0
    try:
        element, share = oxide_to_element(formula)
    except UnknownSubstance:
        return "", 0.0
    return element, float(share)
