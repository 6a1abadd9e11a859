"""What keeps a network from being solved as it stands, each with its place; all in linear time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orebook.engines.balance.network import Network, parts_of
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.statistics import part_fits
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
    found += _doubts(network)
    if network.matrix is not None:
        found += _dependent(network)
    else:
        found += [*_one_sided(network), *_closed(network), *_rings(network)]
    return found


def first_of(many: int, found: list[Problem]) -> list[Problem]:
    """The first of so many, and at the last how many more there are: none goes without a word."""
    more = many - len(found)
    if more <= 0 or not found:
        return found
    last = found[-1]
    return [*found[:-1], replace(last, found=f"{last.found}; {more} more like this")]


def unchecked(found: Reconciled) -> list[Problem]:
    """Connected parts in which no balance checks any figure."""
    parts = [p for p in part_fits(found) if p.freedom <= 0]
    told = [
        Problem(
            "no-redundancy",
            f'node "{part.around}"',
            "a figure that others check",
            f"{part.edges} {'transfer' if part.edges == 1 else 'transfers'}, none of them checked",
            "Measure one more of its transfers; until then an error there leaves no trace.",
        )
        for part in parts[:SHOWN]
    ]
    return first_of(len(parts), told)


def _doubts(network: Network) -> list[Problem]:
    """Doubts that no arithmetic of sixteen digits keeps apart from nothing, or from everything."""
    stated = network.known & (network.sd > 0)
    share = np.where(stated, network.sd / np.where(network.value > 0, network.value, 1.0), 1e-3)
    share = np.where(network.value > 0, share, 1e-3)
    found = []
    odd = np.argwhere((share < 1e-12) | (share > 1e6))
    for edge, k in odd[:SHOWN].tolist():
        place = f'transfer "{network.edges[edge]}", component "{network.components[k]}"'
        worth = f"{network.sd[edge, k]:.3g} of {network.value[edge, k]:.3g}"
        expected = "a doubt between a billionth of a thousandth and a million times its reading"
        step = "Check the unit of the doubt; the result is given, but it rests on this figure."
        found.append(Problem("absurd-scale", place, expected, worth, step))
    return first_of(len(odd), found)


def _dependent(network: Network) -> list[Problem]:
    """Rows of coefficients that follow from the rows before them."""
    from scipy.linalg import qr

    assert network.matrix is not None
    size = np.abs(network.matrix).max(axis=1, initial=0.0)
    rows = network.matrix / np.where(size > 0, size, 1.0)[:, None]
    triangle, order = qr(rows.T, mode="r", pivoting=True)
    depth = np.abs(np.diag(triangle[: min(triangle.shape)]))
    rank = int((depth > 1e-10 * max(float(depth.max(initial=0.0)), 1e-300)).sum())
    told = [
        Problem(
            "dependent-row",
            f"/constraint_matrix/{row}",
            "a balance that does not follow from the others",
            "one that does",
            "Leave it out, or correct its coefficients; it is given no weight.",
        )
        for row in sorted(order[rank:].tolist())[:SHOWN]
    ]
    return first_of(len(order) - rank, told)


def _one_sided(network: Network) -> list[Problem]:
    """Nodes with inputs and no outputs, or the other way round."""
    used = np.zeros(len(network.nodes), dtype=bool)
    for ends in (network.tail, network.head):
        used[ends[ends >= 0]] = True
    found = []
    bare = np.flatnonzero(used & ~network.conserves.any(axis=1))
    for number in bare[:SHOWN].tolist():
        lacking = "outputs" if bool((network.head == number).any()) else "inputs"
        step = f"Record its {lacking}; until then nothing is asked of it."
        place = f'node "{network.nodes[number]}"'
        found.append(Problem("one-sided", place, "inputs and outputs", f"no {lacking}", step))
    return first_of(len(bare), found)


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
    return first_of(int(closed.sum()), found)


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
    return first_of(len(rings), found)
