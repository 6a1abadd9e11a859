"""What keeps a network from being solved as it stands, each with its place; all in linear time."""

from __future__ import annotations

import numpy as np

from orebook.engines.balance.network import Network, parts_of
from orebook.model.problem import Problem

SHOWN = 20
NAMED = 4


def flaws(network: Network) -> list[Problem]:
    """What keeps a network from being solved as it stands, each with its place."""
    found: list[Problem] = []
    mass = network.value[:, 0][network.known[:, 0]]
    positive = mass[mass > 0]
    if positive.size and float(positive.max()) / float(positive.min()) > 1e12:
        found.append(
            Problem(
                "absurd-scale",
                f'component "{network.components[0]}"',
                "masses within twelve orders of magnitude of one another",
                f"{positive.min():.3g} to {positive.max():.3g} {network.unit}",
                "Check the units; the result is given, but small flows are below its precision.",
            )
        )
    if network.matrix is None:
        found += [*_one_sided(network), *_closed(network), *_rings(network)]
    return found


def _one_sided(network: Network) -> list[Problem]:
    """Nodes with inputs and no outputs, or the other way round."""
    used = np.zeros(len(network.nodes), dtype=bool)
    for ends in (network.tail, network.head):
        used[ends[ends >= 0]] = True
    found = []
    for number in np.flatnonzero(used & ~network.conserves.any(axis=1))[:SHOWN].tolist():
        lacking = "outputs" if bool((network.head == number).any()) else "inputs"
        step = f"Record its {lacking}; until then nothing is asked of it."
        place = f'node "{network.nodes[number]}"'
        found.append(Problem("one-sided", place, "inputs and outputs", f"no {lacking}", step))
    return found


def _closed(network: Network) -> list[Problem]:
    """Connected parts that nothing enters or leaves."""
    label = parts_of(network)
    many = int(label.max(initial=-1)) + 1
    outer = ((network.tail < 0) | (network.head < 0)) & (label >= 0)
    open_ = np.bincount(label[outer], minlength=many) > 0
    inner = np.flatnonzero(label >= 0)
    parts, first = np.unique(label[inner], return_index=True)
    closed = ~open_[parts]
    found = []
    for part, at in list(zip(parts[closed], inner[first[closed]], strict=True))[:SHOWN]:
        node = network.nodes[int(network.tail[at])]
        size = int((label == part).sum())
        found.append(
            Problem(
                "closed-part",
                f'node "{node}"',
                "a transfer that comes from outside or goes there",
                f"{size} transfers in a ring of their own",
                "Record where the material came from; one balance here follows from the others.",
            )
        )
    return found


def _rings(network: Network) -> list[Problem]:
    """Lots that come from themselves: what was made of them went into them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(network.nodes)
    inner = (network.tail >= 0) & (network.head >= 0)
    ones = np.ones(int(inner.sum()), dtype=np.int8)
    graph = coo_array((ones, (network.tail[inner], network.head[inner])), shape=(count, count))
    _, label = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(label, minlength=1)
    around = np.flatnonzero(size[label] > 1)
    lots = [n for n in around.tolist() if network.nodes[n].casefold().startswith("lot")]
    rings: dict[int, list[int]] = {}
    for node in lots:
        rings.setdefault(int(label[node]), []).append(node)
    found = []
    for ring in list(rings.values())[:SHOWN]:
        names = ", ".join(network.nodes[n] for n in ring[:NAMED])
        more = f" and {len(ring) - NAMED} more" if len(ring) > NAMED else ""
        found.append(
            Problem(
                "comes-from-itself",
                f'node "{network.nodes[ring[0]]}"',
                "a lot made of other lots",
                f"a ring through {names}{more}",
                "Check which transfer is recorded backwards; the balance is given all the same.",
            )
        )
    return found
