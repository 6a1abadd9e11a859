"""What could not have been seen: the smallest error or loss found nine times in ten."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array
from scipy.stats import chi2, norm

from orebook.engines.balance.classify import UNOBSERVABLE, contract
from orebook.engines.balance.hypotheses import LOSS
from orebook.engines.balance.network import Bools, Network, parts_of
from orebook.engines.balance.states import Known, Reconciled
from orebook.engines.balance.suspicions import Blind, Explained, More, Smallest

POWER = 0.90
# Below this share of its doubt taken away by the balances, an error in a reading leaves no trace.
ADJUSTABLE = 0.05
_TRIED = 40


def multiple(explained: Explained) -> float:
    """How many of its own standard deviations an error must have to be found at 90 % power."""
    level = float(np.exp(-explained.needed))
    return float(norm.isf(level / 2) + norm.isf(1 - POWER))


def needed(explained: Explained) -> float:
    """The statistic that clean data show somewhere, over all suspicions, once in twenty times."""
    return float(chi2.isf(np.exp(-explained.needed), 1))


def smallest(explained: Explained) -> tuple[Smallest, ...]:
    """The smallest detectable size of every suspicion that can be seen at all.

    Source: Baarda 1968 (minimal detectable bias), for the GLR statistic.
    """
    needed = multiple(explained)
    found = []
    for name, power, doubt in zip(
        explained.known.names, explained.power[: len(explained.known.names)].tolist(),
        explained.known.doubt.tolist(), strict=True,
    ):  # fmt: skip
        if power * doubt * doubt > 1e-9 and name.kind != "swapped":
            size = needed / power**0.5
            found.append(Smallest(name.kind, name.place, name.component, size, name.unit))
    return tuple(found)


def blind(found: Reconciled, explained: Explained, known: Known) -> tuple[Blind, ...]:
    """The figures that no balance checks, or so weakly that a gross error would pass.

    A reading is listed where reconciliation takes away less than 5 % of its doubt.
    """
    network = found.network
    needed = multiple(explained)
    listed = []
    part = parts_of(network) if network.matrix is None else np.zeros(len(network.edges), dtype=int)
    # An element that nobody followed in a chain is no figure of it.
    followed = np.zeros((int(part.max(initial=0)) + 1, len(network.components)), dtype=bool)
    np.logical_or.at(followed, np.maximum(part, 0), network.known)
    for edge, k in zip(*np.nonzero(known.kind == UNOBSERVABLE), strict=True):
        if followed[part[edge], k]:
            why = "it cannot be known from what was measured"
            listed.append(Blind(network.edges[edge], network.components[k], why, None))
    for edge, k in zip(*np.nonzero(known.kind == "not redundant"), strict=True):
        why = "no balance checks it"
        listed.append(Blind(network.edges[edge], network.components[k], why, None))
    left = 1.0 - np.sqrt(np.maximum(1.0 - known.sight, 0.0))
    weak = (known.kind == "redundant") & (left < ADJUSTABLE)
    for edge, k in zip(*np.nonzero(weak), strict=True):
        why = "the balances it lies in are too uncertain to show an error in it"
        size = float(needed * network.sd[edge, k] / np.sqrt(known.sight[edge, k]))
        listed.append(Blind(network.edges[edge], network.components[k], why, size))
    return tuple(listed)


def helps(found: Reconciled, explained: Explained, known: Known) -> tuple[More, ...]:
    """The readings whose repetition lowers the smallest detectable losses most, best first.

    A second, independent reading of the same doubt halves its variance. The gain is summed over
    all nodes as the logarithm of their smallest detectable loss.
    """
    network = found.network
    rows = [i for i, n in enumerate(explained.known.names) if n.kind == LOSS]
    more = _unmeasured(network)
    if not rows:
        return more
    columns = csc_array(explained.known.columns[:, rows])
    power = explained.power[rows]
    seen = power > 1e-300
    moved = np.asarray(columns.T @ found.solver.matrix)
    count = found.lay.column.size
    derivative = csc_array(found.derivative)[:, :count]
    own = found.sd[:count]
    cross = np.asarray(moved @ derivative)
    sight = np.minimum(known.sight.ravel()[found.lay.column], 1.0)
    half = own**2 / 2
    after = power[:, None] + half * cross**2 / (1.0 - sight / 2)[None, :]
    gain = np.log(after[seen] / power[seen][:, None]).sum(axis=0) / 2
    needed = multiple(explained)
    many = len(network.components)
    listed = []
    for place in np.argsort(-gain, kind="stable")[:5].tolist():
        if gain[place] <= 1e-9:
            continue
        ratio = np.where(seen, after[:, place] / np.where(seen, power, 1.0), 0.0)
        node = int(ratio.argmax())
        edge, k = divmod(int(found.lay.column[place]), many)
        listed.append(
            More(
                "assay" if k else "weighing",
                network.edges[edge],
                network.components[k],
                explained.known.names[rows[node]].place,
                float(needed / power[node] ** 0.5),
                float(needed / after[node, place] ** 0.5),
            )
        )
    return (*more, *listed)


def _unmeasured(network: Network) -> tuple[More, ...]:
    """Unmeasured flows whose weighing would add a balance that can be checked."""
    lacking = np.flatnonzero(~network.known[:, 0] & ~network.known[:, 1:].any(axis=1))
    if network.matrix is not None or not lacking.size or lacking.size > _TRIED:
        return ()
    from dataclasses import replace

    rows = sum(contract(network).counts)
    found = []
    for edge in lacking.tolist():
        known: Bools = network.known.copy()
        known[edge, 0] = True
        merged = contract(replace(network, known=known))
        added = sum(merged.counts) - rows
        if added:
            found.append(
                More("weighing", network.edges[edge], network.components[0], "", 0.0, float(added))
            )
    return tuple(found)
