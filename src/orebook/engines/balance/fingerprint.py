"""Where an injection may come from: its composition held to inputs and known baskets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import chi2

from orebook.engines.balance.network import Network
from orebook.engines.balance.network_rows import Read
from orebook.engines.balance.suspicions import Explanation
from orebook.model.problem import Problem, found
from orebook.model.substance import UnknownSubstance, oxide_to_element, weights

SHOWN = 10


def fingerprint(network: Network, item: Explanation) -> list[dict[str, Any]]:
    """The sources whose proportions of elements fit an injection, the best first.

    Gives: per source the least Σ((amount − t·share)/sd)² over t, its degrees of freedom, and the
    chance of so much or more if the material came from there. Only proportions are compared, so
    dilution does not matter; a fit is no proof of origin.
    Unknown: nothing for fewer than two elements, or for anything but an injection.
    """
    names = [n for n in network.components[1:] if n in item.amounts and item.amounts[n].sd > 0]
    if item.kind != "injection" or len(names) < 2:
        return []
    amount = np.array([-item.amounts[n].value for n in names])
    sd = np.array([item.amounts[n].sd for n in names])
    made = []
    for source, shares in _sources(network).items():
        known = np.array([n in shares for n in names])
        if known.sum() < 2:
            continue
        share = np.array([shares.get(n, 0.0) for n in names])[known] / sd[known]
        scaled = amount[known] / sd[known]
        size = max(float(share @ scaled) / max(float(share @ share), 1e-300), 0.0)
        statistic = float(((scaled - size * share) ** 2).sum())
        freedom = int(known.sum()) - 1
        made.append(
            {
                "source": source,
                "statistic": float(f"{statistic:.6g}"),
                "dof": freedom,
                "chance": float(f"{chi2.sf(statistic, freedom):.6g}"),
            }
        )
    return sorted(made, key=lambda m: (-float(str(m["chance"])), str(m["source"])))[:SHOWN]


def _sources(network: Network) -> dict[str, Mapping[str, float]]:
    """The baskets given, and what comes into the chain from outside, by its transfer."""
    own = {
        f"input {network.edges[e]}": {
            name: float(network.value[e, k])
            for k, name in enumerate(network.components)
            if k and network.known[e, k]
        }
        for e in np.flatnonzero(network.tail < 0).tolist()
    }
    return {**own, **network.baskets}


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
